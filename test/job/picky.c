/* A reader that dies of leaks which begin with "die", and leaves the others to the real one beside it. */
#include "jail/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char head[4] = "", self[512];
	char *const arguments[] = { (char[]){ "hufu-reader" }, NULL }, *const environment[] = { NULL };
	if (pread(RING_FD_LEAK, head, 3, 0) == 3 && strcmp(head, "die") == 0)
		abort();
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 32);
	if (len <= 0)
		return 1;
	self[len] = 0;
	char *slash = strrchr(self, '/');
	snprintf(slash + 1, sizeof self - (size_t)(slash + 1 - self), "hufu-reader");
	execve(self, arguments, environment);
	return 1;
}
