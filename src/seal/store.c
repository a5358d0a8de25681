/* The store's directory: making it so that a crash leaves nothing that cannot be made again, opening it, its lock,
 * and the names of the seals in it.
 *
 * store.json is written last when a store is made and is not secret; until then `.init` keeps the id, so that a
 * second `init` goes on where the first was killed. Whoever can write into the store can break it, not read it.
 * Uses base, libsodium and jansson. */
#include "seal/store.h"

#include "base/clock.h"
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum { STORE_VERSION = 1, CHECK_LEN = 16, ID_LEN = 16, JSON_MAX = 65536, NAME_MAX_LEN = 100 };
enum { LOCK_WAIT_MS = 10000, LOCK_STEP_MS = 50 };

static const char seal_suffix[] = ".seal";

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
}

/* ---- where ---- */

static char *data_home(void)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data && data[0] == '/')
		return io_join(data, "hufu");
	if (!home || home[0] != '/') {
		const struct passwd *user = getpwuid(getuid());
		home = user ? user->pw_dir : NULL;
	}
	return home ? io_join(home, ".local/share/hufu") : NULL;
}

static char *absolute(const char *path)
{
	AUTO_FREE char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

	if (path[0] == '/')
		return strdup(path);
	return here ? io_join(here, path) : NULL;
}

hufu_status store_dir(const char *option, char **out, hufu_error *error)
{
	const char *named = option ? option : getenv("HUFU_STORE");

	if (option && !option[0])
		return fail(error, HUFU_USAGE, (hufu_view){ 0 }, "the store's directory is empty", "give --store DIR");
	char *dir = named && named[0] ? absolute(named) : data_home();
	if (!dir)
		return fail(error, HUFU_USAGE, (hufu_view){ 0 }, "there is no home directory to keep the store in",
		        "give --store DIR or set HUFU_STORE");
	*out = dir;
	return HUFU_OK;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	fd_close(&store->lock_fd);
	key_free(store->key);
	free(store->dir);
	free(store->zone);
	free(store);
}

static struct store *store_new(const char *dir)
{
	struct store *store = calloc(1, sizeof *store);

	if (!store)
		return NULL;
	store->lock_fd = -1;
	store->dir = realpath(dir, NULL);
	if (!store->dir) {
		store_close(store);
		return NULL;
	}
	return store;
}

/* ---- store.json ---- */

