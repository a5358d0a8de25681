/* hufu case: an incident from the first mail to its end. Each word of it is one function and one line of a table; the
 * larger ones have a file of their own (case*.c), declared in case.h. */
#include "cmd/case.h"
#include "base/auto.h"
#include "base/io.h"
#include "case/bundle.h"
#include "cmd/caseshow.h"
#include "cmd/console.h"

#include <stdlib.h>

enum { LISTING_MAX = 1 << 20 };

static const char help[] =
        "usage: hufu case open FILE... [--title TEXT] [--kind PLAYBOOK] [--host OUR-MAIL-HOST] [--drill]\n"
        "       hufu case open --drill [--dataset DATASET | --from DATASET=SOURCE]\n"
        "       hufu case list | show ID | timeline ID | plan ID\n"
        "       hufu case fact ID NAME=VALUE... [--basis claimed|estimated|confirmed] [--source TEXT]\n"
        "       hufu case listing ID [FILE|-] [--source TEXT]\n"
        "       hufu case impact ID NAME=VALUE...\n"
        "       hufu case member ID NAME --role ROLE [--contact TEXT]\n"
        "       hufu case task ID TASK [done|dropped|open] [--assign NAME]\n"
        "       hufu case decide ID WHAT --why TEXT\n"
        "       hufu case duty ID RULE done|waived|open --note TEXT\n"
        "       hufu case explain ID RULE\n"
        "       hufu case close ID --why TEXT\n"
        "       hufu case bundle ID FILE.tar.zst\n"
        "       hufu case look ID EVIDENCE [--part PATH] [--from N] [--rows N] [--clear --reason TEXT]\n"
        "       hufu case export ID EVIDENCE FILE --reason TEXT\n"
        "       hufu case tick [--dry-run]\n"
        "       hufu case told ID [N sent|again]\n"
        "       hufu case hold ID --why TEXT [--release]\n"
        "       hufu case retain [--dry-run]\n"
        "       hufu case check [ID]\n"
        "       hufu case backup DIR | restore DIR\n"
        "       hufu case stamp [ID]\n"
        "       hufu case notice ID [write [--text FILE] | release [--released-by NAME]]\n"
        "       hufu case notice ID send --from DATASET=SOURCE... [--test-to ADDRESS]\n"
        "       hufu case notice ID [bounces MAILFILE... | settle N sent|again]\n"
        "       hufu case notice ID exempt FILE --dataset DATASET --why TEXT\n"
        "       hufu case filing ID [KIND draft FILE.docx|FILE.pdf]\n"
        "       hufu case filing ID KIND submit --approved-by NAME --sent-by WAY [--reference TEXT]\n"
        "       hufu case year YEAR FILE.docx|FILE.pdf|FILE.csv\n"
        "       hufu case claim ID [take --kind KIND --channel WAY [--note TEXT] [--at WHEN] [--file FILE]]\n"
        "       hufu case claim ID N [ask [--from DATASET=SOURCE] | code | prove --note HOW]\n"
        "       hufu case claim ID N accepted|partly|rejected|withdrawn|paid|open --why TEXT\n"
        "            [--amount AMOUNT --currency CNY]\n"
        "       hufu case claim ID export FILE.xlsx\n"
        "       hufu case ledger ID PERSON|CLAIM\n"
        "\n"
        "A case is one incident. `open` puts each FILE (the mail as it came, a sample) into the vault,\n"
        "reads the demand, the listing and the time at which we learned of it, and makes the tasks of the\n"
        "playbook. Facts have a source and a basis; the same name from the same source is a correction,\n"
        "from another a further claim, and the duties follow the gravest until one is confirmed. Nothing is\n"
        "overwritten: everything stands in the timeline, chained and signed.\n"
        "--drill without files is an exercise: a leak is made up, the whole story runs on it, each answer is\n"
        "timed and held against what was put in. With --from, rows of your current file are put to the real\n"
        "seals; without, a twin of a dataset is rehearsed on. Nothing of a drill is sent to anybody.\n"
        "`bundle` writes the case, its signed timeline and the digests of its evidence to a new file, which\n"
        "hufu verify checks anywhere, without store and key.\n"
        "`tick`, which a timer runs every few minutes, tells those whom the settings name (hufu config) by mail,\n"
        "webhook and the system's log of each duty that arose, comes near or passed. `told` lists what was told\n"
        "of a case, and settles what was refused or is in doubt: it arrived after all, or is sent again.\n"
        "`retain` lets evidence of closed cases go by the rules of config.yaml (retention.leak,\n"
        "retention.evidence; without them all is kept); a legal hold stops it. `check` reads all evidence and\n"
        "timelines. `backup` brings a directory up to date while others work, without the key; `restore` fills\n"
        "an empty casebook from it.\n"
        "`stamp` has an outside authority (settings stamp.url and stamp.ca_file) put a time stamp on the last\n"
        "entry of a case, or of every case that went on since its last: from then on not even the holder of\n"
        "the key can write what lies before anew. `bundle` and `tick` do so too.\n"
        "`notice` tells the people whom matches linked with the case, each once: `write` makes a version of the\n"
        "text, `release` takes a second person, `send` joins the people with contacts from your own source at\n"
        "that moment and sends by mail or text message; it goes on where it ended. What was not answered is in\n"
        "doubt until `settle` says what became of it; `bounces` reads what mail servers sent back. `exempt` keeps who "
        "need not be told by law, and why.\n"
        "hufu match, told of a case, keeps the leak in it and makes facts of the verdict.\n"
        "`look` shows rows of a piece of evidence (its number, name or digest), masked. In clear it takes the\n"
        "role responder or legal and a reason, which the timeline keeps; `export` takes the bytes out, the same\n"
        "way.\n"
        "`filing` lists what may be filed and what is missing by the law's own list; `draft` writes the paper\n"
        "from its template (STORE/templates goes before those that come with hufu; any {{name}} of the table in\n"
        "doc/filings.md may stand in it); `submit` freezes a version in the vault, says what changed, and settles\n"
        "the duty. `year` reports on all cases of a year.\n"
        "`claim` is the desk for people who call or write: `take` records a question, feedback, complaint or\n"
        "claim; `ask` reads from the terminal what the caller calls himself by and sends a code to the contact\n"
        "that is on file; `code` reads what he reads back. Only then it shows which kinds of his data the leak\n"
        "holds. `prove` is for who showed in another way who he is. Look-ups are counted and logged.\n"
        "`ledger` shows one person's: what was sent to him, what he asked, what was decided.\n"
        "\n"
        "  --json          the answer as JSON\n"
        "  --basis WORD    of the facts; claimed unless said\n"
        "  --source TEXT   who says so; your user name unless said\n"
        "  --part PATH     of an archive or a mail: which table; else the first one\n"
        "  --from N        first row, from 1; of a drill and of send: DATASET=SOURCE\n"
        "  --dataset NAME  of a drill: which dataset to rehearse on\n"
        "  --rows N        how many; 20 unless said, at most 200; of send: so many people\n"
        "  --clear         values in clear\n"
        "  --reason TEXT   why they must be seen\n"
        "  --lang zh       texts of law, tasks and plan in Chinese\n"
        "  --dry-run       of tick, retain and stamp: say what would be told, go or be stamped, and do nothing\n"
        "  --release       of hold: take the hold off\n"
        "  --text FILE     of a notice: its text, in the parts ## subject, ## zh, ## en, ## sms\n"
        "  --released-by NAME  the second person, where the store has no accounts\n"
        "  --person COL    of send: the source's column that says whose a row is; else the sealed one's name\n"
        "  --mail COL      of send: where the person's own mail address is; else found by its look\n"
        "  --mobile COL    the same for his mobile\n"
        "  --test-to ADDRESS  of send: everything goes there, and nobody counts as told\n"
        "  --kind KIND     of claim: question, feedback, complaint, claim; of open: the playbook\n"
        "  --channel WAY   telephone, letter, mail, counter or other\n"
        "  --at WHEN       when a claim came, a date or RFC 3339; now unless said\n"
        "  --file FILE     the letter itself, for the vault\n"
        "  --amount N      what is paid on a claim, as 1200.50; with --currency, as CNY\n"
        "  --approved-by NAME  who signed a filing off\n"
        "  --sent-by WAY   how it went: mail, portal, 12387, courier\n"
        "  --reference TEXT    receipt or file number\n"
        "  --store DIR     the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "examples:\n"
        "  hufu case open demand.eml\n"
        "  hufu case fact 2026-1 sector=automotive cii=false people=4850000 --source 'the mail'\n"
        "  hufu case listing 2026-1 listing.txt\n"
        "  hufu case show 2026-1\n"
        "\n"
        "exit: 0 done, 1 (tick, notice send) something could not be told yet, or is in doubt, (check) something does "
        "not hold,\n"
        "2 not done (nothing was changed; a tick goes on where it ended).\n";

