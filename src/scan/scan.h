/* Identifiers in running text: the kinds' own finds, put in order and freed of overlaps. Needs no key and no memory of
 * its own; every input may be hostile. Uses base and ident only.
 *
 * A code with a check digit wins over a shorter one inside it. Names and addresses have no check: they count as `sure`
 * where a word announces them ("车主", "地址"), and otherwise only where they stand alone between punctuation; whoever
 * asks decides whether what stands beside them makes them worth it. */
#ifndef HUFU_SCAN_SCAN_H
#define HUFU_SCAN_SCAN_H

#include "ident/ident.h"

enum {
	SCAN_HITS_MAX = 512,      /* of one text */
	SCAN_TEXT_MAX = 16 << 10, /* bytes of one text: a line or a paragraph; what lies behind is not looked at */
};

struct scan_hit {
	const struct ident_kind *kind;
	uint32_t at, len;
	bool sure; /* has a check, or is announced by a word */
};

/* Finds up to `cap` identifiers, in their order in the text; returns how many. */
size_t scan_text(hufu_view text, struct scan_hit *hits, size_t cap);

/* Whether scan_text could find a code in it at all; quick, and wrong on one side only. */
bool scan_may_hold(hufu_view text);

/* Whether a few words name what follows them: "姓名", "Phone", "身份证号". */
bool scan_is_label(hufu_view text);

/* Whether such words stand right before the value at `at`, in its line, with ":", "=" or a tab between. */
bool scan_labels(hufu_view text, size_t at);

#endif
