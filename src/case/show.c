/* A case as JSON: everything that is known of it, as of now. */
#include "case/book.h"
#include "case/number.h"
#include "case/stamps.h"
#include <math.h>
#include <stdlib.h>

/* ---- the demand, the listing, the evidence ---- */

static json_t *demand_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s}", "amount", plain_number(db_rows_text(rows, 0)), "currency",
	        json_text(db_rows_text(rows, 1)), "wallet", json_text(db_rows_text(rows, 2)), "wallet_valid",
	        db_rows_null(rows, 3) ? json_null() : json_boolean(db_rows_int(rows, 3)), "deadline",
	        db_rows_null(rows, 4) ? json_null() : case_time(db_rows_int(rows, 4), zone_minutes), "source",
	        db_rows_text(rows, 5));
}

hufu_status demand_now(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	json_t *list = NULL;
	hufu_status status = case_rows_json(book,
	        DB_SQL("select amount, currency, wallet, wallet_valid, deadline, source from demands where case_id = ? "
	               "order by id desc limit 1",
	                db_int(row->id)),
	        demand_json, row->zone_minutes, &list, error);
	if (status)
		return status;
	*out = json_array_size(list) ? json_incref(json_array_get(list, 0)) : json_null();
	json_decref(list);
	return HUFU_OK;
}

static json_t *item_json(struct db_rows *rows, int64_t zone_minutes)
{
	(void)zone_minutes;
	json_t *fits = json_loads(db_rows_text(rows, 5), 0, NULL);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:s}", "text", db_rows_text(rows, 0),
	        "count", db_rows_null(rows, 1) ? json_null() : json_integer(db_rows_int(rows, 1)), "unit",
	        json_text(db_rows_text(rows, 8)), "price", plain_number(db_rows_text(rows, 2)), "priced",
	        json_text(db_rows_text(rows, 9)), "per_record", plain_number(db_rows_text(rows, 10)), "currency",
	        json_text(db_rows_text(rows, 3)), "bundle", db_rows_int(rows, 4) != 0, "fits",
	        fits ? fits : json_array(), "impossible", json_text(db_rows_text(rows, 6)), "impossible_zh",
	        json_text(db_rows_text(rows, 11)), "source", db_rows_text(rows, 7));
}

hufu_status listing_since(struct casebook *book, int64_t case_id, int64_t seq, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select text, count, price, currency, bundle, fits, impossible, source, unit, priced, "
	               "per_record, impossible_zh from listing_items where case_id = ? and seq > ? and superseded_at "
	               "is null order by seq",
	                db_int(case_id), db_int(seq)),
	        item_json, 0, out, error);
}

static hufu_status listing_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return listing_since(book, row->id, 0, out, error);
}

/* What the items come to beside the price of all; null where prices are none, or in several currencies. */
static hufu_status listing_sum(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	char currency[16] = "", items[NUMBER_DECIMAL_MAX], all[NUMBER_DECIMAL_MAX];
	double sum = 0, bundle = 0;
	size_t priced = 0;
	bool one = true;
	hufu_status status = db_query(book->db,
	        DB_SQL("select price, currency, bundle from listing_items where case_id = ? and superseded_at is null "
	               "and price is not null order by seq",
	                db_int(row->id)),
	        &rows, error);
	while (!status && db_rows_next(rows)) {
		const char *code = db_rows_null(rows, 1) ? "" : db_rows_text(rows, 1);
		double price = strtod(db_rows_text(rows, 0), NULL);
		if (!priced++)
			snprintf(currency, sizeof currency, "%s", code);
		one = one && !strcmp(currency, code);
		if (!db_rows_int(rows, 2))
			sum += price;
		else if (bundle == 0)
			bundle = price;
	}
	number_decimal(sum, items);
	number_decimal(bundle, all);
	double share = sum > 0 ? nearbyint(bundle / sum * 10000) / 10000 : 0;
	if (!status)
		*out = !priced || !one ? json_null()
		                       : json_pack("{s:o, s:o, s:o, s:o}", "items_sum",
		                                 sum > 0 ? plain_number(items) : json_null(), "currency",
		                                 json_text(currency[0] ? currency : NULL), "bundle_price",
		                                 bundle > 0 ? plain_number(all) : json_null(), "bundle_share",
		                                 bundle > 0 && sum > 0 ? json_real(share) : json_null());
	return status;
}

static json_t *evidence_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:o, s:b, s:o, s:o}", "name", db_rows_text(rows, 0), "sha256",
	        db_rows_text(rows, 1), "sm3", db_rows_text(rows, 2), "bytes", (json_int_t)db_rows_int(rows, 3), "role",
	        db_rows_text(rows, 4), "added_at", case_time(db_rows_int(rows, 5), zone_minutes), "deleted",
	        !db_rows_null(rows, 6), "deleted_at",
	        db_rows_null(rows, 6) ? json_null() : case_time(db_rows_int(rows, 6), zone_minutes), "rule",
	        json_text(db_rows_text(rows, 7)));
}

