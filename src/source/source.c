/* Which sort of source a text names. */
#include "source/kind.h"

#include <stdlib.h>

struct source {
	const struct source_kind *kind;
	void *own;
};

static const struct source_kind *const kinds[] = {
	&source_sqlite,
	&source_postgres,
	&source_mysql,
};

/* A file whose name begins like a scheme is named "./...". */
static const struct source_kind *kind_of(const char *text)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (!strncmp(text, kinds[i]->scheme, strlen(kinds[i]->scheme)))
			return kinds[i];
	return &source_files;
}

hufu_status source_open(const char *text, struct source **out, hufu_error *error)
{
	const struct source_kind *kind = kind_of(text);
	struct source *source = calloc(1, sizeof *source);
	if (!source)
		return fail(error, HUFU_NO_MEMORY, view_of(text), "no memory", NULL);
	source->kind = kind;
	hufu_status status = kind->open(text + (kind->scheme ? strlen(kind->scheme) : 0), &source->own, error);
	if (status)
		free(source);
	else
		*out = source;
	return status;
}

void source_close(struct source *source)
{
	if (source)
		source->kind->close(source->own);
	free(source);
}

hufu_status source_next(struct source *source, const struct batch **out, uint32_t *first, hufu_error *error)
{
	return source->kind->next(source->own, out, first, error);
}

const hufu_view *source_header(const struct source *source, size_t *count)
{
	return source->kind->header(source->own, count);
}

uint64_t source_malformed(const struct source *source)
{
	return source->kind->malformed(source->own);
}

void source_progress(const struct source *source, uint64_t *done, uint64_t *all)
{
	source->kind->progress(source->own, done, all);
}
