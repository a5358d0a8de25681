/* Tokens of a column at a time against tokens of one cell at a time: every length, every kind, blocks cut anywhere. */
#include "seal/token.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 700, TEXT_MAX = 220 };

static const char *const values[] = { "13812345678", "110101199003074514", "LSVAU2180N2183291", "a.b@mail.example",
	"张伟", "北京市朝阳区望江路662号11幢1802室", "2021-08-31", "U00000001", "NULL", "", " ", "-", "\\N", "上海市",
	"+86 138 1234 5678" };

struct table {
	struct batch batch;
	struct batch_cell cells[ROWS];
	char text[ROWS * TEXT_MAX];
};

/* Values, spoiled ones, and text of every length. */
static void fill(struct table *table)
{
	table->batch = (struct batch){
		.columns = 1, .rows = ROWS, .stride = ROWS, .cells = table->cells, .text = table->text
	};
	for (uint32_t row = 0; row < ROWS; row++) {
		char *at = table->text + table->batch.text_len;
		const char *value = values[randombytes_uniform(LEN(values))];
		size_t len = strlen(value);
		memcpy(at, value, len);
		if (row % 3 == 1 && len)
			at[randombytes_uniform((uint32_t)len)] = (char)randombytes_random();
		if (row % 3 == 2) {
			len = row / 3 % TEXT_MAX;
			memset(at, 'a' + (int)row % 26, len);
		}
		table->cells[row] = (struct batch_cell){ table->batch.text_len, (uint32_t)len };
		table->batch.text_len += (uint32_t)len;
	}
}

static void hold(struct tokenizer *tokenizer, const struct table *table, const struct ident_kind *kind)
{
	static uint64_t out[ROWS * 3];
	uint32_t first = randombytes_uniform(ROWS), count = randombytes_uniform(ROWS - first + 1);
	size_t step = 1 + randombytes_uniform(3);
	memset(out, 0xFF, sizeof out);
	tokens_of_column(tokenizer, kind, &table->batch, 0, first, count, out, step);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(
		        out[i * step], token_of(tokenizer, kind, batch_cell(&table->batch, 0, first + i), NULL));
}

static void hold_form(struct tokenizer *tokenizer, const struct table *table, const struct ident_kind *kind)
{
	static uint64_t out[ROWS];
	uint32_t first = randombytes_uniform(ROWS), count = randombytes_uniform(ROWS - first + 1);
	for (uint8_t id = 1; form_by_id(id); id++) {
		tokens_of_form(tokenizer, kind, form_by_id(id), &table->batch, 0, first, count, out);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(out[i], token_of_form(tokenizer, kind, form_by_id(id),
			                                 batch_cell(&table->batch, 0, first + i), NULL));
	}
}

static void test_seal_tokens__a_column_gives_what_its_cells_give(void **state)
{
	char dir[] = "/tmp/hufu-tokens-XXXXXX", path[64];
	struct key *key;
	struct tokenizer first, tokenizer;
	struct table *table = malloc(sizeof *table);
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_non_null(table);
	snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(key_create(path, &key, NULL), HUFU_OK);
	assert_int_equal(tokenizer_init(&first, key), HUFU_OK);
	assert_int_equal(tokenizer_copy(&tokenizer, &first), HUFU_OK);
	for (int round = 0; round < 40; round++) {
		fill(table);
		hold(&tokenizer, table, NULL);
		for (size_t k = 0; k < ident_kinds_count; k++) {
			hold(&tokenizer, table, ident_kinds[k]);
			if (round % 8 == 0)
				hold_form(&tokenizer, table, ident_kinds[k]);
		}
	}
	tokenizer_done(&tokenizer);
	tokenizer_done(&first);
	key_free(key);
	free(table);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seal_tokens__a_column_gives_what_its_cells_give) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
