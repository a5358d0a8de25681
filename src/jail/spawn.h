/* Starting the reader: a fresh program with an empty environment and only the descriptors it needs. */
#ifndef HUFU_JAIL_SPAWN_H
#define HUFU_JAIL_SPAWN_H

#include "base/status.h"

#include <sys/types.h>

/* Descriptors that the reader gets (borrowed); they may be close-on-exec. */
struct spawn_files {
	int leak, memory, full, free;
};

/* The path of a jailed program: what the variable of the environment says, else beside this program, else the installed
 * one. The caller frees; NULL: no memory. */
char *spawn_find(const char *name, const char *variable);
/* `reader` as in struct jail_options, or another program of that sort. On success `pid` is a child that must be waited
 * for. */
hufu_status spawn_reader(const char *reader, const struct spawn_files *files, pid_t *pid, hufu_error *error);

#endif
