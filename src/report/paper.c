/* A paper on its way: its template found, filled, written; as PDF by LibreOffice where that is installed. */
#include "paper/paper.h"
#include "base/auto.h"
#include "base/io.h"
#include "report/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PDF_MAX = 64 << 20, OFFICE_SECONDS = 120 };

hufu_status filing_paper(
        struct casebook *book, const char *name, const json_t *values, struct bytes *out, hufu_error *error)
{
	char file[64];
	snprintf(file, sizeof file, "%s.docx", name);
	AUTO_FREE char *path = io_template(book->store->dir, file);
	return path ? paper_fill(path, values, out, error)
	            : fail(error, HUFU_NO_MEMORY, view_of(name), "no memory", NULL);
}

/* ---- PDF ---- */

static hufu_status no_office(hufu_error *error)
{
	return fail(error, HUFU_USAGE, view_of("soffice"), "LibreOffice is not here, or could not make a PDF",
	        "take FILE.docx, or install libreoffice-writer-nogui");
}

/* It works in a home of its own, which goes away: it must not find another LibreOffice at work, nor leave one. */
static hufu_status run_office(const char *dir, const char *docx, hufu_error *error)
{
	char profile[512], home[512];
	pid_t pid;
	int ended = -1, seconds = 0;
	snprintf(profile, sizeof profile, "-env:UserInstallation=file://%s/profile", dir);
	snprintf(home, sizeof home, "HOME=%s", dir);
	char *const words[] = { (char *)(uintptr_t) "soffice", profile, (char *)(uintptr_t) "--headless",
		(char *)(uintptr_t) "--convert-to", (char *)(uintptr_t) "pdf", (char *)(uintptr_t) "--outdir",
		(char *)(uintptr_t)dir, (char *)(uintptr_t)docx, NULL };
	char *const environment[] = { home, (char *)(uintptr_t) "PATH=/usr/bin:/bin", NULL };
	posix_spawn_file_actions_t actions;
	if (posix_spawn_file_actions_init(&actions))
		return no_office(error);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawn(&pid, "/usr/bin/soffice", &actions, NULL, words, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		return no_office(error);
	while (waitpid(pid, &ended, WNOHANG) == 0 && seconds++ < OFFICE_SECONDS * 10)
		usleep(100000);
	if (seconds > OFFICE_SECONDS * 10) {
		kill(pid, SIGKILL);
		waitpid(pid, &ended, 0);
	}
	return WIFEXITED(ended) && !WEXITSTATUS(ended) ? HUFU_OK : no_office(error);
}

static hufu_status make_pdf(hufu_view docx, struct bytes *out, hufu_error *error)
{
	char dir[] = "/tmp/hufu-paper-XXXXXX";
	if (!mkdtemp(dir))
		return fail_errno(error, view_of("/tmp"), "is the disk full?");
	AUTO_FREE char *from = io_join(dir, "paper.docx");
	AUTO_FREE char *made = io_join(dir, "paper.pdf");
	hufu_status status = from && made ? io_replace_file(from, 0600, docx, error)
	                                  : fail(error, HUFU_NO_MEMORY, view_of("paper"), "no memory", NULL);
	if (!status)
		status = run_office(dir, from, error);
	if (!status && io_read_file(made, PDF_MAX, out, NULL))
		status = no_office(error);
	io_remove_tree(dir);
	return status;
}

hufu_status filing_write(const char *path, hufu_view docx, hufu_error *error)
{
	struct bytes pdf = { 0 };
	hufu_status status = case_path_is_new(path, error);
	bool wants_pdf = view_ends(view_of(path), ".pdf");
	if (!status && !wants_pdf && !view_ends(view_of(path), ".docx"))
		status = fail(error, HUFU_USAGE, view_of(path), "is the name of no paper", "end it in .docx or .pdf");
	if (!status && wants_pdf)
		status = make_pdf(docx, &pdf, error);
	hufu_view bytes = wants_pdf ? bytes_view(&pdf) : docx;
	if (!status)
		status = io_new_file(path, 0600, bytes, error);
	bytes_done(&pdf);
	return status;
}
