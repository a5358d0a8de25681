/* Reader for JSON: one record a line, objects one behind another, an array of records, or an envelope, that is an
 * object that holds arrays of records ({"code": 0, "data": {"list": [...]}}; each such array is a part, "data.list";
 * what stands beside them in an envelope is no record and is left out).
 *
 * Nested objects become columns, "owner.phone"; an array of scalars one cell, joined by ';'; of an array of objects the
 * first one is "items.sku" and the others, up to JSON_ELEMENTS_MAX, "items.2.sku". The columns are those of the first
 * records, in order of first sight; a later record with something in a column that is not among them keeps the rest
 * and counts as malformed. */
#include "read/records.h"

#include "base/auto.h"
#include "read/jsontext.h"
#include "read/window.h"

#include <stdlib.h>

enum {
	SAMPLE = 1 << 20, /* bytes, from which the columns are learnt */
	SAMPLE_RECORDS = 1000,
	PARTS_MAX = 1000,
	LOOK_AHEAD = 64,
};

enum state { VALUES, SKIPPING, LOST };

/* What is open around the place. */
struct level {
	bool rows;       /* an array of records; else an object of an envelope */
	size_t path_len; /* of the path outside it */
};

struct json {
	struct job *job;
	struct window window;
	hufu_view path;
	struct records records;
	struct json_paths paths;
	struct json_record record;
	const char *format;

	bool envelope; /* objects at the top are envelopes, not records */
	bool lines;    /* arrays at the top are records */
	enum state state;
	struct json_skip skip;
	struct level levels[JSON_DEPTH_MAX];
	unsigned depth;
	struct bytes inside, part, here; /* owned: path within envelopes; of the part; of the rows entered */
	uint64_t barren;                 /* before this offset there is nothing to learn columns from */
	bool refused;                    /* the part: too many columns, or parts */
	bool full;                       /* no more parts are opened */
	bool told_long;
	uint64_t broken;
};

/* ---- the columns ---- */

static size_t skip_between(hufu_view text, size_t at)
{
	while (at < text.len && (jsontext_blank(text.ptr[at]) || text.ptr[at] == ','))
		at++;
	return at;
}

/* Where the next record may begin behind damage; text.len when that is not to be seen. A line that begins one is the
 * surest; in an array a comma will do. */
static size_t find_begin(const struct json *json, hufu_view text, size_t at, bool end, bool *more)
{
	const bool rows = json->depth > 0;
	*more = false;
	for (; at < text.len; at++) {
		char c = text.ptr[at];
		if (c != '\n' && !(rows && c == '}'))
			continue;
		size_t next = at + 1, stop = at + LOOK_AHEAD < text.len ? at + LOOK_AHEAD : text.len;
		bool comma = false;
		for (; next < stop && (jsontext_blank(text.ptr[next]) || text.ptr[next] == ','); next++)
			comma |= text.ptr[next] == ',' || text.ptr[next] == '\n';
		if (next == text.len && !end) {
			*more = true;
			return at;
		}
		if (next < stop && (text.ptr[next] == '{' || (json->lines && text.ptr[next] == '[')) &&
		        (c == '\n' || comma))
			return next;
	}
	return at;
}

/* Damage is gone through once more from the beginning of its line: the line before may lack its end. */
static size_t retreat(hufu_view text, size_t broken)
{
	const char *line = broken > 1 ? memrchr(text.ptr + 1, '\n', broken - 1) : NULL;
	return line ? (size_t)(line - text.ptr) : broken ? broken : 1;
}

