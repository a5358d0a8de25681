/* hufu serve: the console. hufu work: one job of its queue, which the console starts as a process of its own. */
#include "serve/serve.h"
#include "base/auto.h"
#include "cmd/caseshow.h"
#include "cmd/console.h"

#include <stdlib.h>

#ifndef HUFU_VERSION
#define HUFU_VERSION "unknown"
#endif

static const char serve_help[] =
        "usage: hufu serve [--listen ADDRESS:PORT] [--store DIR]\n"
        "\n"
        "Serves the console: a page for the response team and the HTTP API behind it, over TLS alone. On a store\n"
        "without accounts it makes admin and prints a one-time password. Without a certificate in the settings it\n"
        "makes one at the first start and prints its fingerprint. It ends on SIGTERM, when what is under way is done.\n"
        "\n"
        "  --listen ADDRESS:PORT  where to listen; else the setting serve.listen (127.0.0.1:8443)\n"
        "  --routes               list what the API has, and end\n"
        "  --store DIR            the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "Settings (hufu config): serve.listen, serve.certificate_file, serve.certificate_key_file, serve.web,\n"
        "serve.session_idle, serve.session_most, serve.upload_max_gb. A key under a passphrase is opened by\n"
        "$HUFU_PASSPHRASE_FILE: nobody is asked. The log is on standard error, one line of JSON a request.\n"
        "\n"
        "exit: 0 it was told to end, 2 it could not serve.\n";

static const char work_help[] = "usage: hufu work JOB [--store DIR]\n"
                                "\n"
                                "Judges one leak of the console's queue. hufu serve starts it; nobody else needs to.\n";

static int run_serve(int argc, char **argv);
static int run_work(int argc, char **argv);

const struct command command_serve = { "serve", "the console: a page and an HTTP API for the team", serve_help,
	run_serve };
const struct command command_work = { "work", NULL, work_help, run_work };

static hufu_status open_store(const char *option, struct store **out, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	hufu_status status = store_dir(option, &dir, error);
	return status ? status : store_open(dir, out, error);
}

static int list_routes(void)
{
	const char *method, *path;
	for (size_t i = 0; serve_route(i, &method, &path); i++)
		printf("%s %s\n", method, path);
	return EXIT_YES;
}

static int run_serve(int argc, char **argv)
{
	const char *store_option = NULL;
	struct serve_how how = { .version = HUFU_VERSION, .plan = caseshow_plan };
	bool routes = false;
	const struct option options[] = { { .name = "store", .text = &store_option },
		{ .name = "listen", .text = &how.listen }, { .name = "routes", .flag = &routes } };
	struct store *store = NULL;
	struct config *config = NULL;
	hufu_error error = { 0 };
	int ends = options_take(&command_serve, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc > 1)
		return console_usage(&command_serve, argv[1], "takes no operand");
	if (routes)
		return list_routes();
	hufu_status status = open_store(store_option, &store, &error);
	if (!status)
		status = config_open(store->dir, &config, &error);
	how.store = store;
	how.config = config;
	if (!status)
		status = serve_run(&how, &error);
	int code = status ? console_fail(&error) : EXIT_YES;
	config_close(config);
	store_close(store);
	return code;
}

static int run_work(int argc, char **argv)
{
	const char *store_option = NULL;
	const struct option options[] = { { .name = "store", .text = &store_option } };
	struct store *store = NULL;
	hufu_error error = { 0 };
	char *end = NULL;
	int ends = options_take(&command_work, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	long long job = argc == 2 ? strtoll(argv[1], &end, 10) : 0;
	if (job <= 0 || *end)
		return console_usage(&command_work, argc > 1 ? argv[1] : NULL, "wants the number of a job");
	hufu_status status = open_store(store_option, &store, &error);
	if (!status)
		status = serve_work(store, job, &error);
	int code = status ? console_fail(&error) : EXIT_YES;
	store_close(store);
	return code;
}
