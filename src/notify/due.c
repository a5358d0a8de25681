/* See due.h. */
#include "notify/due.h"
#include "base/clock.h"

#include <stdlib.h>

enum { PAGE = 50000, AT_ONCE = 2000 };

static int by_person(const void *a, const void *b)
{
	const struct due_person *x = a, *y = b;
	return (x->person > y->person) - (x->person < y->person);
}

static hufu_status page_take(struct due *due, struct db_rows *rows, int64_t *last, hufu_error *error)
{
	struct due_person *more = realloc(due->at, (due->count + db_rows_count(rows) + 1) * sizeof *more);
	if (!more)
		return fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
	due->at = more;
	while (db_rows_next(rows)) {
		*last = db_rows_int(rows, 0);
		more[due->count++] = (struct due_person){ .id = *last,
			.person = db_rows_int(rows, 1),
			.kinds = (uint32_t)db_rows_int(rows, 2),
			.attempts = (uint32_t)db_rows_int(rows, 3) };
	}
	return HUFU_OK;
}

/* ---- who goes by another number today ---- */

static int by_today(const void *a, const void *b)
{
	const struct due_alias *x = a, *y = b;
	return (x->today > y->today) - (x->today < y->today);
}

static struct due_person *find(const struct due *due, uint64_t token)
{
	const struct due_person wanted = { .person = person_number_of(token) };
	return due->count ? bsearch(&wanted, due->at, due->count, sizeof wanted, by_person) : NULL;
}

struct due_person *due_find(const struct due *due, uint64_t token)
{
	const struct due_alias wanted = { .today = token };
	struct due_person *person = find(due, token);
	const struct due_alias *alias =
	        !person && due->alias_count ? bsearch(&wanted, due->aliases, due->alias_count, sizeof wanted, by_today)
	                                    : NULL;
	return alias ? alias->person : person;
}

/* A number that was a root when it was linked, and is none any more, stands among the joins. */
static bool space_alias(struct due *due, const struct linked_space *space, struct siphash_key key)
{
	struct due_alias *more = realloc(due->aliases, (due->alias_count + space->join_count + 1) * sizeof *more);
	if (!more)
		return false;
	due->aliases = more;
	for (size_t i = 0; i < space->join_count; i++) {
		struct due_person *person = find(due, linked_token(key, space->name, space->joins[i].person));
		if (person)
			more[due->alias_count++] =
			        (struct due_alias){ linked_token(key, space->name, space->joins[i].root), person };
	}
	return true;
}

static hufu_status find_aliases(const struct store *store, struct due *due, hufu_error *error)
{
	struct job_seals seals = { 0 };
	struct linked linked = { 0 };
	struct siphash_key key = linked_key(store->key);
	hufu_status status = job_seals_open(store, &seals, error);
	bool good = status || !linked_find(&seals, NULL, &linked);
	for (size_t i = 0; good && !status && i < linked.space_count; i++)
		good = space_alias(due, &linked.spaces[i], key);
	if (!good)
		status = fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
	if (due->alias_count)
		qsort(due->aliases, due->alias_count, sizeof *due->aliases, by_today);
	linked_done(&linked);
	job_seals_close(&seals);
	explicit_bzero(&key, sizeof key);
	return status;
}

/* ---- reading ---- */

/* In pages: five million rows as text are more than they are worth. */
hufu_status due_read(struct casebook *book, const struct notice *notice, bool all, struct due *out, hufu_error *error)
{
	int64_t last = 0, now = clock_now();
	hufu_status status = HUFU_OK;
	*out = (struct due){ .count = 0 };
	for (bool more = true; more && !status;) {
		AUTO_ROWS *rows = NULL;
		status = db_query(book->db,
		        DB_SQL("select id, person, kinds, attempts from notice_entries where case_id = ? and version = "
		               "? "
		               "and id > ? and (? = 1 or (state = 'planned' and next_at <= ?) or state in ('lost', "
		               "'no_contact')) order by id limit ?",
		                db_int(notice->case_id), db_int(notice->version), db_int(last), db_int(all),
		                db_int(now), db_int(PAGE)),
		        &rows, error);
		more = !status && db_rows_count(rows) == PAGE;
		if (!status)
			status = page_take(out, rows, &last, error);
	}
	if (!status && out->count)
		qsort(out->at, out->count, sizeof *out->at, by_person);
	if (!status && out->count)
		status = find_aliases(book->store, out, error);
	if (status)
		due_done(out);
	return status;
}

void due_done(struct due *due)
{
	free(due->at);
	free(due->aliases);
	*due = (struct due){ .count = 0 };
}

/* ---- whom no source had ---- */

struct missing {
	const struct due *due;
	size_t from, to;
	struct due_missing counts;
};

static hufu_status missing_work(struct db *db, void *context, hufu_error *error)
{
	struct missing *missing = context;
	hufu_status status = HUFU_OK;
	missing->counts = (struct due_missing){ 0 };
	for (size_t i = missing->from; i < missing->to && !status; i++) {
		const struct due_person *person = &missing->due->at[i];
		bool lost = person->seen == DUE_UNSEEN;
		if (person->seen == DUE_TAKEN)
			continue;
		status = db_run(db,
		        DB_SQL("update notice_entries set state = ?, settled_at = ?, why = ? where id = ? and state in "
		               "('planned', 'lost', 'no_contact')",
		                db_text(lost ? "lost" : "no_contact"), db_int(clock_now()),
		                db_text(lost ? "no source has this person"
		                             : "the sources have no address that can be used"),
		                db_int(person->id)),
		        NULL, error);
		missing->counts.lost += lost;
		missing->counts.no_contact += !lost;
	}
	return status;
}

hufu_status due_settle_missing(struct casebook *book, const struct due *due, struct due_missing *out, hufu_error *error)
{
	struct missing missing = { .due = due };
	hufu_status status = HUFU_OK;
	*out = (struct due_missing){ 0 };
	for (size_t at = 0; at < due->count && !status; at = missing.to) {
		missing.from = at;
		missing.to = due->count - at < AT_ONCE ? due->count : at + AT_ONCE;
		status = db_transact(book->db, missing_work, &missing, error);
		out->lost += missing.counts.lost;
		out->no_contact += missing.counts.no_contact;
	}
	return status;
}
