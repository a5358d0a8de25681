/* Takes one leak through reader and matcher. */
#include "job/job.h"
#include "base/clock.h"
#include "base/io.h"
#include "jail/jail.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- seals ---- */

hufu_status job_seals_open(const struct store *store, struct job_seals *out, hufu_error *error)
{
	char **names;
	size_t count;
	hufu_status status = store_datasets(store, &names, &count, error);
	if (status)
		return status;
	*out = (struct job_seals){ .seals = calloc(count + 1, sizeof(struct seal *)) };
	if (!out->seals)
		status = fail(error, HUFU_NO_MEMORY, view_of(store->dir), "no memory", NULL);
	for (size_t i = 0; i < count; i++) {
		if (!status)
			status = seal_open(store, view_of(names[i]), &out->seals[out->count], error);
		out->count += !status;
		free(names[i]);
	}
	free(names);
	if (status)
		job_seals_close(out);
	return status;
}

void job_seals_close(struct job_seals *seals)
{
	for (size_t i = 0; i < seals->count; i++)
		seal_close(seals->seals[i]);
	free(seals->seals);
	*seals = (struct job_seals){ 0 };
}

/* ---- the leak ---- */

static hufu_status digest(int fd, const char *path, char out[65], uint64_t *bytes, hufu_error *error)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	size_t cap = 1 << 20;
	AUTO_FREE char *buffer = malloc(cap);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	hufu_status status =
	        buffer && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) ? HUFU_OK : HUFU_NO_MEMORY;
	*bytes = 0;
	while (!status) {
		ssize_t now = read(fd, buffer, cap);
		if (now < 0)
			status = fail_errno(error, view_of(path), "check the disk it lies on");
		if (now <= 0)
			break;
		*bytes += (uint64_t)now;
		EVP_DigestUpdate(context, buffer, (size_t)now);
	}
	if (!status && !EVP_DigestFinal_ex(context, sum, &len))
		status = HUFU_NO_MEMORY;
	EVP_MD_CTX_free(context);
	for (unsigned i = 0; !status && i < len && i < 32; i++) {
		out[2 * i] = "0123456789abcdef"[sum[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
	}
	out[64] = 0;
	return status == HUFU_NO_MEMORY ? fail(error, status, view_of(path), "no memory", NULL) : status;
}

struct course {
	struct matcher *matcher;
	struct hufu_verdict *verdict;
	const char *name;   /* the leak's file name, printable */
	bool about;         /* the open part tells of a mail and holds no records of a leak */
	hufu_status status; /* of the matcher: ends the course */
};

/* "leak.zip/data/owners.csv"; a plain file is its own part. */
static void part_path(const struct course *course, const char *inside, char *out, size_t cap)
{
	snprintf(out, cap, "%s%s%s", course->name, inside[0] ? "/" : "", inside);
}

static hufu_status message_take(struct course *course, const struct jail_message *message)
{
	char path[2 * JAIL_PATH_MAX];
	part_path(course, message->path, path, sizeof path);
	if (message->event == JAIL_PART)
		course->about = view_starts(view_of(message->format), JAIL_ABOUT_MAIL);
	if (course->about && (message->event <= JAIL_PART_END))
		return HUFU_OK;
	switch (message->event) {
	case JAIL_PART:
		return matcher_part(course->matcher, &(struct matcher_part){ .path = view_of(path),
		                                             .format = message->format,
		                                             .encoding = message->encoding,
		                                             .columns = message->columns,
		                                             .named = message->named });
	case JAIL_BATCH:
		return matcher_batch(course->matcher, &message->batch);
	case JAIL_PART_END:
		matcher_lines(course->matcher, message->lines);
		return matcher_part_end(course->matcher, message->malformed, course->verdict);
	case JAIL_UNREAD:
		return verdict_add_unread(course->verdict, view_of(path), jail_why(message->why)) ? HUFU_OK
		                                                                                  : HUFU_NO_MEMORY;
	case JAIL_DONE:
		break;
	}
	return HUFU_OK;
}

static hufu_status read_all(
        int fd, const char *path, struct course *course, const struct job_options *options, hufu_error *error)
{
	struct jail *jail;
	struct jail_message *message = malloc(sizeof *message);
	const char *slash = strrchr(path, '/');
	struct jail_options how = { .name = view_of(slash ? slash + 1 : path) };
	if (!message)
		return fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	hufu_status status = jail_open(fd, &how, &jail, error);
	for (bool done = status != HUFU_OK; !done;) {
		status = jail_next(jail, message, error);
		if (!status && options->progress)
			options->progress(message->consumed, course->verdict->bytes);
		if (!status && (status = message_take(course, message)))
			fail(error, status, view_of(path),
			        status == HUFU_MALFORMED ? "a seal is damaged: no verdict" : "no memory",
			        status == HUFU_MALFORMED ? "restore it from a backup, or seal the dataset again"
			                                 : NULL);
		done = status || message->event == JAIL_DONE;
		if (done)
			jail_close(jail);
	}
	free(message);
	return status;
}

static hufu_status write_audit(
        const struct store *store, const char *what, const struct hufu_verdict *verdict, hufu_error *error)
{
	struct audit_line line = { .what = what, .sha256 = verdict->sha256, .people = verdict->people };
	for (size_t i = 0; i < verdict->part_count; i++) {
		line.records += verdict->parts[i].records;
		for (size_t k = 0; k < verdict->parts[i].dataset_count; k++)
			line.linked += verdict->parts[i].datasets[k].linked;
	}
	return audit_append(store, &line, error);
}

static bool has_record(const struct hufu_verdict *verdict)
{
	for (size_t i = 0; i < verdict->part_count; i++)
		if (verdict->parts[i].records)
			return true;
	return false;
}

static hufu_status judge(const struct store *store, const struct job_seals *seals, int fd, const char *path,
        const struct job_options *options, struct hufu_verdict *out, hufu_error *error)
{
	char name[512], seed[17];
	snprintf(seed, sizeof seed, "%.16s", out->sha256);
	struct course course = { .verdict = out, .name = name };
	struct matcher_options how = { .names = options->names,
		.kinds = options->people != NULL,
		.chinese = options->chinese,
		.seed = strtoull(seed, NULL, 16) };
	const char *slash = strrchr(path, '/');
	printable(view_of(slash ? slash + 1 : path), name, sizeof name);
	out->path = strdup(name);
	hufu_status status =
	        out->path ? matcher_new(store, seals->seals, seals->count, &how, &course.matcher) : HUFU_NO_MEMORY;
	if (status)
		return fail(error, status, view_of(path), "no memory", NULL);
	status = read_all(fd, path, &course, options, error);
	/* A reader that was taken over may say that there is nothing; and nothing is not judged. */
	if (!status && !has_record(out) && !out->unread_count &&
	        !verdict_add_unread(out, view_of(name), "holds no record"))
		status = fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	if (!status)
		status = matcher_finish(course.matcher, out, error);
	if (!status)
		status = write_audit(store, options->audited_as ? options->audited_as : "match", out, error);
	/* No line, no names. */
	if (!status && options->people && matcher_people_add(course.matcher, options->people))
		status = fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	matcher_free(course.matcher);
	return status;
}

hufu_status job_match_leak(const struct store *store, const struct job_seals *seals, const struct job_leak *leak,
        const struct job_options *options, struct hufu_verdict *out, hufu_error *error)
{
	uint64_t started = clock_ticks();
	*out = (struct hufu_verdict){ .word = VERDICT_NONE, .complete = true, .bytes = leak->bytes };
	snprintf(out->sha256, sizeof out->sha256, "%s", leak->sha256);
	hufu_status status = judge(store, seals, leak->fd, leak->name, options, out, error);
	out->elapsed = (double)(clock_ticks() - started) / 1e9;
	return status;
}

hufu_status job_match(const struct store *store, const struct job_seals *seals, const char *path,
        const struct job_options *options, struct hufu_verdict *out, hufu_error *error)
{
	AUTO_FD fd = -1;
	uint64_t started = clock_ticks();
	*out = (struct hufu_verdict){ .word = VERDICT_NONE, .complete = true };
	hufu_status status = io_open(path, &fd, error);
	if (!status)
		status = digest(fd, path, out->sha256, &out->bytes, error);
	if (!status && lseek(fd, 0, SEEK_SET) != 0)
		status = fail(
		        error, HUFU_IO, view_of(path), "is no file that can be read twice", "copy it to a file first");
	if (!status)
		status = judge(store, seals, fd, path, options, out, error);
	out->elapsed = (double)(clock_ticks() - started) / 1e9;
	return status;
}
