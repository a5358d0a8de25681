/* The reader's end: puts messages into the ring, or, for tests and fuzzing, hands them to a function in this process.
 * Both fill the same slots by the same code; only getting a slot and sending it differ. */
#include "base/simd.h"
#include "base/status.h"
#include "jail/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct sink {
	struct ring *ring;        /* in the jail; else NULL */
	struct ring_slot *own[2]; /* without a ring: one slot for the batch under way, one for other messages */
	bool (*take)(void *user, const struct jail_message *message);
	void *user;

	struct ring_slot *batch_slot; /* held for the batch under way */
	struct ring_slot *note_slot;  /* held for the message under way */
	uint32_t columns;             /* of the open part; 0: none is open */
	uint64_t consumed;
};

struct sink *sink_local(bool (*take)(void *user, const struct jail_message *message), void *user)
{
	struct sink *sink = calloc(1, sizeof *sink);
	if (!sink)
		return NULL;
	sink->take = take;
	sink->user = user;
	for (size_t i = 0; i < LEN(sink->own); i++)
		if (!(sink->own[i] = malloc(sizeof *sink->own[i]))) {
			sink_free(sink);
			return NULL;
		}
	return sink;
}

struct sink *sink_ring(hufu_view *name, hufu_view *format, uint64_t *leak_bytes)
{
	struct sink *sink = calloc(1, sizeof *sink);
	if (!sink)
		return NULL;
	void *at = mmap(NULL, sizeof *sink->ring, PROT_READ | PROT_WRITE, MAP_SHARED, RING_FD_MEMORY, 0);
	if (at == MAP_FAILED) {
		free(sink);
		return NULL;
	}
	sink->ring = at;
	if (sink->ring->head.magic != RING_MAGIC || sink->ring->head.name_len > JAIL_PATH_MAX) {
		sink_free(sink);
		return NULL;
	}
	simd_limit((enum simd)sink->ring->head.simd);
	*name = view_make(sink->ring->head.name, sink->ring->head.name_len);
	*format = view_make(sink->ring->head.format, strnlen(sink->ring->head.format, JAIL_LABEL_MAX));
	*leak_bytes = sink->ring->head.leak_bytes;
	return sink;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->ring)
		munmap(sink->ring, sizeof *sink->ring);
	for (size_t i = 0; i < LEN(sink->own); i++)
		free(sink->own[i]);
	free(sink);
}

/* ---- slots ---- */

static hufu_status ring_get(struct sink *sink, struct ring_slot **out)
{
	unsigned char number;
	ssize_t got;
	do
		got = read(RING_FD_FREE, &number, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1 || number >= RING_SLOTS)
		return HUFU_IO; /* the keeper is gone */
	*out = &sink->ring->slots[number];
	return HUFU_OK;
}

static hufu_status ring_put(unsigned char byte)
{
	ssize_t put;
	do
		put = write(RING_FD_FULL, &byte, 1);
	while (put < 0 && errno == EINTR);
	return put == 1 ? HUFU_OK : HUFU_IO;
}

static hufu_status slot_get(struct sink *sink, struct ring_slot **held, struct ring_slot *own)
{
	if (!*held) {
		if (sink->ring) {
			hufu_status st = ring_get(sink, held);
			if (st != HUFU_OK)
				return st;
		} else {
			*held = own;
		}
	}
	memset(&(*held)->note, 0, sizeof(*held)->note);
	return HUFU_OK;
}

static void slot_message(const struct ring_slot *slot, struct jail_message *out)
{
	const struct ring_note *note = &slot->note;
	memset(out, 0, sizeof *out);
	out->event = (enum jail_event)note->event;
	out->why = (enum jail_why)note->why;
	memcpy(out->path, note->path, sizeof out->path);
	memcpy(out->format, note->format, sizeof out->format);
	memcpy(out->encoding, note->encoding, sizeof out->encoding);
	out->named = note->named != 0;
	out->columns = note->columns;
	out->malformed = note->malformed;
	out->lines = note->lines;
	out->consumed = note->consumed;
	if (out->event == JAIL_BATCH)
		out->batch = (struct batch){
			.columns = note->columns,
			.rows = note->rows,
			.stride = note->stride,
			.text_len = note->text_len,
			.cells = slot->cells,
			.text = slot->text,
		};
}

