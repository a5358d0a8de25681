/* Numbers in English words, see number.h: "two million", "a quarter million", "one hundred and fifty thousand". What is
 * no count, such as "millions of" or a lone "a", is none. */
#include "case/number.h"

#include <strings.h>

struct spelled {
	const char *word;
	double value;
};

static const struct spelled small[] = { { "one", 1 }, { "two", 2 }, { "three", 3 }, { "four", 4 }, { "five", 5 },
	{ "six", 6 }, { "seven", 7 }, { "eight", 8 }, { "nine", 9 }, { "ten", 10 }, { "eleven", 11 }, { "twelve", 12 },
	{ "thirteen", 13 }, { "fourteen", 14 }, { "fifteen", 15 }, { "sixteen", 16 }, { "seventeen", 17 },
	{ "eighteen", 18 }, { "nineteen", 19 }, { NULL, 0 } };
static const struct spelled tens[] = { { "twenty", 20 }, { "thirty", 30 }, { "forty", 40 }, { "fifty", 50 },
	{ "sixty", 60 }, { "seventy", 70 }, { "eighty", 80 }, { "ninety", 90 }, { NULL, 0 } };
static const struct spelled scales[] = { { "thousand", 1e3 }, { "million", 1e6 }, { "billion", 1e9 }, { NULL, 0 } };
static const struct spelled parts[] = { { "half a", 0.5 }, { "half", 0.5 }, { "a quarter of a", 0.25 },
	{ "a quarter", 0.25 }, { "quarter of a", 0.25 }, { "quarter", 0.25 }, { "three quarters of a", 0.75 },
	{ NULL, 0 } };

static size_t gap(hufu_view text)
{
	size_t len = 0;
	while (len < text.len && len < 2 && (text.ptr[len] == ' ' || text.ptr[len] == '-'))
		len++;
	return len;
}

/* The word of that list behind a gap; its length with the gap. */
static size_t take(hufu_view text, const struct spelled *list, double *value)
{
	size_t before = gap(text);
	for (; list->word; list++)
		if (number_word(view_from(text, before), list->word)) {
			*value = list->value;
			return before + strlen(list->word);
		}
	return 0;
}

/* "half a million", "a quarter million" */
static size_t part_of(hufu_view text, struct number *out)
{
	double part, scale;
	size_t len = take(text, parts, &part);
	size_t more = len ? take(view_from(text, len), scales, &scale) : 0;
	if (!more)
		return 0;
	*out = (struct number){ .value = part * scale, .step = scale / 4, .chinese = true, .scaled = true };
	return len + more;
}

/* Below a hundred: "twenty-five"; its length. */
static size_t below_hundred(hufu_view text, double *value)
{
	double ones;
	size_t len = take(text, tens, value), more;
	if (!len)
		return take(text, small, value);
	more = take(view_from(text, len), small, &ones);
	if (more && ones < 10) {
		*value += ones;
		len += more;
	}
	return len;
}

/* Below a thousand, as far as words go: "two hundred and fifty"; "a hundred". */
static size_t below_thousand(hufu_view text, double *value)
{
	static const struct spelled hundred[] = { { "hundred", 100 }, { NULL, 0 } };
	static const struct spelled and[] = { { "and", 0 }, { NULL, 0 } };
	static const struct spelled one[] = { { "a", 1 }, { "an", 1 }, { NULL, 0 } };
	double head = 0, more = 0, times = 1;
	size_t len = below_hundred(text, &head), behind;
	bool article = !len && (len = take(text, one, &head));
	behind = len ? take(view_from(text, len), hundred, &times) : 0;
	if (!behind) {
		*value = head;
		/* "a" counts only before what it multiplies. */
		return article && !take(view_from(text, len), scales, &more) ? 0 : len;
	}
	len += behind;
	size_t link = take(view_from(text, len), and, &more);
	behind = below_hundred(view_from(text, len + link), &more);
	*value = head * times + (behind ? more : 0);
	return len + (behind ? link + behind : 0);
}

size_t number_spelled(hufu_view text, struct number *out)
{
	static const struct spelled halves[] = { { "and a half", 0.5 }, { NULL, 0 } };
	double last = 1e12, sum = 0, step = 1;
	bool scaled = false;
	if (!text.len || !number_in_word(text.ptr[0]))
		return 0;
	size_t all = part_of(text, out);
	while (!all || scaled) {
		double group = 0, times = 1, half = 0;
		size_t len = below_thousand(view_from(text, all), &group);
		if (!len)
			break;
		size_t broken = take(view_from(text, all + len), halves, &half);
		size_t behind = take(view_from(text, all + len + broken), scales, &times);
		if (!behind)
			broken = 0, times = 1;
		if (times >= last)
			break;
		sum += (group + (broken ? half : 0)) * times;
		step = times;
		all += len + broken + behind;
		scaled = behind > 0;
		last = times;
		*out = (struct number){ .value = sum, .step = step, .chinese = true, .scaled = scaled || out->scaled };
	}
	return all;
}
