/* Odd, damaged and hostile files of other projects, each through the jailed reader: it ends in DONE, without a crash, a
 * hang or a lie. They are not part of this project: $HUFU_SHARED/files, or this test is skipped. */
#include "jail/jail.h"

#include "base/io.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static const char *reader;
static unsigned files, bad, parts, unread;

static const char *outcome(struct jail *jail)
{
	static struct jail_message message;
	do {
		if (jail_next(jail, &message, NULL) != HUFU_OK)
			return "our own side failed";
		parts += message.event == JAIL_PART;
		if (message.event == JAIL_UNREAD) {
			unread++;
			if (message.why == JAIL_WHY_CRASHED || message.why == JAIL_WHY_HUNG ||
			        message.why == JAIL_WHY_LIED)
				return jail_why(message.why);
		}
	} while (message.event != JAIL_DONE);
	return NULL;
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	if (kind != FTW_F)
		return 0;
	AUTO_FD fd = -1;
	struct jail *jail = NULL;
	const struct jail_options options = { .reader = reader, .name = view_of(path + at->base), .hang_seconds = 20 };
	const char *trouble = "could not be opened";
	files++;
	if (io_open(path, &fd, NULL) == HUFU_OK && jail_open(fd, &options, &jail, NULL) == HUFU_OK)
		trouble = outcome(jail);
	jail_close(jail);
	if (trouble) {
		fprintf(stderr, "%s: %s\n", path, trouble);
		bad++;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *shared = getenv("HUFU_SHARED");
	if (argc != 2)
		return 2;
	if (!shared || !*shared) {
		puts("skipped: HUFU_SHARED is not set");
		return 77;
	}
	AUTO_FREE char *folder = io_join(shared, "files");
	reader = argv[1];
	if (!folder || nftw(folder, visit, 16, FTW_PHYS) != 0) {
		puts("skipped: no folder of files in HUFU_SHARED");
		return 77;
	}
	printf("%u files, %u parts, %u unread, %u bad\n", files, parts, unread, bad);
	return bad > 0;
}
