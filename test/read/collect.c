/* See collect.h. */
#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add_records(struct collected *out, const struct batch *batch)
{
	for (uint32_t row = 0; row < batch->rows; row++) {
		for (uint32_t column = 0; column < batch->columns; column++) {
			bytes_byte(&out->text, '<');
			bytes_add(&out->text, batch_cell(batch, column, row));
			bytes_byte(&out->text, '>');
		}
		bytes_byte(&out->text, '\n');
	}
}

bool collect(void *user, const struct jail_message *message)
{
	struct collected *out = user;
	switch (message->event) {
	case JAIL_PART:
		out->wrong = out->wrong || out->open;
		out->open = true;
		out->columns = message->columns;
		bytes_print(&out->text, "[%s %s %s %u]\n", message->path, message->format, message->encoding,
		        message->columns);
		break;
	case JAIL_BATCH:
		out->wrong = out->wrong || !out->open || message->batch.columns != out->columns ||
		             !batch_check(&message->batch);
		out->records += message->batch.rows;
		out->batches++;
		if (!out->quiet && !out->wrong)
			add_records(out, &message->batch);
		break;
	case JAIL_PART_END:
		out->wrong = out->wrong || !out->open;
		out->open = false;
		out->malformed += message->malformed;
		out->lines += message->lines;
		bytes_print(&out->text, "end %llu\n", (unsigned long long)message->malformed);
		break;
	case JAIL_UNREAD:
		out->why = message->why;
		out->unread++;
		bytes_print(&out->text, "unread %s: %s\n", message->path, jail_why(message->why));
		break;
	case JAIL_DONE:
		break;
	}
	return true;
}

void collect_source(struct source *source, hufu_view name, const struct read_limits *limits, struct collected *out)
{
	struct sink *sink = sink_local(collect, out);
	assert_non_null(sink);
	assert_int_equal(read_prepare(), HUFU_OK);
	assert_int_equal(read_leak(source, name, limits, sink), HUFU_OK);
	sink_free(sink);
	bytes_byte(&out->text, '\0');
	assert_false(out->text.failed);
	assert_false(out->wrong);
	assert_false(out->open);
}

void collect_memory(hufu_view memory, struct collected *out)
{
	struct source source;
	source_memory(&source, memory);
	collect_source(&source, view_of("leak"), &read_limits_usual, out);
}

void collected_done(struct collected *collected)
{
	bytes_done(&collected->text);
}
