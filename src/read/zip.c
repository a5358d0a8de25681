/* Reader for ZIP, by libarchive, with nothing but the zip format switched on. Members go back to the door one by one as
 * layers, in their order; no file is ever written, so that a member's path is only a name. Trusts nothing. */
#include "read/read.h"

#include "base/auto.h"
#include "base/utf8.h"
#include "read/decode.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>

enum { BLOCK = 64 << 10, NAME_MAX_BYTES = JAIL_PATH_MAX };

struct zip {
	struct job *job;
	struct source *source;
	struct archive *archive; /* owned */
	hufu_view path;
	bool damage_told, office_told;
	char block[BLOCK];
};

/* ---- libarchive pulls from our source ---- */

static la_ssize_t give_block(struct archive *archive, void *user, const void **block)
{
	struct zip *zip = user;
	size_t got = source_read(zip->source, zip->block, sizeof zip->block);
	if (got == 0 && zip->source->why != JAIL_WHY_NONE) {
		archive_set_error(archive, EIO, "source");
		return -1;
	}
	*block = zip->block;
	job_progress(zip->job);
	return (la_ssize_t)got;
}

static la_int64_t move(struct archive *archive, void *user, la_int64_t offset, int whence)
{
	struct zip *zip = user;
	la_int64_t size = (la_int64_t)zip->source->size, to = offset;
	(void)archive;
	/* libarchive asks from the start, or from the end. */
	if (whence == SEEK_CUR || (whence == SEEK_END && __builtin_add_overflow(size, offset, &to)))
		return ARCHIVE_FATAL;
	if (to < 0)
		to = 0;
	if (to > size)
		to = size;
	return source_seek(zip->source, (uint64_t)to) ? to : ARCHIVE_FATAL;
}

static bool open_archive(struct zip *zip)
{
	struct archive *archive = zip->archive = archive_read_new();
	if (!archive || archive_read_support_format_zip_streamable(archive) != ARCHIVE_OK)
		return false;
	if (zip->source->seek && zip->source->size) {
		if (archive_read_support_format_zip_seekable(archive) != ARCHIVE_OK)
			return false;
		archive_read_set_seek_callback(archive, move);
	}
	archive_read_set_callback_data(archive, zip);
	archive_read_set_read_callback(archive, give_block);
	return archive_read_open1(archive) == ARCHIVE_OK;
}

/* ---- members ---- */

static size_t pull_member(struct source *member, void *into, size_t len)
{
	struct zip *zip = member->user;
	la_ssize_t got = archive_read_data(zip->archive, into, len);
	if (got < 0) {
		member->why = JAIL_WHY_DAMAGED;
		return 0;
	}
	if (!job_unpacked(zip->job, (uint64_t)got)) {
		member->why = JAIL_WHY_BOMB;
		return 0;
	}
	return (size_t)got;
}

/* The member's path in UTF-8: as it stands, else decoded from GB18030, which Chinese Windows writes without saying so.
 */
static hufu_view member_name(struct archive_entry *entry, char *out, size_t cap)
{
	const char *raw = archive_entry_pathname(entry);
	if (!raw)
		raw = archive_entry_pathname_utf8(entry);
	hufu_view name = view_of(raw ? raw : "?");
	if (utf8_valid(name) == name.len)
		return name;
	size_t taken;
	uint64_t broken = 0;
	size_t len = decode_gb18030(name, true, out, cap, &taken, &broken);
	return view_make(out, len);
}

/* Where the member lies in the leak. What does not fit is cut; it is only a name. */
static hufu_view member_path(const struct zip *zip, hufu_view name, char *out, size_t cap)
{
	size_t len = 0;
	if (zip->path.len && zip->path.len + 1 < cap) {
		memcpy(out, zip->path.ptr, zip->path.len);
		len = zip->path.len;
		out[len++] = '/';
	}
	size_t rest = name.len < cap - len ? name.len : cap - len;
	memcpy(out + len, name.ptr, rest);
	return view_make(out, len + rest);
}

/* Documents of office programs are zips of XML: tables in a format that is not read yet, not texts of their own. */
static bool office_part(hufu_view name)
{
	return view_is(name, "[Content_Types].xml") || view_is(name, "mimetype");
}

static hufu_status read_member(struct zip *zip, struct archive_entry *entry)
{
	struct sink *sink = zip->job->sink;
	char decoded[NAME_MAX_BYTES * 2], joined[NAME_MAX_BYTES * 2];
	hufu_view name = member_name(entry, decoded, sizeof decoded);
	if (archive_entry_filetype(entry) != AE_IFREG || view_ends(name, "/"))
		return HUFU_OK; /* folders and links hold no bytes of their own */
	hufu_view path = member_path(zip, name, joined, sizeof joined);
	if (archive_entry_is_encrypted(entry))
		return sink_unread(sink, path, JAIL_WHY_PASSWORD);
	if (office_part(name) && !zip->office_told) {
		zip->office_told = true;
		return sink_unread(sink, zip->path, JAIL_WHY_BINARY);
	}
	if (zip->office_told)
		return HUFU_OK;
	struct source member = { .pull = pull_member, .user = zip, .fd = -1 };
	return job_layer(zip->job, &member, path, name);
}

static hufu_status tell_damage(struct zip *zip)
{
	if (zip->damage_told)
		return HUFU_OK;
	zip->damage_told = true;
	return sink_unread(zip->job->sink, zip->path, JAIL_WHY_DAMAGED);
}

static hufu_status read_members(struct zip *zip)
{
	hufu_status st = HUFU_OK;
	while (st == HUFU_OK && !zip->job->spent) {
		struct archive_entry *entry;
		int got = archive_read_next_header(zip->archive, &entry);
		if (got == ARCHIVE_EOF)
			break;
		if (got == ARCHIVE_FATAL)
			return tell_damage(zip);
		/* Every header is charged, the broken ones too, so that this ends. */
		if (!job_member(zip->job))
			return sink_unread(zip->job->sink, zip->path, JAIL_WHY_MEMBERS);
		st = got == ARCHIVE_OK || got == ARCHIVE_WARN ? read_member(zip, entry) : tell_damage(zip);
	}
	return st;
}

static hufu_status read_zip(struct job *job, struct source *source, hufu_view path)
{
	AUTO_FREE struct zip *zip = malloc(sizeof *zip);
	if (!zip)
		return HUFU_NO_MEMORY;
	zip->job = job;
	zip->source = source;
	zip->path = path;
	zip->damage_told = zip->office_told = false;
	hufu_status st = open_archive(zip) ? read_members(zip) : tell_damage(zip);
	archive_read_free(zip->archive);
	return st;
}

static bool claims(hufu_view head, hufu_view name)
{
	(void)name;
	return view_starts(head, "PK\x03\x04") || view_starts(head, "PK\x05\x06");
}

const struct reader reader_zip = { .name = "zip", .container = true, .claims = claims, .read = read_zip };

/* ---- before the lock ---- */

hufu_status read_prepare(void)
{
	static const char empty_zip[22] = "PK\x05\x06";
	/* Names flagged as UTF-8 come out of libarchive only under such a locale. Without it they come decoded by hand.
	 */
	setlocale(LC_CTYPE, "C.UTF-8");
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	bool fine = archive && archive_read_support_format_zip(archive) == ARCHIVE_OK &&
	            archive_read_open_memory(archive, empty_zip, sizeof empty_zip) == ARCHIVE_OK &&
	            archive_read_next_header(archive, &entry) == ARCHIVE_EOF;
	archive_read_free(archive);
	return fine ? decode_prepare() : HUFU_UNSUPPORTED;
}
