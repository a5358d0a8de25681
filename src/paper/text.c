/* The places of a part: found over the runs that an editor cut a paragraph into, filled where they begin. */
#include "paper/inside.h"

#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 20000, DEPTH_MAX = 200, NAME_MAX_LEN = 64 };

struct filling {
	xmlDoc *document;
	const json_t *values;
	const json_t *row;    /* the object of a list, whose places are LIST.NAME; NULL: none */
	const char *row_list; /* its name */
	size_t rows;          /* made so far */
	struct paper_trouble *trouble;
};

/* ---- elements ---- */

/* As most editors write it, and as Word does where it was told to be strict. */
static const char word_space[] = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
static const char strict_space[] = "http://purl.oclc.org/ooxml/wordprocessingml/main";

static bool is_word(const xmlNode *node, const char *name)
{
	const char *space = node->type == XML_ELEMENT_NODE && node->ns ? (const char *)node->ns->href : NULL;
	return space && (!strcmp(space, word_space) || !strcmp(space, strict_space)) &&
	       !strcmp((const char *)node->name, name);
}

static bool is_text(const xmlNode *node)
{
	return is_word(node, "t");
}

/* The texts of a paragraph, in order; a paragraph inside it (a text box) has its own. */
struct pieces {
	xmlNode **at;
	size_t count, cap;
	struct bytes text; /* all of them, one behind the other */
	size_t *ends;      /* where each ends in it */
};

static bool add_piece(struct pieces *pieces, xmlNode *node)
{
	if (pieces->count == pieces->cap) {
		size_t cap = pieces->cap ? pieces->cap * 2 : 16;
		xmlNode **at = reallocarray(pieces->at, cap, sizeof(xmlNode *));
		if (at)
			pieces->at = at;
		size_t *ends = reallocarray(pieces->ends, cap, sizeof *ends);
		if (ends)
			pieces->ends = ends;
		if (!at || !ends)
			return false;
		pieces->cap = cap;
	}
	xmlChar *content = xmlNodeGetContent(node);
	bytes_text(&pieces->text, content ? (const char *)content : "");
	xmlFree(content);
	pieces->at[pieces->count] = node;
	pieces->ends[pieces->count++] = pieces->text.len;
	return !pieces->text.failed;
}

static bool gather(struct pieces *pieces, xmlNode *node, int depth)
{
	bool good = depth < DEPTH_MAX;
	for (xmlNode *child = node->children; child && good; child = child->next) {
		if (is_text(child))
			good = add_piece(pieces, child);
		else if (!is_word(child, "p"))
			good = gather(pieces, child, depth + 1);
	}
	return good;
}

static void pieces_done(struct pieces *pieces)
{
	free(pieces->at);
	free(pieces->ends);
	bytes_done(&pieces->text);
}

/* ---- places ---- */

/* The row of a list without any: a table of headings alone looks broken off. */
static const json_t nothing = { 0 };

static bool is_name(hufu_view name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", name.ptr[i]))
			return false;
	return name.len > 0 && name.len <= NAME_MAX_LEN;
}

/* The value of a place: of the row under way for LIST.NAME, else of all. NULL: there is none. */
static const char *value_of(const struct filling *filling, hufu_view name)
{
	char key[NAME_MAX_LEN + 1];
	const json_t *from = filling->values;
	hufu_view rest = name;
	if (!is_name(name))
		return NULL;
	const char *dot = memchr(name.ptr, '.', name.len);
	if (dot) {
		hufu_view list = view_make(name.ptr, (size_t)(dot - name.ptr));
		if (!filling->row || !view_is(list, filling->row_list))
			return NULL;
		from = filling->row;
		rest = view_from(name, list.len + 1);
	}
	memcpy(key, rest.ptr, rest.len);
	key[rest.len] = 0;
	if (dot && filling->row == &nothing)
		return "—";
	return json_string_value(json_object_get(from, key));
}

/* ---- writing a text ---- */

/* What XML cannot hold is left out; JSON has seen to it that the rest is UTF-8. */
static void add_clean(struct bytes *out, hufu_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		bool nonchar = byte == 0xef && i + 2 < text.len && (unsigned char)text.ptr[i + 1] == 0xbf &&
		               (unsigned char)text.ptr[i + 2] >= 0xbe;
		if (nonchar)
			i += 2;
		else if (byte >= 0x20 || byte == '\n' || byte == '\t')
			bytes_byte(out, (char)byte);
	}
}

