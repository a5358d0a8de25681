/* MD5 in 16 lanes, compiled for AVX-512. */
#if defined(__x86_64__)
#include "base/simd.h"

#define VECTOR_BYTES 64
#define TARGET SIMD_AVX512_TARGET
#define DIGESTS md5_digests_avx512
#include "seal/md5_lanes.inc"
#endif
