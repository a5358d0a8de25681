/* Takes a row's past apart into one value a snapshot and puts it together again, in one canonical shape: what a seal
 * says does not depend on the order in which its snapshots came. */
#include "seal/history.h"
#include <string.h>

void presence_expand(
        uint16_t first, uint16_t last, const struct log_entry *log, size_t count, size_t snapshots, uint8_t *present)
{
	memset(present, 0, snapshots);
	for (size_t s = first; s <= last && s < snapshots; s++)
		present[s] = 1;
	for (size_t i = 0; i < count; i++)
		if (log[i].column == LOG_ABSENT)
			for (size_t s = log[i].from; s <= log[i].to && s < snapshots; s++)
				present[s] = 0;
}

size_t presence_encode(
        uint32_t row, const uint8_t *present, size_t snapshots, uint16_t *first, uint16_t *last, struct log_entry *out)
{
	size_t written = 0, from = 0, to = snapshots - 1;
	while (from < snapshots - 1 && !present[from])
		from++;
	while (to > from && !present[to])
		to--;
	*first = (uint16_t)from;
	*last = (uint16_t)to;
	for (size_t s = from; s <= to; s++) {
		if (present[s])
			continue;
		size_t start = s;
		while (!present[s + 1])
			s++;
		out[written++] = (struct log_entry){ row, LOG_ABSENT, (uint16_t)start, (uint16_t)s, 0 };
	}
	return written;
}

void values_expand(uint16_t column, uint16_t now, const struct log_entry *log, size_t count, const uint8_t *domain,
        size_t snapshots, uint32_t *values)
{
	for (size_t s = 0; s < snapshots; s++)
		values[s] = domain[s] ? now : (uint32_t)VALUE_NONE;
	for (size_t i = 0; i < count; i++) {
		if (log[i].column != column)
			continue;
		for (size_t s = log[i].from; s <= log[i].to && s < snapshots; s++)
			if (domain[s])
				values[s] = log[i].check;
	}
}

size_t values_encode(
        uint32_t row, uint16_t column, const uint32_t *values, size_t snapshots, uint16_t *now, struct log_entry *out)
{
	size_t written = 0, from = 0, to = 0;
	uint32_t value = VALUE_NONE;
	for (size_t s = 0; s < snapshots; s++) {
		if (values[s] == VALUE_NONE)
			continue;
		if (value != VALUE_NONE && values[s] != value)
			out[written++] =
			        (struct log_entry){ row, column, (uint16_t)from, (uint16_t)to, (uint16_t)value };
		if (values[s] != value)
			from = s;
		value = values[s];
		to = s;
	}
	if (value != VALUE_NONE)
		*now = (uint16_t)value;
	return written;
}
