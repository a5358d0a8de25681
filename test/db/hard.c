/* The database when things go wrong, on both: two writers at once, kills, a full disk, a database that goes away, older
 * and newer schemas, and backups made while others write. */
#include "db/db.h"

#include "base/clock.h"
#include "base/io.h"
#include "db/schema.h"
#include "vault/chain.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#undef fail
#include <cmocka.h>

#include <sodium.h>

#include "../scratch.h"
#include "each.h"

enum { WRITERS = 4, APPENDS = 60, KILLS = 40 };

static const char add_case[] =
        "insert into cases (number, title, kind, opened_at, zone_minutes) values (?, 't', 'k', 1, 480) returning id";

static int64_t new_case(struct db *db, const char *number)
{
	int64_t id = 0;
	hufu_error error = { 0 };

	if (db_number(db, DB_SQL(add_case, db_text(number)), &id, NULL, &error) != HUFU_OK)
		fail_msg("%s: %s", error.where, error.what);
	return id;
}

/* ---- a timeline, as cases will keep it ---- */

struct append {
	const struct sign_key *key;
	int64_t case_id, number;
	const char *by;
	int64_t seq; /* which it became */
};

static hufu_status read_head(struct db *db, int64_t case_id, struct chain_head *head, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	static const char last[] = "select seq, hash from timeline where case_id = ? order by seq desc limit 1";

	*head = (struct chain_head){ 0 };
	hufu_status status = db_query(db, DB_SQL(last, db_int(case_id)), &rows, error);
	if (status != HUFU_OK || !db_rows_next(rows))
		return status;
	head->seq = db_rows_int(rows, 0);
	return chain_hash_parse(db_rows_view(rows, 1), &head->hash) ? HUFU_OK : HUFU_MALFORMED;
}

static hufu_status append(struct db *db, void *context, hufu_error *error)
{
	struct append *append = context;
	struct chain_head head;
	char body[64], signature[SIGN_TEXT], previous[CHAIN_HASH_TEXT], hash[CHAIN_HASH_TEXT];

	hufu_status status = read_head(db, append->case_id, &head, error);
	if (status != HUFU_OK)
		return status;
	snprintf(body, sizeof body, "{\"n\":%lld}", (long long)append->number);
	struct chain_entry entry = { .case_name = view_of("1"),
		.at = clock_now(),
		.by = view_of(append->by),
		.what = view_of("test"),
		.body = view_of(body) };
	status = chain_add(&head, &entry, append->key, signature, error);
	if (status != HUFU_OK)
		return status;
	chain_hash_print(&entry.previous, previous);
	chain_hash_print(&entry.hash, hash);
	append->seq = entry.seq;
	return db_run(db,
	        DB_SQL("insert into timeline (case_id, seq, at, by, what, body, prev_hash, hash, signature) values (?, "
	               "?, ?, "
	               "?, ?, ?, ?, ?, ?)",
	                db_int(append->case_id), db_int(entry.seq), db_int(entry.at), db_view(entry.by),
	                db_view(entry.what), db_view(entry.body), db_text(previous), db_text(hash), db_text(signature)),
	        NULL, error);
}

/* Whether the timeline of a case is whole; returns how long it is. */
static size_t check_timeline(struct db *db, int64_t case_id, const struct sign_key *key)
{
	AUTO_ROWS *rows = NULL;
	struct chain_fault fault = { 0 };
	struct sign_public signer = sign_public_of(key);
	size_t count = 0;

	assert_int_equal(
	        db_query(db,
	                DB_SQL("select seq, at, by, what, body, prev_hash, hash, signature from timeline where "
	                       "case_id = ? order by seq",
	                        db_int(case_id)),
	                &rows, NULL),
	        HUFU_OK);
	AUTO_FREE struct chain_entry *entries = calloc(db_rows_count(rows) + 1, sizeof *entries);
	assert_non_null(entries);
	while (db_rows_next(rows)) {
		struct chain_entry *entry = &entries[count++];
		*entry = (struct chain_entry){ .case_name = view_of("1"),
			.seq = db_rows_int(rows, 0),
			.at = db_rows_int(rows, 1),
			.by = db_rows_view(rows, 2),
			.what = db_rows_view(rows, 3),
			.body = db_rows_view(rows, 4),
			.signature = db_rows_view(rows, 7) };
		assert_true(chain_hash_parse(db_rows_view(rows, 5), &entry->previous));
		assert_true(chain_hash_parse(db_rows_view(rows, 6), &entry->hash));
	}
	if (chain_verify(entries, count, &signer, NULL, &fault) != HUFU_OK)
		fail_msg("entry %lld: %s", (long long)fault.seq, fault.why);
	return count;
}

