/* Starts the reader by posix_spawn: never a bare fork, so that no page of this process, which holds the key, is ever in
 * the reader. The reader gets no argument, and of the environment only how many threads it may have and which
 * instructions; even the leak's name goes through shared memory. */
#include "jail/spawn.h"
#include "base/io.h"

#include "base/auto.h"
#include "base/bytes.h"
#include "jail/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef HUFU_LIBEXEC
#define HUFU_LIBEXEC "/usr/local/libexec/hufu"
#endif

static const char reader_name[] = "hufu-reader";

char *spawn_find(const char *name, const char *variable)
{
	const char *wanted = getenv(variable);
	if (wanted && *wanted)
		return strdup(wanted);
	char *beside = io_beside(name);
	return beside ? beside : io_join(HUFU_LIBEXEC, name);
}

/* Above every number that the reader's descriptors take, so that no dup2 overwrites the source of a later one. */
static int lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, RING_FD_LAST + 1);
}

static int place_files(posix_spawn_file_actions_t *actions, const int lifted[4])
{
	static const int places[4] = { RING_FD_LEAK, RING_FD_MEMORY, RING_FD_FULL, RING_FD_FREE };
	int failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	if (!failed)
		failed = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	if (!failed && !getenv("HUFU_READER_DEBUG"))
		failed = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
	for (size_t i = 0; i < LEN(places) && !failed; i++)
		failed = posix_spawn_file_actions_adddup2(actions, lifted[i], places[i]);
	return failed;
}

/* "NAME=value" into `out` when a short word of letters and digits is set. */
static bool pass_setting(const char *name, char *out, size_t cap)
{
	const char *value = getenv(name);
	size_t len = value ? strlen(value) : 0;
	for (size_t i = 0; i < len; i++)
		if (!((value[i] >= '0' && value[i] <= '9') || (value[i] >= 'a' && value[i] <= 'z')))
			return false;
	int printed = len ? snprintf(out, cap, "%s=%s", name, value) : 0;
	return printed > 0 && (size_t)printed < cap;
}

static int spawn_with(const char *path, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, pid_t *pid)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	char *arguments[] = { (char *)(uintptr_t)reader_name, NULL };
	static const char *const passed[] = { "HUFU_THREADS", "HUFU_SIMD" };
	char settings[LEN(passed)][32], *environment[LEN(passed) + 1] = { NULL };
	for (size_t i = 0, count = 0; i < LEN(passed); i++)
		if (pass_setting(passed[i], settings[i], sizeof settings[i]))
			environment[count++] = settings[i];
	return posix_spawn(pid, path, actions, attributes, arguments, environment);
}

static int spawn_placed(const char *path, const int lifted[4], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failed = posix_spawn_file_actions_init(&actions);
	if (failed)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (!failed) {
		failed = place_files(&actions, lifted);
		if (!failed)
			failed = spawn_with(path, &actions, &attributes, pid);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

hufu_status spawn_reader(const char *reader, const struct spawn_files *files, pid_t *pid, hufu_error *error)
{
	AUTO_FREE char *path = reader && *reader ? strdup(reader) : spawn_find(reader_name, "HUFU_READER");
	if (!path)
		return fail(error, HUFU_NO_MEMORY, view_of(reader_name), "out of memory", NULL);
	AUTO_FD leak = lift(files->leak);
	AUTO_FD memory = lift(files->memory);
	AUTO_FD full = lift(files->full);
	AUTO_FD give = lift(files->free);
	if (leak < 0 || memory < 0 || full < 0 || give < 0)
		return fail_errno(error, view_of(path), "raise the limit of open files");
	int failed = spawn_placed(path, (const int[4]){ leak, memory, full, give }, pid);
	if (failed) {
		errno = failed;
		return fail_errno(error, view_of(path), "install hufu-reader beside hufu, or set HUFU_READER to it");
	}
	return HUFU_OK;
}
