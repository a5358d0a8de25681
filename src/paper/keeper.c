/* The keeper's half: starts hufu-paper, hands it template and values, takes the document. Nothing of what comes back is
 * believed but its size: it is a file that somebody opens later, made by a program that read a stranger's. */
#include "base/auto.h"
#include "base/io.h"
#include "jail/spawn.h"
#include "paper/inside.h"
#include "paper/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 60, BLOCK = 64 << 10 };

static hufu_status open_template(const char *path, int *fd, hufu_error *error)
{
	struct stat file;
	hufu_status status = io_open(path, fd, error);
	if (!status && (fstat(*fd, &file) || !S_ISREG(file.st_mode)))
		status = fail(error, HUFU_USAGE, view_of(path), "is no file", "name a DOCX template");
	if (!status && file.st_size > PAPER_TEMPLATE_MAX)
		status = fail(error, HUFU_LIMIT, view_of(path), "is larger than a template may be (16 MiB)",
		        "make its pictures smaller");
	return status;
}

static hufu_status hold_values(const json_t *values, int *fd, hufu_error *error)
{
	AUTO_FREE char *text = json_dumps(values, JSON_COMPACT);
	*fd = memfd_create("values", MFD_CLOEXEC);
	if (*fd < 0)
		return fail_errno(error, view_of("values"), NULL);
	if (!text)
		return fail(error, HUFU_NO_MEMORY, view_of("values"), "no memory", NULL);
	hufu_status status = io_write(*fd, text, strlen(text), "values", error);
	return status || lseek(*fd, 0, SEEK_SET) == 0 ? status : fail_errno(error, view_of("values"), NULL);
}

/* False: it hangs, or says more than a document may have. */
static bool read_answer(int fd, struct bytes *out)
{
	char block[BLOCK];
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		if (poll(&wait, 1, SECONDS_MAX * 1000) <= 0)
			return false;
		ssize_t got = read(fd, block, sizeof block);
		if (got <= 0)
			return !got && !out->failed;
		if (out->len + (size_t)got > PAPER_MAX + 1)
			return false;
		bytes_add(out, view_make(block, (size_t)got));
	}
}

static hufu_status say_trouble(const char *path, hufu_view answer, hufu_error *error)
{
	enum paper_why why = answer.len > 1 ? (enum paper_why)(unsigned char)answer.ptr[1] : PAPER_WHY_JAIL;
	char what[96] = "", where[512];
	if (answer.len > 2)
		printable(view_from(answer, 2), what, sizeof what);
	snprintf(where, sizeof where, "%s%s%s", path, what[0] ? ": " : "", what);
	return fail(error, why == PAPER_WHY_LARGE ? HUFU_LIMIT : HUFU_MALFORMED, view_of(where), paper_why(why),
	        why == PAPER_WHY_PLACE ? "doc/filings.md lists the names"
	                               : "mend the template, or take the one that comes with hufu");
}

/* Takes the document out of the answer. */
static hufu_status take_document(const char *path, struct bytes *answer, bool whole, hufu_error *error)
{
	bool document =
	        whole && answer->len > 4 && answer->ptr[0] == PAPER_SAYS_DOCUMENT && !memcmp(answer->ptr + 1, "PK", 2);
	bool trouble = whole && answer->len > 1 && answer->ptr[0] == PAPER_SAYS_TROUBLE;
	if (!document)
		return say_trouble(path, trouble ? bytes_view(answer) : view_of(""), error);
	memmove(answer->ptr, answer->ptr + 1, --answer->len);
	return HUFU_OK;
}

static hufu_status run(const struct spawn_files *files, int answers, struct bytes *out, bool *whole, hufu_error *error)
{
	pid_t pid;
	int ended = 0;
	AUTO_FREE char *program = spawn_find("hufu-paper", "HUFU_PAPER");
	hufu_status status = program ? spawn_reader(program, files, &pid, error)
	                             : fail(error, HUFU_NO_MEMORY, view_of("hufu-paper"), "no memory", NULL);
	close(files->full);
	if (status)
		return status;
	*whole = read_answer(answers, out);
	if (!*whole)
		kill(pid, SIGKILL);
	while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
		;
	*whole = *whole && WIFEXITED(ended) && !WEXITSTATUS(ended);
	return HUFU_OK;
}

hufu_status paper_fill(const char *path, const json_t *values, struct bytes *out, hufu_error *error)
{
	AUTO_FD template = -1;
	AUTO_FD held = -1;
	AUTO_FD nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int pipe_ends[2];
	bool whole = false;
	*out = (struct bytes){ 0 };
	hufu_status status = open_template(path, &template, error);
	if (!status)
		status = hold_values(values, &held, error);
	if (status)
		return status;
	if (nothing < 0 || pipe2(pipe_ends, O_CLOEXEC))
		return fail_errno(error, view_of(path), "raise the limit of open files");
	AUTO_FD answers = pipe_ends[0];
	const struct spawn_files files = { .leak = template, .memory = held, .full = pipe_ends[1], .free = nothing };
	status = run(&files, answers, out, &whole, error);
	if (!status)
		status = take_document(path, out, whole, error);
	if (status)
		bytes_done(out);
	return status;
}
