/* Makes a draft; what the user said of the dataset is settled at the header, the first batch tells kinds.
 *
 * Nothing of a cell is kept but its token, the shape of its column and, for facets, the few values that the column
 * has: see intake.c. */
#include "seal/draft.h"
#include "profile/profile.h"
#include "seal/intake.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- making and freeing ---- */

/* A copy of a description, by way of its own JSON. */
static hufu_status meta_copy(const struct meta *from, struct meta *out, hufu_error *error)
{
	struct bytes json = { 0 };
	hufu_status status = meta_write(from, &json);
	if (!status)
		status = meta_read(bytes_view(&json), out, error);
	bytes_done(&json);
	return status;
}

static hufu_status open_old(struct draft *draft, hufu_view dataset, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	hufu_status status = store_seal_path(draft->store, dataset, &path, error);
	if (status)
		return status;
	if (access(path, F_OK) == 0) {
		status = seal_open(draft->store, dataset, &draft->old, error);
		return status ? status : meta_copy(&draft->old->meta, &draft->meta, error);
	}
	draft->meta.dataset = strndup(dataset.ptr, dataset.len);
	return draft->meta.dataset ? HUFU_OK : fail(error, HUFU_NO_MEMORY, dataset, "no memory", NULL);
}

hufu_status draft_new(const struct store *store, hufu_view dataset, const struct draft_options *options,
        struct draft **out, hufu_error *error)
{
	struct draft *draft = calloc(1, sizeof *draft);
	if (!draft)
		return fail(error, HUFU_NO_MEMORY, dataset, "no memory", NULL);
	draft->store = store;
	draft->options = options;
	draft->meta.person = -1;
	hufu_status status = tokenizer_init(&draft->tokenizer, store->key);
	if (!status)
		status = open_old(draft, dataset, error);
	if (status) {
		draft_free(draft);
		return status;
	}
	*out = draft;
	return HUFU_OK;
}

void draft_free(struct draft *draft)
{
	if (!draft)
		return;
	intake_free(draft->intake);
	for (size_t i = 0; i < draft->column_count; i++) {
		column_stats_done(&draft->columns[i].stats);
		facet_done(&draft->columns[i].facet);
	}
	free(draft->columns);
	slabs_free(draft->slabs);
	free(draft->chunks);
	free(draft->shared);
	free(draft->row_numbers);
	tokenizer_done(&draft->tokenizer);
	seal_close(draft->old);
	meta_done(&draft->meta);
	free(draft);
}

const struct meta *draft_meta(const struct draft *draft)
{
	return &draft->meta;
}

struct draft_column *draft_column_for(const struct draft *draft, uint32_t target)
{
	for (size_t i = 0; i < draft->column_count; i++)
		if (draft->columns[i].target == (int32_t)target)
			return &draft->columns[i];
	return NULL;
}

/* ---- what the user said ---- */

static bool listed(const char **list, size_t count, hufu_view name)
{
	for (size_t i = 0; i < count; i++)
		if (view_is(name, list[i]))
			return true;
	return false;
}

static const char look[] = "look at the header line for its name";

static hufu_status column_named(const struct draft *draft, const char *name, uint32_t *out, hufu_error *error)
{
	int32_t at = meta_column(&draft->meta, view_of(name));
	if (at < 0 || !draft_column_for(draft, (uint32_t)at))
		return fail(error, HUFU_USAGE, view_of(name), "no such column in this source", look);
	*out = (uint32_t)at;
	return HUFU_OK;
}

static hufu_status settle_key(struct draft *draft, hufu_error *error)
{
	const struct draft_options *o = draft->options;
	struct meta *meta = &draft->meta;
	uint32_t at;
	hufu_status status;
	if (draft->old) {
		for (size_t i = 0; i < o->key_count; i++)
			if (o->key_count != meta->key_count ||
			        !view_is(view_of(o->keys[i]), meta->columns[meta->key[i]].name))
				return fail(error, HUFU_CONFLICT, view_of(meta->dataset), "is sealed with another key",
				        "leave --key out, or seal under another dataset name");
		for (size_t i = 0; i < meta->key_count; i++)
			if ((status = column_named(draft, meta->columns[meta->key[i]].name, &at, error)))
				return status == HUFU_USAGE
				               ? fail(error, HUFU_CONFLICT, view_of(meta->columns[meta->key[i]].name),
				                         "is this dataset's key and no column of this source",
				                         "another table takes another dataset name")
				               : status;
		return HUFU_OK;
	}
	meta->key = calloc(o->key_count + 4, sizeof *meta->key);
	if (!meta->key)
		return fail(error, HUFU_NO_MEMORY, view_of(meta->dataset), "no memory", NULL);
	for (size_t i = 0; i < o->key_count; i++, meta->key_count++)
		if ((status = column_named(draft, o->keys[i], &meta->key[i], error)))
			return status;
	return HUFU_OK;
}

