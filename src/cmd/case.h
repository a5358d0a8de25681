/* What the words of `hufu case` share: the options given, and how an answer is printed. */
#ifndef HUFU_CMD_CASE_H
#define HUFU_CMD_CASE_H

#include "case/case.h"
#include "cmd/command.h"

#include <stdio.h>

struct case_given {
	const char *store, *title, *kind, *host, *basis, *source, *role, *contact, *assign, *why, *note, *lang;
	const char *part, *rows, *reason, *dataset;
	const char *text, *released_by, *person, *mail, *mobile, *test_to; /* of notices */
	const char *channel, *at, *file, *amount, *currency;               /* of claims */
	const char *approved_by, *sent_by, *reference;                     /* of filings */
	struct option_list from;
	bool json, drill, clear, dry_run, release;
	char *const *words; /* behind the action */
	size_t count;
	struct store *opened;
	struct casebook *book;
	int ends; /* what the process ends with when nothing failed */
};

typedef hufu_status case_act(struct case_given *given, hufu_error *error);

case_act act_drill;                       /* casedrill.c */
case_act act_look, act_export;            /* caselook.c */
case_act act_tick, act_told;              /* casetick.c */
case_act act_retain, act_hold, act_check; /* caseretain.c */
case_act act_backup, act_restore;         /* casebackup.c */
case_act act_stamp;                       /* casestamp.c */
case_act act_notice;                      /* casenotice.c */
case_act act_claim, act_ledger;           /* caseclaim.c */
case_act act_filing, act_year;            /* casefiling.c */

/* What retention does by the settings, and how that reads; for `retain` and `tick`. */
struct config;
hufu_status retain_by_settings(
        struct casebook *book, const struct config *config, bool only_look, json_t **out, hufu_error *error);

/* The one --from; NULL: none. */
static inline const char *case_from(const struct case_given *given)
{
	return given->from.count ? given->from.at[0] : NULL;
}

bool case_in_chinese(const struct case_given *given);
/* Prints `value` (taken over) as JSON where that was asked for, else as text. */
typedef void case_show_text(FILE *to, const json_t *value, bool in_chinese);
void show_drill(FILE *to, const json_t *report, bool chinese);
void show_retained(FILE *to, const json_t *value, bool chinese);
hufu_status case_answer(struct case_given *given, json_t *value, case_show_text *show, hufu_error *error);
case_show_text case_show_stamped; /* what case_stamp tells */

#endif
