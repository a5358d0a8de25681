/* Codes first, the surest before the others; then addresses and names in what they leave. */
#include "scan/scan.h"

#include "base/utf8.h"
#include "scan/sieve.h"
#include "scan/words.h"

struct scan {
	hufu_view text;
	struct scan_hit *hits; /* in order, none overlaps another */
	size_t count, cap;
};

/* ---- keeping hits in order ---- */

/* The first hit that ends behind `at`. */
static size_t place_of(const struct scan *scan, size_t at)
{
	size_t low = 0, high = scan->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (scan->hits[middle].at + scan->hits[middle].len <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Puts a hit in; when it overlaps one that is there, leaves it out and returns where that one ends, else where the new
 * one does. */
static size_t put(struct scan *scan, const struct scan_hit *hit)
{
	size_t end = (size_t)hit->at + hit->len, place = place_of(scan, hit->at);
	if (place < scan->count && scan->hits[place].at < end)
		return (size_t)scan->hits[place].at + scan->hits[place].len;
	if (scan->count < scan->cap) {
		memmove(scan->hits + place + 1, scan->hits + place, (scan->count - place) * sizeof *hit);
		scan->hits[place] = *hit;
		scan->count++;
	}
	return end;
}

static void find_codes(struct scan *scan, const struct ident_kind *kind)
{
	size_t at = 0, len;
	while (at < scan->text.len && scan->count < scan->cap && kind->find(scan->text, &at, &len) && len)
		at = put(scan,
		        &(struct scan_hit){ .kind = kind, .at = (uint32_t)at, .len = (uint32_t)len, .sure = true });
}

/* ---- what may stand where ---- */

static bool is_han(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x323af);
}

/* Takes a character of U+5000 to U+8FFF off `rest`, if one stands there: nearly all of them are, and no byte of those
 * needs more than a look. */
static inline bool takes_common_han(hufu_view *rest)
{
	const unsigned char *at = (const unsigned char *)rest->ptr;
	if (rest->len < 3 || (unsigned)(at[0] - 0xe5) > 3 || (at[1] & 0xc0) != 0x80 || (at[2] & 0xc0) != 0x80)
		return false;
	rest->ptr += 3;
	rest->len -= 3;
	return true;
}

static bool is_dot(uint32_t c)
{
	return c == 0xb7 || c == 0x2022 || c == 0x2027 || c == 0x30fb;
}

/* Between a word and what it announces. */
static bool connects(uint32_t c)
{
	return c == ' ' || c == '\t' || c == ':' || c == '=' || c == '"' || c == '\'' || c == ']' || c == '>' ||
	       c == '(' || c == '-' || c == 0xff1a || c == 0x3000 || c == 0x3011 || c == 0x300d || c == 0xff08 ||
	       c == 0xff1d || c == 0x201c;
}

static bool only_connects(hufu_view text)
{
	if (text.len > 12)
		return false;
	while (text.len)
		if (!connects(utf8_next(&text)))
			return false;
	return true;
}

/* The text without connecting characters at its end. */
static hufu_view before_connectors(hufu_view text)
{
	for (size_t steps = 0; text.len && steps < 4; steps++) {
		size_t back = 1;
		while (back < 4 && back < text.len && ((unsigned char)text.ptr[text.len - back] & 0xc0) == 0x80)
			back++;
		hufu_view last = { text.ptr + text.len - back, back };
		if (!connects(utf8_next(&last)))
			break;
		text.len -= back;
	}
	return text;
}

static bool normal(const struct ident_kind *kind, hufu_view value)
{
	char room[1024 + IDENT_SLACK];
	return value.len <= 1024 && kind->normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

/* ---- addresses ---- */

/* "广东省 深圳市 " before "南山区科技路1号": people set blanks between the steps. */
static size_t with_regions(hufu_view text, size_t found)
{
	size_t at = found;
	static const char *const steps[] = { "省", "市", "区", "县", "州", "镇", "街道", "盟", "旗" };
	while (at > 0 && text.ptr[at - 1] == ' ') {
		size_t end = at - 1, begin = end;
		while (begin > 0 && (unsigned char)text.ptr[begin - 1] >= 0x80 && end - begin < 36)
			begin--;
		hufu_view run = { text.ptr + begin, end - begin };
		bool step = false;
		for (size_t i = 0; i < LEN(steps) && !step; i++)
			step = view_ends(run, steps[i]);
		for (hufu_view rest = run; step && rest.len;)
			step = is_han(utf8_next(&rest));
		if (!step)
			break;
		at = begin;
	}
	/* The first of them may have other words before it. */
	hufu_view run = { text.ptr + at, text.len - at };
	for (size_t skip = 0; at < found && skip < run.len && skip < 48 && at + skip < found; skip++)
		if (word_is_province(view_from(run, skip)))
			return at + skip;
	return at;
}

static void find_addresses(struct scan *scan, const struct ident_kind *kind, size_t from, size_t to)
{
	hufu_view gap = { scan->text.ptr + from, to - from };
	size_t at = 0, len;
	while (at < gap.len && kind->find(gap, &at, &len) && len) {
		hufu_view value = { gap.ptr + at, len };
		size_t next = at + len;
		value.len = word_ends_address(value);
		size_t begin = with_regions(gap, at);
		if (normal(kind, value)) {
			hufu_view lead = before_connectors(view_make(gap.ptr, begin));
			hufu_view whole = { gap.ptr + begin, at + value.len - begin };
			struct scan_hit hit = {
				.kind = kind, .at = (uint32_t)(from + begin), .len = (uint32_t)whole.len
			};
			hit.sure = word_announces_address(lead) || word_is_province(whole);
			(void)put(scan, &hit);
		}
		at = next;
	}
}

/* ---- names ---- */

struct names {
	struct scan *scan;
	const struct ident_kind *kind;
	size_t announced; /* a word that announces a name ended here; SIZE_MAX: none did */
};

/* The words between two words of the lists; `alone`: nothing else stands in the run. */
static void judge_piece(struct names *names, size_t begin, size_t end, enum word next, bool alone)
{
	const hufu_view text = names->scan->text;
	hufu_view piece = { text.ptr + begin, end - begin };
	bool announced = names->announced != SIZE_MAX && names->announced <= begin &&
	                 only_connects(view_make(text.ptr + names->announced, begin - names->announced));
	bool sure = announced || next == WORD_AFTER;
	if (piece.len < 6 || piece.len > 90 || (!sure && !alone) || !normal(names->kind, piece))
		return;
	(void)put(names->scan,
	        &(struct scan_hit){
	                .kind = names->kind, .at = (uint32_t)begin, .len = (uint32_t)piece.len, .sure = sure });
}

/* A run of Han characters: cut at the words of the lists. */
static void judge_run(struct names *names, size_t begin, size_t end)
{
	const hufu_view text = names->scan->text;
	size_t piece = begin;
	for (size_t at = begin; at < end;) {
		size_t len;
		enum word word = word_at(view_make(text.ptr + at, end - at), &len);
		if (word == WORD_NONE) {
			/* All are whole characters: see find_names. */
			unsigned char lead = (unsigned char)text.ptr[at];
			at += lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
			continue;
		}
		if (at > piece)
			judge_piece(names, piece, at, word, false);
		at += len;
		piece = at;
		/* "联系人是张三": small words do not part a name from what announces it. */
		if (word == WORD_BEFORE || (word == WORD_STOP && names->announced == at - len))
			names->announced = at;
		else
			names->announced = SIZE_MAX;
	}
	if (end > piece)
		judge_piece(names, piece, end, WORD_NONE, piece == begin);
	if (end > piece)
		names->announced = SIZE_MAX;
}

/* "name: " in Latin letters before a run of Han. */
static bool latin_name(hufu_view before)
{
	before = before_connectors(before);
	return before.len >= 4 && (memcmp(before.ptr + before.len - 3, "ame", 3) == 0 ||
	                                  memcmp(before.ptr + before.len - 3, "AME", 3) == 0);
}

static void find_names(struct scan *scan, const struct ident_kind *kind, size_t from, size_t to)
{
	struct names names = { .scan = scan, .kind = kind, .announced = SIZE_MAX };
	hufu_view rest = { scan->text.ptr + from, to - from };
	while (rest.len) {
		if ((unsigned char)rest.ptr[0] < 0x80) {
			rest = view_from(rest, utf8_ascii(rest));
			continue;
		}
		size_t begin = to - rest.len, end = begin;
		for (uint32_t c; rest.len; end = to - rest.len) {
			if (takes_common_han(&rest))
				continue;
			c = utf8_next(&rest);
			if (!is_han(c) && !(is_dot(c) && end > begin))
				break;
		}
		if (end == begin)
			continue;
		if (latin_name(view_make(scan->text.ptr + from, begin - from)))
			names.announced = begin;
		judge_run(&names, begin, end);
	}
}

/* Calls `find` on what lies between the hits that are there. */
static void in_gaps(struct scan *scan, const struct ident_kind *kind,
        void (*find)(struct scan *scan, const struct ident_kind *kind, size_t from, size_t to))
{
	struct scan_hit taken[SCAN_HITS_MAX];
	size_t count = scan->count, from = 0;
	memcpy(taken, scan->hits, count * sizeof taken[0]);
	for (size_t i = 0; i < count; i++) {
		if (taken[i].at > from)
			find(scan, kind, from, taken[i].at);
		from = (size_t)taken[i].at + taken[i].len;
	}
	if (from < scan->text.len)
		find(scan, kind, from, scan->text.len);
}

/* ---- the door ---- */

/* Whether a full-width character whose last two bytes these are is a digit, a letter or an @. */
static bool is_wide_code(unsigned char second, unsigned char third)
{
	if (second == 0xbc)
		return (third >= 0x90 && third <= 0x99) || (third >= 0xa0 && third <= 0xba);
	return third >= 0x81 && third <= 0x9a;
}

enum { ENOUGH = 6 }; /* digits */

/* Digits, at least ENOUGH where an @ stands, and bytes that begin a full-width character. */
struct tally {
	size_t digits, wide;
};

static struct tally tally_of(hufu_view text)
{
	enum { BLOCK = 128 };
	struct tally tally = { 0 };
	while (text.len) {
		/* In bytes and without a branch, so that the compiler may take many at a time. */
		unsigned char digits = 0, signs = 0, wide = 0;
		size_t len = text.len < BLOCK ? text.len : BLOCK;
		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)text.ptr[i];
			digits = (unsigned char)(digits + ((unsigned char)(c - '0') < 10));
			signs |= c == '@';
			wide |= c == 0xef;
		}
		tally.digits += digits + (signs ? (size_t)ENOUGH : 0);
		tally.wide += wide;
		text = view_from(text, len);
	}
	return tally;
}

