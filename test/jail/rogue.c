/* A reader that misbehaves: the first word of the leak says how. It speaks to the ring directly, as a reader could that
 * a leak has taken over. */
#include "base/crew.h"
#include "jail/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HUFU_SANITIZE
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:abort_on_error=1";
}
#endif

extern char **environ;
static struct ring *ring;

static void say(unsigned char byte)
{
	if (write(RING_FD_FULL, &byte, 1) != 1)
		_exit(1);
}

static struct ring_slot *slot(void)
{
	unsigned char number = 0;
	if (read(RING_FD_FREE, &number, 1) != 1)
		_exit(1);
	memset(&ring->slots[number].note, 0, sizeof ring->slots[number].note);
	return &ring->slots[number];
}

static void put(struct ring_slot *filled)
{
	say((unsigned char)(filled - ring->slots));
}

static void send_event(enum jail_event event)
{
	struct ring_slot *at = slot();
	at->note.event = event;
	put(at);
}

static struct ring_slot *part(void)
{
	struct ring_slot *at = slot();
	at->note.event = JAIL_PART;
	at->note.columns = 2;
	memcpy(at->note.path, "p", 2);
	memcpy(at->note.format, "csv", 4);
	memcpy(at->note.encoding, "utf-8", 6);
	return at;
}

static struct ring_slot *batch(void)
{
	struct ring_slot *at = slot();
	at->note.event = JAIL_BATCH;
	at->note.columns = 2;
	at->note.rows = 1;
	at->note.stride = 1;
	at->note.text_len = 4;
	at->cells[0] = (struct batch_cell){ 0, 2 };
	at->cells[1] = (struct batch_cell){ 2, 2 };
	memcpy(at->text, "abcd", 4);
	return at;
}

