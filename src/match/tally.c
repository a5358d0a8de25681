/* Counts people: distinct humans over rows and datasets.
 *
 * Rows give person numbers; numbers meet within a person space; joins make the accounts of one human one. A team
 * gathers the rows by number, in parts, and reads the parts: each human's rows lie together in one of them. */
#include "base/le.h"
#include "base/radix.h"
#include "base/team.h"
#include "match/trial.h"
#include "seal/people.h"
#include <stdlib.h>

enum { GATHER_ROWS = 1 << 16, PART_ROWS = 1 << 14, PART_BITS_MAX = 10 };

/* The humans behind marked rows. */
struct owners {
	struct matcher *matcher;
	struct rowset *const *sets; /* [seals]: NULL leaves one out */
	const bool *same;           /* datasets of their space */
	struct seal_join *joins;
	size_t join_count;
	struct radix *radix; /* by human; value: seal << 32 | row */
	size_t which;        /* the seal that is being gathered */
	/* Hears of every human once, from any thread; may be NULL. */
	void (*human)(void *user, const struct radix_item *rows, size_t count);
	void *user;
	uint64_t people;
	bool failed;
};

static void rows_gather(void *user, size_t piece, unsigned worker)
{
	struct owners *owners = user;
	struct seal *seal = owners->matcher->seals[owners->which];
	const struct rowset *set = owners->sets[owners->which];
	uint64_t from = piece * GATHER_ROWS, to = from + GATHER_ROWS;
	to = to < seal->meta.rows ? to : seal->meta.rows;
	for (uint64_t row = rowset_next(set, from, to); row < to; row = rowset_next(set, row + 1, to))
		radix_add(owners->radix, worker,
		        people_root(owners->joins, owners->join_count, seal_person(seal, (uint32_t)row)),
		        (uint64_t)owners->which << 32 | row);
}

static void part_read(void *user, size_t part, unsigned worker)
{
	struct owners *owners = user;
	size_t count = radix_count(owners->radix, part);
	struct radix_item *items = malloc((count + 1) * sizeof *items);
	bool good = items && radix_take(owners->radix, worker, part, items);
	uint64_t people = 0;
	for (size_t i = 0, end; good && i < count; i = end, people++) {
		for (end = i + 1; end < count && items[end].key == items[i].key;)
			end++;
		if (owners->human)
			owners->human(owners->user, items + i, end - i);
	}
	free(items);
	__atomic_fetch_add(&owners->people, people, __ATOMIC_RELAXED);
	if (!good)
		__atomic_store_n(&owners->failed, true, __ATOMIC_RELAXED);
}

/* Goes over all of them; their number is then in `people`. */
static bool owners_each(struct owners *owners)
{
	struct matcher *matcher = owners->matcher;
	unsigned bits = 0;
	uint64_t rows = 0;
	for (size_t i = 0; i < matcher->seal_count; i++)
		rows += owners->same[i] && owners->sets[i] ? rowset_count(owners->sets[i]) : 0;
	while (bits < PART_BITS_MAX && rows >> bits > PART_ROWS)
		bits++;
	owners->radix = radix_new(bits);
	bool good = owners->radix && people_joins(matcher->seals, owners->same, matcher->seal_count, &owners->joins,
	                                     &owners->join_count);
	for (size_t i = 0; good && i < matcher->seal_count; i++) {
		owners->which = i;
		if (owners->same[i] && owners->sets[i])
			team_run(matcher->seals[i]->meta.rows / GATHER_ROWS + 1, rows_gather, owners);
	}
	if (good)
		team_run(radix_parts(owners->radix), part_read, owners);
	good = good && !owners->failed && !radix_failed(owners->radix);
	radix_free(owners->radix);
	free(owners->joins);
	return good;
}

bool people_count(struct matcher *matcher, struct rowset *const *sets, uint64_t *out)
{
	size_t count = matcher->seal_count;
	bool *same = calloc(count + 1, sizeof *same), *done = calloc(count + 1, sizeof *done), good = same && done;
	*out = 0;
	for (size_t i = 0; good && i < count; i++) {
		struct owners owners = { .matcher = matcher, .sets = sets, .same = same };
		if (done[i] || !sets[i])
			continue;
		seal_same_space(matcher->seals, count, i, same);
		good = owners_each(&owners);
		*out += owners.people;
		for (size_t k = 0; k < count; k++)
			done[k] |= same[k];
	}
	free(same);
	free(done);
	return good;
}

