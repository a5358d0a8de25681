/* The jail: a fresh program reads what a criminal prepared; we take batches from it.
 *
 * Two halves share this door. The *keeper* (worker, has key and store) starts `hufu-reader` with next to no
 * environment and only the descriptors it needs, hands it the leak, and takes messages. The *reader*
 * locks itself in (no_new_privs, rlimits, Landlock where the kernel has it, seccomp) before it reads the
 * first byte, and puts messages into a sink. They share memory: some slots, each owned by one side at a
 * time; a slot changes hands by its number in a pipe, so that a dead or silent peer shows in poll().
 *
 * The keeper trusts nothing in a slot: it copies the slot once, then checks the copy (order of messages,
 * counts, every cell within its text). A reader that crashes, hangs, grows or lies costs what it was
 * reading, said as JAIL_UNREAD, never the run. */
#ifndef HUFU_JAIL_JAIL_H
#define HUFU_JAIL_JAIL_H

#include "base/status.h"
#include "table/batch.h"

enum { JAIL_PATH_MAX = 512, JAIL_LABEL_MAX = 16 };

/* Why something could not be read; jail_why() has the words. A stranger's process picks the number, never
 * the words. */
enum jail_why {
	JAIL_WHY_NONE = 0,
	JAIL_WHY_EMPTY,     /* no bytes */
	JAIL_WHY_BINARY,    /* no text, no known format */
	JAIL_WHY_COLUMNS,   /* more than BATCH_COLUMNS_MAX columns */
	JAIL_WHY_RECORD,    /* one or more records longer than BATCH_RECORD_MAX */
	JAIL_WHY_PASSWORD,  /* encrypted archive member */
	JAIL_WHY_DAMAGED,   /* archive or stream breaks off or contradicts itself */
	JAIL_WHY_ARCHIVE,   /* an archive of a kind not read yet */
	JAIL_WHY_STRUCTURE, /* XML, HTML: its records are not its lines, and it has no reader yet */
	JAIL_WHY_BOMB,      /* unpacks to more than the limit */
	JAIL_WHY_MEMBERS,   /* more members than the limit */
	JAIL_WHY_DEPTH,     /* archives inside archives, more than the limit */
	JAIL_WHY_HELD,      /* an archive that must be sought in, inside another, larger than may be held */
	JAIL_WHY_METHOD,    /* an archive member packed in a way that is not read */
	JAIL_WHY_HEADER,    /* a mail's header has more fields, or longer ones, than the limit */
	JAIL_WHY_SYNTAX,    /* YAML that is none */
	JAIL_WHY_ALIAS,     /* YAML with an anchor, an alias or a tag */
	JAIL_WHY_KEY,       /* YAML with a key that is no plain word, or stands there twice */
	JAIL_WHY_LARGE,     /* YAML longer, deeper or wider than the limits */
	JAIL_WHY_IO,        /* the file could not be read to its end */
	JAIL_WHY_CRASHED,   /* the reader died: said by the keeper */
	JAIL_WHY_HUNG,      /* the reader made no progress: said by the keeper */
	JAIL_WHY_LIED,      /* the reader sent what cannot be: said by the keeper */
	JAIL_WHY_COUNT
};

/* A constant English sentence, lower case, without a full stop: "encrypted with a password". */
const char *jail_why(enum jail_why why);

/* Formats of parts that tell of a mail (its header, its lines, what is attached) begin so. Whoever looks for records
 * passes over them: what a mail holds comes as parts of its own. */
#define JAIL_ABOUT_MAIL "mail-"

enum jail_event {
	JAIL_PART = 1, /* a part begins: path, format, encoding, columns */
	JAIL_BATCH,    /* records of the open part */
	JAIL_PART_END, /* the open part ends: malformed, lines */
	JAIL_UNREAD, /* `path` could not be read (wholly, or to its end): why. The open part, if it has that path, goes
	                on or ends by itself */
	JAIL_DONE,   /* nothing more; the last message */
};

