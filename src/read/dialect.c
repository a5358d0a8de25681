/* Finds separators by trying: every candidate that the sample itself suggests splits it, and the one with the most even
 * and richest structure wins. Header lines are not decided here; every line is a record. */
#include "read/dialect.h"

#include "table/batch.h"

#include <math.h>
#include <stdlib.h>

enum {
	TRIED_MAX = 96,     /* candidates */
	RUNS_MAX = 64,      /* different runs of punctuation that are counted */
	RECORDS_MAX = 2000, /* records that a candidate is tried on */
	COUNTED_MAX = 8192, /* cells up to which counts are told apart */
	SAMPLE_MAX = 1 << 20,
	TRIAL_MAX = 256 << 10, /* every candidate is tried on so much; the winner is measured on all */
};

/* How a separator is weighed against another of equal structure. */
enum {
	WEIGHT_CONTROL = 105,
	WEIGHT_TAB = 103,
	WEIGHT_LONG = 102,
	WEIGHT_USUAL = 100,
	WEIGHT_PAIR = 99,
	WEIGHT_ODD = 60,
	WEIGHT_LATE = 45
};

struct candidate {
	char separator[SEPARATOR_MAX];
	uint32_t separator_len;
	int weight;
};

/* How a sample falls apart under a dialect. */
struct outcome {
	uint32_t records, modal, first; /* modal: the commonest number of cells */
	uint32_t modal_records;         /* records with that number */
	uint32_t several;               /* records of two cells or more */
	uint32_t quoted, closed;        /* cells that begin with the quote; that also end properly */
	bool first_plausible;           /* the first record looks like a header */
};

struct finder {
	hufu_view sample, trial;
	bool whole, trial_whole;
	uint32_t *counts; /* [COUNTED_MAX]: records by number of cells; zero between trials */
	uint64_t bytes[256];
	char line_end;
	struct candidate tried[TRIED_MAX];
	size_t tried_count;
};

const char *dialect_label(const struct dialect *dialect)
{
	if (dialect->separator_len == 0)
		return "list";
	if (dialect->separator_len > 1)
		return "text";
	return dialect->separator[0] == '\t' ? "tsv" : "csv";
}

/* ---- quoted cells ---- */

static bool ends_cell(const struct dialect *dialect, hufu_view rest)
{
	if (rest.ptr[0] == dialect->line_end || dialect_separates(dialect, rest))
		return true;
	return dialect->line_end == '\n' && rest.ptr[0] == '\r' && (rest.len == 1 || rest.ptr[1] == '\n');
}

/* Whether the text is too short to tell what follows a quote. */
static bool may_end_cell(const struct dialect *dialect, hufu_view rest)
{
	if (rest.len == 1 && rest.ptr[0] == '\r')
		return true;
	return rest.len < dialect->separator_len && memcmp(rest.ptr, dialect->separator, rest.len) == 0;
}

size_t dialect_quoted(const struct dialect *dialect, hufu_view text, bool end)
{
	for (size_t at = 1; at < text.len;) {
		const char *found = memchr(text.ptr + at, dialect->quote, text.len - at);
		if (!found)
			return 0;
		at = (size_t)(found - text.ptr) + 1;
		if (at == text.len)
			return end ? at : 0;
		if (text.ptr[at] == dialect->quote) {
			at++;
			continue;
		}
		hufu_view rest = view_from(text, at);
		/* Blanks between the quote and the separator are forgiven. */
		while (rest.len > 1 && rest.ptr[0] == ' ' && !ends_cell(dialect, rest))
			rest = view_from(rest, 1);
		if (!end && may_end_cell(dialect, rest))
			return 0;
		return ends_cell(dialect, rest) ? at : SIZE_MAX;
	}
	return 0;
}

/* ---- trying a candidate ---- */

static size_t line_len(hufu_view text, char line_end)
{
	const char *found = memchr(text.ptr, line_end, text.len);
	return found ? (size_t)(found - text.ptr) : text.len;
}

/* A header cell has a name: something in it, and no long number. */
static bool plausible_name(hufu_view cell)
{
	unsigned digits = 0;
	cell = view_trim(cell);
	for (size_t i = 0; i < cell.len; i++)
		digits += cell.ptr[i] >= '0' && cell.ptr[i] <= '9';
	return cell.len > 0 && cell.len < 200 && digits < 4;
}

