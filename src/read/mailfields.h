/* The header of a mail or of one of its parts: fields in their order, unfolded, still coded. */
#ifndef HUFU_READ_MAILFIELDS_H
#define HUFU_READ_MAILFIELDS_H

#include "base/bytes.h"
#include "read/mailtext.h"

enum { MAILFIELDS_MAX = 2000, MAILFIELDS_BYTES = 1 << 20, MAILFIELDS_VALUE = 64 << 10 };

struct mailfields {
	struct bytes text; /* owned: names and values */
	struct {
		uint32_t name_at, name_len, value_at, value_len;
	} at[MAILFIELDS_MAX];
	size_t count;
	uint64_t malformed; /* lines that are no field */
	bool dropped;       /* there were more, or longer ones, than are kept */
};

/* Length of the field name that `line` begins with; 0: it is no field. */
size_t mailfields_name(hufu_view line);
/* Whether mails have a field of this name, and whether hardly anything else has (`sure`). */
bool mailfields_known(hufu_view name, bool *sure);

/* Reads fields up to the blank line, the end, or the first line that is none; `fields` is made anew. */
void mailfields_read(struct mailfields *fields, struct mailtext *mail);
hufu_view mailfields_get_name(const struct mailfields *fields, size_t i);
hufu_view mailfields_get_value(const struct mailfields *fields, size_t i);
/* The first value of that name; empty when there is none. */
hufu_view mailfields_find(const struct mailfields *fields, const char *name);

#endif
