/* Failures: filling a hufu_error, and making any text safe to show.
 *
 * Nothing here trusts the text it is given: `where` may be a name that an extortioner chose. Uses base only. */
#include "base/status.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>

hufu_status fail(hufu_error *error, hufu_status status, hufu_view where, const char *what, const char *todo)
{
	if (error) {
		error->status = status;
		error->at = 0;
		error->what = what;
		error->todo = todo;
		printable(where, error->where, sizeof error->where);
	}
	return status;
}

/* Our own words instead of strerror's: constant, the same in every locale. */
static const struct {
	int number;
	hufu_status status;
	const char *what, *todo; /* what to do, where the caller knows nothing better */
} causes[] = {
	{ EACCES, HUFU_DENIED, "no permission", "run hufu as a user who may, or change the rights" },
	{ EPERM, HUFU_DENIED, "not permitted", NULL },
	{ ENOMEM, HUFU_NO_MEMORY, "out of memory", NULL },
	{ ENOENT, HUFU_IO, "no such file or directory", "check the path" },
	{ ENOTDIR, HUFU_IO, "a part of the path is no directory", NULL },
	{ EISDIR, HUFU_IO, "is a directory", NULL },
	{ EEXIST, HUFU_IO, "exists already", NULL },
	{ ENOTEMPTY, HUFU_IO, "the directory is not empty", NULL },
	{ ENOSPC, HUFU_IO, "the disk is full", "make room and run it again" },
	{ EDQUOT, HUFU_IO, "the disk quota is used up", "make room and run it again" },
	{ EFBIG, HUFU_IO, "the file would be larger than is allowed", NULL },
	{ EROFS, HUFU_IO, "the file system is read-only", "take another place" },
	{ ENAMETOOLONG, HUFU_IO, "the name is too long", NULL },
	{ ELOOP, HUFU_IO, "too many symbolic links", NULL },
	{ EMFILE, HUFU_IO, "too many open files", NULL },
	{ ENFILE, HUFU_IO, "the system has too many open files", NULL },
	{ EIO, HUFU_IO, "the disk reports an error", "check the disk it lies on" },
	{ ESTALE, HUFU_IO, "the network file system lost the file", NULL },
	{ EBUSY, HUFU_IO, "is in use", NULL },
	{ ETXTBSY, HUFU_IO, "is in use", NULL },
	{ ENXIO, HUFU_IO, "no such device", NULL },
	{ ENODEV, HUFU_IO, "no such device", NULL },
	{ EINVAL, HUFU_IO, "the file system cannot do this", NULL },
	{ ENOTSUP, HUFU_IO, "the file system cannot do this", NULL },
	{ EPIPE, HUFU_IO, "the other end is closed", NULL },
	{ EINTR, HUFU_IO, "was interrupted", NULL },
	{ EAGAIN, HUFU_IO, "is in use", NULL },
};

hufu_status fail_errno(hufu_error *error, hufu_view where, const char *todo)
{
	int number = errno;

	for (size_t i = 0; i < LEN(causes); i++)
		if (causes[i].number == number)
			return fail(error, causes[i].status, where, causes[i].what, todo ? todo : causes[i].todo);
	return fail(error, HUFU_IO, where, "the system refused", todo);
}

void error_line(const hufu_error *error, char *out, size_t cap)
{
	char line[1024], at[32] = "";

	if (error->at)
		snprintf(at, sizeof at, ", at %llu", (unsigned long long)error->at);
	int len = snprintf(line, sizeof line, "%s%s%s%s%s%s", error->where, error->where[0] ? at : "",
	        error->where[0] ? ": " : "", error->what ? error->what : "failed", error->todo ? "; " : "",
	        error->todo ? error->todo : "");
	if (len < 0)
		len = 0;
	printable(view_make(line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1), out, cap);
}

/* What could steer a terminal, break a line or turn the order of what is read. */
static bool is_steering(uint32_t character)
{
	return character < 0x20 || (character >= 0x7F && character <= 0x9F) || character == 0x061C ||
	       character == 0x200E || character == 0x200F || (character >= 0x2028 && character <= 0x202E) ||
	       (character >= 0x2066 && character <= 0x2069) || character == UTF8_BROKEN;
}

void printable(hufu_view text, char *out, size_t cap)
{
	static const char dots[] = "...";
	size_t at = 0, cut = 0; /* cut: the last border behind which the dots still fit */

	if (cap == 0)
		return;
	while (text.len) {
		const char *from = text.ptr;
		bool steering = is_steering(utf8_next(&text));
		size_t len = steering ? 1 : (size_t)(text.ptr - from);
		if (at + len + 1 > cap) {
			at = cut;
			size_t room = cap - 1 - at;
			size_t dots_len = room < sizeof dots - 1 ? room : sizeof dots - 1;
			memcpy(out + at, dots, dots_len);
			at += dots_len;
			break;
		}
		memcpy(out + at, steering ? "?" : from, len);
		at += len;
		if (at + sizeof dots <= cap)
			cut = at;
	}
	out[at] = '\0';
}
