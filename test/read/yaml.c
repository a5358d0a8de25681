/* The reader for YAML: what is sent of it, what is refused, and that no leak is read by it unless asked for. */
#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void collect_yaml(hufu_view text, size_t chunk, struct collected *out)
{
	struct source source;
	struct sink *sink = sink_local(collect, out);
	assert_non_null(sink);
	source_memory(&source, text);
	source.chunk = chunk;
	assert_int_equal(read_as(view_of("yaml"), &source, &read_limits_usual, sink), HUFU_OK);
	sink_free(sink);
	assert_false(out->wrong || out->open);
}

static void test_read_yaml__sends_a_record_a_scalar(void **state)
{
	(void)state;
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "a: 1\n", "<a><1><1><plain>\n" },
		{ "a:\n  - x\n  - {b: \"y: z\", c: ''}\n",
		        "<a.0><x><2><plain>\n<a.1.b><y: z><3><quoted>\n<a.1.c><><3><quoted>\n" },
		{ "a: []\nb: {}\nc: [{}]\n", "<a><[]><1><list>\n<b><{}><2><map>\n<c.0><{}><3><map>\n" },
		{ "a:\n  b:\n    c: d\ne: f\n", "<a.b.c><d><3><plain>\n<e><f><4><plain>\n" },
		{ "a: |\n  one\n  two\n", "<a><one\ntwo\n><1><quoted>\n" },
		{ "a: {not: b == true}\nd: [x, not: y]\n",
		        "<a.not><b == true><1><plain>\n<d.0><x><2><plain>\n<d.1.not><y><2><plain>\n" },
		{ "", "" },
		{ "# nothing\n", "" },
	};
	for (size_t i = 0; i < LEN(rows); i++)
		for (size_t chunk = 0; chunk < 3; chunk++) {
			struct collected got = { 0 };
			char want[512];
			snprintf(want, sizeof want, "[ yaml utf-8 4]\n%send 0\n", rows[i].want);
			collect_yaml(view_of(rows[i].in), chunk, &got);
			bytes_byte(&got.text, '\0');
			assert_string_equal(got.text.ptr, want);
			collected_done(&got);
		}
}

static void test_read_yaml__refuses(void **state)
{
	(void)state;
	static char deep[64], wide[20000], large[(1 << 20) + 100], value[(64 << 10) + 100];
	const struct {
		const char *in;
		enum jail_why why;
	} rows[] = {
		{ "a: &x 1\n", JAIL_WHY_ALIAS },
		{ "a: *x\n", JAIL_WHY_ALIAS },
		{ "a: &a [x]\nb: [*a, *a]\n", JAIL_WHY_ALIAS },
		{ "a: !!str 1\n", JAIL_WHY_ALIAS },
		{ "a: !x {b: c}\n", JAIL_WHY_ALIAS },
		{ "a: 1\na: 2\n", JAIL_WHY_KEY },
		{ "b: {a: 1, a: {c: 2}}\n", JAIL_WHY_KEY },
		{ "a.b: 1\n", JAIL_WHY_KEY },
		{ "'': 1\n", JAIL_WHY_KEY },
		{ "? [a]\n: b\n", JAIL_WHY_KEY },
		{ "a: [\n", JAIL_WHY_SYNTAX },
		{ "a: 1\n b: 2\n", JAIL_WHY_SYNTAX },
		{ "a: 1\n---\nb: 2\n", JAIL_WHY_SYNTAX },
		{ "a: \xff\n", JAIL_WHY_SYNTAX },
		{ deep, JAIL_WHY_LARGE },
		{ wide, JAIL_WHY_LARGE },
		{ large, JAIL_WHY_LARGE },
		{ value, JAIL_WHY_LARGE },
	};
	memset(deep, '[', sizeof deep - 1);
	for (size_t i = 0, at = 0; i < 300; i++)
		at += (size_t)snprintf(wide + at, sizeof wide - at, "k%zu: 1\n", i);
	memset(large, '#', sizeof large - 1);
	memset(value, 'x', sizeof value - 1);
	value[1] = ':';
	value[2] = ' ';
	for (size_t i = 0; i < LEN(rows); i++) {
		struct collected got = { .quiet = true };
		collect_yaml(view_of(rows[i].in), 0, &got);
		if (got.why != rows[i].why || got.unread != 1)
			print_error("row %zu: %s\n", i, jail_why(got.why));
		assert_int_equal(got.why, rows[i].why);
		assert_int_equal(got.unread, 1);
		collected_done(&got);
	}
}

static void test_read_yaml__claims_no_leak(void **state)
{
	(void)state;
	static const char text[] = "name: 1\nmobile: 2\n";
	for (size_t i = 0; readers[i]; i++)
		if (strcmp(readers[i]->name, "yaml") == 0)
			assert_false(readers[i]->claims(view_of(text), view_of("people.yaml")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_yaml__sends_a_record_a_scalar),
		cmocka_unit_test(test_read_yaml__refuses),
		cmocka_unit_test(test_read_yaml__claims_no_leak),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
