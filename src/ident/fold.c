/* Folding shared by the identifier kinds; see fold.h. */
#include "ident/fold.h"

bool fold_is_rare_han(uint32_t c)
{
	return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x323AF) || (c >= 0xF900 && c <= 0xFAFF) ||
	       c == 0x3007;
}

static bool is_wide_blank(uint32_t c)
{
	return c == 0x3000 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
	       c == 0x85 || c == 0x2028 || c == 0x2029;
}

static bool is_widthless(uint32_t c)
{
	return c == 0xFEFF || (c >= 0x200B && c <= 0x200F) || c == 0x2060 || (c >= 0x202A && c <= 0x202E);
}

static bool is_dot(uint32_t c)
{
	return c == FOLD_DOT || c == 0x2022 || c == 0x2027 || c == 0x2219 || c == 0x22C5 || c == 0x30FB || c == 0xFF65;
}

uint32_t fold_char(uint32_t c)
{
	if (c < 0x80)
		return c >= '\t' && c <= '\r' ? ' ' : c;
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFEE0;
	if (is_wide_blank(c))
		return ' ';
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE63)
		return '-';
	return is_dot(c) ? FOLD_DOT : c;
}

uint32_t fold_next_wide(hufu_view *rest)
{
	return fold_char(utf8_next(rest));
}

/* Where the character that ends at `at` begins. A broken byte is a character of its own, as utf8_next has it. */
static size_t step_back(hufu_view text, size_t at)
{
	for (size_t back = 1; back <= 4 && back <= at; back++) {
		if (((unsigned char)text.ptr[at - back] & 0xC0) == 0x80)
			continue;
		hufu_view last = { text.ptr + at - back, back };
		(void)utf8_next(&last);
		return last.len == 0 ? at - back : at - 1;
	}
	return at - 1;
}

size_t fold_before(hufu_view text, size_t at, uint32_t *c)
{
	if (at == 0)
		return 0;
	size_t begin = step_back(text, at);
	hufu_view last = { text.ptr + begin, at - begin };
	*c = fold_next(&last);
	return at - begin;
}

hufu_view fold_trim_slowly(hufu_view cell)
{
	while (cell.len) {
		hufu_view rest = cell;
		uint32_t c = fold_next(&rest);
		if (c != ' ' && !is_widthless(c))
			break;
		cell = rest;
	}
	uint32_t c;
	for (size_t back; (back = fold_before(cell, cell.len, &c)) != 0; cell.len -= back) {
		if (c != ' ' && !is_widthless(c))
			break;
	}
	return cell;
}

hufu_view fold_unquote(hufu_view cell)
{
	cell = fold_trim(cell);
	if (cell.len == 0)
		return cell;
	hufu_view rest = cell;
	uint32_t c = fold_next(&rest);
	return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 ? fold_trim(rest) : cell;
}

/* Characters beyond ASCII are no separators: strchr must not see them cut to a byte, nor the final NUL. */
static bool is_one_of(uint32_t c, const char *set)
{
	return c != 0 && c < 0x80 && strchr(set, (int)c) != NULL;
}

size_t fold_code(hufu_view cell, const char *separators, char code[FOLD_CODE_MAX])
{
	hufu_view rest = fold_unquote(cell);
	if (rest.len > FOLD_VALUE_MAX)
		return 0;
	size_t len = 0;
	bool separated = true;
	while (rest.len) {
		uint32_t c = fold_next(&rest);
		if (fold_is_digit(c) || fold_is_letter(c)) {
			if (len == FOLD_CODE_MAX)
				return 0;
			code[len++] = (char)fold_upper(c);
			separated = false;
		} else if (separated || !is_one_of(c, separators)) {
			return 0;
		} else {
			separated = true;
		}
	}
	return separated ? 0 : len;
}

size_t fold_ascii(hufu_view cell, char *text, size_t cap)
{
	hufu_view rest = fold_unquote(cell);
	size_t len = 0;
	while (rest.len) {
		uint32_t c = fold_next(&rest);
		if (c >= 0x80 || len == cap)
			return 0;
		text[len++] = (char)c;
	}
	return len;
}

bool fold_all_digits(const char *code, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!fold_is_digit((unsigned char)code[i]))
			return false;
	}
	return true;
}

void fold_mask(hufu_view text, size_t first, size_t last, struct ident_text *out)
{
	out->len = 0;
	if (out->cap < text.len)
		return;
	bool shows = text.len > first && text.len - first > last;
	for (size_t i = 0; i < text.len; i++)
		out->ptr[i] = shows && (i < first || i >= text.len - last) ? text.ptr[i] : '*';
	out->len = text.len;
}

enum { NO_CODE, DIGIT, FINAL_X, LETTER }; /* FINAL_X: the letter that may end a number */

