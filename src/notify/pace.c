/* See pace.h. */
#include "notify/pace.h"

#include <stdio.h>
#include <time.h>

enum { DAY_MINUTES = 24 * 60 };

static hufu_status wrong(const char *name, const char *what, const char *todo, hufu_error *error)
{
	return fail(error, HUFU_USAGE, view_of(name), what, todo);
}

static bool minute_of(hufu_view text, int *out)
{
	if (text.len != 5 || text.ptr[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (text.ptr[i] < '0' || text.ptr[i] > '9'))
			return false;
	int hours = (text.ptr[0] - '0') * 10 + text.ptr[1] - '0',
	    minutes = (text.ptr[3] - '0') * 10 + text.ptr[4] - '0';
	*out = hours * 60 + minutes;
	return hours < 24 && minutes < 60;
}

/* "22:00-08:00", or "none". */
static bool quiet_of(const char *text, struct pace *out)
{
	hufu_view all = view_of(text);
	out->from = out->to = 0;
	return view_is(all, "none") || (all.len == 11 && text[5] == '-' && minute_of(view_make(text, 5), &out->from) &&
	                                       minute_of(view_make(text + 6, 5), &out->to));
}

hufu_status pace_read(const struct config *config, const char *zone, struct pace *out, hufu_error *error)
{
	int64_t a_minute = config_number(config, "notify.rate");
	*out = (struct pace){ .zone = zone, .wait_count = config_count(config, "notify.retry") };
	if (!quiet_of(config_text(config, "notify.quiet"), out))
		return wrong("notify.quiet", "is no stretch of the day", "write 22:00-08:00, or none", error);
	if (!out->wait_count || out->wait_count > PACE_WAITS_MAX)
		return wrong("notify.retry", "wants one to sixteen spans", "write 5m,30m,2h", error);
	for (size_t i = 0; i < out->wait_count; i++)
		if (!config_span(view_of(config_at(config, "notify.retry", i)), &out->waits[i]))
			return wrong("notify.retry", "holds what is no span of time", "write 5m,30m,2h", error);
	if (a_minute > 0)
		out->gap = UINT64_C(60000000000) / (uint64_t)a_minute;
	out->begun = pthread_mutex_init(&out->lock, NULL) == 0;
	return HUFU_OK;
}

void pace_done(struct pace *pace)
{
	if (pace->begun)
		pthread_mutex_destroy(&pace->lock);
}

bool pace_quiet_at(const struct pace *pace, int64_t now, int64_t *until)
{
	int64_t day = (now / 60 + clock_zone_minutes(pace->zone, now)) % DAY_MINUTES;
	bool quiet = pace->from <= pace->to ? day >= pace->from && day < pace->to : day >= pace->from || day < pace->to;
	if (quiet)
		*until = now - now % 60 + (pace->to - day + (pace->to <= day ? DAY_MINUTES : 0)) * 60;
	return quiet;
}

bool pace_quiet(struct pace *pace, char until[CLOCK_TEXT_MAX])
{
	int64_t end = 0;
	if (pace->from == pace->to)
		return false;
	pthread_mutex_lock(&pace->lock);
	bool quiet = pace_quiet_at(pace, clock_now(), &end);
	if (quiet)
		clock_print_at(end, (int32_t)(clock_zone_minutes(pace->zone, end) * 60), until);
	pthread_mutex_unlock(&pace->lock);
	return quiet;
}

/* Whoever asks takes the next place in time, and sleeps until it comes without holding up others. */
void pace_wait(struct pace *pace)
{
	if (!pace->gap)
		return;
	pthread_mutex_lock(&pace->lock);
	uint64_t now = clock_ticks(), mine = pace->after > now ? pace->after : now;
	pace->after = mine + pace->gap;
	pthread_mutex_unlock(&pace->lock);
	struct timespec span = { (time_t)((mine - now) / 1000000000), (long)((mine - now) % 1000000000) };
	nanosleep(&span, NULL);
}

int64_t pace_again(const struct pace *pace, uint32_t attempts)
{
	return pace->waits[attempts < pace->wait_count ? attempts : pace->wait_count - 1];
}
