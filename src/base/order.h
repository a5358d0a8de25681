/* Lists of 64-bit numbers: the order that qsort and bsearch want, and each number once. */
#ifndef HUFU_BASE_ORDER_H
#define HUFU_BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

int u64_order(const void *a, const void *b);
/* Sorts the numbers and keeps each once, at the front; returns how many are kept. */
size_t u64_each_once(uint64_t *numbers, size_t count);

#endif
