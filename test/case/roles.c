/* Every function of a casebook by every role: what was promised is allowed, all else is refused and changes nothing. On
 * both databases. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/io.h"
#include "case/backup.h"
#include "case/bundle.h"
#include "case/case.h"
#include "case/queue.h"
#include "case/retain.h"
#include "claim/claim.h"
#include "config/config.h"
#include "notify/notify.h"
#include "report/report.h"
#undef fail
#include <cmocka.h>

#include "../scratch.h"

#include "../db/each.h"

static char number[CASE_NUMBER_MAX];

static struct case_words words(const char *const *pairs)
{
	return (struct case_words){ pairs, 1 };
}

static hufu_status try_open(struct casebook *book, hufu_error *error)
{
	json_t *told = NULL;
	hufu_status status =
	        case_open(book, &(struct case_opening){ .title = "another", .kind = "exposure" }, &told, error);
	json_decref(told);
	return status;
}

static hufu_status try_close(struct casebook *book, hufu_error *error)
{
	json_t *told;
	hufu_status status =
	        case_open(book, &(struct case_opening){ .title = "to be closed", .kind = "exposure" }, &told, error);
	if (status)
		return case_close(book, number, "no reason", error);
	status = case_close(book, json_string_value(json_object_get(told, "id")), "done", error);
	json_decref(told);
	return status;
}

static hufu_status try_is_open(struct casebook *book, hufu_error *error)
{
	return case_is_open(book, number, error);
}

static hufu_status try_facts(struct casebook *book, hufu_error *error)
{
	return case_facts(book, number, words((const char *[]){ "people=12" }), "claimed", "a test", error);
}

static hufu_status try_listing(struct casebook *book, hufu_error *error)
{
	return case_listing(book, number, view_of("employees 22800 records 0.15 BTC\n"), "a test", NULL, error);
}

static hufu_status try_verdict(struct casebook *book, hufu_error *error)
{
	struct hufu_verdict verdict = { .word = VERDICT_NONE };
	const char *path = scratch_path("leak.csv");
	scratch_write(path, "a,b\n1,2\n", 0600);
	snprintf(verdict.sha256, sizeof verdict.sha256, "%s",
	        "492fc54c5cfe14cf0ed6ad1b91dd73bbd7ac59be5f8de5c06fd2aaf8ca6a2a39");
	hufu_status status = case_verdict(book, number, path, &verdict, NULL, error);
	/* Not what was judged: got as far as that. */
	return status == HUFU_CONFLICT ? HUFU_OK : status;
}

static hufu_status try_impact(struct casebook *book, hufu_error *error)
{
	return case_impact(book, number, words((const char *[]){ "cause=unknown" }), error);
}

static hufu_status try_member(struct casebook *book, hufu_error *error)
{
	return case_member(book, number, "李静", "lead", NULL, error);
}

static hufu_status try_task(struct casebook *book, hufu_error *error)
{
	return case_task(book, number, 1, "done", NULL, error);
}

static hufu_status try_decide(struct casebook *book, hufu_error *error)
{
	return case_decide(book, number, "we do not pay", "law", error);
}

static hufu_status try_duty(struct casebook *book, hufu_error *error)
{
	return case_duty(book, number, "A-RULE-OF-BEFORE", "open", "a test", error);
}