/* "COL" or "COL@SPACE". A column whose name holds an '@' is meant when there is one of that whole name. */
static hufu_status settle_person(struct draft *draft, hufu_error *error)
{
	struct meta *meta = &draft->meta;
	const char *said = draft->options->person, *space = said ? strrchr(said, '@') : NULL;
	uint32_t at = 0;
	if (!said)
		return HUFU_OK;
	if (meta_column(meta, view_of(said)) >= 0)
		space = NULL;
	AUTO_FREE char *name = strndup(said, space ? (size_t)(space - said) : strlen(said));
	hufu_status status = name ? column_named(draft, name, &at, error) : HUFU_NO_MEMORY;
	if (status)
		return status;
	if (draft->old && meta->person != (int32_t)at)
		return fail(error, HUFU_CONFLICT, view_of(meta->dataset), "is sealed with another person column",
		        "leave --person out, or seal under another dataset name");
	meta->person = (int32_t)at;
	if (space && space[1]) {
		free(meta->space);
		meta->space = strdup(space + 1);
	}
	return HUFU_OK;
}

/* A column that this source or an earlier one has: a snapshot from before a column came in is no mistake. */
static hufu_status column_known(const struct draft *draft, const char *name, uint32_t *out, hufu_error *error)
{
	int32_t at = meta_column(&draft->meta, view_of(name));
	if (at < 0)
		return fail(error, HUFU_USAGE, view_of(name), "no such column in this source", look);
	*out = (uint32_t)at;
	return HUFU_OK;
}

/* "md5:mobile", or "none": no derived columns. */
static hufu_status settle_forms(const struct draft *draft, hufu_error *error)
{
	const struct draft_options *o = draft->options;
	for (size_t i = 0; i < o->form_count; i++) {
		const char *colon = strchr(o->forms[i], ':');
		if (!strcmp(o->forms[i], "none"))
			continue;
		if (!colon || !form_by_name(view_make(o->forms[i], (size_t)(colon - o->forms[i]))) ||
		        !ident_by_name(view_of(colon + 1)))
			return fail(error, HUFU_USAGE, view_of(o->forms[i]), "is no FORM:KIND",
			        "md5, sha1, sha256, masked, md5+86 and a kind: md5:mobile");
	}
	return HUFU_OK;
}

static hufu_status settle_roles(struct draft *draft, hufu_error *error)
{
	const struct draft_options *o = draft->options;
	hufu_status status = HUFU_OK;
	uint32_t at = 0;
	for (size_t i = 0; i < o->facet_count && !status; i++)
		if (!(status = column_known(draft, o->facets[i], &at, error)))
			draft->meta.columns[at].facet = true;
	for (size_t i = 0; i < o->private_count && !status; i++)
		if (!(status = column_known(draft, o->privates[i], &at, error)))
			draft->meta.columns[at].role = ROLE_PRIVATE;
	for (size_t i = 0; i < o->public_count && !status; i++)
		if (!(status = column_known(draft, o->publics[i], &at, error)))
			draft->meta.columns[at].role = ROLE_PUBLIC;
	bool added;
	for (size_t i = 0; i < o->export_count && !status; i++)
		status = meta_add_export(&draft->meta, o->exports[i], &added, error);
	return status;
}

/* The column's name as it is kept: printable, numbered where it is empty or comes twice. */
static void column_name(const struct draft *draft, hufu_view raw, size_t number, char *out, size_t cap)
{
	char clean[200];
	printable(view_trim(raw), clean, sizeof clean);
	snprintf(out, cap, "%s", clean);
	if (!clean[0])
		snprintf(out, cap, "column %zu", number + 1);
	for (int again = 2; again < 1000; again++) {
		int32_t at = meta_column(&draft->meta, view_of(out));
		if (at < 0 || !draft_column_for(draft, (uint32_t)at))
			return;
		snprintf(out, cap, "%s (%d)", clean, again);
	}
}

