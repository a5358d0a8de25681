/* Claims as they are shown: one, all of a case, their counts. Kinds of data are shown of a proved person alone. */
#include "claim/inside.h"

#include <stdio.h>
#include <stdlib.h>

/* The columns in the order in which row_json takes them. */
#define COLUMNS                                                                                                        \
	"select seq, kind, channel, received_at, by, note, state, proved_at, proved_by, proved_how, person, amount, "  \
	"currency, decided_at, decided_by, why, file_sha256, asked_at, code_ends, code_told from claims "
enum {
	SEQ,
	KIND,
	CHANNEL,
	RECEIVED_AT,
	BY,
	NOTE,
	STATE,
	PROVED_AT,
	PROVED_BY,
	PROVED_HOW,
	PERSON,
	AMOUNT,
	CURRENCY,
	DECIDED_AT,
	DECIDED_BY,
	WHY,
	FILE_SHA256,
	ASKED_AT,
	CODE_ENDS,
	CODE_TOLD,
};

static json_t *time_at(const struct db_rows *rows, size_t column, int64_t zone_minutes)
{
	return db_rows_null(rows, column) ? json_null() : case_time(db_rows_int(rows, column), zone_minutes);
}

static json_t *proved_json(const struct db_rows *rows, int64_t zone_minutes)
{
	if (db_rows_null(rows, PROVED_AT))
		return json_null();
	return json_pack("{s:o, s:s, s:s}", "at", time_at(rows, PROVED_AT, zone_minutes), "by",
	        db_rows_text(rows, PROVED_BY), "how", db_rows_text(rows, PROVED_HOW));
}

static json_t *decided_json(const struct db_rows *rows, int64_t zone_minutes)
{
	if (db_rows_null(rows, DECIDED_AT))
		return json_null();
	return json_pack("{s:o, s:s, s:s?, s:s?, s:s}", "at", time_at(rows, DECIDED_AT, zone_minutes), "by",
	        db_rows_text(rows, DECIDED_BY), "amount", db_rows_text(rows, AMOUNT), "currency",
	        db_rows_text(rows, CURRENCY), "why", db_rows_text(rows, WHY));
}

static json_t *row_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:I, s:s, s:s, s:o, s:s, s:s?, s:s, s:o, s:o, s:s?, s:o}", "n",
	        (json_int_t)db_rows_int(rows, SEQ), "kind", db_rows_text(rows, KIND), "channel",
	        db_rows_text(rows, CHANNEL), "at", time_at(rows, RECEIVED_AT, zone_minutes), "by",
	        db_rows_text(rows, BY), "note", db_rows_text(rows, NOTE), "state", db_rows_text(rows, STATE), "asked",
	        time_at(rows, ASKED_AT, zone_minutes), "proved", proved_json(rows, zone_minutes), "file",
	        db_rows_text(rows, FILE_SHA256), "decided", decided_json(rows, zone_minutes));
}

/* ---- what is known of a proved person ---- */

static json_t *kinds_json(uint32_t kinds)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ident_kinds_count && list; i++)
		if (kinds & kind_bit(ident_kinds[i]))
			json_array_append_new(
			        list, json_pack("{s:s, s:s}", "zh", ident_kinds[i]->zh, "en", ident_kinds[i]->name));
	return list;
}

/* Whether he is in the leak, and by which kinds of data; of one whose person is not proved nothing is told. */
static bool put_person(const struct db_rows *rows, const struct case_people *people, json_t *claim)
{
	bool proved = !db_rows_null(rows, PROVED_AT);
	const struct case_person *person =
	        proved && !db_rows_null(rows, PERSON) ? people_find(people, (uint64_t)db_rows_int(rows, PERSON)) : NULL;
	return !json_object_set_new(claim, "in_leak", proved ? json_boolean(person != NULL) : json_null()) &&
	       !json_object_set_new(claim, "kinds", kinds_json(person ? person->kinds : 0));
}

static hufu_status put_all(
        struct casebook *book, const struct case_row *row, struct db_rows *rows, json_t *list, hufu_error *error)
{
	struct case_people people = { .count = 0 };
	hufu_status status = db_rows_count(rows) ? people_read(book, row->id, &people, error) : HUFU_OK;
	while (!status && db_rows_next(rows)) {
		json_t *claim = row_json(rows, row->zone_minutes);
		if (!claim || !put_person(rows, &people, claim) || json_array_append_new(list, claim))
			status = fail(error, HUFU_NO_MEMORY, view_of("claim"), "no memory", NULL);
	}
	people_done(&people);
	return status;
}

