/* Writes the row store: records straight to the file, the log to memory first, since it follows them, and what leads
 * to it. */
#include "seal/rowsout.h"

void rows_out_begin(struct rows_out *out, struct container_writer *writer, uint32_t stride)
{
	*out = (struct rows_out){ .writer = writer, .stride = stride };
	container_section_begin(writer, SECTION_ROWS);
}

void rows_out_add(struct rows_out *out, const uint8_t *records, uint32_t count, hufu_view log)
{
	bytes_add(&out->log, log);
	container_write(out->writer, records, (size_t)count * out->stride);
	out->rows += count;
}

void log_append(struct bytes *to, uint32_t row, struct log_entry *log, size_t count)
{
	char *at = count ? bytes_room(to, count * LOG_BYTES) : NULL;
	for (size_t i = 0; at && i < count; i++) {
		log[i].row = row;
		log_put((uint8_t *)at + i * LOG_BYTES, log[i]);
	}
	to->len += at ? count * LOG_BYTES : 0;
}

void rows_out_row(struct rows_out *out, const uint8_t *record, struct log_entry *log, size_t count)
{
	log_append(&out->log, out->rows, log, count);
	rows_out_add(out, record, 1, (hufu_view){ 0 });
}

/* For every 64th row, how many entries lie before it; filled up with the number of all. */
static void index_make(const struct rows_out *out, struct bytes *index)
{
	uint32_t entries = (uint32_t)(out->log.len / LOG_BYTES), entry = 0;
	for (uint64_t block = 0; block < (uint64_t)out->rows / LOG_INDEX_ROWS + 2; block++) {
		char *at = bytes_room(index, 4);
		if (!at)
			return;
		while (entry < entries && le32(out->log.ptr + (size_t)entry * LOG_BYTES) < block * LOG_INDEX_ROWS)
			entry++;
		put_le32(at, entry);
		index->len += 4;
	}
}

/* A bit for each row that the log says something of: of most it says nothing, and asking the log is a walk. */
static void changed_make(const struct rows_out *out, struct bytes *changed)
{
	size_t len = ((size_t)out->rows + 7) / 8;
	char *at = bytes_room(changed, len + 1);
	if (!at)
		return;
	memset(at, 0, len);
	for (size_t entry = 0; entry + LOG_BYTES <= out->log.len; entry += LOG_BYTES) {
		uint32_t row = le32(out->log.ptr + entry);
		at[row / 8] = (char)(at[row / 8] | 1 << row % 8);
	}
	changed->len = len;
}

hufu_status rows_out_end(struct rows_out *out)
{
	struct bytes index = { 0 }, changed = { 0 };
	container_section_end(out->writer);
	index_make(out, &index);
	changed_make(out, &changed);
	bool failed = out->log.failed || index.failed || changed.failed;
	if (!failed) {
		container_section_begin(out->writer, SECTION_LOG);
		container_write(out->writer, out->log.ptr, out->log.len);
		container_section_end(out->writer);
		container_section_begin(out->writer, SECTION_LOG_INDEX);
		container_write(out->writer, index.ptr, index.len);
		container_section_end(out->writer);
		container_section_begin(out->writer, SECTION_CHANGED);
		container_write(out->writer, changed.ptr, changed.len);
		container_section_end(out->writer);
	}
	bytes_done(&index);
	bytes_done(&changed);
	return failed ? HUFU_NO_MEMORY : out->writer->status;
}

void rows_out_done(struct rows_out *out)
{
	bytes_done(&out->log);
}