/* Appends up to `count` entries, telling the number of each that was saved on `out`. Runs in a process of its own. */
static void append_many(int64_t case_id, unsigned who, int64_t count, int out)
{
	char by[16];
	struct sign_key *key = NULL;
	struct db *db = NULL;
	hufu_error error;

	snprintf(by, sizeof by, "writer%u", who);
	if (sign_key_of(store->key, &key, NULL) != HUFU_OK || db_open(store, &db, NULL) != HUFU_OK)
		_exit(2);
	for (int64_t i = 1; i <= count; i++) {
		struct append one = { .key = key, .case_id = case_id, .number = i, .by = by };
		if (db_transact(db, append, &one, &error) != HUFU_OK) {
			print_error("%s: %s\n", error.where, error.what);
			_exit(1);
		}
		if (write(out, &i, sizeof i) != sizeof i)
			_exit(3);
	}
	_exit(0);
}

static void test_db_hard__writers_lose_and_reorder_nothing(void **state)
{
	struct db *db = each_open();
	struct sign_key *key = NULL;
	int64_t case_id = new_case(db, "1");
	pid_t children[WRITERS];
	AUTO_FD sink = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(sign_key_of(store->key, &key, NULL), HUFU_OK);
	for (unsigned i = 0; i < WRITERS; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (!children[i])
			append_many(case_id, i, APPENDS, sink);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		int code = -1;
		assert_int_equal(waitpid(children[i], &code, 0), children[i]);
		assert_int_equal(code, 0);
	}
	assert_int_equal(check_timeline(db, case_id, key), WRITERS * APPENDS);
	/* Each writer's own stand in the order in which it wrote them. */
	for (unsigned i = 0; i < WRITERS; i++) {
		char by[16];
		int64_t want = 1;
		AUTO_ROWS *rows = NULL;
		snprintf(by, sizeof by, "writer%u", i);
		assert_int_equal(
		        db_query(db, DB_SQL("select body from timeline where by = ? order by seq", db_text(by)), &rows,
		                NULL),
		        HUFU_OK);
		for (; db_rows_next(rows); want++) {
			char body[64];
			snprintf(body, sizeof body, "{\"n\":%lld}", (long long)want);
			assert_string_equal(db_rows_text(rows, 0), body);
		}
		assert_int_equal(want, APPENDS + 1);
	}
	sign_key_free(key);
	db_close(db);
}

static void test_db_hard__a_kill_loses_nothing_acknowledged(void **state)
{
	struct db *db = each_open();
	struct sign_key *key = NULL;
	int64_t case_id = new_case(db, "1"), acknowledged = 0, saved = 0;

	(void)state;
	assert_int_equal(sign_key_of(store->key, &key, NULL), HUFU_OK);
	for (unsigned i = 0; i < KILLS; i++) {
		int ends[2];
		int64_t number = 0, last = 0;
		const struct timespec pause = { .tv_nsec = (long)randombytes_uniform(150000000) };
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (!child)
			append_many(case_id, i, INT64_MAX, ends[1]);
		close(ends[1]);
		nanosleep(&pause, NULL);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (read(ends[0], &number, sizeof number) == sizeof number) {
			acknowledged++;
			last = number;
		}
		close(ends[0]);
		char by[16];
		snprintf(by, sizeof by, "writer%u", i);
		assert_int_equal(db_number(db, DB_SQL("select count(*) from timeline where by = ?", db_text(by)),
		                         &saved, NULL, NULL),
		        HUFU_OK);
		assert_true(saved == last || saved == last + 1); /* the one that was being acknowledged */
	}
	assert_true(acknowledged > KILLS);
	assert_true((int64_t)check_timeline(db, case_id, key) >= acknowledged);
	sign_key_free(key);
	db_close(db);
}

/* ---- what goes away ---- */

static void assert_line(const hufu_error *error, const char *what)
{
	assert_non_null(error->what);
	if (!strstr(error->what, what))
		print_error("%s: %s; %s\n", error->where, error->what, error->todo);
	assert_non_null(strstr(error->what, what));
	assert_non_null(error->todo);
	assert_true(error->where[0]);
}

