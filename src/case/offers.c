/* A seller's listing: read, held against the rows and people of every sealed snapshot, and kept. */
#include "case/book.h"
#include "case/listing.h"
#include "case/number.h"
#include "job/job.h"
#include "seal/seal.h"
#include <stdlib.h>

/* ---- what is sealed ---- */

/* The columns of a dataset as a listing names them; one array for all its snapshots. */
static struct listing_column *columns_of(const struct meta *meta)
{
	struct listing_column *columns = calloc(meta->column_count + 1, sizeof *columns);
	for (size_t i = 0; columns && i < meta->column_count; i++)
		columns[i] = (struct listing_column){ meta->columns[i].name,
			meta->columns[i].kind ? meta->columns[i].kind->name : "" };
	return columns;
}

static hufu_status snapshots_of(struct offers *offers, struct seal *seal, hufu_error *error)
{
	const struct meta *meta = &seal->meta;
	AUTO_FREE uint64_t *people = calloc(meta->snapshot_count + 1, sizeof *people);
	struct listing_column *columns = columns_of(meta);
	hufu_status status = people && columns ? seal_census(seal, people, error) : HUFU_NO_MEMORY;
	if (status || !meta->snapshot_count) {
		free(columns);
		return status;
	}
	for (size_t i = 0; i < meta->snapshot_count; i++)
		offers->snapshots[offers->count++] = (struct listing_snapshot){ .dataset = meta->dataset,
			.as_of = meta->snapshots[i].as_of,
			.rows = meta->snapshots[i].rows,
			.people = people[i],
			.columns = columns,
			.column_count = meta->column_count };
	return HUFU_OK;
}

static hufu_status census(struct casebook *book, struct offers *out, hufu_error *error)
{
	size_t count = 0;
	hufu_status status = job_seals_open(book->store, out->seals, error);
	for (size_t i = 0; !status && i < out->seals->count; i++)
		count += out->seals->seals[i]->meta.snapshot_count;
	out->snapshots = status ? NULL : calloc(count + 1, sizeof *out->snapshots);
	if (!status && !out->snapshots)
		status = HUFU_NO_MEMORY;
	for (size_t i = 0; !status && i < out->seals->count; i++)
		status = snapshots_of(out, out->seals->seals[i], error);
	return status;
}

/* ---- reading ---- */

void offers_done(struct offers *offers)
{
	if (offers->listing)
		listing_done(offers->listing);
	for (size_t i = 0; i < offers->count; i++)
		if (!i || offers->snapshots[i].columns != offers->snapshots[i - 1].columns)
			free((void *)(uintptr_t)offers->snapshots[i].columns);
	free(offers->snapshots);
	if (offers->seals)
		job_seals_close(offers->seals);
	free(offers->seals);
	free(offers->listing);
	*offers = (struct offers){ 0 };
}

/* A listing has a count and a price, or several counts: a mail that names one number is none. */
static bool is_listing(const struct listing *listing)
{
	size_t counts = 0, prices = 0;
	for (size_t i = 0; i < listing->count; i++) {
		counts += listing->items[i].has_count;
		prices += listing->items[i].has_price;
	}
	return counts && (prices > 1 || counts > 1);
}

hufu_status offers_read(struct casebook *book, hufu_view text, bool strict, struct offers *out, hufu_error *error)
{
	hufu_error quiet = { 0 };
	*out = (struct offers){
		.listing = calloc(1, sizeof *out->listing), .seals = calloc(1, sizeof *out->seals), .strict = strict
	};
	hufu_status status = out->listing && out->seals ? HUFU_OK : HUFU_NO_MEMORY;
	if (!status)
		status = listing_read(text, out->listing, strict ? error : &quiet);
	if (!strict && (status == HUFU_MALFORMED || (!status && !is_listing(out->listing)))) {
		offers_done(out);
		return HUFU_OK;
	}
	if (!status)
		status = census(book, out, error);
	if (!status)
		status = listing_triage(out->listing, out->snapshots, out->count);
	if (status == HUFU_NO_MEMORY)
		fail(error, status, view_of("listing"), "no memory", NULL);
	return status;
}

/* ---- keeping ---- */

static char *fits_text(const struct listing_item *item)
{
	json_t *list = json_array();
	for (size_t i = 0; i < item->fit_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s}", "dataset", item->fits[i].dataset, "as_of",
		                                    item->fits[i].as_of, "count", (json_int_t)item->fits[i].count, "of",
		                                    item->fits[i].people ? "people" : "rows"));
	char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
	json_decref(list);
	return text;
}

