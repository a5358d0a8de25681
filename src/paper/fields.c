/* Fields: what Word works out by itself when a paper is opened or printed. Some of them start programs (DDEAUTO),
 * others fetch files and pictures from wherever they are told to (INCLUDEPICTURE, INCLUDETEXT), without asking whoever
 * reads. So a template has those alone that count, date and refer. An editor cuts an instruction into runs, and fields
 * hold fields: what counts is the first word, put together again. */
#include "paper/inside.h"

#include <libxml/tree.h>
#include <string.h>

enum { FIELDS_DEEP = 20, WORD_MAX = 24 };

/* A field that is open: the first word of its instruction, as far as it was read. */
struct field {
	char word[WORD_MAX + 1];
	size_t len;
	bool ended;    /* the word */
	bool shown;    /* its result has begun: nothing of that instructs */
	bool computed; /* its first word would be another field's result */
};

struct fields {
	struct field open[FIELDS_DEEP];
	size_t depth;
};

static void add_instruction(struct field *field, const char *text)
{
	for (; *text && !field->ended; text++) {
		bool blank = strchr(" \t\r\n\"\\", *text);
		if (blank || field->len == WORD_MAX)
			field->ended = !blank || field->len;
		else
			field->word[field->len++] = *text;
		field->ended |= field->len == 1 && field->word[0] == '=';
	}
	field->word[field->len] = 0;
}

static bool is_harmless(const struct field *field)
{
	static const char *const harmless[] = { "", "=", "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "DATE", "TIME",
		"CREATEDATE", "SAVEDATE", "PRINTDATE", "TITLE", "SUBJECT", "AUTHOR", "FILENAME", "REF", "PAGEREF",
		"NOTEREF", "STYLEREF", "TOC", "TC", "XE", "INDEX", "SEQ", "LISTNUM", "HYPERLINK", "SYMBOL", "QUOTE",
		"IF", "EQ", "ADVANCE", "DOCPROPERTY", "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN" };
	for (size_t i = 0; i < LEN(harmless) && !field->computed; i++)
		if (!strcasecmp(field->word, harmless[i]))
			return true;
	return false;
}

static bool begin(struct fields *fields)
{
	struct field *outer = fields->depth ? &fields->open[fields->depth - 1] : NULL;
	if (fields->depth == FIELDS_DEEP)
		return false;
	if (outer && !outer->shown && !outer->ended)
		outer->computed = true;
	fields->open[fields->depth++] = (struct field){ .len = 0 };
	return true;
}

/* begin, separate, end; without an outer field the last two are of none. */
static bool turn(struct fields *fields, const char *kind)
{
	if (!strcmp(kind, "begin"))
		return begin(fields);
	if (!fields->depth)
		return false;
	struct field *field = &fields->open[fields->depth - 1];
	field->shown = true;
	fields->depth -= !strcmp(kind, "end");
	return is_harmless(field);
}

static bool is_named(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

/* An attribute of the element's own name space. */
static xmlChar *own_attribute(xmlNode *node, const char *name)
{
	xmlChar *value = node->ns ? xmlGetNsProp(node, (const xmlChar *)name, node->ns->href) : NULL;
	return value ? value : xmlGetNoNsProp(node, (const xmlChar *)name);
}

static bool simple_is_harmless(xmlNode *node)
{
	struct field field = { .len = 0 };
	xmlChar *instruction = own_attribute(node, "instr");
	add_instruction(&field, instruction ? (const char *)instruction : "");
	xmlFree(instruction);
	return is_harmless(&field);
}

static bool turn_at(struct fields *fields, xmlNode *node)
{
	xmlChar *kind = own_attribute(node, "fldCharType");
	bool good = turn(fields, kind ? (const char *)kind : "");
	xmlFree(kind);
	return good;
}

static void instruct(struct fields *fields, xmlNode *node)
{
	struct field *field = fields->depth ? &fields->open[fields->depth - 1] : NULL;
	xmlChar *text = field && !field->shown ? xmlNodeGetContent(node) : NULL;
	if (text)
		add_instruction(field, (const char *)text);
	xmlFree(text);
}

/* The node behind this one, as it is written; NULL behind the last. */
static xmlNode *following(xmlNode *node)
{
	if (node->type == XML_ELEMENT_NODE && node->children)
		return node->children;
	while (node && !node->next)
		node = node->parent && node->parent->type == XML_ELEMENT_NODE ? node->parent : NULL;
	return node ? node->next : NULL;
}

bool fields_check(xmlDoc *document, hufu_view part, struct paper_trouble *trouble)
{
	struct fields fields = { .depth = 0 };
	bool good = true;
	for (xmlNode *node = xmlDocGetRootElement(document); node && good; node = following(node)) {
		if (is_named(node, "fldSimple"))
			good = simple_is_harmless(node);
		else if (is_named(node, "fldChar"))
			good = turn_at(&fields, node);
		else if (is_named(node, "instrText") || is_named(node, "delInstrText"))
			instruct(&fields, node);
	}
	for (size_t i = 0; i < fields.depth && good; i++)
		good = is_harmless(&fields.open[i]);
	return good || paper_wrong(trouble, PAPER_WHY_FIELD, part);
}
