/* Reads the settings: the file (YAML, two levels of names, texts and lists of texts), then the environment. */
#include "config/config.h"
#include "base/io.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <yaml.h>

enum { FILE_MAX = 1 << 20, NAME_MAX_LEN = 64, ITEMS_MAX = 256 };

/* The values of one setting; a text is a list of one. */
struct value {
	char **at;
	size_t count;
	int64_t number; /* of a flag, a number, a span */
	const char *from;
};

struct config {
	char *path;
	struct value *values; /* as config_settings */
};

/* ---- the table ---- */

static const struct setting *setting_of(const char *name, size_t *at)
{
	for (*at = 0; *at < config_setting_count; (*at)++)
		if (strcmp(config_settings[*at].name, name) == 0)
			return &config_settings[*at];
	return NULL;
}

static hufu_status wrong(hufu_error *error, const char *where, const char *what, const char *todo)
{
	return fail(error, HUFU_USAGE, view_of(where), what, todo);
}

/* ---- values ---- */

static void value_clear(struct value *value)
{
	for (size_t i = 0; i < value->count; i++)
		free(value->at[i]);
	free(value->at);
	*value = (struct value){ 0 };
}

static hufu_status value_add(struct value *value, hufu_view text, hufu_error *error)
{
	if (value->count == ITEMS_MAX)
		return fail(error, HUFU_LIMIT, (hufu_view){ 0 }, "a setting has too many entries", NULL);
	char **more = realloc(value->at, (value->count + 1) * sizeof *more);
	char *copy = strndup(text.len ? text.ptr : "", text.len);
	if (more)
		value->at = more;
	if (!more || !copy) {
		free(copy);
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "no memory", NULL);
	}
	value->at[value->count++] = copy;
	return HUFU_OK;
}

bool config_span(hufu_view text, int64_t *seconds)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	int64_t number = 0;

	if (text.len < 2 || text.len > 9)
		return false;
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		number = number * 10 + (text.ptr[i] - '0');
	}
	for (size_t i = 0; i < LEN(units); i++)
		if (text.ptr[text.len - 1] == units[i].letter) {
			*seconds = number * units[i].seconds;
			return true;
		}
	return false;
}

static bool number_of(const char *text, int64_t *out)
{
	char *end;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return text[0] && !*end && errno == 0 && *out >= 0;
}

/* A path stands relative to the folder of the file that names it. */
static hufu_status resolve(struct value *value, const char *beside, hufu_error *error)
{
	const char *slash = beside ? strrchr(beside, '/') : NULL;
	if (!value->count || value->at[0][0] == '/' || !slash)
		return HUFU_OK;
	char *full = NULL;
	if (asprintf(&full, "%.*s/%s", (int)(slash - beside), beside, value->at[0]) < 0)
		return fail(error, HUFU_NO_MEMORY, view_of(beside), "no memory", NULL);
	free(value->at[0]);
	value->at[0] = full;
	return HUFU_OK;
}