static hufu_status insert_and_lose(struct db *db, void *context, hufu_error *error)
{
	(void)context;
	hufu_status status = db_run(db, DB_SQL("update cases set title = 'never'"), NULL, error);
	assert_int_equal(status, HUFU_OK);
	if (on_postgres) {
		postgres_kill();
	} else {
		assert_int_equal(rename(store->dir, scratch_path("elsewhere")), 0);
	}
	return on_postgres ? db_run(db, DB_SQL("update cases set title = 'never'"), NULL, error) : HUFU_OK;
}

static void test_db_hard__gone_in_the_middle_and_back(void **state)
{
	struct db *db = each_open(), *second = NULL;
	hufu_error error = { 0 };
	int64_t id = new_case(db, "1");
	AUTO_ROWS *rows = NULL;

	(void)state;
	assert_int_equal(db_transact(db, insert_and_lose, NULL, &error), HUFU_IO);
	assert_line(&error,
	        on_postgres ? "and nothing of this was saved" : "was moved or removed, and nothing of this was saved");
	/* Still gone: each call says so, and nothing new is made in its place. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_run(db, DB_SQL("update cases set title = 'never'"), NULL, &error), HUFU_IO);
		assert_line(&error, on_postgres ? "the database does not answer" : "was moved or removed");
		assert_int_equal(db_query(db, DB_SQL("select title from cases"), &rows, &error), HUFU_IO);
	}
	if (on_postgres) {
		assert_int_equal(db_open(store, &second, &error), HUFU_IO);
		assert_line(&error, "the database does not answer");
		postgres_again();
	} else {
		assert_int_equal(rename(scratch_path("elsewhere"), store->dir), 0);
	}
	assert_int_equal(
	        db_query(db, DB_SQL("select title from cases where id = ?", db_int(id)), &rows, &error), HUFU_OK);
	assert_true(db_rows_next(rows));
	assert_string_equal(db_rows_text(rows, 0), "t");
	assert_int_equal(db_run(db, DB_SQL("update cases set title = 'resumed'"), NULL, &error), HUFU_OK);
	new_case(db, "2");
	db_close(db);
}

/* An SQLite file has no server: it is away for a moment instead. */
static void restart(void)
{
	if (on_postgres) {
		postgres_kill();
		postgres_again();
		return;
	}
	assert_int_equal(rename(store->dir, scratch_path("elsewhere")), 0);
	assert_int_equal(rename(scratch_path("elsewhere"), store->dir), 0);
}

/* It was restarted while nobody looked: nobody needs to know. */
static void test_db_hard__gone_and_back_between_two_calls(void **state)
{
	struct db *db = each_open();
	int64_t count = 0;

	(void)state;
	new_case(db, "1");
	restart();
	new_case(db, "2");
	restart();
	assert_int_equal(db_number(db, DB_SQL("select count(*) from cases"), &count, NULL, NULL), HUFU_OK);
	assert_int_equal(count, 2);
	db_close(db);
}

static void test_db_hard__a_full_disk(void **state)
{
	char much[8192];
	hufu_error error = { 0 };
	hufu_status status = HUFU_OK;
	struct db *db = NULL;
	int64_t saved = 0, count = -1;

	(void)state;
	if (on_postgres)
		return; /* that disk is the server's: its answer is in a table of postgres.c */
	if (mount("tmpfs", store->dir, "tmpfs", 0, "size=1m") != 0)
		skip(); /* only root may mount */
	memset(much, 'x', sizeof much - 1);
	much[sizeof much - 1] = '\0';
	hufu_status opened = db_open(store, &db, &error);
	static const char insert[] =
	        "insert into cases (number, title, kind, opened_at, zone_minutes) values (?, ?, 'k', 1, 0)";
	for (; opened == HUFU_OK && status == HUFU_OK && saved < 1000; saved += status == HUFU_OK) {
		char number[24];
		snprintf(number, sizeof number, "%lld", (long long)saved);
		status = db_run(db, DB_SQL(insert, db_text(number), db_text(much)), NULL, &error);
	}
	hufu_status read = db_number(db, DB_SQL("select count(*) from cases"), &count, NULL, NULL);
	/* Room is made, and work goes on with the same handle. */
	hufu_status larger = mount("tmpfs", store->dir, "tmpfs", MS_REMOUNT, "size=4m") == 0 ? HUFU_OK : HUFU_IO;
	hufu_status resumed = db_run(db, DB_SQL(insert, db_text("after"), db_text(much)), NULL, NULL);
	db_close(db);
	db = NULL;
	int64_t after = -1;
	hufu_status again = db_open(store, &db, NULL);
	if (again == HUFU_OK)
		again = db_number(db, DB_SQL("select count(*) from cases"), &after, NULL, NULL);
	db_close(db);
	assert_int_equal(umount(store->dir), 0);
	assert_int_equal(opened, HUFU_OK);
	assert_int_equal(status, HUFU_IO);
	assert_line(&error, "the disk is full, and nothing of this was saved");
	assert_true(saved > 3);
	assert_int_equal(read, HUFU_OK);
	assert_int_equal(count, saved);
	assert_int_equal(larger, HUFU_OK);
	assert_int_equal(resumed, HUFU_OK);
	assert_int_equal(again, HUFU_OK);
	assert_int_equal(after, saved + 1);
}

/* ---- schemas ---- */

static const char *const note_statements[] = { "alter table cases add column note TEXT not null default ''",
	"create table extra (id INTEGER PRIMARY KEY, case_id INTEGER not null references cases (id)) STRICT", NULL };
static const char *const broken_statements[] = { "create table half (id INTEGER PRIMARY KEY) STRICT",
	"alter table nothing add column note TEXT", NULL };

/* The schema as it is, with one step behind it; returns how many. */
enum { STEPS_MAX = 32 };

static size_t steps_with(const char *const *statements, struct schema_step out[STEPS_MAX])
{
	assert_true(schema_count < STEPS_MAX);
	memcpy(out, schema_steps, schema_count * sizeof *out);
	out[schema_count] = (struct schema_step){ statements };
	return schema_count + 1;
}

static hufu_status attach_bare(struct db **out, hufu_error *error)
{
	const char *named = getenv("HUFU_DB");

	if (on_postgres)
		return db_attach(&db_postgres, named + strlen("service="), store->id, out, error);
	AUTO_FREE char *path = io_join(store->dir, "case.db");
	return db_attach(&db_sqlite, path, store->id, out, error);
}

static void test_db_hard__an_older_schema_is_brought_up(void **state)
{
	struct schema_step later[STEPS_MAX];
	size_t count = steps_with(note_statements, later);
	struct db *db = each_open(), *bare = NULL;
	AUTO_ROWS *rows = NULL;
	hufu_error error = { 0 };

	(void)state;
	int64_t id = new_case(db, "old");
	db_close(db);
	assert_int_equal(attach_bare(&bare, &error), HUFU_OK);
	assert_int_equal(schema_bring(bare, later, count, &error), HUFU_OK);
	assert_int_equal(
	        db_run(bare, DB_SQL("insert into extra (case_id) values (?)", db_int(id)), NULL, &error), HUFU_OK);
	assert_int_equal(db_query(bare, DB_SQL("select number, note from cases"), &rows, &error), HUFU_OK);
	assert_true(db_rows_next(rows));
	assert_string_equal(db_rows_text(rows, 0), "old");
	assert_string_equal(db_rows_text(rows, 1), "");
	assert_int_equal(schema_bring(bare, later, count, &error), HUFU_OK); /* nothing to do */
	db_close(bare);
	/* Which now is newer than what this program knows. */
	db = NULL;
	assert_int_equal(db_open(store, &db, &error), HUFU_UNSUPPORTED);
	assert_string_equal(error.what, "the database was made by a newer hufu");
	assert_null(db);
}

static void test_db_hard__a_step_is_whole_or_not_taken(void **state)
{
	struct schema_step later[STEPS_MAX];
	size_t count = steps_with(broken_statements, later);
	struct db *db = NULL;
	hufu_error error = { 0 };
	int64_t version = 0;

	(void)state;
	assert_int_equal(attach_bare(&db, &error), HUFU_OK);
	assert_int_not_equal(schema_bring(db, later, count, &error), HUFU_OK);
	assert_int_equal(db_number(db, DB_SQL("select version from hufu_schema"), &version, NULL, NULL), HUFU_OK);
	assert_int_equal(version, schema_count);
	assert_int_not_equal(db_run(db, DB_SQL("insert into half (id) values (1)"), NULL, NULL), HUFU_OK);
	db_close(db);
	db = each_open();
	new_case(db, "1");
	db_close(db);
}

static void test_db_hard__another_stores_database_is_refused(void **state)
{
	struct db *db = each_open();
	hufu_error error = { 0 };

	(void)state;
	db_close(db);
	db = NULL;
	store->id[0] = store->id[0] == 'a' ? 'b' : 'a';
	assert_int_equal(db_open(store, &db, &error), HUFU_CONFLICT);
	assert_string_equal(error.what, "is the database of another store");
}

/* ---- settings ---- */

static void test_db_hard__settings_that_name_no_database(void **state)
{
	static const struct {
		const char *setting;
		hufu_status want;
		const char *what;
	} rows[] = {
		{ "host=x password=secret", HUFU_USAGE, "names no database" },
		{ "postgresql://u:secret@h/d", HUFU_USAGE, "names no database" },
		{ "service=", HUFU_USAGE, "names no database" },
		{ "service=a b", HUFU_USAGE, "names no database" },
		{ "service=never_defined", HUFU_USAGE, "there is no such connection service" },
	};
	struct db *db = NULL;
	hufu_error error;
	char line[512];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		setenv("HUFU_DB", rows[i].setting, 1);
		assert_int_equal(db_open(store, &db, &error), rows[i].want);
		assert_string_equal(error.what, rows[i].what);
		error_line(&error, line, sizeof line);
		assert_null(strstr(line, "secret"));
	}
}

