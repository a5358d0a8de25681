/* See window.h. */
#include "read/window.h"

#include <stdlib.h>

hufu_status window_init(struct window *window, struct job *job, struct source *source)
{
	*window = (struct window){ .job = job, .cap = job->limits->window };
	window->text = calloc(1, window->cap + MARKS_PAD);
	hufu_status st = decoder_init(&window->decoder, source, job->limits->raw);
	return window->text ? st : HUFU_NO_MEMORY;
}

void window_done(struct window *window)
{
	decoder_done(&window->decoder);
	free(window->text);
}

size_t window_record_max(const struct window *window)
{
	size_t most = window->cap / 2;
	return most < BATCH_RECORD_MAX ? most : BATCH_RECORD_MAX;
}

/* Steps lie so far apart that those of a whole window are still known. */
static void note_step(struct window *window)
{
	uint64_t decoded = window->base + window->len;
	if (window->step &&
	        decoded < window->steps[(window->step - 1) % WINDOW_STEPS].decoded + window->cap / (WINDOW_STEPS / 2))
		return;
	window->steps[window->step % WINDOW_STEPS].raw = decoder_at(&window->decoder);
	window->steps[window->step++ % WINDOW_STEPS].decoded = decoded;
}

void window_fill(struct window *window, size_t want)
{
	if (window->at) {
		memmove(window->text, window->text + window->at, window->len - window->at);
		window->len -= window->at;
		window->base += window->at;
		window->at = 0;
	}
	while (!window->end && window->len < want && window->cap - window->len >= 16) {
		note_step(window);
		size_t got = decoder_read(&window->decoder, window->text + window->len, window->cap - window->len);
		window->len += got;
		window->end = got == 0;
		job_progress(window->job);
	}
}

void window_more(struct window *window)
{
	size_t want = window->len - window->at + WINDOW_MORE;
	window_fill(window, want < window->cap ? want : window->cap);
}

struct window_place window_place(const struct window *window)
{
	uint64_t decoded = window_offset(window);
	unsigned oldest = window->step > WINDOW_STEPS ? window->step - WINDOW_STEPS : 0, i = window->step;
	while (i > oldest + 1 && window->steps[(i - 1) % WINDOW_STEPS].decoded > decoded)
		i--;
	i = (i ? i - 1 : 0) % WINDOW_STEPS;
	return (struct window_place){ window->steps[i].raw, decoded - window->steps[i].decoded, decoded };
}

bool window_return(struct window *window, struct window_place place)
{
	uint64_t decoded = 0;
	if (!decoder_seek(&window->decoder, place.raw))
		return false;
	window->at = window->len = window->step = 0;
	window->base = place.offset - place.skip;
	window->end = false;
	while (decoded < place.skip) {
		window_fill(window, 1);
		if (window->len == 0)
			return false;
		uint64_t left = place.skip - decoded;
		window->at = left < window->len ? (size_t)left : window->len;
		decoded += window->at;
	}
	return true;
}
