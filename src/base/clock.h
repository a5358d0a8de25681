/* Times: instants are seconds since 1970-01-01T00:00:00Z. */
#ifndef HUFU_BASE_CLOCK_H
#define HUFU_BASE_CLOCK_H

#include "base/status.h"

enum { CLOCK_TEXT_MAX = 40 };

/* "2021-08-31" is the last second of that day in `zone` (an IANA name such as Asia/Shanghai);
 * "2021-08-31T10:00:00+08:00", "...Z" (RFC 3339, fraction allowed and dropped) is that instant. Dates that
 * the calendar does not have are HUFU_MALFORMED. Not thread-safe (it sets the C library's zone), unless the process
 * lives in that zone: $TZ is ":" and its name. */
hufu_status clock_parse(hufu_view when, const char *zone, int64_t *instant, hufu_error *error);
/* Whether the system knows the zone. */
bool clock_zone_known(const char *zone);
int64_t clock_now(void);
/* Nanoseconds that only run forward, for measuring. */
uint64_t clock_ticks(void);
/* RFC 3339 in UTC: "2021-08-31T15:59:59Z". */
void clock_print(int64_t instant, char out[CLOCK_TEXT_MAX]);
/* The same, so many seconds east of UTC (whole minutes): "2022-12-11T13:30:00+08:00". */
void clock_print_at(int64_t instant, int32_t offset, char out[CLOCK_TEXT_MAX]);
/* How many minutes a zone is east of UTC at an instant; 0 for one that is not known. Not thread-safe, as clock_parse.
 */
int64_t clock_zone_minutes(const char *zone, int64_t instant);

#endif
