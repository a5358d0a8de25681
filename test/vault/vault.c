/* Evidence by content: what goes in comes out, once; a flipped bit anywhere is found and named; what is removed leaves
 * its trace; a kill or a full disk leaves nothing half. */
#include "vault/vault.h"

#include "base/io.h"
#include "base/le.h"
#include "vault/object.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#undef fail
#include <cmocka.h>

#include "../scratch.h"

enum { FLIPS = 400, KILLS = 30, LARGE = 200 << 20, MEMORY_KIB = 24 << 10 };

static struct store *store;
static struct vault *vault;

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	setenv("HUFU_KEY_FILE", scratch_path("key"), 1);
	if (store_init(scratch_path("store"), NULL, &store, NULL) != HUFU_OK)
		return -1;
	return vault_open(store, &vault, NULL) == HUFU_OK ? 0 : -1;
}

static int teardown(void **state)
{
	vault_close(vault);
	store_close(store);
	return scratch_teardown(state);
}

static const char *path_of(const char *sha256)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/store/vault/%.2s/%s", scratch, sha256, sha256 + 2);
	return path;
}

/* Bytes that differ by `seed`; the caller frees. */
static char *invent(size_t len, uint64_t seed)
{
	char *made = malloc(len + 8);

	assert_non_null(made);
	for (size_t i = 0; i < len; i += 8) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		put_le64(made + i, seed ^ seed >> 29);
	}
	return made;
}

static struct vault_object put(hufu_view bytes)
{
	struct vault_object object;
	hufu_error error = { 0 };

	if (vault_put_bytes(vault, bytes, &object, &error) != HUFU_OK)
		fail_msg("%s: %s", error.where, error.what);
	return object;
}

static void assert_comes_out(const char *sha256, hufu_view want)
{
	struct bytes got = { 0 };

	assert_int_equal(vault_load(vault, sha256, want.len, &got, NULL), HUFU_OK);
	assert_true(view_equal(bytes_view(&got), want));
	bytes_done(&got);
}

