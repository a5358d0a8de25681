/* Checks a bundle: needs neither store nor key. The stranger's bytes are looked at in a process of its own, which is
 * locked as the jail's reader is before it sees the first of them; it hands back a record of fixed size. That process
 * is a fork, not a fresh program: nothing secret is in this one (doc/threat-model.md). */
#include "base/auto.h"
#include "base/io.h"
#include "case/bundle.h"
#include "jail/jail.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 120, REPORT_FD = STDOUT_FILENO };

/* What a process that a stranger takes over could still tell of this one: its environment may hold passwords. The pages
 * are the child's own by then. */
static bool forget_environment(void)
{
	for (char **variable = environ; variable && *variable; variable++)
		explicit_bzero(*variable, strlen(*variable));
	return clearenv() == 0;
}

static _Noreturn void child(hufu_view packed, const char *signer, struct stamp_trust *trust, int answer)
{
	struct bundle_report report;
	/* SECONDS go by, and it is over: nothing in it catches the signal. */
	signal(SIGALRM, SIG_DFL);
	alarm(SECONDS);
	json_object_seed(0);
	if (dup2(answer, REPORT_FD) < 0 || !forget_environment() || jail_lock(NULL) != HUFU_OK)
		_exit(1);
	bundle_check(packed, signer, trust, &report);
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

static void clean_stamp(struct stamp *stamp)
{
	clean(stamp->by, sizeof stamp->by);
	clean(stamp->serial, sizeof stamp->serial);
}

static void clean_report(struct bundle_report *report)
{
	clean_stamp(&report->first.says);
	clean_stamp(&report->newest.says);
	clean(report->case_name, sizeof report->case_name);
	clean(report->head, sizeof report->head);
	clean(report->fingerprint, sizeof report->fingerprint);
	clean(report->member, sizeof report->member);
	clean(report->why, sizeof report->why);
}

/* Runs the child and takes what it says. */
static hufu_status in_child(hufu_view packed, const char *signer, struct stamp_trust *trust,
        struct bundle_report *report, bool *told, hufu_error *error)
{
	int ends[2], how = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(error, view_of("verify"), NULL);
	AUTO_FD answer = ends[0], say = ends[1];
	stamp_prepare();
	pid_t pid = fork();
	if (pid == 0)
		child(packed, signer, trust, say);
	fd_close(&say);
	if (pid < 0)
		return fail_errno(error, view_of("verify"), NULL);
	*told = read_report(answer, report);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	*told = *told && WIFEXITED(how) && WEXITSTATUS(how) == 0 && (unsigned)report->result <= BUNDLE_HOLDS;
	return HUFU_OK;
}

hufu_status bundle_verify(
        const char *path, const char *signer, const char *ca_file, struct bundle_report *out, hufu_error *error)
{
	struct bytes packed = { 0 };
	struct stamp_trust *trust = NULL;
	struct bundle_report report = { 0 };
	bool told = false;
	hufu_status status = io_read_file(path, BUNDLE_PACKED_MAX, &packed, error);
	if (!status && ca_file)
		status = stamp_trust_load(ca_file, &trust, error);
	if (!status)
		status = in_child(bytes_view(&packed), signer, trust, &report, &told, error);
	stamp_trust_free(trust);
	bytes_done(&packed);
	if (status)
		return status;
	if (!told)
		return fail(error, HUFU_MALFORMED, view_of(path), "whatever looked at it died, or was refused its lock",
		        "the file may be an attack: don't open it with other programs");
	clean_report(&report);
	*out = report;
	return HUFU_OK;
}
