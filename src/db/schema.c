/* The tables and the steps that lead to them. Written once, in SQLite's types (INTEGER, TEXT, BLOB, STRICT) and
 * otherwise in what both databases know; translate.c turns the types.
 *
 * Rules of the tables: instants are seconds since 1970, digests lower-case hex, prices and amounts decimal text as they
 * were read, JSON text. Nothing of a case is ever deleted; what an object in the vault was stays when its bytes go. */
#include "schema.h"

/* clang-format off */
static const char *const first[] = {
	"create table cases ("
	" id INTEGER PRIMARY KEY,"
	" number TEXT not null unique," /* as people call it: 2026-0001 */
	" title TEXT not null,"
	" kind TEXT not null,"
	" state TEXT not null default 'open' check (state in ('open', 'closed')),"
	" drill INTEGER not null default 0 check (drill in (0, 1)),"
	" opened_at INTEGER not null,"
	" closed_at INTEGER,"
	" zone_minutes INTEGER not null check (zone_minutes between -1439 and 1439),"
	" check ((state = 'closed') = (closed_at is not null))"
	") STRICT",

	"create table facts ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" seq INTEGER not null check (seq > 0)," /* the order in which they became known, within the case */
	" name TEXT not null,"
	" value TEXT not null,"
	" basis TEXT not null check (basis in ('claimed', 'estimated', 'confirmed')),"
	" source TEXT not null,"
	" at INTEGER not null,"
	" by TEXT not null,"
	" superseded_by INTEGER references facts (id) deferrable initially deferred check (superseded_by <> id),"
	" unique (case_id, seq)"
	") STRICT",
	"create index facts_by_name on facts (case_id, name)",
	"create index facts_by_successor on facts (superseded_by)",

	"create table timeline ("
	" case_id INTEGER not null references cases (id),"
	" seq INTEGER not null check (seq > 0),"
	" at INTEGER not null,"
	" by TEXT not null,"
	" what TEXT not null,"
	" body TEXT not null," /* JSON, exactly the bytes that were hashed */
	" prev_hash TEXT not null check (length(prev_hash) = 64)," /* of the first: 64 zeros */
	" hash TEXT not null check (length(hash) = 64),"
	" signature TEXT not null,"
	" primary key (case_id, seq),"
	" unique (case_id, prev_hash)" /* an entry has one successor */
	") STRICT",

	"create table objects ("
	" sha256 TEXT not null primary key check (length(sha256) = 64),"
	" sm3 TEXT not null check (length(sm3) = 64),"
	" bytes INTEGER not null check (bytes >= 0),"
	" added_at INTEGER not null,"
	" deleted_at INTEGER,"
	" reason TEXT,"
	" check ((deleted_at is null) = (reason is null))"
	") STRICT",

	"create table evidence ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" object_sha256 TEXT not null references objects (sha256),"
	" name TEXT not null," /* as it came */
	" bytes INTEGER not null check (bytes >= 0),"
	" added_at INTEGER not null,"
	" role TEXT not null" /* mail, attachment, leak, ... */
	") STRICT",
	"create index evidence_by_case on evidence (case_id)",
	"create index evidence_by_object on evidence (object_sha256)",

	"create table demands ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" amount TEXT,"
	" currency TEXT,"
	" wallet TEXT,"
	" wallet_valid INTEGER check (wallet_valid in (0, 1)),"
	" deadline INTEGER,"
	" at INTEGER not null,"
	" source TEXT not null"
	") STRICT",
	"create index demands_by_case on demands (case_id)",

	"create table listing_items ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" seq INTEGER not null check (seq > 0),"
	" text TEXT not null,"
	" count INTEGER check (count >= 0)," /* null: it names none, or is the bundle */
	" price TEXT,"
	" currency TEXT,"
	" bundle INTEGER not null default 0 check (bundle in (0, 1)),"
	" fits TEXT not null default '[]'," /* JSON */
	" impossible TEXT,"
	" at INTEGER not null,"
	" source TEXT not null,"
	" unique (case_id, seq)"
	") STRICT",

	"create table duties_state ("
	" case_id INTEGER not null references cases (id),"
	" rule TEXT not null,"
	" status TEXT check (status in ('done', 'waived')),"
	" at INTEGER,"
	" by TEXT,"
	" note TEXT,"
	" told_step INTEGER not null default 0," /* of its escalation; 0: nobody was told yet */
	" primary key (case_id, rule),"
	" check (status is null or (at is not null and by is not null))"
	") STRICT",

	"create table tasks ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" title_zh TEXT not null,"
	" title_en TEXT not null,"
	" role TEXT not null,"
	" assignee TEXT,"
	" due_at INTEGER,"
	" state TEXT not null default 'open' check (state in ('open', 'done', 'dropped')),"
	" done_at INTEGER,"
	" check ((state = 'open') = (done_at is null))"
	") STRICT",
	"create index tasks_by_case on tasks (case_id)",
	"create index tasks_by_due on tasks (state, due_at)",

	"create table members ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" name TEXT not null,"
	" role TEXT not null,"
	" contact TEXT,"
	" added_at INTEGER not null,"
	" removed_at INTEGER,"
	" unique (case_id, name, role)"
	") STRICT",

	"create table decisions ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" at INTEGER not null,"
	" by TEXT not null,"
	" what TEXT not null,"
	" why TEXT not null"
	") STRICT",
	"create index decisions_by_case on decisions (case_id)",

	"create table impact ("
	" case_id INTEGER not null references cases (id),"
	" name TEXT not null,"
	" value TEXT not null,"
	" at INTEGER not null,"
	" by TEXT not null,"
	" primary key (case_id, name)"
	") STRICT",

	"create table verdicts ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" object_sha256 TEXT not null references objects (sha256),"
	" at INTEGER not null,"
	" json TEXT not null"
	") STRICT",
	"create index verdicts_by_case on verdicts (case_id)",
	"create index verdicts_by_object on verdicts (object_sha256)",
	"create index cases_by_state on cases (state, opened_at)",
	NULL,
};

