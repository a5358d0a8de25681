/* Reader for archives, by libarchive, with nothing but the formats switched on whose first bytes were seen. Members go
 * back to the door one by one as layers, in their order; no file is ever written, so that a member's path is only a
 * name. What must be sought in (zip, 7z) and lies inside another archive is held in memory, up to the job's limit.
 * Trusts nothing. */
#include "read/read.h"

#include "base/auto.h"
#include "base/utf8.h"
#include "read/archive.h"
#include "read/charset.h"
#include "read/decode.h"
#include "read/held.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>

enum { BLOCK = 64 << 10, NAME_MAX_BYTES = JAIL_PATH_MAX, TAR_BLOCK = 512 };

/* ---- formats ---- */

struct format {
	bool (*starts)(hufu_view head);
	int (*support)(struct archive *archive);
	int (*support_sought)(struct archive *archive); /* where the source can seek; NULL: the same */
	bool seeks;                                     /* reads better (zip) or only (7z) where the source can seek */
	bool streams;                                   /* reads without that, too */
	bool solid;                                     /* skipping a member unpacks it all the same: it is charged */
	bool office;                                    /* documents of office programs are such archives */
};

static bool starts_zip(hufu_view head)
{
	return view_starts(head, "PK\x03\x04") || view_starts(head, "PK\x05\x06");
}

static bool starts_7z(hufu_view head)
{
	return view_starts(head, "7z\xbc\xaf\x27\x1c");
}

static bool starts_rar4(hufu_view head)
{
	return head.len > 6 && memcmp(head.ptr, "Rar!\x1a\x07", 7) == 0;
}

static bool starts_rar5(hufu_view head)
{
	return view_starts(head, "Rar!\x1a\x07\x01");
}

/* Old ones have no magic, but every header has a sum of its bytes, its own field taken as blanks. */
static bool starts_tar(hufu_view head)
{
	enum { SUM_AT = 148, SUM_LEN = 8 };
	unsigned sum = 0, want = 0, digits = 0;
	if (head.len < TAR_BLOCK || head.ptr[0] == '\0')
		return false;
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : (unsigned char)head.ptr[i];
	for (size_t i = SUM_AT; i < SUM_AT + SUM_LEN && digits < 7; i++) {
		char c = head.ptr[i];
		if (c >= '0' && c <= '7') {
			want = want * 8 + (unsigned)(c - '0');
			digits++;
		} else if (c != ' ' || digits) {
			break;
		}
	}
	return digits > 0 && want == sum;
}

