/* The daemon: where it listens, over which TLS, how many may come, how long each may take; and its orderly end. */
#include "base/clock.h"
#include "base/io.h"
#include "serve/inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	READERS = 4, /* threads of libmicrohttpd */
	CONNECTIONS_MAX = 4096,
	CONNECTIONS_MAX_OF_ONE = 2048, /* address: a whole office may sit behind one */
	SILENCE_SECONDS = 60,
	CONNECTION_MEMORY = 32 << 10, /* a head must fit */
	CACHE_BYTES = 96 << 20,
	END_SECONDS = 10,
};

/* ---- where ---- */

static hufu_status bad_listen(const char *listen, hufu_error *error)
{
	return fail(error, HUFU_USAGE, view_of(listen), "is no ADDRESS:PORT to listen at",
	        "say 127.0.0.1:8443 or [::1]:8443");
}

/* "127.0.0.1:8443", "[::1]:8443". Numbers alone: a name may mean another address tomorrow. */
static hufu_status address_of(const char *listen, struct sockaddr_storage *out, socklen_t *len, hufu_error *error)
{
	char host[64];
	const char *colon = strrchr(listen, ':');
	size_t host_len = colon ? (size_t)(colon - listen) : 0;
	char *end;
	unsigned long port = colon && colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : 65536;
	if (!host_len || host_len >= sizeof host || port > 65535 || *end)
		return bad_listen(listen, error);
	snprintf(host, sizeof host, "%.*s", (int)host_len, listen);
	*out = (struct sockaddr_storage){ 0 };
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		*len = sizeof *four;
		return HUFU_OK;
	}
	host[host_len - 1] = 0;
	if (host[0] != '[' || listen[host_len - 1] != ']' || inet_pton(AF_INET6, host + 1, &six->sin6_addr) != 1)
		return bad_listen(listen, error);
	six->sin6_family = AF_INET6;
	six->sin6_port = htons((uint16_t)port);
	*len = sizeof *six;
	return HUFU_OK;
}

static hufu_status listen_at(const char *listen_text, int *out, hufu_error *error)
{
	struct sockaddr_storage address;
	socklen_t len = 0;
	int on = 1;
	hufu_status status = address_of(listen_text, &address, &len, error);
	if (status)
		return status;
	AUTO_FD fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	        bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 1024) != 0)
		return fail_errno(
		        error, view_of(listen_text), "another program may listen there: say --listen ADDRESS:PORT");
	*out = fd_take(&fd);
	return HUFU_OK;
}

static void tell_address(int fd, char *out, size_t cap)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof address;
	char host[64] = "", port[16] = "";
	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0)
		getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
		        NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(out, cap, address.ss_family == AF_INET6 ? "https://[%s]:%s/" : "https://%s:%s/", host, port);
}

/* ---- the daemon ---- */

static void say_nothing(void *context, const char *format, va_list arguments)
{
	(void)context;
	(void)format;
	(void)arguments;
}

static hufu_status daemon_start(struct server *server, int listener, const struct tls_pair *pair, hufu_error *error)
{
	const struct MHD_OptionItem options[] = {
		{ MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)say_nothing, NULL },
		{ MHD_OPTION_LISTEN_SOCKET, listener, NULL },
		{ MHD_OPTION_THREAD_POOL_SIZE, READERS, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL },
		{ MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_MAX_OF_ONE, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_SECONDS, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL },
		{ MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
		{ MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)request_begin, server },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)request_end, server },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)watch_connection, server },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, pair->certificate.ptr },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, pair->key.ptr },
		{ MHD_OPTION_END, 0, NULL },
	};
	server->daemon = MHD_start_daemon(
	        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL,
	        NULL, request_handle, server, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	return server->daemon ? HUFU_OK
	                      : fail(error, HUFU_UNSUPPORTED, view_of("serve"), "TLS could not be started",
	                                "the certificate or its key is not taken");
}

/* ---- what must be before and behind it ---- */

