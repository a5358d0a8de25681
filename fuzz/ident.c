/* Every identifier kind on any bytes: normalising in memory of exactly the size that the contract names, its
 * idempotence, masks, and finding, which must go forward and stay inside. Walks the table of kinds, so that a
 * new one is fuzzed without a further line. */
#include "ident/ident.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define HOLD(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

static struct ident_text room_for(size_t len)
{
	struct ident_text out = { .ptr = malloc(len + IDENT_SLACK), .cap = len + IDENT_SLACK };
	HOLD(out.ptr);
	return out;
}

static void fold(const struct ident_kind *kind, hufu_view cell)
{
	struct ident_text once = room_for(cell.len);
	if (kind->normalise(cell, &once)) {
		HOLD(once.len <= once.cap);
		hufu_view normal = { once.ptr, once.len };
		struct ident_text twice = room_for(once.len), masked = room_for(once.len);
		HOLD(kind->normalise(normal, &twice));
		HOLD(view_equal(normal, (hufu_view){ twice.ptr, twice.len }));
		kind->mask(normal, &masked);
		HOLD(masked.len <= masked.cap && !view_equal(normal, (hufu_view){ masked.ptr, masked.len }));
		free(masked.ptr);
		free(twice.ptr);
	}
	/* A mask is also asked of what is no normal form. */
	kind->mask(cell, &once);
	HOLD(once.len <= once.cap);
	free(once.ptr);
}

static void search(const struct ident_kind *kind, hufu_view text)
{
	size_t at = 0, len = 0;
	for (size_t from = 0; kind->find(text, &at, &len); at += len, from = at) {
		HOLD(at >= from && len > 0 && at <= text.len && len <= text.len - at);
		struct ident_text out = room_for(len);
		HOLD(kind->normalise((hufu_view){ text.ptr + at, len }, &out));
		free(out.ptr);
	}
}

static void fold_opaque(hufu_view cell)
{
	struct ident_text once = room_for(cell.len), twice = room_for(cell.len);
	ident_opaque(cell, &once);
	HOLD(once.len <= cell.len);
	ident_opaque((hufu_view){ once.ptr, once.len }, &twice);
	HOLD(view_equal((hufu_view){ once.ptr, once.len }, (hufu_view){ twice.ptr, twice.len }));
	ident_mask_opaque(cell, &once);
	HOLD(once.len <= once.cap);
	(void)ident_is_empty(cell);
	free(twice.ptr);
	free(once.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	hufu_view input = view_make(data, len);
	for (size_t i = 0; i < ident_kinds_count; i++) {
		fold(ident_kinds[i], input);
		search(ident_kinds[i], input);
	}
	fold_opaque(input);
	return 0;
}
