/* hufu-bench-spent RESULT COMMAND...: runs the command and appends "SECONDS CPU-SECONDS PEAK-KB" to the file RESULT.
 *
 * The peak is that of the largest process among the command and those it waited for (hufu and its reader); pages of
 * a mapped file count. Ends with the command's own exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double seconds(struct timeval at)
{
	return (double)at.tv_sec + (double)at.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage used;
	int status = 0;
	if (argc < 3)
		return 2;
	double began = now();
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0)
		return 2;
	double wall = now() - began;
	FILE *result = fopen(argv[1], "a");
	if (!result)
		return 2;
	fprintf(result, "%.4f %.4f %ld\n", wall, seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
	fclose(result);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
