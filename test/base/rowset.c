/* A set of rows answers like a plain array of them, wherever rows lie on its pages. */
#include "base/rowset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t sizes[] = { 0, 1, 63, 64, 65, ROWSET_PAGE - 1, ROWSET_PAGE, ROWSET_PAGE + 1, 3 * ROWSET_PAGE,
	5 * ROWSET_PAGE + 77 };

struct model {
	struct rowset *set;
	uint8_t *in; /* [rows] */
};

static struct model model_new(uint64_t rows)
{
	struct model model = { rowset_new(rows), calloc(rows + 1, 1) };
	assert_non_null(model.set);
	assert_non_null(model.in);
	return model;
}

static void model_done(struct model *model)
{
	rowset_free(model->set);
	free(model->in);
}

static void put(struct model *model, uint64_t row)
{
	rowset_add(model->set, row);
	model->in[row] = 1;
}

/* Every stretch that begins and ends around a border of words or pages, and some others. */
static void hold_next(const struct model *model)
{
	uint64_t rows = model->set->rows;
	for (uint64_t from = 0; from <= rows; from += 1 + from % 61)
		for (uint64_t to = from; to <= rows; to = to + 1 + (to - from) * 3) {
			uint64_t want = from;
			while (want < to && !model->in[want])
				want++;
			assert_int_equal(rowset_next(model->set, from, to), want);
		}
}

static void hold(const struct model *model)
{
	uint64_t count = 0, passed = 0, rows = model->set->rows;
	for (uint64_t row = 0; row < rows; row++) {
		assert_int_equal(rowset_has(model->set, row), model->in[row]);
		count += model->in[row];
	}
	assert_int_equal(rowset_count(model->set), count);
	for (uint64_t row = rowset_next(model->set, 0, rows); row < rows;
	        row = rowset_next(model->set, row + 1, rows)) {
		assert_true(model->in[row]);
		passed++;
	}
	assert_int_equal(passed, count);
	hold_next(model);
}

/* None, the ends, a few far apart, and every third. */
static void fill(struct model *model, int how)
{
	uint64_t rows = model->set->rows;
	for (uint64_t row = 0; row < rows; row++)
		if ((how == 1 && (row == 0 || row == rows - 1)) || (how == 2 && row % 4999 == 17) ||
		        (how == 3 && row % 3 == 0))
			put(model, row);
}

static void rows_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int how = 0; how < 4; how++) {
			struct model model = model_new(sizes[i]);
			fill(&model, how);
			hold(&model);
			model_done(&model);
		}
}

static void sets_join(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int a = 0; a < 4; a++)
			for (int b = 0; b < 4; b++) {
				struct model into = model_new(sizes[i]), from = model_new(sizes[i]);
				fill(&into, a);
				fill(&from, b);
				assert_int_equal(
				        rowset_equal(into.set, from.set), memcmp(into.in, from.in, sizes[i]) == 0);
				rowset_join(into.set, from.set);
				for (uint64_t row = 0; row < sizes[i]; row++)
					into.in[row] |= from.in[row];
				hold(&into);
				model_done(&into);
				model_done(&from);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(sets_join),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