static bool add_line(struct filling *filling, xmlNode *before, xmlNode *like, hufu_view line)
{
	xmlNode *text = xmlNewNode(like->ns, (const xmlChar *)"t");
	xmlNode *content = xmlNewDocTextLen(filling->document, (const xmlChar *)line.ptr, (int)line.len);
	if (!text || !content)
		return false;
	xmlAddChild(text, content);
	xmlNodeSetSpacePreserve(text, 1);
	xmlAddPrevSibling(before, text);
	return true;
}

/* Puts `text` in place of a w:t: its lines parted by breaks, which are its siblings in the run. */
static bool put_text(struct filling *filling, xmlNode *node, hufu_view text)
{
	bool good = true;
	for (hufu_view rest = text; good;) {
		const char *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
		hufu_view line = end ? view_make(rest.ptr, (size_t)(end - rest.ptr)) : rest;
		good = add_line(filling, node, node, line);
		if (!end)
			break;
		xmlNode *line_break = xmlNewNode(node->ns, (const xmlChar *)"br");
		good = good && line_break;
		if (line_break)
			xmlAddPrevSibling(node, line_break);
		rest = view_from(rest, line.len + 1);
	}
	xmlUnlinkNode(node);
	xmlFreeNode(node);
	return good || paper_wrong(filling->trouble, PAPER_WHY_MEMORY, view_of(""));
}

/* ---- a paragraph ---- */

/* The next place at or behind `at`: its bytes with the braces, its name. */
static bool next_place(hufu_view text, size_t at, hufu_view *place, hufu_view *name, bool *open)
{
	const char *begin = memmem(text.ptr + at, text.len - at, "{{", 2);
	if (!begin)
		return false;
	size_t from = (size_t)(begin - text.ptr);
	const char *end = memmem(begin + 2, text.len - from - 2, "}}", 2);
	*open = !end;
	if (!end)
		return true;
	*place = view_make(begin, (size_t)(end + 2 - begin));
	*name = view_trim(view_make(begin + 2, (size_t)(end - begin - 2)));
	return true;
}

/* Deals the filled text out again: what stood in a piece stays in it, a place's value goes where the place began. */
struct dealing {
	const struct pieces *pieces;
	struct bytes *made; /* [pieces] */
	size_t piece;       /* that the byte `at` of the text is in */
};

static void deal_plain(struct dealing *dealing, size_t from, size_t to)
{
	const struct pieces *pieces = dealing->pieces;
	while (from < to) {
		while (dealing->piece + 1 < pieces->count && pieces->ends[dealing->piece] <= from)
			dealing->piece++;
		size_t end = pieces->ends[dealing->piece] < to ? pieces->ends[dealing->piece] : to;
		bytes_add(&dealing->made[dealing->piece], view_make(pieces->text.ptr + from, end - from));
		from = end;
	}
}

static void deal_value(struct dealing *dealing, size_t from, const char *value)
{
	const struct pieces *pieces = dealing->pieces;
	while (dealing->piece + 1 < pieces->count && pieces->ends[dealing->piece] <= from)
		dealing->piece++;
	add_clean(&dealing->made[dealing->piece], view_of(value));
}

static bool deal(struct filling *filling, struct dealing *dealing)
{
	hufu_view text = bytes_view(&dealing->pieces->text), place, name;
	size_t at = 0;
	bool open;
	while (next_place(text, at, &place, &name, &open)) {
		if (open)
			return paper_wrong(filling->trouble, PAPER_WHY_OPEN, view_from(text, at));
		size_t from = (size_t)(place.ptr - text.ptr);
		const char *value = value_of(filling, name);
		if (!value)
			return paper_wrong(filling->trouble, PAPER_WHY_PLACE, name);
		deal_plain(dealing, at, from);
		deal_value(dealing, from, value);
		at = from + place.len;
	}
	deal_plain(dealing, at, text.len);
	return true;
}

