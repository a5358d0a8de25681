/* Accounts as a person reads them on a terminal. */
#ifndef HUFU_CMD_ACCOUNTSHOW_H
#define HUFU_CMD_ACCOUNTSHOW_H

#include <jansson.h>
#include <stdio.h>

void accountshow_one_time(FILE *to, const json_t *value);
void accountshow_list(FILE *to, const json_t *accounts);
void accountshow_log(FILE *to, const json_t *entries);
void accountshow_sessions(FILE *to, const json_t *sessions);
void accountshow_totp(FILE *to, const json_t *account);
void accountshow_totp_begun(FILE *to, const json_t *begun);

#endif