static int run(int argc, char **argv);

const struct command command_case = { "case", "an incident: evidence, facts, duties, proof", help, run };

/* ---- beginning and end ---- */

static hufu_status act_open(struct case_given *given, hufu_error *error)
{
	json_t *told = NULL;
	if (!given->count)
		return given->drill ? act_drill(given, error)
		                    : fail(error, HUFU_USAGE, view_of("case open"), "wants at least one FILE",
		                              "name the mail as it came, or a sample; --drill alone makes an exercise");
	if (given->from.count || given->dataset)
		return fail(error, HUFU_USAGE, view_of("case open"),
		        "--from and --dataset are for a drill without files", NULL);
	const struct case_opening opening = { .files = (const char *const *)given->words,
		.file_count = given->count,
		.title = given->title,
		.kind = given->kind,
		.host = given->host,
		.drill = given->drill };
	hufu_status status = case_open(given->book, &opening, &told, error);
	if (!status && given->json)
		status = console_json(told, error);
	else if (!status)
		caseshow_opened(stdout, told);
	json_decref(told);
	return status;
}

static hufu_status act_close(struct case_given *given, hufu_error *error)
{
	return given->why ? case_close(given->book, given->words[0], given->why, error)
	                  : fail(error, HUFU_USAGE, view_of("case close"), "wants --why TEXT", NULL);
}

