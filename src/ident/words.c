/* Looks words up by a hash of their bytes. */
#include "ident/words.h"

static const char *word_at(const struct word_set *set, size_t number)
{
	const char *element = (const char *)set->first + number * set->step, *word;
	if (!set->pointers)
		return element;
	memcpy(&word, element, sizeof word);
	return word;
}

/* One or two Han characters, three bytes each. */
static inline uint64_t bytes_of(const char *text, size_t len)
{
	uint16_t two, second_two = 0;
	memcpy(&two, text, 2);
	uint64_t one = two | (uint64_t)(unsigned char)text[2] << 16;
	if (len == 3)
		return one;
	memcpy(&second_two, text + 3, 2);
	return one | (uint64_t)second_two << 24 | (uint64_t)(unsigned char)text[5] << 40;
}

/* Fibonacci hashing (Knuth): the upper bits of the product. */
static size_t slot_of(uint64_t bytes)
{
	return (size_t)(bytes * 0x9E3779B97F4A7C15u >> 54);
}

static void make_index(struct word_set *set)
{
	int none = 0;
	if (!__atomic_compare_exchange_n(&set->state, &none, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		return;
	for (size_t i = 0; i < set->count; i++) {
		uint64_t bytes = bytes_of(word_at(set, i), set->len);
		size_t at = slot_of(bytes);
		while (set->keys[at] && set->keys[at] != bytes)
			at = (at + 1) % WORD_SLOTS;
		if (!set->keys[at])
			set->numbers[at] = (uint16_t)i;
		set->keys[at] = bytes;
	}
	__atomic_store_n(&set->state, 2, __ATOMIC_RELEASE);
}

static int find_plainly(const struct word_set *set, uint64_t bytes)
{
	for (size_t i = 0; i < set->count; i++)
		if (bytes_of(word_at(set, i), set->len) == bytes)
			return (int)i;
	return -1;
}

int word_find(struct word_set *set, const char *text)
{
	uint64_t bytes = bytes_of(text, set->len);
	if (!bytes)
		return -1;
	int state = __atomic_load_n(&set->state, __ATOMIC_ACQUIRE);
	if (state == 0)
		make_index(set);
	if (state != 2)
		return find_plainly(set, bytes);
	size_t at = slot_of(bytes);
	while (set->keys[at] && set->keys[at] != bytes)
		at = (at + 1) % WORD_SLOTS;
	return set->keys[at] ? set->numbers[at] : -1;
}
