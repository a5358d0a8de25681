/* Runs the program under test and takes its answers apart. */
#include "base/auto.h"
#include "base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../scratch.h"
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/resource.h>
#include <sys/wait.h>

const char *hufu_program;
char place[64];

enum { WORDS_MAX = 600 };

/* ---- places ---- */

const char *placed(const char *name)
{
	static char paths[512][512];
	static unsigned turn;
	char *path = paths[turn++ % LEN(paths)];
	snprintf(path, sizeof paths[0], "%s/%s", place, name);
	return path;
}

int place_setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	snprintf(place, sizeof place, "%s", scratch);
	setenv("HOME", place, 1);
	setenv("HUFU_STORE", placed("store"), 1);
	static const char *const unwanted[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HUFU_KEY_FILE",
		"HUFU_PASSPHRASE_FILE", "HUFU_READER" };
	for (size_t i = 0; i < LEN(unwanted); i++)
		unsetenv(unwanted[i]);
	return HUFU("init")->code;
}

int place_teardown(void **state)
{
	unsetenv("HUFU_READER");
	return scratch_teardown(state);
}

const char *place_bytes(const char *name, const struct bytes *bytes)
{
	const char *path = placed(name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes->ptr, 1, bytes->len, file), bytes->len);
	assert_int_equal(fclose(file), 0);
	return path;
}

const char *place_text(const char *name, const char *text)
{
	return place_bytes(name, &(struct bytes){ .ptr = (char *)(uintptr_t)text, .len = strlen(text) });
}

const char *place_zip(const char *name, const struct zip_member *members, size_t count)
{
	const char *path = placed(name);
	struct archive *zip = archive_write_new();
	archive_write_set_format_zip(zip);
	assert_int_equal(archive_write_set_options(zip, "hdrcharset=UTF-8"), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(zip, path), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++) {
		struct archive_entry *entry = archive_entry_new();
		archive_entry_set_pathname_utf8(entry, members[i].name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, (la_int64_t)members[i].contents.len);
		assert_int_equal(archive_write_header(zip, entry), ARCHIVE_OK);
		assert_int_equal(archive_write_data(zip, members[i].contents.ptr, members[i].contents.len),
		        (la_ssize_t)members[i].contents.len);
		archive_entry_free(entry);
	}
	assert_int_equal(archive_write_close(zip), ARCHIVE_OK);
	archive_write_free(zip);
	return path;
}

void read_whole(const char *path, struct bytes *out)
{
	out->len = 0;
	assert_int_equal(io_read_file(path, 1 << 30, out, NULL), HUFU_OK);
	bytes_byte(out, 0);
	assert_false(out->failed);
	out->len--;
}

/* ---- runs ---- */

static void send_to(const char *path, int flags, int fd)
{
	int opened = open(path, flags, 0600);
	if (opened < 0 || dup2(opened, fd) < 0)
		_exit(99);
	close(opened);
}

const struct ran *run_words(const char *const words[], const char *out)
{
	static struct bytes texts[2];
	static struct ran ran;
	char *argv[WORDS_MAX + 2] = { (char *)(uintptr_t)hufu_program };
	struct rusage usage;
	int how = 0;
	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	pid_t child = fork();
	if (child == 0) {
		setsid();
		send_to("/dev/null", O_RDONLY, 0);
		send_to(out ? out : placed(".out"), O_WRONLY | O_CREAT | O_TRUNC, 1);
		send_to(placed(".err"), O_WRONLY | O_CREAT | O_TRUNC, 2);
		execv(hufu_program, argv);
		_exit(98);
	}
	wait4(child, &how, 0, &usage);
	if (out)
		texts[0].len = 0, bytes_byte(&texts[0], 0), texts[0].len = 0;
	else
		read_whole(placed(".out"), &texts[0]);
	read_whole(placed(".err"), &texts[1]);
	ran = (struct ran){ WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how), texts[0].ptr, texts[1].ptr,
		texts[0].len, texts[1].len, usage.ru_maxrss };
	return &ran;
}

void assert_code(const struct ran *ran, int code)
{
	if (ran->code != code)
		print_error("ended with %d, not %d\nout: %.2000s\nerr: %.2000s\n", ran->code, code, ran->out, ran->err);
	assert_int_equal(ran->code, code);
}

void assert_has(const char *text, const char *want)
{
	if (!strstr(text, want))
		print_error("\"%s\" is not in: %.2000s\n", want, text);
	assert_non_null(strstr(text, want));
}

void assert_lacks(const char *text, const char *unwanted)
{
	if (strstr(text, unwanted))
		print_error("\"%s\" is in: %.2000s\n", unwanted, text);
	assert_null(strstr(text, unwanted));
}

void assert_clear_line(const char *text)
{
	const char *end = strchr(text, '\n');
	bool clear = strncmp(text, "hufu: ", 6) == 0 && strlen(text) > 20 && end == text + strlen(text) - 1;
	if (!clear)
		print_error("no one clear line: %.2000s\n", text);
	assert_true(clear);
}