static const char *const looks[] = {
	"create table looks ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" at INTEGER not null,"
	" by TEXT not null,"
	" object_sha256 TEXT not null references objects (sha256),"
	" part TEXT not null,"
	" first INTEGER not null,"
	" count INTEGER not null check (count >= 0)," /* rows */
	" clear INTEGER not null check (clear in (0, 1))"
	") STRICT",
	"create index looks_by_person on looks (by, at)",
	"create index looks_by_case on looks (case_id)",
	NULL,
};

static const char *const accounts[] = {
	"create table accounts ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT not null,"
	" role TEXT not null check (role in ('admin', 'responder', 'legal', 'auditor')),"
	" contact TEXT,"
	" password TEXT not null," /* Argon2id, as libsodium writes it */
	" must_change INTEGER not null default 1 check (must_change in (0, 1)),"
	" password_ends INTEGER," /* of a one-time password */
	" totp BLOB," /* secrets, encrypted */
	" totp_begun BLOB,"
	" totp_step INTEGER not null default 0," /* the last one used: a code is good once */
	" seen_at INTEGER,"
	" disabled_at INTEGER,"
	" created_at INTEGER not null,"
	" by TEXT not null"
	") STRICT",
	"create unique index accounts_by_name on accounts (lower(name))",

	"create table account_log ("
	" id INTEGER PRIMARY KEY,"
	" at INTEGER not null,"
	" by TEXT not null,"
	" what TEXT not null,"
	" whom TEXT not null,"
	" note TEXT"
	") STRICT",

	"create table sessions ("
	" token_sha256 TEXT not null primary key check (length(token_sha256) = 64),"
	" account_id INTEGER not null references accounts (id),"
	" client TEXT not null,"
	" created_at INTEGER not null,"
	" used_at INTEGER not null,"
	" ends_at INTEGER not null"
	") STRICT",
	"create index sessions_by_account on sessions (account_id)",

	"create table login_tries ("
	" place TEXT not null primary key," /* keyed hash of name and address, or of name and browser */
	" failures INTEGER not null,"
	" tried_at INTEGER not null,"
	" wait_until INTEGER not null,"
	" known_at INTEGER" /* somebody signed in from there */
	") STRICT",
	"create index login_tries_by_time on login_tries (tried_at)",
	NULL,
};

