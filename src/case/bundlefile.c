/* A bundle's bytes: headers of the tar, written in one way and read in that way alone; zstd by libarchive, with
 * nothing else switched on. Touches no file; trusts no length. */
#include "case/bundlefile.h"
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

enum { BLOCK = 512, AT_SIZE = 124, AT_SUM = 148, AT_SUM_END = 156, SIZE_DIGITS = 11 };

const char *const bundle_members[MEMBER_COUNT] = { "manifest.json", "manifest.sig", "timeline.jsonl", "stamps.jsonl",
	"case.json", "verdicts.json", "evidence.json" };
const char bundle_manifest_context[] = "hufu bundle 1";

int bundle_member_next(int64_t format, int member)
{
	return member + (member == MEMBER_TIMELINE && format < 2 ? 2 : 1);
}

/* ---- tar ---- */

static void put(uint8_t *block, size_t at, const char *text)
{
	for (; *text; text++)
		block[at++] = (uint8_t)*text;
}

/* POSIX ustar: a regular file, mode 0600, of nobody, from 1970. */
static void header(const char *name, size_t size, uint8_t block[BLOCK])
{
	char number[SIZE_DIGITS + 2];
	unsigned sum = 0;
	memset(block, 0, BLOCK);
	put(block, 0, name);
	put(block, 100, "0000600");
	put(block, 108, "0000000");
	put(block, 116, "0000000");
	snprintf(number, sizeof number, "%011o", (unsigned)size);
	put(block, AT_SIZE, number);
	put(block, 136, "00000000000");
	memset(block + AT_SUM, ' ', AT_SUM_END - AT_SUM);
	put(block, 156, "0");
	put(block, 257, "ustar");
	put(block, 263, "00");
	put(block, 329, "0000000");
	put(block, 337, "0000000");
	for (size_t i = 0; i < BLOCK; i++)
		sum += block[i];
	snprintf(number, sizeof number, "%06o", sum);
	put(block, AT_SUM, number);
	block[AT_SUM + 6] = '\0';
}

static void pad(struct bytes *tar, size_t len)
{
	static const char zeros[2 * BLOCK];
	bytes_add(tar, view_make(zeros, len));
}

void bundle_tar_add(struct bytes *tar, const char *name, hufu_view content)
{
	uint8_t block[BLOCK];
	header(name, content.len, block);
	bytes_add(tar, view_make(block, BLOCK));
	bytes_add(tar, content);
	pad(tar, (BLOCK - content.len % BLOCK) % BLOCK);
}

void bundle_tar_end(struct bytes *tar)
{
	pad(tar, 2 * BLOCK);
}

static bool zeros(hufu_view bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.ptr[i])
			return false;
	return true;
}

const char *bundle_tar_take(hufu_view *tar, const char *name, hufu_view *content)
{
	uint8_t wanted[BLOCK];
	hufu_view block, padding;
	size_t size = 0;
	if (!view_split(tar, BLOCK, &block))
		return "the bundle ends before it";
	if (!view_starts(block, name) || block.ptr[strlen(name)])
		return "it is missing, or another stands in its place";
	for (size_t i = 0; i < SIZE_DIGITS; i++) {
		unsigned digit = (unsigned char)block.ptr[AT_SIZE + i] - (unsigned)'0';
		if (digit > 7)
			return "its header is not as hufu writes it";
		size = size * 8 + digit;
	}
	if (size > tar->len)
		return "the bundle ends within it";
	header(name, size, wanted);
	if (memcmp(wanted, block.ptr, BLOCK) != 0)
		return "its header is not as hufu writes it";
	if (!view_split(tar, size, content) || !view_split(tar, (BLOCK - size % BLOCK) % BLOCK, &padding))
		return "the bundle ends within it";
	return zeros(padding) ? NULL : "there are bytes behind its end";
}

const char *bundle_tar_ended(hufu_view tar)
{
	if (tar.len < 2 * BLOCK)
		return "the end of the bundle is missing";
	return tar.len == 2 * BLOCK && zeros(tar) ? NULL : "there is more in the bundle than its manifest names";
}

/* ---- zstd ---- */

static la_ssize_t take_packed(struct archive *archive, void *context, const void *piece, size_t len)
{
	(void)archive;
	struct bytes *out = context;
	bytes_add(out, view_make(piece, len));
	return out->failed ? -1 : (la_ssize_t)len;
}

static bool compress_into(struct archive *archive, struct archive_entry *entry, hufu_view tar, struct bytes *out)
{
	if (!archive || !entry)
		return false;
	archive_entry_set_pathname(entry, "tar");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (la_int64_t)tar.len);
	return archive_write_set_format_raw(archive) == ARCHIVE_OK &&
	       archive_write_add_filter_zstd(archive) == ARCHIVE_OK &&
	       archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
	       archive_write_open(archive, out, NULL, take_packed, NULL) == ARCHIVE_OK &&
	       archive_write_header(archive, entry) == ARCHIVE_OK &&
	       archive_write_data(archive, tar.ptr, tar.len) == (la_ssize_t)tar.len &&
	       archive_write_close(archive) == ARCHIVE_OK && !out->failed;
}

hufu_status bundle_compress(hufu_view tar, struct bytes *out, hufu_error *error)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	bool done = compress_into(archive, entry, tar, out);
	archive_entry_free(entry);
	archive_write_free(archive);
	return done ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("bundle"), "could not be compressed", NULL);
}

static const char *unpack(struct archive *archive, hufu_view packed, size_t most, struct bytes *out)
{
	enum { PIECE = 1 << 16, LAYERS = 2 };
	struct archive_entry *entry;
	la_ssize_t got;
	if (archive_read_support_filter_zstd(archive) != ARCHIVE_OK ||
	        archive_read_support_format_raw(archive) != ARCHIVE_OK ||
	        archive_read_open_memory(archive, packed.ptr, packed.len) != ARCHIVE_OK ||
	        archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return "is no bundle: its compression is damaged";
	if (archive_filter_count(archive) != LAYERS) /* zstd, and the memory below it */
		return "is no bundle: it is compressed more than once";
	do {
		char *room = bytes_room(out, PIECE);
		if (!room)
			return "no memory";
		got = archive_read_data(archive, room, PIECE);
		if (got < 0)
			return "the file is cut off or damaged";
		out->len += (size_t)got;
		if (out->len > most)
			return "it unpacks to more than a bundle may hold";
	} while (got > 0);
	return NULL;
}

const char *bundle_decompress(hufu_view packed, size_t most, struct bytes *out)
{
	if (!view_starts(packed, "\x28\xb5\x2f\xfd"))
		return "is no bundle: it is not compressed with zstd";
	struct archive *archive = archive_read_new();
	const char *why = archive ? unpack(archive, packed, most, out) : "no memory";
	archive_read_free(archive);
	return why;
}