void assert_tame(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool wild = (c < 32 && c != '\n' && c != '\t') || c == 127;
		wild |= c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] >= 0x80 &&
		        (unsigned char)text[i + 1] < 0xa0;
		/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069, U+061C */
		unsigned long next = i + 2 < len
		                             ? (unsigned long)c << 16 | (unsigned long)(unsigned char)text[i + 1] << 8 |
		                                       (unsigned char)text[i + 2]
		                             : 0;
		wild |= next == 0xe2808e || next == 0xe2808f || (next >= 0xe280aa && next <= 0xe280ae) ||
		        (next >= 0xe281a6 && next <= 0xe281a9) || (next >> 8) == 0xd89c;
		if (wild)
			print_error("byte %zu steers a terminal (%02x): %.200s\n", i, c, text + (i > 60 ? i - 60 : 0));
		assert_false(wild);
	}
}

void must_seal(const char *dataset, const char *path, const char *as_of, const char *const more[])
{
	const char *words[64] = { "seal", dataset, path, "--as-of", as_of };
	for (size_t i = 0; more && more[i]; i++)
		words[5 + i] = more[i];
	const struct ran *ran = run_words(words, NULL);
	assert_code(ran, 0);
	assert_string_equal(ran->err, "");
}

/* ---- answers ---- */

void judged_all(const char *const *leaks, size_t count, json_t **verdicts)
{
	const char *words[WORDS_MAX] = { "match", "--json" };
	assert_true(count + 3 < WORDS_MAX);
	memcpy(words + 2, leaks, count * sizeof *leaks);
	const struct ran *ran = run_words(words, NULL);
	if (ran->code > 1 || ran->err[0])
		assert_code(ran, 0);
	const char *at = ran->out;
	for (size_t i = 0; i < count; i++) {
		const char *end = strchr(at, '\n');
		assert_non_null(end);
		verdicts[i] = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(verdicts[i]);
		at = end + 1;
	}
	assert_int_equal(*at, 0);
}

json_t *judged(const char *leak)
{
	json_t *verdict;
	judged_all(&leak, 1, &verdict);
	return verdict;
}

static json_t *field_of(const json_t *object, const char *field)
{
	json_t *value = json_object_get(object, field);
	if (!value) {
		AUTO_FREE char *text = json_dumps(object, 0);
		print_error("no field \"%s\" in %.600s\n", field, text ? text : "nothing");
	}
	assert_non_null(value);
	return value;
}

uint64_t number_of(const json_t *object, const char *field)
{
	json_t *value = field_of(object, field);
	assert_true(json_is_integer(value));
	assert_true(json_integer_value(value) >= 0);
	return (uint64_t)json_integer_value(value);
}

const char *text_of(const json_t *object, const char *field)
{
	json_t *value = field_of(object, field);
	assert_true(json_is_string(value) || json_is_null(value));
	return json_string_value(value);
}

json_t *list_of(const json_t *object, const char *field)
{
	json_t *value = field_of(object, field);
	assert_true(json_is_array(value));
	return value;
}

json_t *part_at(const json_t *verdict, size_t at)
{
	json_t *parts = list_of(verdict, "parts");
	assert_true(at < json_array_size(parts));
	return json_array_get(parts, at);
}

json_t *part_named(const json_t *verdict, const char *ending)
{
	size_t i;
	json_t *part;
	json_array_foreach(list_of(verdict, "parts"), i, part)
	{
		const char *path = text_of(part, "path");
		if (strlen(path) >= strlen(ending) && strcmp(path + strlen(path) - strlen(ending), ending) == 0)
			return part;
	}
	return NULL;
}

json_t *dataset_in(const json_t *part, const char *name)
{
	size_t i;
	json_t *dataset;
	json_array_foreach(list_of(part, "datasets"), i, dataset)
	{
		if (strcmp(text_of(dataset, "dataset"), name) == 0)
			return dataset;
	}
	return NULL;
}

uint64_t linked_to(const json_t *part, const char *dataset)
{
	json_t *found = dataset_in(part, dataset);
	return found ? number_of(found, "linked") : 0;
}

const char *mapped(const json_t *dataset, const char *leaked)
{
	size_t i;
	json_t *column;
	json_array_foreach(list_of(dataset, "columns"), i, column)
	{
		if (strcmp(text_of(column, "leak"), leaked) == 0)
			return text_of(column, "column") ? text_of(column, "column") : "";
	}
	AUTO_FREE char *text = json_dumps(dataset, 0);
	print_error("column \"%s\" is not listed in %.1500s\n", leaked, text ? text : "");
	fail();
	return "";
}

uint64_t facet_sum(const json_t *dataset, const char *facet)
{
	const char *key;
	json_t *value;
	uint64_t sum = 0;
	json_object_foreach(field_of(field_of(dataset, "facets"), facet), key, value) sum +=
	        (uint64_t)json_integer_value(value);
	return sum;
}

uint64_t facet_people(const json_t *dataset, const char *facet, const char *value)
{
	return (uint64_t)json_integer_value(json_object_get(field_of(field_of(dataset, "facets"), facet), value));
}
