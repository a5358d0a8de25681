/* The tokens of a batch, a plane for each column and each way to read it, and of records that outlive it. A plane is
 * made piece by piece, each by the one thread that has the piece, and only where somebody will ask. */
#include "match/trial.h"

uint64_t reading_token(const struct part_match *part, struct tokenizer *tokenizer, uint32_t kind, hufu_view cell)
{
	return part->forms[kind] ? token_of_shown(tokenizer, part->kinds[kind], part->forms[kind], cell)
	                         : token_of(tokenizer, part->kinds[kind], cell, NULL);
}

void cell_readings(const struct part_match *part, struct tokenizer *tokenizer, hufu_view cell, uint64_t *out)
{
	out[0] = reading_token(part, tokenizer, 0, cell);
	for (uint32_t k = 1; k < part->kind_count; k++) {
		/* What is none of the kind reads as opaque, whichever kind it is. */
		out[k] = part->forms[k] || !part->kinds[k] ? reading_token(part, tokenizer, k, cell)
		                                           : token_as(tokenizer, part->kinds[k], cell);
		out[k] = out[k] || part->forms[k] ? out[k] : out[0];
	}
}

static size_t plane_of(const struct part_match *part, uint32_t column, uint32_t kind)
{
	return (size_t)column * part->kind_count + kind;
}

static uint8_t *made_at(const struct part_match *part, size_t piece, size_t plane)
{
	return &part->made[piece * part->columns * part->kind_count + plane];
}

static void plane_make(
        struct part_match *part, struct tokenizer *tokenizer, size_t piece, uint32_t column, uint32_t kind)
{
	const struct batch *batch = part->batch;
	size_t plane = plane_of(part, column, kind);
	uint8_t *made = made_at(part, piece, plane);
	uint32_t from = (uint32_t)piece * PIECE_ROWS, to = from + PIECE_ROWS;
	if (*made)
		return;
	to = to < batch->rows ? to : batch->rows;
	uint64_t *tokens = part->tokens + plane * batch->stride;
	if (!part->forms[kind])
		tokens_of_column(tokenizer, part->kinds[kind], batch, column, from, to - from, tokens + from, 1);
	for (uint32_t row = from; part->forms[kind] && row < to; row++)
		tokens[row] = reading_token(part, tokenizer, kind, batch_cell(batch, column, row));
	*made = 1;
}

void planes_make(struct part_match *part, const struct trial *trial, struct tokenizer *tokenizer, size_t piece)
{
	for (uint32_t j = 0; trial->learnt && j < part->columns; j++)
		if (trial->map[j].column >= 0)
			plane_make(part, tokenizer, piece, j, trial->map[j].kind);
	for (size_t i = 0; (!trial->learnt || trial->misses) && i < part->probe_count; i++)
		plane_make(part, tokenizer, piece, part->probes[i].column, part->probes[i].kind);
}

uint64_t record_reading(const struct part_match *part, struct tokenizer *tokenizer, const struct record *record,
        uint32_t column, uint32_t kind)
{
	if (record->tokens || *made_at(part, record->row / PIECE_ROWS, plane_of(part, column, kind)))
		return record_token(part, record, column, kind);
	return reading_token(part, tokenizer, kind, batch_cell(part->batch, column, record->row));
}

hufu_view record_cell(const struct part_match *part, const struct record *record, uint32_t column)
{
	if (!record->tokens)
		return batch_cell(part->batch, column, record->row);
	if (!record->text)
		return (hufu_view){ "", 0 };
	uint32_t from = column ? record->ends[column - 1] : 0;
	return (hufu_view){ record->text + from, record->ends[column] - from };
}