static hufu_status evidence_list(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	size_t at;
	json_t *piece;
	hufu_status status = case_rows_json(book,
	        DB_SQL("select e.name, e.object_sha256, o.sm3, e.bytes, e.role, e.added_at, o.deleted_at, o.reason "
	               "from evidence "
	               "e join objects o on o.sha256 = e.object_sha256 where e.case_id = ? order by e.id",
	                db_int(row->id)),
	        evidence_json, row->zone_minutes, out, error);
	if (status)
		return status;
	json_array_foreach(*out, at, piece) json_object_set_new(piece, "number", json_integer((json_int_t)at + 1));
	return HUFU_OK;
}

/* ---- the rest ---- */

static json_t *verdict_row(struct db_rows *rows, int64_t zone_minutes)
{
	json_t *verdict = json_loads(db_rows_text(rows, 2), 0, NULL);
	return json_pack("{s:s, s:o, s:o}", "sha256", db_rows_text(rows, 0), "at",
	        case_time(db_rows_int(rows, 1), zone_minutes), "verdict", verdict ? verdict : json_null());
}

static hufu_status verdicts_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select object_sha256, at, json from verdicts where case_id = ? order by id", db_int(row->id)),
	        verdict_row, row->zone_minutes, out, error);
}

static json_t *decision_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:o, s:s, s:s, s:s}", "at", case_time(db_rows_int(rows, 0), zone_minutes), "by",
	        db_rows_text(rows, 1), "what", db_rows_text(rows, 2), "why", db_rows_text(rows, 3));
}

static hufu_status decisions_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select at, by, what, why from decisions where case_id = ? order by id", db_int(row->id)),
	        decision_json, row->zone_minutes, out, error);
}

static json_t *member_json(struct db_rows *rows, int64_t zone_minutes)
{
	(void)zone_minutes;
	return json_pack("{s:s, s:s, s:o}", "name", db_rows_text(rows, 0), "role", db_rows_text(rows, 1), "contact",
	        json_text(db_rows_text(rows, 2)));
}

static hufu_status members_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select name, role, contact from members where case_id = ? and removed_at is null order by id",
	                db_int(row->id)),
	        member_json, row->zone_minutes, out, error);
}

static json_t *impact_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:s, s:s, s:o, s:s}", "name", db_rows_text(rows, 0), "value", db_rows_text(rows, 1), "at",
	        case_time(db_rows_int(rows, 2), zone_minutes), "by", db_rows_text(rows, 3));
}

static hufu_status impact_list(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select name, value, at, by from impact where case_id = ? order by name", db_int(row->id)),
	        impact_json, row->zone_minutes, out, error);
}

/* ---- all of it ---- */

static const struct {
	const char *name;
	hufu_status (*make)(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);
} sections[] = {
	{ "facts", facts_json },
	{ "demand", demand_now },
	{ "listing", listing_json },
	{ "listing_sum", listing_sum },
	{ "evidence", evidence_list },
	{ "verdicts", verdicts_json },
	{ "settled", settled_json },
	{ "tasks", tasks_json },
	{ "members", members_json },
	{ "decisions", decisions_json },
	{ "impact", impact_list },
	{ "drill_report", drilled_json },
	{ "stamps", stamps_json },
};

hufu_status case_tables(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	json_t *hold = row->held_at ? json_pack("{s:o, s:s}", "at", case_time(row->held_at, row->zone_minutes), "why",
	                                      row->held_why)
	                            : json_null();
	json_t *all = json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "id", row->number, "title", row->title,
	        "kind", row->kind, "state", row->open ? "open" : "closed", "drill", row->drill, "opened_at",
	        case_time(row->opened_at, row->zone_minutes), "closed_at",
	        row->open ? json_null() : case_time(row->closed_at, row->zone_minutes), "hold", hold);
	for (size_t i = 0; i < LEN(sections) && !status; i++) {
		json_t *section = NULL;
		status = sections[i].make(book, row, &section, error);
		if (!status && json_object_set_new(all, sections[i].name, section))
			status = fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
	}
	if (status)
		json_decref(all);
	else
		*out = all;
	return status;
}

hufu_status case_show(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	struct case_row row;
	json_t *all = NULL;
	hufu_status status = case_find_seen(book, number, &row, error);
	if (status)
		return status;
	status = case_tables(book, &row, &all, error);
	json_t *judged = NULL;
	if (!status && !(status = duties_list(book, &row, &judged, error)) && json_object_update(all, judged))
		status = fail(error, HUFU_NO_MEMORY, view_of(number), "no memory", NULL);
	json_decref(judged);
	case_row_done(&row);
	if (status)
		json_decref(all);
	else
		*out = all;
	return status;
}

static json_t *list_row(struct db_rows *rows, int64_t zone_minutes)
{
	(void)zone_minutes;
	return json_pack("{s:s, s:s, s:s, s:b, s:o}", "id", db_rows_text(rows, 0), "title", db_rows_text(rows, 1),
	        "state", db_rows_text(rows, 2), "drill", db_rows_int(rows, 3) != 0, "opened_at",
	        case_time(db_rows_int(rows, 4), db_rows_int(rows, 5)));
}

hufu_status case_list(struct casebook *book, json_t **out, hufu_error *error)
{
	hufu_status status = casebook_may(book, MAY_SEE, error);
	if (status)
		return status;
	return case_rows_json(book,
	        DB_SQL("select number, title, state, drill, opened_at, zone_minutes from cases order by opened_at "
	               "desc, "
	               "id desc"),
	        list_row, 0, out, error);
}
