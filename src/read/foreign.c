/* Formats known by their first bytes that are not read yet. They are claimed so that none of them is taken for text and
 * an incomplete read says so. */
#include "read/read.h"

static const struct {
	const char *bytes;
	unsigned len, at;
	enum jail_why why;
} magics[] = {
	{ "\x89LZO", 4, 0, JAIL_WHY_ARCHIVE }, { "MSCF\0\0\0\0", 8, 0, JAIL_WHY_ARCHIVE }, /* cab */
	{ "!<arch>\n", 8, 0, JAIL_WHY_ARCHIVE }, { "PK\x07\x08", 4, 0, JAIL_WHY_ARCHIVE }, /* first volume of several */
	{ "%PDF-", 5, 0, JAIL_WHY_BINARY }, { "{\\rtf", 5, 0, JAIL_WHY_BINARY },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, JAIL_WHY_BINARY }, /* old Office */
	{ "SQLite format 3\0", 16, 0, JAIL_WHY_BINARY }, { "\x89PNG\r\n\x1a\n", 8, 0, JAIL_WHY_BINARY },
	{ "\xff\xd8\xff", 3, 0, JAIL_WHY_BINARY }, /* jpeg */
	{ "\x7f"
	  "ELF",
	        4, 0, JAIL_WHY_BINARY },
	{ "PAR1", 4, 0, JAIL_WHY_BINARY }, /* parquet */
};

/* Text whose records are not its lines: read as lines it would seem to hold nothing, and to have been read whole. */
static bool structured(hufu_view head)
{
	hufu_view text = view_trim(view_starts(head, "\xef\xbb\xbf") ? view_from(head, 3) : head);
	return view_starts(text, "<?xml") || view_starts(text, "<!DOCTYPE") || view_starts(text, "<html");
}

static enum jail_why why_not(hufu_view head)
{
	for (size_t i = 0; i < LEN(magics); i++) {
		hufu_view rest = view_from(head, magics[i].at), there;
		if (view_split(&rest, magics[i].len, &there) && memcmp(there.ptr, magics[i].bytes, there.len) == 0)
			return magics[i].why;
	}
	return structured(head) ? JAIL_WHY_STRUCTURE : JAIL_WHY_NONE;
}

static bool claims(hufu_view head, hufu_view name)
{
	(void)name;
	return why_not(head) != JAIL_WHY_NONE;
}

static hufu_status read_foreign(struct job *job, struct source *source, hufu_view path)
{
	return sink_unread(job->sink, path, why_not(source_head(source)));
}

const struct reader reader_foreign = { .name = "foreign", .claims = claims, .read = read_foreign };
