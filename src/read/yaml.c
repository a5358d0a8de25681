/* Reader for YAML: our own rule packs and playbooks, which somebody may have edited or planted. One record a scalar:
 *
 *     path                        value        line  style
 *     rules.3.trigger.any.0       people > 10  34    plain
 *     rules.3.contents            []           36    list     (an empty list or map has no scalar to show)
 *
 * Anchors, aliases and tags are refused, so nothing expands; keys are plain words that a map has once. It claims no
 * leak: it reads what the keeper asks it to. A fault is told as unread at "line 34", and nothing behind it is read. */
#include "read/records.h"

#include "base/bytes.h"

#include <stdio.h>
#include <yaml.h>

enum {
	BYTES_MAX = 1 << 20,
	DEPTH_MAX = 16,
	EVENTS_MAX = 100000,
	KEY_MAX = 64,
	KEYS_MAX = 256,       /* of one map: looking for one given twice stays cheap */
	VALUE_MAX = 64 << 10, /* bytes of a scalar */
	COLUMNS = 4,
};

struct level {
	bool map;
	bool expects_key;
	uint32_t count;  /* entries so far */
	size_t path_len; /* of the path outside it */
	size_t keys_len; /* of `keys` outside it */
	size_t line;
};

struct yaml {
	struct source *source;
	struct records records;
	size_t taken;
	struct level levels[DEPTH_MAX];
	unsigned depth;
	bool rooted;
	struct bytes path, keys; /* keys: of all open maps, each NUL-terminated */
	enum jail_why why;       /* the fault, if any, and where */
	size_t line;
};

static int pull(void *user, unsigned char *into, size_t cap, size_t *got)
{
	struct yaml *yaml = user;
	*got = source_read(yaml->source, into, cap);
	yaml->taken += *got;
	return yaml->taken <= BYTES_MAX;
}

static void refuse(struct yaml *yaml, enum jail_why why, size_t line)
{
	if (yaml->why == JAIL_WHY_NONE) {
		yaml->why = why;
		yaml->line = line + 1;
	}
}

/* ---- records ---- */

static void put(struct yaml *yaml, uint32_t column, hufu_view text)
{
	struct sink_batch *batch = &yaml->records.batch;
	if (text.len)
		memcpy(batch->text + batch->text_len, text.ptr, text.len);
	records_cell(&yaml->records, column, batch->text_len, (uint32_t)text.len);
	batch->text_len += (uint32_t)text.len;
}

static hufu_status tell(struct yaml *yaml, hufu_view value, size_t line, const char *style)
{
	char number[24];
	hufu_status st = records_begin(&yaml->records);
	if (st != HUFU_OK)
		return st;
	snprintf(number, sizeof number, "%zu", line + 1);
	put(yaml, 0, bytes_view(&yaml->path));
	put(yaml, 1, value);
	put(yaml, 2, view_of(number));
	put(yaml, 3, view_of(style));
	yaml->records.batch.rows++;
	return HUFU_OK;
}

/* ---- where we are ---- */

static bool key_ok(hufu_view key)
{
	for (size_t i = 0; i < key.len; i++) {
		char c = key.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		            c == '-'))
			return false;
	}
	return key.len > 0 && key.len <= KEY_MAX;
}

static bool key_known(const struct yaml *yaml, const struct level *level, hufu_view key)
{
	for (size_t at = level->keys_len; at < yaml->keys.len;) {
		hufu_view old = view_of(yaml->keys.ptr + at);
		if (view_equal(old, key))
			return true;
		at += old.len + 1;
	}
	return false;
}

static void path_add(struct yaml *yaml, hufu_view name)
{
	if (yaml->path.len)
		bytes_byte(&yaml->path, '.');
	bytes_add(&yaml->path, name);
}

static void take_key(struct yaml *yaml, struct level *level, hufu_view key, size_t line)
{
	if (!key_ok(key) || key_known(yaml, level, key)) {
		refuse(yaml, JAIL_WHY_KEY, line);
		return;
	}
	if (++level->count > KEYS_MAX)
		refuse(yaml, JAIL_WHY_LARGE, line);
	bytes_add(&yaml->keys, key);
	bytes_byte(&yaml->keys, '\0');
	yaml->path.len = level->path_len;
	path_add(yaml, key);
	level->expects_key = false;
}

/* A value begins: in a list its number goes into the path. False where it can be none. */
static bool value_begins(struct yaml *yaml, size_t line)
{
	struct level *level = yaml->depth ? &yaml->levels[yaml->depth - 1] : NULL;
	if (!level) {
		if (yaml->rooted)
			refuse(yaml, JAIL_WHY_SYNTAX, line);
		yaml->rooted = true;
		return yaml->why == JAIL_WHY_NONE;
	}
	if (level->map && level->expects_key) {
		refuse(yaml, JAIL_WHY_KEY, line); /* a list or a map as a key */
		return false;
	}
	if (!level->map) {
		char number[16];
		snprintf(number, sizeof number, "%u", level->count++);
		yaml->path.len = level->path_len;
		path_add(yaml, view_of(number));
	}
	return true;
}

static void value_ends(struct yaml *yaml)
{
	struct level *level = yaml->depth ? &yaml->levels[yaml->depth - 1] : NULL;
	if (!level)
		return;
	yaml->path.len = level->path_len;
	level->expects_key = level->map;
}