/* ---- facets ---- */

static int by_people(const void *a, const void *b)
{
	const struct verdict_share *x = a, *y = b;
	if (x->people != y->people)
		return (x->people < y->people) - (x->people > y->people);
	return strcmp(x->value, y->value);
}

struct faceting {
	const struct seal_column **columns;
	const uint8_t **codes; /* [facets]: as of seal_facet_codes */
	uint64_t **people;     /* [facets][codes] */
	size_t count;
};

/* Who has rows under several values counts once, under the first of them by name. */
static void human_facets(void *user, const struct radix_item *rows, size_t count)
{
	const struct faceting *f = user;
	for (uint32_t facet = 0; facet < f->count; facet++) {
		const struct seal_column *column = f->columns[facet];
		int32_t least = -1;
		for (size_t i = 0; f->codes[facet] && i < count; i++) {
			uint16_t code = le16(f->codes[facet] + (size_t)(uint32_t)rows[i].value * 2);
			if (code < column->facet_count &&
			        (least < 0 || strcmp(column->facet_values[code], column->facet_values[least]) < 0))
				least = code;
		}
		if (least >= 0)
			__atomic_fetch_add(&f->people[facet][least], 1, __ATOMIC_RELAXED);
	}
}

/* How many people each value of one facet has; values nobody has are left out. */
static bool facet_tell(const struct seal_column *column, const uint64_t *people, struct verdict_facet *out)
{
	out->name = strdup(column->name);
	out->values = calloc(column->facet_count + 1, sizeof *out->values);
	bool good = out->name && out->values;
	for (size_t code = 0; good && code < column->facet_count; code++) {
		if (!people[code])
			continue;
		out->values[out->count] = (struct verdict_share){ strdup(column->facet_values[code]), people[code] };
		good = out->values[out->count++].value != NULL;
	}
	if (good)
		qsort(out->values, out->count, sizeof *out->values, by_people);
	return good;
}

static bool faceting_init(struct faceting *f, struct seal *seal)
{
	*f = (struct faceting){ .columns = calloc(seal->meta.column_count + 1, sizeof(struct seal_column *)),
		.codes = calloc(seal->meta.column_count + 1, sizeof(uint8_t *)),
		.people = calloc(seal->meta.column_count + 1, sizeof(uint64_t *)) };
	bool good = f->columns && f->codes && f->people;
	for (uint32_t c = 0; good && c < seal->meta.column_count; c++) {
		if (!seal->meta.columns[c].facet)
			continue;
		f->columns[f->count] = &seal->meta.columns[c];
		f->codes[f->count] = seal_facet_codes(seal, (uint32_t)f->count);
		f->people[f->count] = calloc(seal->meta.columns[c].facet_count + 1, sizeof **f->people);
		good = f->people[f->count++] != NULL;
	}
	return good;
}

static void faceting_done(struct faceting *f)
{
	for (size_t i = 0; f->people && i < f->count; i++)
		free(f->people[i]);
	free(f->people);
	free(f->codes);
	free(f->columns);
}

bool facets_tell(struct matcher *matcher, size_t which, struct rowset *rows, struct verdict_dataset *out)
{
	struct seal *seal = matcher->seals[which];
	struct faceting f;
	bool *same = calloc(matcher->seal_count + 1, sizeof *same);
	struct rowset **sets = calloc(matcher->seal_count + 1, sizeof(struct rowset *));
	struct owners owners = { .matcher = matcher, .sets = sets, .same = same, .user = &f };
	bool good = faceting_init(&f, seal) && same && sets;
	if (good) {
		seal_same_space(matcher->seals, matcher->seal_count, which, same);
		sets[which] = rows;
		owners.human = f.count ? human_facets : NULL;
		good = owners_each(&owners);
		out->people = owners.people;
	}
	out->facets = calloc(seal->meta.column_count + 1, sizeof *out->facets);
	good = good && out->facets;
	for (size_t i = 0; good && i < f.count; i++)
		good = facet_tell(f.columns[i], f.people[i], &out->facets[out->facet_count++]);
	faceting_done(&f);
	free(same);
	free(sets);
	return good;
}
