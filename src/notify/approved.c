/* What is sent is what was approved: the signed timeline has the words of each version and who released it. A row that
 * was altered in the database says something else, and nothing of it leaves. */
#include "case/timeline.h"
#include "notify/inside.h"

/* Whether an entry tells that of this version; the caller frees the body. */
static bool is_of(const struct chain_entry *entry, const char *what, const char *did, int64_t version, json_t **body)
{
	if (!view_is(entry->what, what))
		return false;
	*body = json_loadb(entry->body.ptr, entry->body.len, 0, NULL);
	const char *said = json_string_value(json_object_get(*body, "did"));
	if (said && !strcmp(said, did) && json_integer_value(json_object_get(*body, "version")) == version)
		return true;
	json_decref(*body);
	*body = NULL;
	return false;
}

static bool says_the_same(const json_t *body, const struct notice_text *text)
{
	static const char *const names[NOTICE_PARTS] = {
		[NOTICE_SUBJECT] = "subject", [NOTICE_ZH] = "zh", [NOTICE_EN] = "en", [NOTICE_SMS] = "sms"
	};
	for (size_t i = 0; i < NOTICE_PARTS; i++) {
		const char *said = json_string_value(json_object_get(body, names[i]));
		if (!said || strcmp(said, text->parts[i]) != 0)
			return false;
	}
	return true;
}

/* The last words of a version, and whether it was released after them. */
static bool is_approved(const struct timeline *timeline, const struct notice *notice)
{
	bool released = false, found = false, same = false;
	for (size_t i = timeline->count; i-- > 0 && !found;) {
		json_t *body = NULL;
		const struct chain_entry *entry = &timeline->entries[i];
		if (is_of(entry, "notice release", "released", notice->version, &body)) {
			released = true;
		} else if (is_of(entry, "notice", "written", notice->version, &body)) {
			found = true;
			same = says_the_same(body, &notice->text);
		}
		json_decref(body);
	}
	return same && released == notice->released;
}

hufu_status notice_approved(
        struct casebook *book, const struct case_row *row, const struct notice *notice, hufu_error *error)
{
	struct timeline timeline;
	hufu_status status = timeline_read(book, row, &timeline, error);
	if (status)
		return status;
	if (!is_approved(&timeline, notice))
		status = fail(error, HUFU_MALFORMED, view_of(row->number),
		        "the notice in the database is not what its timeline says was approved: nothing was sent",
		        "somebody altered it: compare with a backup, then write it anew");
	timeline_done(&timeline);
	return status;
}
