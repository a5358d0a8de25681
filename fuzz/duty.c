/* A rule pack from its bytes to duties: the YAML reader, the tree, every field, the judge; or, when the first byte is
 * odd, one comparison by itself. Whatever the bytes, there are rules or faults, and an answer. */
#include "duty/pack.h"
#include "read/read.h"

#include <stdlib.h>

/* libFuzzer's name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct fact facts[] = {
	{ "people", "4850000", FACT_CLAIMED, "a", 0 },
	{ "people", "12", FACT_ESTIMATED, "b", 0 },
	{ "people_sensitive.CN", "39900", FACT_CLAIMED, "a", 0 },
	{ "sector", "automotive", FACT_CONFIRMED, "", 0 },
	{ "outage_h", "0.5", FACT_CLAIMED, "", 0 },
	{ "learned_at", "2026-09-29T23:30:00+08:00", FACT_CLAIMED, "", 0 },
	{ "handled_end", "2026-12-31", FACT_CLAIMED, "", 0 },
};

static void judge(const struct duties *duties)
{
	struct judgement judgement;
	if (duties_judge(duties, facts, LEN(facts), 1790000000, &judgement, NULL) != HUFU_OK)
		return;
	json_t *object = judgement_json(&judgement, duties);
	json_decref(object);
	judgement_done(&judgement);
	struct bytes text = { 0 };
	if (duties_count(duties))
		duties_explain(
		        duties, facts, LEN(facts), duties_rule(duties, 0)->id, true, 1790000000, &text, NULL, NULL);
	bytes_done(&text);
}

static void read_pack(hufu_view text, size_t chunk)
{
	struct duties *duties = calloc(1, sizeof *duties);
	struct tree_builder builder = { .pool = duties ? &duties->pool : NULL };
	struct sink *sink = duties ? sink_local(tree_take, &builder) : NULL;
	struct source source;
	source_memory(&source, text);
	source.chunk = chunk;
	if (sink && read_as(view_of("yaml"), &source, &read_limits_usual, sink) == HUFU_OK) {
		/* What our own reader sends is a tree. */
		if (builder.wrong)
			abort();
		if (builder.why == JAIL_WHY_NONE && builder.root) {
			duties_add(duties, "pack.yaml", builder.root);
			duties_settle(duties);
			if (!duties->rules && !duties->faults && !duties->packs && !duties->calendars &&
			        !duties->pool.failed)
				abort();
			judge(duties);
		}
	}
	sink_free(sink);
	duties_free(duties);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pool pool = { 0 };
	struct test test;
	if (len == 0)
		return 0;
	hufu_view text = view_make(data + 1, len - 1);
	if (data[0] % 2 == 0)
		read_pack(text, data[0] / 2 % 32);
	else if (!test_parse(text, &pool, &test) && !test.kind && !test.standard)
		abort();
	pool_done(&pool);
	return 0;
}
