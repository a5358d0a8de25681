/* hufu key: backs the key up, brings it back, puts it under a passphrase, tells where it lies. Never shows it. */
#include "base/auto.h"
#include "cmd/console.h"
#include "seal/store.h"

#include <stdlib.h>
#include <unistd.h>

static const char help[] =
        "usage: hufu key backup FILE    write the key, under a passphrase, to a new FILE\n"
        "       hufu key restore FILE   bring it back to where the store looks for it\n"
        "       hufu key wrap           put the key where it lies under a passphrase (or a new one)\n"
        "       hufu key unwrap         take the passphrase off again\n"
        "       hufu key show           where it lies, and whether it is under a passphrase\n"
        "\n"
        "The key opens everything in the store and lies outside it: in $HUFU_KEY_FILE, else in\n"
        "~/.config/hufu/keys/ under the store's id. A backup belongs on something that is not kept\n"
        "with the store: a printed sheet, a stick in a safe. It is one line of text.\n"
        "\n"
        "A wrapped key is asked for its passphrase at every use. hufu takes that from the first line\n"
        "of the file $HUFU_PASSPHRASE_FILE (mode 600), else asks on the terminal; it is never an\n"
        "argument, which others could see.\n"
        "\n"
        "  --store DIR   whose key; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "examples:\n"
        "  hufu key backup /media/stick/hufu-key.backup\n"
        "  HUFU_PASSPHRASE_FILE=/run/secrets/hufu hufu key restore --store /srv/hufu hufu-key.backup\n"
        "\n"
        "exit: 0 done, 2 not done (nothing was changed).\n";

static int run(int argc, char **argv);

const struct command command_key = { "key", "back up, restore, wrap the key; tell where it lies", help, run };

static void tell(const char *label, const char *path)
{
	char shown[1024];

	printable(view_of(path), shown, sizeof shown);
	printf("%s %s\n", label, shown);
}

/* ---- each with the store's directory and, where it takes one, a file ---- */

static hufu_status backup(const char *dir, const char *file, hufu_error *error)
{
	struct store *store = NULL;
	AUTO_FREE char *path = NULL;
	char *passphrase = NULL;

	hufu_status status = store_open(dir, &store, error);
	if (status == HUFU_OK)
		status = key_outside(store->dir, file, &path, error);
	if (status == HUFU_OK && access(path, F_OK) == 0)
		status = fail(error, HUFU_CONFLICT, view_of(file), "exists already", "choose another name");
	if (status == HUFU_OK)
		status = key_passphrase("Passphrase for the backup", true, &passphrase, error);
	if (status == HUFU_OK)
		status = key_backup(store->key, path, passphrase, error);
	if (status == HUFU_OK)
		tell("backed up to", path);
	key_passphrase_free(passphrase);
	store_close(store);
	return status;
}

/* Whether the place for the key is free. The store's own key there is fine: nothing is left to do. */
static hufu_status look_at_place(const struct store *store, const char *path, bool *done, hufu_error *error)
{
	struct key *there = NULL;

	if (access(path, F_OK) != 0)
		return HUFU_OK;
	if (key_load(path, &there, NULL) == HUFU_OK)
		*done = store_key_fits(store, there, path, NULL) == HUFU_OK;
	key_free(there);
	return *done ? HUFU_OK
	             : fail(error, HUFU_CONFLICT, view_of(path), "holds something else than this store's key",
	                       "move it away first, or set HUFU_KEY_FILE to another place");
}

static hufu_status restore(const char *dir, const char *file, hufu_error *error)
{
	struct store *store = NULL;
	struct key *key = NULL;
	AUTO_FREE char *path = NULL;
	bool done = false;

	hufu_status status = store_peek(dir, &store, error);
	if (status == HUFU_OK)
		status = key_path(store->dir, store->id, &path, error);
	if (status == HUFU_OK)
		status = look_at_place(store, path, &done, error);
	if (status == HUFU_OK && !done)
		status = key_restore(file, NULL, &key, error);
	if (status == HUFU_OK && !done)
		status = store_key_fits(store, key, file, error);
	if (status == HUFU_OK && !done)
		status = key_install(key, path, error);
	if (status == HUFU_OK)
		tell(done ? "the store's key is there already:" : "restored to", path);
	key_free(key);
	store_close(store);
	return status;
}

