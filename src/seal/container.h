/* The file a seal lies in: sections in 4 KiB blocks, each block authenticated, some sections encrypted.
 *
 * Block 0 is the header: magic, version, directory, a keyed MAC over itself, checked at opening. Every other
 * block has a keyed 64-bit tag in the last section, checked when the block is first touched, so that a large seal opens
 * at once and a flipped byte is never a silent wrong answer. Tags are bound to a random file number and to
 * the block's place, so that blocks cannot be moved or mixed. doc/seal-format.md has the layout. */
#ifndef HUFU_SEAL_CONTAINER_H
#define HUFU_SEAL_CONTAINER_H

#include "base/io.h"
#include "base/siphash.h"
#include "seal/key.h"

enum { CONTAINER_BLOCK = 4096, CONTAINER_VERSION = 1, CONTAINER_SECTIONS_MAX = 64 };

/* What a section holds; numbers are part of the format. */
enum section {
	SECTION_META = 1, /* JSON, encrypted: columns, snapshots, roles */
	SECTION_ROWS = 2, /* row records, in the order of their keyed numbers */
	SECTION_LOG = 3,  /* older values and absences */
	SECTION_LOG_INDEX = 4,
	SECTION_LOOKUP = 5, /* token -> row, column */
	SECTION_LOOKUP_INDEX = 6,
	SECTION_FREQUENCY = 7, /* encrypted */
	SECTION_JOINS = 8,     /* encrypted: person numbers that are one human */
	SECTION_FACETS = 9,    /* encrypted: codes, a facet after the other */
	SECTION_CHANGED = 10,  /* a bit a row: whether the log says anything of it */
	SECTION_TAGS = 63,
};

/* ---- reading ---- */

struct container {
	const uint8_t *map;
	size_t len;
	uint8_t *checked; /* a byte a block: its tag was right */
	bool damaged;     /* a block's tag was wrong: nothing read since can be trusted */
	struct siphash_key inner, outer;
	uint8_t secret[32], nonce[24];
	const uint8_t *tags;
	struct {
		uint64_t at, len;
	} sections[CONTAINER_SECTIONS_MAX];
};

/* Maps and checks the header. HUFU_UNSUPPORTED for a newer version, HUFU_MALFORMED for damage or another key. */
hufu_status container_open(const char *path, const struct key *key, struct container *out, hufu_error *error);
void container_done(struct container *container);
/* Verifies the blocks that hold these bytes of the map; false (and `damaged`) when one is wrong. */
bool container_verify(struct container *container, uint64_t at, size_t len);

/* Several threads may read: they tell each other no more than that a block was right, or that one was wrong. */
static inline void container_spoil(struct container *container)
{
	__atomic_store_n(&container->damaged, true, __ATOMIC_RELAXED);
}

/* Bytes of a section, verified; NULL when they lie outside it or are damaged. */
static inline const uint8_t *container_at(struct container *container, enum section section, uint64_t at, size_t len)
{
	uint64_t section_len = container->sections[section].len;
	if (at > section_len || len > section_len - at) {
		container_spoil(container);
		return NULL;
	}
	uint64_t from = container->sections[section].at + at;
	uint64_t first = from / CONTAINER_BLOCK, last = (from + len - (len > 0)) / CONTAINER_BLOCK;
	if (first == last && __atomic_load_n(&container->checked[first], __ATOMIC_RELAXED))
		return container->map + from;
	return container_verify(container, from, len) ? container->map + from : NULL;
}

static inline uint64_t container_len(const struct container *container, enum section section)
{
	return container->sections[section].len;
}

/* A whole encrypted section in clear (the caller wipes and frees); an absent one is empty. */
hufu_status container_decrypt(struct container *container, enum section section, struct bytes *out, hufu_error *error);

/* ---- writing ---- */

enum { CONTAINER_PIECES = 6 };

struct container_writer { /* must stay where it is between begin and done */
	struct io_replace file;
	struct siphash_key inner, outer;
	uint8_t secret[32], nonce[24], mac_key[32];
	struct crew *crew; /* tags and writes pieces while others are made */
	struct container_piece {
		uint8_t *bytes;
		size_t len;
		uint64_t at; /* in the file */
		hufu_status status;
		hufu_error error;
	} pieces[CONTAINER_PIECES];
	struct container_piece *piece; /* the one being filled */
	uint64_t at;                   /* bytes of the file before it */
	uint64_t *tags;
	size_t tags_cap;
	int open; /* section being written, or 0 */
	struct {
		uint64_t at, len;
	} sections[CONTAINER_SECTIONS_MAX];
	hufu_error *error;
	hufu_status status; /* the first failure; later writes do nothing */
};

hufu_status container_write_begin(
        struct container_writer *writer, const char *path, const struct key *key, hufu_error *error);
void container_section_begin(struct container_writer *writer, enum section section);
void container_write(struct container_writer *writer, const void *ptr, size_t len);
void container_section_end(struct container_writer *writer);
/* A whole section, encrypted on the way. */
void container_write_secret(struct container_writer *writer, enum section section, hufu_view clear);
/* Writes tags and header, fsyncs, replaces the old file. The writer's first failure comes out here. */
hufu_status container_write_commit(struct container_writer *writer);
/* Frees; what was not committed is removed. */
void container_write_done(struct container_writer *writer);

#endif
