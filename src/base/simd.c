/* Asks the processor, and the environment, once. */
#include "base/simd.h"

#include <stdlib.h>
#include <string.h>

static enum simd ask(void)
{
	const char *wish = getenv("HUFU_SIMD");
	if (wish && strcmp(wish, "off") == 0)
		return SIMD_NONE;
#if defined(__x86_64__)
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
	if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	        !(wish && strcmp(wish, "avx2") == 0))
		return SIMD_AVX512;
	return avx2 ? SIMD_AVX2 : SIMD_NONE;
#else
	return SIMD_NONE;
#endif
}

static int known = -1;

enum simd simd_level(void)
{
	/* The answer is the same whoever asks first, so that two threads may. */
	int level = __atomic_load_n(&known, __ATOMIC_RELAXED);
	if (level < 0) {
		level = (int)ask();
		__atomic_store_n(&known, level, __ATOMIC_RELAXED);
	}
	return (enum simd)level;
}

void simd_limit(enum simd most)
{
	int level = (int)simd_level();
	__atomic_store_n(&known, level < (int)most ? level : (int)most, __ATOMIC_RELAXED);
}