struct jail_message {
	enum jail_event event;
	enum jail_why why;        /* JAIL_UNREAD */
	char path[JAIL_PATH_MAX]; /* JAIL_PART, JAIL_UNREAD: inside the leak, "/" between layers, printable UTF-8; "" is
	                             the leak itself */
	char format[JAIL_LABEL_MAX];   /* JAIL_PART: "csv" */
	char encoding[JAIL_LABEL_MAX]; /* JAIL_PART: "utf-8", "gb18030", "utf-16le", "utf-16be" */
	uint32_t columns;              /* JAIL_PART */
	bool named; /* JAIL_PART: the first record holds the columns' names for sure; else it is to be found out */
	uint64_t malformed; /* JAIL_PART_END: records with another number of cells, or too long (left out) */
	uint64_t lines;    /* JAIL_PART_END: of running text in which nobody stands, where none of it became a record */
	uint64_t consumed; /* bytes of the leak's file read so far, for progress */
	struct batch batch; /* JAIL_BATCH: borrows from the jail until the next jail_next or jail_close */
};

/* ---- keeper ---- */

struct jail;

struct jail_options {
	const char *reader; /* path of the reader program; NULL: $HUFU_READER, beside this program, then the installed
	                       one */
	hufu_view name;     /* the leak's file name, by whose ending a reader may choose */
	const char *format; /* the one reader that shall read it, such as "yaml"; NULL: whoever claims it */
	unsigned hang_seconds; /* longest silence while we wait; 0: 60 */
};

/* Starts a reader on `fd`, which it only reads (borrowed; the caller closes it). The reader dies with the thread that
 * started it. */
hufu_status jail_open(int fd, const struct jail_options *options, struct jail **out, hufu_error *error);

/* Waits for the next message. A reader that dies, hangs or lies yields one JAIL_UNREAD for the open part (or
 * the leak) with its reason, then, if a part is open, JAIL_PART_END, then JAIL_DONE. Returns other than HUFU_OK only
 * when our own side fails. */
hufu_status jail_next(struct jail *jail, struct jail_message *out, hufu_error *error);

/* Kills what still runs and frees. NULL is fine. */
void jail_close(struct jail *jail);

/* ---- reader ---- */

/* Where a reader puts what it read: the ring in the jail, or memory in tests and fuzzing. */
struct sink;

/* A batch under way: the reader fills cells and text within the limits of batch.h. */
struct sink_batch {
	struct batch_cell *cells; /* [columns][stride] */
	char *text;
	uint32_t columns, stride, rows, text_len;
};

/* What a reader says of a part when it begins. */
struct sink_label {
	hufu_view path;
	const char *format, *encoding;
	uint32_t columns;
	bool named; /* the first record holds the columns' names: the format says so (SQL, JSON), nobody guesses */
};

hufu_status sink_part(struct sink *sink, const struct sink_label *label);
/* Room for the next batch of the open part; stride, the most rows, is batch_rows_max(columns) or a little less. */
hufu_status sink_batch_begin(struct sink *sink, struct sink_batch *out);
/* Hands it over; an empty batch is dropped. */
hufu_status sink_batch_end(struct sink *sink, const struct sink_batch *batch);
hufu_status sink_part_end(struct sink *sink, uint64_t malformed);
/* The same for running text that held no record, which is an answer and no silence: how many lines were looked through.
 */
hufu_status sink_part_end_empty(struct sink *sink, uint64_t lines);
hufu_status sink_unread(struct sink *sink, hufu_view path, enum jail_why why);
/* Tells the keeper how far the leak has been read; costs nothing (goes with the next message). */
void sink_consumed(struct sink *sink, uint64_t bytes);

/* A sink that hands each message to `take` in this process, for tests and fuzzing. `take` returns false to stop
 * (the reader then sees HUFU_IO). */
struct sink *sink_local(bool (*take)(void *user, const struct jail_message *message), void *user);
void sink_free(struct sink *sink);

/* Locks this process in for good: call it when everything needed from the system has been loaded. `begin` (may be NULL)
 * starts the threads that the process wants, which are locked in with it; later none can be started. Returns other than
 * HUFU_OK when a lock that must hold does not. */
hufu_status jail_lock(void (*begin)(void));

#endif
