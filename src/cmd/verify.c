/* hufu verify: checks a bundle, on any machine. Opens no store and asks for no key. */
#include "base/clock.h"
#include "case/bundle.h"
#include "cmd/console.h"

#include <stdlib.h>

static const char help[] =
        "usage: hufu verify BUNDLE [--signer FINGERPRINT] [--ca FILE]\n"
        "\n"
        "Checks what hufu case bundle made, on any machine, without store and key: that nothing in it was\n"
        "altered, dropped, added or moved since it was signed, and who signed it. The first thing that does\n"
        "not hold is named.\n"
        "\n"
        "  --signer FINGERPRINT  of the key that must have signed it, as you have it from the signer by\n"
        "                        another way; without it everybody could have made the bundle\n"
        "  --ca FILE             certificates (PEM) of the authorities whose time stamps you believe; they must\n"
        "                        have been good at the time in the stamp; without it the stamps are held\n"
        "                        against the entries alone\n"
        "  --json                the answer as one line of JSON\n"
        "  --store DIR           accepted as everywhere, and not used\n"
        "\n"
        "example:\n"
        "  hufu verify 2026-1.tar.zst --signer '1f0c 77ab ...'\n"
        "\n"
        "exit: 0 holds, 1 does not hold, 2 could not be read.\n";

static int run(int argc, char **argv);

const struct command command_verify = { "verify", "check a bundle, without store and key", help, run };

/* ---- telling ---- */

static void tell_stamp(const struct bundle_stamp *stamp, bool proved)
{
	char from[CLOCK_TEXT_MAX];
	clock_print(stamp->says.at, from);
	if (proved)
		printf("from %s on, an outside time stamp (%s) protects entries 1 to %lld against the key's own "
		       "holder\n",
		        from, stamp->says.by, (long long)stamp->entries);
	else
		printf("entries 1 to %lld lie under a time stamp of %s by %s, authority unproved\n",
		        (long long)stamp->entries, from, stamp->says.by);
}

static void tell_stamps(const struct bundle_report *report)
{
	int64_t after = report->entries - report->newest.entries;
	if (!report->stamp_count) {
		puts("no outside time stamp: against the holder of the key itself it proves nothing about when");
		return;
	}
	tell_stamp(&report->first, report->authority_proved);
	if (report->newest.entries != report->first.entries)
		tell_stamp(&report->newest, report->authority_proved);
	if (report->stamp_count > 2)
		printf("%lld time stamps in all\n", (long long)report->stamp_count);
	if (after)
		printf("the last %lld entries lie under none\n", (long long)after);
	if (!report->authority_proved)
		puts("the time stamps fit the entries; that the authority made them shows with --ca FILE");
}

static void tell_holds(const struct bundle_report *report)
{
	char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX], made[CLOCK_TEXT_MAX];
	clock_print(report->first_at, first);
	clock_print(report->last_at, last);
	clock_print(report->made_at, made);
	if (report->signer_proved)
		printf("%s%s: holds%s\n", console_style(stdout, STYLE_GREEN), report->case_name,
		        console_style(stdout, STYLE_PLAIN));
	else
		printf("%s%s: consistent, signer unproved%s\n", console_style(stdout, STYLE_YELLOW), report->case_name,
		        console_style(stdout, STYLE_PLAIN));
	printf("%lld entries, %s to %s; made %s\nhead %s\nsigner %s\n", (long long)report->entries, first, last, made,
	        report->head, report->fingerprint);
	tell_stamps(report);
}

static void tell_fault(const struct bundle_report *report, const char *path)
{
	char shown[256];
	printable(view_of(path), shown, sizeof shown);
	printf("%s%s: does not hold%s: %s", console_style(stdout, STYLE_RED), shown, console_style(stdout, STYLE_PLAIN),
	        report->member);
	if (report->entry)
		printf(", entry %lld", (long long)report->entry);
	printf("%s%s\n", report->member[0] ? ": " : "", report->why);
	if (report->fingerprint[0])
		printf("its signer is %s\n", report->fingerprint);
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *number_or_null(int64_t number)
{
	return number ? json_integer(number) : json_null();
}

static json_t *time_or_null(int64_t instant)
{
	char text[CLOCK_TEXT_MAX];
	clock_print(instant, text);
	return instant ? json_string(text) : json_null();
}

static json_t *stamp_or_null(const struct bundle_stamp *stamp, bool there)
{
	char at[CLOCK_TEXT_MAX];
	clock_print(stamp->says.at, at);
	return there ? json_pack("{s:I, s:s, s:s, s:s}", "entries", (json_int_t)stamp->entries, "at", at, "by",
	                       stamp->says.by, "serial", stamp->says.serial)
	             : json_null();
}

static json_t *stamps_json(const struct bundle_report *report)
{
	bool there = report->stamp_count > 0;
	char from[CLOCK_TEXT_MAX];
	clock_print(report->first.says.at, from);
	return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o}", "stamped_from", there ? json_string(from) : json_null(),
	        "stamped_entries", (json_int_t)report->newest.entries, "stamp_count", (json_int_t)report->stamp_count,
	        "authority_proved", there ? json_boolean(report->authority_proved) : json_null(), "stamp_first",
	        stamp_or_null(&report->first, there), "stamp_newest", stamp_or_null(&report->newest, there));
}

static bool tell_json(const struct bundle_report *report)
{
	json_t *stamps = stamps_json(report);
	json_t *told = json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}}", "holds",
	        report->result == BUNDLE_HOLDS, "signer_proved", report->signer_proved, "case",
	        text_or_null(report->case_name), "signer", text_or_null(report->fingerprint), "entries",
	        number_or_null(report->entries), "made_at", time_or_null(report->made_at), "head",
	        text_or_null(report->head), "last_at", time_or_null(report->last_at), "fault", "member",
	        text_or_null(report->member), "entry", number_or_null(report->entry), "why", text_or_null(report->why));
	if (told && report->result == BUNDLE_HOLDS)
		json_object_set_new(told, "fault", json_null());
	bool done = told && stamps && !json_object_update(told, stamps) && console_json(told, NULL) == HUFU_OK;
	json_decref(stamps);
	json_decref(told);
	return done;
}

static int tell(const struct bundle_report *report, const char *path, bool json, hufu_error *error)
{
	if (report->result == BUNDLE_UNREADABLE) {
		/* Words of a process that a stranger may own: printable, and said as its own. */
		char shown[256];
		printable(view_of(path), shown, sizeof shown);
		console_note(shown, report->why);
		return EXIT_TROUBLE;
	}
	if (json && !tell_json(report)) {
		fail(error, HUFU_NO_MEMORY, view_of("verify"), "no memory", NULL);
		return console_fail(error);
	}
	if (!json && report->result == BUNDLE_HOLDS)
		tell_holds(report);
	else if (!json)
		tell_fault(report, path);
	return report->result == BUNDLE_HOLDS ? EXIT_YES : EXIT_NO;
}

static int run(int argc, char **argv)
{
	const char *signer = NULL, *ca_file = NULL, *unused = NULL;
	bool json = false;
	const struct option options[] = { { .name = "signer", .text = &signer }, { .name = "ca", .text = &ca_file },
		{ .name = "json", .flag = &json }, { .name = "store", .text = &unused } };
	struct bundle_report report;
	hufu_error error = { 0 };
	int ends = options_take(&command_verify, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc != 2)
		return console_usage(&command_verify, NULL, "wants one BUNDLE");
	if (bundle_verify(argv[1], signer, ca_file, &report, &error))
		return console_fail(&error);
	return tell(&report, argv[1], json, &error);
}