static void learn(struct json *json)
{
	struct window *window = &json->window;
	window_fill(window, window->cap);
	hufu_view text = window_view(window);
	bool end = window->end, more;
	if (text.len > SAMPLE) {
		text.len = SAMPLE;
		end = false;
	}
	jsonpaths_clear(&json->paths);
	size_t at = 0;
	for (unsigned i = 0; i < SAMPLE_RECORDS && (at = skip_between(text, at)) < text.len; i++) {
		if (text.ptr[at] == ']' || text.ptr[at] == '}')
			break;
		hufu_view rest = view_from(text, at);
		if (!json->depth && rest.ptr[0] != '{' && !(json->lines && rest.ptr[0] == '[')) {
			at = find_begin(json, text, at, true, &more);
			continue;
		}
		enum json_got got = jsontext_record(&json->paths, rest, end, &json->record);
		if (got == JSON_MORE)
			break;
		at += json->record.taken;
		if (got != JSON_GOT)
			at = find_begin(
			        json, text, at - json->record.taken + retreat(rest, json->record.taken), true, &more);
	}
	json->paths.fixed = true;
	json->barren = window_offset(window) + (at ? at : 1);
}

/* ---- parts ---- */

static hufu_status refuse(struct json *json, hufu_view path, enum jail_why why)
{
	json->refused = true;
	return sink_unread(json->job->sink, path, why);
}

static hufu_status open_labelled(struct json *json, hufu_view path)
{
	const struct json_paths *paths = &json->paths;
	const uint32_t columns = paths->column_count;
	/* Records that are arrays, or no objects at all, name nothing. */
	const hufu_view text = window_view(&json->window);
	bool named = text.len && text.ptr[0] == '{';
	struct bytes all = { 0 };
	AUTO_FREE hufu_view *names = malloc(columns * sizeof *names);
	AUTO_FREE size_t *ends = malloc(columns * sizeof *ends);
	if (!names || !ends)
		return HUFU_NO_MEMORY;
	for (uint32_t i = 0; i < columns; i++) {
		jsonpaths_name(paths, i, &all);
		ends[i] = all.len;
	}
	for (uint32_t i = 0; i < columns; i++)
		names[i] = view_make(all.ptr + (i ? ends[i - 1] : 0), ends[i] - (i ? ends[i - 1] : 0));
	hufu_status st = HUFU_NO_MEMORY;
	if (!all.failed)
		st = records_open(&json->records,
		        &(struct sink_label){ .path = path,
		                .format = json->format,
		                .encoding = decoder_label(&json->window.decoder),
		                .columns = columns,
		                .named = named },
		        named ? names : NULL);
	bytes_done(&all);
	return st;
}

/* Learns the columns of the array or stream of records that begins here, and opens its part. */
static hufu_status open_part(struct json *json)
{
	hufu_view path = bytes_view(&json->part);
	if (json->records.parts == PARTS_MAX) {
		json->full = true;
		return refuse(json, json->path, JAIL_WHY_MEMBERS);
	}
	learn(json);
	if (json->paths.wide)
		return refuse(json, path, JAIL_WHY_COLUMNS);
	return json->paths.column_count ? open_labelled(json, path) : HUFU_OK;
}

static void path_here(const struct json *json, struct bytes *out)
{
	out->len = 0;
	bytes_add(out, json->path);
	if (json->path.len && json->inside.len)
		bytes_byte(out, '/');
	bytes_add(out, bytes_view(&json->inside));
}

/* Records at another path than the part's are another part. */
static hufu_status enter_rows(struct json *json)
{
	path_here(json, &json->here);
	json->barren = 0;
	if (json->here.failed)
		return HUFU_NO_MEMORY;
	if ((json->records.open || json->refused) && view_equal(bytes_view(&json->here), bytes_view(&json->part)))
		return HUFU_OK;
	struct bytes part = json->part;
	json->part = json->here;
	json->here = part;
	json->refused = json->full;
	return records_close(&json->records);
}

/* ---- records ---- */

