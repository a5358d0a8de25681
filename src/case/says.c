/* What a timeline says of its case: each entry's body, taken one after the other, gives what the tables must hold. See
 * agree.h. Bodies may be a stranger's: what is not of the sort that is expected, says nothing. */
#include "case/agree.h"

#include <openssl/evp.h>

struct says {
	json_t *fields, *lists, *maps, *removed;
	json_t *standing; /* "NAME\nSOURCE" -> the fact that stands; borrowed by nobody */
	int64_t zone_minutes;
	const struct chain_entry *entry;
	bool failed;
};

/* ---- helpers ---- */

/* Takes `value` over. */
static void put(struct says *says, json_t *object, const char *name, json_t *value)
{
	says->failed |= json_object_set_new(object, name, value) != 0;
}

static json_t *number_of(const struct says *says)
{
	return json_integer((json_int_t)says->entry->seq);
}

static json_t *time_of(const struct says *says)
{
	return case_time(says->entry->at, says->zone_minutes);
}

static json_t *by_of(const struct says *says)
{
	return json_stringn(says->entry->by.ptr, says->entry->by.len);
}

/* Takes `is` over; NULL: nothing is said of it. */
static void field(struct says *says, const char *name, json_t *is)
{
	put(says, says->fields, name, json_pack("{s:o, s:o}", "is", is ? is : json_null(), "#", number_of(says)));
}

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "";
}

/* A new item with those of the names that `from` has. */
static json_t *item(struct says *says, const json_t *from, const char *const *names)
{
	json_t *made = json_pack("{s:o}", "#", number_of(says));
	for (; *names; names++) {
		json_t *value = json_object_get(from, *names);
		if (value)
			says->failed |= json_object_set(made, *names, value) != 0;
	}
	return made;
}

/* Takes `value` over. */
static void append(struct says *says, const char *list, json_t *value)
{
	says->failed |= json_array_append_new(json_object_get(says->lists, list), value) != 0;
}

static json_t *map_of(const struct says *says, const char *name)
{
	return json_object_get(says->maps, name);
}

/* ---- facts, evidence, offers ---- */

static void say_fact(struct says *says, const json_t *told)
{
	static const char *const names[] = { "name", "value", "basis", "source", NULL };
	AUTO_FREE char *key = NULL;
	if (asprintf(&key, "%s\n%s", text(told, "name"), text(told, "source")) < 0) {
		key = NULL;
		says->failed = true;
		return;
	}
	json_t *fact = item(says, told, names), *before = json_object_get(says->standing, key);
	put(says, fact, "at", time_of(says));
	put(says, fact, "by", by_of(says));
	put(says, fact, "superseded", json_false());
	if (before)
		put(says, before, "superseded", json_true());
	says->failed |= json_object_set(says->standing, key, fact) != 0;
	append(says, "facts", fact);
}

static void say_facts(struct says *says, const json_t *body)
{
	size_t at;
	json_t *told;
	json_array_foreach(json_object_get(body, "facts"), at, told) say_fact(says, told);
}

/* A file of `open`, or the leak of `match`. */
static void say_file(struct says *says, const json_t *file)
{
	static const char *const names[] = { "name", "sha256", "sm3", "bytes", "role", NULL };
	static const char *const verdict_names[] = { "sha256", "verdict_sha256", NULL };
	if (!json_is_true(json_object_get(file, "again"))) {
		json_t *piece = item(says, file, names);
		put(says, piece, "added_at", time_of(says));
		append(says, "evidence", piece);
	}
	if (json_object_get(file, "verdict_sha256")) {
		json_t *verdict = item(says, file, verdict_names);
		put(says, verdict, "at", time_of(says));
		append(says, "verdicts", verdict);
	}
	say_facts(says, file);
}

/* Older entries tell the text of an offer alone. */
static void say_offers(struct says *says, const json_t *offers)
{
	static const char *const names[] = { "text", "count", "unit", "price", "priced", "per_record", "currency",
		"bundle", "fits", "impossible", "impossible_zh", "source", NULL };
	size_t at;
	json_t *offer;
	json_array_foreach((json_t *)(uintptr_t)offers, at, offer)
	{
		json_t *made = item(says, offer, names);
		if (json_is_string(offer))
			says->failed |= json_object_set(made, "text", offer) != 0;
		append(says, "listing", made);
	}
}