/* ---- looking ---- */

bool case_in_chinese(const struct case_given *given)
{
	return given->lang && !strcmp(given->lang, "zh");
}

hufu_status case_answer(struct case_given *given, json_t *value, case_show_text *show, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	if (given->json)
		status = console_json(value, error);
	else
		show(stdout, value, case_in_chinese(given));
	json_decref(value);
	return status;
}

static hufu_status act_list(struct case_given *given, hufu_error *error)
{
	json_t *value;
	hufu_status status = case_list(given->book, &value, error);
	return status ? status : case_answer(given, value, caseshow_list, error);
}

static hufu_status act_show(struct case_given *given, hufu_error *error)
{
	json_t *value;
	hufu_status status = case_show(given->book, given->words[0], &value, error);
	return status ? status : case_answer(given, value, caseshow_case, error);
}

static hufu_status act_timeline(struct case_given *given, hufu_error *error)
{
	json_t *value;
	hufu_status status = case_timeline(given->book, given->words[0], &value, error);
	return status ? status : case_answer(given, value, caseshow_timeline, error);
}

static hufu_status act_explain(struct case_given *given, hufu_error *error)
{
	struct bytes text = { 0 };
	hufu_status status =
	        case_explain(given->book, given->words[0], given->words[1], case_in_chinese(given), &text, error);
	if (!status)
		printf("%.*s", (int)text.len, text.ptr);
	bytes_done(&text);
	return status;
}

static hufu_status act_plan(struct case_given *given, hufu_error *error)
{
	json_t *value;
	hufu_status status = case_show(given->book, given->words[0], &value, error);
	return status ? status : case_answer(given, value, caseshow_plan, error);
}

/* ---- what is known ---- */

static struct case_words pairs(const struct case_given *given)
{
	return (struct case_words){ (const char *const *)given->words + 1, given->count - 1 };
}

static hufu_status act_fact(struct case_given *given, hufu_error *error)
{
	return case_facts(given->book, given->words[0], pairs(given), given->basis ? given->basis : "claimed",
	        given->source, error);
}

static hufu_status act_impact(struct case_given *given, hufu_error *error)
{
	return case_impact(given->book, given->words[0], pairs(given), error);
}

static hufu_status act_listing(struct case_given *given, hufu_error *error)
{
	struct bytes text = { 0 };
	bool same = false;
	const char *path = given->count > 1 && strcmp(given->words[1], "-") != 0 ? given->words[1] : "/dev/stdin";
	hufu_status status = io_read_file(path, LISTING_MAX, &text, error);
	if (!status)
		status = case_listing(given->book, given->words[0], bytes_view(&text), given->source, &same, error);
	if (!status && same)
		fputs("this list was read from this source before: nothing is changed\n", stderr);
	bytes_done(&text);
	return status ? status : act_show(given, error);
}

/* ---- what is done ---- */

static hufu_status act_member(struct case_given *given, hufu_error *error)
{
	if (!given->role)
		return fail(error, HUFU_USAGE, view_of("case member"), "wants --role ROLE",
		        "the roles stand in the playbook: hufu case plan ID");
	return case_member(given->book, given->words[0], given->words[1], given->role, given->contact, error);
}

