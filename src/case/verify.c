/* Checks a bundle: needs neither store nor key. The stranger's bytes are looked at in a process of its own, which is
 * locked as the jail's reader is before it sees the first of them; it hands back a record of fixed size. */
#include "base/auto.h"
#include "base/io.h"
#include "case/bundle.h"
#include "case/bundlefile.h"
#include "jail/jail.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what is said ---- */

struct check {
	struct bundle_report *report;
	const char *signer; /* fingerprint, or NULL */
	hufu_view members[MEMBER_COUNT];
	struct sign_public public;
	struct chain_head head;
	hufu_view head_signature;
	json_t *manifest;
};

/* False, so that a check that fails is one line. */
static bool found(struct check *check, enum bundle_result result, const char *member, int64_t entry, const char *why)
{
	struct bundle_report *report = check->report;
	report->result = result;
	printable(view_of(member), report->member, sizeof report->member);
	report->entry = entry;
	printable(view_of(why), report->why, sizeof report->why);
	return false;
}

static bool wrong(struct check *check, int member, const char *why)
{
	return found(check, BUNDLE_FAULT, bundle_members[member], 0, why);
}

/* ---- members and manifest ---- */

static bool take_members(struct check *check, hufu_view tar)
{
	const char *why = NULL;
	for (int i = 0; i < MEMBER_COUNT; i++)
		if ((why = bundle_tar_take(&tar, bundle_members[i], &check->members[i])))
			return wrong(check, i, why);
	why = bundle_tar_ended(tar);
	return why ? found(check, BUNDLE_FAULT, "", 0, why) : true;
}

static hufu_view text_at(const json_t *object, const char *name)
{
	const json_t *text = json_object_get(object, name);
	return view_make(json_string_value(text), json_string_length(text));
}

static bool number_at(const json_t *object, const char *name, int64_t *out)
{
	const json_t *number = json_object_get(object, name);
	if (!json_is_integer(number))
		return false;
	*out = json_integer_value(number);
	return true;
}

static json_t *parse(hufu_view text)
{
	return json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
}

/* Who says it, and whether he does: before anything else in the manifest is believed. */
static bool check_signer(struct check *check)
{
	hufu_view signature = check->members[MEMBER_SIGNATURE];
	if (!sign_public_parse(text_at(check->manifest, "signer"), &check->public))
		return wrong(check, MEMBER_MANIFEST, "it names no signer");
	sign_fingerprint(&check->public, check->report->fingerprint);
	if (!view_ends(signature, "\n") ||
	        sign_check(&check->public, bundle_manifest_context, check->members[MEMBER_MANIFEST],
	                view_make(signature.ptr, signature.len - 1), NULL))
		return wrong(check, MEMBER_MANIFEST, "the signer's signature does not hold");
	if (check->signer && !sign_fingerprint_fits(&check->public, view_of(check->signer)))
		return wrong(check, MEMBER_MANIFEST, "it is signed by another key than the one with this fingerprint");
	check->report->signer_proved = check->signer;
	return true;
}

static bool check_head(struct check *check)
{
	struct bundle_report *report = check->report;
	const json_t *head = json_object_get(check->manifest, "head");
	hufu_view name = text_at(check->manifest, "case");
	if (!name.len || name.len >= sizeof report->case_name ||
	        !number_at(check->manifest, "made_at", &report->made_at) || !number_at(head, "seq", &check->head.seq) ||
	        !chain_hash_parse(text_at(head, "hash"), &check->head.hash))
		return wrong(check, MEMBER_MANIFEST, "it lacks the case, the time or the timeline's end");
	printable(name, report->case_name, sizeof report->case_name);
	chain_hash_print(&check->head.hash, report->head);
	if (chain_head_check(&check->head, name, report->made_at, &check->public, text_at(head, "signature"), NULL))
		return wrong(check, MEMBER_MANIFEST, "the signature of the timeline's end does not hold");
	return true;
}

static bool check_manifest(struct check *check)
{
	int64_t format;
	check->manifest = parse(check->members[MEMBER_MANIFEST]);
	if (!json_is_object(check->manifest))
		return wrong(check, MEMBER_MANIFEST, "it is no JSON");
	if (!check_signer(check))
		return false;
	if (!number_at(check->manifest, "format", &format) || format != BUNDLE_FORMAT)
		return found(check, BUNDLE_UNREADABLE, bundle_members[MEMBER_MANIFEST], 0,
		        "the bundle's format is one that this hufu does not know: update hufu");
	return check_head(check);
}

/* ---- the timeline ---- */

