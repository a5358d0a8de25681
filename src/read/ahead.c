/* A text is cut at line ends into pieces, and a crew scans those units of a piece that the sieve does not pass over. It
 * keeps their hits, with their places, until they are asked for. See ahead.h. */
#include "read/ahead.h"

#include "base/crew.h"
#include "base/team.h"
#include "base/utf8.h"

#include <stdlib.h>

enum {
	PIECE = 16 << 10, /* bytes, and what is left of the last line */
	PIECES = 64,      /* of a text; what lies behind is scanned when it is asked for */
	PIECE_UNITS = 512,
	PIECE_HITS = 3 * SCAN_HITS_MAX,
	THREADS = 16,   /* at most: each takes a stack out of what the jail leaves */
	WORTH_PART = 8, /* of a text must be scanned for the next one to be scanned ahead */
};

struct piece {
	size_t from, to; /* in the text */
	size_t units, hits;
	struct piece_unit {
		size_t at, len, first, count; /* place in the text, length; its hits */
	} unit[PIECE_UNITS];
	struct scan_hit hit[PIECE_HITS];
};

static struct {
	struct crew *crew;
	struct piece *pieces, *order[PIECES]; /* [PIECES] in the crew's slots; as they lie in the text */
	struct units shape;                   /* the text, and how it is cut into units */
	size_t count;                         /* pieces that were scanned */
	size_t piece, unit;                   /* where to look for the next unit that is asked for */
	size_t scanned;                       /* bytes of units that were asked for */
} ahead;

/* A line without codes that is long is prose, where a name is nobody's we know: it is not worth scanning. */
static size_t line_scan(hufu_view line, struct scan_hit hits[SCAN_HITS_MAX])
{
	enum { SHORT = 160 };
	if ((line.len > SHORT || utf8_ascii(line) == line.len) && !scan_may_hold(line))
		return 0;
	return scan_text(line, hits, SCAN_HITS_MAX);
}

/* ---- a worker's part ---- */

static void scan_piece(void *user, size_t number, unsigned worker)
{
	struct piece *piece = &ahead.pieces[number];
	struct units units = ahead.shape;
	hufu_view unit;
	(void)user;
	(void)worker;
	units.text = view_make(ahead.shape.text.ptr + piece->from, piece->to - piece->from);
	units.end = ahead.shape.end && piece->to == ahead.shape.text.len;
	piece->units = piece->hits = 0;
	units_begin(&units);
	while (piece->units < PIECE_UNITS && PIECE_HITS - piece->hits >= SCAN_HITS_MAX && units_seek(&units, &unit)) {
		size_t count = line_scan(unit, piece->hit + piece->hits);
		piece->unit[piece->units].at = (size_t)(unit.ptr - ahead.shape.text.ptr);
		piece->unit[piece->units].len = unit.len;
		piece->unit[piece->units].first = piece->hits;
		piece->unit[piece->units++].count = count;
		piece->hits += count;
	}
}

/* ---- the threads ---- */

void ahead_begin(void)
{
	unsigned threads = team_size();
	if (threads == 1)
		return;
	ahead.pieces = calloc(PIECES, sizeof *ahead.pieces);
	ahead.crew = ahead.pieces ? crew_new(PIECES, threads < THREADS ? threads : THREADS, scan_piece, NULL) : NULL;
	ahead.scanned = 1; /* the first text is worth it */
}

void ahead_end(void)
{
	crew_free(ahead.crew);
	free(ahead.pieces);
	memset(&ahead, 0, sizeof ahead);
}

/* ---- whoever goes through the text ---- */

/* Where the piece that begins at `from` ends: behind a line. */
static size_t piece_end(size_t from)
{
	hufu_view left = view_from(ahead.shape.text, from + PIECE);
	const char *end = left.len ? memchr(left.ptr, ahead.shape.line_end, left.len) : NULL;
	return end ? (size_t)(end - ahead.shape.text.ptr) + 1 : ahead.shape.text.len;
}

void ahead_look(const struct units *units)
{
	bool worth = ahead.scanned * WORTH_PART > ahead.shape.text.len;
	ahead.shape = *units;
	ahead.count = ahead.piece = ahead.unit = ahead.scanned = 0;
	if (!ahead.crew || !worth)
		return;
	for (size_t from = 0; from < units->text.len && ahead.count < PIECES; from = piece_end(from)) {
		size_t slot = crew_slot(ahead.crew);
		ahead.pieces[slot].from = from;
		ahead.pieces[slot].to = piece_end(from);
		ahead.order[ahead.count++] = &ahead.pieces[slot];
		crew_give(ahead.crew, slot);
	}
	crew_wait(ahead.crew);
}

size_t ahead_scan(hufu_view unit, struct scan_hit hits[SCAN_HITS_MAX])
{
	size_t at = ahead.count ? (size_t)(unit.ptr - ahead.shape.text.ptr) : 0;
	ahead.scanned += unit.len;
	while (ahead.piece < ahead.count) {
		const struct piece *piece = ahead.order[ahead.piece];
		while (ahead.unit < piece->units && piece->unit[ahead.unit].at < at)
			ahead.unit++;
		if (ahead.unit < piece->units) {
			const struct piece_unit *known = &piece->unit[ahead.unit];
			if (known->at != at || known->len != unit.len)
				break;
			memcpy(hits, piece->hit + known->first, known->count * sizeof *hits);
			return known->count;
		}
		if (at < piece->to)
			break;
		ahead.piece++;
		ahead.unit = 0;
	}
	return line_scan(unit, hits);
}
