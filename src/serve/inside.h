/* Inside the room: the server, a thread's desk, and what a route's handler works with.
 *
 * Threads: libmicrohttpd's pool reads requests and answers what is quick; clerks (clerk.c) do what takes long, while
 * the connection sleeps; one looks out for changes (hub.c), one runs jobs (worker.c). Each has a desk of its own: a
 * casebook and the accounts. What several touch is guarded in the file it belongs to. */
#ifndef HUFU_SERVE_INSIDE_H
#define HUFU_SERVE_INSIDE_H

#include "account/account.h"
#include "base/auto.h"
#include "case/case.h"
#include "db/db.h"
#include "serve/serve.h"
#include "vault/vault.h"

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
	URI_MAX = 4096,
	PARAMETERS_MAX = 2,
	PARAMETER_MAX = 512,
	BODY_MAX = 1 << 20,
	JSON_DEPTH_MAX = 16,
	CLIENT_TEXT_MAX = 64,
	PAGE_ITEMS = 50,
	PAGE_ITEMS_MAX = 200,
	NONCE_TEXT = 33,
	FILES_MOST = 20, /* that a case is opened from */
};

struct server {
	const struct store *store;
	const struct config *config;
	const char *version;
	void (*plan)(FILE *to, const json_t *shown, bool chinese);
	struct vault *vault; /* only read and added to: threads share it */
	struct MHD_Daemon *daemon;
	struct page *page;
	struct clerks *clerks;
	struct cache *cache;
	struct hub *hub;
	struct worker *worker;
	struct metrics *metrics;
	struct seals_kept *seals;
	struct watch *watch;
	char database[16];
	int64_t session_idle, session_most;
	uint64_t upload_max;
	atomic_bool ending;
	atomic_int under_way; /* requests */
};

/* ---- desk.c: what a thread works with ---- */

struct desk {
	struct casebook *book;
	struct accounts *accounts;
};
/* The calling thread's own; it is opened at the first call and closed when the thread ends. */
hufu_status desk_of(struct server *server, struct desk **out, hufu_error *error);

/* ---- request.c, body.c ---- */

struct request;
typedef void handler(struct request *request);

/* What a body may hold. */
enum field_kind {
	FIELD_TEXT,
	FIELD_DIGEST, /* SHA-256 in hex */
	FIELD_FLAG,
	FIELD_COUNT, /* a whole number from 0 */
	FIELD_TEXTS, /* an object of texts, numbers and truth values by name */
	FIELD_FILES, /* [{sha256, name}] */
};
struct field {
	const char *name;
	enum field_kind kind;
	bool wanted;
	size_t most; /* bytes of a text, entries of the others */
};

enum route_flags {
	ROUTE_STRANGERS = 1, /* needs no session */
	ROUTE_NEWCOMERS = 2, /* also for whoever must change his password first */
	ROUTE_SEEN = 4,      /* wants If-Match */
	ROUTE_SLOW = 8,      /* a clerk's work */
	ROUTE_ONCE = 16,     /* heeds Idempotency-Key */
	ROUTE_RAW = 32,      /* the body is a file */
	ROUTE_DOOR = 64,     /* guesses at passwords: a doorkeeper's work */
};

struct route {
	const char *method, *path; /* "/api/cases/{id}/facts" */
	int may;                   /* enum may; -1: whoever is signed in */
	unsigned flags;
	handler *handle;
	const struct field *fields; /* of the JSON body, ended by a NULL name; NULL: it has none */
};

extern const struct route routes[];
extern const size_t route_count;

struct request {
	struct server *server;
	struct MHD_Connection *connection;
	struct desk *desk;
	const struct route *route;
	const char *method; /* a constant */
	char uri[URI_MAX];  /* as it came, without what is behind '?' */
	bool uri_good;
	char parameters[PARAMETERS_MAX][PARAMETER_MAX];
	size_t parameter_count;
	char client[CLIENT_TEXT_MAX];
	struct session session;
	char token[ACCOUNT_TOKEN_MAX];
	uint64_t begun;
	uint64_t packs; /* stamp of the rule packs as this request found them; 0: not looked at yet */
	int64_t seen;   /* of If-Match; 0: none */
	struct bytes body;
	json_t *json;
	struct upload *upload;
	enum { REQUEST_FRESH, REQUEST_BODY, REQUEST_AWAY, REQUEST_BACK, REQUEST_ANSWERED } phase;
	unsigned status; /* of the answer, 0: none yet */
	struct MHD_Response *response;
	size_t sent;
	struct request *next; /* in a clerks' queue */
	char once_key[128], once_hash[65];
	bool once_held;
	const char *answer_text; /* of a JSON answer that may be given again; the response's own */
	size_t answer_len;
	bool chinese;
	char nonce[NONCE_TEXT]; /* of the page's styles; "": none */
	uint64_t swallowed;     /* bytes of a body that was refused already */
};

