/* hufu-bench-spent [-c CORES] RESULT COMMAND...: runs the command, on so many processors if told, and appends to the
 * file RESULT "SECONDS CPU-SECONDS LARGEST-KB OWN-KB ALL-KB".
 *
 * LARGEST: the peak of the largest process among the command and those it waited for (hufu and its reader), pages of
 * mapped files included. OWN and ALL: the peak of the whole tree of processes, seen every few milliseconds: what it
 * holds of its own (not backed by a file; memory that processes share is counted once), and with the mapped files. The
 * watcher itself is not pinned. Ends with the command's own exit status. */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EVERY_MS = 10, TREE_MAX = 256 };

struct peak {
	long own, all;
};

/* What one look at the tree adds up. */
struct look {
	pid_t members[TREE_MAX];
	size_t count;
	long own, file, shared; /* kB */
};

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

/* Adds the children that a process's threads began. */
static void find_children(struct look *look, pid_t parent)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
	DIR *threads = opendir(path);
	for (struct dirent *thread; threads && (thread = readdir(threads));) {
		char list[384];
		int child;
		snprintf(list, sizeof list, "%s/%s/children", path, thread->d_name);
		FILE *file = thread->d_name[0] == '.' ? NULL : fopen(list, "r");
		while (file && look->count < TREE_MAX && fscanf(file, "%d", &child) == 1)
			look->members[look->count++] = child;
		if (file)
			fclose(file);
	}
	if (threads)
		closedir(threads);
}

/* A process that ends meanwhile adds nothing. */
static void weigh(struct look *look, pid_t process)
{
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/status", (int)process);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file)) {
		long kb;
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			look->own += kb;
		else if (sscanf(line, "RssFile: %ld", &kb) == 1)
			look->file += kb;
		else if (sscanf(line, "RssShmem: %ld", &kb) == 1 && kb > look->shared)
			look->shared = kb;
	}
	if (file)
		fclose(file);
}

static void look_at(pid_t root, struct peak *peak)
{
	struct look look = { .members = { root }, .count = 1 };
	for (size_t i = 0; i < look.count; i++) {
		weigh(&look, look.members[i]);
		find_children(&look, look.members[i]);
	}
	look.own += look.shared;
	if (look.own > peak->own)
		peak->own = look.own;
	if (look.own + look.file > peak->all)
		peak->all = look.own + look.file;
}

/* Keeps this process and its children to the first `cores` of the processors that it may use. */
static bool pin(long cores)
{
	cpu_set_t may, first;
	CPU_ZERO(&first);
	if (sched_getaffinity(0, sizeof may, &may) != 0)
		return false;
	for (size_t cpu = 0; cpu < CPU_SETSIZE && cores > 0; cpu++)
		if (CPU_ISSET(cpu, &may)) {
			CPU_SET(cpu, &first);
			cores--;
		}
	return sched_setaffinity(0, sizeof first, &first) == 0;
}

static pid_t start(long cores, char **words, const sigset_t *signals)
{
	pid_t child = fork();
	if (child == 0) {
		if (cores > 0 && !pin(cores))
			_exit(127);
		sigprocmask(SIG_SETMASK, signals, NULL);
		execvp(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	return child;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = EVERY_MS * 1000000 };
	struct peak peak = { 0 };
	struct rusage used;
	int status = 0;
	bool pinned = argc > 3 && strcmp(argv[1], "-c") == 0;
	long cores = pinned ? strtol(argv[2], NULL, 10) : 0;
	char **words = argv + (pinned ? 3 : 1);
	if (argc < (pinned ? 5 : 3))
		return 2;
	/* Its end must wake the watcher at once, or every time would be rounded up. */
	sigset_t ended, before;
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ended, &before);
	double began = now();
	pid_t child = start(cores, words + 1, &before), over;
	while (child > 0 && (over = wait4(child, &status, WNOHANG, &used)) == 0) {
		look_at(child, &peak);
		sigtimedwait(&ended, NULL, &pause);
	}
	double wall = now() - began;
	FILE *result = child > 0 && over == child ? fopen(words[0], "a") : NULL;
	if (!result)
		return 2;
	fprintf(result, "%.4f %.4f %ld %ld %ld\n", wall, seconds(used.ru_utime) + seconds(used.ru_stime),
	        used.ru_maxrss, peak.own, peak.all);
	fclose(result);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
