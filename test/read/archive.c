/* Archives: every format and filter, names, damage, passwords, archives inside, bombs. The archives are made here. */
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

static void test_read_archive__reads_members_in_order(void **state)
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
		                          "[a.txt list utf-8 1]\n<13800000001>\nend 0\n");
		free(packed.bytes);
	}
}

/* Without a directory at the end (a pipe), the local headers must do. */
static void test_read_archive__reads_what_cannot_be_sought(void **state)
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

static void test_read_archive__paths_are_only_names(void **state)
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

static void test_read_archive__names_in_both_encodings(void **state)
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

static void test_read_archive__passwords_cost_their_member(void **state)
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

/* Documents of office programs are not a heap of texts. */
static void test_read_archive__office_documents_are_unread(void **state)
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
static void test_read_archive__damage_is_told(void **state)
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

static void test_read_archive__any_flipped_byte_is_survived(void **state)
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

static void test_read_archive__a_bomb_of_zeros(void **state)
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

static void test_read_archive__too_many_members(void **state)
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

/* ---- formats and filters other than zip ---- */

static void open_packed(struct packed *packed, int (*format)(struct archive *), int (*filter)(struct archive *))
{
	packed->bytes = malloc(ZIP_MAX);
	packed->len = 0;
	packed->archive = archive_write_new();
	assert_non_null(packed->bytes);
	assert_int_equal(format(packed->archive), ARCHIVE_OK);
	if (filter)
		assert_int_equal(filter(packed->archive), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_in_last_block(packed->archive, 1), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(packed->archive, packed->bytes, ZIP_MAX, &packed->len), ARCHIVE_OK);
}

static const struct {
	const char *name;
	int (*format)(struct archive *);
} formats[] = {
	{ "zip", archive_write_set_format_zip },
	{ "7z", archive_write_set_format_7zip },
	{ "ustar", archive_write_set_format_ustar },
	{ "pax", archive_write_set_format_pax },
	{ "gnutar", archive_write_set_format_gnutar },
	{ "v7tar", archive_write_set_format_v7tar },
	{ "newc", archive_write_set_format_cpio_newc },
	{ "odc", archive_write_set_format_cpio_odc },
};

static const struct {
	const char *name;
	int (*filter)(struct archive *);
} filters[] = {
	{ "gz", archive_write_add_filter_gzip },
	{ "bz2", archive_write_add_filter_bzip2 },
	{ "xz", archive_write_add_filter_xz },
	{ "zst", archive_write_add_filter_zstd },
	{ "lz4", archive_write_add_filter_lz4 },
	{ "lz", archive_write_add_filter_lzip },
	{ "Z", archive_write_add_filter_compress },
};

#define OWNERS "\xe8\xbd\xa6\xe4\xb8\xbb.csv"

static void test_read_archive__every_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(formats); i++) {
		struct packed packed;
		open_packed(&packed, formats[i].format, NULL);
		pack(&packed, "data/" OWNERS, "a,b\n1,2\n");
		pack_typed(&packed, "link", view_of(""), AE_IFLNK);
		pack(&packed, "none", "");
		pack(&packed, "../x.txt", "13800000001\n");
		expect(pack_end(&packed), "[data/" OWNERS " csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n"
		                          "[../x.txt list utf-8 1]\n<13800000001>\nend 0\n");
		free(packed.bytes);
	}
}

static void test_read_archive__every_filter(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(filters); i++) {
		struct packed packed;
		open_packed(&packed, archive_write_set_format_raw, filters[i].filter);
		pack(&packed, "a.csv", "a,b\n1,2\n");
		expect(pack_end(&packed), "[ csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n");
		free(packed.bytes);
		open_packed(&packed, archive_write_set_format_pax, filters[i].filter);
		pack(&packed, "a.csv", "a,b\n1,2\n");
		expect(pack_end(&packed), "[a.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n");
		free(packed.bytes);
	}
}

/* Packs one member into a new archive of `format`; the caller frees what it was. */
static hufu_view wrap(
        hufu_view inner, const char *name, int (*format)(struct archive *), int (*filter)(struct archive *))
{
	struct packed packed;
	open_packed(&packed, format, filter);
	pack_typed(&packed, name, inner, AE_IFREG);
	return pack_end(&packed);
}

static void free_view(hufu_view view)
{
	free((void *)(uintptr_t)view.ptr);
}

/* Whatever is in whatever: paths join, formats that must be sought in are held. */
static void test_read_archive__archives_inside_archives(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(formats); i++)
		for (size_t j = 0; j < LEN(formats); j++) {
			hufu_view inner = wrap(view_of("a,b\n1,2\n"), "a.csv", formats[i].format, NULL);
			hufu_view outer = wrap(inner, "inner", formats[j].format, NULL);
			expect(outer, "[inner/a.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n");
			free_view(inner);
			free_view(outer);
		}
	hufu_view tar =
	        wrap(view_of("a,b\n1,2\n"), "a.csv", archive_write_set_format_pax, archive_write_add_filter_gzip);
	hufu_view zip = wrap(tar, "inner.tar.gz", archive_write_set_format_zip, NULL);
	expect(zip, "[inner.tar.gz/a.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n");
	free_view(tar);
	free_view(zip);
}