static hufu_status act_task(struct case_given *given, hufu_error *error)
{
	char *end;
	long long task = strtoll(given->words[1], &end, 10);
	if (*end || task <= 0)
		return fail(error, HUFU_USAGE, view_of(given->words[1]), "is no task's number",
		        "hufu case show ID lists them");
	if (given->count < 3 && !given->assign)
		return fail(
		        error, HUFU_USAGE, view_of("case task"), "wants done, dropped, open or --assign NAME", NULL);
	return case_task(
	        given->book, given->words[0], task, given->count > 2 ? given->words[2] : NULL, given->assign, error);
}

static hufu_status act_decide(struct case_given *given, hufu_error *error)
{
	if (!given->words[1][0])
		return fail(error, HUFU_USAGE, view_of("case decide"), "wants what was decided", NULL);
	return given->why ? case_decide(given->book, given->words[0], given->words[1], given->why, error)
	                  : fail(error, HUFU_USAGE, view_of("case decide"), "wants --why TEXT",
	                            "a decision without its reason helps nobody later");
}

static hufu_status act_duty(struct case_given *given, hufu_error *error)
{
	return given->note
	               ? case_duty(given->book, given->words[0], given->words[1], given->words[2], given->note, error)
	               : fail(error, HUFU_USAGE, view_of("case duty"), "wants --note TEXT",
	                         "say how it was done, or why it need not be");
}

static hufu_status act_bundle(struct case_given *given, hufu_error *error)
{
	struct bundle_made made;
	hufu_status status = case_bundle(given->book, given->words[0], given->words[1], &made, error);
	if (status)
		return status;
	if (made.unstamped[0])
		console_note("made without a new time stamp", made.unstamped);
	if (!given->json) {
		printf("%lld entries; SHA-256 %s\nsigner %s\n", (long long)made.entries, made.sha256, made.fingerprint);
		return HUFU_OK;
	}
	json_t *told = json_pack("{s:s, s:I, s:s, s:s, s:s?}", "id", given->words[0], "entries",
	        (json_int_t)made.entries, "sha256", made.sha256, "signer", made.fingerprint, "unstamped",
	        made.unstamped[0] ? made.unstamped : NULL);
	status = told ? console_json(told, error) : fail(error, HUFU_NO_MEMORY, view_of("bundle"), "no memory", NULL);
	json_decref(told);
	return status;
}

static const struct action {
	const char *name, *wants;
	size_t least, most; /* words behind it */
	case_act *act;
} actions[] = {
	{ "open", "FILE..., or --drill", 0, SIZE_MAX, act_open },
	{ "list", "nothing", 0, 0, act_list },
	{ "show", "ID", 1, 1, act_show },
	{ "timeline", "ID", 1, 1, act_timeline },
	{ "plan", "ID", 1, 1, act_plan },
	{ "fact", "ID NAME=VALUE...", 2, SIZE_MAX, act_fact },
	{ "listing", "ID [FILE]", 1, 2, act_listing },
	{ "impact", "ID NAME=VALUE...", 2, SIZE_MAX, act_impact },
	{ "member", "ID NAME --role ROLE", 2, 2, act_member },
	{ "task", "ID TASK [done|dropped|open]", 2, 3, act_task },
	{ "decide", "ID WHAT --why TEXT", 2, 2, act_decide },
	{ "duty", "ID RULE done|waived|open --note TEXT", 3, 3, act_duty },
	{ "explain", "ID RULE", 2, 2, act_explain },
	{ "close", "ID --why TEXT", 1, 1, act_close },
	{ "bundle", "ID FILE.tar.zst", 2, 2, act_bundle },
	{ "look", "ID EVIDENCE", 2, 2, act_look },
	{ "export", "ID EVIDENCE FILE --reason TEXT", 3, 3, act_export },
	{ "tick", "nothing", 0, 0, act_tick },
	{ "told", "ID [N sent|again]", 1, 3, act_told },
	{ "hold", "ID --why TEXT", 1, 1, act_hold },
	{ "retain", "nothing", 0, 0, act_retain },
	{ "check", "ID or nothing", 0, 1, act_check },
	{ "backup", "DIR", 1, 1, act_backup },
	{ "restore", "DIR", 1, 1, act_restore },
	{ "stamp", "[ID]", 0, 1, act_stamp },
	{ "notice", "ID [write|release|send|bounces MAILFILE...|settle N sent|again|exempt FILE]", 1, SIZE_MAX,
	        act_notice },
	{ "filing", "ID [KIND draft FILE.docx | KIND submit]", 1, 4, act_filing },
	{ "year", "YEAR FILE.docx or FILE.csv", 2, 2, act_year },
	{ "ledger", "ID PERSON, or ID and the number of a claim", 2, 2, act_ledger },
	{ "claim", "ID [take | N [ask|code|prove|STATE] | export FILE]", 1, 3, act_claim },
};