/* The length of the cell at the beginning of `text`, without what ends it. */
static size_t cell_len(const struct dialect *dialect, hufu_view text, struct outcome *outcome)
{
	size_t at = 0;
	if (dialect->quote && text.ptr[0] == dialect->quote) {
		size_t closed = dialect_quoted(dialect, text, true);
		outcome->quoted++;
		if (closed && closed != SIZE_MAX) {
			outcome->closed++;
			at = closed;
		}
	}
	for (; at < text.len && text.ptr[at] != dialect->line_end; at++)
		if (dialect_separates(dialect, view_from(text, at)))
			break;
	return at;
}

/* Takes one record off `rest`; false at the end, or where the record is not whole. */
static bool next_record(
        const struct dialect *dialect, hufu_view *rest, bool whole, struct outcome *outcome, uint32_t *cells)
{
	bool plausible = true;
	*cells = 0;
	while (rest->len) {
		size_t len = cell_len(dialect, *rest, outcome);
		plausible = plausible && plausible_name(view_make(rest->ptr, len));
		++*cells;
		*rest = view_from(*rest, len);
		if (rest->len == 0)
			break;
		if (rest->ptr[0] == dialect->line_end) {
			*rest = view_from(*rest, 1);
			if (outcome->records == 0)
				outcome->first_plausible = plausible;
			return true;
		}
		*rest = view_from(*rest, dialect->separator_len);
		if (rest->len == 0)
			++*cells; /* the text ends behind a separator */
	}
	if (outcome->records == 0)
		outcome->first_plausible = plausible;
	return whole && *cells > 0;
}

static void skip_blank_lines(hufu_view *rest)
{
	while (rest->len && (rest->ptr[0] == '\n' || rest->ptr[0] == '\r'))
		*rest = view_from(*rest, 1);
}

/* On the whole sample, or on the trial part of it. */
static void try_dialect(struct finder *finder, const struct dialect *dialect, bool all, struct outcome *out)
{
	hufu_view rest = all ? finder->sample : finder->trial;
	const bool whole = all ? finder->whole : finder->trial_whole;
	const uint32_t most = all ? UINT32_MAX : RECORDS_MAX;
	uint32_t cells, highest = 0;
	*out = (struct outcome){ 0 };
	for (skip_blank_lines(&rest); rest.len && out->records < most; skip_blank_lines(&rest)) {
		if (!next_record(dialect, &rest, whole, out, &cells))
			break;
		uint32_t counted = cells < COUNTED_MAX ? cells : COUNTED_MAX - 1;
		if (out->records++ == 0)
			out->first = cells;
		out->several += cells > 1;
		finder->counts[counted]++;
		if (counted > highest)
			highest = counted;
	}
	for (uint32_t i = 0; i <= highest; i++) {
		if (finder->counts[i] >= out->modal_records && finder->counts[i]) {
			out->modal = i;
			out->modal_records = finder->counts[i];
		}
		finder->counts[i] = 0;
	}
}

/* A kind of quote is used when the cells that begin with one also end with one. */
static bool quote_holds(const struct outcome *outcome, char quote)
{
	if (quote == '"')
		return outcome->closed * 2 >= outcome->quoted;
	return outcome->quoted >= 2 && outcome->quoted * 2 >= outcome->records &&
	       outcome->closed * 20 >= outcome->quoted * 19;
}

static void try_quotes(struct finder *finder, struct dialect *dialect, bool all, struct outcome *out)
{
	dialect->quote = '"';
	try_dialect(finder, dialect, all, out);
	if (out->quoted == 0 && finder->bytes['\''] >= 4) {
		struct outcome other;
		dialect->quote = '\'';
		try_dialect(finder, dialect, all, &other);
		if (quote_holds(&other, '\'')) {
			*out = other;
			return;
		}
		dialect->quote = '"';
	} else if (!quote_holds(out, '"')) {
		dialect->quote = 0;
		try_dialect(finder, dialect, all, out);
	}
}