/* `count` archives around a list, each in the next; every second one a packed tar. */
static hufu_view matryoshka(unsigned count)
{
	hufu_view inner = { 0 };
	for (unsigned i = 0; i < count; i++) {
		hufu_view outer = wrap(i ? inner : view_of("13800000001\n"), "x",
		        i % 2 ? archive_write_set_format_pax : archive_write_set_format_zip,
		        i % 2 ? archive_write_add_filter_gzip : NULL);
		if (i)
			free_view(inner);
		inner = outer;
	}
	return inner;
}

static void test_read_archive__depth_has_a_limit(void **state)
{
	(void)state;
	hufu_view four = matryoshka(4), five = matryoshka(5);
	expect(four, "[x/x/x/x list utf-8 1]\n<13800000001>\nend 0\n");
	expect(five, "unread x/x/x/x: archives inside archives, deeper than the limit\n");
	free_view(four);
	free_view(five);
	/* Filters on filters, which libarchive undoes by itself. */
	hufu_view packed = wrap(view_of("1\n"), "x", archive_write_set_format_raw, archive_write_add_filter_gzip);
	for (unsigned i = 0; i < 30; i++) {
		hufu_view more = wrap(packed, "x", archive_write_set_format_raw, archive_write_add_filter_gzip);
		free_view(packed);
		packed = more;
		struct collected got = { 0 };
		collect_memory(packed, &got);
		if (i > 2)
			assert_string_equal(got.text.ptr, "unread : archives inside archives, deeper than the limit\n");
		else
			assert_int_equal(got.records, 1);
		collected_done(&got);
	}
	free_view(packed);
}

static void test_read_archive__holds_no_more_than_it_may(void **state)
{
	(void)state;
	static char body[300000];
	fill_random(body, sizeof body);
	static const struct {
		int (*format)(struct archive *);
		size_t held;
		enum jail_why why;
	} rows[] = {
		{ archive_write_set_format_7zip, 1000, JAIL_WHY_HELD },
		{ archive_write_set_format_7zip, 1 << 20, JAIL_WHY_NONE },
		{ archive_write_set_format_zip, 1000, JAIL_WHY_NONE }, /* as it comes */
		{ archive_write_set_format_zip, 0, JAIL_WHY_NONE },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		hufu_view inner = wrap(view_make(body, sizeof body), "a.txt", rows[i].format, NULL);
		struct packed packed;
		open_packed(&packed, archive_write_set_format_pax, NULL);
		pack_typed(&packed, "one", inner, AE_IFREG);
		pack_typed(&packed, "two", inner, AE_IFREG);
		struct read_limits limits = read_limits_usual;
		limits.held = rows[i].held;
		struct source source;
		struct collected got = { .quiet = true };
		source_memory(&source, pack_end(&packed));
		collect_source(&source, view_of("leak"), &limits, &got);
		assert_int_equal(got.why, rows[i].why);
		assert_int_equal(got.records, rows[i].why ? 0 : 2 * sizeof body / 20);
		collected_done(&got);
		free(packed.bytes);
		free_view(inner);
	}
}

/* What file managers leave is no line; a table under such a name is one. */
static void test_read_archive__clutter_is_left_out(void **state)
{
	(void)state;
	struct packed packed;
	open_packed(&packed, archive_write_set_format_zip, NULL);
	pack_typed(&packed, "__MACOSX/._a.csv", view_make("\0\5\x16\7\0\2\0\0Mac OS X", 16), AE_IFREG);
	pack_typed(&packed, ".DS_Store", view_make("\0\0\0\1Bud1\0\0", 10), AE_IFREG);
	pack_typed(&packed, "b/Thumbs.db", view_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), AE_IFREG);
	pack(&packed, "._owners.csv", "a,b\n1,2\n");
	expect(pack_end(&packed), "[._owners.csv csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n");
	free(packed.bytes);
	open_packed(&packed, archive_write_set_format_zip, NULL);
	pack(&packed, "none", "");
	expect(pack_end(&packed), "unread : empty\n");
	free(packed.bytes);
}

static void test_read_archive__links_and_devices_hold_nothing(void **state)
{
	(void)state;
	static const unsigned types[] = { AE_IFLNK, AE_IFCHR, AE_IFBLK, AE_IFIFO, AE_IFDIR };
	struct packed packed;
	open_packed(&packed, archive_write_set_format_pax, NULL);
	for (size_t i = 0; i < LEN(types); i++)
		pack_typed(&packed, "/dev/sda", view_of(""), types[i]);
	pack(&packed, "/etc/passwd", "13800000001\n");
	expect(pack_end(&packed), "[/etc/passwd list utf-8 1]\n<13800000001>\nend 0\n");
	free(packed.bytes);
}