static void put_value(struct json *json, uint32_t base, const struct json_value *value)
{
	struct sink_batch *batch = &json->records.batch;
	struct batch_cell *cell = &batch->cells[(size_t)value->column * batch->stride + batch->rows];
	size_t len = value->len;
	if (value->escaped)
		len = jsontext_unescape(batch->text + base + value->at, len);
	if (cell->len == 0) {
		*cell = (struct batch_cell){ base + value->at, (uint32_t)len };
		return;
	}
	/* One more of an array: joined, behind everything. The last one grows where it is. */
	bool last = cell->at + cell->len == batch->text_len;
	size_t old = cell->len;
	if ((last ? 0 : old) + len + 1 > BATCH_TEXT_MAX - batch->text_len) {
		json->record.lost = true;
		return;
	}
	if (!last) {
		memcpy(batch->text + batch->text_len, batch->text + cell->at, old);
		cell->at = batch->text_len;
		batch->text_len += (uint32_t)old;
	}
	char *to = batch->text + batch->text_len;
	to[0] = ';';
	memcpy(to + 1, batch->text + base + value->at, len);
	batch->text_len += (uint32_t)len + 1;
	cell->len = (uint32_t)(old + len + 1);
}

static hufu_status put_record(struct json *json, hufu_view text)
{
	const struct json_record *record = &json->record;
	hufu_status st = HUFU_OK;
	if (!json->records.open && !json->refused && window_offset(&json->window) >= json->barren) {
		struct json_record *again = &json->record;
		st = open_part(json);
		/* Learning filled the window and the record anew. */
		text = window_view(&json->window);
		if (st == HUFU_OK && json->records.open)
			jsontext_record(&json->paths, text, json->window.end, again);
	}
	if (st != HUFU_OK || !json->records.open)
		return st;
	st = records_begin(&json->records);
	if (st != HUFU_OK)
		return st;
	struct sink_batch *batch = &json->records.batch;
	uint32_t base = batch->text_len;
	memcpy(batch->text + base, text.ptr, record->taken);
	batch->text_len += (uint32_t)record->taken;
	for (uint32_t i = 0; i < record->count; i++)
		put_value(json, base, &record->values[i]);
	batch->rows++;
	json->records.malformed += record->lost;
	return HUFU_OK;
}

static void count_damage(struct json *json)
{
	json->broken++;
	json->records.malformed++;
}

/* The value at hand is left out, however long it is. */
static void skip_value(struct json *json)
{
	json->skip = (struct json_skip){ 0 };
	json->state = SKIPPING;
}

static hufu_status tell_long(struct json *json)
{
	count_damage(json);
	skip_value(json);
	if (json->told_long)
		return HUFU_OK;
	json->told_long = true;
	return sink_unread(json->job->sink, json->path, JAIL_WHY_RECORD);
}

static void lose(struct json *json, size_t taken)
{
	count_damage(json);
	json->window.at += taken;
	json->state = LOST;
}

static enum json_got take_record(struct json *json, hufu_view text, hufu_status *st)
{
	struct window *window = &json->window;
	enum json_got got = jsontext_record(&json->paths, text, window->end, &json->record);
	if (got == JSON_MORE)
		return got;
	size_t taken = json->record.taken;
	if (got == JSON_BROKEN) {
		lose(json, retreat(text, taken));
	} else if (got == JSON_DEEP) {
		count_damage(json);
		skip_value(json);
	} else if (taken > window_record_max(window)) {
		*st = tell_long(json);
	} else {
		*st = put_record(json, text);
		window->at += taken;
	}
	return JSON_GOT;
}

/* ---- the way to the records ---- */

static bool push(struct json *json, bool rows, size_t path_len)
{
	if (json->depth == JSON_DEPTH_MAX)
		return false;
	json->levels[json->depth++] = (struct level){ rows, path_len };
	return true;
}

static void pop(struct json *json)
{
	json->inside.len = json->levels[--json->depth].path_len;
}