/* The callbacks of libmicrohttpd. */
void *request_begin(void *server, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *server, struct MHD_Connection *connection, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_size, void **request);
void request_end(void *server, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why);
/* Runs the handler as whoever asks, on the calling thread's desk. */
void request_run(struct request *request);
/* One segment of a path, or a header, percent-decoded: UTF-8 without control characters. */
bool percent_decode(hufu_view text, char *out, size_t cap);
/* Reads the body by the route's fields; false when it was answered. */
bool body_read(struct request *request);

/* A header or an argument behind '?'; NULL when absent. */
const char *request_header(const struct request *request, const char *name);
const char *request_argument(const struct request *request, const char *name);
/* ?limit=; a bad one is answered with a problem, and 0. */
size_t request_limit(struct request *request);
/* A text of the body, or NULL. */
const char *request_text(const struct request *request, const char *name);
bool request_flag(const struct request *request, const char *name);

/* ---- answer.c ---- */

/* Takes the value over. NULL: no memory. */
void answer_json(struct request *request, unsigned status, json_t *value);
/* Bytes that the answer copies. */
void answer_bytes(struct request *request, unsigned status, const char *type, hufu_view bytes);
void answer_nothing(struct request *request); /* 204 */
void answer_response(struct request *request, unsigned status, struct MHD_Response *response);
void answer_header(struct request *request, const char *name, const char *value);

/* RFC 9457, problem.c: `type` such as "stale" for /problems/stale. `todo` may be NULL. */
void answer_problem(struct request *request, unsigned status, const char *type, const char *what, const char *todo);
/* The same about a field of the body or an argument. */
void answer_field(struct request *request, const char *field, const char *what);
void answer_error(struct request *request, const hufu_error *error);
void answer_json_or(struct request *request, hufu_status status, json_t *value, const hufu_error *error);

/* ---- session.c ---- */

/* Who asks; false when the request was answered: 401, 403. */
bool session_admit(struct request *request);
handler serve_login, serve_session, serve_logout, serve_password, serve_totp_begin, serve_totp_confirm, serve_totp_off;
/* When the one who asks was here before this session; 0: never. */
hufu_status session_last_visit(struct request *request, int64_t *at, hufu_error *error);

/* ---- clerk.c ---- */

hufu_status clerks_start(struct server *server, hufu_error *error);
/* The connection sleeps until it is done; false: too much waits already. */
bool clerks_take(struct request *request);
void clerks_stop(struct server *server);

/* ---- watch.c: who is slow ---- */

hufu_status watch_start(struct server *server, hufu_error *error);
void watch_stop(struct server *server);
void watch_connection(
        void *server, struct MHD_Connection *connection, void **held, enum MHD_ConnectionNotificationCode what);
/* A request's body begins, goes on, is there; the request is over and the next one's head may come. */
void watch_body(struct request *request, bool upload);
void watch_taken(struct request *request, uint64_t bytes);
void watch_answer(struct request *request);
void watch_again(struct request *request);
/* Ends connections that trickle; once a second. */
void watch_look(struct server *server);

/* ---- cache.c: texts that stand as long as a case does not change ---- */

struct cached {
	struct bytes text;
	uint64_t stamp; /* of the packs */
	int64_t seq, until;
	atomic_int holders;
};
struct cache *cache_new(size_t bytes_max);
void cache_free(struct cache *cache);
/* What stands of that name now; give it back with cached_drop. NULL: nothing. */
struct cached *cache_find(struct cache *cache, const char *name, int64_t seq, uint64_t stamp, int64_t now);
/* Takes the text over; the caller holds it too. NULL: no memory. */
struct cached *cache_put(
        struct cache *cache, const char *name, int64_t seq, uint64_t stamp, int64_t until, struct bytes *text);
