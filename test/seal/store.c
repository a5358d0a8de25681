/* The store: made once, opened with its own key alone, and made again where a crash left half of one. */
#include "seal/store.h"

#include "base/io.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../scratch.h"

static int setup(void **state)
{
	int failed = scratch_setup(state);

	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_DATA_HOME");
	unsetenv("HUFU_KEY_FILE");
	unsetenv("HUFU_STORE");
	return failed;
}

static void init(const char *dir, const char *zone)
{
	struct store *store;

	assert_int_equal(store_init(dir, zone, &store, NULL), HUFU_OK);
	store_close(store);
}

static unsigned mode_of(const char *path)
{
	struct stat about;

	assert_int_equal(stat(path, &about), 0);
	return about.st_mode & 07777;
}

static void test_seal_store__is_made_and_opened(void **state)
{
	struct store *made, *opened;
	const char *dir = scratch_path("deep/store");
	hufu_error error;

	(void)state;
	umask(022);
	assert_int_equal(store_init(dir, NULL, &made, NULL), HUFU_OK);
	assert_string_equal(made->zone, "Asia/Shanghai");
	assert_int_equal(strlen(made->id), 32);
	assert_int_equal(mode_of(dir), 0700);
	assert_int_equal(mode_of(scratch_path("deep/store/seals")), 0700);
	assert_int_equal(mode_of(scratch_path("deep/store/store.json")), 0600);
	assert_int_equal(access(scratch_path("deep/store/.init"), F_OK), -1);
	assert_int_equal(store_open(dir, &opened, NULL), HUFU_OK);
	assert_string_equal(made->id, opened->id);
	assert_string_equal(made->zone, opened->zone);
	store_close(made);
	store_close(opened);
	store_close(NULL);
	assert_int_equal(store_init(dir, NULL, &made, &error), HUFU_CONFLICT);
	assert_string_equal(error.what, "holds a store already");
	assert_int_equal(store_init(scratch_path("other"), "Asia/Shanghia", &made, NULL), HUFU_USAGE);
	assert_int_equal(access(scratch_path("other"), F_OK), -1);
}

/* A store knows nothing of its key but what tells a wrong one. */
static void test_seal_store__holds_no_key(void **state)
{
	struct bytes key = { 0 }, json = { 0 };
	struct store *store;
	AUTO_FREE char *path = NULL;

	(void)state;
	assert_int_equal(store_init(scratch_path("store"), NULL, &store, NULL), HUFU_OK);
	assert_int_equal(key_path(store->dir, store->id, &path, NULL), HUFU_OK);
	assert_int_equal(io_read_file(path, 4096, &key, NULL), HUFU_OK);
	assert_int_equal(io_read_file(scratch_path("store/store.json"), 4096, &json, NULL), HUFU_OK);
	assert_null(memmem(json.ptr, json.len, key.ptr + strlen("hufu-key 1 "), 16));
	assert_non_null(memmem(json.ptr, json.len, store->check, 32));
	bytes_done(&key);
	bytes_done(&json);
	store_close(store);
}

static void test_seal_store__opens_with_its_own_key_alone(void **state)
{
	struct store *store;
	struct key *key;
	hufu_error error;
	const char *dir = scratch_path("store");

	(void)state;
	init(dir, "Europe/Berlin");
	assert_int_equal(key_create(scratch_path("wrong.key"), &key, NULL), HUFU_OK);
	key_free(key);
	setenv("HUFU_KEY_FILE", scratch_path("wrong.key"), 1);
	assert_int_equal(store_open(dir, &store, &error), HUFU_DENIED);
	assert_string_equal(error.what, "this key is not the store's");
	setenv("HUFU_KEY_FILE", scratch_path("lost.key"), 1);
	assert_int_equal(store_open(dir, &store, &error), HUFU_DENIED);
	assert_string_equal(error.what, "the key is not there");
	assert_string_equal(error.where, scratch_path("lost.key"));
	setenv("HUFU_KEY_FILE", scratch_path("store/inner.key"), 1);
	assert_int_equal(store_open(dir, &store, &error), HUFU_DENIED);
	assert_string_equal(error.what, "a key must not lie inside the store that it opens");
	unsetenv("HUFU_KEY_FILE");
	assert_int_equal(store_open(dir, &store, NULL), HUFU_OK);
	store_close(store);
	assert_int_equal(store_peek(dir, &store, NULL), HUFU_OK);
	assert_null(store->key);
	store_close(store);
}