/* What is left out once stays out: a later snapshot must not seal it because nobody thought of saying so again. */
static hufu_status settle_skips(struct draft *draft, const hufu_view *names, size_t count, hufu_error *error)
{
	const struct draft_options *o = draft->options;
	struct meta *meta = &draft->meta;
	for (size_t i = 0; i < o->skip_count; i++) {
		bool known = listed((const char **)meta->skips, meta->skip_count, view_of(o->skips[i])), here = false;
		for (size_t j = 0; j < count; j++)
			here |= view_is(view_trim(names[j]), o->skips[i]);
		if (!known && !here)
			return fail(error, HUFU_USAGE, view_of(o->skips[i]), "no such column in this source", look);
		if (!known && !meta_add_text(&meta->skips, &meta->skip_count, view_of(o->skips[i])))
			return fail(error, HUFU_NO_MEMORY, view_of(meta->dataset), "no memory", NULL);
	}
	return HUFU_OK;
}

hufu_status draft_header(struct draft *draft, const hufu_view *names, size_t count, hufu_error *error)
{
	struct meta *meta = &draft->meta;
	draft->columns = calloc(count + 1, sizeof *draft->columns);
	if (!draft->columns)
		return fail(error, HUFU_NO_MEMORY, view_of(meta->dataset), "no memory", NULL);
	hufu_status status = settle_skips(draft, names, count, error);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++, draft->column_count++) {
		char name[256];
		column_name(draft, names[i], i, name, sizeof name);
		draft->columns[i].target = -1;
		draft->columns[i].source = (uint32_t)i;
		draft->file_count = i + 1;
		if (listed((const char **)meta->skips, meta->skip_count, view_of(name)))
			continue;
		int32_t target = meta_column(meta, view_of(name));
		if (target < 0)
			target = meta_add_column(meta, view_of(name));
		if (target < 0)
			return fail(error, HUFU_NO_MEMORY, view_of(meta->dataset), "no memory", NULL);
		draft->columns[i].target = target;
	}
	if (meta->column_count > BATCH_COLUMNS_MAX)
		return fail(error, HUFU_LIMIT, view_of(meta->dataset), "has more than 4096 columns over its snapshots",
		        "leave some out with --skip");
	status = settle_key(draft, error);
	if (!status)
		status = settle_person(draft, error);
	if (!status)
		status = settle_forms(draft, error);
	return status ? status : settle_roles(draft, error);
}

/* ---- records ---- */

static void learn_kinds(struct draft *draft, const struct batch *batch, uint32_t first)
{
	for (size_t i = 0; i < draft->column_count && i < batch->columns; i++) {
		struct profile profile;
		if (draft->columns[i].target < 0)
			continue;
		struct seal_column *column = &draft->meta.columns[draft->columns[i].target];
		if (column->decided)
			continue;
		profile_column(batch, (uint32_t)i, first, &profile);
		column->kind = profile.kind;
		column->decided = profile.filled > 0;
	}
	draft->profiled = true;
}

/* Whether the user named the form: --form FORM:KIND. */
static bool form_asked(const struct draft *draft, const struct form *form, const struct ident_kind *kind)
{
	char asked[64];
	snprintf(asked, sizeof asked, "%s:%s", form->name, kind->name);
	return listed(draft->options->forms, draft->options->form_count, view_of(asked));
}

/* Adds the column that shows column `source` in a form, unless it is known: then only a column new to the seal gets
 * one. */
static hufu_status derive(struct draft *draft, size_t source, const struct form *form, hufu_error *error)
{
	char name[300];
	int32_t base = draft->columns[source].target, target = meta_derived(&draft->meta, base, form->id);
	if (target < 0 && draft->old && (size_t)base < draft->old->meta.column_count &&
	        draft->old->meta.columns[base].decided)
		return form_asked(draft, form, draft->meta.columns[base].kind)
		               ? fail(error, HUFU_CONFLICT, view_of(draft->meta.dataset),
		                         "was sealed without that form, which comes with the first snapshot",
		                         "seal its snapshots under another dataset name with that --form")
		               : HUFU_OK;
	if (target < 0) {
		snprintf(name, sizeof name, "%s|%s", draft->meta.columns[base].name, form->name);
		target = meta_add_column(&draft->meta, view_of(name));
	}
	struct draft_column *grown = realloc(draft->columns, (draft->column_count + 1) * sizeof *grown);
	if (grown)
		draft->columns = grown;
	if (target < 0 || !grown || draft->meta.column_count > BATCH_COLUMNS_MAX)
		return fail(error, HUFU_NO_MEMORY, view_of(draft->meta.dataset), "no memory, or too many columns",
		        "leave some out with --skip");
	struct seal_column *column = &draft->meta.columns[target];
	column->kind = draft->meta.columns[base].kind;
	column->decided = true;
	column->form = form->id;
	column->base = base;
	grown[draft->column_count++] =
	        (struct draft_column){ .target = target, .source = (uint32_t)source, .form = form };
	return HUFU_OK;
}

