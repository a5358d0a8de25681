/* Persons in a line: two names, or two resident IDs, are two persons; so are two mobile numbers, unless one person has
 * both. Who owns what goes by order where the text begins or ends with what tells persons apart, else by distance. */
#include "read/people.h"

#include "base/utf8.h"

struct group {
	hufu_view text;
	const struct scan_hit *hits;
	size_t count;
	const struct ident_kind *anchor; /* the kind that tells persons apart; NULL: one person */
	uint16_t anchors[PEOPLE_MAX];    /* places of its hits */
	size_t persons;
};

static bool is_kind(const struct ident_kind *kind, const char *name)
{
	return kind && strcmp(kind->name, name) == 0;
}

static size_t count_of(const struct group *group, const struct ident_kind *kind)
{
	size_t count = 0;
	for (size_t i = 0; i < group->count; i++)
		count += group->hits[i].kind == kind;
	return count;
}

/* "138... / 139...", "138...或139...": two numbers of one person. */
static bool joined(hufu_view between)
{
	static const char *const words[] = { "或", "/", "、", "or", "和", "及", "备用", "&", "+", "另" };
	if (between.len > 30)
		return false;
	for (size_t i = 0; i < LEN(words); i++)
		if (view_find(between, words[i]))
			return true;
	return view_trim(between).len == 0;
}

static hufu_view between(const struct group *group, size_t first, size_t second)
{
	size_t from = (size_t)group->hits[first].at + group->hits[first].len;
	size_t to = group->hits[second].at;
	return to > from ? view_make(group->text.ptr + from, to - from) : view_of("");
}

/* The commonest strong kind, the first of equals; how often in *times. */
static const struct ident_kind *commonest(const struct group *group, size_t *times)
{
	const struct ident_kind *best = NULL;
	*times = 0;
	for (size_t i = 0; i < group->count; i++) {
		size_t count = group->hits[i].kind->strong ? count_of(group, group->hits[i].kind) : 0;
		if (count > *times) {
			*times = count;
			best = group->hits[i].kind;
		}
	}
	return best;
}

static bool all_joined(const struct group *group, const struct ident_kind *kind)
{
	size_t last = SIZE_MAX;
	for (size_t i = 0; i < group->count; i++) {
		if (group->hits[i].kind != kind)
			continue;
		if (last != SIZE_MAX && !joined(between(group, last, i)))
			return false;
		last = i;
	}
	return true;
}

static void choose_anchor(struct group *group)
{
	const struct ident_kind *name = ident_by_name(view_of("name")), *id = ident_by_name(view_of("resident_id"));
	size_t names = count_of(group, name), ids = count_of(group, id), times;
	group->anchor = NULL;
	if (names >= 2 && names >= ids) {
		group->anchor = name;
	} else if (ids >= 2) {
		group->anchor = id;
	} else {
		const struct ident_kind *kind = commonest(group, &times);
		bool led = names + ids > 0;
		bool one = times < 2 || (led && times <= PEOPLE_VALUES) ||
		           ((led || times <= PEOPLE_VALUES) && all_joined(group, kind));
		group->anchor = one ? NULL : kind;
	}
	for (size_t i = 0; i < group->count && group->persons < PEOPLE_MAX; i++)
		if (group->hits[i].kind == group->anchor)
			group->anchors[group->persons++] = (uint16_t)i;
}

/* Bytes between two hits, with a fine for every border of a clause. */
static size_t distance(const struct group *group, size_t a, size_t b)
{
	static const struct {
		const char *border;
		size_t fine;
	} borders[] = { { "。", 400 }, { ";", 300 }, { "；", 300 }, { "\n", 200 }, { "，", 40 }, { ",", 40 } };
	hufu_view gap = a < b ? between(group, a, b) : between(group, b, a);
	size_t sum = gap.len;
	for (size_t i = 0; i < LEN(borders); i++)
		if (view_find(gap, borders[i].border))
			sum += borders[i].fine;
	return sum;
}

/* The persons on both sides of hit i: the last anchor at or before it, and the next one; equal at the ends. */
static void neighbours(const struct group *group, size_t i, size_t *before, size_t *behind)
{
	size_t low = 0;
	while (low < group->persons && group->anchors[low] <= i)
		low++;
	*before = low ? low - 1 : 0;
	*behind = low < group->persons ? low : group->persons - 1;
	if (low && group->anchors[low - 1] == i)
		*behind = *before;
}

static void assign(const struct group *group, uint16_t *owner)
{
	size_t first = 0, last = group->count - 1;
	while (first < last && is_kind(group->hits[first].kind, "date"))
		first++;
	while (last > first && is_kind(group->hits[last].kind, "date"))
		last--;
	bool forward = group->hits[first].kind == group->anchor;
	bool backward = !forward && group->hits[last].kind == group->anchor;
	for (size_t i = 0; i < group->count; i++) {
		size_t before, behind;
		neighbours(group, i, &before, &behind);
		bool nearer = distance(group, group->anchors[before], i) <= distance(group, group->anchors[behind], i);
		owner[i] = (uint16_t)(forward || (!backward && nearer) ? before : behind);
	}
}

/* Without anything strong beside it, what only looks like a name is none. */
static size_t drop_doubtful(
        struct group *group, const struct scan_hit *hits, size_t count, struct scan_hit *kept, uint16_t *places)
{
	bool strong = false;
	size_t put = 0;
	for (size_t i = 0; i < count; i++)
		strong = strong || hits[i].kind->strong;
	for (size_t i = 0; i < count; i++)
		if (hits[i].sure || strong) {
			kept[put] = hits[i];
			places[put++] = (uint16_t)i;
		}
	group->hits = kept;
	group->count = put;
	return put;
}

size_t people_part(hufu_view text, const struct scan_hit *hits, size_t count, uint16_t *owner)
{
	struct group group = { .text = text };
	struct scan_hit kept[SCAN_HITS_MAX];
	uint16_t places[SCAN_HITS_MAX], owners[SCAN_HITS_MAX] = { 0 };
	for (size_t i = 0; i < count; i++)
		owner[i] = PEOPLE_NOBODY;
	if (count > SCAN_HITS_MAX)
		count = SCAN_HITS_MAX;
	if (!drop_doubtful(&group, hits, count, kept, places))
		return 0;
	choose_anchor(&group);
	if (group.persons > 1)
		assign(&group, owners);
	for (size_t i = 0; i < group.count; i++)
		owner[places[i]] = owners[i];
	return group.persons ? group.persons : 1;
}
