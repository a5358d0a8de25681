/* Authenticated sections on disk; see container.h for the shape and doc/seal-format.md for every byte.
 *
 * A block's tag is SipHash(outer; SipHash(inner; block), block number), both keys drawn from the block key and the
 * file's random number. Encryption is XChaCha20 with that number and the section in the nonce; the tags
 * authenticate it. */
#include "seal/container.h"
#include "base/crew.h"
#include "base/le.h"
#include "base/siphash_lanes.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	AT_VERSION = 8,
	AT_SECTIONS = 12,
	AT_LEN = 16,
	AT_NONCE = 24,
	AT_MAC = 48,
	AT_DIRECTORY = 96,
	DIRECTORY_ENTRY = 24,
	MAC_LEN = 32,
	VERIFY_BLOCKS = 8,
	BUFFER_BLOCKS = 256
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "seals are read in place: the machine must be little-endian");

static const char magic[8] = { 'H', 'U', 'F', 'U', 'S', 'E', 'A', 'L' };

/* The block key bound to one file, so that no block of another file, or of an older state of this one, fits. */
static void file_keys(
        const struct key *key, const uint8_t nonce[24], struct siphash_key *inner, struct siphash_key *outer)
{
	uint8_t block[16], keys[32];
	key_subkey(key, KEY_BLOCK, block, sizeof block);
	crypto_generichash(keys, sizeof keys, nonce, 24, block, sizeof block);
	*inner = siphash_key(keys);
	*outer = siphash_key(keys + 16);
	explicit_bzero(block, sizeof block);
	explicit_bzero(keys, sizeof keys);
}

static void header_mac(const struct key *key, const uint8_t header[CONTAINER_BLOCK], uint8_t out[MAC_LEN])
{
	uint8_t block[16], copy[CONTAINER_BLOCK];
	key_subkey(key, KEY_BLOCK, block, sizeof block);
	memcpy(copy, header, sizeof copy);
	memset(copy + AT_MAC, 0, MAC_LEN);
	crypto_generichash(out, MAC_LEN, copy, sizeof copy, block, sizeof block);
	explicit_bzero(block, sizeof block);
}

enum { TAGS_AT_ONCE = 64 };

/* The tags of blocks that lie one behind the other, of which the first has this number. */
static void block_tags(struct siphash_key inner, struct siphash_key outer, const uint8_t *blocks, uint64_t first,
        size_t count, uint64_t *out)
{
	uint64_t hashes[TAGS_AT_ONCE], numbers[TAGS_AT_ONCE];
	const uint64_t *words[2] = { hashes, numbers };
	for (size_t from = 0, now; from < count; from += now) {
		now = count - from < TAGS_AT_ONCE ? count - from : TAGS_AT_ONCE;
		siphash_blocks(inner, blocks + from * CONTAINER_BLOCK, CONTAINER_BLOCK, now, hashes);
		for (size_t i = 0; i < now; i++)
			numbers[i] = first + from + i;
		siphash_arrays(siphash_begin(outer), 0, words, LEN(words), now, out + from);
	}
}

static void section_nonce(const uint8_t file[24], enum section section, uint8_t out[24])
{
	memcpy(out, file, 24);
	out[23] ^= (uint8_t)section;
}

/* ---- reading ---- */

static const char mend[] = "restore this file from a backup, or delete it and seal the dataset's snapshots again";

static bool directory_read(struct container *c, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *entry = c->map + AT_DIRECTORY + (size_t)i * DIRECTORY_ENTRY;
		uint32_t section = le32(entry);
		uint64_t at = le64(entry + 8), len = le64(entry + 16);
		if (section >= CONTAINER_SECTIONS_MAX || at % CONTAINER_BLOCK || at > c->len || len > c->len - at)
			return false;
		c->sections[section].at = at;
		c->sections[section].len = len;
	}
	uint64_t blocks = c->len / CONTAINER_BLOCK;
	c->tags = c->map + c->sections[SECTION_TAGS].at;
	/* Every block before the tags has one; a shorter table would leave blocks unguarded. */
	return c->sections[SECTION_TAGS].len / 8 == c->sections[SECTION_TAGS].at / CONTAINER_BLOCK &&
	       c->sections[SECTION_TAGS].at / CONTAINER_BLOCK <= blocks;
}

