/* The variants of siphash_lanes.h. Each does as many inputs as fill its lanes, returns how many, and leaves the rest.
 * Internal to src/base. */
#ifndef HUFU_BASE_SIPHASH_VARIANTS_H
#define HUFU_BASE_SIPHASH_VARIANTS_H

#include "base/siphash_lanes.h"

size_t siphash_arrays_avx2(struct siphash_state, size_t, const uint64_t *const *, size_t, size_t, uint64_t *);
size_t siphash_slots_avx2(struct siphash_key, const uint64_t *, size_t, const uint16_t *, size_t, size_t, uint64_t *);
size_t siphash_blocks_avx2(struct siphash_key, const uint8_t *, size_t, size_t, uint64_t *);
size_t siphash_arrays_avx512(struct siphash_state, size_t, const uint64_t *const *, size_t, size_t, uint64_t *);
size_t siphash_slots_avx512(struct siphash_key, const uint64_t *, size_t, const uint16_t *, size_t, size_t, uint64_t *);
size_t siphash_blocks_avx512(struct siphash_key, const uint8_t *, size_t, size_t, uint64_t *);

#endif