/* A key of an envelope and what begins behind it. */
static enum json_got take_member(struct json *json, hufu_view text, hufu_status *st)
{
	const bool end = json->window.end;
	size_t at = 0, path_len = json->inside.len;
	bool escaped;
	if (text.ptr[0] != '"') {
		lose(json, 1);
		return JSON_GOT;
	}
	enum json_got got = jsontext_string(text, end, &at, &escaped);
	if (got == JSON_MORE)
		return got;
	size_t key_len = at;
	while (at < text.len && (jsontext_blank(text.ptr[at]) || text.ptr[at] == ':'))
		at++;
	char opens = at < text.len ? text.ptr[at] : '\0';
	size_t first = at + 1;
	while (opens == '[' && first < text.len && jsontext_blank(text.ptr[first]))
		first++;
	if ((at == text.len || (opens == '[' && first == text.len)) && !end)
		return JSON_MORE;
	if (got != JSON_GOT || at == text.len) {
		lose(json, 1);
		return JSON_GOT;
	}
	char inner = first < text.len ? text.ptr[first] : '\0';
	json->window.at += at;
	if (opens != '{' && !(opens == '[' && (inner == '{' || inner == '['))) {
		skip_value(json);
		return JSON_GOT;
	}
	if (json->inside.len)
		bytes_byte(&json->inside, '.');
	size_t key_at = json->inside.len;
	bytes_add(&json->inside, view_make(text.ptr + 1, key_len - 2));
	if (json->inside.failed) {
		*st = HUFU_NO_MEMORY;
		return JSON_GOT;
	}
	json->inside.len = key_at + jsontext_unescape(json->inside.ptr + key_at, key_len - 2);
	if (json->inside.len > JAIL_PATH_MAX || !push(json, opens == '[', path_len)) {
		json->inside.len = path_len;
		count_damage(json);
		skip_value(json);
		return JSON_GOT;
	}
	json->window.at++;
	if (opens == '[')
		*st = enter_rows(json);
	return JSON_GOT;
}

static enum json_got take_next(struct json *json, hufu_status *st)
{
	struct window *window = &json->window;
	hufu_view text = window_view(window);
	size_t gap = skip_between(text, 0);
	if (gap) {
		window->at += gap;
		return JSON_GOT;
	}
	char c = text.ptr[0];
	const struct level *level = json->depth ? &json->levels[json->depth - 1] : NULL;
	if (level && c == (level->rows ? ']' : '}')) {
		window->at++;
		pop(json);
		return JSON_GOT;
	}
	if (level && level->rows && c != '}')
		return take_record(json, text, st);
	if (level && !level->rows)
		return take_member(json, text, st);
	if (!level && ((c == '{' && !json->envelope) || (c == '[' && json->lines)))
		return take_record(json, text, st);
	if (!level && (c == '{' || c == '[')) {
		push(json, c == '[', json->inside.len);
		window->at++;
		if (c == '[')
			*st = enter_rows(json);
		return JSON_GOT;
	}
	lose(json, 1);
	return JSON_GOT;
}

/* ---- the course ---- */

/* Envelopes are known by their beginning: by an array of records where there is but one object, else by one that is
 * nearly all of it and longer than what a record has columns for. */
static void find_shape(struct json *json)
{
	struct window *window = &json->window;
	window_fill(window, window->cap);
	hufu_view all = window_view(window);
	hufu_view text = view_from(all, skip_between(all, 0));
	struct json_shape shape;
	if (text.len > SAMPLE)
		text.len = SAMPLE;
	if (text.len == 0)
		return;
	json->format = "json";
	if (text.ptr[0] == '[') {
		size_t inner = skip_between(text, 1);
		struct json_skip skip = { 0 };
		size_t behind = jsontext_skip(&skip, text);
		bool nested = inner < text.len && (text.ptr[inner] == '{' || text.ptr[inner] == '[');
		behind = skip_between(text, behind);
		json->lines = skip.over && !nested && behind < text.len && text.ptr[behind] == '[';
		json->format = json->lines ? "jsonl" : "json";
		return;
	}
	jsontext_look(text, &shape);
	bool alone = shape.ended && skip_between(text, shape.len) == text.len && window->end;
	if (!shape.ended)
		json->envelope = shape.elements >= 1;
	else if (alone)
		json->envelope = shape.elements >= 2;
	else
		json->envelope = shape.elements > JSON_ELEMENTS_MAX && shape.bytes >= shape.len / 10 * 9;
	if (!alone && !json->envelope)
		json->format = "jsonl";
}

