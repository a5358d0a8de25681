/* kill -9 at random moments, a full disk, two at once: the store holds what it held before or what it holds after,
 * never what is between, and the work can be done again. test_seal_crash HUFU */
#include "../support/run.h"
#include "../support/world.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "../scratch.h"

#ifdef HUFU_SANITIZE
enum { KILLS = 10, WORDS = 16 };
#else
enum { KILLS = 50, WORDS = 16 };
#endif

static const char *program;
static struct store *store;
static struct world *world;
static struct run said;
static char sources[4][128], dataset_path[128];

static const uint32_t leaked[] = { ACCOUNT, MOBILE, RESIDENT, CITY };

static int setup(void **state)
{
	static const struct world_shape shape = { .rows = 300, .snapshots = 4, .owners = true };

	if (scratch_setup(state))
		return -1;
	store = world_store(scratch);
	setenv("HUFU_STORE", scratch_path("store"), 1);
	snprintf(dataset_path, sizeof dataset_path, "%s/store/seals/customers.seal", scratch);
	world = world_new(402, &shape);
	for (uint32_t s = 0; s < world->snapshots; s++) {
		snprintf(sources[s], sizeof sources[s], "%s/%u.csv", scratch, s);
		world_write(world, s, 0, sources[s]);
	}
	world_leak(world, 1, leaked, LEN(leaked), NULL, scratch_path("leak.csv"));
	return 0;
}

static int teardown(void **state)
{
	umount2(scratch_path("disk"), MNT_DETACH); /* where a failed test left it */
	free(world);
	store_close(store);
	return scratch_teardown(state);
}

static struct bytes read_all(const char *path)
{
	struct bytes out = { 0 };

	assert_int_equal(io_read_file(path, 64 << 20, &out, NULL), HUFU_OK);
	return out;
}

/* Files in the seals' directory that are no seals. */
static size_t leftovers(void)
{
	DIR *dir = opendir(scratch_path("store/seals"));
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += strncmp(entry->d_name, ".new-", 5) == 0;
	closedir(dir);
	return count;
}

/* ---- kill -9 ---- */

/* Work that is killed: its words, and what is sealed before. */
struct work {
	const char *name;
	const char *words[WORDS];
	uint32_t sealed[3];
	size_t sealed_count;
};

struct outcome {
	struct bytes seal;
	char *verdict;
};

static void base_of(const struct work *work, struct outcome *before)
{
	unlink(dataset_path);
	for (size_t i = 0; i < work->sealed_count; i++)
		world_sealed(store, "customers", world, work->sealed[i], 0);
	*before = (struct outcome){ read_all(dataset_path), world_verdict(store, scratch_path("leak.csv")) };
}

static void put_back(const struct outcome *before)
{
	assert_int_equal(io_replace_file(dataset_path, 0600, bytes_view(&before->seal), NULL), HUFU_OK);
}

/* Runs the work whole and returns how long it took, in microseconds. */
static uint64_t whole_run(const struct work *work, char **verdict)
{
	uint64_t started = clock_ticks();

	run_words(program, work->words, &said);
	if (said.code != 0)
		print_error("%s", said.err);
	assert_int_equal(said.code, 0);
	started = clock_ticks() - started;
	*verdict = world_verdict(store, scratch_path("leak.csv"));
	return started / 1000;
}

static void kill_one(const struct work *work, unsigned after)
{
	char name[128];

	snprintf(name, sizeof name, "%s/killed", scratch);
	pid_t child = run_start(name, program, work->words);
	usleep(after);
	kill(child, SIGKILL);
	run_end(name, child, &said);
}