/* Takes over `value` as the setting's; says what is wrong with it. `beside`: the file it stands in, or NULL. */
static hufu_status settle(struct config *config, size_t at, struct value *value, const char *beside, hufu_error *error)
{
	const struct setting *setting = &config_settings[at];
	const char *text = value->count ? value->at[0] : "";
	hufu_status status = HUFU_OK;

	if (setting->kind != SETTING_LIST && value->count > 1)
		status = wrong(error, setting->name, "takes one value", NULL);
	else if (setting->kind == SETTING_FLAG && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		status = wrong(error, setting->name, "is neither true nor false", NULL);
	else if (setting->kind == SETTING_NUMBER && !number_of(text, &value->number))
		status = wrong(error, setting->name, "is no number", NULL);
	else if (setting->kind == SETTING_SPAN && !config_span(view_of(text), &value->number))
		status = wrong(error, setting->name, "is no span of time", "write 90s, 30m, 4h or 180d");
	else if (setting->kind == SETTING_FILE)
		status = resolve(value, beside, error);
	if (setting->kind == SETTING_FLAG)
		value->number = strcmp(text, "true") == 0;
	if (status != HUFU_OK) {
		value_clear(value);
		return status;
	}
	value_clear(&config->values[at]);
	config->values[at] = *value;
	return HUFU_OK;
}

/* Cuts a list at commas; anything else is one text. */
static hufu_status settle_text(struct config *config, size_t at, const char *text, const char *from, hufu_error *error)
{
	struct value value = { .from = from };
	hufu_view rest = view_of(text);
	bool list = config_settings[at].kind == SETTING_LIST;
	hufu_status status = HUFU_OK;

	while (rest.len && status == HUFU_OK) {
		const char *comma = list ? memchr(rest.ptr, ',', rest.len) : NULL;
		size_t len = comma ? (size_t)(comma - rest.ptr) : rest.len;
		hufu_view piece = view_trim((hufu_view){ rest.ptr, len });
		if (piece.len)
			status = value_add(&value, piece, error);
		rest = view_from(rest, comma ? len + 1 : len);
	}
	if (status != HUFU_OK) {
		value_clear(&value);
		return status;
	}
	return settle(config, at, &value, NULL, error);
}

/* ---- the file ---- */

static hufu_status at_line(hufu_error *error, hufu_status status, const yaml_node_t *node)
{
	if (error)
		error->at = node->start_mark.line + 1;
	return status;
}

static hufu_view scalar(const yaml_node_t *node)
{
	return view_make(node->data.scalar.value, node->data.scalar.length);
}

static hufu_status take_value(
        yaml_document_t *document, const yaml_node_t *node, struct value *value, hufu_error *error)
{
	if (node->type == YAML_SCALAR_NODE)
		return value_add(value, scalar(node), error);
	if (node->type != YAML_SEQUENCE_NODE)
		return wrong(error, "config", "wants a value or a list of values", NULL);
	for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		const yaml_node_t *entry = yaml_document_get_node(document, *item);
		if (!entry || entry->type != YAML_SCALAR_NODE)
			return wrong(error, "config", "has a list of something else than values", NULL);
		hufu_status status = value_add(value, scalar(entry), error);
		if (status != HUFU_OK)
			return status;
	}
	return HUFU_OK;
}

static hufu_status take_setting(
        struct config *config, yaml_document_t *document, const char *name, const yaml_node_t *node, hufu_error *error)
{
	struct value value = { .from = "file" };
	size_t at;
	if (!setting_of(name, &at))
		return wrong(error, name, "is no setting", "hufu config lists them all");
	hufu_status status = take_value(document, node, &value, error);
	if (status != HUFU_OK) {
		value_clear(&value);
		return status;
	}
	return settle(config, at, &value, config->path, error);
}

static hufu_status take_map(struct config *config, yaml_document_t *document, const yaml_node_t *map,
        const char *section, hufu_error *error)
{
	char name[NAME_MAX_LEN];
	for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(document, pair->key);
		const yaml_node_t *node = yaml_document_get_node(document, pair->value);
		if (!key || !node || key->type != YAML_SCALAR_NODE || key->data.scalar.length > NAME_MAX_LEN / 2)
			return at_line(error, wrong(error, config->path, "is no map of settings", NULL), map);
		snprintf(name, sizeof name, "%s%s%.*s", section ? section : "", section ? "." : "",
		        (int)key->data.scalar.length, (const char *)key->data.scalar.value);
		hufu_status status = node->type == YAML_MAPPING_NODE && !section
		                             ? take_map(config, document, node, name, error)
		                             : take_setting(config, document, name, node, error);
		if (status != HUFU_OK)
			return error && error->at ? status : at_line(error, status, key);
	}
	return HUFU_OK;
}

static hufu_status take_document(struct config *config, hufu_view text, hufu_error *error)
{
	yaml_parser_t parser;
	yaml_document_t document;
	if (!yaml_parser_initialize(&parser))
		return fail(error, HUFU_NO_MEMORY, view_of(config->path), "no memory", NULL);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
	if (!yaml_parser_load(&parser, &document)) {
		fail(error, HUFU_MALFORMED, view_of(config->path), "is no YAML", NULL);
		if (error)
			error->at = parser.problem_mark.line + 1;
		yaml_parser_delete(&parser);
		return HUFU_MALFORMED;
	}
	const yaml_node_t *root = yaml_document_get_root_node(&document);
	hufu_status status = !root ? HUFU_OK
	                     : root->type == YAML_MAPPING_NODE
	                             ? take_map(config, &document, root, NULL, error)
	                             : wrong(error, config->path, "is no map of settings", NULL);
	yaml_document_delete(&document);
	yaml_parser_delete(&parser);
	return status;
}