/* Who is told of which step of a duty, and what became of it (src/case/escalate.h). */
static const char *const escalations[] = {
	"alter table duties_state drop column told_step", /* never used: a step is told to several, each by itself */
	"create table escalations ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" subject TEXT not null," /* a rule, or task:7 */
	" round INTEGER not null," /* a new one begins when the due time moves, and when a duty that fell away arises again */
	" step TEXT not null,"
	" channel TEXT not null,"
	" recipient TEXT not null," /* as it may be shown */
	" state TEXT not null check (state in"
	" ('planned', 'sending', 'told', 'refused', 'doubt', 'superseded', 'dropped'))," /* superseded: by a later step */
	" due INTEGER,"
	" about TEXT not null," /* JSON: what the duty was when it was planned */
	" token TEXT not null unique," /* names the message, the same with every try */
	" planned_at INTEGER not null,"
	" next_at INTEGER not null,"
	" attempts INTEGER not null default 0,"
	" claimed_by TEXT,"
	" claimed_until INTEGER," /* by then it is sent or it is in doubt */
	" settled_at INTEGER," /* when it became what `state` says */
	" code INTEGER,"
	" status TEXT,"
	" why TEXT,"
	" unique (case_id, subject, round, step, channel, recipient)"
	") STRICT",
	"create index escalations_by_state on escalations (state, next_at)",
	NULL,
};
/* Legal holds: nothing of the case is removed while one stands. */
static const char *const holds[] = {
	"alter table cases add column held_at INTEGER",
	"alter table cases add column held_why TEXT",
	NULL,
};

/* Outside time stamps over entries of the timeline. */
static const char *const stamps[] = {
	"create table stamps ("
	" case_id INTEGER not null,"
	" seq INTEGER not null," /* of the entry that it is over */
	" hash TEXT not null check (length(hash) = 64)," /* of that entry */
	" at INTEGER not null," /* the time in the stamp, the authority and the number it gave */
	" by TEXT not null,"
	" serial TEXT not null,"
	" token BLOB not null," /* TimeStampToken, DER */
	" primary key (case_id, seq),"
	" foreign key (case_id, seq) references timeline (case_id, seq)"
	") STRICT",
	NULL,
};
/* The console: leaks that wait to be judged, or were; answers that are given again to the same key; lists by time. */
static const char *const console[] = {
	"create table jobs ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER references cases (id)," /* null: judged without a case */
	" object_sha256 TEXT not null check (length(object_sha256) = 64)," /* in the vault, also before a case names it */
	" name TEXT not null,"
	" bytes INTEGER not null check (bytes >= 0),"
	" by TEXT not null,"
	" state TEXT not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),"
	" queued_at INTEGER not null,"
	" started_at INTEGER,"
	" ended_at INTEGER,"
	" attempts INTEGER not null default 0,"
	" runner TEXT," /* the machine that runs it */
	" error TEXT,"
	" verdict TEXT," /* JSON, of one that is done */
	" check ((ended_at is not null) = (state in ('done', 'failed', 'cancelled')))"
	") STRICT",
	"create index jobs_by_state on jobs (state, id)",
	"create index jobs_by_case on jobs (case_id)",
	"create index jobs_by_object on jobs (object_sha256)",

	"create table answers ("
	" account TEXT not null,"
	" key TEXT not null,"
	" request TEXT not null," /* SHA-256 of what was asked */
	" at INTEGER not null,"
	" status INTEGER," /* null: under way */
	" body TEXT,"
	" primary key (account, key)"
	") STRICT",
	"create index answers_by_time on answers (at)",

	"create index timeline_by_time on timeline (at)",
	"create index cases_by_time on cases (opened_at, id)",
	NULL,
};

/* What a listing's item counts, and whether it names the price of all or of one record. */
static const char *const priced[] = {
	"alter table listing_items add column unit TEXT",
	"alter table listing_items add column priced TEXT",
	"alter table listing_items add column per_record TEXT",
	"alter table listing_items add column superseded_at INTEGER", /* the same source said otherwise */
	NULL,
};

/* Tasks are numbered within their case. What was told of one goes by that number too; by way of another word, since two
 * of them may trade places. */
static const char subjects_by_number[] =
	"update escalations set subject = 'numbered:' || (select t.seq from tasks t where t.case_id = escalations.case_id"
	" and 'task:' || t.id = escalations.subject) where exists (select 1 from tasks t where t.case_id ="
	" escalations.case_id and 'task:' || t.id = escalations.subject)";
