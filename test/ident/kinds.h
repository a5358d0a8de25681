/* What the tests of the kinds share: a generator that gives the same numbers on every run, and calls that hold
 * each result against the contract of ident_text. */
#ifndef HUFU_TEST_IDENT_KINDS_H
#define HUFU_TEST_IDENT_KINDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants those before it */
#include <cmocka.h>

#include "ident/ident.h"
#include <stdlib.h>

enum { CELL_MAX = 4096 };

static inline uint32_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return random_next(state) % limit;
}

/* The characters of `text`, without its end. */
static inline void put_text(char *out, const char *text)
{
	while (*text)
		*out++ = *text++;
}

static inline void random_digits(uint64_t *state, char *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (char)('0' + random_below(state, 10));
}

/* Normalises in memory of exactly the sizes that the contract names, so that a sanitizer sees a byte too many.
 * The caller frees out->ptr. */
static inline bool normal_of(const struct ident_kind *kind, hufu_view cell, struct ident_text *out)
{
	char *copy = malloc(cell.len ? cell.len : 1);
	*out = (struct ident_text){ .ptr = malloc(cell.len + IDENT_SLACK), .cap = cell.len + IDENT_SLACK };
	assert_non_null(copy);
	assert_non_null(out->ptr);
	if (cell.len)
		memcpy(copy, cell.ptr, cell.len);
	bool valid = kind->normalise((hufu_view){ copy, cell.len }, out);
	assert_true(out->len <= out->cap);
	free(copy);
	return valid;
}

static inline bool is_valid(const struct ident_kind *kind, hufu_view cell)
{
	struct ident_text out;
	bool valid = normal_of(kind, cell, &out);
	free(out.ptr);
	return valid;
}

/* One row of a table: a cell, and its normal form or NULL when it is none of the kind. */
struct ident_row {
	const char *cell, *normal;
};

static inline void check_row(const struct ident_kind *kind, const char *cell, const char *normal)
{
	struct ident_text out;
	bool valid = normal_of(kind, view_of(cell), &out);
	if (valid != (normal != NULL) || (valid && !view_is((hufu_view){ out.ptr, out.len }, normal)))
		fail_msg("%s: '%s' became '%.*s', not '%s'", kind->name, cell, valid ? (int)out.len : 6,
		        valid ? out.ptr : "(none)", normal ? normal : "(none)");
	free(out.ptr);
}

#define CHECK_ROWS(kind, rows)                                                                                         \
	for (size_t row_ = 0; row_ < LEN(rows); row_++)                                                                \
	check_row(kind, (rows)[row_].cell, (rows)[row_].normal)

static inline void check_mask(const struct ident_kind *kind, const char *normal, const char *want)
{
	char room[512];
	struct ident_text out = { .ptr = room, .cap = sizeof room };
	kind->mask(view_of(normal), &out);
	if (!view_is((hufu_view){ out.ptr, out.len }, want))
		fail_msg("%s: '%s' is masked as '%.*s', not '%s'", kind->name, normal, (int)out.len, out.ptr, want);
}

/* Everything that `kind` finds in `text`, joined by '|'. */
static inline void check_found(const struct ident_kind *kind, const char *text, const char *want)
{
	char joined[1024];
	size_t used = 0, at = 0, len = 0;
	hufu_view view = view_of(text);
	while (kind->find(view, &at, &len)) {
		assert_true(len > 0 && at <= view.len && len <= view.len - at);
		assert_true(used + len + 1 < sizeof joined);
		if (used)
			joined[used++] = '|';
		memcpy(joined + used, text + at, len);
		used += len;
		at += len;
	}
	joined[used] = '\0';
	if (!view_is((hufu_view){ joined, used }, want))
		fail_msg("%s in '%s': found '%s', not '%s'", kind->name, text, joined, want);
}

static inline const struct ident_kind *kind_named(const char *name)
{
	const struct ident_kind *kind = ident_by_name(view_of(name));
	assert_non_null(kind);
	return kind;
}

#endif
