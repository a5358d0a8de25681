/* hufu-reader: the program inside the jail. Loads what it needs, locks itself in, reads one leak from an open
 * descriptor into the ring, and ends. Started by the keeper only; it has no arguments, no files, and of the environment
 * only how many threads and which instructions it may use. */
#include "jail/ring.h"
#include "read/ahead.h"
#include "read/read.h"

#include <unistd.h>

#ifdef HUFU_SANITIZE
/* After the lock nothing can be started or opened: no symbolizer, no leak check. Names are AddressSanitizer's. */
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

int main(void)
{
	hufu_view name, format;
	uint64_t leak_bytes;
	struct sink *sink = sink_ring(&name, &format, &leak_bytes);
	/* YAML needs nothing of the system, and rule packs are read with every command about a case. */
	if (!sink || (!view_is(format, "yaml") && read_prepare() != HUFU_OK) || jail_lock(ahead_begin) != HUFU_OK ||
	        sink_ready(sink) != HUFU_OK)
		_exit(RING_EXIT_SETUP);

	struct source source;
	source_fd(&source, RING_FD_LEAK, leak_bytes);
	hufu_status st = format.len ? read_as(format, &source, &read_limits_usual, sink)
	                            : read_leak(&source, name, &read_limits_usual, sink);
	if (st == HUFU_OK)
		st = sink_done(sink);
	/* Nothing is left to clean up, and what the C library does at exit is not worth a system call. */
	_exit(st == HUFU_OK ? 0 : 1);
}
