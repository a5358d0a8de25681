/* Judges what a reader says, on the keeper's own copy: order of messages, counts, labels, every cell within its text.
 * Pure functions over memory, so that tests can lie in every way without a process. */
#include "base/status.h"
#include "jail/ring.h"

/* Far above what a reader within its own limits (1 TiB unpacked, 1000:1) can send; a run must end all the same. */
static const uint64_t unpacked_max = (uint64_t)4 << 40;
static const uint64_t unpacked_free = (uint64_t)4 << 30;
static const uint64_t ratio_max = 4000;

static bool label_ok(const char label[JAIL_LABEL_MAX])
{
	size_t len = strnlen(label, JAIL_LABEL_MAX);
	if (len == 0 || len == JAIL_LABEL_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = label[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

static bool path_ok(const char path[JAIL_PATH_MAX])
{
	char clean[JAIL_PATH_MAX];
	size_t len = strnlen(path, JAIL_PATH_MAX);
	if (len == JAIL_PATH_MAX)
		return false;
	printable(view_make(path, len), clean, sizeof clean);
	return strcmp(clean, path) == 0;
}

static bool why_ok(uint32_t why)
{
	return why > JAIL_WHY_NONE && why < JAIL_WHY_COUNT && why != JAIL_WHY_CRASHED && why != JAIL_WHY_HUNG &&
	       why != JAIL_WHY_LIED;
}

static enum jail_why judge_batch(struct ring_state *state, const struct batch *batch)
{
	if (!state->part_open || batch->columns != state->columns || !batch_check(batch))
		return JAIL_WHY_LIED;
	/* A record took at least its line end, so that empty records are not free. */
	state->unpacked += (uint64_t)batch->text_len + batch->rows;
	if (state->unpacked > unpacked_max)
		return JAIL_WHY_BOMB;
	if (state->leak_bytes && state->unpacked > unpacked_free && state->unpacked / ratio_max > state->leak_bytes)
		return JAIL_WHY_BOMB;
	return JAIL_WHY_NONE;
}

enum jail_why ring_judge(struct ring_state *state, const struct ring_note *note, const struct batch *batch)
{
	if (state->done || note->consumed < state->consumed)
		return JAIL_WHY_LIED;
	if (state->leak_bytes && note->consumed > state->leak_bytes)
		return JAIL_WHY_LIED;
	state->consumed = note->consumed;
	if (note->event != JAIL_BATCH && ++state->notes > RING_NOTES_MAX)
		return JAIL_WHY_MEMBERS;

	switch (note->event) {
	case JAIL_PART:
		if (state->part_open || !path_ok(note->path) || !label_ok(note->format) || !label_ok(note->encoding) ||
		        note->columns == 0 || note->columns > BATCH_COLUMNS_MAX)
			return JAIL_WHY_LIED;
		state->part_open = true;
		state->columns = note->columns;
		memcpy(state->path, note->path, sizeof state->path);
		return JAIL_WHY_NONE;
	case JAIL_BATCH:
		return judge_batch(state, batch);
	case JAIL_PART_END:
		if (!state->part_open || note->malformed > unpacked_max || note->lines > unpacked_max)
			return JAIL_WHY_LIED;
		state->part_open = false;
		return JAIL_WHY_NONE;
	case JAIL_UNREAD:
		return path_ok(note->path) && why_ok(note->why) ? JAIL_WHY_NONE : JAIL_WHY_LIED;
	case JAIL_DONE:
		if (state->part_open)
			return JAIL_WHY_LIED;
		state->done = true;
		return JAIL_WHY_NONE;
	default:
		return JAIL_WHY_LIED;
	}
}
