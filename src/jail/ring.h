/* What keeper and reader share: a sealed memfd of one head and some slots, and two pipes in which slot numbers travel.
 *
 * A slot is the reader's from the moment its number lies in the free pipe until the reader puts it into the full pipe.
 * The keeper takes a number out of the full pipe, copies what the slot says once, and gives the number back at once; it
 * never looks at the shared bytes again. Only the two halves of this room include this header. */
#ifndef HUFU_JAIL_RING_H
#define HUFU_JAIL_RING_H

#include "jail/jail.h"

enum {
	RING_MAGIC = 0x31465548, /* "HUF1" */
	RING_SLOTS = 4,
	RING_READY = 0xff,    /* instead of a slot number: the reader is locked in and starts to read */
	RING_EXIT_SETUP = 71, /* the reader's exit status when it could not prepare or lock itself in */

	/* The reader's descriptors; nothing else is open in it. */
	RING_FD_LEAK = 3,
	RING_FD_MEMORY = 4,
	RING_FD_FULL = 5, /* it writes numbers of slots that it filled */
	RING_FD_FREE = 6, /* it reads numbers of slots that it may fill */
	RING_FD_LAST = RING_FD_FREE,
};

struct ring_head {
	uint32_t magic, name_len;
	char name[JAIL_PATH_MAX];
	char format[JAIL_LABEL_MAX]; /* of the reader that was asked for; "" whoever claims it */
	uint32_t simd;               /* the keeper's simd_level: the reader has no environment to ask */
	uint64_t leak_bytes;         /* 0 when unknown (a pipe) */
	uint64_t consumed;           /* written by the reader at any time: shows that a silent one still moves */
};

/* A message as it lies in a slot. */
struct ring_note {
	uint32_t event, why;
	uint32_t columns, rows, stride, text_len, named;
	uint64_t malformed, lines, consumed;
	char path[JAIL_PATH_MAX];
	char format[JAIL_LABEL_MAX], encoding[JAIL_LABEL_MAX];
};

struct ring_slot {
	union {
		struct ring_note note;
		char page[4096];
	};
	struct batch_cell cells[BATCH_CELLS_MAX];
	char text[BATCH_TEXT_MAX];
};

struct ring {
	union {
		struct ring_head head;
		char page[4096];
	};
	struct ring_slot slots[RING_SLOTS];
};

/* The reader's end of the ring, over the descriptors above; NULL when there is none. `name` and `format` borrow from
 * the sink. */
struct sink *sink_ring(hufu_view *name, hufu_view *format, uint64_t *leak_bytes);
/* Tells the keeper that the lock is closed and the first byte will now be read. */
hufu_status sink_ready(struct sink *sink);
/* The last message. */
hufu_status sink_done(struct sink *sink);

/* ---- the keeper's judgement of a copied note (check.c) ---- */

/* What the keeper knows of the conversation so far. */
struct ring_state {
	bool part_open, done;
	uint32_t columns;         /* of the open part */
	char path[JAIL_PATH_MAX]; /* of the open part */
	uint64_t consumed;
	uint64_t leak_bytes;
	uint64_t notes;    /* messages without records */
	uint64_t unpacked; /* bytes of records */
};

enum {
	/* An honest reader keeps to 10,000 members, each at most a part, its end and two complaints. */
	RING_NOTES_MAX = 50000,
};

/* JAIL_WHY_NONE when `note`, and for a batch `batch` over the copied bytes, may follow what was said before; the
 * state then goes on. Else why the reader is ended. */
enum jail_why ring_judge(struct ring_state *state, const struct ring_note *note, const struct batch *batch);

#endif