static const char *const numbered_tasks[] = {
	"alter table tasks add column seq INTEGER not null default 0",
	"update tasks set seq = (select count(*) from tasks o where o.case_id = tasks.case_id and o.id <= tasks.id)",
	"create unique index tasks_by_number on tasks (case_id, seq)",
	subjects_by_number,
	"update escalations set subject = 'task:' || substr(subject, 10) where subject like 'numbered:%'",
	NULL,
};
/* Who is linked with a case (src/case/people.h); what is written to them, and what became of it (src/notify). */
static const char *const notices[] = {
	"create table linked ("
	" case_id INTEGER not null references cases (id),"
	" object_sha256 TEXT not null references objects (sha256)," /* the leak */
	" seq INTEGER not null,"
	" at INTEGER not null,"
	" people INTEGER not null check (people >= 0),"
	" block BLOB not null,"
	" primary key (case_id, object_sha256, seq)"
	") STRICT",
	"create table notices ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" version INTEGER not null,"
	" subject TEXT not null,"
	" zh TEXT not null,"
	" en TEXT not null,"
	" sms TEXT not null,"
	" written_at INTEGER not null,"
	" written_by TEXT not null,"
	" released_at INTEGER,"
	" released_by TEXT,"
	" proved INTEGER not null default 0 check (proved in (0, 1))," /* accounts vouch for two pairs of eyes */
	" tests INTEGER not null default 0," /* sent to a test address */
	" unique (case_id, version)"
	") STRICT",
	"create table notice_entries ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" version INTEGER not null,"
	" person INTEGER not null," /* the token of src/case/people.h */
	" kinds INTEGER not null,"
	" state TEXT not null default 'planned' check (state in ('planned', 'sending', 'accepted', 'bounced', 'refused',"
	" 'doubt', 'no_contact', 'lost', 'exempt', 'drill')),"
	" channel TEXT,"
	" message_id TEXT unique," /* from the first try on, the same with every one */
	" attempts INTEGER not null default 0,"
	" next_at INTEGER not null default 0,"
	" claimed_by TEXT,"
	" claimed_until INTEGER," /* by then it is sent or it is in doubt */
	" settled_at INTEGER,"
	" code INTEGER,"
	" status TEXT,"
	" why TEXT,"
	" unique (case_id, version, person)"
	") STRICT",
	"create index notice_entries_by_state on notice_entries (case_id, version, state)",
	NULL,
};
/* Why an offer cannot be, also in Chinese. */
static const char *const offers_in_chinese[] = {
	"alter table listing_items add column impossible_zh TEXT",
	NULL,
};

/* What people ask, complain of and claim. */
static const char *const claims[] = {
	"create table claims ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" seq INTEGER not null check (seq > 0),"
	" kind TEXT not null check (kind in ('question', 'feedback', 'complaint', 'claim')),"
	" channel TEXT not null check (channel in ('telephone', 'letter', 'mail', 'counter', 'other')),"
	" received_at INTEGER not null,"
	" by TEXT not null,"
	" note TEXT,"
	" file_sha256 TEXT references objects (sha256),"
	" person INTEGER," /* the token of src/case/people.h; null: nobody of ours */
	" asked_at INTEGER,"
	" code TEXT check (length(code) = 64)," /* its keyed digest */
	" code_ends INTEGER,"
	" code_tries INTEGER not null default 0,"
	" code_told TEXT," /* sent, or not */
	" proved_at INTEGER,"
	" proved_by TEXT,"
	" proved_how TEXT," /* code, or in words */
	" state TEXT not null default 'open' check (state in ('open', 'accepted', 'partly', 'rejected', 'withdrawn', 'paid')),"
	" amount TEXT,"
	" currency TEXT,"
	" decided_at INTEGER,"
	" decided_by TEXT,"
	" why TEXT,"
	" unique (case_id, seq),"
	" check ((proved_at is null) = (proved_how is null)),"
	" check ((state = 'open') = (decided_at is null))"
	") STRICT",
	"create index claims_by_person on claims (case_id, person)",
	"create table claim_lookups ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" claim INTEGER not null,"
	" at INTEGER not null,"
	" by TEXT not null"
	") STRICT",
	"create index claim_lookups_by_person on claim_lookups (by, at)",
	NULL,
};
/* What was filed, as it was. */
static const char *const filings[] = {
	"create table filings ("
	" id INTEGER PRIMARY KEY,"
	" case_id INTEGER not null references cases (id),"
	" kind TEXT not null,"
	" version INTEGER not null check (version > 0),"
	" object_sha256 TEXT not null references objects (sha256),"
	" items TEXT not null," /* JSON: what each item read */
	" changes TEXT not null," /* JSON: against the version before */
	" complete INTEGER not null check (complete in (0, 1)),"
	" at INTEGER not null,"
	" by TEXT not null,"
	" approved_by TEXT not null,"
	" sent_by TEXT not null,"
	" reference TEXT,"
	" unique (case_id, kind, version)"
	") STRICT",
	NULL,
};
/* clang-format on */