/* An honest end of a conversation, with a word for the test in the part's format. */
static void report(const char *word)
{
	struct ring_slot *at = part();
	memset(at->note.format, 0, sizeof at->note.format);
	memcpy(at->note.format, word, strnlen(word, JAIL_LABEL_MAX - 1));
	put(at);
	send_event(JAIL_PART_END);
	send_event(JAIL_DONE);
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

/* ---- lies ---- */

static void garbage(void)
{
	uint32_t seed = (uint32_t)getpid();
	for (;;) {
		unsigned char *at = (unsigned char *)ring;
		for (size_t i = 0; i < 20000; i++) {
			seed = seed * 1664525 + 1013904223;
			at[((size_t)(seed >> 8) * 131) % sizeof *ring] = (unsigned char)(seed >> 16);
		}
		for (size_t i = 0; i < RING_SLOTS; i++) {
			seed = seed * 1664525 + 1013904223;
			ring->slots[i].note.event = (seed >> 16) % 7;
		}
		say((unsigned char)(seed >> 20) % (RING_SLOTS + 1));
	}
}

static void huge_rows(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->note.rows = at->note.stride = UINT32_MAX;
	put(at);
}

static void huge_stride(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->note.stride = 0x80000001u;
	put(at);
}

static void huge_text(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->note.text_len = BATCH_TEXT_MAX + 1;
	put(at);
}

static void cell_outside(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->cells[1] = (struct batch_cell){ 3, 2 };
	put(at);
}

static void cell_wraps(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->cells[0] = (struct batch_cell){ UINT32_MAX, 2 };
	put(at);
}

/* Cells may share text: that is odd, not a lie. */
static void cells_overlap(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->cells[1] = (struct batch_cell){ 1, 3 };
	put(at);
	send_event(JAIL_PART_END);
	send_event(JAIL_DONE);
}

static void other_columns(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->note.columns = 1;
	put(at);
}

static void no_rows(void)
{
	put(part());
	struct ring_slot *at = batch();
	at->note.rows = 0;
	put(at);
}

static void no_part(void)
{
	put(batch());
}

static void two_parts(void)
{
	put(part());
	put(part());
}

static void end_twice(void)
{
	put(part());
	send_event(JAIL_PART_END);
	send_event(JAIL_PART_END);
}

static void done_within(void)
{
	put(part());
	send_event(JAIL_DONE);
}

static void no_columns(void)
{
	struct ring_slot *at = part();
	at->note.columns = 0;
	put(at);
}

static void many_columns(void)
{
	struct ring_slot *at = part();
	at->note.columns = BATCH_COLUMNS_MAX + 1;
	put(at);
}

static void path_steers(void)
{
	struct ring_slot *at = part();
	memcpy(at->note.path, "\033[2J", 5);
	put(at);
}

static void path_endless(void)
{
	struct ring_slot *at = part();
	memset(at->note.path, 'p', sizeof at->note.path);
	put(at);
}

static void label_endless(void)
{
	struct ring_slot *at = part();
	memset(at->note.encoding, 'p', sizeof at->note.encoding);
	put(at);
}

static void label_odd(void)
{
	struct ring_slot *at = part();
	memcpy(at->note.format, "<b>", 4);
	put(at);
}

static void why_unknown(void)
{
	struct ring_slot *at = slot();
	at->note.event = JAIL_UNREAD;
	at->note.why = 99;
	put(at);
}

/* Only the keeper says that a reader crashed. */
static void why_not_its_own(void)
{
	struct ring_slot *at = slot();
	at->note.event = JAIL_UNREAD;
	at->note.why = JAIL_WHY_CRASHED;
	put(at);
}

static void event_unknown(void)
{
	send_event((enum jail_event)99);
}

static void consumed_back(void)
{
	struct ring_slot *at = part();
	at->note.consumed = 5;
	put(at);
	send_event(JAIL_PART_END);
}

static void consumed_beyond(void)
{
	struct ring_slot *at = part();
	at->note.consumed = 1 << 30;
	put(at);
}

static void malformed_beyond(void)
{
	put(part());
	struct ring_slot *at = slot();
	at->note.event = JAIL_PART_END;
	at->note.malformed = UINT64_MAX;
	put(at);
}

static void lines_beyond(void)
{
	put(part());
	struct ring_slot *at = slot();
	at->note.event = JAIL_PART_END;
	at->note.lines = UINT64_MAX;
	put(at);
}

static void slot_unknown(void)
{
	say(RING_SLOTS);
}

static void ready_again(void)
{
	say(RING_READY);
}

static void endless_parts(void)
{
	for (;;) {
		put(part());
		send_event(JAIL_PART_END);
	}
}

/* Never takes a free slot: sends one over and over. */
static void endless_slot(void)
{
	put(part());
	struct ring_slot *at = batch();
	for (;;)
		put(at);
}

static void after_done(void)
{
	send_event(JAIL_DONE);
	put(part());
	wait_for_ever();
}

/* ---- failures ---- */

static void crash(void)
{
	put(part());
	put(batch());
	abort();
}

static void leave(void)
{
	put(part());
	_exit(0);
}

static void hang(void)
{
	put(part());
	wait_for_ever();
}

static void spin(void)
{
	put(part());
	for (volatile unsigned i = 0;; i++)
		;
}

static void hang_up(void)
{
	close(RING_FD_FULL);
	wait_for_ever();
}

static void eat(void)
{
	size_t eaten = 0;
	for (char *more; (more = malloc(1 << 20)); eaten++)
		memset(more, 1, 64);
	report(eaten < 1024 ? "starved" : "fed");
}

/* ---- what the lock must refuse ---- */

static const char *word(bool refused)
{
	return refused ? "refused" : "allowed";
}

static void try_open(void)
{
	report(word(open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM));
}

static void try_create(void)
{
	report(word(open("/tmp/hufu-test-made", O_CREAT | O_WRONLY, 0600) < 0 && errno == EPERM));
}

static void try_stat(void)
{
	report(word(access("/etc/passwd", F_OK) < 0 && errno == EPERM));
}

static void try_write_leak(void)
{
	report(word(write(RING_FD_LEAK, "x", 1) < 0));
}

static void try_grow_memory(void)
{
	/* ftruncate is not even allowed; the seal is the second wall and is tested by the keeper's own size. */
	ftruncate(RING_FD_MEMORY, 0) == 0 ? report("allowed") : report("refused");
}

static void try_socket(void)
{
	report(word(socket(AF_INET, SOCK_STREAM, 0) < 0));
}

static void try_fork(void)
{
	report(word(fork() < 0));
}

/* What a thread tries that was begun before the lock. */
static struct crew *crew;

static void try_from_thread(void *user, size_t deadly, unsigned worker)
{
	(void)user;
	(void)worker;
	if (deadly)
		report(word(socket(AF_INET, SOCK_STREAM, 0) < 0));
	else
		report(word(open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM));
}

static void begin_threads(void)
{
	setenv("HUFU_THREADS", "2", 1);
	crew = crew_new(2, 2, try_from_thread, NULL);
	unsetenv("HUFU_THREADS");
}

/* Slots come last one first. */
static void try_thread_socket(void)
{
	crew_give(crew, crew_slot(crew));
	crew_wait(crew);
}

static void try_thread_open(void)
{
	(void)crew_slot(crew);
	crew_give(crew, crew_slot(crew));
	crew_wait(crew);
}

static void try_new_thread(void)
{
	setenv("HUFU_THREADS", "2", 1);
	report(crew_new(1, 1, try_from_thread, NULL) ? "begun" : "refused");
}

static void try_exec(void)
{
	char *arguments[] = { NULL };
	execve("/bin/true", arguments, arguments);
	report("refused");
}

static void try_kill(void)
{
	report(word(kill(getppid(), SIGTERM) < 0));
}

static void try_tgkill(void)
{
	pid_t parent = (pid_t)ring->head.leak_bytes; /* any number that is not ours */
	report(word(syscall(SYS_tgkill, parent, parent, SIGTERM) < 0));
}

static void try_ptrace(void)
{
	report(word(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0));
}

static void try_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	report(word(at == MAP_FAILED));
}

