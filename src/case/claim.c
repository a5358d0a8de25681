/* A process is named by the machine's boot, its name space, its number and when it started: numbers come again. */
#include "case/claim.h"

#include "base/io.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIELD_START = 20, PART_MAX = 48 }; /* the 22nd field of /proc/PID/stat, counted behind the name */

static void read_line(const char *path, char out[PART_MAX])
{
	struct bytes text = { 0 };
	if (io_read_file(path, PART_MAX, &text, NULL) == HUFU_OK)
		snprintf(out, PART_MAX, "%.*s", (int)view_trim(bytes_view(&text)).len, text.ptr);
	else
		snprintf(out, PART_MAX, "?");
	bytes_done(&text);
}

/* "BOOT pid:[NUMBER]": within it a number means one process at a time. */
static void print_world(char out[2 * PART_MAX])
{
	char boot[PART_MAX], space[PART_MAX];
	read_line("/proc/sys/kernel/random/boot_id", boot);
	ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);
	space[len > 0 ? len : 0] = 0;
	snprintf(out, (size_t)2 * PART_MAX, "%s %s", boot, space);
}

/* False: there is no such process. */
static bool start_of(long long pid, unsigned long long *start)
{
	char path[64];
	struct bytes text = { 0 };
	snprintf(path, sizeof path, "/proc/%lld/stat", pid);
	bool there = io_read_file(path, 4096, &text, NULL) == HUFU_OK;
	bytes_byte(&text, '\0');
	const char *at = there && !text.failed ? strrchr(text.ptr, ')') : NULL;
	for (int i = 0; at && i < FIELD_START; i++)
		at = strchr(at + 1, ' ');
	*start = at ? strtoull(at + 1, NULL, 10) : 0;
	bool ended = there && at && strstr(text.ptr, ") Z "); /* dead, and its parent has not looked yet */
	bytes_done(&text);
	return at && !ended;
}

void claim_print(char out[CLAIM_MAX])
{
	char world[2 * PART_MAX];
	unsigned long long start;
	print_world(world);
	(void)start_of(getpid(), &start);
	snprintf(out, CLAIM_MAX, "%s %lld %llu", world, (long long)getpid(), start);
}

bool claim_dead(const char *claim)
{
	char world[2 * PART_MAX];
	unsigned long long start;
	print_world(world);
	size_t len = strlen(world);
	if (strncmp(claim, world, len) != 0 || claim[len] != ' ')
		return false;
	char *rest;
	long long pid = strtoll(claim + len + 1, &rest, 10);
	return !start_of(pid, &start) || start != strtoull(rest, NULL, 10);
}
