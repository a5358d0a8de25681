/* Who may do what: four roles, one table of permissions. What the command line and the console call asks here, so that
 * neither can forget to. An actor is whoever acts in a process now: an account, or the user of the machine. */
#ifndef HUFU_ACCOUNT_ROLE_H
#define HUFU_ACCOUNT_ROLE_H

#include "base/status.h"

enum account_role {
	ACTS_NONE,      /* may do nothing */
	ACTS_ADMIN,     /* accounts and settings, and the work; no values in clear: who gives out roles does not read */
	ACTS_RESPONDER, /* the technical work: matches, facts, tasks; reads values, with a reason */
	ACTS_LEGAL,     /* facts, duties, decisions; reads values, with a reason */
	ACTS_AUDITOR,   /* sees everything, masked, and changes nothing */
	ACTS_OWNER,     /* no account: the user of the machine, where the files' permissions are the boundary */
};

enum may {
	MAY_SEE,      /* cases, duties, timelines, masked rows */
	MAY_BUNDLE,   /* the record for another machine */
	MAY_OPEN,     /* open and close cases */
	MAY_WORK,     /* facts, listing, tasks, impact, members, decisions */
	MAY_SETTLE,   /* duties: done, waived */
	MAY_NOTICE,   /* notices to people: written, tested; who need not be told */
	MAY_RELEASE,  /* notices released */
	MAY_MATCH,    /* leaks into the vault and judged */
	MAY_READ,     /* values in clear, evidence out of the vault; with a reason, on the timeline */
	MAY_AUDIT,    /* the log of accounts, settings as they are */
	MAY_ACCOUNTS, /* accounts, roles, settings */
	MAY_COUNT
};

enum { ACTOR_NAME_MAX = 64 };

struct actor {
	char name[ACTOR_NAME_MAX]; /* as the timeline tells it */
	enum account_role role;
};

/* "admin", "responder", "legal", "auditor"; "owner" and "none" for the two that nobody can be given. */
const char *account_role_name(enum account_role role);
/* Of the four that can be given; ACTS_NONE when it is none of them. */
enum account_role account_role_of(const char *name);
const char *account_role_at(size_t at); /* the four, for completion and messages; NULL behind the end */

bool account_role_may(enum account_role role, enum may may);
/* "look", "bundle", ...: a word for each permission, for interfaces that show only what one may do. */
const char *may_name(enum may may);
/* HUFU_DENIED with a line that says which role it takes. */
hufu_status actor_may(const struct actor *actor, enum may may, hufu_error *error);

struct db;
/* Who the user of this process is to a store. An account of his name binds him to its role (disabled: to nothing).
 * Without one he is the owner on SQLite, where whoever may write the file may do everything anyway; on PostgreSQL he is
 * nobody as soon as there are accounts, and the owner before. His name is the machine's word: on PostgreSQL it binds
 * people who use hufu, not people who speak to the database themselves. */
hufu_status actor_of_user(struct db *db, struct actor *out, hufu_error *error);

#endif