static void kill_often(const struct work *work)
{
	struct outcome before;
	char *after, *now;
	size_t killed = 0, was_before = 0, was_after = 0;

	base_of(work, &before);
	uint64_t time = whole_run(work, &after);
	put_back(&before);
	time = (time + whole_run(work, &now)) / 2;
	assert_string_equal(now, after);
	free(now);
	put_back(&before);
	for (unsigned i = 0; i < KILLS; i++) {
		/* Most of the run is the start and the reader: more of the kills fall into its end. */
		uint64_t span = time + time / 8, from = i % 3 ? time / 2 : 0;
		kill_one(work, (unsigned)(from + dice_below(&world->dice, (uint32_t)(span - from))));
		killed += said.code == RUN_KILLED;
		now = world_verdict(store, scratch_path("leak.csv"));
		bool old = !strcmp(now, before.verdict), fresh = !strcmp(now, after);
		assert_true(old || fresh);
		assert_true(said.code != 0 || fresh);
		was_before += old && !fresh;
		was_after += fresh && !old;
		free(now);
		if (fresh)
			put_back(&before);
	}
	print_message("%s, %u ms: %zu of %d killed; %zu times as before, %zu as after; %zu files left over\n",
	        work->name, (unsigned)(time / 1000), killed, KILLS, was_before, was_after, leftovers());
	assert_true(killed >= KILLS / 10);
	assert_true(was_before > 0);
	/* The work can be done, and takes away what was left over. */
	whole_run(work, &now);
	assert_string_equal(now, after);
	assert_int_equal(leftovers(), 0);
	free(now);
	free(after);
	free(before.verdict);
	bytes_done(&before.seal);
}

static void test_seal_crash__killed_it_is_as_before_or_as_after(void **state)
{
	const struct work works[] = {
		{ "a third snapshot", { "seal", "customers", sources[3], "--as-of", world->as_of[3] }, { 0, 1 }, 2 },
		{ "one in the middle", { "seal", "customers", sources[1], "--as-of", world->as_of[1] }, { 0, 2, 3 },
		        3 },
		{ "forget a person", { "forget", "customers", "--person", "U50001", "--yes" }, { 0, 1, 3 }, 3 },
		{ "forget history", { "forget", "customers", "--before", world->as_of[1], "--yes" }, { 0, 1, 2 }, 3 },
	};
	struct asker asker;
	uint64_t lines, torn;

	(void)state;
	for (size_t i = 0; i < LEN(works); i++)
		kill_often(&works[i]);
	/* What came of the last is whole. */
	asker_open(&asker, store, "customers", world, NULL);
	ask_rows(&asker);
	ask_history(&asker);
	asker_close(&asker);
	assert_int_equal(audit_verify(store, &lines, &torn, NULL), HUFU_OK);
}

/* ---- a full disk ---- */

static void assert_refused_and_intact(const struct bytes *before, const char *path)
{
	RUN(program, &said, "seal", "customers", sources[1], "--as-of", world->as_of[1]);
	assert_int_equal(said.code, 2);
	assert_one_line(said.err);
	struct bytes now = read_all(path);
	assert_int_equal(now.len, before->len);
	assert_memory_equal(now.ptr, before->ptr, now.len);
	bytes_done(&now);
}

