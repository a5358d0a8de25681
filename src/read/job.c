/* The door: who reads a layer, and the limits that every layer is charged against. */
#include "read/read.h"

const struct read_limits read_limits_usual = {
	.depth = 4,
	.members = 10000,
	.unpacked = (uint64_t)1 << 40,
	.ratio_from = (uint64_t)1 << 30,
	.ratio = 1000,
	.held = 64 << 20,
	.raw = 256 << 10,
	.window = 2 << 20,
};

bool job_member(struct job *job)
{
	if (job->members >= job->limits->members) {
		job->spent = true;
		return false;
	}
	job->members++;
	return true;
}

bool job_unpacked(struct job *job, uint64_t bytes)
{
	const struct read_limits *limits = job->limits;
	uint64_t packed = job->leak->size ? job->leak->size : job->leak->taken;
	job->unpacked += bytes;
	if (job->unpacked > limits->unpacked ||
	        (job->unpacked > limits->ratio_from && job->unpacked / limits->ratio > packed)) {
		job->spent = true;
		return false;
	}
	return true;
}

void job_progress(struct job *job)
{
	uint64_t taken = job->leak->taken;
	if (job->leak->size && taken > job->leak->size)
		taken = job->leak->size;
	sink_consumed(job->sink, taken);
}

static const struct reader *claimant(hufu_view head, hufu_view name)
{
	for (size_t i = 0; readers[i]; i++)
		if (readers[i]->claims(head, name))
			return readers[i];
	return NULL;
}

hufu_status job_layer(struct job *job, struct source *source, hufu_view path, hufu_view name)
{
	hufu_view head = source_head(source);
	if (head.len == 0)
		return sink_unread(job->sink, path, source->why != JAIL_WHY_NONE ? source->why : JAIL_WHY_EMPTY);
	const struct reader *reader = claimant(head, name);
	if (!reader)
		return sink_unread(job->sink, path, JAIL_WHY_BINARY);
	/* "owners.tar.gz" is one archive to whoever made it, and one layer here. */
	bool deeper = reader->container && !(job->packed && reader != &reader_packed);
	bool packed = job->packed;
	if (deeper && job->depth >= job->limits->depth)
		return sink_unread(job->sink, path, JAIL_WHY_DEPTH);
	job->depth += deeper;
	job->packed = false;
	hufu_status st = reader->read(job, source, path);
	job->packed = packed;
	job->depth -= deeper;
	if (st == HUFU_OK && source->why != JAIL_WHY_NONE)
		st = sink_unread(job->sink, path, source->why);
	return st;
}

hufu_status read_leak(struct source *source, hufu_view name, const struct read_limits *limits, struct sink *sink)
{
	struct job job = { .sink = sink, .limits = limits, .leak = source };
	hufu_status st = job_layer(&job, source, view_of(""), name);
	job_progress(&job);
	return st;
}

hufu_status read_as(hufu_view format, struct source *source, const struct read_limits *limits, struct sink *sink)
{
	struct job job = { .sink = sink, .limits = limits, .leak = source };
	for (size_t i = 0; readers[i]; i++) {
		if (!view_is(format, readers[i]->name))
			continue;
		hufu_status st = readers[i]->read(&job, source, view_of(""));
		if (st == HUFU_OK && source->why != JAIL_WHY_NONE)
			st = sink_unread(sink, view_of(""), source->why);
		job_progress(&job);
		return st;
	}
	return sink_unread(sink, view_of(""), JAIL_WHY_BINARY);
}
