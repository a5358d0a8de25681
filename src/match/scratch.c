/* What each thread of a team has for itself: a tokenizer, and room for the rows that a block of records hits. Made
 * once; nothing is allocated while records are looked up. */
#include "base/team.h"
#include "match/trial.h"
#include <stdlib.h>

bool scratches_init(struct matcher *matcher)
{
	matcher->threads = team_size();
	matcher->scratches = calloc(matcher->threads, sizeof *matcher->scratches);
	bool good = matcher->scratches && !tokenizer_init(&matcher->scratches[0].tokenizer, matcher->store->key);
	for (unsigned i = 1; good && i < matcher->threads; i++)
		good = !tokenizer_copy(&matcher->scratches[i].tokenizer, &matcher->scratches[0].tokenizer);
	for (unsigned i = 0; good && i < matcher->threads; i++) {
		matcher->scratches[i].candidates = calloc(POOL_CANDIDATES, sizeof(struct candidate));
		good = matcher->scratches[i].candidates != NULL;
	}
	return good;
}

static void room_free(struct scratch *scratch)
{
	free(scratch->hits);
	free(scratch->fits);
	free(scratch->common);
	scratch->hits = scratch->fits = scratch->common = NULL;
}

bool scratches_fit(struct matcher *matcher, uint32_t columns)
{
	bool good = true;
	for (unsigned i = 0; good && i < matcher->threads; i++) {
		struct scratch *scratch = &matcher->scratches[i];
		room_free(scratch);
		scratch_clear(scratch);
		scratch->hits = malloc((size_t)POOL_CANDIDATES * columns);
		scratch->fits = malloc((size_t)POOL_CANDIDATES * columns);
		scratch->common = malloc((size_t)BLOCK_ROWS * columns);
		good = scratch->hits && scratch->fits && scratch->common;
	}
	return good;
}

bool scratches_probe(struct matcher *matcher, size_t probes)
{
	bool good = true;
	for (unsigned i = 0; good && i < matcher->threads; i++) {
		free(matcher->scratches[i].readings);
		matcher->scratches[i].readings = malloc((BLOCK_ROWS * probes + 1) * sizeof(uint64_t));
		good = matcher->scratches[i].readings != NULL;
	}
	return good;
}

void scratches_done(struct matcher *matcher)
{
	for (unsigned i = 0; matcher->scratches && i < matcher->threads; i++) {
		tokenizer_done(&matcher->scratches[i].tokenizer);
		room_free(&matcher->scratches[i]);
		free(matcher->scratches[i].candidates);
		free(matcher->scratches[i].readings);
	}
	free(matcher->scratches);
}