static hufu_status slot_send(struct sink *sink, struct ring_slot **held)
{
	struct ring_slot *slot = *held;
	*held = NULL;
	slot->note.consumed = sink->consumed;
	/* The pipe is a barrier: write() orders what lies in the slot before the number. */
	if (sink->ring)
		return ring_put((unsigned char)(slot - sink->ring->slots));
	struct jail_message message;
	slot_message(slot, &message);
	return sink->take(sink->user, &message) ? HUFU_OK : HUFU_IO;
}

/* ---- messages ---- */

static hufu_status note_begin(struct sink *sink, enum jail_event event, struct ring_note **out)
{
	hufu_status st = slot_get(sink, &sink->note_slot, sink->own[1]);
	if (st != HUFU_OK)
		return st;
	*out = &sink->note_slot->note;
	(*out)->event = event;
	return HUFU_OK;
}

static void set_label(char out[JAIL_LABEL_MAX], const char *label)
{
	size_t len = strnlen(label, JAIL_LABEL_MAX - 1);
	memcpy(out, label, len);
}

hufu_status sink_part(struct sink *sink, const struct sink_label *label)
{
	struct ring_note *note;
	hufu_status st = note_begin(sink, JAIL_PART, &note);
	if (st != HUFU_OK)
		return st;
	printable(label->path, note->path, sizeof note->path);
	set_label(note->format, label->format);
	set_label(note->encoding, label->encoding);
	note->columns = sink->columns = label->columns;
	note->named = label->named;
	return slot_send(sink, &sink->note_slot);
}

/* Columns lie `stride` cells apart. A stride of whole pages would put every column's next cell into the same cache
 * set, which costs half the speed from nine columns on. */
static uint32_t spread(uint32_t stride)
{
	return stride > 512 && stride % 512 == 0 ? stride - 8 : stride;
}

hufu_status sink_batch_begin(struct sink *sink, struct sink_batch *out)
{
	hufu_status st = slot_get(sink, &sink->batch_slot, sink->own[0]);
	if (st != HUFU_OK)
		return st;
	*out = (struct sink_batch){
		.cells = sink->batch_slot->cells,
		.text = sink->batch_slot->text,
		.columns = sink->columns,
		.stride = spread(batch_rows_max(sink->columns)),
	};
	return HUFU_OK;
}

hufu_status sink_batch_end(struct sink *sink, const struct sink_batch *batch)
{
	if (batch->rows == 0)
		return HUFU_OK; /* the slot stays held for the next batch */
	struct ring_note *note = &sink->batch_slot->note;
	note->event = JAIL_BATCH;
	note->columns = batch->columns;
	note->rows = batch->rows;
	note->stride = batch->stride;
	note->text_len = batch->text_len;
	return slot_send(sink, &sink->batch_slot);
}

static hufu_status end_part(struct sink *sink, uint64_t malformed, uint64_t lines)
{
	struct ring_note *note;
	hufu_status st = note_begin(sink, JAIL_PART_END, &note);
	if (st != HUFU_OK)
		return st;
	note->malformed = malformed;
	note->lines = lines;
	sink->columns = 0;
	return slot_send(sink, &sink->note_slot);
}

hufu_status sink_part_end(struct sink *sink, uint64_t malformed)
{
	return end_part(sink, malformed, 0);
}

hufu_status sink_part_end_empty(struct sink *sink, uint64_t lines)
{
	return end_part(sink, 0, lines);
}

hufu_status sink_unread(struct sink *sink, hufu_view path, enum jail_why why)
{
	struct ring_note *note;
	hufu_status st = note_begin(sink, JAIL_UNREAD, &note);
	if (st != HUFU_OK)
		return st;
	printable(path, note->path, sizeof note->path);
	note->why = why;
	return slot_send(sink, &sink->note_slot);
}

void sink_consumed(struct sink *sink, uint64_t bytes)
{
	if (bytes > sink->consumed)
		sink->consumed = bytes;
	if (sink->ring)
		__atomic_store_n(&sink->ring->head.consumed, sink->consumed, __ATOMIC_RELAXED);
}

hufu_status sink_ready(struct sink *sink)
{
	return sink->ring ? ring_put(RING_READY) : HUFU_OK;
}

hufu_status sink_done(struct sink *sink)
{
	struct ring_note *note;
	hufu_status st = note_begin(sink, JAIL_DONE, &note);
	return st == HUFU_OK ? slot_send(sink, &sink->note_slot) : st;
}
