/* All packs in one jail: starting a reader costs more than reading a pack. The files become one text, each under a key
 * of its own and indented by a blank. Whatever is not quite plain, or goes wrong, is left to the reading file by file,
 * which also tells whose fault it is. */
#include "duty/tree.h"

#include "base/io.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TOGETHER_MAX = 900 << 10 }; /* the reader takes a megabyte */

/* Line ends as YAML knows them and we do not count them; what ends a document; what begins at a certain column. */
static bool is_plain(hufu_view text)
{
	static const char *const strange[] = { "\r", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF",
		"\n---", "\n...", "\n%" };
	bool plain = text.len && !memchr(text.ptr, 0, text.len) && text.ptr[0] != '%' && !view_starts(text, "---") &&
	             !view_starts(text, "...");
	for (size_t i = 0; i < LEN(strange) && plain; i++)
		plain = !memmem(text.ptr, text.len, strange[i], strlen(strange[i]));
	return plain;
}

/* `above`: lines before the file's first. */
static bool add_file(struct bytes *all, size_t number, const char *path, uint32_t *lines, uint32_t *above)
{
	struct bytes text = { 0 };
	bool good = io_read_file(path, TOGETHER_MAX, &text, NULL) == HUFU_OK && is_plain(bytes_view(&text));
	bytes_print(all, "f%zu:\n", number);
	*above = ++*lines;
	for (hufu_view rest = bytes_view(&text); good && rest.len;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		hufu_view line = { rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };
		bytes_byte(all, ' ');
		bytes_add(all, line);
		bytes_byte(all, '\n');
		rest = view_from(rest, line.len + 1);
		++*lines;
	}
	bytes_done(&text);
	return good && !all->failed && all->len <= TOGETHER_MAX;
}

static struct node *read_text(hufu_view text, struct pool *pool)
{
	struct node *root = NULL;
	struct tree_reading reading = { .path = "packs" };
	AUTO_FD fd = memfd_create("hufu-packs", MFD_CLOEXEC);
	if (fd < 0 || io_write(fd, text.ptr, text.len, reading.path, NULL) != HUFU_OK || lseek(fd, 0, SEEK_SET) != 0)
		return NULL;
	const struct jail_options options = { .name = view_of(reading.path), .format = "yaml" };
	if (jail_open(fd, &options, &reading.jail, NULL) != HUFU_OK)
		return NULL;
	return tree_finish(&reading, pool, &root, NULL) == HUFU_OK ? root : NULL;
}

static void renumber(struct node *node, uint32_t above)
{
	for (struct node *at = node->first; at; at = at->next) {
		at->line = at->line > above ? at->line - above : 0;
		renumber(at, above); /* as deep as the reader lets a file be */
	}
}

/* The tree of each file, as if it had been read alone. */
static bool part(struct node *root, size_t count, const uint32_t *above, struct node **roots)
{
	char name[24];
	struct node *at = root ? root->first : NULL, *next;
	if (!at || root->count != count)
		return false;
	for (size_t i = 0; i < count; i++, at = next) {
		snprintf(name, sizeof name, "f%zu", i);
		if (!at || at->value || strcmp(at->name, name) != 0)
			return false;
		next = at->next;
		at->next = NULL;
		at->name = NULL;
		at->line = 0;
		renumber(at, above[i]);
		roots[i] = at;
	}
	return true;
}

bool trees_together(const char *const *paths, size_t count, struct pool *pool, struct node **roots)
{
	struct bytes all = { 0 };
	uint32_t lines = 0;
	AUTO_FREE uint32_t *above = calloc(count + 1, sizeof *above);
	bool good = above && count > 1;
	for (size_t i = 0; i < count && good; i++)
		good = add_file(&all, i, paths[i], &lines, &above[i]);
	good = good && part(read_text(bytes_view(&all), pool), count, above, roots);
	bytes_done(&all);
	return good;
}