/* 0: no structure worth the name. */
static double score(const struct candidate *candidate, const struct outcome *outcome)
{
	bool odd = candidate->weight < WEIGHT_PAIR;
	if (outcome->records == 0 || outcome->modal < 2)
		return 0;
	double share = (double)outcome->modal_records / outcome->records;
	double several = (double)outcome->several / outcome->records;
	if (odd ? share < 0.9 : share < 0.5 && several < 0.8)
		return 0;
	if (candidate->separator[0] == '*' && outcome->modal < 3)
		return 0;
	if (!odd && share < 0.6 * several)
		share = 0.6 * several;
	/* The first record speaks for the whole: a header has no decimal commas. */
	if (outcome->first != outcome->modal && !(outcome->first > outcome->modal && outcome->first_plausible))
		share *= 0.8;
	return share * share * (1 + log2(outcome->modal)) * candidate->weight;
}

/* ---- candidates ---- */

static void propose(struct finder *finder, const char *separator, size_t len, int weight)
{
	for (size_t i = 0; i < finder->tried_count; i++)
		if (finder->tried[i].separator_len == len && memcmp(finder->tried[i].separator, separator, len) == 0)
			return;
	if (finder->tried_count == TRIED_MAX)
		return;
	struct candidate *candidate = &finder->tried[finder->tried_count++];
	memcpy(candidate->separator, separator, len);
	candidate->separator_len = (uint32_t)len;
	candidate->weight = weight;
}

static bool one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool punctuation(unsigned char c)
{
	return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7f);
}

static bool control(unsigned char c)
{
	return c < ' ' && c != '\n' && c != '\r' && c != '\0' && c != '\t';
}

/* Characters that live inside dates, addresses, e-mails, numbers: alone they separate nothing. */
static bool never_alone(unsigned char c)
{
	return one_of((char)c, "-.@/_+\"'");
}

static char partner(char c)
{
	static const char pairs[] = "()[]{}<>";
	const char *at = c ? strchr(pairs, c) : NULL;
	if (!at)
		return 0;
	size_t place = (size_t)(at - pairs);
	return pairs[place ^ 1];
}

/* A clock's colon, a blank between date and time, a URL's colon: parts of one value. */
static bool inside_value(const struct finder *finder, char c)
{
	const hufu_view text = finder->sample;
	uint64_t seen = 0, inside = 0;
	for (size_t i = 1; i + 3 < text.len; i++) {
		if (text.ptr[i] != c)
			continue;
		const char *at = text.ptr + i;
		bool digits =
		        at[-1] >= '0' && at[-1] <= '9' && at[1] >= '0' && at[1] <= '9' && at[2] >= '0' && at[2] <= '9';
		seen++;
		inside += c == ':' ? (digits && (i + 3 == text.len || at[3] < '0' || at[3] > '9')) ||
		                             (at[1] == '/' && at[2] == '/')
		                   : digits && at[3] == ':';
	}
	return seen > 0 && inside * 2 >= seen;
}

static void propose_single(struct finder *finder, unsigned char c)
{
	char separator = (char)c;
	if (finder->bytes[c] == 0 || never_alone(c) || separator == finder->line_end)
		return;
	/* Stars side by side are masks. */
	if (separator == '*' && memmem(finder->sample.ptr, finder->sample.len, "**", 2))
		return;
	char other = partner(separator);
	if (other && finder->bytes[(unsigned char)other] * 2 >= finder->bytes[c])
		return;
	if ((separator == ' ' || separator == ':') && inside_value(finder, separator))
		return;
	int weight = WEIGHT_ODD;
	if (control(c))
		weight = WEIGHT_CONTROL;
	else if (c == '\t')
		weight = WEIGHT_TAB;
	else if (c == ',' || c == ';' || c == '|')
		weight = WEIGHT_USUAL;
	else if (c == ' ' || c == ':')
		weight = WEIGHT_LATE;
	propose(finder, &separator, 1, weight);
}

/* A run of several characters that somebody may have chosen as a separator: one character repeated, or a mirror image
 * such as #|#, or made only of characters that are rare in values. Stars are masks, and dots are prose. */