static bool is_hex(const char *text, size_t digits)
{
	return text && strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static void print_check(const struct key *key, char out[2 * CHECK_LEN + 1])
{
	uint8_t check[CHECK_LEN];

	key_subkey(key, KEY_CHECK_VALUE, check, sizeof check);
	sodium_bin2hex(out, 2 * CHECK_LEN + 1, check, sizeof check);
}

hufu_status store_key_fits(const struct store *store, const struct key *key, const char *path, hufu_error *error)
{
	char check[2 * CHECK_LEN + 1];

	print_check(key, check);
	if (sodium_memcmp(check, store->check, sizeof check) != 0)
		return fail(error, HUFU_DENIED, view_of(path), "this key is not the store's",
		        "set HUFU_KEY_FILE to the right one, or bring it back: hufu key restore BACKUP");
	return HUFU_OK;
}

static hufu_status take_fields(const json_t *root, struct store *store, const char *path, hufu_error *error)
{
	const json_t *version = json_object_get(root, "hufu");
	const char *id = json_string_value(json_object_get(root, "id"));
	const char *zone = json_string_value(json_object_get(root, "zone"));
	const char *check = json_string_value(json_object_get(root, "key_check"));

	if (json_is_integer(version) && json_integer_value(version) > STORE_VERSION)
		return fail(error, HUFU_UNSUPPORTED, view_of(path), "was made by a newer hufu", "update hufu");
	if (!json_is_integer(version) || json_integer_value(version) < 1 || !is_hex(id, 2 * ID_LEN) || !zone ||
	        !is_hex(check, 2 * CHECK_LEN))
		return fail(error, HUFU_MALFORMED, view_of(path), "is damaged", "take this one file from a backup");
	memcpy(store->id, id, sizeof store->id);
	memcpy(store->check, check, sizeof store->check);
	store->zone = strdup(zone);
	return store->zone ? HUFU_OK : no_memory(error);
}

static hufu_status read_json(struct store *store, hufu_error *error)
{
	AUTO_FREE char *path = io_join(store->dir, "store.json");
	struct bytes text = { 0 };

	if (!path)
		return no_memory(error);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return fail(error, HUFU_IO, view_of(store->dir), "there is no store here",
		        "make one with: hufu init, or name another with --store");
	hufu_status status = io_read_file(path, JSON_MAX, &text, error);
	if (status != HUFU_OK)
		return status;
	json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
	status = take_fields(root, store, path, error);
	json_decref(root);
	bytes_done(&text);
	return status;
}

static hufu_status write_json(const struct store *store, hufu_error *error)
{
	AUTO_FREE char *path = io_join(store->dir, "store.json");
	json_t *root = json_pack("{s:i, s:s, s:s, s:s}", "hufu", (int)STORE_VERSION, "id", store->id, "zone",
	        store->zone, "key_check", store->check);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	struct bytes line = { 0 };

	if (text)
		bytes_print(&line, "%s\n", text);
	hufu_status status =
	        path && text && !line.failed ? io_replace_file(path, 0600, bytes_view(&line), error) : no_memory(error);
	bytes_done(&line);
	free(text);
	json_decref(root);
	return status;
}

/* ---- opening ---- */

hufu_status store_peek(const char *dir, struct store **out, hufu_error *error)
{
	struct stat about;

	if (stat(dir, &about) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return fail(error, HUFU_IO, view_of(dir), "there is no store here",
		        "make one with: hufu init, or name another with --store");
	struct store *store = store_new(dir);
	if (!store)
		return fail_errno(error, view_of(dir), NULL);
	hufu_status status = read_json(store, error);
	if (status != HUFU_OK) {
		store_close(store);
		return status;
	}
	*out = store;
	return HUFU_OK;
}

static hufu_status take_key(struct store *store, hufu_error *error)
{
	AUTO_FREE char *path = NULL;

	hufu_status status = key_path(store->dir, store->id, &path, error);
	if (status == HUFU_OK)
		status = key_load(path, &store->key, error);
	if (status == HUFU_OK)
		status = store_key_fits(store, store->key, path, error);
	return status;
}

hufu_status store_open(const char *dir, struct store **out, hufu_error *error)
{
	struct store *store = NULL;

	hufu_status status = store_peek(dir, &store, error);
	if (status == HUFU_OK)
		status = take_key(store, error);
	if (status != HUFU_OK) {
		store_close(store);
		return status;
	}
	*out = store;
	return HUFU_OK;
}

/* ---- making ---- */

/* What a killed `init` leaves behind, and what a fresh file system has of itself. */
static bool may_lie_there(const char *name, bool begun)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "lost+found") == 0)
		return true;
	return begun ? strcmp(name, "seals") == 0 || strncmp(name, ".", 1) == 0
	             : strncmp(name, ".new-.init-", strlen(".new-.init-")) == 0;
}

/* A store never moves in with other files: its directory is closed to everybody else. */
static hufu_status check_empty(const char *dir, bool begun, hufu_error *error)
{
	DIR *entries = opendir(dir);
	bool empty = true;

	if (!entries)
		return fail_errno(error, view_of(dir), NULL);
	for (struct dirent *entry; (entry = readdir(entries));)
		empty = empty && may_lie_there(entry->d_name, begun);
	closedir(entries);
	return empty ? HUFU_OK
	             : fail(error, HUFU_CONFLICT, view_of(dir), "holds other files",
	                       "give a new or an empty directory");
}

