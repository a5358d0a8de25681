/* Runs the queue: one job at a time, each in a fresh process of this program (`hufu work`), so that what a leak does to
 * it ends with it, and can be ended. Progress comes as lines through a pipe. */
#include "base/clock.h"
#include "base/io.h"
#include "case/queue.h"
#include "serve/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

extern char **environ;

enum { LOOK_SECONDS = 2, FORGET_AFTER = 30 * 86400, TIDY_SECONDS = 3600 };

struct worker {
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t poked;
	bool ending, cancelled;
	int64_t job; /* the one that runs; 0: none */
	pid_t child;
	uint64_t done, all, begun;
	char runner[128];
	char why[400]; /* the child's last words */
};

/* ---- what others ask ---- */

void worker_poke(struct server *server)
{
	pthread_mutex_lock(&server->worker->lock);
	pthread_cond_signal(&server->worker->poked);
	pthread_mutex_unlock(&server->worker->lock);
}

void worker_cancel(struct server *server, int64_t job)
{
	struct worker *worker = server->worker;
	pthread_mutex_lock(&worker->lock);
	if (worker->job == job && worker->child > 0) {
		worker->cancelled = true;
		kill(worker->child, SIGKILL);
	}
	pthread_mutex_unlock(&worker->lock);
}

bool worker_progress(struct server *server, int64_t job, uint64_t *done, uint64_t *all, double *seconds)
{
	struct worker *worker = server->worker;
	pthread_mutex_lock(&worker->lock);
	bool mine = worker->job == job;
	*done = worker->done;
	*all = worker->all;
	*seconds = (double)(clock_ticks() - worker->begun) / 1e9;
	pthread_mutex_unlock(&worker->lock);
	return mine;
}

/* ---- the child ---- */

static int place_pipes(posix_spawn_file_actions_t *actions, int told, int words)
{
	int failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	if (!failed)
		failed = posix_spawn_file_actions_adddup2(actions, told, 1);
	return failed ? failed : posix_spawn_file_actions_adddup2(actions, words, 2);
}