/* ---- each sort of entry ---- */

static void say_tasks(struct says *says, const json_t *tasks)
{
	static const char *const names[] = { "id", "title", "role", "due", NULL };
	char key[24];
	size_t at;
	json_t *task;
	json_array_foreach((json_t *)(uintptr_t)tasks, at, task)
	{
		json_t *made = item(says, task, names);
		put(says, made, "assignee", json_null());
		put(says, made, "state", json_string("open"));
		put(says, made, "done_at", json_null());
		snprintf(key, sizeof key, "%lld", (long long)json_integer_value(json_object_get(task, "id")));
		put(says, map_of(says, "tasks"), key, made);
	}
}

/* What only a body in full tells: without it, nothing is held against the lists that it would fill. */
static void say_in_full(struct says *says, const json_t *body)
{
	if (json_integer_value(json_object_get(body, "form")) < BODY_FORM) {
		json_object_del(says->lists, "verdicts");
		json_object_del(says->maps, "tasks");
		return;
	}
	says->zone_minutes = json_integer_value(json_object_get(body, "zone_minutes"));
	field(says, "demand", json_incref(json_object_get(body, "demand")));
	say_tasks(says, json_object_get(body, "tasks"));
}

static void say_open(struct says *says, const json_t *body)
{
	static const char *const names[] = { "title", "kind", "drill" };
	size_t at;
	json_t *file;
	say_in_full(says, body);
	for (size_t i = 0; i < LEN(names); i++)
		field(says, names[i], json_incref(json_object_get(body, names[i])));
	field(says, "state", json_string("open"));
	field(says, "opened_at", time_of(says));
	field(says, "closed_at", json_null());
	field(says, "hold", json_null());
	json_array_foreach(json_object_get(body, "files"), at, file) say_file(says, file);
	say_facts(says, body);
	say_offers(says, json_object_get(body, "offers"));
}

static void say_close(struct says *says, const json_t *body)
{
	(void)body;
	field(says, "state", json_string("closed"));
	field(says, "closed_at", time_of(says));
}

/* What the same source says anew takes the place of what it said before. */
static void say_listing(struct says *says, const json_t *body)
{
	size_t at;
	json_t *item, *left = json_array();
	json_array_foreach(json_object_get(says->lists, "listing"), at, item)
	{
		if (!json_equal(json_object_get(item, "source"), json_object_get(body, "source")))
			says->failed |= json_array_append(left, item) != 0;
	}
	put(says, says->lists, "listing", left);
	say_offers(says, json_object_get(body, "items"));
}

static void say_decision(struct says *says, const json_t *body)
{
	static const char *const names[] = { "what", "why", NULL };
	json_t *made = item(says, body, names);
	put(says, made, "at", time_of(says));
	put(says, made, "by", by_of(says));
	append(says, "decisions", made);
}

static void say_impact(struct says *says, const json_t *body)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)body, name, value) put(says, map_of(says, "impact"), name,
	        json_pack("{s:s, s:O, s:o, s:o, s:o}", "name", name, "value", value, "at", time_of(says), "by",
	                by_of(says), "#", number_of(says)));
}

static void say_member(struct says *says, const json_t *body)
{
	static const char *const names[] = { "name", "role", "contact", NULL };
	AUTO_FREE char *key = NULL;
	if (asprintf(&key, "%s\n%s", text(body, "name"), text(body, "role")) < 0) {
		key = NULL;
		says->failed = true;
		return;
	}
	put(says, map_of(says, "members"), key, item(says, body, names));
}

static void say_task(struct says *says, const json_t *body)
{
	char key[24];
	json_t *state = json_object_get(body, "state"), *assignee = json_object_get(body, "assignee");
	snprintf(key, sizeof key, "%lld", (long long)json_integer_value(json_object_get(body, "task")));
	json_t *task = json_object_get(map_of(says, "tasks"), key);
	if (!task)
		return;
	put(says, task, "#", number_of(says));
	if (state) {
		bool open = !strcmp(text(body, "state"), "open");
		says->failed |= json_object_set(task, "state", state) != 0;
		put(says, task, "done_at", open ? json_null() : time_of(says));
	}
	if (assignee)
		says->failed |= json_object_set(task, "assignee", assignee) != 0;
}

