/* Starting the reader: a fresh program with an empty environment and only the descriptors it needs. */
#ifndef HUFU_JAIL_SPAWN_H
#define HUFU_JAIL_SPAWN_H

#include "base/status.h"

#include <sys/types.h>

/* Descriptors that the reader gets (borrowed); they may be close-on-exec. */
struct spawn_files {
	int leak, memory, full, free;
};

/* `reader` as in struct jail_options. On success `pid` is a child that must be waited for. */
hufu_status spawn_reader(const char *reader, const struct spawn_files *files, pid_t *pid, hufu_error *error);

#endif