static int spawn_at(char *const arguments[], posix_spawn_file_actions_t *actions, pid_t *child)
{
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int failed = posix_spawnattr_init(&attributes);
	if (failed)
		return failed;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	failed = posix_spawn(child, "/proc/self/exe", actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	return failed;
}

static hufu_status spawn_child(struct server *server, int64_t job, int told, int words, pid_t *child, hufu_error *error)
{
	char number[24];
	posix_spawn_file_actions_t actions;
	snprintf(number, sizeof number, "%lld", (long long)job);
	char *arguments[] = { (char *)(uintptr_t) "hufu", (char *)(uintptr_t) "work", number,
		(char *)(uintptr_t) "--store", server->store->dir, NULL };
	int failed = posix_spawn_file_actions_init(&actions);
	if (!failed) {
		failed = place_pipes(&actions, told, words);
		if (!failed)
			failed = spawn_at(arguments, &actions, child);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (failed)
		errno = failed;
	return failed ? fail_errno(error, view_of("hufu work"), NULL) : HUFU_OK;
}

/* "DONE ALL" lines; a piece of one waits for its rest. */
static void take_progress(struct server *server, struct bytes *held)
{
	struct worker *worker = server->worker;
	unsigned long long done, all;
	char *end;
	bytes_byte(held, 0);
	if (held->failed)
		return;
	char *from = held->ptr, *last = NULL;
	while ((end = strchr(from, '\n')) != NULL) {
		last = from;
		from = end + 1;
	}
	if (last && sscanf(last, "%llu %llu", &done, &all) == 2) {
		pthread_mutex_lock(&worker->lock);
		worker->done = done;
		worker->all = all;
		pthread_mutex_unlock(&worker->lock);
		hub_poke(server);
	}
	size_t rest = strlen(from);
	memmove(held->ptr, from, rest);
	held->len = rest;
}

/* Until both ends are closed: the child has ended. Its last line says why, where it failed. */
static void listen_to(struct server *server, int told, int words)
{
	struct bytes held = { 0 }, said = { 0 };
	struct pollfd ends[] = { { told, POLLIN, 0 }, { words, POLLIN, 0 } };
	char piece[4096];
	while (ends[0].fd >= 0 || ends[1].fd >= 0) {
		if (poll(ends, 2, -1) < 0 && errno != EINTR)
			break;
		for (size_t i = 0; i < LEN(ends); i++) {
			if (ends[i].fd < 0 || !ends[i].revents)
				continue;
			ssize_t got = read(ends[i].fd, piece, sizeof piece);
			if (got <= 0)
				ends[i].fd = -1;
			else if (i == 0 && held.len < 1 << 16)
				bytes_add(&held, view_make(piece, (size_t)got));
			else if (said.len < 1 << 16)
				bytes_add(&said, view_make(piece, (size_t)got));
		}
		take_progress(server, &held);
	}
	hufu_view line = view_trim(bytes_view(&said));
	if (view_starts(line, "hufu: "))
		line = view_from(line, 6);
	printable(line, server->worker->why, sizeof server->worker->why);
	bytes_done(&held);
	bytes_done(&said);
}

/* ---- one job ---- */

static void began(struct worker *worker, int64_t job, pid_t child)
{
	pthread_mutex_lock(&worker->lock);
	worker->job = job;
	worker->child = child;
	worker->cancelled = false;
	worker->done = worker->all = 0;
	worker->begun = clock_ticks();
	if (worker->ending)
		kill(child, SIGKILL);
	pthread_mutex_unlock(&worker->lock);
}

/* Reaped under the lock, so that no other process of that number is ever killed. */
static int ended(struct worker *worker, pid_t child)
{
	int status = 0;
	siginfo_t info;
	while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
		;
	pthread_mutex_lock(&worker->lock);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	worker->child = 0;
	worker->job = 0;
	pthread_mutex_unlock(&worker->lock);
	return status;
}

static hufu_status settle(struct server *server, struct casebook *book, int64_t job, int status, hufu_error *error)
{
	struct worker *worker = server->worker;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return HUFU_OK;
	if (WIFEXITED(status))
		return queue_fail(book, job, worker->why[0] ? worker->why : "could not be judged", error);
	return queue_give_back(book, worker->runner, job, !worker->ending, error); /* killed: by us, by the machine */
}

static hufu_status run_job(struct server *server, struct casebook *book, int64_t job, hufu_error *error)
{
	int told[2], words[2];
	pid_t child = 0;
	if (pipe2(told, O_CLOEXEC) != 0)
		return fail_errno(error, view_of("hufu work"), NULL);
	if (pipe2(words, O_CLOEXEC) != 0) {
		close(told[0]);
		close(told[1]);
		return fail_errno(error, view_of("hufu work"), NULL);
	}
	hufu_status status = spawn_child(server, job, told[1], words[1], &child, error);
	close(told[1]);
	close(words[1]);
	if (!status) {
		began(server->worker, job, child);
		hub_poke(server);
		listen_to(server, told[0], words[0]);
		status = settle(server, book, job, ended(server->worker, child), error);
		hub_poke(server);
	}
	close(told[0]);
	close(words[0]);
	return status;
}

/* ---- the thread ---- */

static bool wait_a_while(struct worker *worker)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LOOK_SECONDS;
	pthread_mutex_lock(&worker->lock);
	if (!worker->ending)
		pthread_cond_timedwait(&worker->poked, &worker->lock, &until);
	bool ending = worker->ending;
	pthread_mutex_unlock(&worker->lock);
	return !ending;
}

static void tell(const hufu_error *error)
{
	char line[512];
	error_line(error, line, sizeof line);
	log_event("failure", line);
}

/* Once an hour: answers older than a day, jobs of no case older than a month. */
static hufu_status tidy(struct casebook *book, uint64_t *last, hufu_error *error)
{
	uint64_t now = clock_ticks();
	if ((now - *last) / 1000000000 < TIDY_SECONDS)
		return HUFU_OK;
	*last = now;
	hufu_status status = once_prune(book, false, error);
	return status ? status : queue_prune(book, FORGET_AFTER, error);
}

static void *worker_main(void *context)
{
	struct server *server = context;
	struct worker *worker = server->worker;
	struct desk *desk;
	int64_t job = 0;
	uint64_t tidied = clock_ticks();
	bool goes_on = true;
	while (goes_on) {
		hufu_error error = { 0 };
		hufu_status status = desk_of(server, &desk, &error);
		if (!status)
			status = tidy(desk->book, &tidied, &error);
		if (!status)
			status = queue_take(desk->book, worker->runner, &job, &error);
		if (!status && job)
			status = run_job(server, desk->book, job, &error);
		if (status) {
			tell(&error);
			job = 0;
		}
		pthread_mutex_lock(&worker->lock);
		goes_on = !worker->ending;
		pthread_mutex_unlock(&worker->lock);
		if (goes_on && !job)
			goes_on = wait_a_while(worker);
	}
	return NULL;
}

hufu_status worker_start(struct server *server, hufu_error *error)
{
	struct worker *worker = server->worker = calloc(1, sizeof *worker);
	struct casebook *book = NULL;
	if (!worker)
		return fail(error, HUFU_NO_MEMORY, view_of("serve"), "no memory", NULL);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->poked, NULL);
	if (gethostname(worker->runner, sizeof worker->runner - 1) != 0 || !worker->runner[0])
		snprintf(worker->runner, sizeof worker->runner, "localhost");
	hufu_status status = casebook_open(server->store, &book, error);
	if (!status)
		status = queue_give_back(book, worker->runner, 0, true, error);
	if (!status)
		status = queue_prune(book, FORGET_AFTER, error);
	if (!status)
		status = once_prune(book, true, error);
	casebook_close(book);
	if (!status && pthread_create(&worker->thread, NULL, worker_main, server) != 0)
		status = fail(error, HUFU_NO_MEMORY, view_of("serve"), "no thread can be started", NULL);
	worker->started = !status;
	return status;
}

/* The job that runs waits again for the next start. */
void worker_stop(struct server *server)
{
	struct worker *worker = server->worker;
	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->ending = true;
	if (worker->child > 0)
		kill(worker->child, SIGKILL);
	pthread_cond_signal(&worker->poked);
	pthread_mutex_unlock(&worker->lock);
	if (worker->started)
		pthread_join(worker->thread, NULL);
	pthread_cond_destroy(&worker->poked);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
	server->worker = NULL;
}

/* ---- within the child ---- */

static void say_progress(uint64_t done, uint64_t all)
{
	static uint64_t said;
	char line[64];
	uint64_t now = clock_ticks();
	if (now - said < 200000000)
		return;
	said = now;
	int len = snprintf(line, sizeof line, "%llu %llu\n", (unsigned long long)done, (unsigned long long)all);
	ssize_t ignored = write(STDOUT_FILENO, line, (size_t)len);
	(void)ignored;
}

hufu_status serve_work(const struct store *store, int64_t job, hufu_error *error)
{
	struct casebook *book = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	hufu_status status = casebook_open(store, &book, error);
	if (!status)
		status = queue_run(book, job, say_progress, error);
	casebook_close(book);
	return status;
}
