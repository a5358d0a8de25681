/* hufu-paper: the program that opens a template inside the jail. Loads what it needs, locks itself in, fills the
 * template from one descriptor with the values from another, and writes the document, or what is wrong, to a third.
 * Started by the keeper only; it has no arguments, no environment, no files. */
#include "jail/jail.h"
#include "jail/ring.h"
#include "paper/inside.h"

#include <libxml/parser.h>
#include <locale.h>
#include <unistd.h>

#ifdef HUFU_SANITIZE
/* After the lock nothing can be started or opened; as in hufu-reader. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:abort_on_error=1";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "symbolize=0:abort_on_error=1:halt_on_error=1";
}
#endif

static bool read_values(int fd, struct bytes *out)
{
	char block[4096];
	ssize_t got;
	while ((got = read(fd, block, sizeof block)) > 0)
		bytes_add(out, view_make(block, (size_t)got));
	return !got && !out->failed;
}

static bool write_all(int fd, hufu_view bytes)
{
	while (bytes.len) {
		ssize_t put = write(fd, bytes.ptr, bytes.len);
		if (put <= 0)
			return false;
		bytes = view_from(bytes, (size_t)put);
	}
	return true;
}

int main(void)
{
	struct bytes json = { 0 }, document = { 0 };
	struct paper_trouble trouble = { 0 };
	setlocale(LC_ALL, "C.UTF-8");
	xmlInitParser();
	if (jail_lock() != HUFU_OK)
		_exit(RING_EXIT_SETUP);
	json_t *values = read_values(RING_FD_MEMORY, &json) ? json_loadb(json.ptr, json.len, 0, NULL) : NULL;
	bool good = values ? docx_fill(RING_FD_LEAK, values, &document, &trouble)
	                   : paper_wrong(&trouble, PAPER_WHY_MEMORY, view_of("values"));
	const char head[2] = { good ? PAPER_SAYS_DOCUMENT : PAPER_SAYS_TROUBLE, (char)trouble.why };
	bool said = write_all(RING_FD_FULL, view_make(head, good ? 1 : 2)) &&
	            write_all(RING_FD_FULL, good ? bytes_view(&document) : view_of(trouble.what));
	_exit(said ? 0 : 1);
}
