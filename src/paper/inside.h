/* Inside the room: what hufu-paper says, and its two halves, the package (docx.c) and the text (text.c). */
#ifndef HUFU_PAPER_INSIDE_H
#define HUFU_PAPER_INSIDE_H

#include "base/bytes.h"
#include "base/status.h"
#include <jansson.h>

/* Why a template is refused; paper_why() has the words. The jailed program picks the number, never the words. */
enum paper_why {
	PAPER_GOOD,
	PAPER_WHY_MEMORY,
	PAPER_WHY_ZIP,      /* no zip, or a broken one */
	PAPER_WHY_NO_WORD,  /* a zip, and no document of Word */
	PAPER_WHY_LARGE,    /* members, bytes or rows beyond the limits */
	PAPER_WHY_NAME,     /* a member's name that leads elsewhere, or is there twice */
	PAPER_WHY_MACRO,    /* macros, embedded objects, controls */
	PAPER_WHY_EXTERNAL, /* something to be fetched from elsewhere */
	PAPER_WHY_XML,      /* a part that is no XML, or has a document type */
	PAPER_WHY_PLACE,    /* {{name}} that is no value */
	PAPER_WHY_OPEN,     /* {{ without }} */
	PAPER_WHY_FIELD,    /* a field that runs or fetches something */
	PAPER_WHY_JAIL,     /* it died, hung, or said what cannot be: told by the keeper */
	PAPER_WHY_COUNT
};
const char *paper_why(enum paper_why why);

/* What is wrong, and where: a place's or a member's name, of letters, digits and . _ / - alone. */
struct paper_trouble {
	enum paper_why why;
	char what[80];
};
/* False, so that a failure is one line; the first one stays. */
bool paper_wrong(struct paper_trouble *trouble, enum paper_why why, hufu_view what);

/* Fills a package: all of it in memory. */
bool docx_fill(hufu_view docx, const json_t *values, struct bytes *out, struct paper_trouble *trouble);
/* Fills the places of a part's text. */
struct _xmlDoc; /* libxml2's xmlDoc */
bool text_fill(struct _xmlDoc *document, const json_t *values, struct paper_trouble *trouble);

/* Refuses fields that do more than count, date and refer; `part` names where they stand. */
bool fields_check(struct _xmlDoc *document, hufu_view part, struct paper_trouble *trouble);

/* The program's answer: this byte, then the document; or the other, a byte of enum paper_why, and the name. */
enum { PAPER_SAYS_DOCUMENT = 'D', PAPER_SAYS_TROUBLE = 'E' };

#endif
