/* hufu kind: asks an identifier kind about values, one a line. The values are the user's own; they may hold anything
 * and are made printable on their way out. */
#include "base/bytes.h"
#include "cmd/console.h"
#include "ident/ident.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

enum { VALUE_MAX = 1 << 20 };

static const char help[] =
        "usage: hufu kind                 list the kinds of identifiers\n"
        "       hufu kind NAME [--json]   read values, one a line, and judge each\n"
        "\n"
        "Prints a line a value: \"valid\", its normal form and its masked form, separated by tabs,\n"
        "or \"no\". The normal form is what is compared when a leak is matched: blanks, width and\n"
        "separators folded, check digits verified. That a number is valid does not mean that it\n"
        "has been given to anybody. Needs no store and no key, and keeps nothing.\n"
        "\n"
        "  --json        a JSON object a line: {\"valid\": true, \"normal\": ..., \"masked\": ...}\n"
        "  --store DIR   accepted as everywhere, and not used\n"
        "\n"
        "examples:\n"
        "  echo '+86 138-0013-8000' | hufu kind mobile\n"
        "  cut -d, -f4 owners.csv | hufu kind resident_id --json\n"
        "\n"
        "exit: 0 some value is valid, 1 none is, 2 there is no such kind or the input cannot be read.\n";

static int run(int argc, char **argv);

const struct command command_kind = { "kind", "judge values of an identifier kind; list the kinds", help, run };

static const char *kind_name(size_t at)
{
	return ident_kinds[at]->name;
}

static void list_kinds(void)
{
	for (size_t i = 0; i < ident_kinds_count; i++)
		printf("%-12s %s\n", ident_kinds[i]->name, ident_kinds[i]->zh);
}

/* A line without its end, of any length; what is behind VALUE_MAX is dropped and *cut says so. */
static bool read_value(struct bytes *out, bool *cut)
{
	int byte = 0;
	bool any = false;

	out->len = 0;
	*cut = false;
	while ((byte = getc_unlocked(stdin)) != EOF) {
		any = true;
		if (byte == '\n')
			break;
		if (out->len < VALUE_MAX)
			bytes_byte(out, (char)byte);
		else
			*cut = true;
	}
	if (out->len && out->ptr[out->len - 1] == '\r')
		out->len--;
	return any;
}

struct judged {
	bool valid;
	struct bytes normal, masked; /* as they are: NUL-terminated and printable after show() */
};

/* Room for whatever the kind makes of a value. */
static bool make_room(struct bytes *bytes, size_t len, struct ident_text *out)
{
	bytes->len = 0;
	char *room = bytes_room(bytes, len + IDENT_SLACK);
	*out = (struct ident_text){ .ptr = room, .cap = len + IDENT_SLACK };
	return room != NULL;
}

static bool judge(const struct ident_kind *kind, hufu_view value, struct judged *out)
{
	struct ident_text normal, masked;

	out->valid = false;
	if (!make_room(&out->normal, value.len, &normal))
		return false;
	if (!kind->normalise(value, &normal))
		return true;
	if (!make_room(&out->masked, normal.len, &masked))
		return false;
	kind->mask(view_make(normal.ptr, normal.len), &masked);
	out->normal.len = normal.len;
	out->masked.len = masked.len;
	out->valid = true;
	return true;
}

/* Printable text never is longer than what it was made from. */
static const char *show(const struct bytes *from, struct bytes *into)
{
	into->len = 0;
	char *room = bytes_room(into, from->len + 1);
	if (room)
		printable(bytes_view(from), room, from->len + 1);
	return room;
}

static bool print_judged(const struct judged *judged, bool json, struct bytes spare[2])
{
	if (!judged->valid)
		return fputs(json ? "{\"valid\": false}\n" : "no\n", stdout) >= 0;
	const char *normal = show(&judged->normal, &spare[0]), *masked = show(&judged->masked, &spare[1]);
	if (!normal || !masked)
		return false;
	if (!json)
		return printf("valid\t%s\t%s\n", normal, masked) >= 0;
	json_t *object = json_pack("{s:b, s:s, s:s}", "valid", 1, "normal", normal, "masked", masked);
	if (!object)
		return false;
	bool done = json_dumpf(object, stdout, 0) == 0 && putchar('\n') != EOF;
	json_decref(object);
	return done;
}

static int judge_all(const struct ident_kind *kind, bool json, hufu_error *error)
{
	struct bytes value = { 0 }, spare[2] = { 0 };
	struct judged judged = { 0 };
	bool cut, whole = true;
	uint64_t valid = 0;

	errno = 0;
	while (whole && read_value(&value, &cut)) {
		whole = !value.failed;
		if (whole && cut)
			judged.valid = false; /* no kind's values are that long */
		else if (whole)
			whole = judge(kind, bytes_view(&value), &judged);
		whole = whole && print_judged(&judged, json, spare);
		valid += judged.valid;
	}
	bool read_failed = ferror(stdin);
	if (read_failed)
		fail_errno(error, view_of("standard input"), NULL);
	bytes_done(&value);
	bytes_done(&spare[0]);
	bytes_done(&spare[1]);
	bytes_done(&judged.normal);
	bytes_done(&judged.masked);
	if (read_failed)
		return console_fail(error);
	if (!whole && !ferror(stdout)) { /* main tells of standard output */
		fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
		return console_fail(error);
	}
	return valid ? EXIT_YES : EXIT_NO;
}

static int run(int argc, char **argv)
{
	bool json = false;
	const char *unused = NULL;
	const struct option options[] = { { .name = "json", .flag = &json }, { .name = "store", .text = &unused } };
	hufu_error error;

	int ends = options_take(&command_kind, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc > 2)
		return console_usage(&command_kind, argv[2], "give one kind; values come on standard input");
	if (argc < 2) {
		list_kinds();
		return EXIT_YES;
	}
	const struct ident_kind *kind = ident_by_name(view_of(argv[1]));
	if (kind)
		return judge_all(kind, json, &error);
	char words[128];
	const char *near = nearest_name(argv[1], kind_name, ident_kinds_count);
	snprintf(words, sizeof words, near ? "there is no such kind; did you mean %s?" : "there is no such kind", near);
	return console_usage(&command_kind, argv[1], words);
}
