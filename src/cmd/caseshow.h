/* A case as a person reads it: on a terminal, and as the emergency plan (Markdown). */
#ifndef HUFU_CMD_CASESHOW_H
#define HUFU_CMD_CASESHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

void caseshow_opened(FILE *to, const json_t *told);
void caseshow_list(FILE *to, const json_t *cases, bool chinese);
void caseshow_case(FILE *to, const json_t *value, bool chinese);
void caseshow_timeline(FILE *to, const json_t *entries, bool chinese);
void caseshow_plan(FILE *to, const json_t *value, bool chinese);

#endif