/* Texts of entries borrow from the lines' JSON, which is kept beside them. */
struct lines {
	struct chain_entry *entries;
	json_t **kept;
	size_t count, cap;
};

static void lines_done(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		json_decref(lines->kept[i]);
	free(lines->kept);
	free(lines->entries);
}

static bool lines_room(struct lines *lines)
{
	if (lines->count < lines->cap)
		return true;
	size_t cap = lines->cap ? 2 * lines->cap : 64;
	struct chain_entry *entries = realloc(lines->entries, cap * sizeof *entries);
	if (entries)
		lines->entries = entries;
	json_t **kept = realloc(lines->kept, cap * sizeof(json_t *));
	if (kept)
		lines->kept = kept;
	lines->cap = entries && kept ? cap : lines->cap;
	return entries && kept;
}

static bool entry_of(const json_t *line, hufu_view case_name, struct chain_entry *out)
{
	*out = (struct chain_entry){ .case_name = case_name,
		.by = text_at(line, "by"),
		.what = text_at(line, "what"),
		.body = text_at(line, "body"),
		.signature = text_at(line, "signature") };
	return number_at(line, "seq", &out->seq) && number_at(line, "at", &out->at) &&
	       chain_hash_parse(text_at(line, "previous"), &out->previous) &&
	       chain_hash_parse(text_at(line, "hash"), &out->hash);
}

static bool read_lines(struct check *check, struct lines *lines)
{
	const char *member = bundle_members[MEMBER_TIMELINE];
	hufu_view rest = check->members[MEMBER_TIMELINE], name = text_at(check->manifest, "case"), line = { 0 };
	while (rest.len) {
		int64_t number = (int64_t)lines->count + 1;
		const char *end = memchr(rest.ptr, '\n', rest.len);
		if (!end || number > BUNDLE_ENTRIES_MAX)
			return found(check, BUNDLE_FAULT, member, number,
			        end ? "there are more entries than are read" : "its line does not end");
		if (!lines_room(lines))
			return found(check, BUNDLE_UNREADABLE, member, number, "no memory");
		view_split(&rest, (size_t)(end - rest.ptr), &line);
		rest = view_from(rest, 1);
		json_t *json = parse(line);
		if (json)
			lines->kept[lines->count++] = json;
		if (!json || !entry_of(json, name, &lines->entries[number - 1]))
			return found(check, BUNDLE_FAULT, member, number, "it is no entry");
	}
	return true;
}

static bool check_chain(struct check *check, const struct lines *lines)
{
	struct chain_fault fault;
	struct bundle_report *report = check->report;
	report->entries = (int64_t)lines->count;
	if (lines->count) {
		report->first_at = lines->entries[0].at;
		report->last_at = lines->entries[lines->count - 1].at;
	}
	if (!lines->count)
		return wrong(check, MEMBER_TIMELINE, "it is empty");
	if (chain_verify(lines->entries, lines->count, &check->public, &check->head, &fault))
		return found(check, BUNDLE_FAULT, bundle_members[MEMBER_TIMELINE], fault.seq, fault.why);
	return true;
}

static bool check_timeline(struct check *check)
{
	struct lines lines = { 0 };
	bool held = read_lines(check, &lines) && check_chain(check, &lines);
	lines_done(&lines);
	return held;
}

/* ---- digests ---- */

