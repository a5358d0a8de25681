/* See records.h. */
#include "read/records.h"

hufu_status records_begin(struct records *records)
{
	struct sink_batch *batch = &records->batch;
	if (batch->rows == batch->stride || batch->text_len >= RECORDS_TEXT) {
		hufu_status st = sink_batch_end(records->sink, batch);
		if (st == HUFU_OK)
			st = sink_batch_begin(records->sink, batch);
		if (st != HUFU_OK)
			return st;
	}
	struct batch_cell *cell = batch->cells + batch->rows;
	for (uint32_t i = 0; i < batch->columns; i++, cell += batch->stride)
		*cell = (struct batch_cell){ 0, 0 };
	return HUFU_OK;
}

/* At most `most` bytes, whole characters. */
static hufu_view cut(hufu_view name, size_t most)
{
	if (name.len <= most)
		return name;
	while (most && ((unsigned char)name.ptr[most] & 0xc0) == 0x80)
		most--;
	return view_make(name.ptr, most);
}

static hufu_status put_names(struct records *records, const hufu_view *names)
{
	struct sink_batch *batch = &records->batch;
	hufu_status st = records_begin(records);
	if (st != HUFU_OK)
		return st;
	for (uint32_t i = 0; i < batch->columns; i++) {
		hufu_view name = cut(names[i], BATCH_RECORD_MAX / batch->columns);
		if (name.len)
			memcpy(batch->text + batch->text_len, name.ptr, name.len);
		records_cell(records, i, batch->text_len, (uint32_t)name.len);
		batch->text_len += (uint32_t)name.len;
	}
	batch->rows++;
	return HUFU_OK;
}

hufu_status records_open(struct records *records, const struct sink_label *label, const hufu_view *names)
{
	hufu_status st = sink_part(records->sink, label);
	if (st != HUFU_OK)
		return st;
	records->open = true;
	records->parts++;
	st = sink_batch_begin(records->sink, &records->batch);
	return st == HUFU_OK && names ? put_names(records, names) : st;
}

hufu_status records_close(struct records *records)
{
	if (!records->open)
		return HUFU_OK;
	hufu_status st = sink_batch_end(records->sink, &records->batch);
	uint64_t malformed = records->malformed;
	records->open = false;
	records->malformed = 0;
	return st == HUFU_OK ? sink_part_end(records->sink, malformed) : st;
}

hufu_view records_head(hufu_view head, char *out)
{
	if (view_starts(head, "\xef\xbb\xbf"))
		return view_from(head, 3);
	bool marked = view_starts(head, "\xff\xfe") || view_starts(head, "\xfe\xff");
	if (!marked && !(head.len >= 4 && (head.ptr[0] == 0) != (head.ptr[1] == 0)))
		return head;
	/* Which half is the low one does not matter: the high half of ASCII is zero. */
	size_t len = 0;
	for (size_t i = marked ? 2 : 0; i < head.len && len < SOURCE_HEAD_MAX; i++)
		if (head.ptr[i])
			out[len++] = head.ptr[i];
	return view_make(out, len);
}
