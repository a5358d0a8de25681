/* The console's server: the HTTP API (doc/openapi.yaml) over TLS, and the files of the page. The room's door.
 *
 * It decides nothing of its own: it calls the functions that the command line calls, acting as whoever is signed in,
 * and they ask what his role may. Every byte of a request is a stranger's until it was checked. */
#ifndef HUFU_SERVE_SERVE_H
#define HUFU_SERVE_SERVE_H

#include "config/config.h"
#include "seal/store.h"

#include <jansson.h>
#include <stdio.h>

struct serve_how {
	const struct store *store;
	const struct config *config;
	const char *listen;  /* ADDRESS:PORT; NULL: as the settings say */
	const char *version; /* of the program */
	/* Writes the emergency plan of a case (case_show) as Markdown. */
	void (*plan)(FILE *to, const json_t *shown, bool chinese);
};

/* Serves until SIGTERM or SIGINT, then ends what is under way and returns. Says on standard error where it listens and
 * what a first start made (certificate, admin's one-time password). */
hufu_status serve_run(const struct serve_how *how, hufu_error *error);

/* The route at a place of the table; false behind the last. */
bool serve_route(size_t at, const char **method, const char **path);

/* One job of the queue, in a process of its own (`hufu work`): progress as lines "DONE ALL" on descriptor 1. */
hufu_status serve_work(const struct store *store, int64_t job, hufu_error *error);

#endif