static bool plausible_run(const char *run, size_t len)
{
	bool same = true, mirrored = true, rare = true;
	for (size_t i = 0; i < len; i++) {
		same = same && run[i] == run[0];
		mirrored = mirrored && run[i] == run[len - 1 - i];
		rare = rare && one_of(run[i], "|~^&!%=>;:#@$\\`");
	}
	if (same)
		return !one_of(run[0], ".* ");
	return (mirrored && len >= 3 && !one_of(run[0], "*.()")) || rare;
}

struct run {
	char text[SEPARATOR_MAX];
	size_t len;
	uint32_t count;
};

struct runs {
	struct run seen[RUNS_MAX];
	size_t count;
};

static void count_run(struct runs *runs, const char *text, size_t len)
{
	if (len < 2 || len > SEPARATOR_MAX || !plausible_run(text, len))
		return;
	for (size_t i = 0; i < runs->count; i++)
		if (runs->seen[i].len == len && memcmp(runs->seen[i].text, text, len) == 0) {
			runs->seen[i].count++;
			return;
		}
	if (runs->count == RUNS_MAX)
		return;
	struct run *run = &runs->seen[runs->count++];
	memcpy(run->text, text, len);
	run->len = len;
	run->count = 1;
}

static bool in_run(unsigned char c)
{
	return (punctuation(c) && c != '"' && c != '\'') || control(c) || c == '\t';
}

/* Counts whole runs of punctuation, and in them the runs of one character. */
static void collect_runs(hufu_view text, struct runs *runs)
{
	for (size_t i = 0; i < text.len;) {
		size_t start = i, same = i;
		while (i < text.len && in_run((unsigned char)text.ptr[i])) {
			if (text.ptr[i] != text.ptr[same]) {
				if (same > start || i - same > 1)
					count_run(runs, text.ptr + same, i - same);
				same = i;
			}
			i++;
		}
		if (same > start)
			count_run(runs, text.ptr + same, i - same);
		count_run(runs, text.ptr + start, i - start);
		i += i == start;
	}
}

static uint64_t occurrences(hufu_view text, const char *what, size_t len)
{
	uint64_t count = 0;
	const char *found;
	while (text.len >= len && (found = memmem(text.ptr, text.len, what, len))) {
		count++;
		text = view_from(text, (size_t)(found - text.ptr) + len);
	}
	return count;
}

/* Where nearly every '|' stands inside a "||", '|' alone separates nothing: "a||b" has two cells. The first line must
 * say so too: "name,note,mobile" over "x,,y" shows a column that is empty. */
static void drop_parts_of(struct finder *finder, const struct run *run)
{
	hufu_view first = finder->sample;
	skip_blank_lines(&first);
	first.len = line_len(first, finder->line_end);
	uint64_t count = occurrences(finder->sample, run->text, run->len);
	uint64_t first_count = occurrences(first, run->text, run->len);
	for (size_t i = 0; i < finder->tried_count; i++) {
		struct candidate *single = &finder->tried[i];
		if (single->separator_len != 1)
			continue;
		uint64_t inside = 0;
		for (size_t j = 0; j < run->len; j++)
			inside += run->text[j] == single->separator[0];
		uint64_t all = finder->bytes[(unsigned char)single->separator[0]];
		uint64_t first_all = occurrences(first, single->separator, 1);
		if (inside && count * inside * 100 >= all * 99 && first_count * inside == first_all) {
			*single = finder->tried[--finder->tried_count];
			i--;
		}
	}
}

static void propose_runs(struct finder *finder)
{
	struct runs runs = { 0 };
	hufu_view text = finder->sample;
	if (text.len > (128 << 10))
		text.len = 128 << 10;
	collect_runs(text, &runs);
	size_t lines = finder->bytes[(unsigned char)finder->line_end] + 1;
	/* A separator stands in about every line; the sample for runs may be shorter than the one for bytes. */
	lines = lines * text.len / finder->sample.len;
	for (size_t i = 0; i < runs.count; i++)
		if (runs.seen[i].count * 3 >= lines)
			drop_parts_of(finder, &runs.seen[i]);
	for (size_t i = 0; i < runs.count; i++)
		if (runs.seen[i].count * 3 >= lines)
			propose(finder, runs.seen[i].text, runs.seen[i].len,
			        runs.seen[i].len > 2 ? WEIGHT_LONG : WEIGHT_PAIR);
}

/* ---- finding ---- */

