/* The verdict as a person reads it in a terminal, in English or Chinese. */
#ifndef HUFU_CMD_REPORT_H
#define HUFU_CMD_REPORT_H

#include "verdict/verdict.h"

#include <stdio.h>

void report_print(FILE *to, const struct hufu_verdict *verdict, bool chinese);

#endif