/* The id that an earlier, killed `init` chose; false when there was none. */
static bool read_begun(const char *path, char id[2 * ID_LEN + 1])
{
	struct bytes text = { 0 };
	bool found = false;

	if (io_read_file(path, JSON_MAX, &text, NULL) == HUFU_OK) {
		bytes_byte(&text, '\0');
		found = !text.failed && is_hex(text.ptr, 2 * ID_LEN);
		if (found)
			memcpy(id, text.ptr, 2 * ID_LEN + 1);
	}
	bytes_done(&text);
	return found;
}

static void choose_id(char id[2 * ID_LEN + 1])
{
	uint8_t bytes[ID_LEN];

	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2hex(id, 2 * ID_LEN + 1, bytes, sizeof bytes);
}

/* The key of a store in the making. One that is there already is taken only when an `init` had begun and found none
 * then: what lies there can only be what that one made. */
static hufu_status make_key(struct store *store, const char *key_file, bool begun, hufu_error *error)
{
	AUTO_FREE char *path = key_file ? strdup(key_file) : NULL, *mark = io_join(store->dir, ".init");

	hufu_status status = key_file ? HUFU_OK : key_path(store->dir, store->id, &path, error);
	if (status != HUFU_OK)
		return status;
	if (!mark || !path)
		return no_memory(error);
	bool there = access(path, F_OK) == 0;
	if (there && begun)
		return key_load(path, &store->key, error);
	if (there)
		return fail(error, HUFU_CONFLICT, view_of(path), "is a key already, and each store has its own",
		        "set HUFU_KEY_FILE to a name that is free");
	if (!begun)
		status = io_replace_file(mark, 0600, view_of(store->id), error);
	return status == HUFU_OK ? key_create(path, &store->key, error) : status;
}

static hufu_status make_inside(struct store *store, const char *key_file, bool begun, hufu_error *error)
{
	AUTO_FREE char *seals = io_join(store->dir, "seals"), *mark = io_join(store->dir, ".init");

	if (!seals || !mark)
		return no_memory(error);
	hufu_status status = make_key(store, key_file, begun, error);
	if (status == HUFU_OK)
		status = io_make_dir(seals, error);
	if (status != HUFU_OK)
		return status;
	print_check(store->key, store->check);
	status = write_json(store, error);
	if (status == HUFU_OK)
		unlink(mark);
	return status;
}

static hufu_status prepare_dir(const char *dir, char id[2 * ID_LEN + 1], bool *begun, hufu_error *error)
{
	AUTO_FREE char *mark = io_join(dir, ".init"), *json = io_join(dir, "store.json");

	if (!mark || !json)
		return no_memory(error);
	if (access(json, F_OK) == 0)
		return fail(error, HUFU_CONFLICT, view_of(dir), "holds a store already",
		        "use it as it is, or name another directory with --store");
	*begun = read_begun(mark, id);
	hufu_status status = check_empty(dir, *begun, error);
	if (status == HUFU_OK && chmod(dir, 0700) != 0)
		status = fail_errno(error, view_of(dir), NULL);
	if (!*begun)
		choose_id(id);
	return status;
}

hufu_status store_init(const char *dir, const char *zone, struct store **out, hufu_error *error)
{
	return store_init_with_key(dir, zone, NULL, out, error);
}