static void test_db_hard__store_json_names_the_database(void **state)
{
	AUTO_FREE char *path = io_join(store->dir, "store.json"), *service = strdup(getenv("HUFU_DB"));
	struct bytes text = { 0 }, changed = { 0 };
	hufu_error error;
	struct stat about;

	(void)state;
	unsetenv("HUFU_DB");
	assert_int_equal(io_read_file(path, 1 << 16, &text, NULL), HUFU_OK);
	bytes_print(&changed, "{ \"database\": \"%s\", %.*s", service, (int)(text.len - 1), text.ptr + 1);
	assert_int_equal(io_replace_file(path, 0600, bytes_view(&changed), NULL), HUFU_OK);
	struct db *db = each_open();
	assert_string_equal(db_kind(db), on_postgres ? "postgresql" : "sqlite");
	db_close(db);
	AUTO_FREE char *file = io_join(store->dir, "case.db");
	assert_int_equal(stat(file, &about), on_postgres ? -1 : 0);
	if (!on_postgres)
		assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(io_replace_file(path, 0600, view_of("{\"database\": 7}"), NULL), HUFU_OK);
	assert_int_equal(db_open(store, &db, &error), HUFU_MALFORMED);
	bytes_done(&text);
	bytes_done(&changed);
}

/* ---- backup ---- */