static void say_duty(struct says *says, const json_t *body)
{
	static const char *const names[] = { "rule", "status", "note", NULL };
	if (!json_is_string(json_object_get(body, "status"))) {
		json_object_del(map_of(says, "settled"), text(body, "rule")); /* set back */
		return;
	}
	json_t *made = item(says, body, names);
	put(says, made, "at", time_of(says));
	put(says, made, "by", by_of(says));
	put(says, map_of(says, "settled"), text(body, "rule"), made);
}

static void say_hold(struct says *says, const json_t *body)
{
	json_t *why = json_object_get(body, "why");
	field(says, "hold",
	        json_is_true(json_object_get(body, "held")) ? json_pack("{s:o, s:O?}", "at", time_of(says), "why", why)
	                                                    : json_null());
}

static void say_drill(struct says *says, const json_t *body)
{
	field(says, "drill_report", json_incref((json_t *)(uintptr_t)body));
}

static void say_removed(struct says *says, const json_t *body)
{
	put(says, says->removed, text(body, "sha256"),
	        json_pack("{s:o, s:O?, s:o}", "deleted_at", time_of(says), "rule", json_object_get(body, "rule"), "#",
	                number_of(says)));
}

/* A letter that came with a claim. */
static void say_claim(struct says *says, const json_t *body)
{
	const json_t *file = json_object_get(body, "file");
	if (file)
		say_file(says, file);
}

/* The paper, and the duties that it settled. */
static void say_filing(struct says *says, const json_t *body)
{
	size_t at;
	json_t *settled;
	say_file(says, json_object_get(body, "file"));
	json_array_foreach(json_object_get(body, "settled"), at, settled) say_duty(says, settled);
}

/* What is not here tells nothing of what a case is: it was looked at, told of, stamped. */
static const struct {
	const char *what;
	void (*say)(struct says *says, const json_t *body);
} sorts[] = {
	{ "open", say_open },
	{ "close", say_close },
	{ "fact", say_facts },
	{ "match", say_file },
	{ "claim", say_claim },
	{ "filing", say_filing },
	{ "listing", say_listing },
	{ "decision", say_decision },
	{ "impact", say_impact },
	{ "member", say_member },
	{ "task", say_task },
	{ "duty", say_duty },
	{ "hold", say_hold },
	{ "drill", say_drill },
	{ "retention", say_removed },
};

static void say(struct says *says, const struct chain_entry *entry)
{
	says->entry = entry;
	for (size_t i = 0; i < LEN(sorts); i++) {
		if (!view_is(entry->what, sorts[i].what))
			continue;
		json_t *body = json_loadb(entry->body.ptr, entry->body.len, 0, NULL);
		sorts[i].say(says, body);
		json_decref(body);
	}
}

json_t *timeline_says(const struct chain_entry *entries, size_t count, int64_t zone_minutes)
{
	struct says says = { .fields = json_object(),
		.lists = json_pack(
		        "{s:[], s:[], s:[], s:[], s:[]}", "facts", "evidence", "listing", "verdicts", "decisions"),
		.maps = json_pack("{s:{}, s:{}, s:{}, s:{}}", "tasks", "members", "impact", "settled"),
		.removed = json_object(),
		.standing = json_object(),
		.zone_minutes = zone_minutes };
	for (size_t i = 0; i < count && !says.failed; i++)
		say(&says, &entries[i]);
	json_decref(says.standing);
	json_t *all = json_pack("{s:o, s:o, s:o, s:o}", "fields", says.fields, "lists", says.lists, "maps", says.maps,
	        "removed", says.removed);
	if (!says.failed)
		return all;
	json_decref(all);
	return NULL;
}

bool verdict_digest(const json_t *verdict, char out[CHAIN_HASH_TEXT])
{
	struct chain_hash digest;
	AUTO_FREE char *json = json_dumps(verdict, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	if (!json || EVP_Digest(json, strlen(json), digest.bytes, NULL, EVP_sha256(), NULL) != 1)
		return false;
	chain_hash_print(&digest, out);
	return true;
}
