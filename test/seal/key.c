/* The key: written so that nobody else reads it, never inside its store, and lost to a wrong passphrase. */
#include "seal/key.h"

#include "base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../scratch.h"

enum { CHECK_LEN = 16 };

static void assert_same_key(const struct key *a, const struct key *b, bool same)
{
	uint8_t x[CHECK_LEN], y[CHECK_LEN];

	key_subkey(a, KEY_CHECK_VALUE, x, sizeof x);
	key_subkey(b, KEY_CHECK_VALUE, y, sizeof y);
	assert_int_equal(memcmp(x, y, sizeof x) == 0, same);
}

static void test_seal_key__is_made_once_and_loaded_again(void **state)
{
	struct key *made, *loaded, *other;
	struct stat about;
	hufu_error error;
	const char *path = scratch_path("config/keys/one");

	(void)state;
	assert_int_equal(key_create(path, &made, NULL), HUFU_OK);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(stat(scratch_path("config"), &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	assert_int_equal(key_load(path, &loaded, NULL), HUFU_OK);
	assert_same_key(made, loaded, true);
	assert_int_equal(key_create(path, &other, &error), HUFU_CONFLICT);
	assert_int_equal(key_create(scratch_path("two"), &other, NULL), HUFU_OK);
	assert_same_key(made, other, false);
	key_free(made);
	key_free(loaded);
	key_free(other);
	key_free(NULL);
}

static void test_seal_key__subkeys_differ_by_use_and_stay(void **state)
{
	/* Of the key 00 01 .. 1f: what is sealed once must open with every later hufu. */
	static const uint8_t want[CHECK_LEN] = { 0x50, 0x8b, 0x7a, 0x50, 0x7f, 0x71, 0x00, 0x15, 0x06, 0xda, 0x5e, 0xd9,
		0xd9, 0x14, 0x48, 0xac };
	uint8_t seen[KEY_ORDER + 1][CHECK_LEN], wide[64];
	struct key *key;

	(void)state;
	scratch_write(scratch_path("key"),
	        "hufu-key 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600);
	assert_int_equal(key_load(scratch_path("key"), &key, NULL), HUFU_OK);
	for (enum key_use use = KEY_CHECK_VALUE; use <= KEY_ORDER; use++) {
		key_subkey(key, use, seen[use], CHECK_LEN);
		for (enum key_use before = KEY_CHECK_VALUE; before < use; before++)
			assert_memory_not_equal(seen[use], seen[before], CHECK_LEN);
	}
	assert_memory_equal(seen[KEY_CHECK_VALUE], want, sizeof want);
	key_subkey(key, KEY_SECRET, wide, sizeof wide);
	key_free(key);
}

static void test_seal_key__refuses_what_is_no_safe_key(void **state)
{
#define HEX64 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	static const struct {
		const char *name, *text;
		unsigned mode;
		hufu_status want;
	} rows[] = {
		{ "as it should be", "hufu-key 1 " HEX64 "\n", 0600, HUFU_OK },
		{ "read-only, no line end", "hufu-key 1 " HEX64, 0400, HUFU_OK },
		{ "readable by the group", "hufu-key 1 " HEX64 "\n", 0640, HUFU_DENIED },
		{ "readable by all", "hufu-key 1 " HEX64 "\n", 0604, HUFU_DENIED },
		{ "empty", "", 0600, HUFU_MALFORMED },
		{ "short", "hufu-key 1 0001\n", 0600, HUFU_MALFORMED },
		{ "long", "hufu-key 1 " HEX64 "00\n", 0600, HUFU_MALFORMED },
		{ "no hex", "hufu-key 1 g" HEX64 "\n", 0600, HUFU_MALFORMED },
		{ "something else", "-----BEGIN PRIVATE KEY-----\n", 0600, HUFU_MALFORMED },
		{ "of a newer version", "hufu-key 2 " HEX64 "\n", 0600, HUFU_UNSUPPORTED },
		{ "wrapped, cut", "hufu-key 1 wrapped " HEX64 "\n", 0600, HUFU_MALFORMED },
		/* 320 million rounds: a stranger's file must not stop the machine */
		{ "wrapped, absurd costs", "hufu-key 1 wrapped " HEX64 HEX64 HEX64 "00010203\n", 0600, HUFU_LIMIT },
	};

	(void)state;
	scratch_write(scratch_path("passphrase"), "four tigers in two halves\n", 0600);
	setenv("HUFU_PASSPHRASE_FILE", scratch_path("passphrase"), 1);
	for (size_t i = 0; i < LEN(rows); i++) {
		struct key *key = NULL;
		hufu_error error;
		scratch_write(scratch_path("key"), rows[i].text, rows[i].mode);
		hufu_status got = key_load(scratch_path("key"), &key, &error);
		if (got != rows[i].want)
			print_error("%s: %d\n", rows[i].name, (int)got);
		assert_int_equal(got, rows[i].want);
		assert_true((got == HUFU_OK) == (key != NULL));
		key_free(key);
	}
	struct key *key;
	hufu_error error;
	assert_int_equal(key_load(scratch_path("none"), &key, &error), HUFU_DENIED);
	assert_non_null(strstr(error.todo, "hufu key restore"));
	unsetenv("HUFU_PASSPHRASE_FILE");
}

static void test_seal_key__a_backup_opens_with_its_passphrase_alone(void **state)
{
	struct key *key, *back;
	struct bytes text = { 0 };
	hufu_error error;
	bool wrapped = false;
	const char *backup = scratch_path("backup");

	(void)state;
	assert_int_equal(key_create(scratch_path("key"), &key, NULL), HUFU_OK);
	assert_int_equal(key_backup(key, backup, "", NULL), HUFU_USAGE);
	assert_int_equal(key_backup(key, backup, "four tigers in two halves", NULL), HUFU_OK);
	assert_int_equal(key_backup(key, backup, "four tigers in two halves", NULL), HUFU_CONFLICT);
	chmod(backup, 0644); /* a memory stick knows no modes */
	assert_int_equal(key_is_wrapped(backup, &wrapped, NULL), HUFU_OK);
	assert_true(wrapped);
	assert_int_equal(key_restore(backup, "four tigers in two halves", &back, NULL), HUFU_OK);
	assert_same_key(key, back, true);
	key_free(back);
	assert_int_equal(key_restore(backup, "four tigers in two halve", &back, &error), HUFU_DENIED);
	assert_int_equal(io_read_file(backup, 4096, &text, NULL), HUFU_OK);
	text.ptr[text.len - 3] ^= 1; /* in the box: another hex digit or none */
	assert_int_equal(io_replace_file(backup, 0600, bytes_view(&text), NULL), HUFU_OK);
	assert_int_not_equal(key_restore(backup, "four tigers in two halves", &back, NULL), HUFU_OK);
	bytes_done(&text);
	key_free(key);
}

static void test_seal_key__wraps_and_unwraps_in_place(void **state)
{
	struct key *key, *back;
	bool wrapped = false;
	const char *path = scratch_path("key"), *passphrase = scratch_path("passphrase");

	(void)state;
	assert_int_equal(key_create(path, &key, NULL), HUFU_OK);
	assert_int_equal(key_save(key, path, "four tigers in two halves", NULL), HUFU_OK);
	assert_int_equal(key_is_wrapped(path, &wrapped, NULL), HUFU_OK);
	assert_true(wrapped);
	scratch_write(passphrase, "four tigers in two halves\r\nsecond line\n", 0600);
	setenv("HUFU_PASSPHRASE_FILE", passphrase, 1);
	assert_int_equal(key_load(path, &back, NULL), HUFU_OK);
	assert_same_key(key, back, true);
	key_free(back);
	unsetenv("HUFU_PASSPHRASE_FILE");
	assert_int_equal(key_save(key, path, NULL, NULL), HUFU_OK);
	assert_int_equal(key_is_wrapped(path, &wrapped, NULL), HUFU_OK);
	assert_false(wrapped);
	key_free(key);
}

static void test_seal_key__a_passphrase_file_is_guarded_too(void **state)
{
	static const struct {
		const char *text;
		unsigned mode;
		bool fresh;
		hufu_status want;
	} rows[] = {
		{ "long enough\n", 0600, true, HUFU_OK },
		{ "long enough\n", 0644, true, HUFU_DENIED },
		{ "short\n", 0600, true, HUFU_USAGE },
		{ "short\n", 0600, false, HUFU_OK },
		{ "", 0600, false, HUFU_MALFORMED },
		{ "\nsecond\n", 0600, false, HUFU_MALFORMED },
	};

	(void)state;
	setenv("HUFU_PASSPHRASE_FILE", scratch_path("passphrase"), 1);
	for (size_t i = 0; i < LEN(rows); i++) {
		char *passphrase = NULL;
		scratch_write(scratch_path("passphrase"), rows[i].text, rows[i].mode);
		assert_int_equal(key_passphrase("Passphrase", rows[i].fresh, &passphrase, NULL), rows[i].want);
		assert_true((passphrase != NULL) == (rows[i].want == HUFU_OK));
		key_passphrase_free(passphrase);
	}
	unsetenv("HUFU_PASSPHRASE_FILE");
}

static void test_seal_key__never_lies_inside_the_store(void **state)
{
	static const struct {
		const char *name;
		bool inside;
	} rows[] = {
		{ "store/key", true },
		{ "store/seals/key", true },
		{ "store/new/key", true },
		{ "way/key", true },          /* a link to the store */
		{ "elsewhere/hidden", true }, /* a link to a file in the store */
		{ "elsewhere/dangling", true },
		{ "elsewhere/../store/key", true },
		{ "elsewhere/nowhere/../../store/key", true },
		{ "store/../elsewhere/key", false },
		{ "elsewhere/key", false },
		{ "elsewhere/new/key", false },
		{ "storehouse/key", false },
	};

	(void)state;
	assert_int_equal(io_make_dir(scratch_path("store/seals"), NULL), HUFU_OK);
	assert_int_equal(io_make_dir(scratch_path("elsewhere"), NULL), HUFU_OK);
	scratch_write(scratch_path("store/real"), "x", 0600);
	assert_int_equal(symlink(scratch_path("store"), scratch_path("way")), 0);
	assert_int_equal(symlink(scratch_path("store/real"), scratch_path("elsewhere/hidden")), 0);
	assert_int_equal(symlink(scratch_path("store/later"), scratch_path("elsewhere/dangling")), 0);
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO_FREE char *out = NULL;
		hufu_status got = key_outside(scratch_path("store"), scratch_path(rows[i].name), &out, NULL);
		if ((got != HUFU_OK) != rows[i].inside)
			print_error("%s: %d\n", rows[i].name, (int)got);
		assert_int_equal(got != HUFU_OK, rows[i].inside);
		assert_true((out != NULL) == !rows[i].inside);
	}
}

static void test_seal_key__is_looked_for_where_it_is_said(void **state)
{
	AUTO_FREE char *named = NULL, *config = NULL, *home = NULL;
	char want[512];

	(void)state;
	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HUFU_KEY_FILE");
	assert_int_equal(key_path(scratch_path("store"), "0123", &home, NULL), HUFU_OK);
	snprintf(want, sizeof want, "%s/.config/hufu/keys/0123", scratch);
	assert_string_equal(home, want);
	setenv("XDG_CONFIG_HOME", scratch_path("xdg"), 1);
	assert_int_equal(key_path(scratch_path("store"), "0123", &config, NULL), HUFU_OK);
	snprintf(want, sizeof want, "%s/xdg/hufu/keys/0123", scratch);
	assert_string_equal(config, want);
	setenv("HUFU_KEY_FILE", scratch_path("my.key"), 1);
	assert_int_equal(key_path(scratch_path("store"), "0123", &named, NULL), HUFU_OK);
	assert_string_equal(named, scratch_path("my.key"));
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HUFU_KEY_FILE");
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_seal_key__is_made_once_and_loaded_again),
		IN_SCRATCH(test_seal_key__subkeys_differ_by_use_and_stay),
		IN_SCRATCH(test_seal_key__refuses_what_is_no_safe_key),
		IN_SCRATCH(test_seal_key__a_backup_opens_with_its_passphrase_alone),
		IN_SCRATCH(test_seal_key__wraps_and_unwraps_in_place),
		IN_SCRATCH(test_seal_key__a_passphrase_file_is_guarded_too),
		IN_SCRATCH(test_seal_key__never_lies_inside_the_store),
		IN_SCRATCH(test_seal_key__is_looked_for_where_it_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