static void fill_all(struct db *db)
{
	static const char *const statements[] = {
		"insert into objects (sha256, sm3, bytes, added_at) values "
		"('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff',"
		" '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 5, 1)",
		"insert into facts (case_id, seq, name, value, basis, source, at, by) select id, 1, 'people', '1', "
		"'claimed', "
		"'s', 1, 'b' from cases",
		"insert into facts (case_id, seq, name, value, basis, source, at, by) select id, 2, 'people', '2', "
		"'claimed', "
		"'s', 1, 'b' from cases",
		"update facts set superseded_by = id + 1 where seq = 1",
		"insert into evidence (case_id, object_sha256, name, bytes, added_at, role) select id, "
		"'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', '员工.zip', 5, 1, 'leak' from "
		"cases",
		"insert into demands (case_id, amount, wallet_valid, at, source) select id, '2250000', 1, 1, 'm' from "
		"cases",
		"insert into listing_items (case_id, seq, text, count, at, source) select id, 1, 't', 22800, 1, 'm' "
		"from cases",
		"insert into duties_state (case_id, rule) select id, 'cac' from cases",
		"insert into tasks (case_id, title_zh, title_en, role) select id, '任务', 'task', 'legal' from cases",
		"insert into members (case_id, name, role, added_at) select id, 'n', 'r', 1 from cases",
		"insert into decisions (case_id, at, by, what, why) select id, 1, 'b', 'no payment', 'law' from cases",
		"insert into impact (case_id, name, value, at, by) select id, 'vehicle_safety', 'no', 1, 'b' from "
		"cases",
		"insert into escalations (case_id, subject, round, step, channel, recipient, state, about, token, "
		"planned_at, next_at) select id, 'cac', 0, 'arisen', 'mail', 'a@example.cn', 'doubt', '{}', number, 1, "
		"1 "
		"from cases",
		"insert into verdicts (case_id, object_sha256, at, json) select id, "
		"'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 1, '{}' from cases",
		"insert into accounts (name, role, password, created_at, by) values ('li', 'legal', '$argon2id$', 1, "
		"'b')",
		"insert into looks (case_id, at, by, object_sha256, part, first, count, clear) select id, 1, 'b', "
		"'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'p', 1, 20, 1 from cases",
		"insert into account_log (at, by, what, whom) values (1, 'b', 'account added', 'li')",
	};
	hufu_error error;

	new_case(db, "1");
	for (size_t i = 0; i < LEN(statements); i++)
		if (db_run(db, DB_SQL(statements[i]), NULL, &error) != HUFU_OK)
			fail_msg("%s: %s %s", statements[i], error.where, error.what);
	assert_int_equal(
	        db_run(db,
	                DB_SQL("insert into stamps (case_id, seq, hash, at, by, serial, token) select case_id, "
	                       "seq, hash, 1, 'b', '01', ? from timeline",
	                        db_blob(view_make("\0\xff'\n", 4))),
	                NULL, &error),
	        HUFU_OK);
}