static hufu_status try_show(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_show(book, number, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_line(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_line(book, number, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_head(struct casebook *book, hufu_error *error)
{
	int64_t seq;
	return case_head(book, number, &seq, error);
}

static hufu_status try_explain(struct casebook *book, hufu_error *error)
{
	struct bytes text = { 0 };
	hufu_status status = case_explain(book, number, "CN-PIPL57", false, &text, error);
	bytes_done(&text);
	return status == HUFU_USAGE ? HUFU_OK : status;
}

static hufu_status try_list(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_list(book, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_timeline(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_timeline(book, number, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_bundle(struct casebook *book, hufu_error *error)
{
	static unsigned turn;
	struct bundle_made made;
	char name[32];
	snprintf(name, sizeof name, "b%u.tar.zst", turn++);
	return case_bundle(book, number, scratch_path(name), &made, error);
}

static hufu_status try_look(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_look(book, number, "1", &(struct case_look){ 0 }, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_look_clear(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	const struct case_look asked = { .clear = true, .reason = "a test of roles" };
	hufu_status status = case_look(book, number, "1", &asked, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_export(struct casebook *book, hufu_error *error)
{
	static unsigned turn;
	char name[32];
	snprintf(name, sizeof name, "e%u.csv", turn++);
	hufu_status status = case_export(book, number, "1", scratch_path(name), "a test of roles", error);
	assert_int_equal(access(scratch_path(name), F_OK) == 0, status == HUFU_OK);
	return status;
}

static hufu_status try_export_to(struct casebook *book, hufu_error *error)
{
	AUTO_FD sink = open(scratch_path("sink"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	hufu_status status = case_export_to(book, number, "1", sink, "a test", "a test of roles", error);
	assert_int_equal(lseek(sink, 0, SEEK_CUR) > 0, status == HUFU_OK);
	return status;
}

static hufu_status try_escalate(struct casebook *book, hufu_error *error)
{
	struct config *config = NULL;
	json_t *value = NULL;
	bool left;
	hufu_status status = config_open(store->dir, &config, error);
	if (!status)
		status = case_escalate(book, config, false, &value, &left, error);
	json_decref(value);
	config_close(config);
	return status;
}

static hufu_status try_told(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_told(book, number, &value, error);
	json_decref(value);
	return status;
}

/* Nothing is in doubt: whoever may is told so. */
static hufu_status try_told_settle(struct casebook *book, hufu_error *error)
{
	hufu_status status = case_told_settle(book, number, 4711, "sent", error);
	return status == HUFU_USAGE ? HUFU_OK : status;
}

static hufu_status try_drilled(struct casebook *book, hufu_error *error)
{
	json_t *report = json_pack("{s:s}", "id", number);
	hufu_status status = case_drilled(book, number, report, error);
	json_decref(report);
	return status;
}

static hufu_status try_hold(struct casebook *book, hufu_error *error)
{
	hufu_status status = case_hold(book, number, true, "court", error);
	return status ? status : case_hold(book, number, false, "over", error);
}

static hufu_status try_retain(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_retain(book, &(struct case_retention){ .only_look = false }, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_check(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_check(book, number, NULL, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_backup(struct casebook *book, hufu_error *error)
{
	static unsigned turn;
	json_t *value = NULL;
	char name[32];
	snprintf(name, sizeof name, "backup%u", turn++);
	hufu_status status = case_backup(book, scratch_path(name), NULL, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_restore(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_restore(book, scratch_path("nothing"), NULL, &value, error);
	json_decref(value);
	/* There is no backup: got as far as that. */
	return status == HUFU_USAGE ? HUFU_OK : status;
}

/* No authority is set: got as far as that. */
static hufu_status try_stamp(struct casebook *book, hufu_error *error)
{
	struct config *config = NULL;
	json_t *value = NULL;
	hufu_status status = config_open(store->dir, &config, error);
	if (!status)
		status = case_stamp(book, config, &(struct case_stamping){ .number = number }, &value, error);
	json_decref(value);
	config_close(config);
	return status == HUFU_USAGE ? HUFU_OK : status;
}

/* No such object lies in the vault: got as far as that. */
static hufu_status try_queue_add(struct casebook *book, hufu_error *error)
{
	static const char digest[] = "00000000000000000000000000000000000000000000000000000000000000aa";
	int64_t job;
	hufu_status status = case_queue_add(book, number, &(struct case_object){ digest, "sample.csv" }, &job, error);
	return status == HUFU_IO ? HUFU_OK : status;
}

static hufu_status try_queue_list(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_queue_list(book, &(struct queue_which){ .most = 10 }, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_queue_job(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = case_queue_job(book, 4711, &value, error);
	return status == HUFU_USAGE ? HUFU_OK : status; /* there is none */
}

static hufu_status try_queue_cancel(struct casebook *book, hufu_error *error)
{
	bool was;
	return case_queue_cancel(book, 4711, &was, error);
}

/* Nobody is linked: got as far as that. */
static hufu_status as_nobody(hufu_status status)
{
	return status == HUFU_CONFLICT || status == HUFU_USAGE ? HUFU_OK : status;
}

static struct config *settings(void)
{
	struct config *config = NULL;
	assert_int_equal(config_open(store->dir, &config, NULL), HUFU_OK);
	return config;
}

static hufu_status try_notice_write(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	struct config *config = settings();
	const char *path = scratch_path("notice.txt");
	scratch_write(path, "## subject\nS\n## zh\n{{kinds}}\n## en\n{{kinds}}\n## sms\n{{kinds}}\n", 0600);
	hufu_status status = as_nobody(notice_write(book, number, config, path, &value, error));
	json_decref(value);
	config_close(config);
	return status;
}

static hufu_status try_notice_release(struct casebook *book, hufu_error *error)
{
	return as_nobody(notice_release(book, number, "another", error));
}

static hufu_status try_notice_show(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = notice_show(book, number, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_send(struct casebook *book, const char *test_to, hufu_error *error)
{
	json_t *value = NULL;
	bool left;
	struct config *config = settings();
	const struct notice_sending sending = { .test_to = test_to };
	hufu_status status = as_nobody(notice_send(book, number, config, &sending, &value, &left, error));
	json_decref(value);
	config_close(config);
	return status;
}

static hufu_status try_notice_send(struct casebook *book, hufu_error *error)
{
	return try_send(book, NULL, error);
}

static hufu_status try_notice_test(struct casebook *book, hufu_error *error)
{
	return try_send(book, "tester@carmaker.example", error);
}

static hufu_status try_notice_settle(struct casebook *book, hufu_error *error)
{
	return as_nobody(notice_settle(book, number, 4711, "sent", error));
}

static hufu_status try_notice_bounces(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = notice_bounces(book, number, NULL, 0, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_notice_exempt(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	const struct notice_exemption asked = { "customers", "a test", view_of("K1\n") };
	return as_nobody(notice_exempt(book, number, &asked, &value, error));
}

static hufu_status try_claim_take(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = claim_take(
	        book, number, &(struct claim_taken){ .kind = "question", .channel = "telephone" }, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_claim_ask(struct casebook *book, hufu_error *error)
{
	struct config *config = settings();
	hufu_status status = as_nobody(claim_ask(book, config, number, 4711, view_of("K1"), NULL, error));
	config_close(config);
	return status;
}

static hufu_status try_claim_code(struct casebook *book, hufu_error *error)
{
	return as_nobody(claim_code(book, number, 4711, view_of("12345678"), error));
}

static hufu_status try_claim_prove(struct casebook *book, hufu_error *error)
{
	return as_nobody(claim_prove(book, number, 4711, "at the counter", error));
}

static hufu_status try_claim_decide(struct casebook *book, hufu_error *error)
{
	const struct claim_decision decision = { .state = "rejected", .why = "a test" };
	return as_nobody(claim_decide(book, number, 4711, &decision, error));
}

static hufu_status try_claim_show(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	return as_nobody(claim_show(book, number, 4711, &value, error));
}

static hufu_status try_claim_list(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = claim_list(book, number, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_claim_counts(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = claim_counts(book, number, &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_claim_ledger(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = claim_ledger(book, number, "0123456789abcdef", &value, error);
	json_decref(value);
	return status;
}

static hufu_status try_claim_export(struct casebook *book, hufu_error *error)
{
	const char *path = scratch_path("claims.xlsx");
	unlink(path);
	return claim_export(book, number, path, error);
}

static hufu_status try_filing_list(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	hufu_status status = filing_list(book, number, &value, error);
	json_decref(value);
	return status;
}

/* No jail beside this program: whoever may comes as far as that. */
static hufu_status try_filing_draft(struct casebook *book, hufu_error *error)
{
	hufu_status status = filing_draft(book, number, "board", scratch_path("board.docx"), error);
	return status == HUFU_DENIED ? status : HUFU_OK;
}

static hufu_status try_filing_submit(struct casebook *book, hufu_error *error)
{
	json_t *value = NULL;
	const struct filing_sent sent = { "gdpr-report", "another", "mail", NULL };
	return as_nobody(filing_submit(book, number, &sent, &value, error));
}

static hufu_status try_report_year(struct casebook *book, hufu_error *error)
{
	const char *path = scratch_path("year.csv");
	unlink(path);
	return report_year(book, 2026, path, error);
}

/* What doc/case.md promises, written a second time. */
static const struct {
	const char *name;
	hufu_status (*call)(struct casebook *book, hufu_error *error);
	bool admin, responder, legal, auditor;
} calls[] = {
	{ "case_open", try_open, true, true, true, false },
	{ "case_close", try_close, true, true, true, false },
	{ "case_is_open", try_is_open, true, true, true, true },
	{ "case_facts", try_facts, true, true, true, false },
	{ "case_listing", try_listing, true, true, true, false },
	{ "case_verdict", try_verdict, true, true, false, false },
	{ "case_impact", try_impact, true, true, true, false },
	{ "case_member", try_member, true, true, true, false },
	{ "case_task", try_task, true, true, true, false },
	{ "case_decide", try_decide, true, true, true, false },
	{ "case_duty", try_duty, true, true, true, false },
	{ "case_show", try_show, true, true, true, true },
	{ "case_line", try_line, true, true, true, true },
	{ "case_head", try_head, true, true, true, true },
	{ "case_explain", try_explain, true, true, true, true },
	{ "case_list", try_list, true, true, true, true },
	{ "case_timeline", try_timeline, true, true, true, true },
	{ "case_drilled", try_drilled, true, true, true, false },
	{ "case_hold", try_hold, true, true, true, false },
	{ "case_retain", try_retain, true, false, false, false },
	{ "case_check", try_check, true, true, true, true },
	{ "case_backup", try_backup, true, false, false, false },
	{ "case_restore", try_restore, true, false, false, false },
	{ "case_bundle", try_bundle, true, true, true, true },
	{ "case_look", try_look, true, true, true, true },
	{ "case_look clear", try_look_clear, false, true, true, false },
	{ "case_export", try_export, false, true, true, false },
	{ "case_export_to", try_export_to, false, true, true, false },
	{ "case_escalate", try_escalate, true, true, true, false },
	{ "case_told", try_told, true, true, true, true },
	{ "case_told_settle", try_told_settle, true, true, true, false },
	{ "case_stamp", try_stamp, true, true, true, true },
	{ "notice_write", try_notice_write, false, true, true, false },
	{ "notice_release", try_notice_release, true, false, true, false },
	{ "notice_show", try_notice_show, true, true, true, true },
	{ "notice_send", try_notice_send, true, true, true, false },
	{ "notice_send test", try_notice_test, false, true, true, false },
	{ "notice_settle", try_notice_settle, true, true, true, false },
	{ "notice_bounces", try_notice_bounces, true, true, true, false },
	{ "notice_exempt", try_notice_exempt, false, true, true, false },
	{ "filing_list", try_filing_list, true, true, true, true },
	{ "filing_draft", try_filing_draft, true, true, true, false },
	{ "filing_submit", try_filing_submit, true, true, true, false },
	{ "report_year", try_report_year, true, true, true, true },
	{ "claim_take", try_claim_take, true, true, true, false },
	{ "claim_ask", try_claim_ask, true, true, true, false },
	{ "claim_code", try_claim_code, true, true, true, false },
	{ "claim_prove", try_claim_prove, true, true, true, false },
	{ "claim_decide", try_claim_decide, true, true, true, false },
	{ "claim_show", try_claim_show, true, true, true, true },
	{ "claim_list", try_claim_list, true, true, true, true },
	{ "claim_counts", try_claim_counts, true, true, true, true },
	{ "claim_ledger", try_claim_ledger, true, true, true, true },
	{ "claim_export", try_claim_export, false, true, true, false },
	{ "case_queue_add", try_queue_add, true, true, false, false },
	{ "case_queue_list", try_queue_list, true, true, true, true },
	{ "case_queue_job", try_queue_job, true, true, true, true },
	{ "case_queue_cancel", try_queue_cancel, true, true, false, false },
};

static struct casebook *open_book(void)
{
	struct casebook *book = NULL;
	hufu_error error = { 0 };
	json_t *told;
	const char *files[] = { scratch_path("people.csv") };
	const struct case_opening opening = { .files = files, .file_count = 1, .kind = "exposure" };
	scratch_write(files[0], "name,mobile\n李静,13800000001\n王伟,13800000002\n", 0600);
	if (casebook_open(store, &book, &error) || case_open(book, &opening, &told, &error))
		fail_msg("%s: %s", error.where, error.what);
	snprintf(number, sizeof number, "%s", json_string_value(json_object_get(told, "id")));
	json_decref(told);
	return book;
}

/* Entries of all timelines. */
static int64_t entries(void)
{
	struct db *db = each_open();
	int64_t count = -1;
	assert_int_equal(db_number(db, DB_SQL("select count(*) from timeline"), &count, NULL, NULL), HUFU_OK);
	db_close(db);
	return count;
}

static void as(struct casebook *book, enum account_role role)
{
	struct actor actor = { .role = role };
	snprintf(actor.name, sizeof actor.name, "%s-person", account_role_name(role));
	casebook_act_as(book, &actor);
}

static void test_roles__every_call_by_every_role(void **state)
{
	struct casebook *book = open_book();
	(void)state;
	for (size_t i = 0; i < LEN(calls); i++) {
		const struct {
			enum account_role role;
			bool may;
		} turns[] = { { ACTS_NONE, false }, { ACTS_AUDITOR, calls[i].auditor }, { ACTS_LEGAL, calls[i].legal },
			{ ACTS_RESPONDER, calls[i].responder }, { ACTS_ADMIN, calls[i].admin }, { ACTS_OWNER, true } };
		for (size_t t = 0; t < LEN(turns); t++) {
			hufu_error error = { 0 };
			int64_t before = entries();
			as(book, turns[t].role);
			hufu_status status = calls[i].call(book, &error);
			if (status != (turns[t].may ? HUFU_OK : HUFU_DENIED))
				fail_msg("%s by %s: %d %s: %s", calls[i].name, account_role_name(turns[t].role),
				        (int)status, error.where, error.what ? error.what : "");
			if (!turns[t].may && (entries() != before || !strstr(error.todo, "that takes")))
				fail_msg("%s by %s: refused, and yet", calls[i].name, account_role_name(turns[t].role));
		}
	}
	casebook_close(book);
}

static void test_roles__the_timeline_tells_who_acted(void **state)
{
	struct casebook *book = open_book();
	json_t *timeline;
	(void)state;
	as(book, ACTS_LEGAL);
	assert_int_equal(try_decide(book, NULL), HUFU_OK);
	assert_int_equal(case_timeline(book, number, &timeline, NULL), HUFU_OK);
	json_t *last = json_array_get(timeline, json_array_size(timeline) - 1);
	assert_string_equal(json_string_value(json_object_get(last, "by")), "legal-person");
	json_decref(timeline);
	casebook_close(book);
}

/* ---- none is forgotten ---- */

static const char *headers, *notices, *claims, *filings; /* src/case, src/notify, src/claim, src/report */

static bool is_tried(hufu_view name)
{
	for (size_t i = 0; i < LEN(calls); i++)
		if (view_is(name, calls[i].name))
			return true;
	return false;
}

/* Functions of a casebook that a header declares; how many. */
static size_t check_header(const char *dir, const char *name, const char *begins)
{
	static const char wants[] = "struct casebook *book";
	AUTO_FREE char *path = io_join(dir, name);
	struct bytes text = { 0 };
	size_t count = 0;
	assert_int_equal(io_read_file(path, 1 << 20, &text, NULL), HUFU_OK);
	bytes_byte(&text, 0);
	for (const char *at = strstr(text.ptr, begins); at; at = strstr(at + 1, begins)) {
		const char *function = at + strlen("hufu_status "), *open = strchr(function, '(');
		const char *end = strstr(function, ");"), *book = strstr(function, wants);
		if (!open || !end || !book || book > end)
			continue;
		count++;
		if (!is_tried(view_make(function, (size_t)(open - function))))
			fail_msg("%s: %.*s is not tried by every role", name, (int)(open - function), function);
	}
	bytes_done(&text);
	return count;
}

static void test_roles__every_function_of_the_door_is_tried(void **state)
{
	DIR *dir = opendir(headers);
	size_t count = 0;
	(void)state;
	assert_non_null(dir);
	/* book.h is for the room alone. */
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		if (view_ends(view_of(entry->d_name), ".h") && strcmp(entry->d_name, "book.h") != 0)
			count += check_header(headers, entry->d_name, "hufu_status case_");
	closedir(dir);
	assert_true(count >= 25);
	assert_true(check_header(notices, "notify.h", "hufu_status notice_") >= 6);
	assert_true(check_header(claims, "claim.h", "hufu_status claim_") >= 9);
	assert_true(check_header(filings, "report.h", "hufu_status filing_") >= 3);
	assert_true(check_header(filings, "report.h", "hufu_status report_") >= 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest alone[] = { cmocka_unit_test(test_roles__every_function_of_the_door_is_tried) };
	const struct CMUnitTest tests[] = {
		EACH(test_roles__every_call_by_every_role),
		EACH(test_roles__the_timeline_tells_who_acted),
	};
	if (argc < 7)
		return 1;
	setenv("HUFU_READER", argv[1], 1);
	setenv("HUFU_DUTIES", argv[2], 1);
	headers = argv[3];
	notices = argv[4];
	claims = argv[5];
	filings = argv[6];
	return cmocka_run_group_tests(alone, NULL, NULL) + EACH_RUN(tests);
}
