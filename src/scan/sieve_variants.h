/* The variants of the sieve's first step: bits of whole words of 64 bytes, at most SIEVE_WORDS, to be judged
 * one by one. Internal to
 * src/scan. */
#ifndef HUFU_SCAN_SIEVE_VARIANTS_H
#define HUFU_SCAN_SIEVE_VARIANTS_H

#include "scan/sieve.h"

/* A bit for each reason that there is with what is wanted. */
static inline unsigned sieve_reasons(enum sieve_want want)
{
	enum { CODES = 1 << SIEVE_MOBILE | 1 << SIEVE_LONG | 1 << SIEVE_GROUPS | 1 << SIEVE_RUN };
	static const unsigned reasons[] = {
		[SIEVE_NAMES] = 1 << SIEVE_DAY | 1 << SIEVE_CHARACTER,
		[SIEVE_ALL] = CODES | 1 << SIEVE_SIGN | 1 << SIEVE_DAY | 1 << SIEVE_CHARACTER,
		[SIEVE_STRONG] = CODES | 1 << SIEVE_SIGN | 1 << SIEVE_CHARACTER,
		[SIEVE_CODES] = CODES | 1 << SIEVE_DAY | 1 << SIEVE_CHARACTER,
	};
	return reasons[want];
}

typedef void sieve_words(
        const char *text, size_t words, enum sieve_want want, struct sieve_before *before, struct sieve_bits *bits);
sieve_words sieve_words_plain, sieve_words_avx2, sieve_words_avx512;

#endif