/* All rows of all tables as one text. */
static struct bytes dump(struct db *db)
{
	struct bytes out = { 0 };

	for (size_t i = 0; i < schema_table_count; i++) {
		char text[512];
		AUTO_ROWS *rows = NULL;
		size_t columns = 1;
		snprintf(text, sizeof text, "select %s from %s order by %s", schema_tables[i].columns,
		        schema_tables[i].name, schema_tables[i].key);
		for (const char *c = schema_tables[i].columns; *c; c++)
			columns += *c == ',';
		assert_int_equal(db_query(db, DB_SQL(text), &rows, NULL), HUFU_OK);
		bytes_print(&out, "%s\n", schema_tables[i].name);
		while (db_rows_next(rows)) {
			for (size_t c = 0; c < columns; c++)
				bytes_print(&out, "%d %lld %s|", db_rows_null(rows, c), (long long)db_rows_int(rows, c),
				        db_rows_text(rows, c) ? db_rows_text(rows, c) : "-");
			bytes_byte(&out, '\n');
		}
	}
	return out;
}

static void test_db_hard__backup_and_restore(void **state)
{
	struct db *db = each_open(), *other = NULL;
	hufu_error error = { 0 };
	struct stat about;
	const char *path = scratch_path(on_postgres ? "backup-p" : "backup-s");

	(void)state;
	fill_all(db);
	struct bytes before = dump(db), after;
	assert_int_equal(db_backup(db, path, &error), HUFU_OK);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(db_backup(db, path, &error), HUFU_CONFLICT);
	assert_int_equal(db_restore(db, path, &error), HUFU_CONFLICT);
	assert_string_equal(error.what, "the database holds cases already");
	db_close(db);
	/* Into an empty one of the same sort, then of the other. */
	for (int turn = 0; turn < 2; turn++) {
		if (on_postgres && turn == 0)
			postgres_fresh("restored");
		if (!on_postgres || turn == 1) {
			char file[512];
			snprintf(file, sizeof file, "%s/restored%d.db", scratch, (int)on_postgres * 2 + turn);
			assert_int_equal(db_attach(&db_sqlite, file, store->id, &other, &error), HUFU_OK);
			assert_int_equal(schema_bring(other, schema_steps, schema_count, &error), HUFU_OK);
		} else {
			assert_int_equal(db_open(store, &other, &error), HUFU_OK);
		}
		hufu_status status = db_restore(other, path, &error);
		if (status != HUFU_OK)
			print_error("%s: %s\n", error.where, error.what);
		assert_int_equal(status, HUFU_OK);
		after = dump(other);
		assert_true(view_equal(bytes_view(&before), bytes_view(&after)));
		bytes_done(&after);
		assert_int_equal(new_case(other, "next"), 2); /* numbers go on */
		db_close(other);
	}
	bytes_done(&before);
}