/* `claim` 0: all. */
static hufu_status list_some(struct casebook *book, const char *number, int64_t claim, json_t **out, hufu_error *error)
{
	struct case_row row = { 0 };
	AUTO_ROWS *rows = NULL;
	json_t *list = json_array();
	hufu_status status = case_find_seen(book, number, &row, error);
	if (!status)
		status = db_query(book->db,
		        claim ? DB_SQL(COLUMNS "where case_id = ? and seq = ?", db_int(row.id), db_int(claim))
		              : DB_SQL(COLUMNS "where case_id = ? order by seq", db_int(row.id)),
		        &rows, error);
	if (!status)
		status = list ? put_all(book, &row, rows, list, error)
		              : fail(error, HUFU_NO_MEMORY, view_of("claims"), "no memory", NULL);
	case_row_done(&row);
	if (status)
		json_decref(list);
	else
		*out = list;
	return status;
}

hufu_status claim_list(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	return list_some(book, number, 0, out, error);
}

hufu_status claim_show(struct casebook *book, const char *number, int64_t claim, json_t **out, hufu_error *error)
{
	json_t *list = NULL;
	char typed[24];
	snprintf(typed, sizeof typed, "%lld", (long long)claim);
	hufu_status status = list_some(book, number, claim > 0 ? claim : -1, &list, error);
	if (!status && !json_array_size(list))
		status = fail(error, HUFU_USAGE, view_of(typed), "is the number of no claim of this case",
		        "hufu case claim ID lists them with their numbers");
	if (!status)
		*out = json_incref(json_array_get(list, 0));
	json_decref(list);
	return status;
}

/* ---- counts ---- */

static void count_one(json_t *map, const char *key)
{
	json_object_set_new(map, key, json_integer(json_integer_value(json_object_get(map, key)) + 1));
}

/* Sums in cents: amounts are decimal text with two decimals at most. */
static int64_t cents_of(const char *amount)
{
	char *end;
	int64_t cents = strtoll(amount, &end, 10) * 100;
	if (*end == '.')
		cents += (end[1] - '0') * 10 + (end[2] ? end[2] - '0' : 0);
	return cents;
}

static void add_amount(json_t *cents, const json_t *decided)
{
	const char *amount = json_string_value(json_object_get(decided, "amount"));
	const char *currency = json_string_value(json_object_get(decided, "currency"));
	if (amount && currency)
		json_object_set_new(cents, currency,
		        json_integer(json_integer_value(json_object_get(cents, currency)) + cents_of(amount)));
}

static json_t *amounts_json(json_t *cents)
{
	json_t *amounts = json_object(), *sum;
	const char *currency;
	json_object_foreach(cents, currency, sum)
	{
		char text[32];
		json_int_t value = json_integer_value(sum);
		snprintf(text, sizeof text, "%lld.%02lld", (long long)(value / 100), (long long)(value % 100));
		json_object_set_new(amounts, currency, json_string(text));
	}
	return amounts;
}

hufu_status claim_counts(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	json_t *list = NULL, *claim;
	size_t at;
	json_int_t in = 0, not_in = 0, unproved = 0;
	hufu_status status = claim_list(book, number, &list, error);
	if (status)
		return status;
	json_t *kinds = json_object(), *states = json_object(), *cents = json_object();
	json_array_foreach(list, at, claim)
	{
		const json_t *in_leak = json_object_get(claim, "in_leak");
		count_one(kinds, json_string_value(json_object_get(claim, "kind")));
		count_one(states, json_string_value(json_object_get(claim, "state")));
		add_amount(cents, json_object_get(claim, "decided"));
		in += json_is_true(in_leak);
		not_in += json_is_false(in_leak);
		unproved += json_is_null(in_leak);
	}
	*out = json_pack("{s:I, s:o, s:o, s:I, s:I, s:I, s:o}", "claims", (json_int_t)json_array_size(list), "by_kind",
	        kinds, "by_state", states, "in_leak", in, "not_in_leak", not_in, "unproved", unproved, "amounts",
	        amounts_json(cents));
	json_decref(cents);
	json_decref(list);
	return *out ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("claims"), "no memory", NULL);
}
