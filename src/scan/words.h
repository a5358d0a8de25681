/* The words around names and addresses. Internal to src/scan. */
#ifndef HUFU_SCAN_WORDS_H
#define HUFU_SCAN_WORDS_H

#include "base/view.h"

enum word {
	WORD_NONE,
	WORD_BEFORE, /* a person's name follows */
	WORD_AFTER,  /* a person's name goes before */
	WORD_STOP,   /* no part of a name */
};

/* The longest word at the beginning of `text`; its bytes in *len. */
enum word word_at(hufu_view text, size_t *len);
/* Whether `text` ends with a word after which an address stands. */
bool word_announces_address(hufu_view text);
/* Whether `text` begins with the name of a province. */
bool word_is_province(hufu_view text);
/* Where in an address that was found something else begins; text.len when nothing does. */
size_t word_ends_address(hufu_view text);

#endif
