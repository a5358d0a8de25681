/* Starting, stopping and killing a PostgreSQL for a test. */
#include <arpa/inet.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <libpq-fe.h>

#include "postgres.h"

enum { TRIES = 600, STEP_MS = 50 };

static const char programs[] = "/usr/lib/postgresql/15/bin";
static const char password[] = "tiger-of-two-halves";
static char home[256], data[620], port[8];
static pid_t server;

static void write_text(const char *name, unsigned mode, const char *text, const char *how)
{
	char path[400];

	snprintf(path, sizeof path, "%s/%s", home, name);
	FILE *file = fopen(path, how);
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* PostgreSQL refuses to run as root. */
static const struct passwd *owner(void)
{
	const struct passwd *user = getpwnam("postgres");

	return user ? user : getpwnam("nobody");
}

static void become_owner(void)
{
	const struct passwd *user = owner();

	if (getuid() == 0 &&
	        (!user || setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
		_exit(127);
}

static pid_t run_as_owner(const char *const *words)
{
	char log[700], program[300];

	snprintf(log, sizeof log, "%s/log", data);
	snprintf(program, sizeof program, "%s/%s", programs, words[0]);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child)
		return child;
	become_owner();
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	unsetenv("LD_PRELOAD");
	setenv("LC_ALL", "C", 1);
	if (!freopen("/dev/null", "r", stdin) || !freopen(log, "a", stdout) || !freopen(log, "a", stderr) ||
	        chdir(data) != 0)
		_exit(127);
	/* They look for each other beside the path that they were called by; Debian keeps them off PATH. */
	const char *called[32] = { program };
	for (size_t i = 1; words[i] && i + 1 < sizeof called / sizeof *called; i++)
		called[i] = words[i];
	execv(program, (char *const *)called);
	_exit(127);
}

static void choose_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	snprintf(port, sizeof port, "%u", (unsigned)ntohs(address.sin_port));
}

static PGconn *connect_to(const char *database)
{
	const char *const words[] = { "host", "port", "user", "password", "dbname", NULL };
	const char *const values[] = { "127.0.0.1", port, "hufu", password, database, NULL };

	return PQconnectdbParams(words, values, 0);
}

void postgres_again(void)
{
	char socket_dir[400];
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

	snprintf(socket_dir, sizeof socket_dir, "unix_socket_directories=");
	const char *const words[] = { "postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c",
		socket_dir, "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=24", "-c", "jit=off",
		NULL };
	server = run_as_owner(words);
	for (int i = 0; i < TRIES; i++) {
		PGconn *connection = connect_to("postgres");
		bool up = PQstatus(connection) == CONNECTION_OK;
		PQfinish(connection);
		if (up)
			return;
		assert_int_equal(waitpid(server, NULL, WNOHANG), 0); /* it gave up: see its log */
		nanosleep(&step, NULL);
	}
	fail_msg("PostgreSQL does not start; see %s/log", data);
}

void postgres_start(const char *dir)
{
	char line[600];
	int code = 0;

	snprintf(home, sizeof home, "%s", dir);
	snprintf(data, sizeof data, "%s/postgres", dir);
	assert_int_equal(chmod(home, 0711), 0);
	assert_int_equal(mkdir(data, 0700), 0);
	if (getuid() == 0) {
		assert_non_null(owner());
		assert_int_equal(chown(data, owner()->pw_uid, owner()->pw_gid), 0);
	}
	choose_port();
	write_text("password", 0644, password, "w");
	char cluster[sizeof data], pwfile[340];
	snprintf(cluster, sizeof cluster, "%s/postgres/cluster", home);
	snprintf(pwfile, sizeof pwfile, "--pwfile=%s/password", home);
	const char *const words[] = { "initdb", "-D", cluster, "-U", "hufu", "--auth=scram-sha-256", pwfile,
		"--no-sync", "--locale=C.UTF-8", "--encoding=UTF8", NULL };
	assert_int_equal(waitpid(run_as_owner(words), &code, 0) > 0, 1);
	if (code)
		fail_msg("initdb failed; install postgresql-15");
	memcpy(data, cluster, sizeof cluster);
	snprintf(line, sizeof line, "127.0.0.1:%s:*:hufu:%s\n", port, password);
	write_text("pgpass", 0600, line, "w");
	write_text("services", 0600, "", "w");
	snprintf(line, sizeof line, "%s/pgpass", home);
	setenv("PGPASSFILE", line, 1);
	snprintf(line, sizeof line, "%s/services", home);
	setenv("PGSERVICEFILE", line, 1);
	postgres_again();
}

void postgres_fresh(const char *name)
{
	char text[600];
	PGconn *connection = connect_to("postgres");

	snprintf(text, sizeof text, "create database %s", name);
	PGresult *result = PQexec(connection, text);
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
	PQfinish(connection);
	snprintf(text, sizeof text, "[%s]\nhost=127.0.0.1\nport=%s\nuser=hufu\ndbname=%s\n", name, port, name);
	write_text("services", 0600, text, "a");
	snprintf(text, sizeof text, "service=%s", name);
	setenv("HUFU_DB", text, 1);
}

void postgres_kill(void)
{
	if (!server)
		return;
	kill(server, SIGQUIT);
	waitpid(server, NULL, 0);
	server = 0;
}

void postgres_end(void)
{
	postgres_kill();
}
