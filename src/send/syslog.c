/* The system's log, by syslog(3), which formats as the system wants it (RFC 5424 facility "daemon"). It tells nobody
 * when there is no log, so that is looked at first: a message that nobody took is not told. Uses base and libc. */
#include "send/send.h"

#include "base/auto.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

static hufu_status open_log(const struct config *config, void **own, hufu_error *error)
{
	(void)config;
	(void)error;
	*own = NULL;
	openlog("hufu", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	return HUFU_OK;
}

static bool log_is_there(void)
{
	const struct sockaddr_un place = { .sun_family = AF_UNIX, .sun_path = _PATH_LOG };
	AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, (const struct sockaddr *)&place, sizeof place) == 0;
}

/* One line: the subject says what is due, when and for which case. */
static void send_line(void *own, const struct send_message *message, struct send_result *out)
{
	static const int levels[] = { LOG_NOTICE, LOG_WARNING, LOG_ALERT };
	char line[1024];
	(void)own;
	if (!log_is_there()) {
		*out = (struct send_result){
			.outcome = SEND_LATER, .what = "there is no system log at " _PATH_LOG, .away = true
		};
		return;
	}
	printable(view_of(message->subject), line, sizeof line);
	syslog(levels[message->urgency], "%s [%s]", line, message->id);
	*out = (struct send_result){ .outcome = SEND_ACCEPTED };
}

static void close_log(void *own)
{
	(void)own;
	closelog();
}

static void show_log(const char *to, char out[SEND_LABEL_MAX])
{
	snprintf(out, SEND_LABEL_MAX, "%s", to);
}

const struct send_channel send_syslog = { "syslog", true, open_log, send_line, close_log, show_log, NULL };