static enum json_got step(struct json *json, hufu_status *st)
{
	struct window *window = &json->window;
	hufu_view text = window_view(window);
	bool more;
	size_t at;
	switch (json->state) {
	case VALUES:
		return take_next(json, st);
	case SKIPPING:
		window->at += jsontext_skip(&json->skip, text);
		if (json->skip.over)
			json->state = VALUES;
		return JSON_GOT;
	case LOST:
		at = find_begin(json, text, 0, window->end, &more);
		window->at += at;
		if (!more && at < text.len)
			json->state = VALUES;
		return more && at == 0 ? JSON_MORE : JSON_GOT;
	}
	return JSON_GOT;
}

/* More text for a step that wants it; where no more fits, the record is too long and left out. */
static hufu_status feed(struct json *json)
{
	struct window *window = &json->window;
	size_t left = window->len - window->at;
	if (!window->end && (json->state == LOST || left <= window_record_max(window))) {
		window_fill(window, window->cap);
		if (window->len > left || window->end)
			return HUFU_OK;
	}
	if (json->state == VALUES && !window->end)
		return tell_long(json);
	lose(json, 1);
	return HUFU_OK;
}

static hufu_status read_values(struct json *json)
{
	struct window *window = &json->window;
	hufu_status st = HUFU_OK;
	path_here(json, &json->part);
	if (json->part.failed)
		return HUFU_NO_MEMORY;
	find_shape(json);
	while (st == HUFU_OK) {
		if (window->at == window->len) {
			window_fill(window, window->cap);
			if (window_over(window))
				break;
		}
		if (step(json, &st) == JSON_MORE)
			st = feed(json);
	}
	/* An array or envelope that nobody closed breaks off. */
	if (json->depth && json->state != LOST)
		count_damage(json);
	if (st == HUFU_OK)
		st = records_close(&json->records);
	bool silent = json->records.parts == 0 && !json->told_long && !json->refused &&
	              window->decoder.source->why == JAIL_WHY_NONE;
	if (st == HUFU_OK && silent)
		st = sink_unread(json->job->sink, json->path, json->broken ? JAIL_WHY_DAMAGED : JAIL_WHY_EMPTY);
	return st;
}

static hufu_status read_json(struct job *job, struct source *source, hufu_view path)
{
	AUTO_FREE struct json *json = calloc(1, sizeof *json);
	if (!json)
		return HUFU_NO_MEMORY;
	json->job = job;
	json->path = path;
	json->records.sink = job->sink;
	json->format = "json";
	jsonpaths_clear(&json->paths);
	json->paths.fixed = true;
	hufu_status st = window_init(&json->window, job, source);
	if (st == HUFU_OK && json->window.decoder.binary)
		st = sink_unread(job->sink, path, JAIL_WHY_BINARY);
	else if (st == HUFU_OK)
		st = read_values(json);
	bytes_done(&json->inside);
	bytes_done(&json->part);
	bytes_done(&json->here);
	window_done(&json->window);
	return st;
}

/* ---- whether it is one ---- */

static bool named_so(hufu_view name)
{
	static const char *const endings[] = { ".json", ".jsonl", ".ndjson", ".JSON", ".JSONL" };
	for (size_t i = 0; i < LEN(endings); i++)
		if (view_ends(name, endings[i]))
			return true;
	return false;
}

static bool claims(hufu_view head, hufu_view name)
{
	char plain[SOURCE_HEAD_MAX];
	hufu_view text = view_trim(records_head(head, plain));
	hufu_view inside = view_trim(view_from(text, 1));
	if (view_starts(text, "{"))
		return view_starts(inside, "\"") || view_starts(inside, "}") || inside.len == 0;
	if (view_starts(text, "[") && inside.len)
		return jsontext_among(inside.ptr[0], "{[\"]") || named_so(name);
	return false;
}

const struct reader reader_json = { .name = "json", .claims = claims, .read = read_json };
