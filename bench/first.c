/* hufu-bench-first FILE COMMAND...: runs the command and prints after how many milliseconds somebody first read FILE.
 *
 * By inotify, which sees read() and its kin, not a mapped page: a command that only maps the file counts as reading
 * when it opens it. What the command prints is thrown away. Ends with 2 when nobody opened the file. */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static pid_t start(char **words)
{
	pid_t child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);
		if (null < 0 || dup2(null, 1) < 0)
			_exit(127);
		execvp(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	return child;
}

/* Whether the events tell of a read. */
static bool tells_read(const char *events, ssize_t len)
{
	bool found = false;
	for (ssize_t i = 0; i + (ssize_t)sizeof(struct inotify_event) <= len;) {
		const struct inotify_event *event = (const struct inotify_event *)(const void *)(events + i);
		found = found || event->mask & IN_ACCESS;
		i += (ssize_t)(sizeof *event + event->len);
	}
	return found;
}

/* Milliseconds until the first read, else until the first opening; -1 when the command ended without either. */
static double first_read(int watch, int command, double began)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct pollfd ready[] = { { .fd = watch, .events = POLLIN }, { .fd = command, .events = POLLIN } };
	double opened = -1;
	while (poll(ready, 2, -1) > 0 && ready[0].revents) {
		ssize_t len = read(watch, events, sizeof events);
		double at = now() - began;
		if (tells_read(events, len))
			return at;
		if (opened < 0)
			opened = at;
	}
	return opened;
}

int main(int argc, char **argv)
{
	int watch = inotify_init1(IN_CLOEXEC), status = 0;
	if (argc < 3 || watch < 0 || inotify_add_watch(watch, argv[1], IN_ACCESS | IN_OPEN) < 0)
		return 2;
	double began = now();
	pid_t child = start(argv + 2);
	int command = child > 0 ? (int)syscall(SYS_pidfd_open, child, 0) : -1;
	double after = command < 0 ? -1 : first_read(watch, command, began);
	if (child < 0 || waitpid(child, &status, 0) < 0 || after < 0)
		return 2;
	printf("%.3f\n", after);
	return 0;
}