void cached_drop(struct cached *cached);

/* ---- page.c ---- */

hufu_status page_load(struct server *server, hufu_error *error);
void page_free(struct page *page);
/* A file of the page, or the page itself. */
void page_serve(struct request *request);

/* ---- tls.c ---- */

struct tls_pair {
	struct bytes certificate, key; /* PEM */
	char fingerprint[96];          /* SHA-256 of the certificate */
	char *made;                    /* path of a fresh one; NULL */
};
hufu_status tls_load(const struct store *store, const struct config *config, struct tls_pair *out, hufu_error *error);
void tls_done(struct tls_pair *pair);

/* ---- cases.c, changes.c ---- */

handler serve_overview, serve_cases, serve_case, serve_timeline, serve_explanation, serve_plan, serve_open;
handler change_facts, change_listing, change_impact, change_member, change_task, change_decision, change_duty,
        change_close;
/* people.c */
handler serve_filings, serve_filing_submit, serve_filing_draft, serve_notices, serve_notice_write, serve_notice_release,
        serve_notice_send, serve_notice_settle, serve_claims, serve_claim_take, serve_claim_ask, serve_claim_code,
        serve_claim_prove, serve_claim_decide;
/* Answers with the case as it is now, and its ETag. */
void answer_case(struct request *request, unsigned status, const char *number);
/* The head of a case's timeline; false when the request was answered: there is no such case. */
bool case_seen(struct request *request, const char *number, int64_t *seq);
/* Lines of the newest cases, of a state or of any; NULL and an error. */
json_t *case_lines_json(struct request *request, const char *state, size_t limit, hufu_error *error);

/* ---- upload.c ---- */

/* Begins; false when the request was answered. */
bool upload_begin(struct request *request);
bool upload_add(struct request *request, hufu_view piece);
handler serve_upload;
void upload_done(struct upload *upload);

/* ---- jobs.c, worker.c ---- */

/* The number of the job that is asked for; false when the request was answered. */
bool job_asked(struct request *request, int64_t *id);
handler serve_jobs, serve_job, serve_job_cancel, serve_job_events, serve_match, serve_case_match;
hufu_status worker_start(struct server *server, hufu_error *error);
void worker_stop(struct server *server);
/* A job waits. */
void worker_poke(struct server *server);
/* It was cancelled: if it runs, its process ends. */
void worker_cancel(struct server *server, int64_t job);
/* How far a running job is; false: it does not run here. */
bool worker_progress(struct server *server, int64_t job, uint64_t *done, uint64_t *all, double *seconds);

/* ---- hub.c: server-sent events ---- */

handler serve_events;
hufu_status hub_start(struct server *server, hufu_error *error);
void hub_stop(struct server *server);
void hub_free(struct server *server);
/* Something moved that this process knows of itself: look at once. */
void hub_poke(struct server *server);

/* [{dataset, newest, rows, people, age_days}] of what is sealed, kept until a seal changes. */
hufu_status seals_freshness(struct server *server, json_t **out, hufu_error *error);
hufu_status seals_keep(struct server *server, hufu_error *error);
void seals_forget(struct server *server);

/* ---- data.c, accounts.c, files.c, once.c ---- */

handler serve_datasets, serve_packs, serve_calendars, serve_audit;
handler serve_accounts, serve_account_add, serve_account_change, serve_account_reset, serve_account_end, serve_settings,
        serve_account_log, serve_account_totp_off;
handler serve_bundle, serve_look;
/* A request with an Idempotency-Key: false when it was answered (again, or as a misuse). */
bool once_begin(struct request *request);
void once_end(struct request *request);
hufu_status once_prune(struct casebook *book, bool starting, hufu_error *error);

/* ---- metrics.c, openapi.c, log.c ---- */

handler serve_metrics, serve_health, serve_openapi;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);
void metrics_note(struct metrics *metrics, const struct route *route, unsigned status, uint64_t ticks);
/* One line of JSON on standard error. */
void log_request(const struct request *request);
void log_event(const char *event, const char *detail);

/* ---- route.c ---- */

/* Finds the route and its parameters, or answers 404, 405. */
bool route_find(struct request *request);

/* ---- answer.c ---- */

/* Headers that every answer has. */
void answer_harden(struct request *request, struct MHD_Response *response);

#endif
