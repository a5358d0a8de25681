/* Contacts out of a source of ours, at the moment of sending: whose each row is, by the sealed person column's key, and
 * how he can be reached. What does not look like an address is none. Nothing of it is kept. */
#include "lib/lib.h"
#include "notify/inside.h"
#include "profile/profile.h"

#include <stdlib.h>

/* ---- people of a dataset ---- */

void naming_people_done(struct naming_people *naming)
{
	tokenizer_done(&naming->tokenizer);
	linked_done(&naming->linked);
	job_seals_close(&naming->seals);
	explicit_bzero(&naming->key, sizeof naming->key);
	naming->seal = NULL;
}

static hufu_status choose_dataset(struct naming_people *naming, hufu_view dataset, hufu_error *error)
{
	for (size_t i = 0; i < naming->seals.count; i++) {
		const struct seal *seal = naming->seals.seals[i];
		if (!view_is(dataset, seal->meta.dataset))
			continue;
		int32_t column = linked_column(&seal->meta);
		if (column < 0)
			return fail(error, HUFU_USAGE, dataset, "has no column that says whose a row is",
			        "name a dataset whose rows are numbered by their person");
		naming->seal = seal;
		naming->space = &naming->linked.spaces[naming->linked.space_of[i]];
		naming->kind = seal->meta.columns[column].kind;
		naming->column = seal->meta.columns[column].name;
		return HUFU_OK;
	}
	return fail(error, HUFU_USAGE, dataset, "is no sealed dataset", "hufu seals lists them");
}

hufu_status naming_people_open(
        const struct store *store, hufu_view dataset, struct naming_people *out, hufu_error *error)
{
	*out = (struct naming_people){ .key = linked_key(store->key) };
	hufu_status status = job_seals_open(store, &out->seals, error);
	if (status)
		return status;
	if (linked_find(&out->seals, NULL, &out->linked) || tokenizer_init(&out->tokenizer, store->key))
		return fail(error, HUFU_NO_MEMORY, dataset, "no memory", NULL);
	return choose_dataset(out, dataset, error);
}

uint64_t naming_people_token(struct naming_people *naming, hufu_view cell)
{
	uint64_t token = token_of(&naming->tokenizer, naming->kind, cell, NULL);
	if (!token)
		return 0;
	uint64_t number = seal_person_of_token(naming->seal, token);
	return linked_token(
	        naming->key, naming->space->name, people_root(naming->space->joins, naming->space->join_count, number));
}

/* ---- columns ---- */

struct reading {
	struct naming_people naming;
	const struct notice_sending *names;
	const char *path;
	int32_t person, mail, mobile; /* columns; -1: none */
};

static hufu_status column_named(
        const struct reading *reading, const struct source *source, const char *name, int32_t *out, hufu_error *error)
{
	size_t count;
	const hufu_view *names = source_header(source, &count);
	for (size_t i = 0; i < count; i++)
		if (view_is(view_trim(names[i]), name)) {
			*out = (int32_t)i;
			return HUFU_OK;
		}
	return fail(error, HUFU_USAGE, view_of(name), "is no column of the source",
	        reading->names->person || name != reading->naming.column
	                ? "name a column of its header"
	                : "--person COL names the one that says whose a row is");
}

/* The one column of that kind. Of several it is not known whose each is: a relative's is not to be told. */
static hufu_status column_found(const struct reading *reading, const struct batch *batch, uint32_t first,
        const struct ident_kind *kind, const char *option, int32_t *out, hufu_error *error)
{
	*out = -1;
	for (uint32_t c = 0; c < batch->columns; c++) {
		struct profile profile;
		profile_column(batch, c, first, &profile);
		if (profile.kind != kind)
			continue;
		if (*out >= 0)
			return fail(
			        error, HUFU_USAGE, view_of(reading->path), "has several columns of that kind", option);
		*out = (int32_t)c;
	}
	return HUFU_OK;
}

