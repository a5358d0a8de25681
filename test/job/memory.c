/* The memory of a match does not grow with the leak: 50 MB against 400 MB ($HUFU_TEST_LARGE: 1 GB), on a file system in
 * memory where there is one: test_job_memory HUFU */
#include "base/auto.h"

#include <fcntl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

static const struct shown shown[] = { { "id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, NULL },
	{ "address", ADDRESS, NULL } };

/* Ours and strangers in turn, written again and again under other numbers until the size is reached: cheap to make, and
 * every record is looked up. Returns how many records are ours. */
static size_t write_large(const char *path, const struct state *ours, const struct state *strangers, size_t size)
{
	struct bytes block = { 0 };
	size_t mine = 0, blocks = 0;
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	sheet_header(&SHEET(shown), &block);
	fwrite(block.ptr, 1, block.len, file);
	size_t written = block.len;
	block.len = 0;
	for (size_t i = 0; i < strangers->count; i++) {
		sheet_row(&SHEET(shown), &strangers->rows[i], &block);
		if (i % 20 == 0)
			sheet_row(&SHEET(shown), &ours->rows[mine++ % ours->count], &block);
	}
	for (; written < size; written += block.len, blocks++)
		assert_int_equal(fwrite(block.ptr, 1, block.len, file), block.len);
	assert_int_equal(fclose(file), 0);
	bytes_done(&block);
	return mine * blocks;
}

static void test_job_memory__does_not_grow_with_the_leak(void **state)
{
#ifdef HUFU_SANITIZE
	/* The sanitizer keeps what is freed for a while: only that it goes well can be seen. */
	const size_t sizes[2] = { (size_t)2 << 20, (size_t)8 << 20 };
	const double grows = 100;
#else
	const double grows = 1.2;
	const size_t sizes[2] = { (size_t)50 << 20, getenv("HUFU_TEST_LARGE") ? (size_t)1 << 30 : (size_t)400 << 20 };
#endif
	struct world world;
	struct bytes text = { 0 };
	char path[] = "/dev/shm/hufu-test-XXXXXX";
	long peak[2];
	(void)state;
	int fd = mkstemp(path);
	if (fd < 0) {
		snprintf(path, sizeof path, "%s", placed("large.csv"));
		fd = open(path, O_WRONLY | O_CREAT, 0600);
	}
	assert_true(fd >= 0);
	close(fd);
	world_init(&world, 71, 2000);
	struct state strangers = strangers_new(71, 20000, &world.now);
	export_rows(&world.now, 0, &text);
	must_seal("customers", place_bytes("customers.csv", &text), "2021-08-31", NULL);
	for (size_t i = 0; i < 2; i++) {
		size_t mine = write_large(path, &world.now, &strangers, sizes[i]);
		const struct ran *ran = HUFU("match", "--json", path);
		peak[i] = ran->peak_kb;
		unlink(path);
		assert_code(ran, 0);
		json_t *verdict = json_loads(ran->out, 0, NULL);
		assert_non_null(verdict);
		print_message("%zu MB: peak %ld kB, %.1f s, %llu of %llu records link\n", sizes[i] >> 20, peak[i],
		        json_real_value(json_object_get(verdict, "elapsed_s")),
		        (unsigned long long)linked_to(part_at(verdict, 0), "customers"),
		        (unsigned long long)number_of(part_at(verdict, 0), "records"));
		assert_int_equal(linked_to(part_at(verdict, 0), "customers"), mine);
		json_decref(verdict);
	}
	assert_true((double)peak[1] < grows * (double)peak[0]);
	bytes_done(&text);
	state_done(&strangers);
	world_done(&world);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		        test_job_memory__does_not_grow_with_the_leak, place_setup, place_teardown),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
