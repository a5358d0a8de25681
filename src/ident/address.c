/* Chinese addresses: six characters and more of Han text with two place words or more; digits and letters as
 * they come. Loose: there is no check, and two spellings of one home stay two values, which is what tells a
 * copy from the same people elsewhere. */
#include "ident/fold.h"

enum { ADDRESS_MIN = 6, PLACES_MIN = 2, ADDRESS_MAX = 120, ADDRESS_BYTES = ADDRESS_MAX * 4, REGION_MAX = 12 };

/* Words of places. Their remainders by the table's length all differ (the compiler would complain of two in one place),
 * so that one comparison tells. */
static bool is_place(uint32_t c)
{
	enum { PLACES = 135 };
#define P(c) [(c) % PLACES] = (c)
	static const uint16_t places[PLACES] = { P(U'市'), P(U'区'), P(U'县'), P(U'路'), P(U'号'), P(U'室'), P(U'栋'),
		P(U'省'), P(U'镇'), P(U'街'), P(U'村'), P(U'乡'), P(U'道'), P(U'弄'), P(U'巷'), P(U'楼'), P(U'单'),
		P(U'幢'), P(U'座'), P(U'层'), P(U'院'), P(U'园'), P(U'苑'), P(U'城'), P(U'庄'), P(U'州'), P(U'盟'),
		P(U'旗'), P(U'屯'), P(U'组'), P(U'里'), P(U'坊'), P(U'厦'), P(U'户') };
#undef P
	return places[c % PLACES] == c;
}

/* Words that no region's name has before its 市, 区 or 县: what follows is somebody's door. */
static bool is_street(uint32_t c)
{
	switch (c) {
	case U'路':
	case U'街':
	case U'村':
	case U'乡':
	case U'镇':
	case U'弄':
	case U'巷':
	case U'园':
	case U'苑':
	case U'楼':
		return true;
	default:
		return false;
	}
}

/* Punctuation that people set or leave out. Dashes, # and / part numbers and stay. */
static bool is_dropped(uint32_t c)
{
	return c == ' ' || c == FOLD_DOT || (c < 0x80 && c != 0 && strchr(",.;:()[]'\"", (int)c)) || c == 0x3001 ||
	       c == 0x3002 || c == 0x3010 || c == 0x3011 || (c >= 0x2018 && c <= 0x201D);
}

static bool is_kept(uint32_t c)
{
	return fold_is_han(c) || fold_is_digit(c) || fold_is_letter(c) || c == '-' || c == '#' || c == '/';
}

/* What becomes of ASCII: itself in lower case, or ' ' for what is dropped; 0 where the rules above decide. */
static const unsigned char ascii[256] = { ['0'] = '0',
	['1'] = '1',
	['2'] = '2',
	['3'] = '3',
	['4'] = '4',
	['5'] = '5',
	['6'] = '6',
	['7'] = '7',
	['8'] = '8',
	['9'] = '9',
	['-'] = '-',
	['#'] = '#',
	['/'] = '/',
	[' '] = ' ',
	[','] = ' ',
	['('] = ' ',
	[')'] = ' ' };

/* What has place words but is an organisation or a sentence. */
static bool is_refused(hufu_view text)
{
	static const char *const endings[] = { "公司", "集团", "银行", "委员会", "政府", "协会", "支队", "大队" };
	for (size_t i = 0; i < LEN(endings); i++) {
		if (view_ends(text, endings[i]))
			return true;
	}
	return false;
}

static bool address_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < 3 * 3 + 3 || cell.len > 2 * ADDRESS_BYTES || !fold_fits(out, cell.len))
		return false;
	char text[ADDRESS_BYTES + 4];
	size_t len = 0, count = 0, han = 0, places = 0;
	for (hufu_view rest = fold_trim(cell); rest.len;) {
		/* A run of common characters, which most of an address is, stays as it stands. */
		size_t run = 0;
		for (uint32_t c; (c = fold_common_han(rest.ptr + run, rest.len - run)) != 0; run += 3)
			places += places < PLACES_MIN && count + run > 0 && is_place(c);
		if (len + run >= ADDRESS_BYTES)
			return false;
		memcpy(text + len, rest.ptr, run);
		len += run;
		han += run / 3;
		count += run / 3;
		rest = view_from(rest, run);
		if (count > ADDRESS_MAX)
			return false;
		if (rest.len == 0)
			break;
		unsigned char plain = ascii[(unsigned char)rest.ptr[0]];
		if (plain) {
			text[len] = (char)plain;
			len += plain != ' ';
			count += plain != ' ';
			rest = view_from(rest, 1);
			continue;
		}
		uint32_t c = fold_lower(fold_next(&rest));
		if (is_dropped(c))
			continue;
		if (!is_kept(c) || ++count > ADDRESS_MAX)
			return false;
		han += fold_is_han(c);
		places += count > 1 && is_place(c);
		len += utf8_put(c, text + len);
	}
	if (count < ADDRESS_MIN || places < PLACES_MIN || han < 4 || is_refused((hufu_view){ text, len }))
		return false;
	return fold_result(out, text, len);
}

