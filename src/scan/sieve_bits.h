/* What the sieve knows of a piece of text, a bit a byte, in words of 64: classes of bytes, and the places that come of
 * them. Internal to src/scan, but for its size. */
#ifndef HUFU_SCAN_SIEVE_BITS_H
#define HUFU_SCAN_SIEVE_BITS_H

#include <stdint.h>

enum { SIEVE_WORDS = 64 }; /* found together */

/* Classes of bytes. */
enum sieve_byte {
	SIEVE_DIGIT,
	SIEVE_ONE,   /* 1 */
	SIEVE_UPPER, /* 3 to 9 */
	SIEVE_ALNUM, /* letters and digits */
	SIEVE_BLANK, /* blanks and dashes */
	SIEVE_DASH,
	SIEVE_DOT,
	SIEVE_AT,     /* @ */
	SIEVE_MARK,   /* : = and tabs, which stand behind a label */
	SIEVE_JOINT,  /* # and /, which part numbers in an address */
	SIEVE_HIGH,   /* above ASCII: all of them */
	SIEVE_HAN,    /* what Han characters begin with */
	SIEVE_FULL,   /* what those of full width do */
	SIEVE_SECOND, /* and their second byte */
	SIEVE_CLAUSE, /* and the third, where it parts clauses and no code has it in it */
	SIEVE_BYTES,
};

/* Which of 64 bytes are of which class. */
struct sieve_masks {
	uint64_t of[SIEVE_BYTES];
};

/* What is made of the classes, and looked back at (sieve_kernel.inc). */
enum sieve_made {
	MADE_DIGITS_2, /* ends of so many digits */
	MADE_DIGITS_3,
	MADE_DIGITS_4,
	MADE_DIGITS_8,
	MADE_DIGITS_11, /* the eleventh of a number, which may go on */
	MADE_DIGITS_13,
	MADE_CODE_2, /* ends of so many letters and digits */
	MADE_CODE_4,
	MADE_CODE_8,
	MADE_CODE_16,
	MADE_MOBILE, /* the second digit of one: 13 to 19 */
	MADE_BESIDE, /* what stands beside Han characters in an address */
	MADE_COMMA,  /* ends of what parts clauses, in full width */
	SIEVE_MADE,
};

/* All that is known of the 64 bytes before a word; zero at the beginning of a text. */
struct sieve_before {
	struct sieve_masks classes;
	uint64_t made[SIEVE_MADE];
};

/* Why a place is to be looked at. */
enum sieve_reason {
	SIEVE_MOBILE,    /* behind a mobile number of eleven digits */
	SIEVE_LONG,      /* in a longer number */
	SIEVE_GROUPS,    /* in the second group of one */
	SIEVE_RUN,       /* behind 17 or 18 letters and digits */
	SIEVE_DAY,       /* in a date, or behind one */
	SIEVE_SIGN,      /* behind an @ */
	SIEVE_CHARACTER, /* at, in or behind a character above ASCII */
	SIEVE_REASONS,
};

/* A bit a place; those of reasons that have nothing to do with what is wanted are not set at all. */
struct sieve_bits {
	uint64_t any[SIEVE_WORDS], of[SIEVE_REASONS][SIEVE_WORDS];
};

#endif