const struct schema_step schema_steps[] = { { first }, { accounts }, { looks }, { escalations }, { holds }, { stamps },
	{ console }, { priced }, { numbered_tasks }, { notices }, { offers_in_chinese }, { claims }, { filings } };
const size_t schema_count = LEN(schema_steps);

/* Not sessions, login_tries and answers: a database brought back from a backup must not bring back sessions that were
 * ended. */
const struct schema_table schema_tables[] = {
	{ "cases", "id, number, title, kind, state, drill, opened_at, closed_at, zone_minutes, held_at, held_why", "id",
	        true },
	{ "objects", "sha256, sm3, bytes, added_at, deleted_at, reason", "sha256", false },
	{ "facts", "id, case_id, seq, name, value, basis, source, at, by, superseded_by", "id", true },
	{ "timeline", "case_id, seq, at, by, what, body, prev_hash, hash, signature", "case_id, seq", false },
	{ "stamps", "case_id, seq, hash, at, by, serial, token", "case_id, seq", false },
	{ "evidence", "id, case_id, object_sha256, name, bytes, added_at, role", "id", true },
	{ "demands", "id, case_id, amount, currency, wallet, wallet_valid, deadline, at, source", "id", true },
	{ "listing_items",
	        "id, case_id, seq, text, count, price, currency, bundle, fits, impossible, at, source, unit, priced, "
	        "per_record, superseded_at, impossible_zh",
	        "id", true },
	{ "duties_state", "case_id, rule, status, at, by, note", "case_id, rule", false },
	{ "tasks", "id, case_id, seq, title_zh, title_en, role, assignee, due_at, state, done_at", "id", true },
	{ "members", "id, case_id, name, role, contact, added_at, removed_at", "id", true },
	{ "decisions", "id, case_id, at, by, what, why", "id", true },
	{ "impact", "case_id, name, value, at, by", "case_id, name", false },
	{ "verdicts", "id, case_id, object_sha256, at, json", "id", true },
	{ "claims",
	        "id, case_id, seq, kind, channel, received_at, by, note, file_sha256, person, asked_at, code, "
	        "code_ends, "
	        "code_tries, code_told, proved_at, proved_by, proved_how, state, amount, currency, decided_at, "
	        "decided_by, "
	        "why",
	        "id", true },
	{ "claim_lookups", "id, case_id, claim, at, by", "id", true },
	{ "filings",
	        "id, case_id, kind, version, object_sha256, items, changes, complete, at, by, approved_by, sent_by, "
	        "reference",
	        "id", true },
	{ "accounts",
	        "id, name, role, contact, password, must_change, password_ends, totp, totp_begun, totp_step, seen_at, "
	        "disabled_at, created_at, by",
	        "id", true },
	{ "account_log", "id, at, by, what, whom, note", "id", true },
	{ "looks", "id, case_id, at, by, object_sha256, part, first, count, clear", "id", true },
	{ "jobs",
	        "id, case_id, object_sha256, name, bytes, by, state, queued_at, started_at, ended_at, attempts, "
	        "runner, "
	        "error, verdict",
	        "id", true },
	{ "escalations",
	        "id, case_id, subject, round, step, channel, recipient, state, due, about, token, planned_at, next_at, "
	        "attempts, claimed_by, claimed_until, settled_at, code, status, why",
	        "id", true },
	{ "linked", "case_id, object_sha256, seq, at, people, block", "case_id, object_sha256, seq", false },
	{ "notices",
	        "id, case_id, version, subject, zh, en, sms, written_at, written_by, released_at, released_by, proved, "
	        "tests",
	        "id", true },
	{ "notice_entries",
	        "id, case_id, version, person, kinds, state, channel, message_id, attempts, next_at, claimed_by, "
	        "claimed_until, settled_at, code, status, why",
	        "id", true },
};
const size_t schema_table_count = LEN(schema_tables);

