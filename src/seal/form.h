/* Forms: how a leak shows a value. A mobile number may stand there as its md5, or as 138****1234.
 *
 * Where a form is sealed, it is a column of its own, derived from the plain one: it has tokens, checks and look-up
 * entries like any other, and links like any other. A new form is a line in form.c's table. */
#ifndef HUFU_SEAL_FORM_H
#define HUFU_SEAL_FORM_H

#include "ident/ident.h"

enum { FORM_PLAIN = 0, FORM_TEXT_MAX = 256 };

struct form {
	uint8_t id;         /* goes into tokens: never reused, never changed */
	const char *name;   /* "md5", "md5+86": in JSON, for --form */
	const char *look;   /* what a column of that look is called when it does not link: "md5-like" */
	const char *digest; /* OpenSSL's name; NULL: a mask */
	const char *before; /* what was put before the value: "+86" */
	size_t shown_len;   /* characters of a shown value; 0: any */
};

/* By id (not 0) or name; NULL when there is none. */
const struct form *form_by_id(uint8_t id);
const struct form *form_by_name(hufu_view name);
/* The form a shown value looks like, the first of that look; NULL: plain. */
const struct form *form_by_look(hufu_view cell);
/* Whether a cell could be a value shown in this form. */
bool form_fits(const struct form *form, hufu_view cell);
/* Whether it is a plain MD5 digest, of whatever put before the value. */
bool form_is_md5(const struct form *form);
/* A value's normal form as this form shows it: hex digits or a mask. False when it does not fit. */
bool form_show(const struct form *form, const struct ident_kind *kind, hufu_view normal, struct ident_text *out);

#endif
