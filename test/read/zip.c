/* Zip: names, damage, passwords, archives inside, bombs. The archives are made here. */
#include "collect.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ZIP_MAX = 8 << 20 };

struct packed {
	struct archive *archive;
	char *bytes;
	size_t len;
};

static void pack_begin(struct packed *packed, const char *options)
{
	packed->bytes = malloc(ZIP_MAX);
	packed->len = 0;
	packed->archive = archive_write_new();
	assert_non_null(packed->bytes);
	assert_int_equal(archive_write_set_format_zip(packed->archive), ARCHIVE_OK);
	if (options)
		assert_int_equal(archive_write_set_options(packed->archive, options), ARCHIVE_OK);
	if (options && strstr(options, "encryption"))
		assert_int_equal(archive_write_set_passphrase(packed->archive, "sesame"), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_in_last_block(packed->archive, 1), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(packed->archive, packed->bytes, ZIP_MAX, &packed->len), ARCHIVE_OK);
}

static void pack_typed(struct packed *packed, const char *name, hufu_view body, unsigned type)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)body.len);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, "/etc/passwd");
	if (archive_write_header(packed->archive, entry) < ARCHIVE_WARN)
		fail_msg("%s", archive_error_string(packed->archive));
	if (body.len)
		assert_int_equal(archive_write_data(packed->archive, body.ptr, body.len), body.len);
	archive_entry_free(entry);
}

static void pack(struct packed *packed, const char *name, const char *body)
{
	pack_typed(packed, name, view_of(body), AE_IFREG);
}

static hufu_view pack_end(struct packed *packed)
{
	assert_int_equal(archive_write_close(packed->archive), ARCHIVE_OK);
	archive_write_free(packed->archive);
	return view_make(packed->bytes, packed->len);
}

static void expect(hufu_view zip, const char *want)
{
	struct collected got = { 0 };
	collect_memory(zip, &got);
	assert_string_equal(got.text.ptr, want);
	collected_done(&got);
}

static void test_read_zip__reads_members_in_order(void **state)
{
	(void)state;
	static const char *const options[] = { "zip:compression=store", "zip:compression=deflate" };
	for (size_t i = 0; i < LEN(options); i++) {
		struct packed packed;
		pack_begin(&packed, options[i]);
		pack(&packed, "b/owners.csv", "a,b\n1,2\n");
		pack_typed(&packed, "b/", view_of(""), AE_IFDIR);
		pack_typed(&packed, "link", view_of(""), AE_IFLNK);
		pack(&packed, "a.txt", "13800000001\n");
		pack(&packed, "none", "");
		expect(pack_end(&packed), "[b/owners.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n"
		                          "[a.txt list utf-8 1]\n<13800000001>\nend 0\nunread none: empty\n");
		free(packed.bytes);
	}
}

/* Without a directory at the end (a pipe), the local headers must do. */
static void test_read_zip__reads_what_cannot_be_sought(void **state)
{
	(void)state;
	struct packed packed;
	struct source source;
	struct collected got = { 0 };
	pack_begin(&packed, NULL);
	pack(&packed, "x.csv", "a,b\n1,2\n");
	source_memory(&source, pack_end(&packed));
	source.seek = NULL;
	collect_source(&source, view_of("leak.zip"), &read_limits_usual, &got);
	assert_string_equal(got.text.ptr, "[x.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n");
	collected_done(&got);
	free(packed.bytes);
}

static void test_read_zip__paths_are_only_names(void **state)
{
	(void)state;
	struct packed packed;
	pack_begin(&packed, NULL);
	pack(&packed, "../../etc/passwd", "x\n");
	pack(&packed, "/absolute", "y\n");
	pack(&packed, "a\033[31mb\n", "z\n");
	expect(pack_end(&packed), "[../../etc/passwd list utf-8 1]\n<x>\nend 0\n[/absolute list utf-8 1]\n<y>\nend 0\n"
	                          "[a?[31mb? list utf-8 1]\n<z>\nend 0\n");
	free(packed.bytes);
}

/* Replaces a name of the same length in both headers: libarchive writes no raw GB18030 names. */
static void rename_member(hufu_view zip, const char *from, const char *to)
{
	char *bytes = (char *)(uintptr_t)zip.ptr;
	for (size_t i = 0; i + strlen(from) <= zip.len; i++)
		if (memcmp(bytes + i, from, strlen(from)) == 0)
			memcpy(bytes + i, to, strlen(from));
}

