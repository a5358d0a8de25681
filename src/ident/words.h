/* Sets of words of one or two Han characters (three bytes each): whether some text begins with one of them, and which.
 * Internal to src/ident.
 *
 * The words stand in a constant array of structs or texts. The index over them is made when it is first asked for; it
 * is the same whoever makes it, and until it stands the words are gone through one by one, which gives the same answer.
 */
#ifndef HUFU_IDENT_WORDS_H
#define HUFU_IDENT_WORDS_H

#include "base/view.h"

enum { WORD_SLOTS = 1024 };

struct word_set {
	const void *first;         /* address of the first word's `const char *`, or of the word itself */
	size_t step, count, len;   /* len: 3 or 6 */
	bool pointers;             /* elements begin with a pointer to the word, not with the word */
	uint64_t keys[WORD_SLOTS]; /* a word's bytes, or 0; count is at most half of them */
	uint16_t numbers[WORD_SLOTS];
	int state; /* 0: no index; 1: being made; 2: made */
};

/* Number of the first word equal to the `len` bytes at `text`; -1 when there is none. The caller has so many bytes. */
int word_find(struct word_set *set, const char *text);

#endif