/* ---- bringing it up to date ---- */

static const char *const base[] = {
	"create table hufu_schema (one INTEGER not null primary key check (one = 1), version INTEGER not null,"
	" store TEXT not null) STRICT",
	NULL,
};

struct bringing {
	const struct schema_step *steps;
	size_t count;
	bool done;
};

static hufu_status define_all(struct db *db, const char *const *statements, hufu_error *error)
{
	hufu_status status = HUFU_OK;

	for (; *statements && status == HUFU_OK; statements++)
		status = db->backend->define(db, *statements, error);
	return status;
}

static hufu_status begin_schema(struct db *db, hufu_error *error)
{
	hufu_status status = define_all(db, base, error);

	if (status == HUFU_OK)
		status = db_run(db,
		        DB_SQL("insert into hufu_schema (one, version, store) values (1, 0, ?)", db_text(db->store_id)),
		        NULL, error);
	return status;
}

static hufu_status check_store(struct db *db, hufu_view store, hufu_error *error)
{
	if (view_is(store, db->store_id))
		return HUFU_OK;
	return fail(error, HUFU_CONFLICT, view_of(db->shown), "is the database of another store",
	        "give each store a database of its own");
}

/* The version; 0 when there is nothing yet. */
static hufu_status read_version(struct db *db, int64_t *version, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	int64_t there = 0;

	*version = 0;
	hufu_status status = db_number(db, DB_SQL(db->backend->has_schema), &there, NULL, error);
	if (status != HUFU_OK || !there)
		return status;
	status = db_query(db, DB_SQL("select version, store from hufu_schema"), &rows, error);
	if (status != HUFU_OK)
		return status;
	if (!db_rows_next(rows))
		return fail(error, HUFU_MALFORMED, view_of(db->shown), "is no database of hufu", NULL);
	*version = db_rows_int(rows, 0);
	return check_store(db, db_rows_view(rows, 1), error);
}

static hufu_status check_version(struct db *db, int64_t version, size_t count, hufu_error *error)
{
	if (version >= 0 && (uint64_t)version <= count)
		return HUFU_OK;
	return fail(
	        error, HUFU_UNSUPPORTED, view_of(db->shown), "the database was made by a newer hufu", "update hufu");
}

/* One step. Somebody else may have done it since we looked. */
static hufu_status take_step(struct db *db, void *context, hufu_error *error)
{
	struct bringing *bringing = context;
	int64_t there = 0, version = 0;

	hufu_status status = db_number(db, DB_SQL(db->backend->has_schema), &there, NULL, error);
	if (status == HUFU_OK && !there)
		status = begin_schema(db, error);
	if (status == HUFU_OK)
		status = read_version(db, &version, error);
	if (status == HUFU_OK)
		status = check_version(db, version, bringing->count, error);
	bringing->done = status == HUFU_OK && (size_t)version == bringing->count;
	if (status != HUFU_OK || bringing->done)
		return status;
	status = define_all(db, bringing->steps[version].statements, error);
	if (status == HUFU_OK)
		status = db_run(db, DB_SQL("update hufu_schema set version = version + 1"), NULL, error);
	return status;
}

hufu_status schema_bring(struct db *db, const struct schema_step *steps, size_t count, hufu_error *error)
{
	struct bringing bringing = { .steps = steps, .count = count };
	int64_t version = 0;

	hufu_status status = read_version(db, &version, error);
	if (status == HUFU_OK)
		status = check_version(db, version, count, error);
	if (status != HUFU_OK || (size_t)version == count)
		return status;
	while (status == HUFU_OK && !bringing.done)
		status = db_transact_as(db, DB_BEGIN_SCHEMA, take_step, &bringing, error);
	return status;
}