static bool digest_of(hufu_view content, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	if (EVP_Digest(content.ptr, content.len, digest, &len, EVP_sha256(), NULL) != 1)
		return false;
	for (unsigned i = 0; i < len; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[64] = '\0';
	return true;
}

static bool check_digest(struct check *check, int member)
{
	char sha256[65];
	int64_t bytes;
	const json_t *named =
	        json_array_get(json_object_get(check->manifest, "members"), (size_t)(member - MEMBER_TIMELINE));
	if (!digest_of(check->members[member], sha256))
		return found(check, BUNDLE_UNREADABLE, bundle_members[member], 0, "no memory");
	if (!view_is(text_at(named, "name"), bundle_members[member]) || !number_at(named, "bytes", &bytes))
		return wrong(check, member, "the manifest does not name it");
	if (bytes == (int64_t)check->members[member].len && view_is(text_at(named, "sha256"), sha256))
		return true;
	/* The entry that was altered says more than that some byte was. */
	if (member == MEMBER_TIMELINE && !check_timeline(check))
		return false;
	return wrong(check, member, "its bytes are not those that were signed");
}

static bool check_digests(struct check *check)
{
	for (int i = MEMBER_TIMELINE; i < MEMBER_COUNT; i++)
		if (!check_digest(check, i))
			return false;
	if (json_array_size(json_object_get(check->manifest, "members")) != MEMBER_COUNT - MEMBER_TIMELINE)
		return wrong(check, MEMBER_MANIFEST, "it names members that are not in the bundle");
	return true;
}

/* The parts must be of one case, whoever signed them. */
static bool check_case(struct check *check)
{
	json_t *all = parse(check->members[MEMBER_CASE]), *verdicts = parse(check->members[MEMBER_VERDICTS]),
	       *evidence = parse(check->members[MEMBER_EVIDENCE]);
	bool held = true;
	if (!json_is_object(all) || !view_equal(text_at(all, "id"), text_at(check->manifest, "case")))
		held = wrong(check, MEMBER_CASE, "it belongs to another case");
	else if (!verdicts || !json_equal(verdicts, json_object_get(all, "verdicts")))
		held = wrong(check, MEMBER_VERDICTS, "they are not those of case.json");
	else if (!evidence || !json_equal(evidence, json_object_get(all, "evidence")))
		held = wrong(check, MEMBER_EVIDENCE, "it is not that of case.json");
	json_decref(all);
	json_decref(verdicts);
	json_decref(evidence);
	return held;
}

void bundle_check(hufu_view packed, const char *signer, struct bundle_report *out)
{
	*out = (struct bundle_report){ .result = BUNDLE_UNREADABLE };
	struct check check = { .report = out, .signer = signer };
	struct bytes tar = { 0 };
	const char *why = bundle_decompress(packed, BUNDLE_MAX, &tar);
	if (why)
		found(&check, BUNDLE_UNREADABLE, "", 0, why);
	else if (take_members(&check, bytes_view(&tar)) && check_manifest(&check) && check_digests(&check) &&
	         check_timeline(&check) && check_case(&check))
		out->result = BUNDLE_HOLDS;
	json_decref(check.manifest);
	bytes_done(&tar);
}

/* ---- in a process of its own ---- */

enum { SECONDS = 120, REPORT_FD = STDOUT_FILENO };

static _Noreturn void child(hufu_view packed, const char *signer, int answer)
{
	struct bundle_report report;
	/* SECONDS go by, and it is over: nothing in it catches the signal. */
	signal(SIGALRM, SIG_DFL);
	alarm(SECONDS);
	json_object_seed(0);
	if (dup2(answer, REPORT_FD) < 0 || clearenv() != 0 || jail_lock() != HUFU_OK)
		_exit(1);
	bundle_check(packed, signer, &report);
	_exit(write(REPORT_FD, &report, sizeof report) == sizeof report ? 0 : 1);
}

static bool read_report(int fd, struct bundle_report *out)
{
	size_t have = 0;
	while (have < sizeof *out) {
		ssize_t got = read(fd, (char *)out + have, sizeof *out - have);
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		have += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* What a process that a stranger may have taken over says is made printable again. */
static void clean(char *text, size_t cap)
{
	char copy[256] = "";
	text[cap - 1] = '\0';
	printable(view_of(text), copy, cap < sizeof copy ? cap : sizeof copy);
	memcpy(text, copy, cap < sizeof copy ? cap : sizeof copy);
}

static void clean_report(struct bundle_report *report)
{
	clean(report->case_name, sizeof report->case_name);
	clean(report->head, sizeof report->head);
	clean(report->fingerprint, sizeof report->fingerprint);
	clean(report->member, sizeof report->member);
	clean(report->why, sizeof report->why);
}

hufu_status bundle_verify(const char *path, const char *signer, struct bundle_report *out, hufu_error *error)
{
	struct bytes packed = { 0 };
	int ends[2];
	hufu_status status = io_read_file(path, BUNDLE_PACKED_MAX, &packed, error);
	if (status || pipe2(ends, O_CLOEXEC) != 0) {
		bytes_done(&packed);
		return status ? status : fail_errno(error, view_of(path), NULL);
	}
	AUTO_FD answer = ends[0], told = ends[1];
	pid_t pid = fork();
	if (pid == 0)
		child(bytes_view(&packed), signer, told);
	fd_close(&told);
	bytes_done(&packed);
	if (pid < 0)
		return fail_errno(error, view_of(path), NULL);
	struct bundle_report report = { 0 };
	bool told_all = read_report(answer, &report);
	int how = 0;
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	if (!told_all || !WIFEXITED(how) || WEXITSTATUS(how) != 0 || (unsigned)report.result > BUNDLE_HOLDS)
		return fail(error, HUFU_MALFORMED, view_of(path), "whatever looked at it died, or was refused its lock",
		        "the file may be an attack: don't open it with other programs");
	clean_report(&report);
	*out = report;
	return HUFU_OK;
}
