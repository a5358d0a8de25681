/* Server-sent events: who changed what, and how far a job is. One thread looks into the database once a second for all
 * browsers together, so that what the command line changes shows too; a browser's connection sleeps until there is
 * something for it. Streams end after some minutes and are asked for anew, so that no session outlives its end. */
#include "base/clock.h"
#include "case/queue.h"
#include "serve/inside.h"

#include <stdio.h>

enum {
	EVENTS_KEPT = 512,
	EVENT_TEXT = 1200,
	STREAMS_MAX = 256,
	LIFE_SECONDS = 600,
	SIGN_OF_LIFE_SECONDS = 15,
};

struct event {
	uint64_t id;
	int64_t job;           /* 0: a case's */
	bool ends;             /* the job's last */
	char kind[8];          /* "case", "job" */
	char text[EVENT_TEXT]; /* JSON */
};

/* One browser that listens. */
struct stream {
	struct server *server;
	struct MHD_Connection *connection;
	int64_t job;   /* 0: everything */
	uint64_t seen; /* the last event's id */
	uint64_t begun, sent;
	uint64_t told_done; /* of the job's progress */
	bool asleep, greeted, ends;
	struct bytes pending;
	struct stream *next, *before;
};

struct hub {
	pthread_mutex_t lock;
	pthread_cond_t poked;
	pthread_t thread;
	bool started, ending, poke, known;
	struct event events[EVENTS_KEPT]; /* by id modulo their count */
	uint64_t last;                    /* id */
	struct stream *streams;
	size_t stream_count;
	json_t *heads, *jobs; /* by number, by id: as they were seen last; the thread's alone */
};

/* ---- events ---- */

static void event_add(struct hub *hub, const char *kind, int64_t job, bool ends, json_t *told)
{
	char *text = told ? json_dumps(told, JSON_COMPACT) : NULL;
	json_decref(told);
	if (text && strlen(text) < EVENT_TEXT) {
		struct event *event = &hub->events[++hub->last % EVENTS_KEPT];
		*event = (struct event){ .id = hub->last, .job = job, .ends = ends };
		snprintf(event->kind, sizeof event->kind, "%s", kind);
		snprintf(event->text, sizeof event->text, "%s", text);
	}
	free(text);
}

static hufu_status look_at_cases(struct hub *hub, struct casebook *book, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(casebook_db(book),
	        DB_SQL("select number, (select max(seq) from timeline where case_id = cases.id) from cases"), &rows,
	        error);
	while (!status && db_rows_next(rows)) {
		const char *number = db_rows_text(rows, 0);
		json_int_t seq = (json_int_t)db_rows_int(rows, 1);
		json_t *seen = json_object_get(hub->heads, number);
		if (seen && json_integer_value(seen) == seq)
			continue;
		json_object_set_new(hub->heads, number, json_integer(seq));
		pthread_mutex_lock(&hub->lock);
		if (hub->known)
			event_add(hub, "case", 0, false, json_pack("{s:s, s:I}", "id", number, "seq", seq));
		pthread_mutex_unlock(&hub->lock);
	}
	return status;
}

static bool job_is_over(const char *state)
{
	return !strcmp(state, "done") || !strcmp(state, "failed") || !strcmp(state, "cancelled");
}

static void note_job(struct hub *hub, json_t *job)
{
	char id[24];
	const char *state = json_string_value(json_object_get(job, "state"));
	json_int_t number = json_integer_value(json_object_get(job, "id"));
	snprintf(id, sizeof id, "%lld", (long long)number);
	const char *before = json_string_value(json_object_get(hub->jobs, id));
	if (before && state && !strcmp(before, state))
		return;
	json_object_set(hub->jobs, id, json_object_get(job, "state"));
	pthread_mutex_lock(&hub->lock);
	if (hub->known)
		event_add(hub, "job", number, state && job_is_over(state), json_incref(job));
	pthread_mutex_unlock(&hub->lock);
}

/* The newest two hundred: what is older does not change any more, but for a very long queue's beginning. */
static hufu_status look_at_jobs(struct hub *hub, struct casebook *book, hufu_error *error)
{
	static const char *const states[] = { NULL, "queued", "running" };
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < LEN(states) && !status; i++) {
		json_t *list = NULL, *job;
		size_t at;
		struct queue_which which = { .state = states[i], .most = PAGE_ITEMS_MAX };
		status = case_queue_list(book, &which, &list, error);
		json_array_foreach(list, at, job) note_job(hub, job);
		json_decref(list);
	}
	return status;
}

/* ---- streams ---- */