static hufu_status take_file(struct config *config, bool named, hufu_error *error)
{
	struct bytes text = { 0 };
	if (access(config->path, F_OK) != 0 && !named)
		return HUFU_OK;
	hufu_status status = io_read_file(config->path, FILE_MAX, &text, error);
	if (status == HUFU_OK)
		status = take_document(config, bytes_view(&text), error);
	bytes_done(&text);
	return status;
}

/* ---- all of it ---- */

static void variable_of(const char *name, char out[NAME_MAX_LEN + 8])
{
	int len = snprintf(out, NAME_MAX_LEN + 8, "HUFU_%s", name);
	for (int i = 0; i < len; i++)
		out[i] = out[i] == '.' ? '_' : (char)toupper((unsigned char)out[i]);
}

static hufu_status take_fallbacks(struct config *config, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < config_setting_count && status == HUFU_OK; i++)
		if (config_settings[i].fallback)
			status = settle_text(config, i, config_settings[i].fallback, "default", error);
	return status;
}

static hufu_status take_environment(struct config *config, hufu_error *error)
{
	char variable[NAME_MAX_LEN + 8];
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < config_setting_count && status == HUFU_OK; i++) {
		variable_of(config_settings[i].name, variable);
		const char *text = getenv(variable);
		if (text)
			status = settle_text(config, i, text, "environment", error);
	}
	return status;
}

hufu_status config_open(const char *store_dir, struct config **out, hufu_error *error)
{
	const char *named = getenv("HUFU_CONFIG");
	struct config *config = calloc(1, sizeof *config);
	if (config) {
		config->path = named ? strdup(named) : io_join(store_dir, "config.yaml");
		config->values = calloc(config_setting_count, sizeof *config->values);
	}
	if (!config || !config->path || !config->values) {
		config_close(config);
		return fail(error, HUFU_NO_MEMORY, view_of("config"), "no memory", NULL);
	}
	hufu_status status = take_fallbacks(config, error);
	if (status == HUFU_OK)
		status = take_file(config, named, error);
	if (status == HUFU_OK)
		status = take_environment(config, error);
	if (status == HUFU_OK)
		*out = config;
	else
		config_close(config);
	return status;
}

void config_close(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; config->values && i < config_setting_count; i++)
		value_clear(&config->values[i]);
	free(config->values);
	free(config->path);
	free(config);
}

const char *config_path(const struct config *config)
{
	return config->path;
}

/* ---- asking ---- */

/* A name that is not in the table is a mistake in the program: it gets the value of nothing. */
static const struct value *value_of(const struct config *config, const char *name)
{
	static const struct value none;
	size_t at;
	return setting_of(name, &at) ? &config->values[at] : &none;
}

const char *config_text(const struct config *config, const char *name)
{
	return config_at(config, name, 0);
}

bool config_flag(const struct config *config, const char *name)
{
	return value_of(config, name)->number != 0;
}

int64_t config_number(const struct config *config, const char *name)
{
	return value_of(config, name)->number;
}

size_t config_count(const struct config *config, const char *name)
{
	return value_of(config, name)->count;
}

const char *config_at(const struct config *config, const char *name, size_t at)
{
	const struct value *value = value_of(config, name);
	return at < value->count ? value->at[at] : NULL;
}

const char *config_from(const struct config *config, const char *name)
{
	const char *from = value_of(config, name)->from;
	return from ? from : "default";
}

hufu_status config_secret(const struct config *config, const char *name, struct bytes *out, hufu_error *error)
{
	const char *path = config_text(config, name);
	struct stat about;
	if (!path)
		return HUFU_OK;
	if (stat(path, &about) != 0)
		return fail_errno(error, view_of(path), NULL);
	if (about.st_mode & 077)
		return fail(error, HUFU_DENIED, view_of(path), "may be read by others", "chmod 600 it");
	hufu_status status = io_read_file(path, 4096, out, error);
	if (status != HUFU_OK)
		return status;
	const char *end = out->len ? memchr(out->ptr, '\n', out->len) : NULL;
	if (end)
		out->len = (size_t)(end - out->ptr);
	return HUFU_OK;
}
