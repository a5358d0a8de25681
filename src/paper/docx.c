/* The package: a zip of parts. All are read into memory, those with text are filled, the rest goes back as it came.
 * What could run, or be fetched from elsewhere when somebody opens the paper, is refused. */
#include "paper/inside.h"
#include "paper/paper.h"

#include <archive.h>
#include <archive_entry.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 500, PART_NAME_MAX = 240, BLOCK = 64 << 10 };

struct part {
	char *name;
	struct bytes bytes;
};

struct package {
	struct part parts[PARTS_MAX];
	size_t count, bytes;
	struct paper_trouble *trouble;
};

bool paper_wrong(struct paper_trouble *trouble, enum paper_why why, hufu_view what)
{
	size_t len = 0;
	if (trouble->why)
		return false;
	trouble->why = why;
	for (size_t i = 0; i < what.len && len + 1 < sizeof trouble->what; i++) {
		char byte = what.ptr[i];
		bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		             (byte >= '0' && byte <= '9') || (byte && strchr("._/-{}", byte));
		trouble->what[len++] = plain ? byte : '?';
	}
	trouble->what[len] = 0;
	return false;
}

static void package_done(struct package *package)
{
	for (size_t i = 0; i < package->count; i++) {
		free(package->parts[i].name);
		bytes_done(&package->parts[i].bytes);
	}
	free(package);
}

/* ---- reading ---- */

static bool name_is_plain(const char *name)
{
	return name[0] && name[0] != '/' && !strstr(name, "..") && !strchr(name, '\\') && strlen(name) <= PART_NAME_MAX;
}

static bool is_known(const struct package *package, const char *name)
{
	for (size_t i = 0; i < package->count; i++)
		if (!strcasecmp(package->parts[i].name, name))
			return true;
	return false;
}

static bool read_bytes(struct archive *archive, struct package *package, struct part *part)
{
	char block[BLOCK];
	for (;;) {
		la_ssize_t got = archive_read_data(archive, block, sizeof block);
		if (!got)
			return true;
		if (got < 0)
			return paper_wrong(package->trouble, PAPER_WHY_ZIP, view_of(part->name));
		package->bytes += (size_t)got;
		if (package->bytes > PAPER_MAX)
			return paper_wrong(package->trouble, PAPER_WHY_LARGE, view_of(part->name));
		bytes_add(&part->bytes, view_make(block, (size_t)got));
		if (part->bytes.failed)
			return paper_wrong(package->trouble, PAPER_WHY_MEMORY, view_of(part->name));
	}
}

static bool read_part(struct archive *archive, struct archive_entry *entry, struct package *package)
{
	const char *name = archive_entry_pathname_utf8(entry);
	if (!name)
		name = archive_entry_pathname(entry);
	if (!name || archive_entry_is_encrypted(entry))
		return paper_wrong(package->trouble, PAPER_WHY_ZIP, view_of("a part"));
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return true;
	if (!name_is_plain(name) || is_known(package, name))
		return paper_wrong(package->trouble, PAPER_WHY_NAME, view_of(name));
	if (package->count == PARTS_MAX)
		return paper_wrong(package->trouble, PAPER_WHY_LARGE, view_of(name));
	struct part *part = &package->parts[package->count];
	*part = (struct part){ .name = strdup(name) };
	if (!part->name)
		return paper_wrong(package->trouble, PAPER_WHY_MEMORY, view_of(""));
	package->count++;
	return read_bytes(archive, package, part);
}

