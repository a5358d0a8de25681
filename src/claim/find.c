/* Who somebody is, by what he calls himself: a number of a person column, or a value of a kind that is one human's.
 *
 * Nothing here tells the caller of the desk anything: what comes out is a keyed number, or that there is none. A value
 * that several people share names nobody. */
#include "claim/inside.h"

#include <stdlib.h>

struct finding {
	struct job_seals seals;
	struct linked linked;
	struct tokenizer tokenizer;
	struct siphash_key key;
	const struct linked_space *space; /* the one looked at */
	struct case_people people;        /* linked with the case */
	struct person_found *out;
	uint64_t today; /* his token as joins are now; 0: nobody was found yet */
	bool several;
};

/* Since he was linked, his accounts may have been joined: then the case calls him by one of the others. */
static uint64_t token_of_case(const struct finding *finding, uint64_t root, uint64_t today)
{
	const struct linked_space *space = finding->space;
	if (people_find(&finding->people, today))
		return today;
	for (size_t i = 0; i < space->join_count; i++) {
		uint64_t other = space->joins[i].root == root
		                         ? linked_token(finding->key, space->name, space->joins[i].person)
		                         : today;
		if (other != today && people_find(&finding->people, other))
			return other;
	}
	return today;
}

static void take_person(struct finding *finding, uint64_t person)
{
	uint64_t root = people_root(finding->space->joins, finding->space->join_count, person);
	uint64_t today = linked_token(finding->key, finding->space->name, root);
	finding->several |= finding->out->found && finding->today != today;
	finding->today = today;
	finding->out->found = true;
	finding->out->person = token_of_case(finding, root, today);
}

/* Such a number names its person by itself, however many rows of his there are. */
static void take_number(struct finding *finding, struct seal *seal, uint32_t column, uint64_t token)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common = false, there = false;
	uint32_t count = seal_find(seal, token, hits, &common);
	for (uint32_t i = 0; i < count; i++)
		there |= hits[i].column == column;
	if (there || common)
		take_person(finding, seal_person_of_token(seal, token));
}

/* Rows that hold the value now: a number that was somebody else's before names him no more. */
static void take_rows(struct finding *finding, struct seal *seal, uint32_t column, uint64_t token)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common = false;
	uint32_t count = seal_find(seal, token, hits, &common);
	for (uint32_t i = 0; i < count; i++)
		if (hits[i].column == column && seal_fit(seal, hits[i].row, column, token) == FIT_NOW)
			take_person(finding, seal_person(seal, hits[i].row));
	finding->several |= common;
}

static void look_in(struct finding *finding, struct seal *seal, hufu_view said)
{
	for (uint32_t at = 0; at < seal->meta.column_count; at++) {
		const struct seal_column *column = &seal->meta.columns[at];
		bool as_kind = false;
		uint64_t token =
		        column->form == FORM_PLAIN ? token_of(&finding->tokenizer, column->kind, said, &as_kind) : 0;
		if (token && linked_column(&seal->meta) == (int32_t)at)
			take_number(finding, seal, at, token);
		else if (token && as_kind && column->kind && column->kind->strong && !column->kind->of_thing)
			take_rows(finding, seal, at, token);
	}
}

/* The datasets of each person space together, so that the accounts of one human are one. */
static hufu_status look_everywhere(struct finding *finding, hufu_view said, hufu_error *error)
{
	for (size_t i = 0; i < finding->seals.count; i++) {
		struct seal *seal = finding->seals.seals[i];
		finding->space = &finding->linked.spaces[finding->linked.space_of[i]];
		look_in(finding, seal, said);
		if (seal_damaged(seal))
			return fail(error, HUFU_MALFORMED, view_of(seal->meta.dataset), "its seal was altered",
			        "bring it back from a backup, or seal the dataset again");
	}
	if (finding->several)
		*finding->out = (struct person_found){ 0 };
	return HUFU_OK;
}

hufu_status claimant_find(
        struct casebook *book, int64_t case_id, hufu_view said, struct person_found *out, hufu_error *error)
{
	const struct store *store = book->store;
	struct finding finding = { .out = out, .key = linked_key(store->key) };
	*out = (struct person_found){ 0 };
	hufu_status status = people_read(book, case_id, &finding.people, error);
	if (!status)
		status = job_seals_open(store, &finding.seals, error);
	if (!status &&
	        (linked_find(&finding.seals, NULL, &finding.linked) || tokenizer_init(&finding.tokenizer, store->key)))
		status = fail(error, HUFU_NO_MEMORY, view_of("claim"), "no memory", NULL);
	if (!status)
		status = look_everywhere(&finding, view_trim(said), error);
	tokenizer_done(&finding.tokenizer);
	people_done(&finding.people);
	linked_done(&finding.linked);
	job_seals_close(&finding.seals);
	explicit_bzero(&finding.key, sizeof finding.key);
	return status;
}