static const char *action_name(size_t at)
{
	return actions[at].name;
}

static const struct action *action_of(const char *name)
{
	for (size_t i = 0; i < LEN(actions); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	return NULL;
}

/* What an action that says nothing by itself changed, for --json: {"id", SECTION: as `case show` has it by now}. */
static const struct {
	const char *action, *section;
} changes[] = { { "fact", "facts" }, { "impact", "impact" }, { "member", "members" }, { "task", "tasks" },
	{ "decide", "decisions" }, { "duty", "settled" }, { "close", "state" } };

static hufu_status tell_changed(struct case_given *given, const struct action *action, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < LEN(changes) && !status && given->json; i++) {
		json_t *all = NULL;
		if (strcmp(changes[i].action, action->name) != 0)
			continue;
		status = case_show(given->book, given->words[0], &all, error);
		json_t *told = status ? NULL
		                      : json_pack("{s:O, s:O}", "id", json_object_get(all, "id"), changes[i].section,
		                                json_object_get(all, changes[i].section));
		if (!status)
			status = told ? console_json(told, error)
			              : fail(error, HUFU_NO_MEMORY, view_of(action->name), "no memory", NULL);
		json_decref(told);
		json_decref(all);
	}
	return status;
}

static hufu_status in_store(struct case_given *given, const struct action *action, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	hufu_status status = store_dir(given->store, &dir, error);
	if (!status)
		status = store_open(dir, &given->opened, error);
	if (!status)
		status = (action->act == act_restore ? casebook_open_to_fill : casebook_open)(
		        given->opened, &given->book, error);
	if (!status)
		status = action->act(given, error);
	if (!status)
		status = tell_changed(given, action, error);
	casebook_close(given->book);
	store_close(given->opened);
	return status;
}

static int run(int argc, char **argv)
{
	static struct case_given given;
	const struct option options[] = { { .name = "store", .text = &given.store },
		{ .name = "title", .text = &given.title }, { .name = "kind", .text = &given.kind },
		{ .name = "host", .text = &given.host }, { .name = "basis", .text = &given.basis },
		{ .name = "source", .text = &given.source }, { .name = "role", .text = &given.role },
		{ .name = "contact", .text = &given.contact }, { .name = "assign", .text = &given.assign },
		{ .name = "why", .text = &given.why }, { .name = "note", .text = &given.note },
		{ .name = "lang", .text = &given.lang }, { .name = "part", .text = &given.part },
		{ .name = "from", .list = &given.from }, { .name = "dataset", .text = &given.dataset },
		{ .name = "rows", .text = &given.rows }, { .name = "reason", .text = &given.reason },
		{ .name = "clear", .flag = &given.clear }, { .name = "json", .flag = &given.json },
		{ .name = "drill", .flag = &given.drill }, { .name = "dry-run", .flag = &given.dry_run },
		{ .name = "release", .flag = &given.release }, { .name = "text", .text = &given.text },
		{ .name = "released-by", .text = &given.released_by }, { .name = "person", .text = &given.person },
		{ .name = "mail", .text = &given.mail }, { .name = "mobile", .text = &given.mobile },
		{ .name = "test-to", .text = &given.test_to }, { .name = "channel", .text = &given.channel },
		{ .name = "at", .text = &given.at }, { .name = "file", .text = &given.file },
		{ .name = "amount", .text = &given.amount }, { .name = "currency", .text = &given.currency },
		{ .name = "approved-by", .text = &given.approved_by }, { .name = "sent-by", .text = &given.sent_by },
		{ .name = "reference", .text = &given.reference } };
	char wants[96];
	hufu_error error = { 0 };
	int ends = options_take(&command_case, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc < 2)
		return console_usage(&command_case, NULL, "say what to do: open, list, show, fact, ...");
	const struct action *action = action_of(argv[1]);
	if (!action) {
		const char *near = nearest_name(argv[1], action_name, LEN(actions));
		snprintf(wants, sizeof wants, "is nothing that hufu case does%s%s%s", near ? "; did you mean " : "",
		        near ? near : "", near ? "?" : "");
		return console_usage(&command_case, argv[1], wants);
	}
	given.words = argv + 2;
	given.count = (size_t)argc - 2;
	if (given.count < action->least || given.count > action->most) {
		snprintf(wants, sizeof wants, "wants %s", action->wants);
		return console_usage(&command_case, action->name, wants);
	}
	if (given.from.count > 1 && action->act != act_notice)
		return console_usage(&command_case, "--from", "is given twice");
	return in_store(&given, action, &error) ? console_fail(&error) : given.ends;
}