static void test_seal_store__tells_what_is_wrong_with_it(void **state)
{
#define ID "00112233445566778899aabbccddeeff"
	static const struct {
		const char *json;
		hufu_status want;
		const char *what;
	} rows[] = {
		{ "{\"hufu\":2,\"new\":\"things\"}", HUFU_UNSUPPORTED, "was made by a newer hufu" },
		{ "{\"hufu\":0,\"id\":\"" ID "\",\"zone\":\"UTC\",\"key_check\":\"" ID "\"}", HUFU_MALFORMED,
		        "is damaged" },
		{ "{\"hufu\":1,\"id\":\"" ID "\",\"key_check\":\"" ID "\"}", HUFU_MALFORMED, "is damaged" },
		{ "{\"hufu\":1,\"id\":\"../../etc/passwd\",\"zone\":\"UTC\",\"key_check\":\"" ID "\"}", HUFU_MALFORMED,
		        "is damaged" },
		{ "{\"hufu\":1,\"hufu\":1,\"id\":\"" ID "\",\"zone\":\"UTC\",\"key_check\":\"" ID "\"}", HUFU_MALFORMED,
		        "is damaged" },
		{ "[]", HUFU_MALFORMED, "is damaged" },
		{ "", HUFU_MALFORMED, "is damaged" },
		{ "{\"hufu\":1,", HUFU_MALFORMED, "is damaged" },
		{ "{\"hufu\":1,\"id\":\"" ID "\",\"zone\":\"UTC\",\"key_check\":\"" ID "\"}", HUFU_DENIED,
		        "the key is not there" },
	};
	struct store *store;
	hufu_error error;

	(void)state;
	init(scratch_path("store"), NULL);
	for (size_t i = 0; i < LEN(rows); i++) {
		scratch_write(scratch_path("store/store.json"), rows[i].json, 0600);
		assert_int_equal(store_open(scratch_path("store"), &store, &error), rows[i].want);
		assert_string_equal(error.what, rows[i].what);
	}
	assert_int_equal(store_open(scratch_path("nowhere"), &store, &error), HUFU_IO);
	assert_string_equal(error.what, "there is no store here");
	assert_int_equal(store_open(scratch_path("store/seals"), &store, &error), HUFU_IO);
	assert_string_equal(error.what, "there is no store here");
	assert_int_equal(store_open(scratch_path("store/store.json"), &store, &error), HUFU_IO);
}

static void test_seal_store__moves_in_with_nobody(void **state)
{
	struct store *store;
	hufu_error error;

	(void)state;
	assert_int_equal(io_make_dir(scratch_path("full"), NULL), HUFU_OK);
	scratch_write(scratch_path("full/thesis.txt"), "mine", 0644);
	assert_int_equal(chmod(scratch_path("full"), 0755), 0);
	assert_int_equal(store_init(scratch_path("full"), NULL, &store, &error), HUFU_CONFLICT);
	assert_string_equal(error.what, "holds other files");
	assert_int_equal(mode_of(scratch_path("full")), 0755);
	assert_int_equal(io_make_dir(scratch_path("empty"), NULL), HUFU_OK);
	assert_int_equal(chmod(scratch_path("empty"), 0755), 0);
	init(scratch_path("empty"), NULL);
	assert_int_equal(mode_of(scratch_path("empty")), 0700);
	/* A key that is there belongs to another store. */
	assert_int_equal(io_make_dir(scratch_path("third"), NULL), HUFU_OK);
	scratch_write(scratch_path("key"), "hufu-key 1 some", 0600);
	setenv("HUFU_KEY_FILE", scratch_path("key"), 1);
	assert_int_equal(store_init(scratch_path("third"), NULL, &store, &error), HUFU_CONFLICT);
	assert_string_equal(error.where, scratch_path("key"));
	setenv("HUFU_KEY_FILE", scratch_path("third/key"), 1);
	assert_int_equal(store_init(scratch_path("third"), NULL, &store, &error), HUFU_DENIED);
	unsetenv("HUFU_KEY_FILE");
	init(scratch_path("third"), NULL);
}

/* Each state that a kill can leave: the id chosen; the key made, too; the seals' directory, too. */
static void test_seal_store__goes_on_where_a_crash_left_it(void **state)
{
	(void)state;
	for (int left = 0; left < 3; left++) {
		struct store *store;
		struct key *key;
		char name[32], mark[64], seals[64], key_file[256];
		snprintf(name, sizeof name, "store%d", left);
		snprintf(mark, sizeof mark, "%s/.init", name);
		snprintf(seals, sizeof seals, "%s/seals", name);
		snprintf(key_file, sizeof key_file, ".config/hufu/keys/aabbccddeeff0011223344556677889%d", left);
		assert_int_equal(io_make_dir(scratch_path(name), NULL), HUFU_OK);
		scratch_write(scratch_path(mark), strrchr(key_file, '/') + 1, 0600);
		if (left >= 1) {
			assert_int_equal(key_create(scratch_path(key_file), &key, NULL), HUFU_OK);
			key_free(key);
		}
		if (left >= 2)
			assert_int_equal(io_make_dir(scratch_path(seals), NULL), HUFU_OK);
		assert_int_equal(store_open(scratch_path(name), &store, NULL), HUFU_IO);
		init(scratch_path(name), NULL);
		assert_int_equal(store_open(scratch_path(name), &store, NULL), HUFU_OK);
		assert_string_equal(store->id, strrchr(key_file, '/') + 1);
		store_close(store);
	}
}