static hufu_status header_check(struct container *c, const char *path, const struct key *key, hufu_error *error)
{
	hufu_view where = view_of(path);
	if (c->len < CONTAINER_BLOCK || memcmp(c->map, magic, sizeof magic) != 0)
		return fail(error, HUFU_MALFORMED, where, "is no seal, or its start is damaged", mend);
	if (le32(c->map + AT_VERSION) != CONTAINER_VERSION)
		return fail(error, HUFU_UNSUPPORTED, where, "was made by a newer hufu, or its start is damaged",
		        "use that version");
	uint8_t mac[MAC_LEN];
	header_mac(key, c->map, mac);
	if (sodium_memcmp(mac, c->map + AT_MAC, MAC_LEN) != 0)
		return fail(error, HUFU_MALFORMED, where, "its header was altered, or it belongs to another key", mend);
	uint32_t count = le32(c->map + AT_SECTIONS);
	if (le64(c->map + AT_LEN) != c->len)
		return fail(error, HUFU_MALFORMED, where, "is cut short or has grown", mend);
	if (count > CONTAINER_SECTIONS_MAX || !directory_read(c, count))
		return fail(error, HUFU_MALFORMED, where, "its directory makes no sense", mend);
	return HUFU_OK;
}

hufu_status container_open(const char *path, const struct key *key, struct container *out, hufu_error *error)
{
	struct stat info;
	AUTO_FD fd = -1;
	hufu_status status = io_open(path, &fd, error);
	if (status)
		return status;
	if (fstat(fd, &info) || info.st_size <= 0)
		return fail(error, HUFU_MALFORMED, view_of(path), "is no seal: it is empty", mend);
	struct container c = { .len = (size_t)info.st_size };
	void *map = mmap(NULL, c.len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return fail_errno(error, view_of(path), "free some memory");
	c.map = map;
	c.checked = calloc(c.len / CONTAINER_BLOCK + 1, 1);
	status = c.checked ? header_check(&c, path, key, error)
	                   : fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	if (status) {
		container_done(&c);
		return status;
	}
	memcpy(c.nonce, c.map + AT_NONCE, sizeof c.nonce);
	file_keys(key, c.nonce, &c.inner, &c.outer);
	key_subkey(key, KEY_SECRET, c.secret, sizeof c.secret);
	c.checked[0] = 1;
	*out = c;
	return HUFU_OK;
}

void container_done(struct container *c)
{
	if (c->map)
		munmap((void *)(uintptr_t)c->map, c->len);
	free(c->checked);
	explicit_bzero(c, sizeof *c);
}

/* Whether a block is right. Its neighbours are hashed with it, side by side: eight cost hardly more than one, and
 * whoever touches one soon touches others. Only of the block asked for is it told when it is wrong. */
static bool block_verify(struct container *c, uint64_t block)
{
	uint64_t tags[VERIFY_BLOCKS], first = block / VERIFY_BLOCKS * VERIFY_BLOCKS,
	                              all = c->sections[SECTION_TAGS].at / CONTAINER_BLOCK;
	size_t count = all - first < VERIFY_BLOCKS ? (size_t)(all - first) : VERIFY_BLOCKS;
	block_tags(c->inner, c->outer, c->map + first * CONTAINER_BLOCK, first, count, tags);
	for (size_t i = 0; i < count; i++)
		if (tags[i] == le64(c->tags + (first + i) * 8))
			__atomic_store_n(&c->checked[first + i], 1, __ATOMIC_RELAXED);
	return __atomic_load_n(&c->checked[block], __ATOMIC_RELAXED);
}

bool container_verify(struct container *c, uint64_t at, size_t len)
{
	uint64_t end = c->sections[SECTION_TAGS].at;
	if (at > end || len > end - at) {
		container_spoil(c);
		return false;
	}
	for (uint64_t block = at / CONTAINER_BLOCK; len && block <= (at + len - 1) / CONTAINER_BLOCK; block++) {
		if (__atomic_load_n(&c->checked[block], __ATOMIC_RELAXED) || block_verify(c, block))
			continue;
		container_spoil(c);
		return false;
	}
	return true;
}

hufu_status container_decrypt(struct container *c, enum section section, struct bytes *out, hufu_error *error)
{
	size_t len = (size_t)container_len(c, section);
	const uint8_t *at = container_at(c, section, 0, len);
	if (!at)
		return fail(error, HUFU_MALFORMED, view_of("seal"), "a block was altered", mend);
	char *room = bytes_room(out, len + 1);
	if (!room)
		return fail(error, HUFU_NO_MEMORY, view_of("seal"), "no memory", NULL);
	uint8_t nonce[24];
	section_nonce(c->nonce, section, nonce);
	crypto_stream_xchacha20_xor((unsigned char *)room, at, len, nonce, c->secret);
	out->len += len;
	return HUFU_OK;
}

/* ---- writing ---- */

/* Tags a piece's blocks and writes it. */
static void piece_write(void *user, size_t number, unsigned worker)
{
	struct container_writer *w = user;
	struct container_piece *piece = &w->pieces[number];
	uint64_t first = piece->at / CONTAINER_BLOCK;
	(void)worker;
	block_tags(w->inner, w->outer, piece->bytes, first, piece->len / CONTAINER_BLOCK, w->tags + first);
	piece->status = io_write_at(w->file.fd, piece->bytes, piece->len, piece->at, w->file.path, &piece->error);
	/* The disk begins at once, so that fsync has little left to wait for. */
	if (!piece->status)
		(void)sync_file_range(w->file.fd, (off_t)piece->at, (off_t)piece->len, SYNC_FILE_RANGE_WRITE);
	piece->len = 0;
}

/* The first failure of a piece becomes the writer's. */
static void piece_check(struct container_writer *w, const struct container_piece *piece)
{
	if (!piece->status || w->status)
		return;
	w->status = piece->status;
	if (w->error)
		*w->error = piece->error;
}

static void piece_next(struct container_writer *w)
{
	w->piece = &w->pieces[crew_slot(w->crew)];
	piece_check(w, w->piece);
}

/* Waits until all that was handed over is on its way to the disk. */
static void pieces_wait(struct container_writer *w)
{
	crew_wait(w->crew);
	for (size_t i = 0; i < CONTAINER_PIECES; i++)
		piece_check(w, &w->pieces[i]);
}

hufu_status container_write_begin(
        struct container_writer *w, const char *path, const struct key *key, hufu_error *error)
{
	uint8_t block[16];
	*w = (struct container_writer){ .error = error, .file = { .fd = -1 } };
	randombytes_buf(w->nonce, sizeof w->nonce);
	file_keys(key, w->nonce, &w->inner, &w->outer);
	key_subkey(key, KEY_SECRET, w->secret, sizeof w->secret);
	key_subkey(key, KEY_BLOCK, block, sizeof block);
	memcpy(w->mac_key, block, sizeof block);
	explicit_bzero(block, sizeof block);
	w->crew = crew_new(CONTAINER_PIECES, 1, piece_write, w);
	for (size_t i = 0; i < CONTAINER_PIECES; i++)
		if (!w->crew || !(w->pieces[i].bytes = malloc((size_t)BUFFER_BLOCKS * CONTAINER_BLOCK)))
			return w->status = fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	piece_next(w);
	w->status = io_replace_begin(&w->file, path, 0600, error);
	/* Block 0 is the header: written last, when the directory is known. */
	memset(w->piece->bytes, 0, CONTAINER_BLOCK);
	w->piece->len = CONTAINER_BLOCK;
	return w->status;
}

static bool tags_room(struct container_writer *w, uint64_t blocks)
{
	if (blocks <= w->tags_cap)
		return true;
	size_t cap = w->tags_cap ? w->tags_cap * 2 : 4096;
	while (cap < blocks)
		cap *= 2;
	pieces_wait(w); /* they write where the array lies */
	uint64_t *tags = realloc(w->tags, cap * sizeof *tags);
	if (!tags) {
		w->status = fail(w->error, HUFU_NO_MEMORY, view_of(w->file.path), "no memory", NULL);
		return false;
	}
	w->tags = tags;
	w->tags_cap = cap;
	return true;
}

/* Hands the piece over, which is whole blocks, and takes another. */
static void flush(struct container_writer *w)
{
	struct container_piece *piece = w->piece;
	if (w->status || !piece->len || !tags_room(w, (w->at + piece->len) / CONTAINER_BLOCK))
		return;
	piece->at = w->at;
	w->at += piece->len;
	crew_give(w->crew, (size_t)(piece - w->pieces));
	piece_next(w);
}

void container_section_begin(struct container_writer *w, enum section section)
{
	w->open = (int)section;
	w->sections[section].at = w->at + w->piece->len;
	w->sections[section].len = 0;
}

void container_write(struct container_writer *w, const void *ptr, size_t len)
{
	const uint8_t *from = ptr;
	w->sections[w->open].len += w->status ? 0 : len;
	while (len && !w->status) {
		size_t room = (size_t)BUFFER_BLOCKS * CONTAINER_BLOCK - w->piece->len, now = len < room ? len : room;
		memcpy(w->piece->bytes + w->piece->len, from, now);
		w->piece->len += now;
		from += now;
		len -= now;
		if (w->piece->len == (size_t)BUFFER_BLOCKS * CONTAINER_BLOCK)
			flush(w);
	}
}

void container_section_end(struct container_writer *w)
{
	size_t slack = (CONTAINER_BLOCK - w->piece->len % CONTAINER_BLOCK) % CONTAINER_BLOCK;
	if (w->status)
		return;
	memset(w->piece->bytes + w->piece->len, 0, slack);
	w->piece->len += slack;
	w->open = 0;
	if (w->piece->len == (size_t)BUFFER_BLOCKS * CONTAINER_BLOCK)
		flush(w);
}

void container_write_secret(struct container_writer *w, enum section section, hufu_view clear)
{
	uint8_t nonce[24], piece[4096];
	section_nonce(w->nonce, section, nonce);
	container_section_begin(w, section);
	for (uint64_t block = 0; clear.len; block += sizeof piece / 64) {
		hufu_view part = { clear.ptr, clear.len < sizeof piece ? clear.len : sizeof piece };
		clear = view_from(clear, part.len);
		crypto_stream_xchacha20_xor_ic(piece, (const uint8_t *)part.ptr, part.len, nonce, block, w->secret);
		container_write(w, piece, part.len);
	}
	container_section_end(w);
}

static void header_fill(const struct container_writer *w, uint64_t len, uint8_t header[CONTAINER_BLOCK])
{
	uint32_t count = 0;
	memset(header, 0, CONTAINER_BLOCK);
	memcpy(header, magic, sizeof magic);
	put_le32(header + AT_VERSION, CONTAINER_VERSION);
	put_le64(header + AT_LEN, len);
	memcpy(header + AT_NONCE, w->nonce, sizeof w->nonce);
	for (uint32_t section = 1; section < CONTAINER_SECTIONS_MAX; section++) {
		if (!w->sections[section].at)
			continue;
		uint8_t *entry = header + AT_DIRECTORY + (size_t)count++ * DIRECTORY_ENTRY;
		put_le32(entry, section);
		put_le64(entry + 8, w->sections[section].at);
		put_le64(entry + 16, w->sections[section].len);
	}
	put_le32(header + AT_SECTIONS, count);
	crypto_generichash(header + AT_MAC, MAC_LEN, header, CONTAINER_BLOCK, w->mac_key, 16);
}

hufu_status container_write_commit(struct container_writer *w)
{
	uint8_t header[CONTAINER_BLOCK];
	flush(w);
	pieces_wait(w);
	uint64_t blocks = w->at / CONTAINER_BLOCK;
	/* The tags are written out of the array that writing them extends: it must not move meanwhile. */
	if (w->status || !tags_room(w, blocks + blocks / (CONTAINER_BLOCK / 8) + 2))
		return w->status;
	container_section_begin(w, SECTION_TAGS);
	container_write(w, w->tags, (size_t)blocks * 8);
	container_section_end(w);
	flush(w);
	pieces_wait(w);
	if (w->status)
		return w->status;
	header_fill(w, w->at, header);
	w->status = io_write_at(w->file.fd, header, sizeof header, 0, w->file.path, w->error);
	if (!w->status)
		w->status = io_replace_commit(&w->file, w->error);
	return w->status;
}

void container_write_done(struct container_writer *w)
{
	crew_free(w->crew);
	io_replace_done(&w->file);
	for (size_t i = 0; i < CONTAINER_PIECES; i++)
		free(w->pieces[i].bytes);
	free(w->tags);
	explicit_bzero(w, sizeof *w);
	w->file.fd = -1;
}
