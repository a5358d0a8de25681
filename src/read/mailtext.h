/* A mail as lines: taken from a source piece by piece, told apart by the boundaries that are open. Knows no fields. */
#ifndef HUFU_READ_MAILTEXT_H
#define HUFU_READ_MAILTEXT_H

#include "read/source.h"

enum { MAILTEXT_BUFFER = 64 << 10, MAILTEXT_LEVELS = 16, MAILTEXT_BOUNDARY_MAX = 512 };

enum mailtext_stop {
	MAILTEXT_GOES_ON,
	MAILTEXT_NEXT, /* a boundary of `stop_level`: its next part begins */
	MAILTEXT_LAST, /* the closing boundary of `stop_level` */
	MAILTEXT_MAIL, /* the next mail of an mbox begins */
	MAILTEXT_END,  /* no more bytes */
};

struct mailtext {
	struct source *source; /* borrowed */
	char bytes[MAILTEXT_BUFFER];
	size_t at, len;
	bool end;
	bool line_start; /* `at` stands at the beginning of a line */
	bool blank_line; /* the line before was blank */
	bool mbox;       /* "From " behind a blank line begins another mail */

	char boundaries[MAILTEXT_LEVELS][MAILTEXT_BOUNDARY_MAX];
	size_t boundary_len[MAILTEXT_LEVELS];
	unsigned levels;
	enum mailtext_stop stop;
	unsigned stop_level;
};

/* One line without its end, or a piece of a line longer than the buffer. */
struct mailtext_line {
	hufu_view text; /* valid until the next call */
	bool starts;    /* at the beginning of a line */
	bool whole;     /* to its end */
	bool ended;     /* by a line end, not by the end of the bytes */
	bool crlf;
};

/* "From somebody@example.com Mon Dec 12 08:15:00 2022": the line before each mail of an mbox. */
bool mailtext_is_from(hufu_view text);

void mailtext_init(struct mailtext *mail, struct source *source);
/* The next line as it stands, whatever it holds; false at the end. */
bool mailtext_raw(struct mailtext *mail, struct mailtext_line *line);
/* The next line of the body under way; false at a boundary or the end, which `stop` tells. The boundary is taken. */
bool mailtext_line(struct mailtext *mail, struct mailtext_line *line);
/* Opens a level; false when that is one too many, or no boundary. */
bool mailtext_open(struct mailtext *mail, hufu_view boundary);
/* What lies ahead, up to `want` bytes. */
hufu_view mailtext_peek(struct mailtext *mail, size_t want);

#endif
