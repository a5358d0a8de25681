/* Takes one leak through reader and matcher. */
#include "job/job.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/team.h"
#include "jail/jail.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SHA256_TEXT = 65, SEED_BYTES = 1 << 20 };

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

/* SHA-256 of a file's first bytes, at most `most`, in hex; `*bytes` says how many there were. Leaves the file's place
 * alone: its reader may share it. */
static hufu_status digest(
        int fd, const char *path, uint64_t most, char out[SHA256_TEXT], uint64_t *bytes, hufu_error *error)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	size_t cap = 1 << 20;
	AUTO_FREE char *buffer = malloc(cap);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	hufu_status status =
	        buffer && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) ? HUFU_OK : HUFU_NO_MEMORY;
	for (*bytes = 0; !status && *bytes < most;) {
		size_t wanted = most - *bytes < cap ? (size_t)(most - *bytes) : cap;
		ssize_t now = pread(fd, buffer, wanted, (off_t)*bytes);
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

/* ---- matching and hashing side by side ---- */

/* A leak under way. Whoever calls matches it; another thread hashes it meanwhile, where its digest is not known. */
struct run {
	int fd;
	const char *path;
	const struct job_options *options;
	struct course course;
	bool matched, hashing, hashed; /* `hashing` is shared: one of them does it */
	hufu_status match_status, hash_status;
	hufu_error match_error, hash_error;
	char sha256[SHA256_TEXT];
	uint64_t bytes;
};

static void run_match(struct run *run)
{
	run->matched = true;
	run->match_status = read_all(run->fd, run->path, &run->course, run->options, &run->match_error);
}

static void run_hash(struct run *run)
{
	run->hashed = true;
	run->hash_status = digest(run->fd, run->path, UINT64_MAX, run->sha256, &run->bytes, &run->hash_error);
}

/* The caller matches, the other one hashes; a caller who is alone does both. */
static void run_piece(void *user, size_t piece, unsigned worker)
{
	struct run *run = user;
	(void)piece;
	if (worker == 0 && !run->matched)
		run_match(run);
	else if (!__atomic_exchange_n(&run->hashing, true, __ATOMIC_RELAXED))
		run_hash(run);
}

static hufu_status run_all(struct run *run, struct hufu_verdict *out, hufu_error *error)
{
	if (out->sha256[0]) {
		run_match(run);
	} else {
		team_run(2, run_piece, run);
		if (!run->matched)
			run_match(run);
		if (!run->hashed)
			run_hash(run);
	}
	if (run->match_status || run->hash_status) {
		*error = run->match_status ? run->match_error : run->hash_error;
		return run->match_status ? run->match_status : run->hash_status;
	}
	if (run->hashed) {
		memcpy(out->sha256, run->sha256, sizeof run->sha256);
		out->bytes = run->bytes;
	}
	return HUFU_OK;
}

/* The decoys' seed, known before the leak is read: a small leak's digest, else that of its beginning. */
static hufu_status seed_of(int fd, const char *path, uint64_t *seed, hufu_error *error)
{
	char head[SHA256_TEXT];
	uint64_t bytes;
	hufu_status status = digest(fd, path, SEED_BYTES, head, &bytes, error);
	head[16] = 0;
	*seed = status ? 0 : strtoull(head, NULL, 16);
	return status;
}

static hufu_status judge(const struct store *store, const struct job_seals *seals, int fd, const char *path,
        const struct job_options *options, struct hufu_verdict *out, hufu_error *error)
{
	char name[512];
	struct run run = { .fd = fd, .path = path, .options = options, .course = { .verdict = out, .name = name } };
	struct matcher_options how = {
		.names = options->names, .kinds = options->people != NULL, .chinese = options->chinese
	};
	const char *slash = strrchr(path, '/');
	printable(view_of(slash ? slash + 1 : path), name, sizeof name);
	out->path = strdup(name);
	hufu_status status = seed_of(fd, path, &how.seed, error);
	if (status)
		return status;
	status = out->path ? matcher_new(store, seals->seals, seals->count, &how, &run.course.matcher) : HUFU_NO_MEMORY;
	if (status)
		return fail(error, status, view_of(path), "no memory", NULL);
	status = run_all(&run, out, error);
	/* A reader that was taken over may say that there is nothing; and nothing is not judged. */
	if (!status && !has_record(out) && !out->unread_count &&
	        !verdict_add_unread(out, view_of(name), "holds no record"))
		status = fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	if (!status)
		status = matcher_finish(run.course.matcher, out, error);
	if (!status)
		status = write_audit(store, options->audited_as ? options->audited_as : "match", out, error);
	/* No line, no names. */
	if (!status && options->people && matcher_people_add(run.course.matcher, options->people))
		status = fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	matcher_free(run.course.matcher);
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
	struct stat info;
	hufu_status status = io_open(path, &fd, error);
	if (!status && lseek(fd, 0, SEEK_SET) != 0)
		status = fail(
		        error, HUFU_IO, view_of(path), "is no file that can be read twice", "copy it to a file first");
	/* What is under way is told against its size; what counts is what was hashed. */
	if (!status && fstat(fd, &info) == 0)
		out->bytes = (uint64_t)info.st_size;
	if (!status)
		status = judge(store, seals, fd, path, options, out, error);
	out->elapsed = (double)(clock_ticks() - started) / 1e9;
	return status;
}