static void test_db_hard__a_backup_that_is_none(void **state)
{
	struct db *db = each_open();
	hufu_error error = { 0 };
	int64_t count = -1;

	(void)state;
	scratch_write(scratch_path("text"),
	        "this is no database, and long enough to be looked at as one........"
	        "....................................................................",
	        0600);
	assert_int_equal(db_restore(db, scratch_path("text"), &error), HUFU_MALFORMED);
	assert_int_equal(db_restore(db, scratch_path("nothing"), &error), HUFU_IO);
	assert_int_equal(db_number(db, DB_SQL("select count(*) from cases"), &count, NULL, NULL), HUFU_OK);
	assert_int_equal(count, 0);
	db_close(db);
}

static void wait_until_longer(struct db *db, size_t than)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	for (int64_t now = 0; now <= (int64_t)than; nanosleep(&pause, NULL))
		assert_int_equal(db_number(db, DB_SQL("select count(*) from timeline"), &now, NULL, NULL), HUFU_OK);
}

static void test_db_hard__backup_while_others_write(void **state)
{
	struct db *db = each_open(), *other = NULL;
	struct sign_key *key = NULL;
	int64_t case_id = new_case(db, "1");
	hufu_error error = { 0 };
	char path[512], file[512];
	AUTO_FD sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t last = 0;

	(void)state;
	assert_int_equal(sign_key_of(store->key, &key, NULL), HUFU_OK);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child)
		append_many(case_id, 1, INT64_MAX, sink);
	for (int i = 0; i < 5; i++) {
		wait_until_longer(db, last);
		snprintf(path, sizeof path, "%s/live%d%d", scratch, on_postgres, i);
		snprintf(file, sizeof file, "%s/live%d%d.db", scratch, on_postgres, i);
		assert_int_equal(db_backup(db, path, &error), HUFU_OK);
		assert_int_equal(db_attach(&db_sqlite, file, store->id, &other, &error), HUFU_OK);
		assert_int_equal(schema_bring(other, schema_steps, schema_count, &error), HUFU_OK);
		assert_int_equal(db_restore(other, path, &error), HUFU_OK);
		size_t count = check_timeline(other, case_id, key);
		assert_true(count > last);
		last = count;
		db_close(other);
	}
	assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* it was writing all the while */
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	sign_key_free(key);
	db_close(db);
}

/* ---- a store of a thousand cases ---- */

static void test_db_hard__a_thousand_cases_open_and_answer_fast(void **state)
{
	struct db *db = each_open();
	AUTO_ROWS *rows = NULL;
	hufu_error error;
	static const char many[] =
	        "insert into cases (number, title, kind, opened_at, zone_minutes) with recursive n (i) as "
	        "(select 2 union all select i + 1 from n where i < 1000) select 'c' || i, 't', 'k', i, 0 from n";

	(void)state;
	assert_int_equal(db_run(db, DB_SQL(many), NULL, &error), HUFU_OK);
	fill_all(db);
	db_close(db);
	uint64_t from = clock_ticks();
	db = each_open();
	assert_int_equal(
	        db_query(db, DB_SQL("select name, value from facts where case_id = ? order by seq", db_int(500)), &rows,
	                NULL),
	        HUFU_OK);
	assert_int_equal(db_rows_count(rows), 2);
	assert_int_equal(
	        db_run(db, DB_SQL("update tasks set state = 'done', done_at = 1 where case_id = ?", db_int(500)), NULL,
	                NULL),
	        HUFU_OK);
	db_close(db);
	double spent = (double)(clock_ticks() - from) / 1e6;
	print_message("open, read, write: %.1f ms\n", spent);
	assert_true(spent < 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_db_hard__writers_lose_and_reorder_nothing),
		EACH(test_db_hard__a_kill_loses_nothing_acknowledged),
		EACH(test_db_hard__gone_in_the_middle_and_back),
		EACH(test_db_hard__gone_and_back_between_two_calls),
		EACH(test_db_hard__a_full_disk),
		EACH(test_db_hard__an_older_schema_is_brought_up),
		EACH(test_db_hard__a_step_is_whole_or_not_taken),
		EACH(test_db_hard__another_stores_database_is_refused),
		EACH(test_db_hard__settings_that_name_no_database),
		EACH(test_db_hard__store_json_names_the_database),
		EACH(test_db_hard__backup_and_restore),
		EACH(test_db_hard__a_backup_that_is_none),
		EACH(test_db_hard__backup_while_others_write),
		EACH(test_db_hard__a_thousand_cases_open_and_answer_fast),
	};
	return EACH_RUN(tests);
}
