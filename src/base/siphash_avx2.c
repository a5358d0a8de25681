/* SipHash in eight lanes, compiled for AVX2. */
#if defined(__x86_64__)
#include "base/simd.h"
#include "base/siphash_variants.h"

typedef uint64_t part __attribute__((vector_size(32)));
#define PARTS 2
#define TARGET SIMD_AVX2_TARGET
#define ARRAYS siphash_arrays_avx2
#define SLOTS siphash_slots_avx2
#define BLOCKS siphash_blocks_avx2
#include "base/siphash_kernel.inc"
#endif