static void test_vault__digests_are_the_standards(void **state)
{
	static const struct {
		const char *text, *sha256, *sm3;
	} rows[] = {
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
		{ "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd",
		        "625b41490b883891943c5fa54ad45d7c900b9b6e91e159334e320b1f5215a209",
		        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct vault_object object = put(view_of(rows[i].text));
		assert_string_equal(object.sm3, rows[i].sm3);
		assert_string_equal(object.sha256, rows[i].sha256);
		assert_int_equal(object.bytes, strlen(rows[i].text));
	}
}

static void test_vault__sizes_around_a_chunk(void **state)
{
	static const size_t sizes[] = { 0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7 };

	(void)state;
	for (size_t i = 0; i < LEN(sizes); i++) {
		AUTO_FREE char *bytes = invent(sizes[i], i);
		struct vault_object object = put(view_make(bytes, sizes[i])), again;
		assert_false(object.existed);
		assert_int_equal(object.bytes, sizes[i]);
		assert_comes_out(object.sha256, view_make(bytes, sizes[i]));
		assert_int_equal(vault_verify(vault, object.sha256, &again, NULL), HUFU_OK);
		assert_string_equal(again.sm3, object.sm3);
	}
}

static void test_vault__stored_once_and_not_in_clear(void **state)
{
	struct stat before, after;
	static const char secret[] = "a mail that demands 2.25 million dollars";
	struct bytes raw = { 0 };

	(void)state;
	struct vault_object object = put(view_of(secret));
	assert_int_equal(stat(path_of(object.sha256), &before), 0);
	assert_int_equal(before.st_mode & 0777, 0600);
	struct vault_object twice = put(view_of(secret));
	assert_true(twice.existed);
	assert_string_equal(twice.sha256, object.sha256);
	assert_int_equal(stat(path_of(object.sha256), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(io_read_file(path_of(object.sha256), 1 << 20, &raw, NULL), HUFU_OK);
	assert_null(memmem(raw.ptr, raw.len, "demands", 7));
	bytes_done(&raw);
}

static void test_vault__a_pipe_is_as_good_as_a_file(void **state)
{
	AUTO_FREE char *bytes = invent(3 * CHUNK + 100, 5);
	struct vault_object piped, filed;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[0]);
		for (size_t at = 0; at < 3 * CHUNK + 100; at += 1000)
			if (write(ends[1], bytes + at, at + 1000 > 3 * CHUNK + 100 ? 3 * CHUNK + 100 - at : 1000) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(vault_put(vault, ends[0], "pipe", &piped, NULL), HUFU_OK);
	close(ends[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(io_replace_file(scratch_path("file"), 0600, view_make(bytes, 3 * CHUNK + 100), NULL), HUFU_OK);
	assert_int_equal(vault_put_file(vault, scratch_path("file"), &filed, NULL), HUFU_OK);
	assert_true(filed.existed);
	assert_string_equal(piped.sha256, filed.sha256);
	hufu_error error;
	assert_int_equal(vault_put_file(vault, scratch_path("none"), &filed, &error), HUFU_IO);
	assert_string_equal(error.what, "no such file or directory");
}

/* ---- damage ---- */

static void assert_damage_named(const char *sha256, uint64_t at)
{
	hufu_error error = { 0 };
	struct bytes got = { 0 };

	hufu_status status = vault_load(vault, sha256, 1 << 20, &got, &error);
	if (status == HUFU_OK)
		print_error("not found: %llu\n", (unsigned long long)at);
	assert_true(status == HUFU_MALFORMED || (status == HUFU_UNSUPPORTED && at < AT_ALGORITHMS));
	assert_string_equal(error.where, sha256);
	if (at < HEAD_LEN)
		assert_true(error.at <= HEAD_LEN);
	else
		assert_true(error.at <= at && at < error.at + SEALED);
	assert_null(got.ptr);
}

static void test_vault__a_flipped_bit_anywhere_is_found_and_named(void **state)
{
	size_t len = 2 * CHUNK + 1234;
	AUTO_FREE char *bytes = invent(len, 9);
	struct vault_object object;
	struct stat about;

	(void)state;
	object = put(view_make(bytes, len));
	assert_int_equal(stat(path_of(object.sha256), &about), 0);
	AUTO_FD fd = open(path_of(object.sha256), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	for (unsigned i = 0; i < HEAD_LEN + FLIPS; i++) {
		uint64_t at = i < HEAD_LEN ? i : randombytes_uniform((uint32_t)about.st_size);
		uint8_t was, is;
		assert_int_equal(pread(fd, &was, 1, (off_t)at), 1);
		is = was ^ (uint8_t)(1u << randombytes_uniform(8));
		assert_int_equal(pwrite(fd, &is, 1, (off_t)at), 1);
		assert_damage_named(object.sha256, at);
		assert_int_equal(pwrite(fd, &was, 1, (off_t)at), 1);
	}
	assert_comes_out(object.sha256, view_make(bytes, len));
}

static void test_vault__cut_lengthened_moved(void **state)
{
	size_t len = 2 * CHUNK;
	AUTO_FREE char *bytes = invent(len, 11);
	struct vault_object object, other;
	struct stat about;
	hufu_error error;

	(void)state;
	object = put(view_make(bytes, len));
	other = put(view_of("other"));
	AUTO_FREE char *path = strdup(path_of(object.sha256));
	assert_int_equal(stat(path, &about), 0);
	const off_t cuts[] = { 0, 10, HEAD_LEN, HEAD_LEN + SEALED, HEAD_LEN + 2 * SEALED, about.st_size - 1 };
	struct bytes whole = { 0 };
	assert_int_equal(io_read_file(path, 1 << 20, &whole, NULL), HUFU_OK);
	for (size_t i = 0; i < LEN(cuts); i++) {
		assert_int_equal(truncate(path, cuts[i]), 0);
		assert_int_equal(vault_verify(vault, object.sha256, NULL, &error), HUFU_MALFORMED);
		assert_string_equal(error.where, object.sha256);
		assert_int_equal(io_replace_file(path, 0600, bytes_view(&whole), NULL), HUFU_OK);
	}
	bytes_byte(&whole, 'x');
	assert_int_equal(io_replace_file(path, 0600, bytes_view(&whole), NULL), HUFU_OK);
	assert_int_equal(vault_verify(vault, object.sha256, NULL, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "foreign bytes follow behind this object");
	bytes_done(&whole);
	/* Putting it again brings a sound copy back. */
	object = put(view_make(bytes, len));
	assert_false(object.existed);
	assert_comes_out(object.sha256, view_make(bytes, len));
	assert_int_equal(rename(path_of(other.sha256), path), 0);
	assert_int_equal(vault_verify(vault, object.sha256, NULL, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "the file of this name holds another object");
}

static void test_vault__another_key_opens_nothing(void **state)
{
	struct vault_object object;
	struct store *other = NULL;
	struct vault *theirs = NULL;
	char from[512], to[512];

	(void)state;
	object = put(view_of("tiger"));
	setenv("HUFU_KEY_FILE", scratch_path("key2"), 1);
	assert_int_equal(store_init(scratch_path("store2"), NULL, &other, NULL), HUFU_OK);
	assert_int_equal(vault_open(other, &theirs, NULL), HUFU_OK);
	snprintf(to, sizeof to, "%s/store2/vault/%.2s", scratch, object.sha256);
	assert_int_equal(mkdir(to, 0700), 0);
	snprintf(to, sizeof to, "%s/store2/vault/%.2s/%s", scratch, object.sha256, object.sha256 + 2);
	snprintf(from, sizeof from, "%s", path_of(object.sha256));
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(vault_verify(theirs, object.sha256, NULL, NULL), HUFU_MALFORMED);
	vault_close(theirs);
	store_close(other);
}

/* ---- out of the vault ---- */

static void test_vault__export_is_whole_or_not_there(void **state)
{
	AUTO_FREE char *bytes = invent(CHUNK * 2, 3);
	struct vault_object object;
	struct bytes got = { 0 };
	hufu_error error;

	(void)state;
	object = put(view_make(bytes, CHUNK * 2));
	const char *out = scratch_path("out");
	assert_int_equal(vault_export(vault, object.sha256, out, NULL), HUFU_OK);
	assert_int_equal(io_read_file(out, 1 << 20, &got, NULL), HUFU_OK);
	assert_true(view_equal(bytes_view(&got), view_make(bytes, CHUNK * 2)));
	bytes_done(&got);
	assert_int_equal(vault_export(vault, object.sha256, out, &error), HUFU_CONFLICT);
	assert_int_equal(truncate(path_of(object.sha256), HEAD_LEN + SEALED), 0);
	assert_int_equal(vault_export(vault, object.sha256, scratch_path("out2"), NULL), HUFU_MALFORMED);
	assert_int_equal(access(scratch_path("out2"), F_OK), -1);
	assert_int_equal(vault_verify(vault, "../../key", NULL, &error), HUFU_USAGE);
	assert_int_equal(
	        vault_verify(vault, "00000000000000000000000000000000000000000000000000000000000000ff", NULL, &error),
	        HUFU_IO);
	assert_string_equal(error.what, "there is no such object in the vault");
}

static void test_vault__what_a_rule_removes_leaves_its_trace(void **state)
{
	struct vault_tombstone stone;
	hufu_error error;
	bool found = true;

	(void)state;
	struct vault_object object = put(view_of("to be forgotten"));
	AUTO_FREE char *path = strdup(path_of(object.sha256));
	assert_int_equal(vault_tombstone(vault, object.sha256, &stone, &found, NULL), HUFU_OK);
	assert_false(found);
	assert_int_equal(vault_delete(vault, object.sha256, "", &error), HUFU_USAGE);
	assert_int_equal(vault_delete(vault, object.sha256, "two\nlines", &error), HUFU_USAGE);
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC); /* what a disk may keep of it */
	assert_int_equal(vault_delete(vault, object.sha256, "retention: three years", &error), HUFU_OK);
	assert_int_equal(access(path, F_OK), -1);
	uint8_t head[HEAD_LEN], nothing[HEAD_LEN] = { 0 };
	assert_int_equal(pread(fd, head, HEAD_LEN, 0), HEAD_LEN);
	assert_memory_equal(head + AT_KEY, nothing, AT_STREAM - AT_KEY);
	assert_int_equal(vault_verify(vault, object.sha256, NULL, &error), HUFU_CONFLICT);
	assert_string_equal(error.what, "was removed by a retention rule");
	assert_int_equal(vault_tombstone(vault, object.sha256, &stone, &found, NULL), HUFU_OK);
	assert_true(found);
	assert_string_equal(stone.reason, "retention: three years");
	assert_string_equal(stone.sm3, object.sm3);
	assert_int_equal(stone.bytes, object.bytes);
	assert_true(stone.at > 1600000000);
	assert_int_equal(vault_delete(vault, object.sha256, "again", NULL), HUFU_OK);
	assert_int_equal(vault_tombstone(vault, object.sha256, &stone, &found, NULL), HUFU_OK);
	assert_string_equal(stone.reason, "retention: three years"); /* the first word holds */
	assert_int_equal(
	        vault_delete(vault, "00000000000000000000000000000000000000000000000000000000000000ff", "r", NULL),
	        HUFU_IO);
	/* A stone that was altered says so. */
	char gone[600];
	struct bytes text = { 0 };
	snprintf(gone, sizeof gone, "%s.gone", path);
	assert_int_equal(io_read_file(gone, 4096, &text, NULL), HUFU_OK);
	char *three = memmem(text.ptr, text.len, "three", 5);
	assert_non_null(three);
	memcpy(three, "seven", 5);
	assert_int_equal(io_replace_file(gone, 0600, bytes_view(&text), NULL), HUFU_OK);
	bytes_done(&text);
	assert_int_equal(vault_tombstone(vault, object.sha256, &stone, &found, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "this tombstone was altered");
}

static hufu_status count_one(void *context, const char *sha256, hufu_error *error)
{
	static char last[VAULT_DIGEST_TEXT];
	unsigned *count = context;

	(void)error;
	assert_true(*count == 0 || strcmp(last, sha256) < 0);
	snprintf(last, sizeof last, "%s", sha256);
	++*count;
	return HUFU_OK;
}

static void test_vault__every_object_is_visited(void **state)
{
	unsigned count = 0;
	char text[16];
	struct vault_object object;

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(text, sizeof text, "object %d", i);
		object = put(view_of(text));
	}
	assert_int_equal(vault_delete(vault, object.sha256, "rule", NULL), HUFU_OK);
	assert_int_equal(vault_each(vault, count_one, &count, NULL), HUFU_OK);
	assert_int_equal(count, 49);
}

/* ---- memory, kills, full disks ---- */

static hufu_status sum_up(void *context, hufu_view piece, hufu_error *error)
{
	(void)error;
	*(uint64_t *)context += piece.len;
	return HUFU_OK;
}

static void test_vault__larger_than_the_memory_it_takes(void **state)
{
	struct vault_object object;
	struct rusage before, after;
	uint64_t sum = 0;
	AUTO_FD fd = open(scratch_path("large"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, LARGE), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(vault_put(vault, fd, "large", &object, NULL), HUFU_OK);
	assert_int_equal(vault_read(vault, object.sha256, sum_up, &sum, NULL), HUFU_OK);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_int_equal(object.bytes, LARGE);
	assert_int_equal(sum, LARGE);
	assert_true(after.ru_maxrss - before.ru_maxrss < MEMORY_KIB);
}

/* Puts one thing after another, and says which when it is in. */
static void put_for_ever(int out)
{
	for (uint64_t i = 0;; i++) {
		size_t len = 1000 + (size_t)(i * 37771 % 300000);
		AUTO_FREE char *bytes = invent(len, i);
		struct vault_object object;
		if (vault_put_bytes(vault, view_make(bytes, len), &object, NULL) != HUFU_OK ||
		        write(out, object.sha256, VAULT_DIGEST_TEXT - 1) != VAULT_DIGEST_TEXT - 1)
			_exit(1);
	}
}

static unsigned count_passing(void)
{
	DIR *entries = opendir(scratch_path("store/vault"));
	unsigned count = 0;

	assert_non_null(entries);
	for (struct dirent *entry; (entry = readdir(entries));)
		count += entry->d_name[0] == '.' && entry->d_name[1] == 'n';
	closedir(entries);
	return count;
}

static void test_vault__a_kill_loses_nothing_acknowledged(void **state)
{
	unsigned acknowledged = 0;

	(void)state;
	for (int i = 0; i < KILLS; i++) {
		int ends[2];
		char sha256[VAULT_DIGEST_TEXT] = "";
		const struct timespec pause = { .tv_nsec = (long)randombytes_uniform(60000000) };
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (!child)
			put_for_ever(ends[1]);
		close(ends[1]);
		nanosleep(&pause, NULL);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (read(ends[0], sha256, VAULT_DIGEST_TEXT - 1) == VAULT_DIGEST_TEXT - 1) {
			acknowledged++;
			assert_int_equal(vault_verify(vault, sha256, NULL, NULL), HUFU_OK);
		}
		close(ends[0]);
	}
	assert_true(acknowledged > KILLS);
	put(view_of("the next one"));
	assert_int_equal(count_passing(), 0); /* what the dead left is gone */
}

static void test_vault__a_full_disk_leaves_what_was_there(void **state)
{
	AUTO_FREE char *bytes = invent(400000, 77);
	struct vault_object object = { .bytes = 0 }, refused;
	hufu_error error;

	(void)state;
	put(view_of("makes the directory"));
	if (mount("tmpfs", scratch_path("store/vault"), "tmpfs", 0, "size=512k") != 0)
		skip(); /* only root may mount */
	hufu_status first = vault_put_bytes(vault, view_make(bytes, 200000), &object, NULL);
	hufu_status full = vault_put_bytes(vault, view_make(bytes, 400000), &refused, &error);
	hufu_status still = vault_verify(vault, object.sha256, NULL, NULL);
	hufu_status resumed = vault_put_bytes(vault, view_make(bytes, 100000), &refused, NULL);
	assert_int_equal(umount(scratch_path("store/vault")), 0);
	assert_int_equal(first, HUFU_OK);
	assert_int_equal(full, HUFU_IO);
	assert_string_equal(error.what, "the disk is full");
	assert_int_equal(still, HUFU_OK);
	assert_int_equal(resumed, HUFU_OK);
}

int main(void)
{
#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_STORE(test_vault__larger_than_the_memory_it_takes),
		IN_STORE(test_vault__digests_are_the_standards),
		IN_STORE(test_vault__sizes_around_a_chunk),
		IN_STORE(test_vault__stored_once_and_not_in_clear),
		IN_STORE(test_vault__a_pipe_is_as_good_as_a_file),
		IN_STORE(test_vault__a_flipped_bit_anywhere_is_found_and_named),
		IN_STORE(test_vault__cut_lengthened_moved),
		IN_STORE(test_vault__another_key_opens_nothing),
		IN_STORE(test_vault__export_is_whole_or_not_there),
		IN_STORE(test_vault__what_a_rule_removes_leaves_its_trace),
		IN_STORE(test_vault__every_object_is_visited),
		IN_STORE(test_vault__a_kill_loses_nothing_acknowledged),
		IN_STORE(test_vault__a_full_disk_leaves_what_was_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