static hufu_status rewrite(const char *dir, bool wrapped, hufu_error *error)
{
	struct store *store = NULL;
	AUTO_FREE char *path = NULL;
	char *passphrase = NULL;

	hufu_status status = store_open(dir, &store, error);
	if (status == HUFU_OK)
		status = key_path(store->dir, store->id, &path, error);
	if (status == HUFU_OK && wrapped)
		status = key_passphrase("New passphrase for the key", true, &passphrase, error);
	if (status == HUFU_OK)
		status = key_save(store->key, path, passphrase, error);
	if (status == HUFU_OK)
		tell(wrapped ? "now under a passphrase:" : "now without a passphrase:", path);
	key_passphrase_free(passphrase);
	store_close(store);
	return status;
}

static hufu_status wrap(const char *dir, const char *file, hufu_error *error)
{
	(void)file;
	return rewrite(dir, true, error);
}

static hufu_status unwrap(const char *dir, const char *file, hufu_error *error)
{
	(void)file;
	return rewrite(dir, false, error);
}

/* A key in clear is tried; a wrapped one is not, so that this never asks. */
static hufu_status show(const char *dir, const char *file, hufu_error *error)
{
	struct store *store = NULL;
	struct key *key = NULL;
	AUTO_FREE char *path = NULL;
	bool wrapped = false;

	(void)file;
	hufu_status status = store_peek(dir, &store, error);
	if (status == HUFU_OK)
		status = key_path(store->dir, store->id, &path, error);
	bool there = status == HUFU_OK && access(path, F_OK) == 0;
	if (there)
		status = key_is_wrapped(path, &wrapped, error);
	if (status == HUFU_OK && !wrapped)
		status = key_load(path, &key, error); /* says so when it is not there */
	if (status == HUFU_OK && key)
		status = store_key_fits(store, key, path, error);
	if (status == HUFU_OK) {
		tell("key        ", path);
		printf("passphrase  %s\n", wrapped ? "yes" : "no");
		printf("check       %s%s\n", store->check, wrapped ? " (of the store; the key was not opened)" : "");
	}
	key_free(key);
	store_close(store);
	return status;
}

static const struct {
	const char *name;
	bool takes_file;
	hufu_status (*act)(const char *dir, const char *file, hufu_error *error);
} actions[] = {
	{ "backup", true, backup },
	{ "restore", true, restore },
	{ "wrap", false, wrap },
	{ "unwrap", false, unwrap },
	{ "show", false, show },
};

static int run(int argc, char **argv)
{
	const char *store_option = NULL;
	const struct option options[] = { { .name = "store", .text = &store_option } };
	AUTO_FREE char *dir = NULL;
	hufu_error error;
	size_t at = 0;

	int ends = options_take(&command_key, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc < 2)
		return console_usage(&command_key, NULL, "say what to do: backup, restore, wrap, unwrap or show");
	while (at < LEN(actions) && strcmp(actions[at].name, argv[1]) != 0)
		at++;
	if (at == LEN(actions))
		return console_usage(&command_key, argv[1], "is none of backup, restore, wrap, unwrap, show");
	if (argc != 2 + actions[at].takes_file)
		return console_usage(
		        &command_key, argv[1], actions[at].takes_file ? "takes one file" : "takes no operands");
	if (store_dir(store_option, &dir, &error) != HUFU_OK || actions[at].act(dir, argv[2], &error) != HUFU_OK)
		return console_fail(&error);
	return EXIT_YES;
}
