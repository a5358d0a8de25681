/* The door of formats: bytes -> tables. Runs in the jail, or, for tests and fuzzing, over memory.
 *
 * A reader is one file that ends in a `const struct reader reader_NAME` and one line in readers.c. It reads a source,
 * puts parts and batches into the job's sink, and hands what is inside (archive members) back to the door by job_layer.
 * Limits are charged here and nowhere else. */
#ifndef HUFU_READ_READ_H
#define HUFU_READ_READ_H

#include "base/status.h"
#include "read/source.h"

struct read_limits {
	unsigned depth;      /* archives inside archives that are opened: 1 is an archive itself; a packed tar is one */
	uint32_t members;    /* of all archives together */
	uint64_t unpacked;   /* bytes, of all members together */
	uint64_t ratio_from; /* from so many unpacked bytes on ... */
	uint64_t ratio;      /* ... no more than so many times the leak's own size */
	size_t held;         /* bytes of archives inside archives that are held in memory to be sought in */
	size_t raw, window;  /* sizes of the buffers of undecoded and decoded text; small ones only in tests */
};
extern const struct read_limits read_limits_usual;

/* One leak being read. */
struct job {
	struct sink *sink;
	const struct read_limits *limits;
	struct source *leak;
	unsigned depth;
	uint32_t members;
	uint64_t unpacked;
	size_t held;
	bool packed; /* the layer under way is what a packed file holds */
	bool spent;  /* a limit was reached: nothing more is opened */
};

struct reader {
	const char *name;
	bool container; /* what it reads has layers inside */
	/* Whether it reads what starts so and is named so. */
	bool (*claims)(hufu_view head, hufu_view name);
	/* Other than HUFU_OK only when the sink is gone or memory is out: trouble with the bytes is told to the sink,
	 * or by the source's `why`, which the door tells. */
	hufu_status (*read)(struct job *job, struct source *source, hufu_view path);
};

/* The table; ends in NULL. */
extern const struct reader *const readers[];
/* One file packed by itself: what is inside counts as no deeper, unless packed again. */
extern const struct reader reader_packed;

/* Loads what reading needs from the system (encodings, locale, libarchive): call once, before the lock closes. */
hufu_status read_prepare(void);

/* Reads a whole leak, named `name`, into `sink`. */
hufu_status read_leak(struct source *source, hufu_view name, const struct read_limits *limits, struct sink *sink);

/* The same by one reader, by name, asked or not whether it claims it. Some readers (yaml) claim nothing and read only
 * so: what a leak holds is judged as before. */
hufu_status read_as(hufu_view format, struct source *source, const struct read_limits *limits, struct sink *sink);

/* Reads one layer: asks the readers who claims it. `path` is where it lies in the leak, "" for the leak itself, and
 * also its name, except for the leak, whose name is `name`. */
hufu_status job_layer(struct job *job, struct source *source, hufu_view path, hufu_view name);
/* Charges one member; false when that is one too many. */
bool job_member(struct job *job);
/* Charges unpacked bytes; false when that is too much. */
bool job_unpacked(struct job *job, uint64_t bytes);
/* Tells the sink how far the leak has been read. */
void job_progress(struct job *job);

#endif
