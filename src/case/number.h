/* Numbers and sums of money as people write them, in Chinese and English: 22,800 · 2.28万 · 4.85 million · 485k ·
 * ３９９００ · 三百九十九万 · 1亿2000万 · $2.25M · 225万美元. Pure functions over any bytes; the text is UTF-8, folded
 * first. */
#ifndef HUFU_CASE_NUMBER_H
#define HUFU_CASE_NUMBER_H

#include "base/bytes.h"

/* Adds `text` to `out` so that one spelling is left: full-width letters, digits and marks as ASCII, odd blanks as
 * blanks, CR LF as LF, broken bytes as '?'. Line ends stay. The comma of Chinese and what else parts clauses stays as
 * it is. Never longer than `text`. */
void number_fold(hufu_view text, struct bytes *out);

struct number {
	double value;
	double step;  /* of the last place that is written: 3.99万 is 39,900 in steps of 100 */
	bool chinese; /* in Chinese numerals or English words: 三 and "one" may be part of a word */
	bool scaled;  /* with a multiplier behind it: 万, million, k */
};

/* The number that `text` begins with; its length, or 0. */
size_t number_read(hufu_view text, struct number *out);
/* Only in English words: "two million", "a quarter million", "twenty-five". */
size_t number_spelled(hufu_view text, struct number *out);
/* 万, million, k with the blanks before it: its length, or 0. `apart`: a single letter may stand behind a blank. */
size_t number_multiplier(hufu_view text, bool apart, double *times);

struct money {
	double amount;
	char currency[8]; /* "USD", "CNY", "BTC" ... */
	char payable[8];  /* "BTC" of "2.25 million US dollars in bitcoin"; "" when nothing is said */
	bool spaced;      /* its thousands are parted by blanks, "300 000": in a listing these may be two numbers */
};

/* The sum that `text` begins with: a number with a currency before or behind it on the same line; its length, or 0.
 * What stands before wins over what stands behind. "300.000 EUR" is thousands and "0.150 BTC" a fraction: only of coins
 * is a thousandth anything. "2.250,50" and "0,25" are read as a European writes them. */
size_t money_read(hufu_view text, struct money *out);
/* The currency whose name `text` begins with; its length, or 0. `code` has 8 bytes. */
size_t money_currency(hufu_view text, bool before_number, char code[8]);

/* Whether a sum or number at `at` would be torn out of a longer one: the $ of "Z$", the 50 of "2.250,50". */
bool money_torn(hufu_view text, size_t at);

/* ASCII letters and digits: what a word is made of. */
bool number_in_word(char c);
/* Whether `text` begins with `word`, ASCII letters alike in both cases, and the word ends there. */
bool number_word(hufu_view text, const char *word);

/* The decimal text of a sum, eight places at the most, without zeros at its end: "0.15". */
enum { NUMBER_DECIMAL_MAX = 64 };
void number_decimal(double value, char out[NUMBER_DECIMAL_MAX]);

#endif