/* The total counts over all layers: a bomb in a bomb is one. */
static void test_read_archive__a_bomb_inside(void **state)
{
	(void)state;
	static char zeros[4 << 20];
	memset(zeros, '0', sizeof zeros);
	for (size_t i = 40; i < sizeof zeros; i += 41)
		zeros[i] = '\n';
	for (size_t i = 0; i < LEN(formats); i++) {
		hufu_view inner = wrap(view_make(zeros, sizeof zeros), "zeros.txt", formats[i].format, NULL);
		hufu_view outer = wrap(inner, "inner", archive_write_set_format_pax, filters[i % LEN(filters)].filter);
		struct read_limits limits = read_limits_usual;
		limits.unpacked = inner.len + (2 << 20);
		struct source source;
		struct collected got = { .quiet = true };
		source_memory(&source, outer);
		collect_source(&source, view_of("leak"), &limits, &got);
		assert_true(strstr(got.text.ptr, jail_why(JAIL_WHY_BOMB)) != NULL);
		assert_true(got.records * 41 < (3 << 20));
		collected_done(&got);
		free_view(inner);
		free_view(outer);
	}
}

/* Nobody reads the first member, whose zeros stand in one stream with what follows. */
static void test_read_archive__skipping_is_charged_where_it_unpacks(void **state)
{
	(void)state;
	static char zeros[4 << 20];
	memset(zeros, 0, sizeof zeros);
	struct packed packed;
	open_packed(&packed, archive_write_set_format_7zip, NULL);
	pack_typed(&packed, "zeros.bin", view_make(zeros, sizeof zeros), AE_IFREG);
	pack(&packed, "a.csv", "a,b\n1,2\n");
	hufu_view archive = pack_end(&packed);
	struct read_limits limits = read_limits_usual;
	limits.unpacked = 2 << 20;
	struct source source;
	struct collected got = { 0 };
	source_memory(&source, archive);
	collect_source(&source, view_of("leak"), &limits, &got);
	assert_string_equal(got.text.ptr, "unread zeros.bin: neither text nor a format that can be read yet\n"
	                                  "unread zeros.bin: unpacks to more than the limit\n");
	collected_done(&got);
	free(packed.bytes);
}

/* Cut anywhere or altered anywhere: survived, and a cut is told wherever records are missing. */
static void test_read_archive__damage_of_every_sort(void **state)
{
	(void)state;
	static char body[20000];
	fill_random(body, sizeof body);
	for (size_t i = 0; i < LEN(formats) + LEN(filters); i++) {
		bool filter = i >= LEN(formats);
		hufu_view whole = wrap(view_make(body, sizeof body), "a.txt",
		        filter ? archive_write_set_format_pax : formats[i].format,
		        filter ? filters[i - LEN(formats)].filter : NULL);
		for (size_t len = 1; len < whole.len; len += whole.len / 61 + 1) {
			struct collected got = { .quiet = true };
			collect_memory(view_make(whole.ptr, len), &got);
			if (got.records < sizeof body / 20 && got.unread == 0 && len > 512)
				fail_msg("%zu: cut at %zu of %zu, %zu records, nothing said", i, len, whole.len,
				        (size_t)got.records);
			collected_done(&got);
		}
		char *bytes = (char *)(uintptr_t)whole.ptr;
		for (size_t at = 0; at < whole.len; at += at < 600 ? 3 : whole.len / 61 + 1) {
			struct collected got = { .quiet = true };
			bytes[at] ^= (char)(1 << at % 8);
			collect_memory(whole, &got);
			bytes[at] ^= (char)(1 << at % 8);
			collected_done(&got);
		}
		free_view(whole);
	}
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8"); /* so that the writer takes UTF-8 names */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_archive__reads_members_in_order),
		cmocka_unit_test(test_read_archive__reads_what_cannot_be_sought),
		cmocka_unit_test(test_read_archive__paths_are_only_names),
		cmocka_unit_test(test_read_archive__names_in_both_encodings),
		cmocka_unit_test(test_read_archive__passwords_cost_their_member),
		cmocka_unit_test(test_read_archive__office_documents_are_unread),
		cmocka_unit_test(test_read_archive__damage_is_told),
		cmocka_unit_test(test_read_archive__any_flipped_byte_is_survived),
		cmocka_unit_test(test_read_archive__a_bomb_of_zeros),
		cmocka_unit_test(test_read_archive__too_many_members),
		cmocka_unit_test(test_read_archive__every_format),
		cmocka_unit_test(test_read_archive__every_filter),
		cmocka_unit_test(test_read_archive__archives_inside_archives),
		cmocka_unit_test(test_read_archive__depth_has_a_limit),
		cmocka_unit_test(test_read_archive__holds_no_more_than_it_may),
		cmocka_unit_test(test_read_archive__clutter_is_left_out),
		cmocka_unit_test(test_read_archive__links_and_devices_hold_nothing),
		cmocka_unit_test(test_read_archive__a_bomb_inside),
		cmocka_unit_test(test_read_archive__skipping_is_charged_where_it_unpacks),
		cmocka_unit_test(test_read_archive__damage_of_every_sort),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