static void enter(struct yaml *yaml, bool map, size_t line)
{
	if (!value_begins(yaml, line))
		return;
	if (yaml->depth == DEPTH_MAX) {
		refuse(yaml, JAIL_WHY_LARGE, line);
		return;
	}
	yaml->levels[yaml->depth++] = (struct level){
		.map = map,
		.expects_key = map,
		.path_len = yaml->path.len,
		.keys_len = yaml->keys.len,
		.line = line,
	};
}

static hufu_status leave(struct yaml *yaml)
{
	if (yaml->depth == 0) /* libyaml ends no more than it began */
		return HUFU_OK;
	const struct level *level = &yaml->levels[--yaml->depth];
	hufu_status st = HUFU_OK;
	yaml->path.len = level->path_len;
	yaml->keys.len = level->keys_len;
	if (level->count == 0)
		st = tell(yaml, view_of(level->map ? "{}" : "[]"), level->line, level->map ? "map" : "list");
	value_ends(yaml);
	return st;
}

/* ---- events ---- */

static hufu_status take_scalar(struct yaml *yaml, const yaml_event_t *event)
{
	hufu_view text = view_make(event->data.scalar.value, event->data.scalar.length);
	size_t line = event->start_mark.line;
	if (event->data.scalar.anchor || event->data.scalar.tag) {
		refuse(yaml, JAIL_WHY_ALIAS, line);
		return HUFU_OK;
	}
	struct level *level = yaml->depth ? &yaml->levels[yaml->depth - 1] : NULL;
	if (level && level->expects_key) {
		take_key(yaml, level, text, line);
		return HUFU_OK;
	}
	if (text.len > VALUE_MAX) {
		refuse(yaml, JAIL_WHY_LARGE, line);
		return HUFU_OK;
	}
	if (!value_begins(yaml, line))
		return HUFU_OK;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	hufu_status st = tell(yaml, text, line, plain ? "plain" : "quoted");
	value_ends(yaml);
	return st;
}

static hufu_status take_event(struct yaml *yaml, const yaml_event_t *event)
{
	size_t line = event->start_mark.line;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(yaml, event);
	case YAML_MAPPING_START_EVENT:
		if (event->data.mapping_start.anchor || event->data.mapping_start.tag)
			refuse(yaml, JAIL_WHY_ALIAS, line);
		else
			enter(yaml, true, line);
		return HUFU_OK;
	case YAML_SEQUENCE_START_EVENT:
		if (event->data.sequence_start.anchor || event->data.sequence_start.tag)
			refuse(yaml, JAIL_WHY_ALIAS, line);
		else
			enter(yaml, false, line);
		return HUFU_OK;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return leave(yaml);
	case YAML_ALIAS_EVENT:
		refuse(yaml, JAIL_WHY_ALIAS, line);
		return HUFU_OK;
	case YAML_DOCUMENT_START_EVENT:
		if (yaml->rooted || event->data.document_start.tag_directives.start !=
		                            event->data.document_start.tag_directives.end)
			refuse(yaml, JAIL_WHY_SYNTAX, line);
		return HUFU_OK;
	default:
		return HUFU_OK;
	}
}

static hufu_status read_events(struct yaml *yaml, yaml_parser_t *parser)
{
	hufu_status st = HUFU_OK;
	bool over = false;
	for (unsigned events = 0; st == HUFU_OK && !over && yaml->why == JAIL_WHY_NONE; events++) {
		yaml_event_t event;
		if (!yaml_parser_parse(parser, &event)) {
			if (parser->error == YAML_MEMORY_ERROR)
				return HUFU_NO_MEMORY;
			refuse(yaml, yaml->taken > BYTES_MAX ? JAIL_WHY_LARGE : JAIL_WHY_SYNTAX,
			        parser->problem_mark.line);
			break;
		}
		if (events == EVENTS_MAX)
			refuse(yaml, JAIL_WHY_LARGE, event.start_mark.line);
		else
			st = take_event(yaml, &event);
		over = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (yaml->path.failed || yaml->keys.failed)
			st = HUFU_NO_MEMORY;
	}
	return st;
}

static hufu_status tell_fault(const struct yaml *yaml, struct sink *sink)
{
	char place[32];
	if (yaml->why == JAIL_WHY_NONE || yaml->source->why != JAIL_WHY_NONE)
		return HUFU_OK; /* the door tells what is wrong with the source */
	snprintf(place, sizeof place, "line %zu", yaml->line);
	return sink_unread(sink, view_of(place), yaml->why);
}

static hufu_status read_yaml(struct job *job, struct source *source, hufu_view path)
{
	struct yaml yaml = { .source = source, .records = { .sink = job->sink } };
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		return HUFU_NO_MEMORY;
	yaml_parser_set_input(&parser, pull, &yaml);
	hufu_status st = records_open(&yaml.records,
	        &(struct sink_label){ .path = path, .format = "yaml", .encoding = "utf-8", .columns = COLUMNS }, NULL);
	if (st == HUFU_OK)
		st = read_events(&yaml, &parser);
	yaml_parser_delete(&parser);
	bytes_done(&yaml.path);
	bytes_done(&yaml.keys);
	if (st == HUFU_OK)
		st = tell_fault(&yaml, job->sink);
	return st == HUFU_OK ? records_close(&yaml.records) : st;
}

static bool claims(hufu_view head, hufu_view name)
{
	(void)head;
	(void)name;
	return false;
}

const struct reader reader_yaml = { .name = "yaml", .claims = claims, .read = read_yaml };