static hufu_status offer_put(
        struct change *change, const struct listing_item *item, int64_t seq, const char *source, hufu_error *error)
{
	char price[NUMBER_DECIMAL_MAX], one[NUMBER_DECIMAL_MAX];
	AUTO_FREE char *fits = fits_text(item);
	if (!fits)
		return fail(error, HUFU_NO_MEMORY, view_of("listing"), "no memory", NULL);
	number_decimal(item->price, price);
	snprintf(one, sizeof one, "%.6g", item->per_record);
	return db_run(change->book->db,
	        DB_SQL("insert into listing_items (case_id, seq, text, count, price, currency, bundle, fits, "
	               "impossible, "
	               "at, source, unit, priced, per_record, impossible_zh) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	               "?, ?, "
	               "?, ?)",
	                db_int(change->case_id), db_int(seq), db_text(item->text),
	                item->has_count && !item->bundle ? db_int((int64_t)item->count) : db_null(),
	                item->has_price ? db_text(price) : db_null(),
	                (item->has_price || item->by_record) && item->currency[0] ? db_text(item->currency) : db_null(),
	                db_int(item->bundle), db_text(fits), db_text(item->impossible), db_int(change->at),
	                db_text(source), item->unit[0] ? db_text(item->unit) : db_null(),
	                item->by_record   ? db_text("record")
	                : item->has_price ? db_text("item")
	                                  : db_null(),
	                item->per_record > 0 ? db_text(one) : db_null(), db_text(item->impossible_zh)),
	        NULL, error);
}

hufu_status offers_put(
        struct change *change, const struct offers *offers, const char *source, json_t *told, hufu_error *error)
{
	int64_t last = 0, first;
	bool found;
	json_t *items = NULL;
	if (!offers->listing)
		return HUFU_OK;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select coalesce(max(seq), 0) from listing_items where case_id = ?", db_int(change->case_id)),
	        &last, &found, error);
	first = last;
	for (size_t i = 0; !status && i < offers->listing->count; i++) {
		const struct listing_item *item = &offers->listing->items[i];
		/* A mail also names the sum that it demands: that is no thing on offer. */
		if (!offers->strict && !item->has_count && !item->bundle)
			continue;
		status = offer_put(change, item, ++last, source, error);
	}
	if (!status)
		status = listing_since(change->book, change->case_id, first, &items, error);
	if (!status && json_array_extend(told, items))
		status = fail(error, HUFU_NO_MEMORY, view_of("listing"), "no memory", NULL);
	json_decref(items);
	return status;
}

/* ---- by hand ---- */

struct offers_given {
	const struct offers *offers;
	const char *source;
};

/* Whether this source's list, as it stands, is the very one that was read. */
static hufu_status is_same(
        struct casebook *book, const char *number, const struct offers_given *given, bool *same, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	const struct listing *listing = given->offers->listing;
	size_t at = 0;
	hufu_status status = db_query(book->db,
	        DB_SQL("select l.text, l.count, l.price from listing_items l join cases c on c.id = l.case_id where "
	               "c.number = ? and l.source = ? and l.superseded_at is null order by l.seq",
	                db_text(number), db_text(given->source)),
	        &rows, error);
	*same = true;
	for (; !status && db_rows_next(rows); at++) {
		const struct listing_item *item = at < listing->count ? &listing->items[at] : NULL;
		char price[NUMBER_DECIMAL_MAX];
		number_decimal(item ? item->price : 0, price);
		*same = *same && item && !strcmp(item->text, db_rows_text(rows, 0)) &&
		        db_rows_null(rows, 1) == (!item->has_count || item->bundle) &&
		        (db_rows_null(rows, 1) || db_rows_int(rows, 1) == (int64_t)item->count) &&
		        db_rows_null(rows, 2) == !item->has_price &&
		        (!item->has_price || !strcmp(price, db_rows_text(rows, 2)));
	}
	*same = *same && !status && at == listing->count;
	return status;
}

static hufu_status offers_work(struct change *change, hufu_error *error)
{
	const struct offers_given *given = change->context;
	json_t *told = json_array();
	/* As with facts: what the same source says anew corrects what it said before, which stays on the timeline;
	 * another source adds. A seller who sends a new list has withdrawn the old one. */
	hufu_status status =
	        told ? db_run(change->book->db,
	                       DB_SQL("update listing_items set superseded_at = ? where case_id = ? and source = ? "
	                              "and superseded_at is null",
	                               db_int(change->at), db_int(change->case_id), db_text(given->source)),
	                       NULL, error)
	             : HUFU_NO_MEMORY;
	if (!status)
		status = offers_put(change, given->offers, given->source, told, error);
	if (!status)
		change->body = json_pack("{s:s, s:O}", "source", given->source, "items", told);
	json_decref(told);
	return status;
}

hufu_status case_listing(
        struct casebook *book, const char *number, hufu_view text, const char *source, bool *same, hufu_error *error)
{
	bool known = false;
	struct offers offers = { 0 };
	struct offers_given given = { &offers, source ? source : book->by };
	struct change change = { .what = "listing", .work = offers_work, .context = &given };
	hufu_status status = casebook_may(book, MAY_WORK, error);
	if (!status)
		status = case_is_open(book, number, error);
	if (status)
		return status;
	struct bytes calm = { 0 };
	text_calm(text, &calm);
	status = calm.failed ? fail(error, HUFU_NO_MEMORY, view_of("listing"), "no memory", NULL)
	                     : offers_read(book, bytes_view(&calm), true, &offers, error);
	if (!status)
		status = is_same(book, number, &given, &known, error);
	if (!status && !known)
		status = case_change_open(book, number, &change, error);
	if (same)
		*same = known;
	offers_done(&offers);
	bytes_done(&calm);
	return status;
}
