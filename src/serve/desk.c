/* A thread's desk: handles that serve one thread. Opened when the thread first needs them, closed when it ends. */
#include "serve/inside.h"

static pthread_key_t desk_key;
static pthread_once_t desk_once = PTHREAD_ONCE_INIT;

static void desk_close(void *context)
{
	struct desk *desk = context;
	casebook_close(desk->book);
	accounts_close(desk->accounts);
	free(desk);
}

static void key_make(void)
{
	if (pthread_key_create(&desk_key, desk_close) != 0)
		abort(); /* a program with more than a thousand keys is not this one */
}

hufu_status desk_of(struct server *server, struct desk **out, hufu_error *error)
{
	pthread_once(&desk_once, key_make);
	struct desk *desk = pthread_getspecific(desk_key);
	if (desk) {
		*out = desk;
		return HUFU_OK;
	}
	desk = calloc(1, sizeof *desk);
	if (!desk)
		return fail(error, HUFU_NO_MEMORY, view_of("serve"), "no memory", NULL);
	hufu_status status = casebook_open(server->store, &desk->book, error);
	if (!status)
		status = accounts_open(server->store, &desk->accounts, error);
	if (!status && pthread_setspecific(desk_key, desk) != 0)
		status = fail(error, HUFU_NO_MEMORY, view_of("serve"), "no memory", NULL);
	if (status)
		desk_close(desk);
	else
		*out = desk;
	return status;
}
