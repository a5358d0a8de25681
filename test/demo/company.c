/* The invented carmaker against the identifier kinds: two independent writings of the same standards. Also
 * that a seed always makes the same world, that strangers share nothing with it, and that people change. */
#include "../../demo/company.h"
#include "ident/ident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { OWNERS_WANTED = 3000, MONTHS = 4, LAST_DAY = 19662 };

static void live(struct company *company, uint64_t seed, uint32_t first)
{
	company_init(company, seed, first, OWNERS_WANTED);
	for (unsigned month = 0; month < MONTHS; month++)
		company_month(company, LAST_DAY - 31 * (int32_t)(MONTHS - month), month, MONTHS);
}

static const char *cell_at(const struct company *company, enum dataset_id id, const char *column, size_t row)
{
	return row_at(company, id, row) + dataset_column(&datasets[id], column)->at;
}

static void test_demo_company__values_are_of_their_kind(void **state)
{
	static const struct {
		enum dataset_id dataset;
		const char *column, *kind;
	} rows[] = {
		{ OWNERS, "name", "name" },
		{ OWNERS, "mobile", "mobile" },
		{ OWNERS, "resident_id", "resident_id" },
		{ OWNERS, "email", "email" },
		{ OWNERS, "address", "address" },
		{ OWNERS, "registered", "date" },
		{ ORDERS, "vin", "vin" },
		{ ORDERS, "plate", "plate" },
		{ FINANCE, "repay_card", "bank_card" },
		{ FINANCE, "borrower_id", "resident_id" },
		{ DEALERS, "uscc", "uscc" },
		{ RELATIVES, "relative_mobile", "mobile" },
		{ STAFF, "email", "email" },
	};
	struct company company;
	(void)state;
	live(&company, 5, 0);
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct ident_kind *kind = ident_by_name(view_of(rows[i].kind));
		size_t count = company.rows[rows[i].dataset].count, refused = 0;
		assert_non_null(kind);
		assert_true(count > 20);
		for (size_t row = 0; row < count; row++) {
			hufu_view cell = view_of(cell_at(&company, rows[i].dataset, rows[i].column, row));
			char room[512];
			struct ident_text normal = { .ptr = room, .cap = sizeof room };
			refused += cell.len && !kind->normalise(cell, &normal);
		}
		/* A kind without a check digit may turn down a few. */
		if (refused > (kind->loose ? count / 20 : 0))
			fail_msg("%s: %zu of %zu are no %s", rows[i].column, refused, count, rows[i].kind);
	}
	company_done(&company);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Values of one column of both companies that occur twice among them. */
static size_t count_shared(const struct company *one, const struct company *other, const char *column)
{
	size_t ours = one->rows[OWNERS].count, all = ours + other->rows[OWNERS].count, shared = 0;
	const char **values = calloc(all, sizeof *values);
	assert_non_null(values);
	for (size_t i = 0; i < all; i++)
		values[i] = cell_at(i < ours ? one : other, OWNERS, column, i < ours ? i : i - ours);
	qsort(values, all, sizeof *values, compare_texts);
	for (size_t i = 1; i < all; i++)
		shared += values[i][0] && strcmp(values[i], values[i - 1]) == 0;
	free(values);
	return shared;
}

static void test_demo_company__strangers_share_nothing(void **state)
{
	struct company ours, strangers;
	(void)state;
	live(&ours, 7, 0);
	live(&strangers, 7, STRANGERS);
	assert_int_equal(count_shared(&ours, &strangers, "mobile"), 0);
	assert_int_equal(count_shared(&ours, &strangers, "email"), 0);
	/* Second accounts repeat a resident ID within one company, and nowhere else. */
	size_t repeats = ours.rows[OWNERS].count + strangers.rows[OWNERS].count;
	assert_in_range(count_shared(&ours, &strangers, "resident_id"), repeats / 60, repeats / 20);
	company_done(&ours);
	company_done(&strangers);
}

static bool same_rows(const struct company *one, const struct company *other)
{
	for (size_t id = 0; id < DATASETS; id++)
		if (one->rows[id].count != other->rows[id].count ||
		        memcmp(one->rows[id].at, other->rows[id].at, one->rows[id].count * datasets[id].row_size) != 0)
			return false;
	return true;
}

static void test_demo_company__a_seed_is_a_world(void **state)
{
	struct company one, same, other;
	(void)state;
	live(&one, 1, 0);
	live(&same, 1, 0);
	live(&other, 2, 0);
	assert_true(same_rows(&one, &same));
	assert_false(same_rows(&one, &other));
	company_done(&one);
	company_done(&same);
	company_done(&other);
}

static void test_demo_company__people_change_and_leave(void **state)
{
	struct company company;
	(void)state;
	company_init(&company, 3, 0, OWNERS_WANTED);
	company_month(&company, LAST_DAY - 31, 0, 2);
	size_t before = company.rows[OWNERS].count, moved = 0, at = 0;
	struct owner *old = malloc(before * sizeof *old);
	assert_non_null(old);
	memcpy(old, company.rows[OWNERS].at, before * sizeof *old);
	company_month(&company, LAST_DAY, 1, 2);
	for (size_t i = 0; i < before; i++) {
		const struct owner *now = (const struct owner *)row_at(&company, OWNERS, at);
		if (now->serial != old[i].serial)
			continue; /* left */
		at++;
		moved += strcmp(now->mobile, old[i].mobile) != 0 || strcmp(now->address, old[i].address) != 0;
	}
	assert_in_range(before - at, 1, before / 50);
	assert_in_range(moved, before / 100, before / 20);
	assert_true(company.rows[OWNERS].count > before);
	free(old);
	company_done(&company);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_demo_company__values_are_of_their_kind),
		cmocka_unit_test(test_demo_company__strangers_share_nothing),
		cmocka_unit_test(test_demo_company__a_seed_is_a_world),
		cmocka_unit_test(test_demo_company__people_change_and_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
