/* Clerks: threads that do what takes long, while the connection of whoever asked sleeps and libmicrohttpd's threads go
 * on reading and answering. Passwords are tried by a doorkeeper of his own, so that strangers who knock keep nobody
 * from working who is inside. Both queues are short: who comes when they are full is told to come again. */
#include "serve/inside.h"

enum { CLERKS = 2, QUEUE_MAX = 64 };

struct queue {
	struct request *first, *last;
	size_t count;
	pthread_cond_t filled;
};

struct clerks {
	pthread_mutex_t lock;
	struct queue queues[2]; /* 0: work, 1: the door */
	pthread_t threads[CLERKS + 1];
	size_t thread_count;
	bool ending;
};

static struct request *next_of(struct clerks *clerks, struct queue *queue)
{
	pthread_mutex_lock(&clerks->lock);
	while (!queue->first && !clerks->ending)
		pthread_cond_wait(&queue->filled, &clerks->lock);
	struct request *request = queue->first;
	if (request) {
		queue->first = request->next;
		queue->count--;
		if (!queue->first)
			queue->last = NULL;
	}
	pthread_mutex_unlock(&clerks->lock);
	return request;
}

static void serve_queue(struct clerks *clerks, struct queue *queue)
{
	struct request *request;
	while ((request = next_of(clerks, queue)) != NULL) {
		request_run(request);
		request->phase = REQUEST_BACK;
		MHD_resume_connection(request->connection);
	}
}

static void *clerk_main(void *context)
{
	struct server *server = context;
	serve_queue(server->clerks, &server->clerks->queues[0]);
	return NULL;
}

static void *doorkeeper_main(void *context)
{
	struct server *server = context;
	serve_queue(server->clerks, &server->clerks->queues[1]);
	return NULL;
}

hufu_status clerks_start(struct server *server, hufu_error *error)
{
	struct clerks *clerks = server->clerks = calloc(1, sizeof *clerks);
	if (!clerks)
		return fail(error, HUFU_NO_MEMORY, view_of("serve"), "no memory", NULL);
	pthread_mutex_init(&clerks->lock, NULL);
	for (size_t i = 0; i < LEN(clerks->queues); i++)
		pthread_cond_init(&clerks->queues[i].filled, NULL);
	for (size_t i = 0; i < LEN(clerks->threads); i++) {
		if (pthread_create(&clerks->threads[i], NULL, i < CLERKS ? clerk_main : doorkeeper_main, server) != 0)
			return fail(error, HUFU_NO_MEMORY, view_of("serve"), "no thread can be started", NULL);
		clerks->thread_count++;
	}
	return HUFU_OK;
}

bool clerks_take(struct request *request)
{
	struct clerks *clerks = request->server->clerks;
	struct queue *queue = &clerks->queues[request->route->flags & ROUTE_DOOR ? 1 : 0];
	pthread_mutex_lock(&clerks->lock);
	bool room = queue->count < QUEUE_MAX && !clerks->ending;
	if (room) {
		MHD_suspend_connection(request->connection);
		request->next = NULL;
		if (queue->last)
			queue->last->next = request;
		else
			queue->first = request;
		queue->last = request;
		queue->count++;
		pthread_cond_signal(&queue->filled);
	}
	pthread_mutex_unlock(&clerks->lock);
	return room;
}

/* What waits is done before they go. */
void clerks_stop(struct server *server)
{
	struct clerks *clerks = server->clerks;
	if (!clerks)
		return;
	pthread_mutex_lock(&clerks->lock);
	clerks->ending = true;
	for (size_t i = 0; i < LEN(clerks->queues); i++)
		pthread_cond_broadcast(&clerks->queues[i].filled);
	pthread_mutex_unlock(&clerks->lock);
	for (size_t i = 0; i < clerks->thread_count; i++)
		pthread_join(clerks->threads[i], NULL);
	for (size_t i = 0; i < LEN(clerks->queues); i++)
		pthread_cond_destroy(&clerks->queues[i].filled);
	pthread_mutex_destroy(&clerks->lock);
	free(clerks);
	server->clerks = NULL;
}