/* Each connection is a descriptor; so are databases and jails. */
static void raise_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < CONNECTIONS_MAX + 1024) {
		limit.rlim_cur = limit.rlim_max < CONNECTIONS_MAX + 1024 ? limit.rlim_max : CONNECTIONS_MAX + 1024;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* From here on the process lives in the store's zone, so that threads may ask for times at once (base/clock.h). */
static hufu_status live_in_zone(const struct store *store, hufu_error *error)
{
	AUTO_FREE char *named = NULL;
	if (asprintf(&named, ":%s", store->zone) < 0) {
		named = NULL;
		return fail(error, HUFU_NO_MEMORY, view_of(store->zone), "no memory", NULL);
	}
	if (setenv("TZ", named, 1) != 0)
		return fail_errno(error, view_of(store->zone), NULL);
	tzset();
	return HUFU_OK;
}

static hufu_status first_account(struct server *server, hufu_error *error)
{
	struct accounts *accounts = NULL;
	char one_time[ACCOUNT_ONE_TIME_MAX];
	bool made = false;
	hufu_status status = accounts_open(server->store, &accounts, error);
	if (!status)
		status = account_first(accounts, &made, one_time, error);
	if (!status && made)
		fprintf(stderr, "hufu: this store had no accounts: sign in as admin with the one-time password %s\n",
		        one_time);
	explicit_bzero(one_time, sizeof one_time);
	accounts_close(accounts);
	return status;
}

static hufu_status note_database(struct server *server, hufu_error *error)
{
	struct db *db = NULL;
	hufu_status status = db_open(server->store, &db, error);
	if (!status)
		snprintf(server->database, sizeof server->database, "%s", db_kind(db));
	db_close(db);
	return status;
}

static hufu_status prepare(struct server *server, hufu_error *error)
{
	hufu_status status = live_in_zone(server->store, error);
	raise_files();
	if (!status)
		status = note_database(server, error);
	if (!status)
		status = first_account(server, error);
	if (!status)
		status = page_load(server, error);
	if (!status)
		status = vault_open(server->store, &server->vault, error);
	server->cache = cache_new(CACHE_BYTES);
	server->metrics = metrics_new();
	if (!status && (!server->cache || !server->metrics))
		status = fail(error, HUFU_NO_MEMORY, view_of("serve"), "no memory", NULL);
	if (!status)
		status = seals_keep(server, error);
	if (!status)
		status = watch_start(server, error);
	if (!status)
		status = hub_start(server, error);
	if (!status)
		status = worker_start(server, error);
	if (!status)
		status = clerks_start(server, error);
	return status;
}

static void put_away(struct server *server)
{
	cache_free(server->cache);
	metrics_free(server->metrics);
	page_free(server->page);
	seals_forget(server);
	vault_close(server->vault);
	watch_stop(server);
}

/* ---- until it is told to end ---- */

/* systemd's readiness protocol: one datagram. */
static void tell_manager(const char *what)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	if (!len || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = 0;
	AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		sendto(fd, what, strlen(what), MSG_NOSIGNAL, (struct sockaddr *)&address,
		        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

static void wait_for_end(struct server *server, int signals)
{
	struct pollfd waits = { .fd = signals, .events = POLLIN };
	while (poll(&waits, 1, 1000) <= 0)
		watch_look(server);
}

/* New connections are refused first; what is under way has some seconds. */
static void end_daemon(struct server *server)
{
	int listener = MHD_quiesce_daemon(server->daemon);
	if (listener >= 0)
		close(listener);
	server->ending = true;
	hub_stop(server);
	for (int i = 0; i < END_SECONDS * 10 && atomic_load(&server->under_way) > 0; i++)
		poll(NULL, 0, 100);
	clerks_stop(server);
	MHD_stop_daemon(server->daemon);
}

/* One server a store and machine: what it finds running in the queue is what its forerunner left. */
static hufu_status serve_alone(const struct store *store, int *out, hufu_error *error)
{
	AUTO_FREE char *dir = io_join(store->dir, "serve");
	AUTO_FREE char *path = dir ? io_join(dir, "lock") : NULL;
	if (!path)
		return fail(error, HUFU_NO_MEMORY, view_of(store->dir), "no memory", NULL);
	hufu_status status = io_make_dir(dir, error);
	if (status)
		return status;
	AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_errno(error, view_of(path), NULL);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return fail(
		        error, HUFU_CONFLICT, view_of(store->dir), "is being served already", "end that server first");
	*out = fd_take(&fd);
	return HUFU_OK;
}

static hufu_status serve(struct server *server, const char *listen, int signals, hufu_error *error)
{
	struct tls_pair pair;
	AUTO_FD listener = -1;
	char where[128];
	AUTO_FD alone = -1;
	hufu_status status = tls_load(server->store, server->config, &pair, error);
	if (!status)
		status = serve_alone(server->store, &alone, error);
	if (!status)
		status = prepare(server, error);
	if (!status)
		status = listen_at(listen, &listener, error);
	if (!status)
		status = daemon_start(server, listener, &pair, error);
	if (!status) {
		tell_address(listener, where, sizeof where);
		if (pair.made)
			fprintf(stderr, "hufu: %s: made a certificate for this machine\n", pair.made);
		fprintf(stderr, "hufu: serves at %s; SHA-256 of its certificate: %s\n", where, pair.fingerprint);
		fd_take(&listener);
		log_event("start", where);
		tell_manager("READY=1");
		wait_for_end(server, signals);
		tell_manager("STOPPING=1");
		log_event("stop", NULL);
		end_daemon(server);
	}
	clerks_stop(server);
	worker_stop(server);
	hub_stop(server);
	hub_free(server);
	tls_done(&pair);
	return status;
}

hufu_status serve_run(const struct serve_how *how, hufu_error *error)
{
	sigset_t ends;
	struct server server = { .store = how->store,
		.config = how->config,
		.version = how->version,
		.plan = how->plan,
		.session_idle = config_number(how->config, "serve.session_idle"),
		.session_most = config_number(how->config, "serve.session_most"),
		.upload_max = (uint64_t)config_number(how->config, "serve.upload_max_gb") << 30 };
	const char *listen = how->listen ? how->listen : config_text(how->config, "serve.listen");
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before any thread: they all inherit it */
	signal(SIGPIPE, SIG_IGN);
	AUTO_FD signals = signalfd(-1, &ends, SFD_CLOEXEC);
	if (signals < 0)
		return fail_errno(error, view_of("serve"), NULL);
	hufu_status status = serve(&server, listen, signals, error);
	put_away(&server);
	return status;
}
