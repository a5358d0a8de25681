/* Reads a file or a directory of files through the jail, one header over all of them. */
#include "base/auto.h"
#include "base/io.h"
#include "source/kind.h"
#include "table/names.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

struct files {
	char **paths;
	size_t path_count, next;       /* files; the next one to open */
	uint64_t all, done, file_done; /* bytes: of all files, of those finished, of this one */
	struct jail *jail;
	int fd;
	unsigned parts;   /* of the open file, so far */
	bool header_due;  /* the open part's first record is still to come */
	bool about;       /* the open part tells of a mail and holds no records */
	hufu_view *names; /* views into `text` */
	size_t name_count;
	char *text;
	struct names header;
	bool pending; /* records of the message's batch from `at` on are still to be given */
	uint32_t at;
	struct batch piece; /* what was given of it: up to a line of names in the middle */
	uint64_t malformed;
	struct jail_message message;
};

/* ---- which files ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static hufu_status path_add(struct files *source, const char *path, hufu_error *error)
{
	struct stat info;
	char **grown = realloc(source->paths, (source->path_count + 1) * sizeof *grown);
	if (!grown)
		return fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	source->paths = grown;
	if (stat(path, &info))
		return fail_errno(error, view_of(path), "check the path");
	source->all += (uint64_t)info.st_size;
	grown[source->path_count] = strdup(path);
	return grown[source->path_count++] ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
}

static hufu_status directory_add(struct files *source, const char *path, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	DIR *directory = opendir(path);
	if (!directory)
		return fail_errno(error, view_of(path), "check the path");
	for (struct dirent *entry; !status && (entry = readdir(directory));) {
		struct stat info;
		AUTO_FREE char *file = entry->d_name[0] == '.' ? NULL : io_join(path, entry->d_name);
		if (file && stat(file, &info) == 0 && S_ISREG(info.st_mode))
			status = path_add(source, file, error);
	}
	closedir(directory);
	if (!status && !source->path_count)
		status = fail(error, HUFU_USAGE, view_of(path), "the directory holds no files",
		        "give the files of one dataset and time");
	if (!status)
		qsort(source->paths, source->path_count, sizeof(char *), by_text);
	return status;
}

static void close_files(void *own)
{
	struct files *source = own;
	if (!source)
		return;
	jail_close(source->jail);
	fd_close(&source->fd);
	for (size_t i = 0; i < source->path_count; i++)
		free(source->paths[i]);
	free(source->paths);
	free(source->names);
	free(source->text);
	names_done(&source->header);
	free(source);
}

static hufu_status open_files(const char *path, void **own, hufu_error *error)
{
	struct stat info;
	struct files *source = calloc(1, sizeof *source);
	if (!source)
		return fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	source->fd = -1;
	hufu_status status = stat(path, &info)       ? fail_errno(error, view_of(path), "check the path")
	                     : S_ISDIR(info.st_mode) ? directory_add(source, path, error)
	                                             : path_add(source, path, error);
	if (status)
		close_files(source);
	else
		*own = source;
	return status;
}

/* ---- header ---- */

static const char *path_now(const struct files *source)
{
	return source->paths[source->next - 1];
}

/* The first header is kept; every later one must say the same. */
static hufu_status header_take(struct files *source, const struct batch *batch, hufu_error *error)
{
	size_t len = 0;
	for (uint32_t c = 0; c < batch->columns; c++)
		len += batch_cell(batch, c, 0).len;
	if (source->names) {
		bool same = batch->columns == source->name_count;
		for (uint32_t c = 0; same && c < batch->columns; c++)
			same = view_equal(view_trim(batch_cell(batch, c, 0)), source->names[c]);
		if (same)
			return HUFU_OK;
		return source->parts > 1
		               ? fail(error, HUFU_MALFORMED, view_of(path_now(source)),
		                         "holds tables with different headers", "put each table in a file of its own")
		               : fail(error, HUFU_MALFORMED, view_of(path_now(source)),
		                         "its first line differs from the other files'", "give files with one header");
	}
	source->names = calloc(batch->columns + 1, sizeof *source->names);
	source->text = malloc(len + 1);
	if (!source->names || !source->text)
		return fail(error, HUFU_NO_MEMORY, view_of(path_now(source)), "no memory", NULL);
	char *at = source->text;
	for (uint32_t c = 0; c < batch->columns; c++) {
		hufu_view cell = view_trim(batch_cell(batch, c, 0));
		memcpy(at, cell.ptr, cell.len);
		source->names[c] = (hufu_view){ at, cell.len };
		at += cell.len;
	}
	source->name_count = batch->columns;
	return names_keep(&source->header, batch, 0)
	               ? HUFU_OK
	               : fail(error, HUFU_NO_MEMORY, view_of(path_now(source)), "no memory", NULL);
}