static hufu_status columns_find(struct reading *reading, const struct source *source, const struct batch *batch,
        uint32_t first, hufu_error *error)
{
	const struct notice_sending *names = reading->names;
	hufu_status status = header_check(source, reading->path, error);
	if (!status)
		status = column_named(reading, source, names->person ? names->person : reading->naming.column,
		        &reading->person, error);
	if (!status)
		status = names->mail ? column_named(reading, source, names->mail, &reading->mail, error)
		                     : column_found(reading, batch, first, ident_by_name(view_of("email")),
		                               "--mail COL says which is the person's own", &reading->mail, error);
	if (!status)
		status = names->mobile
		                 ? column_named(reading, source, names->mobile, &reading->mobile, error)
		                 : column_found(reading, batch, first, ident_by_name(view_of("mobile")),
		                           "--mobile COL says which is the person's own", &reading->mobile, error);
	if (!status && reading->mail < 0 && reading->mobile < 0)
		status = fail(error, HUFU_USAGE, view_of(reading->path), "has no column of mail addresses or mobiles",
		        "--mail COL or --mobile COL names it");
	return status;
}

/* ---- rows ---- */

static void take_address(
        const struct batch *batch, int32_t column, uint32_t row, const char *kind_name, char out[CONTACT_MAX])
{
	char scratch[CONTACT_MAX];
	struct ident_text normal = { scratch, 0, sizeof scratch };
	const struct ident_kind *kind = ident_by_name(view_of(kind_name));
	out[0] = 0;
	if (column < 0)
		return;
	hufu_view cell = batch_cell(batch, (uint32_t)column, row);
	if (cell.len + IDENT_SLACK < sizeof scratch && kind->normalise(cell, &normal))
		snprintf(out, CONTACT_MAX, "%.*s", (int)normal.len, normal.ptr);
	explicit_bzero(scratch, sizeof scratch);
}

static bool rows_give(
        struct reading *reading, const struct batch *batch, uint32_t first, contact_each *each, void *context)
{
	struct contact contact;
	bool on = true;
	for (uint32_t row = first; row < batch->rows && on; row++) {
		contact.token =
		        naming_people_token(&reading->naming, batch_cell(batch, (uint32_t)reading->person, row));
		if (!contact.token)
			continue;
		take_address(batch, reading->mail, row, "email", contact.mail);
		take_address(batch, reading->mobile, row, "mobile", contact.mobile);
		on = each(context, &contact);
	}
	explicit_bzero(&contact, sizeof contact);
	return on;
}

static hufu_status source_give(struct reading *reading, contact_each *each, void *context, hufu_error *error)
{
	struct source *source = NULL;
	const struct batch *batch = NULL;
	uint32_t first;
	bool begun = false, on = true;
	hufu_status status = source_open(reading->path, &source, error);
	while (!status && on && !(status = source_next(source, &batch, &first, error)) && batch) {
		if (!begun)
			status = columns_find(reading, source, batch, first, error);
		begun = true;
		if (!status)
			on = rows_give(reading, batch, first, each, context);
	}
	if (!status && !begun)
		status = fail(error, HUFU_MALFORMED, view_of(reading->path), "is empty", "check the source");
	source_close(source);
	return status;
}

hufu_status contacts_read(const struct store *store, const char *from, const struct notice_sending *names,
        contact_each *each, void *context, hufu_error *error)
{
	const char *sign = strchr(from, '=');
	if (!sign || sign == from || !sign[1])
		return fail(error, HUFU_USAGE, view_of("--from"), "wants DATASET=SOURCE",
		        "the dataset says whose a row is, the source how he is reached");
	struct reading reading = { .names = names, .path = sign + 1, .mail = -1, .mobile = -1 };
	hufu_status status = naming_people_open(store, view_make(from, (size_t)(sign - from)), &reading.naming, error);
	if (!status)
		status = source_give(&reading, each, context, error);
	naming_people_done(&reading.naming);
	return status;
}
