/* Writes row records, the log and its index, row after row. Inside the room: weaving and forgetting write alike. */
#ifndef HUFU_SEAL_ROWSOUT_H
#define HUFU_SEAL_ROWSOUT_H

#include "seal/facet.h"
#include "seal/history.h"
#include "seal/seal.h"

struct rows_out {
	struct container_writer *writer;
	uint32_t stride, rows;
	struct bytes log;
};

void rows_out_begin(struct rows_out *out, struct container_writer *writer, uint32_t stride);
/* Records of `stride` bytes, and their part of the log, which names their rows. */
void rows_out_add(struct rows_out *out, const uint8_t *records, uint32_t count, hufu_view log);
/* One record and its log entries (their `row` is set here). */
void rows_out_row(struct rows_out *out, const uint8_t *record, struct log_entry *log, size_t count);
/* Entries of a row as they lie in the log. */
void log_append(struct bytes *to, uint32_t row, struct log_entry *log, size_t count);
/* Ends the section of records and writes the log's two. */
hufu_status rows_out_end(struct rows_out *out);
void rows_out_done(struct rows_out *out);

/* A row's part of the log, borrowed from the seal. */
size_t seal_log(struct seal *seal, uint32_t row, const struct log_entry **out);
/* A facet's code of a row as it is kept. */
uint16_t seal_facet_code(struct seal *seal, uint32_t facet, uint32_t row);

#endif
