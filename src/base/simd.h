/* What this processor can do beyond plain C, asked once. Every fast path has a plain twin that gives the same bytes;
 * HUFU_SIMD=off in the environment chooses the twins, for tests and for doubts. */
#ifndef HUFU_BASE_SIMD_H
#define HUFU_BASE_SIMD_H

#include <stdbool.h>

/* On functions of one instruction set alone. gcc takes half of a wide vector unless it is told; clang knows no such
 * word. */
#define SIMD_AVX2_TARGET __attribute__((target("avx2,bmi2")))
#if defined(__clang__)
#define SIMD_AVX512_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,bmi2")))
#else
#define SIMD_AVX512_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,bmi2,prefer-vector-width=512")))
#endif

enum simd { SIMD_NONE, SIMD_AVX2, SIMD_AVX512 };

/* The best set that processor and environment allow: each includes the ones before it. SIMD_AVX512 stands for F, BW, DQ
 * and VL together. */
enum simd simd_level(void);
/* Never more than `most` from now on: what a keeper tells its reader, which has no environment. */
void simd_limit(enum simd most);

#endif
