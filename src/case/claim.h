/* Inside the room: who holds a piece of work, and whether he still lives. */
#ifndef HUFU_CASE_CLAIM_H
#define HUFU_CASE_CLAIM_H

#include "base/view.h"

enum { CLAIM_MAX = 128 };

/* This very process, as no other one is called. */
void claim_print(char out[CLAIM_MAX]);
/* Surely dead: a process of this machine, since its start, that is there no more. What another machine holds, or this
 * one before it was started anew, cannot be told from here: false. */
bool claim_dead(const char *claim);

#endif
