/* Facet values by token, open addressing; see facet.h. */
#include "seal/facet.h"
#include <stdlib.h>

static struct facet_value *place_of(const struct facet_values *values, uint64_t token)
{
	size_t at = token & values->mask;
	while (values->slots[at].token && values->slots[at].token != token)
		at = (at + 1) & values->mask;
	return &values->slots[at];
}

static bool grow(struct facet_values *values)
{
	struct facet_values more = { .mask = values->slots ? values->mask * 2 + 1 : 255 };
	more.slots = calloc(more.mask + 1, sizeof *more.slots);
	if (!more.slots)
		return false;
	for (size_t i = 0; values->slots && i <= values->mask; i++)
		if (values->slots[i].token)
			*place_of(&more, values->slots[i].token) = values->slots[i];
	free(values->slots);
	values->slots = more.slots;
	values->mask = more.mask;
	return true;
}

void facet_note(struct facet_values *values, uint64_t token, size_t row, hufu_view cell)
{
	char text[256];
	if (!token || values->failed || values->count > FACET_VALUES_MAX)
		return;
	if ((!values->slots || values->count * 2 > values->mask) && !grow(values)) {
		values->failed = true;
		return;
	}
	struct facet_value *value = place_of(values, token);
	if (value->token && value->row <= row)
		return;
	/* Whoever gives out work looks at it now and then. */
	__atomic_store_n(&values->count, values->count + !value->token, __ATOMIC_RELAXED);
	free(value->text);
	printable(view_trim(cell), text, sizeof text);
	*value = (struct facet_value){ .token = token, .row = row, .text = strdup(text) };
	values->failed = !value->text;
}

void facet_join(struct facet_values *values, struct facet_values *other)
{
	values->failed |= other->failed;
	for (size_t i = 0; other->slots && i <= other->mask; i++)
		if (other->slots[i].token)
			facet_note(values, other->slots[i].token, other->slots[i].row, view_of(other->slots[i].text));
	facet_done(other);
}

static int by_row(const void *a, const void *b)
{
	const struct facet_value *x = *(struct facet_value *const *)a, *y = *(struct facet_value *const *)b;
	return (x->row > y->row) - (x->row < y->row);
}

/* The code of a text, which is added when it is new; FACET_UNKNOWN when memory is out. */
static uint16_t code_of_text(struct seal_column *column, const char *text)
{
	size_t code = 0;
	while (code < column->facet_count && strcmp(column->facet_values[code], text) != 0)
		code++;
	if (code == column->facet_count && !meta_add_text(&column->facet_values, &column->facet_count, view_of(text)))
		return FACET_UNKNOWN;
	return (uint16_t)code;
}

bool facet_settle(struct facet_values *values, struct seal_column *column)
{
	struct facet_value **order = calloc(values->count + 1, sizeof(struct facet_value *));
	size_t count = 0;
	if (!order || values->failed) {
		free(order);
		return false;
	}
	for (size_t i = 0; values->slots && i <= values->mask; i++)
		if (values->slots[i].token)
			order[count++] = &values->slots[i];
	qsort(order, count, sizeof(struct facet_value *), by_row);
	/* One too many is enough to be told of. */
	for (size_t i = 0; i < count && column->facet_count <= FACET_VALUES_MAX; i++)
		values->failed |= (order[i]->code = code_of_text(column, order[i]->text)) == FACET_UNKNOWN;
	free(order);
	return !values->failed;
}

uint16_t facet_code(const struct facet_values *values, uint64_t token)
{
	if (!token)
		return FACET_EMPTY;
	const struct facet_value *value = values->slots ? place_of(values, token) : NULL;
	return value && value->token ? value->code : FACET_UNKNOWN;
}

void facet_done(struct facet_values *values)
{
	for (size_t i = 0; values->slots && i <= values->mask; i++)
		free(values->slots[i].text);
	free(values->slots);
	*values = (struct facet_values){ 0 };
}