bool scan_may_hold(hufu_view text)
{
	const struct tally tally = tally_of(text);
	if (tally.digits >= ENOUGH || (tally.digits == 0 && tally.wide == 0))
		return tally.digits >= ENOUGH;
	size_t digits = tally.digits;
	bool plate = false; /* "沪A" */
	for (size_t i = 1; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i], back = (unsigned char)text.ptr[i - 1];
		if ((unsigned char)((c | 0x20) - 'a') < 26)
			plate = plate || back >= 0x80;
		else if (back == 0xef && (c == 0xbc || c == 0xbd) && i + 1 < text.len)
			digits += 2U * is_wide_code(c, (unsigned char)text.ptr[i + 1]);
		if (digits >= ENOUGH)
			return true;
	}
	return plate && digits > 0;
}

/* The surest first, and where in a text they can stand. */
static const struct {
	const char *name;
	unsigned classes; /* 0: to be looked for in any case */
} codes[] = {
	{ "email", 0 },
	{ "resident_id", SIEVE_ID },
	{ "uscc", SIEVE_CODE },
	{ "vin", SIEVE_CODE },
	{ "bank_card", SIEVE_CARD },
	{ "mobile", SIEVE_PHONE },
	{ "plate", 0 },
	{ "date", SIEVE_DATE },
};

