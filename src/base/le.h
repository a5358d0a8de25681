/* Little-endian numbers at any address: how every number on disk and across the jail is read. */
#ifndef HUFU_BASE_LE_H
#define HUFU_BASE_LE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t le16(const void *at)
{
	uint16_t v;
	memcpy(&v, at, sizeof v);
	return le16toh(v);
}

static inline uint32_t le32(const void *at)
{
	uint32_t v;
	memcpy(&v, at, sizeof v);
	return le32toh(v);
}

static inline uint64_t le64(const void *at)
{
	uint64_t v;
	memcpy(&v, at, sizeof v);
	return le64toh(v);
}

static inline void put_le16(void *at, uint16_t v)
{
	v = htole16(v);
	memcpy(at, &v, sizeof v);
}

static inline void put_le32(void *at, uint32_t v)
{
	v = htole32(v);
	memcpy(at, &v, sizeof v);
}

static inline void put_le64(void *at, uint64_t v)
{
	v = htole64(v);
	memcpy(at, &v, sizeof v);
}

#endif
