/* hufu: tells whether leaked data is ours, which dataset, as of when, and how many people.
 *
 * Five functions: open a store, seal a snapshot, match a leak, take the verdict as JSON, close.
 * Handles are opaque. Every function that can fail returns a hufu_status and, where asked, fills a
 * hufu_error; outputs stay untouched on failure. Nothing here is thread-safe for one handle; several
 * handles may be used at once. */
#ifndef HUFU_HUFU_H
#define HUFU_HUFU_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Causes that a caller can act on. What a match found is data, never a status. */
typedef enum hufu_status {
	HUFU_OK = 0,
	HUFU_NO_MEMORY,   /* the machine or a ceiling of ours ran out of memory */
	HUFU_MALFORMED,   /* the bytes are not what they claim to be, or were altered */
	HUFU_LIMIT,       /* larger, deeper or longer than we allow */
	HUFU_UNSUPPORTED, /* a format or version that we do not know */
	HUFU_DENIED,      /* wrong key, no permission */
	HUFU_IO,          /* the file system or the disk said no */
	HUFU_TIMEOUT,     /* nothing moved for too long */
	HUFU_CONFLICT,    /* contradicts what is sealed already */
	HUFU_USAGE,       /* the call or the command line is off */
} hufu_status;

/* Detail of a failure. `what` and `todo` are constant strings, `where` names a file, dataset or column
 * (made printable): never a value out of the data. */
typedef struct hufu_error {
	hufu_status status;
	uint64_t at;      /* byte offset, or line, where one is known; else 0 */
	const char *what; /* what is wrong */
	const char *todo; /* what to do about it, or NULL */
	char where[256];  /* which file, dataset, column; may be empty */
} hufu_error;

/* Some bytes of somebody else's; not NUL-terminated. */
typedef struct hufu_view {
	const char *ptr;
	size_t len;
} hufu_view;

typedef struct hufu hufu;                 /* an open store and its key */
typedef struct hufu_verdict hufu_verdict; /* what a match says of one leak; belongs to its hufu */

/* Opens a store and its key. `store` NULL: $HUFU_STORE, else ~/.local/share/hufu. `error` may be NULL, here and below.
 */
hufu_status hufu_open(const char *store, hufu **out, hufu_error *error);

/* Seals what `source` (a file, or a directory of files with one header) held as of `as_of` (a date, or an RFC 3339
 * time) as a snapshot of `dataset`. Key, person column and kinds are found, or remembered from before. */
hufu_status hufu_seal(hufu *hufu, const char *dataset, const char *source, const char *as_of, hufu_error *error);

/* Judges one leak against everything sealed. A leak without one readable record gives HUFU_OK and a verdict that says
 * so. */
hufu_status hufu_match(hufu *hufu, const char *leak, hufu_verdict **out, hufu_error *error);

/* The verdict as one line of JSON (version 1); owned by the verdict. NULL when memory is out. */
const char *hufu_verdict_json(hufu_verdict *verdict);

/* Closes the store, wipes the key, frees the verdicts. NULL is fine. */
void hufu_close(hufu *hufu);

#ifdef __cplusplus
}
#endif
#endif