/* Up to the first 市, 区 or 县, when it is a region's and no later word's (超市 behind the house number). */
static void address_mask(hufu_view normal, struct ident_text *out)
{
	out->len = 0;
	if (!fold_fits(out, normal.len))
		return;
	size_t shown = 0, count = 0;
	for (hufu_view rest = normal; rest.len && count < REGION_MAX && shown == 0; count++) {
		uint32_t c = utf8_next(&rest);
		if (!fold_is_han(c) || is_street(c))
			break;
		if ((c == U'市' || c == U'区' || c == U'县') && rest.len)
			shown = normal.len - rest.len;
	}
	memmove(out->ptr, normal.ptr, shown);
	memcpy(out->ptr + shown, "***", 3);
	out->len = shown + 3;
}

/* The place of the first (or, for words before an address, behind the last) of some words; SIZE_MAX for none. */
static size_t find_word(hufu_view run, const char *const *words, size_t count, bool last)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < count; i++) {
		hufu_view rest = run;
		size_t len = strlen(words[i]);
		for (const char *hit; (hit = view_find(rest, words[i])) != NULL;) {
			size_t place = (size_t)(hit - run.ptr);
			if (last && (best == SIZE_MAX || place + len > best))
				best = place + len;
			else if (!last && place < best)
				best = place;
			if (!last)
				break;
			rest = view_from(run, place + len);
		}
	}
	return best;
}

/* Where in a run the address begins: behind a word that announces one, or at a province; else at its start. */
static size_t beginning(hufu_view run)
{
	static const char *const cues[] = { "地址", "住址", "家住", "现住", "居住于", "住在", "位于", "寄往", "送至",
		"户籍" };
	static const char *const provinces[] = { "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林",
		"黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南",
		"四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆",
		"香港", "澳门" };
	size_t begin = find_word(run, cues, LEN(cues), true);
	if (begin != SIZE_MAX)
		return begin;
	begin = find_word(run, provinces, LEN(provinces), false);
	if (begin != SIZE_MAX)
		return begin;
	return view_starts(run, "住") ? strlen("住") : 0;
}

static bool is_found(hufu_view value)
{
	char room[2 * ADDRESS_BYTES + IDENT_SLACK];
	bool digit = false;
	for (size_t i = 0; i < value.len && !digit; i++)
		digit = fold_is_digit((unsigned char)value.ptr[i]);
	return digit && value.len <= ADDRESS_BYTES &&
	       address_normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

static bool is_kept_at(hufu_view rest)
{
	return rest.len && is_kept(fold_next(&rest));
}

/* Whether a digit stands in a run with anything beyond ASCII: no address is without one. */
static bool may_hold(hufu_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint32_t before;
		if (!fold_is_digit((unsigned char)text.ptr[i]))
			continue;
		size_t begin = i;
		while (begin > 0 && (unsigned char)text.ptr[begin - 1] < 0x80 &&
		        is_kept((unsigned char)text.ptr[begin - 1]))
			begin--;
		while (i < text.len && (unsigned char)text.ptr[i] < 0x80 && is_kept((unsigned char)text.ptr[i]))
			i++;
		if (is_kept_at(view_from(text, i)) || (fold_before(text, begin, &before) && is_kept(before)))
			return true;
	}
	return false;
}

static bool address_find(hufu_view text, size_t *at, size_t *len)
{
	hufu_view rest = view_from(text, *at);
	if (!may_hold(rest))
		return false;
	while (rest.len) {
		size_t begin = text.len - rest.len, end = begin;
		size_t places = 0, digits = 0;
		for (uint32_t c; rest.len && is_kept(c = fold_next(&rest)); end = text.len - rest.len) {
			places += is_place(c);
			digits += fold_is_digit(c);
		}
		hufu_view run = { text.ptr + begin, end - begin };
		/* A run of hundreds of characters is a text, or a blob of digits; its words are not searched. Nor are
		 * those of a run that is no address wherever it may begin. */
		if (run.len < 12 || run.len > 2 * ADDRESS_BYTES || places < 2 || digits == 0)
			continue;
		size_t skip = beginning(run);
		if (is_found(view_from(run, skip))) {
			*at = begin + skip;
			*len = run.len - skip;
			return true;
		}
	}
	return false;
}

const struct ident_kind ident_address = {
	.id = 9,
	.name = "address",
	.zh = "地址",
	/* Five hundred million homes in China. */
	.space_bits = 28,
	.loose = true,
	.normalise = address_normalise,
	.mask = address_mask,
	.find = address_find,
};