hufu_status store_init_with_key(
        const char *dir, const char *zone, const char *key_file, struct store **out, hufu_error *error)
{
	char id[2 * ID_LEN + 1];
	bool begun = false;

	zone = zone ? zone : "Asia/Shanghai";
	if (sodium_init() < 0)
		return no_memory(error);
	if (!clock_zone_known(zone))
		return fail(error, HUFU_USAGE, view_of(zone), "this time zone is not known to the system",
		        "give a name such as Asia/Shanghai; the package tzdata holds them");
	hufu_status status = io_make_dir(dir, error);
	if (status != HUFU_OK)
		return status;
	AUTO_FD guard = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* held while we make it */
	if (guard < 0 || flock(guard, LOCK_EX | LOCK_NB) != 0)
		return fail_errno(error, view_of(dir), NULL);
	status = prepare_dir(dir, id, &begun, error);
	if (status != HUFU_OK)
		return status;
	struct store *store = store_new(dir);
	if (!store)
		return fail_errno(error, view_of(dir), NULL);
	memcpy(store->id, id, sizeof store->id);
	store->zone = strdup(zone);
	status = store->zone ? make_inside(store, key_file, begun, error) : no_memory(error);
	if (status != HUFU_OK) {
		store_close(store);
		return status;
	}
	*out = store;
	return HUFU_OK;
}

/* ---- lock ---- */

hufu_status store_lock(struct store *store, hufu_error *error)
{
	const struct timespec step = { .tv_nsec = LOCK_STEP_MS * 1000000L };
	AUTO_FREE char *path = io_join(store->dir, "lock");

	if (store->lock_fd >= 0)
		return HUFU_OK;
	AUTO_FD fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (fd < 0)
		return path ? fail_errno(error, view_of(path), NULL) : no_memory(error);
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += LOCK_STEP_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail_errno(error, view_of(path), NULL);
		if (waited >= LOCK_WAIT_MS)
			return fail(error, HUFU_TIMEOUT, view_of(store->dir), "another hufu is changing this store",
			        "try again when it is done");
		nanosleep(&step, NULL);
	}
	store->lock_fd = fd_take(&fd);
	return HUFU_OK;
}

/* ---- seals ---- */

static bool is_dataset_name(hufu_view name)
{
	char shown[NAME_MAX_LEN + 1];

	if (name.len == 0 || name.len > NAME_MAX_LEN || memchr(name.ptr, '/', name.len) || name.ptr[0] == '.' ||
	        name.ptr[0] == '-')
		return false;
	/* A name that printable() would change holds a control character or broken UTF-8. */
	printable(name, shown, sizeof shown);
	return view_is(name, shown);
}

hufu_status store_seal_path(const struct store *store, hufu_view dataset, char **out, hufu_error *error)
{
	AUTO_FREE char *path = NULL;

	if (!is_dataset_name(dataset))
		return fail(error, HUFU_USAGE, dataset, "cannot be the name of a dataset",
		        "take 1 to 100 bytes of UTF-8 without '/', not starting with '.' or '-'");
	if (asprintf(&path, "%s/seals/%.*s%s", store->dir, (int)dataset.len, dataset.ptr, seal_suffix) < 0)
		return no_memory(error);
	*out = take(&path);
	return HUFU_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static bool add_name(char ***names, size_t *count, hufu_view name)
{
	char **grown = reallocarray(*names, *count + 1, sizeof **names);

	if (!grown)
		return false;
	*names = grown;
	grown[*count] = strndup(name.ptr, name.len);
	return grown[*count] && ++*count;
}

hufu_status store_datasets(const struct store *store, char ***out, size_t *count, hufu_error *error)
{
	AUTO_FREE char *path = io_join(store->dir, "seals");
	DIR *entries = path ? opendir(path) : NULL;
	char **names = NULL;
	size_t found = 0;
	bool whole = true;

	if (!entries)
		return path ? fail_errno(error, view_of(path), NULL) : no_memory(error);
	for (struct dirent *entry; whole && (entry = readdir(entries));) {
		hufu_view name = view_of(entry->d_name);
		if (!view_ends(name, seal_suffix))
			continue;
		name.len -= strlen(seal_suffix);
		whole = !is_dataset_name(name) || add_name(&names, &found, name);
	}
	closedir(entries);
	if (!whole) {
		free_names(names, found);
		return no_memory(error);
	}
	if (found)
		qsort(names, found, sizeof *names, by_name);
	*out = names;
	*count = found;
	return HUFU_OK;
}
