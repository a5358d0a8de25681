/* The table of permissions. What a role may do stands here and nowhere else. */
#include "account/role.h"

#include <stdio.h>

static const char *const names[] = {
	[ACTS_NONE] = "none",
	[ACTS_ADMIN] = "admin",
	[ACTS_RESPONDER] = "responder",
	[ACTS_LEGAL] = "legal",
	[ACTS_AUDITOR] = "auditor",
	[ACTS_OWNER] = "owner",
};

#define BIT(name) (1u << ACTS_##name)
enum { WORKERS = BIT(ADMIN) | BIT(RESPONDER) | BIT(LEGAL), ALL = WORKERS | BIT(AUDITOR) };

/* The owner may do everything and needs no bit. */
static const struct permission {
	const char *name;
	unsigned roles;
	const char *denied, *takes;
} permissions[] = {
	[MAY_SEE] = { "see", ALL, "may not see cases", "that takes an account: ask an admin for one" },
	[MAY_BUNDLE] = { "bundle", ALL, "may not make bundles", "that takes an account: ask an admin for one" },
	[MAY_OPEN] = { "open", WORKERS, "may not open or close cases",
	        "that takes the role responder, legal or admin" },
	[MAY_WORK] = { "work", WORKERS, "may not change cases", "that takes the role responder, legal or admin" },
	[MAY_SETTLE] = { "settle", WORKERS, "may not settle duties", "that takes the role responder, legal or admin" },
	[MAY_NOTICE] = { "notice", BIT(RESPONDER) | BIT(LEGAL), "may not write notices to people",
	        "that takes the role responder or legal" },
	[MAY_RELEASE] = { "release", BIT(LEGAL) | BIT(ADMIN), "may not release notices to people",
	        "that takes the role legal or admin" },
	[MAY_MATCH] = { "match", BIT(ADMIN) | BIT(RESPONDER), "may not bring leaks into a case",
	        "that takes the role responder or admin" },
	[MAY_READ] = { "read", BIT(RESPONDER) | BIT(LEGAL), "may not read values in clear or take evidence out",
	        "that takes the role responder or legal" },
	[MAY_AUDIT] = { "audit", BIT(ADMIN) | BIT(AUDITOR), "may not see the log of accounts",
	        "that takes the role auditor or admin" },
	[MAY_ACCOUNTS] = { "accounts", BIT(ADMIN), "may not change accounts or settings", "that takes the role admin" },
};
_Static_assert(LEN(permissions) == MAY_COUNT, "a line for each permission");

const char *account_role_name(enum account_role role)
{
	return names[role];
}

const char *account_role_at(size_t at)
{
	return at < ACTS_AUDITOR ? names[ACTS_ADMIN + at] : NULL;
}

enum account_role account_role_of(const char *name)
{
	for (enum account_role role = ACTS_ADMIN; role <= ACTS_AUDITOR; role++)
		if (name && !strcmp(name, names[role]))
			return role;
	return ACTS_NONE;
}

bool account_role_may(enum account_role role, enum may may)
{
	return role == ACTS_OWNER || (permissions[may].roles & (1u << role));
}

const char *may_name(enum may may)
{
	return permissions[may].name;
}

hufu_status actor_may(const struct actor *actor, enum may may, hufu_error *error)
{
	char who[ACTOR_NAME_MAX + 32];
	if (account_role_may(actor->role, may))
		return HUFU_OK;
	snprintf(who, sizeof who, "%s (%s)", actor->name,
	        actor->role == ACTS_NONE ? "without a role" : names[actor->role]);
	return fail(error, HUFU_DENIED, view_of(who), permissions[may].denied, permissions[may].takes);
}
