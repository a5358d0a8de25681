/* The JSON body of a request, held against the fields of its route: what is missing, too long, of another type or not
 * known is answered with the field's name. Nothing of it reaches a handler otherwise. */
#include "serve/inside.h"

#include <stdio.h>

/* Brackets within brackets, outside texts: jansson counts to 2048 only. */
static bool is_flat(hufu_view text)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.ptr[i];
		if (quoted && byte == '\\')
			i++;
		else if (byte == '"')
			quoted = !quoted;
		else if (!quoted && (byte == '{' || byte == '['))
			depth++;
		else if (!quoted && (byte == '}' || byte == ']') && depth)
			depth--;
		if (depth > JSON_DEPTH_MAX)
			return false;
	}
	return true;
}

/* Texts are lines of people: no control characters but ends of line and tabs. */
static bool is_text(const json_t *value, size_t most)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	if (!text || len > most)
		return false;
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\n' && text[i] != '\r' && text[i] != '\t') ||
		        text[i] == 0x7f)
			return false;
	return true;
}

static bool is_loose(const json_t *value, size_t most)
{
	return json_is_integer(value) || json_is_boolean(value) || is_text(value, most);
}

static bool are_texts(json_t *value, size_t most)
{
	const char *name;
	json_t *entry;
	if (!json_is_object(value) || json_object_size(value) > most || !json_object_size(value))
		return false;
	json_object_foreach(value, name, entry)
	{
		if (!*name || strlen(name) > 200 || strchr(name, '=') || !is_loose(entry, 16384))
			return false;
	}
	return true;
}

static bool is_digest(const json_t *value)
{
	const char *text = json_string_value(value);
	return text && json_string_length(value) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static bool are_files(json_t *value, size_t most)
{
	size_t at;
	json_t *file;
	if (!json_is_array(value) || json_array_size(value) > most || !json_array_size(value))
		return false;
	json_array_foreach(value, at, file)
	{
		const json_t *name = json_object_get(file, "name");
		if (json_object_size(file) != 2 || !is_digest(json_object_get(file, "sha256")) ||
		        !is_text(name, 1000) || !json_string_length(name))
			return false;
	}
	return true;
}

static const char *fault_of(const struct field *field, json_t *value)
{
	switch (field->kind) {
	case FIELD_TEXT:
		return is_text(value, field->most) ? NULL : "wants a text, without control characters and not as long";
	case FIELD_DIGEST:
		return is_digest(value) ? NULL : "wants a SHA-256 in lower-case hex";
	case FIELD_FLAG:
		return json_is_boolean(value) ? NULL : "wants true or false";
	case FIELD_COUNT:
		return json_is_integer(value) && json_integer_value(value) >= 0 &&
		                       json_integer_value(value) <= (json_int_t)field->most
		               ? NULL
		               : "wants a whole number, not as large";
	case FIELD_TEXTS:
		return are_texts(value, field->most) ? NULL : "wants texts, numbers, true or false, each by its name";
	case FIELD_FILES:
		return are_files(value, field->most) ? NULL : "wants a list of {sha256, name}";
	}
	return "is of no kind";
}

static const struct field *field_of(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

static bool fields_fit(struct request *request)
{
	const char *name;
	json_t *value;
	json_object_foreach(request->json, name, value)
	{
		const struct field *field = field_of(request->route->fields, name);
		const char *fault = !field                                  ? "is nothing that is known here"
		                    : json_is_null(value) && !field->wanted ? NULL
		                                                            : fault_of(field, value);
		if (fault) {
			answer_field(request, name, fault);
			return false;
		}
	}
	for (const struct field *field = request->route->fields; field->name; field++)
		if (field->wanted && !json_object_get(request->json, field->name)) {
			answer_field(request, field->name, "is missing");
			return false;
		}
	return true;
}

bool body_read(struct request *request)
{
	json_error_t slip;
	hufu_view body = bytes_view(&request->body);
	if (!request->route->fields) {
		if (!body.len)
			return true;
		answer_problem(request, 422, "body", "takes no body", NULL);
		return false;
	}
	if (request->body.failed) {
		answer_problem(request, 503, "no-memory", "the server is out of memory", NULL);
		return false;
	}
	if (is_flat(body))
		request->json = json_loadb(body.len ? body.ptr : "", body.len, JSON_REJECT_DUPLICATES, &slip);
	if (!json_is_object(request->json)) {
		answer_problem(request, 400, "json", "the body is no JSON object, or nested too deep",
		        "each name once, UTF-8, at most 16 levels");
		return false;
	}
	return fields_fit(request);
}

const char *request_text(const struct request *request, const char *name)
{
	return json_string_value(json_object_get(request->json, name));
}

bool request_flag(const struct request *request, const char *name)
{
	return json_is_true(json_object_get(request->json, name));
}