/* Fills the file system but for a few bytes. */
static void fill_up(const char *path, size_t leave)
{
	char block[4096] = { 1 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	off_t len;

	assert_true(fd >= 0);
	while (write(fd, block, sizeof block) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	len = lseek(fd, 0, SEEK_END);
	assert_int_equal(ftruncate(fd, len > (off_t)leave ? len - (off_t)leave : 0), 0);
	close(fd);
}

static void test_seal_crash__a_full_disk_leaves_the_old_seal(void **state)
{
	char disk[128], path[160], filler[160], key[128];

	(void)state;
	snprintf(disk, sizeof disk, "%s/disk", scratch);
	snprintf(path, sizeof path, "%s/store/seals/customers.seal", disk);
	snprintf(filler, sizeof filler, "%s/filler", disk);
	snprintf(key, sizeof key, "%s/disk.key", scratch);
	assert_int_equal(mkdir(disk, 0700), 0);
	if (mount("tmpfs", disk, "tmpfs", 0, "size=512k") != 0) {
		print_message("skipped: no right to mount a small disk\n");
		skip();
	}
	setenv("HUFU_KEY_FILE", key, 1);
	snprintf(filler, sizeof filler, "%s/store", disk);
	setenv("HUFU_STORE", filler, 1);
	snprintf(filler, sizeof filler, "%s/filler", disk);
	RUN(program, &said, "init");
	assert_int_equal(said.code, 0);
	RUN(program, &said, "seal", "customers", sources[0], "--as-of", world->as_of[0]);
	assert_int_equal(said.code, 0);
	struct bytes before = read_all(path);
	for (size_t leave = 0; leave <= 16384; leave += 4096) {
		fill_up(filler, leave);
		assert_refused_and_intact(&before, path);
	}
	unlink(filler);
	RUN(program, &said, "seal", "customers", sources[1], "--as-of", world->as_of[1]);
	assert_int_equal(said.code, 0);
	bytes_done(&before);
	unsetenv("HUFU_KEY_FILE");
	setenv("HUFU_STORE", scratch_path("store"), 1);
	assert_int_equal(umount(disk), 0);
}

static void test_seal_crash__a_limit_on_files_leaves_the_old_seal(void **state)
{
	struct rlimit was, small;

	(void)state;
	unlink(dataset_path);
	world_sealed(store, "customers", world, 0, 0);
	struct bytes before = read_all(dataset_path);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = before.len / 2;
	/* Inherited: writing past the limit is an error then, no signal. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_refused_and_intact(&before, dataset_path);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, SIG_DFL);
	RUN(program, &said, "seal", "customers", sources[1], "--as-of", world->as_of[1]);
	assert_int_equal(said.code, 0);
	assert_int_equal(leftovers(), 0);
	bytes_done(&before);
}

/* ---- two at once ---- */

static void test_seal_crash__two_at_once_do_not_meet(void **state)
{
	(void)state;
	for (int turn = 0; turn < 6; turn++) {
		const char *words[2][WORDS] = { { "seal", "customers", sources[1], "--as-of", world->as_of[1] },
			{ "seal", "customers", sources[2], "--as-of", world->as_of[2] } };
		char names[2][128];
		pid_t children[2];
		struct asker asker;
		unlink(dataset_path);
		world_sealed(store, "customers", world, 0, 0);
		for (int i = 0; i < 2; i++) {
			snprintf(names[i], sizeof names[i], "%s/both%d", scratch, i);
			children[i] = run_start(names[i], program, words[(i + turn) % 2]);
		}
		size_t done = 0;
		for (int i = 0; i < 2; i++) {
			run_end(names[i], children[i], &said);
			done += said.code == 0;
			if (said.code != 0) {
				assert_int_equal(said.code, 2);
				assert_one_line(said.err);
				assert_non_null(strstr(said.err, "lock"));
			}
		}
		assert_true(done >= 1);
		asker_open(&asker, store, "customers", world, NULL);
		assert_int_equal(asker.seal->meta.snapshot_count, 1 + done);
		ask_rows(&asker);
		ask_history(&asker);
		asker_close(&asker);
	}
}

/* Whoever only reads needs no lock. */
static void test_seal_crash__reading_needs_no_lock(void **state)
{
	struct store *holder;

	(void)state;
	assert_int_equal(store_open(scratch_path("store"), &holder, NULL), HUFU_OK);
	assert_int_equal(store_lock(holder, NULL), HUFU_OK);
	RUN(program, &said, "match", scratch_path("leak.csv"), "--json");
	assert_int_equal(said.code, 0);
	store_close(holder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_crash__killed_it_is_as_before_or_as_after),
		cmocka_unit_test(test_seal_crash__a_full_disk_leaves_the_old_seal),
		cmocka_unit_test(test_seal_crash__a_limit_on_files_leaves_the_old_seal),
		cmocka_unit_test(test_seal_crash__two_at_once_do_not_meet),
		cmocka_unit_test(test_seal_crash__reading_needs_no_lock),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests_name("seal_crash", tests, setup, teardown);
}
