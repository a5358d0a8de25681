/* The walk: words of bits from the variant that the processor has, and each bit judged by the bytes around it. */
#include "scan/sieve.h"

#include "base/simd.h"
#include "scan/places.h"
#include "scan/sieve_variants.h"

/* ---- the first step, in plain C ---- */

/* One bit of each of eight bytes, side by side. */
static inline uint64_t gather(uint64_t bytes, unsigned bit)
{
	return (bytes >> bit & 0x0101010101010101) * 0x0102040810204080 >> 56;
}

static inline struct sieve_masks classify(const char *text)
{
	struct sieve_masks masks = { 0 };
	for (unsigned i = 0; i < 64; i += 8) {
		uint64_t halves[2] = { 0 };
		for (unsigned k = 0; k < 8; k++) {
			const uint64_t classes = place_classes[(unsigned char)text[i + k]];
			halves[0] |= (classes & 0xff) << 8 * k;
			halves[1] |= classes >> 8 << 8 * k;
		}
		for (unsigned class = 0; class < SIEVE_BYTES; class ++)
			masks.of[class] |= gather(halves[class / 8], class % 8) << i;
	}
	return masks;
}

enum { LANES = 1 };
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

static inline lanes earlier(lanes before, lanes now)
{
	(void)now;
	return before;
}

#define TARGET
#define WORDS sieve_words_plain
#include "scan/sieve_kernel.inc"

static void find_words(
        const char *text, size_t words, enum sieve_want want, struct sieve_before *before, struct sieve_bits *bits)
{
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX512)
		sieve_words_avx512(text, words, want, before, bits);
	else if (simd_level() >= SIMD_AVX2)
		sieve_words_avx2(text, words, want, before, bits);
	else
#endif
		sieve_words_plain(text, words, want, before, bits);
}

/* ---- judging a bit ---- */

static place_judge *const judges[SIEVE_REASONS] = {
	[SIEVE_MOBILE] = place_mobile,
	[SIEVE_LONG] = place_long,
	[SIEVE_GROUPS] = place_groups,
	[SIEVE_RUN] = place_run,
	[SIEVE_DAY] = place_day,
	[SIEVE_SIGN] = place_sign,
	[SIEVE_CHARACTER] = place_character,
};

/* What may stand at bit `at` (which may be one behind the text): classes, 0 for nothing. */
static unsigned judge(const struct sieve *sieve, size_t at)
{
	const size_t word = (at - sieve->begin) / 64;
	unsigned found = 0;
	for (unsigned left = sieve_reasons(sieve->want); left; left &= left - 1) {
		unsigned reason = (unsigned)__builtin_ctz(left);
		if (sieve->bits.of[reason][word] >> at % 64 & 1)
			found |= judges[reason](sieve->text, at, sieve->want);
	}
	return found;
}

/* A bit behind a code is a stop at its last character, one in a wide character at its first byte. */
static size_t place_of(hufu_view text, size_t at)
{
	const unsigned char c = at < text.len ? (unsigned char)text.ptr[at] : 0;
	if (c < 0x80)
		return place_is((char)c, SIEVE_ALNUM) ? at : at - 1;
	return c < 0xc0 && at >= 2 && place_is(text.ptr[at - 2], SIEVE_FULL) ? at - 2 : at;
}

/* ---- the walk ---- */

void sieve_begin(struct sieve *sieve, hufu_view text, enum sieve_want want)
{
	sieve->text = text;
	sieve->want = want;
	sieve->begin = sieve->end = 0;
	sieve->before = (struct sieve_before){ 0 };
}

/* The bits of the next words; the last word holds what may stand behind the text, too. */
static void fill(struct sieve *sieve)
{
	size_t left = sieve->text.len - sieve->end, words = left / 64;
	sieve->begin = sieve->end;
	if (words > SIEVE_WORDS)
		words = SIEVE_WORDS;
	const char *at = sieve->text.ptr + sieve->end;
	if (words) {
		find_words(at, words, sieve->want, &sieve->before, &sieve->bits);
		sieve->end += words * 64;
		return;
	}
	char last[64] = { 0 };
	if (left)
		memcpy(last, at, left);
	find_words(last, 1, sieve->want, &sieve->before, &sieve->bits);
	sieve->end += 64;
}

/* The first bit at or behind `from` at which something may stand; false when there is none. */
static bool find_bit(struct sieve *sieve, size_t from, size_t *at)
{
	/* Behind the place of a bit, which may lie before the words that the bit is in. */
	if (from < sieve->begin)
		from = sieve->begin;
	/* One more than the text is long: see fill. */
	while (from <= sieve->text.len) {
		if (from >= sieve->end) {
			if (sieve->end > sieve->text.len)
				return false;
			fill(sieve);
			continue;
		}
		const size_t words = (sieve->end - sieve->begin) / 64;
		size_t word = (from - sieve->begin) / 64;
		uint64_t bits = sieve->bits.any[word] >> from % 64 << from % 64;
		while (!bits && word + 1 < words)
			bits = sieve->bits.any[++word];
		for (; bits; bits &= bits - 1) {
			*at = sieve->begin + word * 64 + (size_t)__builtin_ctzll(bits);
			if (*at <= sieve->text.len && (sieve->class = judge(sieve, *at)))
				return true;
		}
		from = sieve->begin + (word + 1) * 64;
	}
	return false;
}

bool sieve_next(struct sieve *sieve, size_t from, size_t *place)
{
	for (size_t at, next = from; find_bit(sieve, next, &at); next = at + 1)
		if ((*place = place_of(sieve->text, at)) >= from)
			return true;
	return false;
}

unsigned sieve_classes(hufu_view text, enum sieve_want want)
{
	struct sieve sieve;
	unsigned classes = 0;
	sieve_begin(&sieve, text, want);
	for (size_t at, next = 0; find_bit(&sieve, next, &at); next = at + 1)
		classes |= sieve.class;
	return classes;
}

bool sieve_any(hufu_view text, enum sieve_want want)
{
	struct sieve sieve;
	size_t place;
	sieve_begin(&sieve, text, want);
	return sieve_next(&sieve, 0, &place);
}
