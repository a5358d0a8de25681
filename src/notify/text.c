/* The text of a notice: cut into its parts, its places filled, held against what may not stand in one. What is approved
 * is the whole text but for {{kinds}}, which is each person's own. */
#include "base/utf8.h"
#include "notify/inside.h"

#include <stdio.h>

enum { PART_BYTES_MAX = 16 << 10, SUBJECT_BYTES_MAX = 200, SMS_BYTES_MAX = 1000, PLACE_MAX = 40 };

static const struct {
	const char *heading;
	size_t most;
	bool one_line, kinds; /* kinds: must name them */
} parts[NOTICE_PARTS] = {
	[NOTICE_SUBJECT] = { "## subject", SUBJECT_BYTES_MAX, true, false },
	[NOTICE_ZH] = { "## zh", PART_BYTES_MAX, false, true },
	[NOTICE_EN] = { "## en", PART_BYTES_MAX, false, true },
	[NOTICE_SMS] = { "## sms", SMS_BYTES_MAX, true, true },
};

static hufu_status wrong(const char *path, const char *what, const char *todo, hufu_error *error)
{
	return fail(error, HUFU_MALFORMED, view_of(path), what, todo);
}

void notice_text_done(struct notice_text *text)
{
	for (size_t i = 0; i < NOTICE_PARTS; i++)
		free(text->parts[i]);
	*text = (struct notice_text){ 0 };
}

/* ---- places ---- */

static const struct notice_fill *fill_of(const struct notice_fill *fill, size_t count, hufu_view name)
{
	for (size_t i = 0; i < count; i++)
		if (view_is(name, fill[i].name))
			return &fill[i];
	return NULL;
}

static hufu_status no_value(const struct notice_fill *fill, hufu_error *error)
{
	char where[PLACE_MAX + 8];
	snprintf(where, sizeof where, "{{%s}}", fill->name);
	return fail(error, HUFU_USAGE, view_of(where), "is not known yet, and the text needs it", fill->todo);
}

static hufu_status no_place(hufu_view name, hufu_error *error)
{
	char where[PLACE_MAX + 8];
	snprintf(where, sizeof where, "{{%.*s}}", (int)(name.len < PLACE_MAX ? name.len : PLACE_MAX), name.ptr);
	return fail(error, HUFU_MALFORMED, view_of(where), "is no place that a notice knows",
	        "places are {{kinds}}, {{sender}}, {{contact}}, {{measures}}");
}

/* Fills what is known by now; {{kinds}} stays, `kinds` tells that it was there. */
static hufu_status fill_places(
        hufu_view text, const struct notice_fill *fill, size_t count, struct bytes *out, bool *kinds, hufu_error *error)
{
	*kinds = false;
	while (text.len) {
		const char *open = memmem(text.ptr, text.len, "{{", 2);
		size_t before = open ? (size_t)(open - text.ptr) : text.len;
		bytes_add(out, view_make(text.ptr, before));
		text = view_from(text, before);
		if (!open)
			break;
		const char *close = memmem(text.ptr, text.len, "}}", 2);
		hufu_view name = close ? view_trim(view_make(text.ptr + 2, (size_t)(close - text.ptr) - 2)) : text;
		const struct notice_fill *known = close ? fill_of(fill, count, name) : NULL;
		if (view_is(name, "kinds"))
			*kinds = true;
		else if (!known)
			return no_place(name, error);
		else if (!known->value)
			return no_value(known, error);
		bytes_text(out, known ? known->value : "{{kinds}}");
		text = view_from(text, (size_t)(close - text.ptr) + 2);
	}
	return HUFU_OK;
}

/* ---- what may not stand there ---- */

static bool holds(hufu_view text, const char *word)
{
	size_t len = strlen(word);
	for (size_t at = 0; at + len <= text.len; at++)
		if (!strncasecmp(text.ptr + at, word, len))
			return true;
	return false;
}

/* Numbers with check digits are somebody's; a telephone number may be our own. */
static bool holds_number(hufu_view text)
{
	static const char *const kinds[] = { "resident_id", "bank_card", "vin" };
	for (size_t i = 0; i < LEN(kinds); i++) {
		const struct ident_kind *kind = ident_by_name(view_of(kinds[i]));
		size_t at = 0, len;
		if (kind && kind->find(text, &at, &len))
			return true;
	}
	return false;
}