static void test_read_zip__names_in_both_encodings(void **state)
{
	(void)state;
	struct packed packed;
	pack_begin(&packed, "zip:hdrcharset=UTF-8");
	pack(&packed, "\xe8\xbd\xa6\xe4\xb8\xbb.csv", "x\n");
	expect(pack_end(&packed), "[\xe8\xbd\xa6\xe4\xb8\xbb.csv list utf-8 1]\n<x>\nend 0\n");
	free(packed.bytes);

	pack_begin(&packed, NULL);
	pack(&packed, "NAME.csv", "x\n");
	hufu_view zip = pack_end(&packed);
	rename_member(zip, "NAME", "\xb3\xb5\xd6\xf7");
	expect(zip, "[\xe8\xbd\xa6\xe4\xb8\xbb.csv list utf-8 1]\n<x>\nend 0\n");
	free(packed.bytes);
}

static void test_read_zip__passwords_cost_their_member(void **state)
{
	(void)state;
	static const char *const options[] = { "zip:encryption=zipcrypt", "zip:encryption=aes256" };
	for (size_t i = 0; i < LEN(options); i++) {
		struct packed packed;
		pack_begin(&packed, options[i]);
		pack(&packed, "secret.csv", "a,b\n1,2\n");
		pack(&packed, "other.csv", "a,b\n1,2\n");
		expect(pack_end(&packed),
		        "unread secret.csv: encrypted with a password\nunread other.csv: encrypted with a password\n");
		free(packed.bytes);
	}
	/* The writer encrypts all or none: the flag of the first of two is set by hand, in both of its headers. */
	struct packed packed;
	pack_begin(&packed, NULL);
	pack(&packed, "secret.csv", "a,b\n1,2\n");
	pack(&packed, "open.csv", "a,b\n1,2\n");
	hufu_view zip = pack_end(&packed);
	char *central = memmem(packed.bytes, zip.len, "PK\x01\x02", 4);
	assert_non_null(central);
	packed.bytes[6] |= 1;
	central[8] |= 1;
	expect(zip, "unread secret.csv: encrypted with a password\n[open.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n");
	free(packed.bytes);
}

static void test_read_zip__archives_inside_stay_shut(void **state)
{
	(void)state;
	struct packed inner, outer;
	pack_begin(&inner, NULL);
	pack(&inner, "x", "y\n");
	hufu_view zip = pack_end(&inner);
	pack_begin(&outer, NULL);
	pack_typed(&outer, "inner.zip", zip, AE_IFREG);
	pack_typed(&outer, "inner.7z", view_of("7z\xbc\xaf\x27\x1c"), AE_IFREG);
	pack_typed(&outer, "inner.gz", view_of("\x1f\x8b\x08"), AE_IFREG);
	pack(&outer, "z", "z\n");
	struct collected got = { 0 };
	collect_memory(pack_end(&outer), &got);
	assert_int_equal(got.unread, 3);
	assert_int_equal(got.why, JAIL_WHY_ARCHIVE);
	assert_int_equal(got.records, 1);
	collected_done(&got);
	free(inner.bytes);
	free(outer.bytes);
}

/* Documents of office programs are not a heap of texts. */
static void test_read_zip__office_documents_are_unread(void **state)
{
	(void)state;
	struct packed packed;
	pack_begin(&packed, NULL);
	pack(&packed, "[Content_Types].xml", "<x/>\n");
	pack(&packed, "xl/workbook.xml", "<x/>\n");
	expect(pack_end(&packed), "unread : neither text nor a format that can be read yet\n");
	free(packed.bytes);
}

static void fill_random(char *out, size_t len)
{
	uint32_t seed = 7;
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		out[i] = i % 20 == 19 ? '\n' : (char)('a' + (seed >> 24) % 26);
	}
}

