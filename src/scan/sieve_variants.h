/* The variants of the sieve's first step: bits of whole words of 64 bytes, at most SIEVE_WORDS, to be judged
 * one by one. Internal to
 * src/scan. */
#ifndef HUFU_SCAN_SIEVE_VARIANTS_H
#define HUFU_SCAN_SIEVE_VARIANTS_H

#include "scan/sieve.h"

/* Which of 64 bytes are of which class. */
struct sieve_masks {
	uint64_t digit, code, blank, dot, sign, mark, joint, high, han, full;
};

typedef void sieve_words(
        const char *text, size_t words, enum sieve_want want, struct sieve_before *before, uint64_t *bits);
sieve_words sieve_words_plain, sieve_words_avx2, sieve_words_avx512;

#endif
