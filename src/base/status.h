/* Failures: a small enum by value, detail in an optional hufu_error.
 *
 * `what` and `todo` are constant strings and `where` is made printable, so that no value out of a
 * hostile or personal file reaches a log or a terminal by this way. */
#ifndef HUFU_BASE_STATUS_H
#define HUFU_BASE_STATUS_H

#include "base/view.h"

/* Fills `error` (may be NULL) and returns `status`, so that a failure is one line:
 *     return fail(error, HUFU_MALFORMED, path, "is no seal", "seal the dataset again"); */
hufu_status fail(hufu_error *error, hufu_status status, hufu_view where, const char *what, const char *todo);

/* The same, with the text of errno in `what` (a constant per errno). */
hufu_status fail_errno(hufu_error *error, hufu_view where, const char *todo);

/* "where: what; todo" as one printable line into `out`. */
void error_line(const hufu_error *error, char *out, size_t cap);

/* Copies `text` into `out`, NUL-terminated, with control bytes, broken UTF-8 and what could steer a
 * terminal (C0, C1, bidi controls) replaced by '?'; cut at a character border with "..." when too long. */
void printable(hufu_view text, char *out, size_t cap);

#endif