/* Cut or altered anywhere: something is said to be damaged, what can be read is read, nothing breaks. */
static void test_read_zip__damage_is_told(void **state)
{
	(void)state;
	static char body[1200000]; /* libarchive inflates a quarter of a megabyte at a time */
	fill_random(body, sizeof body);
	struct packed packed;
	pack_begin(&packed, NULL);
	pack(&packed, "first.csv", "a,b\n1,2\n");
	pack_typed(&packed, "big.txt", view_make(body, sizeof body), AE_IFREG);
	hufu_view zip = pack_end(&packed);
	for (size_t len = zip.len / 8; len < zip.len * 3 / 4; len += zip.len / 7) {
		struct collected got = { .quiet = true };
		collect_memory(view_make(zip.ptr, len), &got);
		assert_true(got.unread > 0);
		assert_int_equal(got.why, JAIL_WHY_DAMAGED);
		assert_true(got.records >= 2);
		collected_done(&got);
	}
	packed.bytes[zip.len / 2] ^= 0x55; /* in the middle of the deflated data */
	struct collected got = { .quiet = true };
	collect_memory(zip, &got);
	assert_int_equal(got.why, JAIL_WHY_DAMAGED);
	assert_true(got.records > 2);
	collected_done(&got);
	free(packed.bytes);
}

static void test_read_zip__any_flipped_byte_is_survived(void **state)
{
	(void)state;
	struct packed packed;
	pack_begin(&packed, NULL);
	pack(&packed, "first.csv", "a,b\n1,2\n3,4\n5,6\n");
	pack(&packed, "second.csv", "a,b\n1,2\n");
	hufu_view zip = pack_end(&packed);
	for (size_t i = 0; i < zip.len; i++) {
		struct collected got = { .quiet = true };
		packed.bytes[i] = (char)~packed.bytes[i];
		collect_memory(zip, &got);
		packed.bytes[i] = (char)~packed.bytes[i];
		collected_done(&got);
	}
	free(packed.bytes);
}

static void test_read_zip__a_bomb_of_zeros(void **state)
{
	(void)state;
	static char zeros[1 << 20];
	memset(zeros, '0', sizeof zeros);
	for (size_t i = 40; i < sizeof zeros; i += 41)
		zeros[i] = '\n';
	struct packed packed;
	pack_begin(&packed, "zip:compression-level=9");
	for (unsigned i = 0; i < 24; i++)
		pack_typed(&packed, "zeros.txt", view_make(zeros, sizeof zeros), AE_IFREG);
	hufu_view zip = pack_end(&packed);
	struct read_limits limits = read_limits_usual;
	limits.ratio_from = 8 << 20;
	limits.ratio = 50;
	struct source source;
	struct collected got = { .quiet = true };
	source_memory(&source, zip);
	collect_source(&source, view_of("bomb.zip"), &limits, &got);
	assert_int_equal(got.why, JAIL_WHY_BOMB);
	assert_int_equal(got.unread, 1);
	assert_true(got.records * 41 < (10 << 20));
	collected_done(&got);

	/* The plain ceiling, whatever the ratio. */
	limits = read_limits_usual;
	limits.unpacked = 3 << 20;
	source_memory(&source, zip);
	got = (struct collected){ .quiet = true };
	collect_source(&source, view_of("bomb.zip"), &limits, &got);
	assert_int_equal(got.why, JAIL_WHY_BOMB);
	collected_done(&got);
	free(packed.bytes);
}

static void test_read_zip__too_many_members(void **state)
{
	(void)state;
	struct packed packed;
	pack_begin(&packed, "zip:compression=store");
	for (unsigned i = 0; i < 10001; i++)
		pack(&packed, "x", "1\n");
	struct collected got = { .quiet = true };
	collect_memory(pack_end(&packed), &got);
	assert_int_equal(got.records, 10000);
	assert_int_equal(got.why, JAIL_WHY_MEMBERS);
	assert_int_equal(got.unread, 1);
	collected_done(&got);
	free(packed.bytes);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8"); /* so that the writer takes UTF-8 names */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_zip__reads_members_in_order),
		cmocka_unit_test(test_read_zip__reads_what_cannot_be_sought),
		cmocka_unit_test(test_read_zip__paths_are_only_names),
		cmocka_unit_test(test_read_zip__names_in_both_encodings),
		cmocka_unit_test(test_read_zip__passwords_cost_their_member),
		cmocka_unit_test(test_read_zip__archives_inside_stay_shut),
		cmocka_unit_test(test_read_zip__office_documents_are_unread),
		cmocka_unit_test(test_read_zip__damage_is_told),
		cmocka_unit_test(test_read_zip__any_flipped_byte_is_survived),
		cmocka_unit_test(test_read_zip__a_bomb_of_zeros),
		cmocka_unit_test(test_read_zip__too_many_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