static bool printable_text(hufu_view text, bool one_line)
{
	while (text.len) {
		uint32_t c = utf8_next(&text);
		if (c == UTF8_BROKEN || (c < ' ' && (one_line || (c != '\n' && c != '\t'))) || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

static hufu_status check_part(enum notice_part which, hufu_view text, bool kinds, const char *path, hufu_error *error)
{
	static const char *const links[] = { "http://", "https://", "www." };
	for (size_t i = 0; i < LEN(links); i++)
		if (holds(text, links[i]))
			return wrong(path, "holds a link", "people are warned of links: say it in words", error);
	if (!text.len)
		return wrong(path, "lacks a part, or has an empty one", "it wants ## subject, ## zh, ## en and ## sms",
		        error);
	if (text.len > parts[which].most)
		return wrong(path, "has a part that is too long",
		        "at most 200 bytes of subject, 1000 of sms, 16 KiB of zh and en", error);
	if (!printable_text(text, parts[which].one_line))
		return wrong(path, "has control characters, lines where one is wanted, or is no UTF-8",
		        "subject and sms are one line each", error);
	if (holds_number(text))
		return wrong(
		        path, "holds what looks like somebody's number", "a notice names kinds, never values", error);
	if (parts[which].kinds && !kinds)
		return wrong(path, "does not say which kinds of data are concerned",
		        "put {{kinds}} into each of zh, en and sms", error);
	return HUFU_OK;
}

/* ---- reading ---- */

/* The part under a heading: up to the next one. */
static hufu_view part_of(hufu_view file, enum notice_part which)
{
	hufu_view part = { 0 };
	bool inside = false;
	for (hufu_view rest = file, line = { 0 }; rest.len;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		(void)view_split(&rest, end ? (size_t)(end - rest.ptr) + 1 : rest.len, &line);
		if (view_starts(line, "## ")) {
			inside = !part.ptr && view_is(view_trim(line), parts[which].heading);
			part = inside ? view_make(rest.ptr, 0) : part;
		} else if (inside) {
			part.len += line.len;
		}
	}
	return view_trim(part);
}

static hufu_status read_part(enum notice_part which, hufu_view file, const char *path, const struct notice_fill *fill,
        size_t count, char **out, hufu_error *error)
{
	struct bytes filled = { 0 };
	bool kinds;
	hufu_status status = fill_places(part_of(file, which), fill, count, &filled, &kinds, error);
	if (!status)
		status = check_part(which, bytes_view(&filled), kinds, path, error);
	bytes_byte(&filled, 0);
	if (!status && filled.failed)
		status = fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	if (status)
		bytes_done(&filled);
	else
		*out = filled.ptr;
	return status;
}

hufu_status notice_text_read(hufu_view file, const char *path, const struct notice_fill *fill, size_t count,
        struct notice_text *out, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	*out = (struct notice_text){ 0 };
	for (size_t i = 0; i < NOTICE_PARTS && !status; i++)
		status = read_part((enum notice_part)i, file, path, fill, count, &out->parts[i], error);
	if (status)
		notice_text_done(out);
	return status;
}

/* ---- for one person ---- */

static const struct {
	const char *kind, *en;
} english[] = {
	{ "mobile", "mobile number" },
	{ "resident_id", "resident ID number" },
	{ "vin", "vehicle identification number" },
	{ "plate", "licence plate" },
	{ "bank_card", "bank card number" },
	{ "uscc", "company code" },
	{ "email", "e-mail address" },
	{ "name", "name" },
	{ "address", "address" },
	{ "date", "dates" },
};

static const char *kind_word(const struct ident_kind *kind, bool chinese)
{
	if (chinese)
		return kind->zh;
	for (size_t i = 0; i < LEN(english); i++)
		if (!strcmp(english[i].kind, kind->name))
			return english[i].en;
	return kind->name;
}

static void put_kinds(uint32_t kinds, bool chinese, struct bytes *out)
{
	bool first = true;
	for (size_t i = 0; i < ident_kinds_count; i++) {
		if (!(kinds & kind_bit(ident_kinds[i])))
			continue;
		bytes_text(out, first ? "" : chinese ? "、" : ", ");
		bytes_text(out, kind_word(ident_kinds[i], chinese));
		first = false;
	}
	/* A number of ours has no kind of its own; and nobody is told of nothing. */
	if (first || kinds & kind_bit(NULL)) {
		bytes_text(out, first ? "" : chinese ? "、" : ", ");
		bytes_text(out, chinese ? "其他记录（如客户编号、订单信息）"
		                        : "other records (such as customer or order numbers)");
	}
}

static void put_part(const struct notice_text *text, enum notice_part which, uint32_t kinds, struct bytes *out)
{
	hufu_view rest = view_of(text->parts[which]);
	for (const char *at; (at = memmem(rest.ptr, rest.len, "{{kinds}}", 9));) {
		bytes_add(out, view_make(rest.ptr, (size_t)(at - rest.ptr)));
		put_kinds(kinds, which != NOTICE_EN, out);
		rest = view_from(rest, (size_t)(at - rest.ptr) + 9);
	}
	bytes_add(out, rest);
}

void notice_subject(const struct notice_text *text, uint32_t kinds, struct bytes *out)
{
	put_part(text, NOTICE_SUBJECT, kinds, out);
	bytes_byte(out, 0);
}

void notice_mail(const struct notice_text *text, uint32_t kinds, struct bytes *out)
{
	put_part(text, NOTICE_ZH, kinds, out);
	bytes_text(out, "\n\n----\n\n");
	put_part(text, NOTICE_EN, kinds, out);
	bytes_text(out, "\n");
	bytes_byte(out, 0);
}

void notice_sms(const struct notice_text *text, uint32_t kinds, struct bytes *out)
{
	put_part(text, NOTICE_SMS, kinds, out);
	bytes_byte(out, 0);
}
