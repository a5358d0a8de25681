/* The keeper's end: starts the reader, waits, copies what it says once, and believes nothing of it.
 *
 * Whatever the reader does (dies, falls silent, lies) becomes a JAIL_UNREAD for what it was reading; only our own
 * trouble (no memory, no reader program, a lock that would not close) becomes a status. */
#include "base/auto.h"
#include "base/clock.h"
#include "base/simd.h"
#include "base/status.h"
#include "jail/ring.h"
#include "jail/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_SECONDS = 60 };

struct jail {
	pid_t pid; /* 0: waited for */
	int exit_status;
	int full, give; /* read end of the full pipe, write end of the free pipe */
	int give_other; /* the free pipe's read end: held, so that a dead reader is no SIGPIPE for us */
	struct ring *ring;
	struct ring_state state;
	unsigned hang_seconds;
	uint64_t moved; /* `consumed` of the head when we last looked */
	bool ready, ended;
	enum jail_why ending; /* after the reader was ended: its reason is still to be told, then the part's end */

	/* Our copy of one batch. */
	struct batch_cell cells[BATCH_CELLS_MAX];
	char text[BATCH_TEXT_MAX];
};

/* ---- starting ---- */

/* The reader's own place in the file must not move the caller's; a pipe cannot be reopened and is shared. */
static int reopen(int fd)
{
	char path[32];
	struct stat status;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		int again = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (again >= 0)
			return again;
		lseek(fd, 0, SEEK_SET);
	}
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static uint64_t size_of(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
}

