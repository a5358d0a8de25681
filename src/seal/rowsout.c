/* Writes the row store: records straight to the file, the log to memory first, since it follows them. */
#include "seal/rowsout.h"

void rows_out_begin(struct rows_out *out, struct container_writer *writer, uint32_t stride)
{
	*out = (struct rows_out){ .writer = writer, .stride = stride };
	container_section_begin(writer, SECTION_ROWS);
}

static void index_mark(struct rows_out *out)
{
	char *at = bytes_room(&out->index, 4);
	if (!at)
		return;
	put_le32(at, (uint32_t)(out->log.len / LOG_BYTES));
	out->index.len += 4;
}

void rows_out_add(struct rows_out *out, const uint8_t *record, struct log_entry *log, size_t count)
{
	if (out->rows % LOG_INDEX_ROWS == 0)
		index_mark(out);
	for (size_t i = 0; i < count; i++) {
		char *at = bytes_room(&out->log, LOG_BYTES);
		if (!at)
			return;
		log[i].row = out->rows;
		log_put((uint8_t *)at, log[i]);
		out->log.len += LOG_BYTES;
	}
	container_write(out->writer, record, out->stride);
	out->rows++;
}

hufu_status rows_out_end(struct rows_out *out)
{
	container_section_end(out->writer);
	while (out->index.len < ((size_t)out->rows / LOG_INDEX_ROWS + 2) * 4 && !out->index.failed)
		index_mark(out);
	if (out->log.failed || out->index.failed)
		return HUFU_NO_MEMORY;
	container_section_begin(out->writer, SECTION_LOG);
	container_write(out->writer, out->log.ptr, out->log.len);
	container_section_end(out->writer);
	container_section_begin(out->writer, SECTION_LOG_INDEX);
	container_write(out->writer, out->index.ptr, out->index.len);
	container_section_end(out->writer);
	return out->writer->status;
}

void rows_out_done(struct rows_out *out)
{
	bytes_done(&out->log);
	bytes_done(&out->index);
}