/* The same by force: killed after any number of milliseconds, `init` can always be finished. */
static void test_seal_store__survives_kills_while_being_made(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		struct store *store;
		char name[32];
		snprintf(name, sizeof name, "store%u", round);
		pid_t child = fork();
		if (child == 0) {
			(void)store_init(scratch_path(name), NULL, &store, NULL);
			_exit(0);
		}
		usleep(round * 150);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		if (store_open(scratch_path(name), &store, NULL) != HUFU_OK)
			assert_int_equal(store_init(scratch_path(name), NULL, &store, NULL), HUFU_OK);
		store_close(store);
		assert_int_equal(store_open(scratch_path(name), &store, NULL), HUFU_OK);
		store_close(store);
	}
}

static void test_seal_store__one_writer_at_a_time(void **state)
{
	struct store *one, *two;

	(void)state;
	init(scratch_path("store"), NULL);
	assert_int_equal(store_open(scratch_path("store"), &one, NULL), HUFU_OK);
	assert_int_equal(store_open(scratch_path("store"), &two, NULL), HUFU_OK);
	assert_int_equal(store_lock(one, NULL), HUFU_OK);
	assert_int_equal(store_lock(one, NULL), HUFU_OK);
	int fd = open(scratch_path("store/lock"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	pid_t child = fork(); /* lets go after a while; our second handle waits for it */
	if (child == 0) {
		usleep(200000);
		_exit(0);
	}
	store_close(one);
	assert_int_equal(store_lock(two, NULL), HUFU_OK);
	waitpid(child, NULL, 0);
	store_close(two);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
}

static void test_seal_store__datasets_have_plain_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "customers", true },
		{ "车主 2021", true },
		{ "a.b-c?", true },
		{ "", false },
		{ ".hidden", false },
		{ "..", false },
		{ "-option", false },
		{ "a/b", false },
		{ "a\nb", false },
		{ "a\xff", false },
		{ "\xe2\x80\xae"
		  "x",
		        false },
		{ "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
		  "9",
		        true },
		{ "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
		  "0",
		        false },
	};
	struct store *store;
	char **names;
	size_t count = 0, good = 0;

	(void)state;
	assert_int_equal(store_init(scratch_path("store"), NULL, &store, NULL), HUFU_OK);
	assert_int_equal(store_datasets(store, &names, &count, NULL), HUFU_OK);
	assert_int_equal(count, 0);
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO_FREE char *path = NULL;
		hufu_status want = rows[i].good ? HUFU_OK : HUFU_USAGE;
		assert_int_equal(store_seal_path(store, view_of(rows[i].name), &path, NULL), want);
		if (rows[i].good)
			scratch_write(path, "", 0600);
		good += rows[i].good;
	}
	scratch_write(scratch_path("store/seals/.new-x.seal-1"), "", 0600);
	scratch_write(scratch_path("store/seals/notes.txt"), "", 0600);
	assert_int_equal(store_datasets(store, &names, &count, NULL), HUFU_OK);
	assert_int_equal(count, good);
	assert_string_equal(names[1], "a.b-c?");
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(names[i - 1], names[i]) < 0);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	store_close(store);
}

static void test_seal_store__is_looked_for_where_it_is_said(void **state)
{
	char want[512];
	char *dir;

	(void)state;
	assert_int_equal(store_dir(NULL, &dir, NULL), HUFU_OK);
	snprintf(want, sizeof want, "%s/.local/share/hufu", scratch);
	assert_string_equal(dir, want);
	free(dir);
	setenv("XDG_DATA_HOME", "/data", 1);
	assert_int_equal(store_dir(NULL, &dir, NULL), HUFU_OK);
	assert_string_equal(dir, "/data/hufu");
	free(dir);
	setenv("HUFU_STORE", "/env/store", 1);
	assert_int_equal(store_dir(NULL, &dir, NULL), HUFU_OK);
	assert_string_equal(dir, "/env/store");
	free(dir);
	assert_int_equal(store_dir("/option", &dir, NULL), HUFU_OK);
	assert_string_equal(dir, "/option");
	free(dir);
	assert_int_equal(chdir(scratch), 0);
	assert_int_equal(store_dir("here", &dir, NULL), HUFU_OK);
	assert_string_equal(dir, scratch_path("here"));
	free(dir);
	assert_int_equal(store_dir("", &dir, NULL), HUFU_USAGE);
	assert_int_equal(chdir("/"), 0);
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_seal_store__is_made_and_opened),
		IN_SCRATCH(test_seal_store__holds_no_key),
		IN_SCRATCH(test_seal_store__opens_with_its_own_key_alone),
		IN_SCRATCH(test_seal_store__tells_what_is_wrong_with_it),
		IN_SCRATCH(test_seal_store__moves_in_with_nobody),
		IN_SCRATCH(test_seal_store__goes_on_where_a_crash_left_it),
		IN_SCRATCH(test_seal_store__survives_kills_while_being_made),
		IN_SCRATCH(test_seal_store__one_writer_at_a_time),
		IN_SCRATCH(test_seal_store__datasets_have_plain_names),
		IN_SCRATCH(test_seal_store__is_looked_for_where_it_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
