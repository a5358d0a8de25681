/* Scanning running text ahead, by several threads. Whoever goes through a text line by line asks here for what stands
 * in a line; where many lines hold something, threads have scanned them before. What they did not get to is scanned
 * when it is asked for, so the answers are the same with any number of threads, and with none.
 *
 * Threads must be begun before this process is locked in, and stay until it ends. */
#ifndef HUFU_READ_AHEAD_H
#define HUFU_READ_AHEAD_H

#include "read/units.h"
#include "scan/scan.h"

/* Begins the threads, once a process; without them, on one processor or when memory is out, all is scanned as it is
 * asked for. */
void ahead_begin(void);
/* Ends them. */
void ahead_end(void);

/* Tells that the units of this text come next, in order, and has them scanned if those of the text before were worth
 * it. `units` is as for units_begin; its text stays where it is until the next call. */
void ahead_look(const struct units *units);
/* What stands in the unit: as scan_text, but nothing in a line that is prose or says nothing. */
size_t ahead_scan(hufu_view unit, struct scan_hit hits[SCAN_HITS_MAX]);

#endif
