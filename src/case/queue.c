/* See queue.h. */
#include "case/queue.h"
#include "base/clock.h"
#include "case/book.h"

/* ---- asking ---- */

struct queueing {
	const struct case_object *object;
	const char *number, *by;
	struct vault_object about;
	char name[256];
	int64_t id;
};

static hufu_status add_work(struct db *db, void *context, hufu_error *error)
{
	struct queueing *queueing = context;
	bool found;
	int64_t case_id = 0;
	hufu_status status = HUFU_OK;
	if (queueing->number)
		status = db_number(db,
		        DB_SQL("select id from cases where number = ? and state = 'open'", db_text(queueing->number)),
		        &case_id, &found, error);
	if (!status && queueing->number && !found)
		return fail(error, HUFU_CONFLICT, view_of(queueing->number), "is closed: nothing was changed",
		        "open a new case that names it");
	if (status)
		return status;
	return db_number(db,
	        DB_SQL("insert into jobs (case_id, object_sha256, name, bytes, by, queued_at) values (?, ?, ?, ?, ?, "
	               "?) "
	               "returning id",
	                case_id ? db_int(case_id) : db_null(), db_text(queueing->about.sha256), db_text(queueing->name),
	                db_int((int64_t)queueing->about.bytes), db_text(queueing->by), db_int(clock_now())),
	        &queueing->id, &found, error);
}

hufu_status case_queue_add(
        struct casebook *book, const char *number, const struct case_object *object, int64_t *out, hufu_error *error)
{
	struct queueing queueing = { .object = object, .number = number, .by = book->by };
	hufu_status status = casebook_may(book, MAY_MATCH, error);
	if (!status && number)
		status = case_is_open(book, number, error);
	if (!status)
		status = vault_about(book->vault, object->sha256, &queueing.about, error);
	printable(view_of(object->name), queueing.name, sizeof queueing.name);
	if (!status)
		status = db_transact(book->db, add_work, &queueing, error);
	if (!status)
		*out = queueing.id;
	return status;
}

/* ---- looking ---- */

#define JOB_COLUMNS                                                                                                    \
	"j.id, c.number, j.name, j.object_sha256, j.bytes, j.state, j.queued_at, j.started_at, j.ended_at, j.by, "     \
	"j.error, (select count(*) from jobs b where b.id < j.id and b.state in ('queued', 'running')), j.verdict"
#define JOB_FROM " from jobs j left join cases c on c.id = j.case_id "

static json_t *time_or_null(const struct db_rows *rows, size_t column, int64_t zone_minutes)
{
	return db_rows_null(rows, column) ? json_null() : case_time(db_rows_int(rows, column), zone_minutes);
}

static json_t *job_json(struct db_rows *rows, int64_t zone_minutes)
{
	bool waits = !strcmp(db_rows_text(rows, 5), "queued");
	return json_pack("{s:I, s:o, s:s, s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "id",
	        (json_int_t)db_rows_int(rows, 0), "case", json_text(db_rows_text(rows, 1)), "name",
	        db_rows_text(rows, 2), "sha256", db_rows_text(rows, 3), "bytes", (json_int_t)db_rows_int(rows, 4),
	        "state", db_rows_text(rows, 5), "position", waits ? json_integer(db_rows_int(rows, 11)) : json_null(),
	        "queued_at", time_or_null(rows, 6, zone_minutes), "started_at", time_or_null(rows, 7, zone_minutes),
	        "ended_at", time_or_null(rows, 8, zone_minutes), "by", db_rows_text(rows, 9), "error",
	        json_text(db_rows_text(rows, 10)));
}

static json_t *job_with_verdict(struct db_rows *rows, int64_t zone_minutes)
{
	json_t *job = job_json(rows, zone_minutes);
	const char *text = db_rows_text(rows, 12);
	json_t *verdict = text ? json_loads(text, 0, NULL) : NULL;
	if (job)
		json_object_set_new(job, "verdict", verdict ? verdict : json_null());
	return job;
}

hufu_status case_queue_list(struct casebook *book, const struct queue_which *which, json_t **out, hufu_error *error)
{
	int64_t zone = clock_zone_minutes(book->store->zone, clock_now());
	struct db_value before = db_int(which->before ? which->before : INT64_MAX), most = db_int((int64_t)which->most);
	hufu_status status = casebook_may(book, MAY_SEE, error);
	if (status)
		return status;
	if (which->number && which->state)
		return case_rows_json(book,
		        DB_SQL("select " JOB_COLUMNS JOB_FROM
		               "where c.number = ? and j.state = ? and j.id < ? order by j.id desc limit ?",
		                db_text(which->number), db_text(which->state), before, most),
		        job_json, zone, out, error);
	if (which->number)
		return case_rows_json(book,
		        DB_SQL("select " JOB_COLUMNS JOB_FROM
		               "where c.number = ? and j.id < ? order by j.id desc limit ?",
		                db_text(which->number), before, most),
		        job_json, zone, out, error);
	if (which->state)
		return case_rows_json(book,
		        DB_SQL("select " JOB_COLUMNS JOB_FROM
		               "where j.state = ? and j.id < ? order by j.id desc limit ?",
		                db_text(which->state), before, most),
		        job_json, zone, out, error);
	return case_rows_json(book,
	        DB_SQL("select " JOB_COLUMNS JOB_FROM "where j.id < ? order by j.id desc limit ?", before, most),
	        job_json, zone, out, error);
}

