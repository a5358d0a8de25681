/* The words for why something could not be read: a stranger's process picks the number, never the words. */
#include "jail/jail.h"

static const char *const words[JAIL_WHY_COUNT] = {
	[JAIL_WHY_NONE] = "no reason given",
	[JAIL_WHY_EMPTY] = "empty",
	[JAIL_WHY_BINARY] = "neither text nor a format that can be read yet",
	[JAIL_WHY_COLUMNS] = "more columns than the limit of 4096",
	[JAIL_WHY_RECORD] = "one or more records longer than 1 MiB were left out",
	[JAIL_WHY_PASSWORD] = "encrypted with a password",
	[JAIL_WHY_DAMAGED] = "damaged: it breaks off or contradicts itself",
	[JAIL_WHY_ARCHIVE] = "an archive of a kind that is not read yet",
	[JAIL_WHY_STRUCTURE] = "XML or HTML, which is not read yet",
	[JAIL_WHY_BOMB] = "unpacks to more than the limit",
	[JAIL_WHY_MEMBERS] = "more members than the limit",
	[JAIL_WHY_DEPTH] = "archives inside archives, deeper than the limit",
	[JAIL_WHY_HELD] = "an archive inside another, too large to be read there: unpack it first",
	[JAIL_WHY_METHOD] = "packed in a way that is not read yet",
	[JAIL_WHY_HEADER] = "a mail header with more fields, or longer ones, than the limit",
	[JAIL_WHY_SYNTAX] = "is no well-formed YAML",
	[JAIL_WHY_ALIAS] = "an anchor, alias or tag of YAML, which are not followed: write it out",
	[JAIL_WHY_KEY] = "a YAML key that is no plain word of letters, digits, - and _, or that stands there twice",
	[JAIL_WHY_LARGE] = "YAML longer, deeper or wider than the limits",
	[JAIL_WHY_IO] = "the file could not be read to its end",
	[JAIL_WHY_CRASHED] = "the reader crashed on it",
	[JAIL_WHY_HUNG] = "the reader made no progress on it",
	[JAIL_WHY_LIED] = "the reader sent what cannot be, and was stopped",
};

const char *jail_why(enum jail_why why)
{
	return (unsigned)why < JAIL_WHY_COUNT ? words[why] : words[JAIL_WHY_NONE];
}