static const hufu_view *files_header(const void *own, size_t *count)
{
	const struct files *source = own;
	*count = source->name_count;
	return source->names;
}

static uint64_t files_malformed(const void *own)
{
	const struct files *source = own;
	return source->malformed;
}

static void files_progress(const void *own, uint64_t *done, uint64_t *all)
{
	const struct files *source = own;
	*done = source->done + source->file_done;
	*all = source->all;
}

/* ---- batches ---- */

static hufu_status file_next(struct files *source, hufu_error *error)
{
	const char *path = source->paths[source->next++];
	jail_close(source->jail);
	source->jail = NULL;
	fd_close(&source->fd);
	source->done += source->file_done;
	source->file_done = 0;
	source->parts = 0;
	hufu_status status = io_open(path, &source->fd, error);
	if (status)
		return status;
	const char *slash = strrchr(path, '/');
	struct jail_options options = { .name = view_of(slash ? slash + 1 : path) };
	return jail_open(source->fd, &options, &source->jail, error);
}

/* The next records of the message's batch, without lines of names in the middle. Views into the message. */
static void piece_take(struct files *source, const struct batch **batch, uint32_t skip)
{
	const struct batch *whole = &source->message.batch;
	uint32_t from = source->at, end = names_find(&source->header, whole, from + skip);
	source->piece = *whole;
	source->piece.cells += from;
	source->piece.rows = end - from;
	source->at = end + 1;
	source->pending = source->at < whole->rows;
	*batch = source->piece.rows ? &source->piece : NULL;
}

/* One message; `*batch` set when it brought records. */
static hufu_status message_take(struct files *source, const struct batch **batch, uint32_t *first, hufu_error *error)
{
	const struct jail_message *message = &source->message;
	hufu_status status = HUFU_OK;
	source->file_done = message->consumed;
	if (message->event == JAIL_PART)
		source->about = view_starts(view_of(message->format), JAIL_ABOUT_MAIL);
	if (source->about && message->event <= JAIL_PART_END)
		return HUFU_OK;
	switch (message->event) {
	case JAIL_PART:
		source->parts++;
		source->header_due = true;
		break;
	case JAIL_BATCH:
		*first = source->header_due;
		if (source->header_due)
			status = header_take(source, &message->batch, error);
		source->header_due = false;
		source->at = 0;
		if (!status)
			piece_take(source, batch, *first);
		break;
	case JAIL_PART_END:
		source->malformed += message->malformed;
		break;
	case JAIL_UNREAD:
		return fail(error, HUFU_MALFORMED, view_of(path_now(source)), jail_why(message->why),
		        "a seal needs all of it: unpack it, mend it, or export it as CSV");
	case JAIL_DONE:
		jail_close(source->jail);
		source->jail = NULL;
	}
	return status;
}

static hufu_status next_batch(void *own, const struct batch **out, uint32_t *first, hufu_error *error)
{
	struct files *source = own;
	*out = NULL;
	while (!*out) {
		hufu_status status = HUFU_OK;
		if (source->pending) {
			*first = 0;
			piece_take(source, out, 0);
			continue;
		}
		if (!source->jail && source->next == source->path_count)
			return HUFU_OK;
		if (!source->jail)
			status = file_next(source, error);
		if (!status)
			status = jail_next(source->jail, &source->message, error);
		if (!status)
			status = message_take(source, out, first, error);
		if (status)
			return status;
	}
	return HUFU_OK;
}

const struct source_kind source_files = { NULL, open_files, close_files, next_batch, files_header, files_malformed,
	files_progress };
