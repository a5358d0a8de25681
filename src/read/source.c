/* Byte sources over a descriptor and over memory; the zip reader brings its own pull for members. */
#include "read/source.h"

#include <errno.h>
#include <unistd.h>

static size_t pull_fd(struct source *source, void *into, size_t len)
{
	ssize_t got;
	do
		got = read(source->fd, into, len);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		source->why = JAIL_WHY_IO;
		return 0;
	}
	return (size_t)got;
}

static bool seek_fd(struct source *source, uint64_t at)
{
	return at <= INT64_MAX && lseek(source->fd, (off_t)at, SEEK_SET) == (off_t)at;
}

void source_fd(struct source *source, int fd, uint64_t size)
{
	*source = (struct source){ .pull = pull_fd, .fd = fd, .size = size };
	if (lseek(fd, 0, SEEK_CUR) >= 0)
		source->seek = seek_fd;
}

static size_t pull_memory(struct source *source, void *into, size_t len)
{
	hufu_view rest = view_from(source->memory, source->at);
	if (len > rest.len)
		len = rest.len;
	if (source->chunk && len > source->chunk)
		len = source->chunk;
	if (len)
		memcpy(into, rest.ptr, len);
	source->at += len;
	return len;
}

static bool seek_memory(struct source *source, uint64_t at)
{
	if (at > source->memory.len)
		return false;
	source->at = at;
	return true;
}

void source_memory(struct source *source, hufu_view memory)
{
	*source = (struct source){
		.pull = pull_memory, .seek = seek_memory, .memory = memory, .size = memory.len, .fd = -1
	};
}

static size_t pull_counted(struct source *source, void *into, size_t len)
{
	if (source->why != JAIL_WHY_NONE || len == 0)
		return 0;
	size_t got = source->pull(source, into, len);
	source->taken += got;
	return got;
}

size_t source_read(struct source *source, void *into, size_t len)
{
	size_t waiting = source->head_len - source->head_at;
	if (waiting == 0)
		return pull_counted(source, into, len);
	if (len > waiting)
		len = waiting;
	memcpy(into, source->head + source->head_at, len);
	source->head_at += len;
	return len;
}

hufu_view source_head(struct source *source)
{
	while (source->head_len < sizeof source->head) {
		size_t got =
		        pull_counted(source, source->head + source->head_len, sizeof source->head - source->head_len);
		if (got == 0)
			break;
		source->head_len += got;
	}
	return view_make(source->head, source->head_len);
}

bool source_seek(struct source *source, uint64_t at)
{
	if (!source->seek || !source->seek(source, at))
		return false;
	source->head_at = source->head_len = 0;
	return true;
}