static bool fill_paragraph(struct filling *filling, xmlNode *paragraph)
{
	struct pieces pieces = { 0 };
	bool good =
	        gather(&pieces, paragraph, 0) || paper_wrong(filling->trouble, PAPER_WHY_LARGE, view_of("a paragraph"));
	bool places = good && pieces.text.len && memmem(pieces.text.ptr, pieces.text.len, "{{", 2);
	struct bytes *made = places ? calloc(pieces.count, sizeof *made) : NULL;
	if (places) {
		struct dealing dealing = { .pieces = &pieces, .made = made };
		good = made ? deal(filling, &dealing) : paper_wrong(filling->trouble, PAPER_WHY_MEMORY, view_of(""));
	}
	for (size_t i = 0; made && i < pieces.count; i++) {
		good = good && !made[i].failed && put_text(filling, pieces.at[i], bytes_view(&made[i]));
		bytes_done(&made[i]);
	}
	free(made);
	pieces_done(&pieces);
	return good;
}

/* ---- what is repeated ---- */

/* The list that an element's places speak of; NULL: of none. `name` is set to it. */
static const json_t *list_of(const struct filling *filling, xmlNode *node, char name[NAME_MAX_LEN + 1])
{
	xmlChar *content = xmlNodeGetContent(node);
	hufu_view text = view_of(content ? (const char *)content : ""), place, inner;
	const json_t *list = NULL;
	bool open = false;
	for (size_t at = 0; !list && next_place(text, at, &place, &inner, &open) && !open;
	        at = (size_t)(place.ptr - text.ptr) + place.len) {
		const char *dot = is_name(inner) ? memchr(inner.ptr, '.', inner.len) : NULL;
		if (!dot)
			continue;
		memcpy(name, inner.ptr, (size_t)(dot - inner.ptr));
		name[dot - inner.ptr] = 0;
		list = json_object_get(filling->values, name);
		list = json_is_array(list) ? list : NULL;
	}
	xmlFree(content);
	return list;
}

static bool fill_below(struct filling *filling, xmlNode *node, int depth);

/* A row of a table: all its paragraphs with the row's places. */
static bool fill_copy(struct filling *filling, xmlNode *copy, int depth)
{
	return is_word(copy, "p") ? fill_paragraph(filling, copy) && fill_below(filling, copy, depth + 1)
	                          : fill_below(filling, copy, depth + 1);
}

static bool repeat(struct filling *filling, xmlNode *node, const json_t *list, const char *name, int depth)
{
	size_t at;
	json_t *row;
	bool good = true;
	if (!json_array_size(list) && is_word(node, "tr")) {
		filling->row = &nothing;
		filling->row_list = name;
		good = fill_copy(filling, node, depth);
		filling->row = NULL;
		return good;
	}
	json_array_foreach((json_t *)(uintptr_t)list, at, row)
	{
		xmlNode *copy = good ? xmlCopyNode(node, 1) : NULL;
		if (!copy || ++filling->rows > ROWS_MAX) {
			xmlFreeNode(copy);
			good = good && paper_wrong(filling->trouble, PAPER_WHY_LARGE, view_of(name));
			break;
		}
		xmlAddPrevSibling(node, copy);
		filling->row = row;
		filling->row_list = name;
		good = fill_copy(filling, copy, depth);
		filling->row = NULL;
	}
	xmlUnlinkNode(node);
	xmlFreeNode(node);
	return good;
}

static bool fill_below(struct filling *filling, xmlNode *node, int depth)
{
	bool good = depth < DEPTH_MAX || paper_wrong(filling->trouble, PAPER_WHY_LARGE, view_of("depth"));
	for (xmlNode *child = node->children, *next; child && good; child = next) {
		char name[NAME_MAX_LEN + 1];
		next = child->next;
		bool repeats = !filling->row && (is_word(child, "tr") || is_word(child, "p"));
		const json_t *list = repeats ? list_of(filling, child, name) : NULL;
		if (list)
			good = repeat(filling, child, list, name, depth);
		else
			good = (!is_word(child, "p") || fill_paragraph(filling, child)) &&
			       fill_below(filling, child, depth + 1);
	}
	return good;
}

bool text_fill(xmlDoc *document, const json_t *values, struct paper_trouble *trouble)
{
	struct filling filling = { .document = document, .values = values, .trouble = trouble };
	xmlNode *root = xmlDocGetRootElement(document);
	return !root || fill_below(&filling, root, 0);
}
