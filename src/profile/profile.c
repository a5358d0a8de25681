/* Learns a column's kind by letting every kind try a sample of its cells.
 *
 * A kind with a check digit or a narrow shape needs a third of the cells (a column of contacts may hold landlines too);
 * a loose one (names, addresses, dates) needs two thirds, since other words pass for it now and then. */
#include "profile/profile.h"
#include "table/names.h"
#include <string.h>

enum { SAMPLE = 400, KINDS_MAX = 64, SCRATCH = 1024 };

static const double share_narrow = 1.0 / 3, share_loose = 2.0 / 3, share_possible = 0.1;

static bool holds(const struct ident_kind *kind, hufu_view cell)
{
	char scratch[SCRATCH + IDENT_SLACK];
	struct ident_text out = { scratch, 0, sizeof scratch };
	return cell.len <= SCRATCH && kind->normalise(cell, &out);
}

static uint32_t step_for(uint32_t rows)
{
	return rows > SAMPLE ? rows / SAMPLE : 1;
}

void profile_column(const struct batch *batch, uint32_t column, uint32_t first, struct profile *out)
{
	uint32_t counts[KINDS_MAX] = { 0 };
	*out = (struct profile){ 0 };
	for (uint32_t row = first; row < batch->rows; row += step_for(batch->rows)) {
		hufu_view cell = batch_cell(batch, column, row);
		if (ident_is_empty(cell))
			continue;
		out->filled++;
		for (size_t k = 0; k < ident_kinds_count && k < KINDS_MAX; k++)
			counts[k] += holds(ident_kinds[k], cell);
	}
	/* Likeliest first; among equals a kind with a check digit before a loose one, as the table has them. */
	while (out->kind_count < PROFILE_KINDS) {
		size_t best = KINDS_MAX;
		for (size_t k = 0; k < ident_kinds_count && k < KINDS_MAX; k++)
			if (counts[k] && counts[k] >= share_possible * out->filled &&
			        (best == KINDS_MAX || counts[k] > counts[best]))
				best = k;
		if (best == KINDS_MAX)
			break;
		const struct ident_kind *kind = ident_kinds[best];
		if (!out->kind && counts[best] >= (kind->loose ? share_loose : share_narrow) * out->filled)
			out->kind = kind;
		out->kinds[out->kind_count++] = kind;
		counts[best] = 0;
	}
}

/* ---- header ---- */

static uint32_t digits_in(hufu_view cell)
{
	uint32_t count = 0;
	for (size_t i = 0; i < cell.len; i++)
		count += cell.ptr[i] >= '0' && cell.ptr[i] <= '9';
	return count;
}

/* How the column speaks: above 0 the first cell names it, below 0 it belongs to the data. */
static double column_vote(const struct batch *batch, uint32_t column, const struct names *first)
{
	struct profile profile;
	hufu_view head = view_trim(batch_cell(batch, column, 0));
	uint32_t cells = 0, with_digits = 0, same = 0, same_len = 0, next_len = UINT32_MAX;
	profile_column(batch, column, 1, &profile);
	if (profile.kind && head.len)
		return holds(profile.kind, head) ? (profile.kind->loose ? -1 : -3) : profile.kind->loose ? 1 : 2;
	for (uint32_t row = 1; row < batch->rows; row += step_for(batch->rows)) {
		hufu_view cell = view_trim(batch_cell(batch, column, row));
		/* A whole line that comes again may be one of names, in a text of several pages. */
		if (!cell.len || (batch->columns > 1 && view_equal(cell, head) && names_repeated(first, batch, row)))
			continue;
		cells++;
		with_digits += digits_in(cell) > 0;
		same += view_equal(cell, head);
		next_len = next_len == UINT32_MAX ? (uint32_t)cell.len : next_len;
		same_len += cell.len == next_len;
	}
	if (!cells)
		return 0;
	if (same)
		return -2; /* a value that comes again is no name */
	if (with_digits == cells)
		return !digits_in(head) ? 1 : head.len == next_len && same_len == cells ? -1 : 0;
	return same_len == cells && cells > 3 && head.len != next_len ? 0.5 : 0;
}

/* Names of columns are there, differ from each other, and are short. */
static bool may_be_names(const struct batch *batch)
{
	uint32_t named = 0;
	for (uint32_t column = 0; column < batch->columns; column++) {
		hufu_view name = view_trim(batch_cell(batch, column, 0));
		if (name.len > 256 || memchr(name.ptr, '@', name.len))
			return false;
		named += name.len > 0 && digits_in(name) < 6;
		for (uint32_t other = 0; other < column && column < 64; other++)
			if (name.len && view_equal(name, view_trim(batch_cell(batch, other, 0))))
				return false;
	}
	return 2 * named > batch->columns;
}

static bool looks_like_data(hufu_view cell)
{
	for (size_t k = 0; k < ident_kinds_count; k++)
		if (holds(ident_kinds[k], cell))
			return true;
	return digits_in(cell) * 2 > cell.len;
}

bool profile_header(const struct batch *batch)
{
	double votes = 0;
	struct names first = { 0 };
	if (!may_be_names(batch) || (batch->rows > 1 && !names_keep(&first, batch, 0)))
		return false;
	for (uint32_t column = 0; column < batch->columns && batch->rows > 1; column++)
		votes += column_vote(batch, column, &first);
	names_done(&first);
	for (uint32_t column = 0; column < batch->columns && batch->rows == 1; column++)
		votes += looks_like_data(batch_cell(batch, column, 0)) ? -1 : 0.1;
	return votes > 0;
}