/* Their kinds, and those of what stands between them: looked up by name once. */
static const struct ident_kind *code_kinds[LEN(codes)], *address_kind, *name_kind;

__attribute__((constructor)) static void name_kinds(void)
{
	for (size_t i = 0; i < LEN(codes); i++)
		code_kinds[i] = ident_by_name(view_of(codes[i].name));
	address_kind = ident_by_name(view_of("address"));
	name_kind = ident_by_name(view_of("name"));
}

size_t scan_text(hufu_view text, struct scan_hit *hits, size_t cap)
{
	struct scan scan = { .text = text, .hits = hits, .cap = cap < SCAN_HITS_MAX ? cap : SCAN_HITS_MAX };
	if (scan.text.len > SCAN_TEXT_MAX)
		scan.text.len = SCAN_TEXT_MAX;
	if (scan_may_hold(scan.text)) {
		unsigned classes = sieve_classes(scan.text, SIEVE_CODES);
		for (size_t i = 0; i < LEN(codes); i++)
			if (!codes[i].classes || (classes & (codes[i].classes | SIEVE_WIDE)))
				find_codes(&scan, code_kinds[i]);
	}
	in_gaps(&scan, address_kind, find_addresses);
	in_gaps(&scan, name_kind, find_names);
	return scan.count;
}
