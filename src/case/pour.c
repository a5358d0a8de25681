/* See pour.h. */
#include "case/pour.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

/* ---- memory ---- */

static hufu_status into_memory(void *context, hufu_view piece, hufu_error *error)
{
	const struct pour *pour = context;
	return io_write(pour->fd, piece.ptr, piece.len, "memory", error);
}

static hufu_status fill_memory(struct pour *pour, hufu_error *error)
{
	pour->fd = memfd_create("hufu-evidence", MFD_CLOEXEC);
	if (pour->fd < 0)
		return fail_errno(error, view_of(pour->sha256), NULL);
	hufu_status status = vault_read(pour->vault, pour->sha256, into_memory, pour, error);
	if (!status && lseek(pour->fd, 0, SEEK_SET) != 0)
		status = fail_errno(error, view_of(pour->sha256), NULL);
	return status;
}

/* ---- a pipe ---- */

static hufu_status into_pipe(void *context, hufu_view piece, hufu_error *error)
{
	struct pour *pour = context;
	while (piece.len) {
		ssize_t wrote = write(pour->into, piece.ptr, piece.len);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			pour->stopped = errno == EPIPE; /* enough was read */
			return fail_errno(error, view_of(pour->sha256), NULL);
		}
		piece = view_from(piece, (size_t)wrote);
	}
	return HUFU_OK;
}

static void *fill_pipe(void *context)
{
	struct pour *pour = context;
	sigset_t pipes;
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipes, NULL);
	pour->status = vault_read(pour->vault, pour->sha256, into_pipe, pour, &pour->error);
	fd_close(&pour->into);
	return NULL;
}

static hufu_status begin_pipe(struct pour *pour, hufu_error *error)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(error, view_of(pour->sha256), NULL);
	pour->fd = ends[0];
	pour->into = ends[1];
	pour->running = pthread_create(&pour->thread, NULL, fill_pipe, pour) == 0;
	if (!pour->running)
		fd_close(&pour->into);
	return pour->running ? HUFU_OK
	                     : fail(error, HUFU_NO_MEMORY, view_of(pour->sha256), "no thread can be started", NULL);
}

/* ---- either ---- */

hufu_status pour_open(struct vault *vault, const char *sha256, uint64_t bytes, struct pour *out, hufu_error *error)
{
	*out = (struct pour){ .fd = -1, .into = -1, .vault = vault };
	snprintf(out->sha256, sizeof out->sha256, "%s", sha256);
	hufu_status status = bytes <= POUR_MEMORY_MAX ? fill_memory(out, error) : begin_pipe(out, error);
	if (status)
		fd_close(&out->fd);
	return status;
}

hufu_status pour_close(struct pour *pour, hufu_error *error)
{
	fd_close(&pour->fd);
	if (pour->running)
		pthread_join(pour->thread, NULL);
	pour->running = false;
	if (!pour->status || pour->stopped)
		return HUFU_OK;
	if (error)
		*error = pour->error;
	return pour->status;
}
