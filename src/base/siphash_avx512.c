/* SipHash in eight lanes, compiled for AVX512. */
#if defined(__x86_64__)
#include "base/simd.h"
#include "base/siphash_variants.h"

typedef uint64_t part __attribute__((vector_size(64)));
#define PARTS 1
#define TARGET SIMD_AVX512_TARGET
#define ARRAYS siphash_arrays_avx512
#define SLOTS siphash_slots_avx512
#define BLOCKS siphash_blocks_avx512
#include "base/siphash_kernel.inc"
#endif
