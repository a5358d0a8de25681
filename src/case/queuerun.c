/* A leak of the queue, judged: out of the vault, through the jail and the matcher, into its case; what the case gains
 * and the job's end are one transaction, so that neither is there without the other. */
#include "base/clock.h"
#include "case/book.h"
#include "case/people.h"
#include "case/pour.h"
#include "case/queue.h"
#include "job/job.h"
#include <stdlib.h>

struct running {
	struct casebook *book;
	int64_t job;
	char *number; /* of the case; NULL: none */
	char *name;
	struct vault_object object;
	struct hufu_verdict verdict;
	struct case_people people; /* whom it links, for its case */
};

static void running_done(struct running *running)
{
	free(running->number);
	free(running->name);
	verdict_done(&running->verdict);
	people_done(&running->people);
}

static hufu_status read_row(struct running *running, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(running->book->db,
	        DB_SQL("select c.number, j.name, j.object_sha256, j.by, a.role from jobs j left join cases c on c.id = "
	               "j.case_id "
	               "left join accounts a on a.name = j.by and a.disabled_at is null where j.id = ? and j.state = "
	               "'running'",
	                db_int(running->job)),
	        &rows, error);
	if (status)
		return status;
	if (!db_rows_next(rows))
		return fail(error, HUFU_CONFLICT, view_of("job"), "is not to be run", NULL);
	const char *number = db_rows_text(rows, 0);
	/* His role may be another by now, or he may be gone. */
	struct actor actor = { .role = account_role_of(db_rows_text(rows, 4)) };
	printable(db_rows_view(rows, 3), actor.name, sizeof actor.name);
	casebook_act_as(running->book, &actor);
	running->number = number ? strdup(number) : NULL;
	running->name = strdup(db_rows_text(rows, 1));
	if (!running->name || (number && !running->number))
		return fail(error, HUFU_NO_MEMORY, view_of("job"), "no memory", NULL);
	return vault_about(running->book->vault, db_rows_text(rows, 2), &running->object, error);
}

static hufu_status judge(struct running *running, void (*progress)(uint64_t done, uint64_t all), hufu_error *error)
{
	struct job_seals seals = { 0 };
	struct pour pour = { .fd = -1 };
	struct matcher_people people = { 0 };
	struct linked linked = { 0 };
	struct job_options options = { .progress = progress, .people = running->number ? &people : NULL };
	hufu_status status = job_seals_open(running->book->store, &seals, error);
	if (!status)
		status = pour_open(running->book->vault, running->object.sha256, running->object.bytes, &pour, error);
	struct job_leak leak = { pour.fd, running->name, running->object.sha256, running->object.bytes };
	if (!status) {
		status = job_match_leak(running->book->store, &seals, &leak, &options, &running->verdict, error);
		hufu_status ended = pour_close(&pour, status ? NULL : error);
		status = status ? status : ended;
	}
	for (size_t i = 0; !status && i < seals.count; i++)
		if (seal_damaged(seals.seals[i]))
			status = fail(error, HUFU_MALFORMED, view_of(seals.seals[i]->meta.dataset),
			        "this seal is damaged: no verdict",
			        "restore it from a backup, or seal the dataset again");
	if (!status && running->number && (status = linked_find(&seals, &people, &linked)))
		fail(error, status, view_of("people"), "no memory", NULL);
	if (!status && running->number)
		status = people_make(running->book->store, &linked, &running->people, error);
	linked_done(&linked);
	matcher_people_done(&people);
	job_seals_close(&seals);
	return status;
}

/* It may have been cancelled, or taken by another, while it was judged. */
static hufu_status settle_in(struct db *db, const struct running *running, hufu_error *error)
{
	struct bytes json = { 0 };
	int64_t affected = 0;
	hufu_status status = verdict_json(&running->verdict, &json);
	if (status)
		fail(error, status, view_of("verdict"), "no memory", NULL);
	else
		status = db_run(db,
		        DB_SQL("update jobs set state = 'done', ended_at = ?, verdict = ? where id = ? and state = "
		               "'running'",
		                db_int(clock_now()), db_view(bytes_view(&json)), db_int(running->job)),
		        &affected, error);
	bytes_done(&json);
	if (!status && !affected)
		status = fail(error, HUFU_CONFLICT, view_of("job"), "was cancelled: nothing was changed", NULL);
	return status;
}

static hufu_status settle_change(struct change *change, void *context, hufu_error *error)
{
	return settle_in(change->book->db, context, error);
}

static hufu_status settle_work(struct db *db, void *context, hufu_error *error)
{
	return settle_in(db, context, error);
}

static hufu_status record(struct running *running, hufu_error *error)
{
	struct leak_taken leak = { .object = &running->object,
		.name = running->name,
		.verdict = &running->verdict,
		.people = &running->people,
		.settle = settle_change,
		.context = running };
	return running->number ? leak_take(running->book, running->number, &leak, error)
	                       : db_transact(running->book->db, settle_work, running, error);
}

hufu_status queue_run(
        struct casebook *book, int64_t job, void (*progress)(uint64_t done, uint64_t all), hufu_error *error)
{
	struct running running = { .book = book, .job = job };
	hufu_status status = read_row(&running, error);
	if (!status)
		status = casebook_may(book, MAY_MATCH, error);
	if (!status)
		status = judge(&running, progress, error);
	if (!status)
		status = record(&running, error);
	running_done(&running);
	return status;
}