static char find_line_end(const struct finder *finder)
{
	uint64_t pairs = 0, feeds = finder->bytes['\n'], returns = finder->bytes['\r'];
	const hufu_view text = finder->sample;
	for (size_t i = 0; returns && i + 1 < text.len; i++)
		pairs += text.ptr[i] == '\r' && text.ptr[i + 1] == '\n';
	/* Line feeds inside quoted cells do not make a file of old Macintosh ends another. */
	return returns - pairs > 4 * feeds ? '\r' : '\n';
}

static void choose(struct finder *finder, struct dialect *best)
{
	double best_score = 0;
	for (size_t i = 0; i < finder->tried_count; i++) {
		const struct candidate *candidate = &finder->tried[i];
		struct dialect dialect = { .separator_len = candidate->separator_len, .line_end = finder->line_end };
		struct outcome outcome;
		memcpy(dialect.separator, candidate->separator, sizeof dialect.separator);
		try_quotes(finder, &dialect, false, &outcome);
		double points = score(candidate, &outcome);
		if (points > best_score) {
			best_score = points;
			*best = dialect;
		}
	}
	if (best_score == 0)
		*best = (struct dialect){ .line_end = finder->line_end, .columns = 1 };
}

static void count_columns(struct finder *finder, struct dialect *dialect)
{
	struct outcome outcome;
	try_quotes(finder, dialect, true, &outcome);
	dialect->columns = dialect->separator_len && outcome.modal ? outcome.modal : 1;
	/* A header names all columns, though its records leave the last ones out. */
	if (dialect->separator_len && outcome.first > dialect->columns && outcome.first_plausible)
		dialect->columns = outcome.first;
}

/* One line longer than the sample: only whether it is a record of far too many cells can be told. */
static void judge_endless(const struct finder *finder, struct dialect *out)
{
	static const char usual[] = "\t,;|\x01";
	for (size_t i = 0; usual[i]; i++)
		if (finder->bytes[(unsigned char)usual[i]] >= BATCH_COLUMNS_MAX) {
			out->separator[0] = usual[i];
			out->separator_len = 1;
			out->columns = BATCH_COLUMNS_MAX + 1;
			return;
		}
}

static bool has_line(const struct finder *finder)
{
	hufu_view rest = finder->sample;
	skip_blank_lines(&rest);
	return rest.len && (finder->whole || line_len(rest, finder->line_end) < rest.len);
}

/* A beginning with some lines in it; where lines are too long for that, everything. */
static void choose_trial(struct finder *finder)
{
	finder->trial = finder->sample;
	finder->trial_whole = finder->whole;
	if (finder->sample.len <= TRIAL_MAX)
		return;
	hufu_view start = { finder->sample.ptr, TRIAL_MAX };
	if (occurrences(start, &finder->line_end, 1) < 8)
		return;
	finder->trial = start;
	finder->trial_whole = false;
}

static void find_with(struct finder *finder, struct dialect *out)
{
	for (size_t i = 0; i < finder->sample.len; i++)
		finder->bytes[(unsigned char)finder->sample.ptr[i]]++;
	finder->line_end = out->line_end = find_line_end(finder);
	if (!has_line(finder)) {
		judge_endless(finder, out);
		return;
	}
	choose_trial(finder);
	for (unsigned c = 1; c < 0x7f; c++)
		if (punctuation((unsigned char)c) || control((unsigned char)c) || c == '\t' || c == ' ')
			propose_single(finder, (unsigned char)c);
	propose_runs(finder);
	choose(finder, out);
	count_columns(finder, out);
}

void dialect_find(hufu_view sample, bool whole, struct dialect *out)
{
	*out = (struct dialect){ .line_end = '\n', .columns = 1 };
	if (sample.len > SAMPLE_MAX) {
		sample.len = SAMPLE_MAX;
		whole = false;
	}
	if (sample.len == 0)
		return;
	struct finder *finder = calloc(1, sizeof *finder);
	uint32_t *counts = calloc(COUNTED_MAX, sizeof *counts);
	if (finder && counts) {
		finder->sample = sample;
		finder->whole = whole;
		finder->counts = counts;
		find_with(finder, out);
	}
	free(counts);
	free(finder);
}
