/* When we learned of it, see demand.h: the times in a mail's headers, and whose word they are. */
#include "case/date.h"
#include "case/demand.h"
#include "case/number.h"

#include <strings.h>

enum { DAY = 86400 };

bool demand_header_time(hufu_view text, int64_t *at, int32_t *offset)
{
	struct when when = { 0 };
	text = view_trim(text);
	const char *comma = text.len ? memchr(text.ptr, ',', text.len < 12 ? text.len : 12) : NULL;
	if (comma)
		text = view_trim(view_from(text, (size_t)(comma - text.ptr) + 1));
	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9')
		return false;
	size_t len = date_in_english(text, &when);
	if (!len || when.year == 0 || !date_is_one(&when))
		return false;
	hufu_view rest = view_trim(view_from(text, len));
	int hour, minute, second = 0;
	size_t digits;
	if (!date_int(rest, 2, &hour, &digits) || digits + 3 > rest.len || rest.ptr[digits] != ':')
		return false;
	rest = view_from(rest, digits + 1);
	if (!date_int(rest, 2, &minute, &digits) || digits != 2)
		return false;
	rest = view_from(rest, 2);
	if (rest.len > 2 && rest.ptr[0] == ':' && date_int(view_from(rest, 1), 2, &second, &digits) && digits == 2)
		rest = view_from(rest, 3);
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	(void)date_zone(rest, &when);
	*offset = when.offset;
	*at = date_days(when.year, when.month, when.day) * DAY + hour * 3600 + minute * 60 + second - when.offset;
	return true;
}

/* "by mx.example.com with ...": the host is it, or lies under it. */
static bool received_by(hufu_view line, hufu_view host)
{
	for (size_t i = 0; i + 3 < line.len; i++) {
		hufu_view rest = view_from(line, i);
		if ((i && line.ptr[i - 1] != ' ' && line.ptr[i - 1] != '\t') || strncasecmp(rest.ptr, "by ", 3) != 0)
			continue;
		rest = view_trim(view_from(rest, 3));
		size_t len = 0;
		while (len < rest.len && (number_in_word(rest.ptr[len]) || strchr(".-_", rest.ptr[len])))
			len++;
		if (len < host.len)
			return false;
		bool ends = strncasecmp(rest.ptr + len - host.len, host.ptr, host.len) == 0;
		return ends && (len == host.len || rest.ptr[len - host.len - 1] == '.');
	}
	return false;
}

static bool received_time(hufu_view line, int64_t *at, int32_t *offset)
{
	const char *mark = line.len ? memrchr(line.ptr, ';', line.len) : NULL;
	return mark && demand_header_time(view_from(line, (size_t)(mark - line.ptr) + 1), at, offset);
}

/* A clock that was never set, or one that runs ahead: no time to hold anything against. */
static bool usable(int64_t at, int64_t now)
{
	enum { YEAR_2000 = 946684800 };
	return at >= YEAR_2000 && at <= now + DAY;
}

struct demand_learned demand_learned(
        const hufu_view *received, size_t count, hufu_view date, hufu_view host, int64_t now)
{
	struct demand_learned out = { 0 };
	out.foreign = host.len > 0 && count > 0;
	for (size_t i = 0; i < count && host.len && !out.known; i++) {
		if (!received_by(received[i], host))
			continue;
		out.foreign = false;
		if (received_time(received[i], &out.at, &out.offset) && usable(out.at, now))
			out = (struct demand_learned){ true, true, false, out.at, out.offset, "host" };
	}
	/* Below the topmost, each line may be what the sender wrote. */
	for (size_t i = 0; i < count && !out.known; i++)
		if (received_time(received[i], &out.at, &out.offset) && usable(out.at, now))
			out = (struct demand_learned){ true, i == 0 && host.len == 0, out.foreign, out.at, out.offset,
				out.foreign ? "foreign"
				: i         ? "lower"
				            : "received" };
	if (!out.known && demand_header_time(date, &out.at, &out.offset) && usable(out.at, now))
		out = (struct demand_learned){ true, false, out.foreign, out.at, out.offset, "date" };
	return out;
}