static void put_event(struct stream *stream, const struct event *event)
{
	const char *kind = stream->job ? "state" : event->kind;
	bytes_print(&stream->pending, "id: %llu\nevent: %s\ndata: %s\n\n", (unsigned long long)event->id, kind,
	        event->text);
	stream->ends |= stream->job && event->ends;
}

/* What it has missed is told as one word: look at everything anew. */
static void put_events(struct hub *hub, struct stream *stream)
{
	if (hub->last - stream->seen > EVENTS_KEPT) {
		bytes_print(&stream->pending, "id: %llu\nevent: reset\ndata: {}\n\n", (unsigned long long)hub->last);
		stream->seen = hub->last;
	}
	while (stream->seen < hub->last && !stream->ends) {
		const struct event *event = &hub->events[++stream->seen % EVENTS_KEPT];
		if (!stream->job || event->job == stream->job)
			put_event(stream, event);
	}
}

static void put_progress(struct stream *stream)
{
	uint64_t done, all;
	double seconds;
	if (!stream->job || stream->ends || !worker_progress(stream->server, stream->job, &done, &all, &seconds) ||
	        done == stream->told_done)
		return;
	stream->told_done = done;
	bytes_print(&stream->pending,
	        "event: progress\ndata: {\"done_bytes\":%llu,\"bytes\":%llu,\"seconds\":%.1f}\n\n",
	        (unsigned long long)done, (unsigned long long)all, seconds);
}

static void gather(struct hub *hub, struct stream *stream)
{
	uint64_t now = clock_ticks();
	if (!stream->greeted)
		bytes_text(&stream->pending, "retry: 3000\n\n");
	stream->greeted = true;
	put_events(hub, stream);
	put_progress(stream);
	if (!stream->pending.len && (now - stream->sent) / 1000000000 >= SIGN_OF_LIFE_SECONDS)
		bytes_text(&stream->pending, ":\n\n");
	if (stream->pending.len)
		stream->sent = now;
	stream->ends |= hub->ending || (now - stream->begun) / 1000000000 >= LIFE_SECONDS;
}

static ssize_t stream_read(void *context, uint64_t at, char *out, size_t cap)
{
	struct stream *stream = context;
	struct hub *hub = stream->server->hub;
	(void)at;
	pthread_mutex_lock(&hub->lock);
	if (!stream->pending.len)
		gather(hub, stream);
	size_t len = stream->pending.len < cap ? stream->pending.len : cap;
	ssize_t told = (ssize_t)len;
	if (len) {
		memcpy(out, stream->pending.ptr, len);
		memmove(stream->pending.ptr, stream->pending.ptr + len, stream->pending.len - len);
		stream->pending.len -= len;
	} else if (stream->ends || stream->pending.failed) {
		told = MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		stream->asleep = true;
		MHD_suspend_connection(stream->connection);
	}
	pthread_mutex_unlock(&hub->lock);
	return told;
}

static void stream_free(void *context)
{
	struct stream *stream = context;
	struct hub *hub = stream->server->hub;
	pthread_mutex_lock(&hub->lock);
	if (stream->before)
		stream->before->next = stream->next;
	else
		hub->streams = stream->next;
	if (stream->next)
		stream->next->before = stream->before;
	hub->stream_count--;
	pthread_mutex_unlock(&hub->lock);
	bytes_done(&stream->pending);
	free(stream);
}

/* Under the lock. */
static void wake_all(struct hub *hub)
{
	for (struct stream *stream = hub->streams; stream; stream = stream->next)
		if (stream->asleep) {
			stream->asleep = false;
			MHD_resume_connection(stream->connection);
		}
}

static struct stream *stream_new(struct request *request, int64_t job)
{
	struct hub *hub = request->server->hub;
	struct stream *stream = calloc(1, sizeof *stream);
	const char *last = request_header(request, "Last-Event-ID");
	unsigned long long seen = last ? strtoull(last, NULL, 10) : 0;
	if (!stream)
		return NULL;
	pthread_mutex_lock(&hub->lock);
	*stream = (struct stream){ .server = request->server,
		.connection = request->connection,
		.job = job,
		.seen = seen && seen <= hub->last ? seen : hub->last,
		.begun = clock_ticks(),
		.sent = clock_ticks(),
		.told_done = UINT64_MAX,
		.next = hub->streams };
	if (hub->streams)
		hub->streams->before = stream;
	hub->streams = stream;
	hub->stream_count++;
	pthread_mutex_unlock(&hub->lock);
	return stream;
}

static void answer_stream(struct request *request, struct stream *stream)
{
	struct MHD_Response *response =
	        stream ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, stream, stream_free)
	               : NULL;
	if (response)
		MHD_add_response_header(response, "Content-Type", "text/event-stream");
	else if (stream)
		stream_free(stream);
	answer_response(request, 200, response);
}

