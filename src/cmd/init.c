/* hufu init: makes a store and, elsewhere, its key. */
#include "base/auto.h"
#include "cmd/console.h"
#include "seal/store.h"

#include <stdlib.h>

static const char help[] =
        "usage: hufu init [--store DIR] [--zone ZONE]\n"
        "\n"
        "Makes a store, the directory in which seals are kept, and its key, which lies elsewhere.\n"
        "Whoever has the store alone learns nothing from it. Whoever has both can test whether a\n"
        "value is in it; so keep them apart, and back up the key: without it the store is lost.\n"
        "\n"
        "  --store DIR   where; else $HUFU_STORE, else ~/.local/share/hufu. A new or an empty directory.\n"
        "  --zone ZONE   what a bare date means: 2021-08-31 is the end of that day there.\n"
        "                A name such as Asia/Shanghai (which it is unless you say otherwise).\n"
        "\n"
        "The key lies in $HUFU_KEY_FILE, else in ~/.config/hufu/keys/ under the store's id.\n"
        "\n"
        "examples:\n"
        "  hufu init\n"
        "  HUFU_KEY_FILE=/media/stick/hufu.key hufu init --store /srv/hufu --zone Europe/Berlin\n"
        "\n"
        "exit: 0 made, 2 not made (a killed init can simply be run again).\n";

static int run(int argc, char **argv);

const struct command command_init = { "init", "make a store and, elsewhere, its key", help, run };

static int tell(const struct store *store, const char *option, hufu_error *error)
{
	char dir[1024], key[1024];
	AUTO_FREE char *path = NULL;

	if (key_path(store->dir, store->id, &path, error) != HUFU_OK)
		return console_fail(error);
	printable(view_of(store->dir), dir, sizeof dir);
	printable(view_of(path), key, sizeof key);
	printf("store  %s\nkey    %s\nzone   %s\n\n", dir, key, store->zone);
	printf("The key is in no other place, and without it the store is lost. Back it up, apart from the store:\n"
	       "  hufu key backup%s%s FILE\n"
	       "Then seal what you hold, each snapshot under its date:\n"
	       "  hufu seal%s%s DATASET FILE --as-of 2021-08-31\n",
	        option ? " --store " : "", option ? dir : "", option ? " --store " : "", option ? dir : "");
	return EXIT_YES;
}

static int run(int argc, char **argv)
{
	const char *store_option = NULL, *zone = NULL;
	const struct option options[] = { { .name = "store", .text = &store_option },
		{ .name = "zone", .text = &zone } };
	struct store *store = NULL;
	AUTO_FREE char *dir = NULL;
	hufu_error error;

	int ends = options_take(&command_init, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc > 1)
		return console_usage(
		        &command_init, argv[1], "init takes no operands (the directory goes behind --store)");
	if (store_dir(store_option, &dir, &error) != HUFU_OK || store_init(dir, zone, &store, &error) != HUFU_OK)
		return console_fail(&error);
	int code = tell(store, store_option, &error);
	store_close(store);
	return code;
}