/* Sealed so that the reader cannot shrink it under us, which would be a SIGBUS here. */
static int make_memory(struct ring **out)
{
	AUTO_FD fd = memfd_create("hufu-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, sizeof **out) != 0 ||
	        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return -1;
	void *at = mmap(NULL, sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -1;
	*out = at;
	return fd_take(&fd);
}

static bool give_slot(struct jail *jail, unsigned char number)
{
	/* Never blocks: a reader that lets the pipe fill up is no reader. */
	ssize_t put;
	do
		put = write(jail->give, &number, 1);
	while (put < 0 && errno == EINTR);
	return put == 1;
}

static void fill_head(struct jail *jail, hufu_view name, hufu_view format)
{
	struct ring_head *head = &jail->ring->head;
	head->magic = RING_MAGIC;
	/* The end of a name tells more than its start. */
	if (name.len > sizeof head->name)
		name = view_from(name, name.len - sizeof head->name);
	if (name.len)
		memcpy(head->name, name.ptr, name.len);
	head->name_len = (uint32_t)name.len;
	assert(format.len < sizeof head->format);
	if (format.len)
		memcpy(head->format, format.ptr, format.len);
	head->simd = simd_level();
	head->leak_bytes = jail->state.leak_bytes;
}

static hufu_status start(struct jail *jail, int fd, const struct jail_options *options, hufu_error *error)
{
	int full[2], give[2];
	if (pipe2(full, O_CLOEXEC) != 0)
		return fail_errno(error, options->name, "raise the limit of open files");
	jail->full = full[0];
	AUTO_FD full_end = full[1];
	if (pipe2(give, O_CLOEXEC) != 0)
		return fail_errno(error, options->name, "raise the limit of open files");
	jail->give_other = give[0];
	jail->give = give[1];
	AUTO_FD memory = make_memory(&jail->ring);
	AUTO_FD leak = reopen(fd);
	if (memory < 0 || leak < 0 || fcntl(jail->give, F_SETFL, O_NONBLOCK) != 0)
		return fail_errno(error, options->name, NULL);
	jail->state.leak_bytes = size_of(leak);
	fill_head(jail, options->name, view_of(options->format));
	for (unsigned i = 0; i < RING_SLOTS; i++)
		give_slot(jail, (unsigned char)i);
	const struct spawn_files files = { .leak = leak, .memory = memory, .full = full_end, .free = jail->give_other };
	return spawn_reader(options->reader, &files, &jail->pid, error);
}

hufu_status jail_open(int fd, const struct jail_options *options, struct jail **out, hufu_error *error)
{
	static const struct jail_options usual;
	if (!options)
		options = &usual;
	/* calloc maps such a size afresh: pages that no batch touches cost nothing. */
	struct jail *jail = calloc(1, sizeof *jail);
	if (!jail)
		return fail(error, HUFU_NO_MEMORY, options->name, "out of memory", NULL);
	jail->full = jail->give = jail->give_other = -1;
	jail->hang_seconds = options->hang_seconds ? options->hang_seconds : HANG_SECONDS;
	hufu_status st = start(jail, fd, options, error);
	if (st != HUFU_OK) {
		jail_close(jail);
		return st;
	}
	*out = jail;
	return HUFU_OK;
}

/* ---- ending ---- */

static void end_reader(struct jail *jail)
{
	if (jail->pid <= 0)
		return;
	kill(jail->pid, SIGKILL);
	while (waitpid(jail->pid, &jail->exit_status, 0) < 0 && errno == EINTR)
		;
	jail->pid = 0;
}

void jail_close(struct jail *jail)
{
	if (!jail)
		return;
	end_reader(jail);
	fd_close(&jail->full);
	fd_close(&jail->give);
	fd_close(&jail->give_other);
	if (jail->ring)
		munmap(jail->ring, sizeof *jail->ring);
	free(jail);
}

static void give_up(struct jail *jail, enum jail_why why)
{
	end_reader(jail);
	jail->ended = true;
	jail->ending = why;
}

/* What is told after the reader was ended: why, the end of the open part, done. */
static void tell_end(struct jail *jail, struct jail_message *out)
{
	if (jail->ending != JAIL_WHY_NONE) {
		out->event = JAIL_UNREAD;
		out->why = jail->ending;
		if (jail->state.part_open)
			memcpy(out->path, jail->state.path, sizeof out->path);
		jail->ending = JAIL_WHY_NONE;
	} else if (jail->state.part_open) {
		out->event = JAIL_PART_END;
		jail->state.part_open = false;
	} else {
		out->event = JAIL_DONE;
	}
	out->consumed = jail->state.consumed;
}

/* ---- waiting ---- */

enum heard { HEARD_BYTE, HEARD_END, HEARD_SILENCE, HEARD_TROUBLE };

/* A reader in the middle of a long skip says nothing, but the head shows that it moves. */
static bool moves(struct jail *jail)
{
	uint64_t now = __atomic_load_n(&jail->ring->head.consumed, __ATOMIC_RELAXED);
	bool moved = now > jail->moved && (jail->state.leak_bytes == 0 || now <= jail->state.leak_bytes);
	if (moved)
		jail->moved = now;
	return moved;
}

static enum heard hear(struct jail *jail, unsigned char *byte)
{
	/* The clock starts here: what the caller did between two calls is not the reader's silence. */
	const uint64_t second = 1000000000;
	uint64_t deadline = clock_ticks() + jail->hang_seconds * second;
	for (;;) {
		uint64_t now = clock_ticks();
		if (now >= deadline) {
			if (!moves(jail))
				return HEARD_SILENCE;
			deadline = now + jail->hang_seconds * second;
		}
		uint64_t left = (deadline - now) / 1000000 + 1;
		struct pollfd waiting = { .fd = jail->full, .events = POLLIN };
		int got = poll(&waiting, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (got == 0 || (got < 0 && errno == EINTR))
			continue;
		if (got < 0)
			return HEARD_TROUBLE;
		ssize_t len = read(jail->full, byte, 1);
		if (len == 1)
			return HEARD_BYTE;
		if (len == 0)
			return HEARD_END;
		if (errno != EINTR && errno != EAGAIN)
			return HEARD_TROUBLE;
	}
}

/* ---- taking ---- */

/* Copies the used part of a slot, if its numbers let it be copied; the copy is judged afterwards. */
static bool copy_batch(struct jail *jail, const struct ring_slot *slot, const struct ring_note *note, struct batch *out)
{
	if (note->columns == 0 || note->columns > BATCH_COLUMNS_MAX || note->rows == 0 ||
	        note->rows > batch_rows_max(note->columns) || note->stride < note->rows ||
	        (uint64_t)note->stride * note->columns > BATCH_CELLS_MAX || note->text_len > BATCH_TEXT_MAX)
		return false;
	for (size_t column = 0; column < note->columns; column++)
		memcpy(&jail->cells[column * note->rows], &slot->cells[column * note->stride],
		        note->rows * sizeof *jail->cells);
	memcpy(jail->text, slot->text, note->text_len);
	*out = (struct batch){
		.columns = note->columns,
		.rows = note->rows,
		.stride = note->rows,
		.text_len = note->text_len,
		.cells = jail->cells,
		.text = jail->text,
	};
	return true;
}

static void make_message(const struct ring_note *note, const struct batch *batch, struct jail_message *out)
{
	out->event = (enum jail_event)note->event;
	out->consumed = note->consumed;
	switch (out->event) {
	case JAIL_PART:
		memcpy(out->path, note->path, sizeof out->path);
		memcpy(out->format, note->format, sizeof out->format);
		memcpy(out->encoding, note->encoding, sizeof out->encoding);
		out->named = note->named != 0;
		out->columns = note->columns;
		break;
	case JAIL_BATCH:
		out->batch = *batch;
		break;
	case JAIL_PART_END:
		out->malformed = note->malformed;
		out->lines = note->lines;
		break;
	case JAIL_UNREAD:
		out->why = (enum jail_why)note->why;
		memcpy(out->path, note->path, sizeof out->path);
		break;
	case JAIL_DONE:
		break;
	}
}

/* One slot: copied, given back, judged. */
static void take_slot(struct jail *jail, unsigned char number, struct jail_message *out)
{
	if (number >= RING_SLOTS) {
		give_up(jail, JAIL_WHY_LIED);
		return;
	}
	const struct ring_slot *slot = &jail->ring->slots[number];
	struct ring_note note;
	struct batch batch = { 0 };
	memcpy(&note, &slot->note, sizeof note);
	/* The compiler must not read the shared bytes again instead of the copy. */
	__asm__ __volatile__("" : : "r"(&note) : "memory");
	if (note.event == JAIL_BATCH && !copy_batch(jail, slot, &note, &batch)) {
		give_up(jail, JAIL_WHY_LIED);
		return;
	}
	__asm__ __volatile__("" : : : "memory");
	enum jail_why why = give_slot(jail, number) ? ring_judge(&jail->state, &note, &batch) : JAIL_WHY_LIED;
	if (why != JAIL_WHY_NONE) {
		give_up(jail, why);
		return;
	}
	make_message(&note, &batch, out);
	if (note.event == JAIL_DONE)
		give_up(jail, JAIL_WHY_NONE);
}

/* The reader's pipe ended. Before it said that it was ready it has read nothing of the leak: then its trouble is ours.
 */
static hufu_status reader_ended(struct jail *jail, hufu_error *error)
{
	/* The pipe closes an instant before the process is gone; killing it now would hide how it ended. One that
	 * closed the pipe and lives on is killed all the same. */
	for (int i = 0; i < 100 && jail->pid > 0; i++) {
		if (waitpid(jail->pid, &jail->exit_status, WNOHANG) == jail->pid)
			jail->pid = 0;
		else
			poll(NULL, 0, 1);
	}
	give_up(jail, JAIL_WHY_CRASHED);
	if (!jail->ready && WIFEXITED(jail->exit_status) && WEXITSTATUS(jail->exit_status) == RING_EXIT_SETUP)
		return fail(error, HUFU_UNSUPPORTED, view_of("hufu-reader"), "could not lock itself in",
		        "a kernel with seccomp and close_range (Linux 5.9 or newer) is needed");
	return HUFU_OK;
}

hufu_status jail_next(struct jail *jail, struct jail_message *out, hufu_error *error)
{
	memset(out, 0, sizeof *out);
	while (out->event == 0) {
		unsigned char byte = 0;
		hufu_status st = HUFU_OK;
		if (jail->ended) {
			tell_end(jail, out);
			return HUFU_OK;
		}
		switch (hear(jail, &byte)) {
		case HEARD_BYTE:
			if (jail->ready)
				take_slot(jail, byte, out);
			else if (byte == RING_READY)
				jail->ready = true;
			else
				give_up(jail, JAIL_WHY_LIED);
			break;
		case HEARD_END:
			st = reader_ended(jail, error);
			break;
		case HEARD_SILENCE:
			give_up(jail, JAIL_WHY_HUNG);
			break;
		case HEARD_TROUBLE:
			st = fail_errno(error, view_of("hufu-reader"), NULL);
			break;
		}
		if (st != HUFU_OK)
			return st;
	}
	return HUFU_OK;
}
