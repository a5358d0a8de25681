/* hufu-paper: the program that opens a template inside the jail. Loads what it needs, locks itself in, fills the
 * template from one descriptor with the values from another, and writes the document, or what is wrong, to a third.
 * Started by the keeper only; it has no arguments, no environment, no files. */
#include "jail/jail.h"
#include "jail/ring.h"
#include "paper/inside.h"
#include "paper/paper.h"

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

static bool read_all(int fd, size_t most, struct bytes *out)
{
	static char block[64 << 10];
	ssize_t got;
	while ((got = read(fd, block, sizeof block)) > 0 && out->len <= most)
		bytes_add(out, view_make(block, (size_t)got));
	return !got && !out->failed && out->len <= most;
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
	struct bytes template = { 0 }, json = { 0 }, document = { 0 };
	struct paper_trouble trouble = { 0 };
	setlocale(LC_ALL, "C.UTF-8");
	xmlInitParser();
	json_object_seed(0); /* from the system, while it can be asked */
	if (jail_lock(NULL) != HUFU_OK)
		_exit(RING_EXIT_SETUP);
	json_t *values = read_all(RING_FD_MEMORY, PAPER_MAX, &json) ? json_loadb(json.ptr, json.len, 0, NULL) : NULL;
	bool read = read_all(RING_FD_LEAK, PAPER_TEMPLATE_MAX, &template);
	bool good = !values ? paper_wrong(&trouble, PAPER_WHY_MEMORY, view_of("values"))
	            : read  ? docx_fill(bytes_view(&template), values, &document, &trouble)
	                    : paper_wrong(&trouble, PAPER_WHY_LARGE, view_of(""));
	const char head[2] = { good ? PAPER_SAYS_DOCUMENT : PAPER_SAYS_TROUBLE, (char)trouble.why };
	bool said = write_all(RING_FD_FULL, view_make(head, good ? 1 : 2)) &&
	            write_all(RING_FD_FULL, good ? bytes_view(&document) : view_of(trouble.what));
	_exit(said ? 0 : 1);
}
