/* Connections that are there: how many, since when each has been sending a request. One that trickles is ended: a head
 * has ten seconds, a body sixty and a rate. libmicrohttpd ends what is silent; it does not end what is slow. */
#include "base/clock.h"
#include "serve/inside.h"

#include <sys/socket.h>

enum {
	HEAD_SECONDS = 15,
	BODY_SECONDS = 60,
	LEAST_RATE = 1024 /* bytes a second of an upload, after the first minute */
};

struct watched {
	int fd;
	uint64_t since; /* clock_ticks of the connection or of the end of its last request */
	uint64_t taken; /* bytes of the body so far */
	enum { WATCH_HEAD, WATCH_BODY, WATCH_UPLOAD, WATCH_ANSWER } phase;
	struct watched *next, *before;
};

struct watch {
	pthread_mutex_t lock;
	struct watched *first;
	size_t count;
};

hufu_status watch_start(struct server *server, hufu_error *error)
{
	server->watch = calloc(1, sizeof *server->watch);
	if (!server->watch)
		return fail(error, HUFU_NO_MEMORY, view_of("serve"), "no memory", NULL);
	pthread_mutex_init(&server->watch->lock, NULL);
	return HUFU_OK;
}

void watch_stop(struct server *server)
{
	if (!server->watch)
		return;
	pthread_mutex_destroy(&server->watch->lock);
	free(server->watch);
	server->watch = NULL;
}

static void come(struct watch *watch, struct MHD_Connection *connection, void **held)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct watched *watched = info ? calloc(1, sizeof *watched) : NULL;
	if (!watched)
		return;
	watched->fd = info->connect_fd;
	watched->since = clock_ticks();
	pthread_mutex_lock(&watch->lock);
	watched->next = watch->first;
	if (watch->first)
		watch->first->before = watched;
	watch->first = watched;
	watch->count++;
	pthread_mutex_unlock(&watch->lock);
	*held = watched;
}

static void go(struct watch *watch, void **held)
{
	struct watched *watched = *held;
	if (!watched)
		return;
	pthread_mutex_lock(&watch->lock);
	if (watched->before)
		watched->before->next = watched->next;
	else
		watch->first = watched->next;
	if (watched->next)
		watched->next->before = watched->before;
	watch->count--;
	pthread_mutex_unlock(&watch->lock);
	free(watched);
	*held = NULL;
}

/* The descriptor is closed behind this call, so that nobody else's is ever shut. */
void watch_connection(
        void *context, struct MHD_Connection *connection, void **held, enum MHD_ConnectionNotificationCode what)
{
	struct server *server = context;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		come(server->watch, connection, held);
	else
		go(server->watch, held);
}

static struct watched *watched_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static void move(struct request *request, int phase, uint64_t taken, bool anew)
{
	struct watched *watched = watched_of(request->connection);
	struct watch *watch = request->server->watch;
	if (!watched)
		return;
	pthread_mutex_lock(&watch->lock);
	watched->phase = (unsigned)phase;
	watched->taken = taken;
	if (anew)
		watched->since = clock_ticks();
	pthread_mutex_unlock(&watch->lock);
}

void watch_body(struct request *request, bool upload)
{
	move(request, upload ? WATCH_UPLOAD : WATCH_BODY, 0, true);
}

void watch_taken(struct request *request, uint64_t taken)
{
	move(request, WATCH_UPLOAD, taken, false);
}

void watch_answer(struct request *request)
{
	move(request, WATCH_ANSWER, 0, true);
}

void watch_again(struct request *request)
{
	move(request, WATCH_HEAD, 0, true);
}

static bool is_too_slow(const struct watched *watched, uint64_t now)
{
	uint64_t seconds = (now - watched->since) / 1000000000;
	switch (watched->phase) {
	case WATCH_HEAD:
		return seconds > HEAD_SECONDS;
	case WATCH_BODY:
		return seconds > BODY_SECONDS;
	case WATCH_UPLOAD:
		return seconds > BODY_SECONDS && watched->taken / seconds < LEAST_RATE;
	case WATCH_ANSWER:
		break; /* its reader's silence ends it */
	}
	return false;
}

void watch_look(struct server *server)
{
	struct watch *watch = server->watch;
	uint64_t now = clock_ticks();
	pthread_mutex_lock(&watch->lock);
	for (struct watched *watched = watch->first; watched; watched = watched->next)
		if (is_too_slow(watched, now))
			shutdown(watched->fd, SHUT_RDWR);
	pthread_mutex_unlock(&watch->lock);
}
