/* A window over decoded text: what readers of text look at. Memory does not grow with the file. A reader moves `at`
 * on and asks for more; what it still holds stays in one piece. */
#ifndef HUFU_READ_WINDOW_H
#define HUFU_READ_WINDOW_H

#include "read/decode.h"
#include "read/marks.h"
#include "read/read.h"

enum {
	WINDOW_STEPS = 32,
	WINDOW_MORE = 256 << 10, /* so much at a time stays in the second-level cache while it is worked on */
};

/* A place in the text that can be returned to: where to start decoding, and how much of that lies before it. */
struct window_place {
	uint64_t raw, skip;
	uint64_t offset; /* window_offset there */
};

struct window {
	struct job *job;
	struct decoder decoder;
	char *text; /* owned, cap + MARKS_PAD bytes */
	size_t at, len, cap;
	bool end; /* the decoder has no more */

	uint64_t base; /* decoded bytes before text[0] */
	/* Where decoding could start anew, for places in the window; the newest last, round and round. */
	struct {
		uint64_t raw, decoded;
	} steps[WINDOW_STEPS];
	unsigned step;
};

/* Begins to decode `source`; window_done frees what there is also after a failure. */
hufu_status window_init(struct window *window, struct job *job, struct source *source);
void window_done(struct window *window);
/* Moves what is left to the front and fills up behind it until `want` bytes are there, or no more fit or come. */
void window_fill(struct window *window, size_t want);

/* The same, for who goes through the text once: some more behind what is left. */
void window_more(struct window *window);

static inline hufu_view window_view(const struct window *window)
{
	return view_make(window->text + window->at, window->len - window->at);
}

static inline bool window_over(const struct window *window)
{
	return window->end && window->at == window->len;
}

/* The longest record that is read: it must fit, with room to see that it does not end. */
size_t window_record_max(const struct window *window);
/* Decoded bytes before `at`. */
static inline uint64_t window_offset(const struct window *window)
{
	return window->base + window->at;
}
/* Where `at` stands, and back to it; false where the source cannot be rewound. */
struct window_place window_place(const struct window *window);
bool window_return(struct window *window, struct window_place place);

#endif