/* By default md5 and the usual mask of mobiles and resident IDs; more by --form FORM:KIND, none by --form none. */
static bool form_wanted(const struct draft *draft, const struct form *form, const struct ident_kind *kind)
{
	const struct draft_options *o = draft->options;
	bool usual = !strcmp(form->name, "md5") || !strcmp(form->name, "masked");
	bool common = !strcmp(kind->name, "mobile") || !strcmp(kind->name, "resident_id");
	return form_asked(draft, form, kind) || (usual && common && !listed(o->forms, o->form_count, view_of("none")));
}

static hufu_status derive_columns(struct draft *draft, hufu_error *error)
{
	for (size_t i = 0; i < draft->file_count; i++) {
		int32_t base = draft->columns[i].target;
		const struct ident_kind *kind = base < 0 ? NULL : draft->meta.columns[base].kind;
		for (uint8_t id = 1; kind && form_by_id(id); id++) {
			hufu_status status = HUFU_OK;
			if (form_wanted(draft, form_by_id(id), kind) || meta_derived(&draft->meta, base, id) >= 0)
				status = derive(draft, i, form_by_id(id), error);
			if (status)
				return status;
		}
	}
	return HUFU_OK;
}

hufu_status draft_add(struct draft *draft, const struct batch *batch, uint32_t first, hufu_error *error)
{
	if (first >= batch->rows)
		return HUFU_OK;
	if (batch->columns != draft->file_count)
		return fail(error, HUFU_MALFORMED, view_of(draft->meta.dataset),
		        "its files have different numbers of columns", "seal files with one header");
	hufu_status status = HUFU_OK;
	if (!draft->profiled) {
		learn_kinds(draft, batch, first);
		status = derive_columns(draft, error);
		if (!status)
			status = intake_begin(draft, error);
	}
	return status ? status : intake_add(draft, batch, first, error);
}

/* ---- sealing ---- */

static hufu_status already_sealed(struct draft *draft, int64_t instant, bool *unchanged, hufu_error *error)
{
	uint8_t digest[DIGEST_LEN];
	int32_t at = meta_snapshot(&draft->meta, instant);
	*unchanged = false;
	if (at < 0)
		return HUFU_OK;
	draft_digest(draft, digest);
	*unchanged = memcmp(digest, draft->meta.snapshots[at].digest, DIGEST_LEN) == 0;
	return *unchanged ? HUFU_OK
	                  : fail(error, HUFU_CONFLICT, view_of(draft->meta.snapshots[at].as_of),
	                            "was sealed with other content as of this instant",
	                            "give the time at which this content was taken");
}

hufu_status draft_seal(struct draft *draft, hufu_view as_of, int64_t instant, void (*progress)(double share),
        struct draft_outcome *out, hufu_error *error)
{
	struct draft_outcome outcome = { .first = !draft->old, .rows = draft->rows };
	if (!draft->rows)
		return fail(error, HUFU_MALFORMED, view_of(draft->meta.dataset), "the source has no records",
		        "check the file");
	if (draft->meta.snapshot_count >= SNAPSHOTS_MAX)
		return fail(error, HUFU_LIMIT, view_of(draft->meta.dataset), "has 65,000 snapshots",
		        "hufu forget --before");
	hufu_status status = intake_end(draft, error);
	if (!status)
		status = draft_number_rows(draft, error);
	if (!status)
		status = already_sealed(draft, instant, &outcome.unchanged, error);
	if (!status && outcome.unchanged)
		outcome.bytes = draft->old->size;
	else if (!status)
		status = weave(draft, as_of, instant, progress, &outcome, error);
	if (status)
		return status;
	outcome.duplicates = draft->duplicates;
	outcome.empty_keys = draft->empty_keys;
	*out = outcome;
	return HUFU_OK;
}
