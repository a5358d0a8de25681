/* MD5 in 8 lanes, compiled for AVX2. */
#if defined(__x86_64__)
#include "base/simd.h"

#define VECTOR_BYTES 32
#define TARGET SIMD_AVX2_TARGET
#define DIGESTS md5_digests_avx2
#include "seal/md5_lanes.inc"
#endif
