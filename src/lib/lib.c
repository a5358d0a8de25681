/* The five functions of hufu.h. */
#include "lib/lib.h"
#include "base/clock.h"
#include <stdlib.h>

struct hufu {
	struct store *store;
	struct hufu_verdict **verdicts;
	size_t verdict_count;
};

hufu_status header_check(const struct source *source, const char *path, hufu_error *error)
{
	size_t count;
	char scratch[512];
	const hufu_view *names = source_header(source, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < ident_kinds_count; k++) {
			struct ident_text out = { scratch, 0, sizeof scratch };
			if (ident_kinds[k]->strong && names[i].len + IDENT_SLACK < sizeof scratch &&
			        ident_kinds[k]->normalise(names[i], &out))
				return fail(error, HUFU_MALFORMED, view_of(path),
				        "has no header: its first line holds data",
				        "put a line with the columns' names first");
		}
	return HUFU_OK;
}

static hufu_status take_source(
        struct source *source, struct draft *draft, const struct seal_request *request, hufu_error *error)
{
	const struct batch *batch;
	uint32_t first;
	bool begun = false;
	uint64_t done, all;
	for (;;) {
		hufu_status status = source_next(source, &batch, &first, error);
		if (status)
			return status;
		if (!batch)
			return begun ? HUFU_OK
			             : fail(error, HUFU_MALFORMED, view_of(request->source), "is empty",
			                       "check the file");
		if (!begun) {
			size_t count;
			const hufu_view *names = source_header(source, &count);
			status = header_check(source, request->source, error);
			if (!status)
				status = draft_header(draft, names, count, error);
			begun = true;
		}
		if (!status)
			status = draft_add(draft, batch, first, error);
		if (status)
			return status;
		source_progress(source, &done, &all);
		if (request->reading)
			request->reading(done, all);
	}
}

hufu_status seal_source(
        struct store *store, const struct seal_request *request, struct seal_result *out, hufu_error *error)
{
	struct source *source = NULL;
	struct draft *draft = NULL;
	int64_t instant;
	hufu_view dataset = view_of(request->dataset);
	hufu_status status = clock_parse(view_of(request->as_of), store->zone, &instant, error);
	if (!status && store->lock_fd < 0)
		status = store_lock(store, error);
	if (!status)
		status = source_open(request->source, &source, error);
	if (!status)
		status = draft_new(store, dataset, &request->options, &draft, error);
	if (!status)
		status = take_source(source, draft, request, error);
	if (!status)
		status = draft_seal(draft, view_of(request->as_of), instant, request->weaving, &out->outcome, error);
	out->export_noted = false;
	if (!status)
		out->malformed = source_malformed(source);
	/* The old seal is mapped by the draft: let go of it before it is looked at anew. */
	draft_free(draft);
	source_close(source);
	/* With every snapshot: an older one may hold too few keys to show that others refer to them. */
	if (!status && !out->outcome.unchanged)
		status = seal_find_space(store, dataset, error);
	/* What is sealed may be declared an export later. */
	if (!status && out->outcome.unchanged && request->options.export_count)
		status = seal_note_exports(store, dataset, request->options.exports, request->options.export_count,
		        &out->export_noted, error);
	return status;
}

/* ---- hufu.h ---- */

hufu_status hufu_open(const char *store, hufu **out, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	hufu *opened = calloc(1, sizeof *opened);
	if (!opened)
		return fail(error, HUFU_NO_MEMORY, view_of(store), "no memory", NULL);
	hufu_status status = store_dir(store, &dir, error);
	if (!status)
		status = store_open(dir, &opened->store, error);
	if (status) {
		free(opened);
		return status;
	}
	*out = opened;
	return HUFU_OK;
}

hufu_status hufu_seal(hufu *handle, const char *dataset, const char *source, const char *as_of, hufu_error *error)
{
	struct seal_result result;
	return seal_source(handle->store,
	        &(struct seal_request){ .dataset = dataset, .source = source, .as_of = as_of }, &result, error);
}

static struct hufu_verdict *verdict_slot(hufu *handle)
{
	struct hufu_verdict **grown =
	        realloc(handle->verdicts, (handle->verdict_count + 1) * sizeof(struct hufu_verdict *));
	if (!grown)
		return NULL;
	handle->verdicts = grown;
	return grown[handle->verdict_count] = calloc(1, sizeof(hufu_verdict));
}

hufu_status hufu_match(hufu *handle, const char *leak, hufu_verdict **out, hufu_error *error)
{
	struct job_seals seals;
	struct job_options options = { 0 };
	struct hufu_verdict *verdict = verdict_slot(handle);
	if (!verdict)
		return fail(error, HUFU_NO_MEMORY, view_of(leak), "no memory", NULL);
	hufu_status status = job_seals_open(handle->store, &seals, error);
	if (!status) {
		status = job_match(handle->store, &seals, leak, &options, verdict, error);
		job_seals_close(&seals);
	}
	if (status) {
		verdict_done(verdict);
		free(verdict);
		return status;
	}
	handle->verdict_count++;
	*out = verdict;
	return HUFU_OK;
}

const char *hufu_verdict_json(hufu_verdict *verdict)
{
	struct bytes json = { 0 };
	if (!verdict->json && verdict_json(verdict, &json) == HUFU_OK) {
		bytes_byte(&json, 0);
		verdict->json = json.failed ? NULL : json.ptr;
	}
	return verdict->json;
}

void hufu_close(hufu *handle)
{
	if (!handle)
		return;
	for (size_t i = 0; i < handle->verdict_count; i++) {
		verdict_done(handle->verdicts[i]);
		free(handle->verdicts[i]);
	}
	free(handle->verdicts);
	store_close(handle->store);
	free(handle);
}