static void try_environment(void)
{
	report(environ[0] ? "found" : "bare");
}

/* Descriptors 0 to 6 and no other. */
static void try_descriptors(void)
{
	unsigned open_count = 0;
	for (int fd = 0; fd < 1024; fd++)
		open_count += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
	char text[8];
	snprintf(text, sizeof text, "%u", open_count);
	report(text);
}

#define DO(name)                                                                                                       \
	{                                                                                                              \
#name, name                                                                                            \
	}
static const struct {
	const char *name;
	void (*act)(void);
} acts[] = {
	DO(garbage),
	DO(huge_rows),
	DO(huge_stride),
	DO(huge_text),
	DO(cell_outside),
	DO(cell_wraps),
	DO(cells_overlap),
	DO(other_columns),
	DO(no_rows),
	DO(no_part),
	DO(two_parts),
	DO(end_twice),
	DO(done_within),
	DO(no_columns),
	DO(many_columns),
	DO(path_steers),
	DO(path_endless),
	DO(label_endless),
	DO(label_odd),
	DO(why_unknown),
	DO(why_not_its_own),
	DO(event_unknown),
	DO(consumed_back),
	DO(consumed_beyond),
	DO(malformed_beyond),
	DO(lines_beyond),
	DO(slot_unknown),
	DO(ready_again),
	DO(endless_parts),
	DO(endless_slot),
	DO(after_done),
	DO(crash),
	DO(leave),
	DO(hang),
	DO(spin),
	DO(hang_up),
	DO(eat),
	DO(try_open),
	DO(try_create),
	DO(try_stat),
	DO(try_write_leak),
	DO(try_grow_memory),
	DO(try_socket),
	DO(try_fork),
	DO(try_exec),
	DO(try_thread_open),
	DO(try_thread_socket),
	DO(try_new_thread),
	DO(try_kill),
	DO(try_tgkill),
	DO(try_ptrace),
	DO(try_code),
	DO(try_environment),
	DO(try_descriptors),
};

int main(void)
{
	char name[64] = "";
	if (read(RING_FD_LEAK, name, sizeof name - 1) <= 0)
		return 1;
	ring = mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED, RING_FD_MEMORY, 0);
	if (ring == MAP_FAILED)
		return 1;
	if (strcmp(name, "no_lock") == 0)
		return RING_EXIT_SETUP;
	if (strcmp(name, "unready") == 0) {
		put(part());
		wait_for_ever();
	}
	/* Those that only lie need no lock, and some sleep by calls that it forbids. */
	if (strncmp(name, "try_", 4) == 0 || strcmp(name, "eat") == 0)
		if (jail_lock(begin_threads) != HUFU_OK)
			return RING_EXIT_SETUP;
	say(RING_READY);
	for (size_t i = 0; i < LEN(acts); i++)
		if (strcmp(acts[i].name, name) == 0)
			acts[i].act();
	wait_for_ever();
}