static bool has_room(struct request *request)
{
	struct hub *hub = request->server->hub;
	pthread_mutex_lock(&hub->lock);
	bool room = hub->stream_count < STREAMS_MAX && !hub->ending;
	pthread_mutex_unlock(&hub->lock);
	if (!room)
		answer_problem(request, 503, "busy", "as many listen as can", "ask again in a moment");
	return room;
}

void serve_events(struct request *request)
{
	if (has_room(request))
		answer_stream(request, stream_new(request, 0));
}

/* Begins with the job as it is: what happened before is in it. */
void serve_job_events(struct request *request)
{
	json_t *job = NULL;
	int64_t id;
	if (!has_room(request) || !job_asked(request, &id))
		return;
	struct stream *stream = stream_new(request, id);
	hufu_error error = { 0 };
	if (!stream || case_queue_job(request->desk->book, id, &job, &error)) {
		if (stream)
			stream_free(stream);
		if (error.status)
			answer_error(request, &error);
		return;
	}
	json_object_del(job, "verdict");
	const char *state = json_string_value(json_object_get(job, "state"));
	char *text = json_dumps(job, JSON_COMPACT);
	bytes_print(&stream->pending, "retry: 3000\n\nid: %llu\nevent: state\ndata: %s\n\n",
	        (unsigned long long)stream->seen, text ? text : "{}");
	stream->greeted = true;
	stream->ends = state && job_is_over(state);
	free(text);
	json_decref(job);
	answer_stream(request, stream);
}

/* ---- the thread ---- */

static void look(struct server *server)
{
	static const struct actor machine = { "console", ACTS_AUDITOR };
	struct hub *hub = server->hub;
	struct desk *desk;
	hufu_error error = { 0 };
	char line[512];
	hufu_status status = desk_of(server, &desk, &error);
	if (!status) {
		casebook_act_as(desk->book, &machine);
		status = look_at_cases(hub, desk->book, &error);
	}
	if (!status)
		status = look_at_jobs(hub, desk->book, &error);
	if (!status)
		hub->known = true;
	if (status) {
		error_line(&error, line, sizeof line);
		log_event("failure", line);
	}
}

static void *hub_main(void *context)
{
	struct server *server = context;
	struct hub *hub = server->hub;
	bool goes_on = true;
	while (goes_on) {
		struct timespec until;
		look(server);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		pthread_mutex_lock(&hub->lock);
		wake_all(hub);
		while (!hub->ending && !hub->poke && pthread_cond_timedwait(&hub->poked, &hub->lock, &until) == 0)
			;
		hub->poke = false;
		goes_on = !hub->ending;
		pthread_mutex_unlock(&hub->lock);
	}
	return NULL;
}

void hub_poke(struct server *server)
{
	pthread_mutex_lock(&server->hub->lock);
	server->hub->poke = true;
	pthread_cond_signal(&server->hub->poked);
	pthread_mutex_unlock(&server->hub->lock);
}

hufu_status hub_start(struct server *server, hufu_error *error)
{
	struct hub *hub = server->hub = calloc(1, sizeof *hub);
	if (!hub)
		return fail(error, HUFU_NO_MEMORY, view_of("serve"), "no memory", NULL);
	hub->heads = json_object();
	hub->jobs = json_object();
	pthread_mutex_init(&hub->lock, NULL);
	pthread_cond_init(&hub->poked, NULL);
	/* Ids go on over restarts: a browser's last one must not name another event. */
	hub->last = (uint64_t)clock_now() << 16;
	hub->started = pthread_create(&hub->thread, NULL, hub_main, server) == 0;
	return hub->started && hub->heads && hub->jobs
	               ? HUFU_OK
	               : fail(error, HUFU_NO_MEMORY, view_of("serve"), "no thread can be started", NULL);
}

/* Streams end; the hub itself stays until the daemon has let go of them. */
void hub_stop(struct server *server)
{
	struct hub *hub = server->hub;
	if (!hub)
		return;
	pthread_mutex_lock(&hub->lock);
	hub->ending = true;
	wake_all(hub);
	pthread_cond_signal(&hub->poked);
	pthread_mutex_unlock(&hub->lock);
	if (hub->started)
		pthread_join(hub->thread, NULL);
	hub->started = false;
}

void hub_free(struct server *server)
{
	struct hub *hub = server->hub;
	if (!hub)
		return;
	json_decref(hub->heads);
	json_decref(hub->jobs);
	pthread_cond_destroy(&hub->poked);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
	server->hub = NULL;
}