static const unsigned char code_classes[256] = {
	['0' ... '9'] = DIGIT,
	['A' ... 'W'] = LETTER,
	['X'] = FINAL_X,
	['Y'] = LETTER,
	['Z'] = LETTER,
	['a' ... 'w'] = LETTER,
	['x'] = FINAL_X,
	['y'] = LETTER,
	['z'] = LETTER,
};

/* What stands at `here`, and where the next one does. Beyond ASCII only full-width characters are codes', and U+F000 to
 * U+FFFF alone begin with that byte: any others may be passed byte by byte. */
static inline unsigned code_class(hufu_view text, size_t here, size_t *next)
{
	enum { FULL_WIDTH = 0xEF };
	unsigned char first = (unsigned char)text.ptr[here];
	*next = here + 1;
	if (first != FULL_WIDTH)
		return code_classes[first];
	hufu_view rest = view_from(text, here);
	uint32_t c = fold_next(&rest);
	*next = text.len - rest.len;
	return c < 0x80 ? code_classes[c] : NO_CODE;
}

bool fold_run(hufu_view text, size_t at, struct fold_run *run)
{
	uint32_t c;
	size_t here = at, next = at, begin, count = 0;
	bool letters = false, other = false; /* other: more than digits, but for an X at the end */
	*run = (struct fold_run){ .digits = true };
	/* The rest of a code that `at` is inside of is none. */
	if (at <= text.len && fold_before(text, at, &c) && c < 0x80 && code_classes[c])
		for (; here < text.len && code_class(text, here, &next); here = next)
			;
	for (; here < text.len && !code_class(text, here, &next); here = next)
		;
	begin = here;
	for (unsigned class; here < text.len && (class = code_class(text, here, &next)); here = next, count++) {
		other |= letters || class == LETTER;
		letters |= class != DIGIT;
	}
	if (count)
		*run = (struct fold_run){
			.at = begin, .end = here, .count = count, .digits = !other, .letters = letters
		};
	return count > 0;
}

/* A fraction ("0.138...", "138....5") is no code: its digits go on beyond the dot. */
static bool is_clear(hufu_view text, size_t begin, size_t end)
{
	uint32_t c;
	size_t back = fold_before(text, begin, &c);
	if (back && c == '.' && fold_before(text, begin - back, &c) && fold_is_digit(c))
		return false;
	hufu_view rest = view_from(text, end);
	if (rest.len == 0 || fold_next(&rest) != '.' || rest.len == 0)
		return true;
	return !fold_is_digit(fold_next(&rest));
}

/* Adds to runs[0] the runs that follow it at one separator's distance, the same separator between all but
 * the first two (a country code may stand off otherwise). Returns how many there are. */
static size_t chain(const struct fold_finder *finder, hufu_view text, struct fold_run runs[FOLD_RUNS_MAX])
{
	size_t count = 1, total = runs[0].count;
	uint32_t separator = 0;
	while (count < FOLD_RUNS_MAX) {
		hufu_view rest = view_from(text, runs[count - 1].end);
		if (rest.len == 0)
			break;
		uint32_t c = fold_next(&rest);
		if (!is_one_of(c, finder->separators) || (separator && c != separator) || rest.len == 0)
			break;
		size_t next = text.len - rest.len;
		if (!fold_run(text, next, &runs[count]) || runs[count].at != next)
			break;
		if (!finder->letters && !runs[count].digits)
			break;
		total += runs[count].count;
		if (total > finder->count_max)
			break;
		if (count > 1 || runs[0].count > 3)
			separator = c;
		count++;
	}
	return count;
}

bool fold_find(const struct fold_finder *finder, hufu_view text, size_t *at, size_t *len)
{
	struct fold_run runs[FOLD_RUNS_MAX];
	for (size_t from = *at; fold_run(text, from, &runs[0]); from = runs[0].end) {
		if (runs[0].count > finder->count_max || (!finder->letters && !runs[0].digits))
			continue;
		for (size_t count = chain(finder, text, runs); count > 0; count--) {
			size_t begin = runs[0].at, end = runs[count - 1].end;
			if (end - begin > FOLD_VALUE_MAX - IDENT_SLACK || !is_clear(text, begin, end))
				continue;
			if (finder->shape && !finder->shape(runs, count))
				continue;
			if (!finder->accept(
			            (hufu_view){ text.ptr + begin, end - begin }, (hufu_view){ text.ptr, begin }))
				continue;
			*at = begin;
			*len = end - begin;
			return true;
		}
	}
	return false;
}

bool fold_is_day(unsigned year, unsigned month, unsigned day)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (year < 1850 || year > 2100 || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

unsigned fold_number(const char *digits, size_t len)
{
	unsigned number = 0;
	for (size_t i = 0; i < len; i++)
		number = number * 10 + (unsigned)(digits[i] - '0');
	return number;
}