hufu_status case_queue_job(struct casebook *book, int64_t job, json_t **out, hufu_error *error)
{
	json_t *list = NULL;
	hufu_status status = casebook_may(book, MAY_SEE, error);
	if (!status)
		status = case_rows_json(book, DB_SQL("select " JOB_COLUMNS JOB_FROM "where j.id = ?", db_int(job)),
		        job_with_verdict, clock_zone_minutes(book->store->zone, clock_now()), &list, error);
	if (!status && !json_array_size(list))
		status = fail(error, HUFU_USAGE, view_of("job"), "there is no such job", NULL);
	if (!status)
		*out = json_incref(json_array_get(list, 0));
	json_decref(list);
	return status;
}

hufu_status case_queue_cancel(struct casebook *book, int64_t job, bool *was, hufu_error *error)
{
	int64_t affected = 0;
	hufu_status status = casebook_may(book, MAY_MATCH, error);
	if (!status)
		status = db_run(book->db,
		        DB_SQL("update jobs set state = 'cancelled', ended_at = ? where id = ? and state in ('queued', "
		               "'running')",
		                db_int(clock_now()), db_int(job)),
		        &affected, error);
	if (!status)
		*was = affected > 0;
	return status;
}

/* ---- running ---- */

struct taking {
	const char *runner;
	int64_t job;
	bool counted;
};

static hufu_status take_work(struct db *db, void *context, hufu_error *error)
{
	struct taking *taking = context;
	bool found;
	taking->job = 0;
	hufu_status status =
	        db_number(db, DB_SQL("select min(id) from jobs where state = 'queued'"), &taking->job, &found, error);
	if (status || !taking->job)
		return status;
	return db_run(db,
	        DB_SQL("update jobs set state = 'running', started_at = ?, runner = ?, attempts = attempts + 1 where "
	               "id = ?",
	                db_int(clock_now()), db_text(taking->runner), db_int(taking->job)),
	        NULL, error);
}

hufu_status queue_take(struct casebook *book, const char *runner, int64_t *job, hufu_error *error)
{
	struct taking taking = { .runner = runner };
	hufu_status status = db_transact(book->db, take_work, &taking, error);
	if (!status)
		*job = taking.job;
	return status;
}

static hufu_status give_back_work(struct db *db, void *context, hufu_error *error)
{
	const struct taking *taking = context;
	struct db_value runner = db_text(taking->runner), job = db_int(taking->job);
	hufu_status status = HUFU_OK;
	if (taking->counted)
		status = db_run(db,
		        DB_SQL("update jobs set state = 'failed', ended_at = ?, error = 'its process ended before it "
		               "did, again and "
		               "again' where state = 'running' and runner = ? and (id = ? or ? = 0) and attempts >= ?",
		                db_int(clock_now()), runner, job, job, db_int(QUEUE_TRIES_MAX)),
		        NULL, error);
	if (!status)
		status = db_run(db,
		        DB_SQL("update jobs set state = 'queued', started_at = null, runner = null, attempts = "
		               "attempts - ? where "
		               "state = 'running' and runner = ? and (id = ? or ? = 0)",
		                db_int(!taking->counted), runner, job, job),
		        NULL, error);
	return status;
}

hufu_status queue_give_back(struct casebook *book, const char *runner, int64_t job, bool counted, hufu_error *error)
{
	struct taking taking = { .runner = runner, .job = job, .counted = counted };
	return db_transact(book->db, give_back_work, &taking, error);
}

hufu_status queue_fail(struct casebook *book, int64_t job, const char *why, hufu_error *error)
{
	return db_run(book->db,
	        DB_SQL("update jobs set state = 'failed', ended_at = ?, error = ? where id = ? and state = 'running'",
	                db_int(clock_now()), db_text(why), db_int(job)),
	        NULL, error);
}

hufu_status queue_prune(struct casebook *book, int64_t age, hufu_error *error)
{
	return db_run(book->db,
	        DB_SQL("delete from jobs where case_id is null and ended_at < ?", db_int(clock_now() - age)), NULL,
	        error);
}
