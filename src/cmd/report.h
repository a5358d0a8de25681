/* The verdict as a person reads it in a terminal, in English or Chinese. */
#ifndef HUFU_CMD_REPORT_H
#define HUFU_CMD_REPORT_H

#include "verdict/verdict.h"

#include <stdio.h>

void report_print(FILE *to, const struct hufu_verdict *verdict, bool chinese);

/* What a verdict's word means, in half a line; of no word: that nothing could be judged. */
const char *report_meaning(const char *word, bool chinese);

#endif