/* The two text forms of cpio: a magic and numbers of fixed width, which no list of numbers is by chance. */
static bool starts_cpio(hufu_view head)
{
	bool octal = view_starts(head, "070707");
	size_t len = octal ? 76 : 110;
	if ((!octal && !view_starts(head, "070701") && !view_starts(head, "070702")) || head.len < len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = head.ptr[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
		if (octal ? c < '0' || c > '7' : !hex)
			return false;
	}
	return true;
}

static int support_zip_sought(struct archive *archive)
{
	int streamed = archive_read_support_format_zip_streamable(archive);
	return streamed == ARCHIVE_OK ? archive_read_support_format_zip_seekable(archive) : streamed;
}

static const struct format formats[] = {
	{ .starts = starts_zip,
	        .support = archive_read_support_format_zip_streamable,
	        .support_sought = support_zip_sought,
	        .seeks = true,
	        .streams = true,
	        .office = true },
	{ .starts = starts_7z, .support = archive_read_support_format_7zip, .seeks = true, .solid = true },
	{ .starts = starts_rar5, .support = archive_read_support_format_rar5, .streams = true, .solid = true },
	{ .starts = starts_rar4, .support = archive_read_support_format_rar, .streams = true, .solid = true },
	{ .starts = starts_tar, .support = archive_read_support_format_tar, .streams = true },
	{ .starts = starts_cpio, .support = archive_read_support_format_cpio, .streams = true },
};

static const struct format *format_of(hufu_view head)
{
	for (size_t i = 0; i < LEN(formats); i++)
		if (formats[i].starts(head))
			return &formats[i];
	return NULL;
}

/* ---- libarchive pulls from our source ---- */

struct pack {
	struct job *job;
	struct source *source;
	const struct format *format; /* NULL: one packed file */
	struct archive *archive;     /* owned */
	hufu_view path;
	bool opened;
	bool said; /* something was put into the sink */
	bool damage_told, office_told;
	char block[BLOCK];
};

static la_ssize_t give_block(struct archive *archive, void *user, const void **block)
{
	struct pack *pack = user;
	size_t got = source_read(pack->source, pack->block, sizeof pack->block);
	if (got == 0 && pack->source->why != JAIL_WHY_NONE) {
		archive_set_error(archive, EIO, "source");
		return -1;
	}
	*block = pack->block;
	job_progress(pack->job);
	return (la_ssize_t)got;
}

static la_int64_t move(struct archive *archive, void *user, la_int64_t offset, int whence)
{
	struct pack *pack = user;
	la_int64_t size = (la_int64_t)pack->source->size, to = offset;
	(void)archive;
	/* libarchive asks from the start, or from the end. */
	if (whence == SEEK_CUR || (whence == SEEK_END && __builtin_add_overflow(size, offset, &to)))
		return ARCHIVE_FATAL;
	if (to < 0)
		to = 0;
	if (to > size)
		to = size;
	return source_seek(pack->source, (uint64_t)to) ? to : ARCHIVE_FATAL;
}

static bool open_archive(struct pack *pack, int (*support)(struct archive *archive))
{
	struct archive *archive = pack->archive;
	if (!archive || support(archive) != ARCHIVE_OK)
		return false;
	archive_read_set_callback_data(archive, pack);
	archive_read_set_read_callback(archive, give_block);
	pack->opened = archive_read_open1(archive) == ARCHIVE_OK;
	return pack->opened;
}

static bool open_format(struct pack *pack)
{
	const struct format *format = pack->format;
	bool sought = format->seeks && pack->source->seek && pack->source->size;
	pack->archive = archive_read_new();
	if (pack->archive && sought)
		archive_read_set_seek_callback(pack->archive, move);
	return open_archive(pack, sought && format->support_sought ? format->support_sought : format->support);
}

/* ---- what goes wrong ---- */

/* libarchive's own words are the only way to tell what it does not support from what is damaged. */
static enum jail_why why_failed(const struct pack *pack)
{
	const char *words = archive_error_string(pack->archive);
	if (words && strcasestr(words, "too many filters"))
		return JAIL_WHY_DEPTH;
	/* Of an archive that could not be opened libarchive must not be asked. */
	if (pack->opened && archive_read_has_encrypted_entries(pack->archive) > 0)
		return JAIL_WHY_PASSWORD;
	if (words && (strcasestr(words, "support") || strcasestr(words, "encrypt")))
		return strcasestr(words, "encrypt") ? JAIL_WHY_PASSWORD : JAIL_WHY_METHOD;
	return JAIL_WHY_DAMAGED;
}

static hufu_status tell(struct pack *pack, hufu_view path, enum jail_why why)
{
	pack->said = true;
	return sink_unread(pack->job->sink, path, why);
}

/* The archive itself cannot be followed any further. Where its source broke off, the door says so. */
static hufu_status tell_failed(struct pack *pack)
{
	pack->said = true;
	if (pack->damage_told || pack->source->why != JAIL_WHY_NONE)
		return HUFU_OK;
	pack->damage_told = true;
	return tell(pack, pack->path, pack->archive ? why_failed(pack) : JAIL_WHY_DAMAGED);
}

/* ---- members ---- */

static size_t pull_member(struct source *member, void *into, size_t len)
{
	struct pack *pack = member->user;
	la_ssize_t got = archive_read_data(pack->archive, into, len);
	if (got < 0) {
		member->why = pack->source->why != JAIL_WHY_NONE ? pack->source->why : why_failed(pack);
		return 0;
	}
	if (!job_unpacked(pack->job, (uint64_t)got)) {
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
static hufu_view member_path(const struct pack *pack, hufu_view name, char *out, size_t cap)
{
	size_t len = 0;
	if (pack->path.len && pack->path.len + 1 < cap) {
		memcpy(out, pack->path.ptr, pack->path.len);
		len = pack->path.len;
		out[len++] = '/';
	}
	size_t rest = name.len < cap - len ? name.len : cap - len;
	memcpy(out + len, name.ptr, rest);
	return view_make(out, len + rest);
}

static hufu_view base_name(hufu_view name)
{
	const char *slash = memrchr(name.ptr, '/', name.len);
	return slash ? view_from(name, (size_t)(slash - name.ptr) + 1) : name;
}

/* What file managers leave behind: no line of the report is owed to it. By name and by content, so that no table hides
 * under such a name. */
static bool is_clutter(hufu_view name, hufu_view head)
{
	static const struct {
		const char *name;
		bool prefix;
		const char *magic;
		size_t len;
	} clutter[] = {
		{ "._", true, "\0\5\x16\7", 4 },
		{ ".DS_Store", false, "\0\0\0\1Bud1", 8 },
		{ "Thumbs.db", false, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 },
		{ "ehthumbs.db", false, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 },
	};
	hufu_view base = base_name(name);
	for (size_t i = 0; i < LEN(clutter); i++) {
		bool named = clutter[i].prefix ? view_starts(base, clutter[i].name) : view_is(base, clutter[i].name);
		if (named && head.len >= clutter[i].len && memcmp(head.ptr, clutter[i].magic, clutter[i].len) == 0)
			return true;
	}
	return false;
}

/* Documents of office programs are zips of XML: tables in a format that is not read yet, not texts of their own. */
static bool office_part(hufu_view name)
{
	return view_is(name, "[Content_Types].xml") || view_is(name, "mimetype");
}

/* The rest of a member that nobody read. Where members are packed as one stream, skipping costs as much as reading and
 * is charged likewise. */
static hufu_status drain(struct pack *pack, struct source *member, hufu_view path)
{
	char waste[16 << 10];
	if (!pack->format->solid || member->why != JAIL_WHY_NONE)
		return HUFU_OK;
	while (pull_member(member, waste, sizeof waste))
		job_progress(pack->job);
	return member->why == JAIL_WHY_BOMB ? tell(pack, path, JAIL_WHY_BOMB) : HUFU_OK;
}

static bool holds_bytes(struct archive_entry *entry, hufu_view name)
{
	if (archive_entry_filetype(entry) != AE_IFREG || view_ends(name, "/"))
		return false; /* folders, links, devices */
	return !archive_entry_hardlink(entry) || archive_entry_size(entry) > 0;
}

static hufu_status read_member(struct pack *pack, struct archive_entry *entry)
{
	char decoded[NAME_MAX_BYTES * 2], joined[NAME_MAX_BYTES * 2];
	hufu_view name = member_name(entry, decoded, sizeof decoded);
	if (!holds_bytes(entry, name))
		return HUFU_OK;
	hufu_view path = member_path(pack, name, joined, sizeof joined);
	if (archive_entry_is_encrypted(entry))
		return tell(pack, path, JAIL_WHY_PASSWORD);
	if (pack->format->office && office_part(name) && !pack->office_told) {
		pack->office_told = true;
		return tell(pack, pack->path, JAIL_WHY_BINARY);
	}
	if (pack->office_told)
		return HUFU_OK;
	struct source member = { .pull = pull_member, .user = pack, .fd = -1 };
	hufu_view head = source_head(&member);
	hufu_status st = HUFU_OK;
	if ((head.len > 0 || member.why != JAIL_WHY_NONE) && !is_clutter(name, head)) {
		pack->said = true;
		st = job_layer(pack->job, &member, path, name);
	}
	return st == HUFU_OK ? drain(pack, &member, path) : st;
}

static hufu_status read_members(struct pack *pack)
{
	hufu_status st = HUFU_OK;
	while (st == HUFU_OK && !pack->job->spent) {
		struct archive_entry *entry;
		int got = archive_read_next_header(pack->archive, &entry);
		if (got == ARCHIVE_EOF)
			return pack->said ? HUFU_OK : tell(pack, pack->path, JAIL_WHY_EMPTY);
		if (got == ARCHIVE_FATAL)
			return tell_failed(pack);
		/* Every header is charged, the broken ones too, so that this ends. */
		if (!job_member(pack->job))
			return tell(pack, pack->path, JAIL_WHY_MEMBERS);
		st = got == ARCHIVE_OK || got == ARCHIVE_WARN ? read_member(pack, entry) : tell_failed(pack);
	}
	return st;
}

static hufu_status read_pack(struct job *job, struct source *source, hufu_view path, const struct format *format)
{
	AUTO_FREE struct pack *pack = malloc(sizeof *pack);
	if (!pack)
		return HUFU_NO_MEMORY;
	pack->job = job;
	pack->source = source;
	pack->format = format;
	pack->path = path;
	pack->opened = pack->said = pack->damage_told = pack->office_told = false;
	hufu_status st = open_format(pack) ? read_members(pack) : tell_failed(pack);
	archive_read_free(pack->archive);
	return st;
}

static hufu_status read_archive(struct job *job, struct source *source, hufu_view path)
{
	const struct format *format = format_of(source_head(source));
	if (!format->seeks || (source->seek && source->size))
		return read_pack(job, source, path, format);
	struct held held;
	hufu_status st = held_init(&held, job, source);
	if (st == HUFU_OK && !held.whole && !format->streams && source->why == JAIL_WHY_NONE)
		st = sink_unread(job->sink, path, JAIL_WHY_HELD);
	else if (st == HUFU_OK && (held.whole || format->streams))
		st = read_pack(job, &held.source, path, format);
	held_done(&held, job);
	return st;
}

static bool claims_archive(hufu_view head, hufu_view name)
{
	(void)name;
	return format_of(head) != NULL;
}

const struct reader reader_archive = {
	.name = "archive", .container = true, .claims = claims_archive, .read = read_archive
};

/* ---- one packed file: name.csv.gz, name.tar.xz ---- */

struct filter {
	const char *magic;
	size_t len;
	int (*support)(struct archive *archive);
	const char *suffix; /* that the name of what is inside has not */
};

static const struct filter filters[] = {
	{ "\x1f\x8b\x08", 3, archive_read_support_filter_gzip, ".gz" },
	{ "BZh", 3, archive_read_support_filter_bzip2, ".bz2" },
	{ "\xfd"
	  "7zXZ\0",
	        6, archive_read_support_filter_xz, ".xz" },
	{ "\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd, ".zst" },
	{ "\x04\x22\x4d\x18", 4, archive_read_support_filter_lz4, ".lz4" },
	{ "\x02\x21\x4c\x18", 4, archive_read_support_filter_lz4, ".lz4" },
	{ "LZIP\1", 5, archive_read_support_filter_lzip, ".lz" },
	{ "\x1f\x9d", 2, archive_read_support_filter_compress, ".Z" },
};

/* A block or the end of the stream follows: a text may begin with "BZh" too. */
static bool is_bzip2(hufu_view head)
{
	return head.len >= 10 && head.ptr[3] >= '1' && head.ptr[3] <= '9' &&
	       (memcmp(head.ptr + 4, "1AY&SY", 6) == 0 || memcmp(head.ptr + 4, "\x17rE8P\x90", 6) == 0);
}

static const struct filter *filter_of(hufu_view head)
{
	for (size_t i = 0; i < LEN(filters); i++) {
		const struct filter *filter = &filters[i];
		if (head.len < filter->len || memcmp(head.ptr, filter->magic, filter->len) != 0)
			continue;
		return filter->support != archive_read_support_filter_bzip2 || is_bzip2(head) ? filter : NULL;
	}
	return NULL;
}

static int support_raw(struct archive *archive)
{
	int raw = archive_read_support_format_raw(archive);
	return raw == ARCHIVE_OK ? archive_read_support_format_empty(archive) : raw;
}

/* What is inside has the path of the packed file, so that "owners.tar.gz/a.csv" is a path, and no other name. */
static hufu_status read_inside(struct pack *pack)
{
	struct archive_entry *entry;
	int got = archive_read_next_header(pack->archive, &entry);
	if (got == ARCHIVE_EOF)
		return tell(pack, pack->path, JAIL_WHY_EMPTY);
	if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
		return tell_failed(pack);
	/* libarchive undoes a filter inside a filter by itself; each is a layer all the same. */
	int layers = archive_filter_count(pack->archive) - 1;
	if (layers > 1 && pack->job->depth + (unsigned)layers - 1 > pack->job->limits->depth)
		return tell(pack, pack->path, JAIL_WHY_DEPTH);
	struct source member = { .pull = pull_member, .user = pack, .fd = -1 };
	bool packed = pack->job->packed;
	pack->job->packed = true;
	hufu_status st = job_layer(pack->job, &member, pack->path, pack->path);
	pack->job->packed = packed;
	/* What the member's end was, the door has said. */
	pack->source->why = JAIL_WHY_NONE;
	return st;
}

static hufu_status read_packed(struct job *job, struct source *source, hufu_view path)
{
	AUTO_FREE struct pack *pack = malloc(sizeof *pack);
	if (!pack)
		return HUFU_NO_MEMORY;
	pack->job = job;
	pack->source = source;
	pack->format = NULL;
	pack->path = path;
	pack->opened = pack->said = pack->damage_told = pack->office_told = false;
	const struct filter *filter = filter_of(source_head(source));
	pack->archive = archive_read_new();
	bool open = pack->archive && filter->support(pack->archive) == ARCHIVE_OK && open_archive(pack, support_raw);
	hufu_status st = open ? read_inside(pack) : tell_failed(pack);
	archive_read_free(pack->archive);
	return st;
}

static bool claims_packed(hufu_view head, hufu_view name)
{
	(void)name;
	return filter_of(head) != NULL;
}

const struct reader reader_packed = {
	.name = "packed", .container = true, .claims = claims_packed, .read = read_packed
};

/* ---- before the lock ---- */

/* Opens a specimen and reads it through, so that everything the libraries load by themselves is there. */
static bool exercise(hufu_view specimen)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	bool fine = archive != NULL;
	for (size_t i = 0; fine && i < LEN(filters); i++)
		fine = filters[i].support(archive) == ARCHIVE_OK;
	for (size_t i = 0; fine && i < LEN(formats); i++)
		fine = (formats[i].support_sought ? formats[i].support_sought : formats[i].support)(archive) ==
		       ARCHIVE_OK;
	fine = fine && support_raw(archive) == ARCHIVE_OK &&
	       archive_read_open_memory(archive, specimen.ptr, specimen.len) == ARCHIVE_OK &&
	       archive_read_next_header(archive, &entry) == ARCHIVE_OK && archive_entry_pathname(entry) &&
	       archive_read_data_skip(archive) == ARCHIVE_OK;
	archive_read_free(archive);
	return fine;
}

hufu_status read_prepare(void)
{
	/* Names flagged as UTF-8 come out of libarchive only under such a locale. Without it they come decoded by hand.
	 */
	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < archive_specimens_count; i++)
		if (!exercise(archive_specimens[i]))
			return HUFU_UNSUPPORTED;
	charset_prepare();
	return decode_prepare();
}