static bool read_package(hufu_view docx, struct package *package)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int got = archive && !archive_read_support_format_zip(archive)
	                  ? archive_read_open_memory(archive, docx.ptr, docx.len)
	                  : -1;
	bool good = got == ARCHIVE_OK || paper_wrong(package->trouble, PAPER_WHY_ZIP, view_of(""));
	while (good && (got = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
		good = read_part(archive, entry, package);
	if (good && (got != ARCHIVE_EOF || !package->count))
		good = paper_wrong(package->trouble, PAPER_WHY_ZIP, view_of(""));
	archive_read_free(archive);
	return good;
}

/* ---- what may not be in it ---- */

static bool has(hufu_view text, const char *word)
{
	return text.len && memmem(text.ptr, text.len, word, strlen(word));
}

static bool name_is_harmless(const char *name)
{
	static const char *const refused[] = { "vbaProject", "vbaData", "embeddings/", "activeX", "oleObject",
		"attachedToolbars", "externalLinks" };
	for (size_t i = 0; i < LEN(refused); i++)
		if (strcasestr(name, refused[i]))
			return false;
	return true;
}

static xmlDoc *parse(const struct part *part)
{
	xmlDoc *document = part->bytes.len ? xmlReadMemory(part->bytes.ptr, (int)part->bytes.len, NULL, NULL,
	                                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
	                                   : NULL;
	if (document && document->intSubset) {
		xmlFreeDoc(document);
		document = NULL;
	}
	return document;
}

/* In any case of letters, as the names of parts are. */
static bool name_ends(const char *name, const char *end)
{
	size_t len = strlen(name), tail = strlen(end);
	return len >= tail && !strcasecmp(name + len - tail, end);
}

static bool attribute_ends(xmlNode *node, const char *name, const char *end)
{
	xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
	bool ends = value && name_ends((const char *)value, end);
	xmlFree(value);
	return ends;
}

/* What a part is stands in what points to it; its name may say anything. */
static bool relation_embeds(xmlNode *node)
{
	static const char *const refused[] = { "/oleObject", "/package", "/control", "/activeXControlBinary",
		"/vbaProject", "/wordVbaData", "/attachedToolbars", "/externalLink", "/aFChunk" };
	for (size_t i = 0; i < LEN(refused); i++)
		if (attribute_ends(node, "Type", refused[i]))
			return true;
	return false;
}

/* A link that a reader may follow by hand is all that may lead outside. */
static bool relations_are_inside(const struct part *part, struct package *package)
{
	xmlDoc *document = parse(part);
	bool good = document || paper_wrong(package->trouble, PAPER_WHY_XML, view_of(part->name));
	xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
	for (xmlNode *node = root ? root->children : NULL; node && good; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (relation_embeds(node))
			good = paper_wrong(package->trouble, PAPER_WHY_MACRO, view_of(part->name));
		else if (attribute_ends(node, "TargetMode", "External") && !attribute_ends(node, "Type", "/hyperlink"))
			good = paper_wrong(package->trouble, PAPER_WHY_EXTERNAL, view_of(part->name));
	}
	xmlFreeDoc(document);
	return good;
}

static bool part_is_harmless(const struct part *part, struct package *package)
{
	xmlDoc *document = parse(part);
	bool good = document ? fields_check(document, view_of(part->name), package->trouble)
	                     : paper_wrong(package->trouble, PAPER_WHY_XML, view_of(part->name));
	xmlFreeDoc(document);
	return good;
}

static bool check_package(struct package *package)
{
	bool word = false, good = true;
	for (size_t i = 0; i < package->count && good; i++) {
		const struct part *part = &package->parts[i];
		hufu_view bytes = bytes_view(&part->bytes);
		word |= !strcmp(part->name, "word/document.xml");
		bool macro = !name_is_harmless(part->name) ||
		             (!strcmp(part->name, "[Content_Types].xml") && has(bytes, "macroEnabled"));
		good = !macro || paper_wrong(package->trouble, PAPER_WHY_MACRO, view_of(part->name));
		if (good && name_ends(part->name, ".rels"))
			good = relations_are_inside(part, package);
		if (good && name_ends(part->name, ".xml"))
			good = part_is_harmless(part, package);
	}
	return good && (word || paper_wrong(package->trouble, PAPER_WHY_NO_WORD, view_of("")));
}

/* ---- filling ---- */

static bool has_text(const char *name)
{
	hufu_view view = view_of(name);
	return !strcmp(name, "word/document.xml") ||
	       ((view_starts(view, "word/header") || view_starts(view, "word/footer")) && view_ends(view, ".xml"));
}

static bool fill_part(struct part *part, const json_t *values, struct package *package)
{
	xmlDoc *document = parse(part);
	xmlChar *text = NULL;
	int len = 0;
	if (!document)
		return paper_wrong(package->trouble, PAPER_WHY_XML, view_of(part->name));
	bool good = text_fill(document, values, package->trouble);
	if (good)
		xmlDocDumpMemoryEnc(document, &text, &len, "UTF-8");
	xmlFreeDoc(document);
	if (good && (!text || len <= 0))
		good = paper_wrong(package->trouble, PAPER_WHY_MEMORY, view_of(part->name));
	if (good) {
		part->bytes.len = 0;
		bytes_add(&part->bytes, view_make((const char *)text, (size_t)len));
		good = !part->bytes.failed || paper_wrong(package->trouble, PAPER_WHY_MEMORY, view_of(part->name));
	}
	xmlFree(text);
	return good;
}

/* ---- writing ---- */

static la_ssize_t take(struct archive *archive, void *context, const void *bytes, size_t len)
{
	struct bytes *out = context;
	(void)archive;
	if (out->len + len > PAPER_MAX)
		return -1;
	bytes_add(out, view_make(bytes, len));
	return out->failed ? -1 : (la_ssize_t)len;
}

static bool write_part(struct archive *archive, const struct part *part)
{
	enum { NEW_YEAR_1980 = 315532800 };
	struct archive_entry *entry = archive_entry_new();
	if (!entry)
		return false;
	archive_entry_set_pathname(entry, part->name);
	archive_entry_set_size(entry, (la_int64_t)part->bytes.len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	/* The same document is the same bytes, whenever it is made. */
	archive_entry_set_mtime(entry, NEW_YEAR_1980, 0);
	bool good = archive_write_header(archive, entry) == ARCHIVE_OK &&
	            (!part->bytes.len || archive_write_data(archive, part->bytes.ptr, part->bytes.len) ==
	                                         (la_ssize_t)part->bytes.len);
	archive_entry_free(entry);
	return good;
}

static bool write_package(const struct package *package, struct bytes *out)
{
	struct archive *archive = archive_write_new();
	bool good = archive && archive_write_set_format_zip(archive) == ARCHIVE_OK &&
	            archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
	            archive_write_open(archive, out, NULL, take, NULL) == ARCHIVE_OK;
	for (size_t i = 0; i < package->count && good; i++)
		good = write_part(archive, &package->parts[i]);
	good = archive && archive_write_close(archive) == ARCHIVE_OK && good;
	archive_write_free(archive);
	return good || paper_wrong(package->trouble, PAPER_WHY_LARGE, view_of("the filled document"));
}

bool docx_fill(hufu_view docx, const json_t *values, struct bytes *out, struct paper_trouble *trouble)
{
	struct package *package = calloc(1, sizeof *package);
	if (!package)
		return paper_wrong(trouble, PAPER_WHY_MEMORY, view_of(""));
	package->trouble = trouble;
	bool good = read_package(docx, package) && check_package(package);
	for (size_t i = 0; i < package->count && good; i++)
		if (has_text(package->parts[i].name))
			good = fill_part(&package->parts[i], values, package);
	good = good && write_package(package, out);
	package_done(package);
	return good;
}
