/* Who acts in a casebook, and what he may do there. */
#include "case/book.h"

void casebook_act_as(struct casebook *book, const struct actor *actor)
{
	book->actor = *actor;
}

const struct actor *casebook_actor(const struct casebook *book)
{
	return &book->actor;
}

hufu_status casebook_may(const struct casebook *book, enum may may, hufu_error *error)
{
	return actor_may(&book->actor, may, error);
}

/* What each entry of the timeline takes. A change that is not here is nobody's: a new one needs its line. */
static const struct {
	const char *what;
	enum may may;
} changes[] = {
	{ "open", MAY_OPEN },
	{ "close", MAY_OPEN },
	{ "fact", MAY_WORK },
	{ "listing", MAY_WORK },
	{ "impact", MAY_WORK },
	{ "member", MAY_WORK },
	{ "task", MAY_WORK },
	{ "decision", MAY_WORK },
	{ "duty", MAY_SETTLE },
	{ "escalation", MAY_WORK },
	{ "match", MAY_MATCH },
	{ "bundle", MAY_BUNDLE },
	{ "drill", MAY_OPEN },
	{ "hold", MAY_SETTLE },
	{ "look", MAY_READ },
	{ "look masked", MAY_SEE },
	{ "export", MAY_READ },
	{ "stamp", MAY_BUNDLE },
	{ "notice", MAY_NOTICE },
	{ "notice release", MAY_RELEASE },
	{ "notice sent", MAY_SETTLE },
	{ "filing", MAY_SETTLE },
	{ "claim", MAY_WORK },
	{ "claim asked", MAY_WORK },
	{ "claim code", MAY_WORK },
	{ "claim proof", MAY_SETTLE },
	{ "claim decision", MAY_SETTLE },
};

hufu_status case_may_change(const struct change *change, hufu_error *error)
{
	for (size_t i = 0; i < LEN(changes); i++)
		if (!strcmp(changes[i].what, change->what))
			return casebook_may(change->book, changes[i].may, error);
	return fail(error, HUFU_DENIED, view_of(change->what), "is a change that no role may make", NULL);
}
