/* Until when an extortioner wants his money: a date, a span ("within 72 hours"), a weekday or "tomorrow", where the
 * sentence says that it is a deadline.
 *
 * One reading of all words: "by", "before", "until", 前, 之前 and 截止 mean the end of the day that they name,
 * 23:59:59. A threat is no statute: whoever writes "before 15 December" waits for the money of the 15th more often than
 * not, and duties do not hang on it. Business days are Monday to Friday: a stranger's calendar of holidays is not
 * known. */
#ifndef HUFU_CASE_DEADLINE_H
#define HUFU_CASE_DEADLINE_H

#include "case/demand.h"

/* Looks in one sentence; `pays`: it speaks of paying. Sets the deadline's fields of `out` when there is one. */
bool deadline_find(hufu_view text, bool pays, const struct demand_options *options, struct demand *out);

#endif
