/* What a message of escalation says: which case, what is due, when, by which article, how long that is from now; in
 * Chinese, then in English, and as JSON. No fact, no name and no title of the case: the title is the subject of a
 * stranger's mail, and a message may be read on any screen. Texts of rule packs and playbooks are made printable. */
#include "base/clock.h"
#include "case/escalate.h"

enum { SHOWN_MAX = 400 };

static const char *shown(const json_t *object, const char *name, char out[SHOWN_MAX])
{
	const char *text = json_string_value(json_object_get(object, name));
	printable(view_of(text ? text : ""), out, SHOWN_MAX);
	return out;
}

/* A text that there is in two languages; Chinese stands in where there is no English. */
static const char *in(const struct telling *telling, const char *name, bool chinese, char out[SHOWN_MAX])
{
	const json_t *both = json_object_get(telling->about, name);
	if (shown(both, chinese ? "zh" : "en", out)[0])
		return out;
	return shown(both, "zh", out);
}

static bool is_fallen(const struct telling *telling)
{
	return !strcmp(telling->step, "fallen");
}

/* "剩 3 小时 50 分", "3 h 50 min left", "已过 2 小时", "2 h ago". */
static void left_words(const struct telling *telling, bool chinese, struct bytes *out)
{
	int64_t left = telling->due - telling->now;
	if (chinese)
		bytes_text(out, left >= 0 ? "剩 " : "已过 ");
	span_words(left >= 0 ? left : -left, chinese, out);
	if (!chinese)
		bytes_text(out, left >= 0 ? " left" : " ago");
}

static void write_subject(const struct telling *telling, struct bytes *out)
{
	bool timed = telling->has_due && !is_fallen(telling);
	bytes_print(out, "【虎符】%s %s ", telling->case_number, telling->subject);
	step_words(telling->step, true, out);
	if (timed) {
		bytes_text(out, "，");
		left_words(telling, true, out);
	}
	bytes_text(out, " / ");
	step_words(telling->step, false, out);
	if (timed) {
		bytes_text(out, ", ");
		left_words(telling, false, out);
	}
}

static void write_due(const struct telling *telling, bool chinese, struct bytes *out)
{
	char text[SHOWN_MAX];
	bytes_text(out, chinese ? "期限：" : "Due: ");
	if (telling->has_due) {
		char due[CLOCK_TEXT_MAX];
		clock_print_at(telling->due, (int32_t)(telling->zone_minutes * 60), due);
		bytes_print(out, chinese ? "%s，" : "%s, ", due);
		left_words(telling, chinese, out);
		bytes_text(out, "\n");
	} else {
		bytes_print(out, "%s\n", in(telling, "when", chinese, text));
	}
}

static void write_law(const struct telling *telling, bool chinese, struct bytes *out)
{
	char law[SHOWN_MAX], article[SHOWN_MAX], addressee[SHOWN_MAX];
	if (!json_object_get(telling->about, "law"))
		return;
	bool legal = json_is_true(json_object_get(telling->about, "legal"));
	bool verified = json_is_true(json_object_get(telling->about, "verified"));
	bytes_print(out, chinese ? "依据：%s %s%s%s\n对象：%s\n" : "By: %s, %s%s%s\nTo: %s\n",
	        in(telling, "law", chinese, law), shown(telling->about, "article", article),
	        legal     ? ""
	        : chinese ? "（本单位目标，并非法律）"
	                  : " (a target of our own, no law)",
	        verified  ? ""
	        : chinese ? "【未核对原文】"
	                  : " [text not verified]",
	        in(telling, "addressee", chinese, addressee));
}

/* Steps that passed while nobody could tell. */
static void write_also(const struct telling *telling, bool chinese, struct bytes *out)
{
	const json_t *also = json_object_get(telling->about, "also");
	if (json_array_size(also))
		bytes_text(out, chinese ? "此前未告知的步骤：" : "Not told before: ");
	for (size_t i = 0; i < json_array_size(also); i++) {
		const char *step = json_string_value(json_array_get(also, i));
		bytes_text(out, !i ? "" : chinese ? "；" : "; ");
		step_words(step ? step : "", chinese, out);
	}
	if (json_array_size(also))
		bytes_text(out, "\n");
}

static void write_next(const struct telling *telling, bool chinese, struct bytes *out)
{
	if (is_fallen(telling))
		bytes_text(out, chinese ? "此前的提醒作废。" : "What was told before is void. ");
	bytes_print(out, chinese ? "查看：hufu case show %s\n" : "Look: hufu case show %s\n", telling->case_number);
	if (is_fallen(telling))
		return;
	if (!strncmp(telling->subject, "task:", 5))
		bytes_print(out, chinese ? "办结：hufu case task %s %s done\n" : "Done: hufu case task %s %s done\n",
		        telling->case_number, telling->subject + 5);
	else
		bytes_print(out,
		        chinese ? "办结：hufu case duty %s %s done --note 说明\n"
		                : "Done: hufu case duty %s %s done --note TEXT\n",
		        telling->case_number, telling->subject);
}

static void write_text(const struct telling *telling, bool chinese, struct bytes *out)
{
	char title[SHOWN_MAX];
	bool task = !strncmp(telling->subject, "task:", 5);
	bytes_print(out, chinese ? "案件：%s\n%s：%s（%s）\n" : "Case: %s\n%s: %s (%s)\n", telling->case_number,
	        task ? (chinese ? "任务" : "Task") : (chinese ? "义务" : "Duty"), in(telling, "title", chinese, title),
	        telling->subject);
	bytes_text(out, chinese ? "情况：" : "Step: ");
	step_words(telling->step, chinese, out);
	bytes_text(out, "\n");
	if (!is_fallen(telling))
		write_due(telling, chinese, out);
	write_law(telling, chinese, out);
	write_also(telling, chinese, out);
	write_next(telling, chinese, out);
}

static json_t *step_json(const struct telling *telling)
{
	bool task = !strncmp(telling->subject, "task:", 5);
	return json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "hufu", 1, "event", "escalation", "id",
	        telling->token, "case", telling->case_number, "rule",
	        task ? json_null() : json_string(telling->subject), "task",
	        task ? json_integer(strtoll(telling->subject + 5, NULL, 10)) : json_null(), "step", telling->step,
	        "due", telling->has_due ? case_time(telling->due, telling->zone_minutes) : json_null(), "seconds_left",
	        telling->has_due ? json_integer(telling->due - telling->now) : json_null(), "at",
	        case_time(telling->now, telling->zone_minutes));
}

static void write_json(const struct telling *telling, struct telling_text *text)
{
	json_t *all = step_json(telling);
	if (all)
		json_object_update(all, telling->about);
	if (all)
		json_object_set_new(all, "text", json_stringn(text->text.ptr, text->text.len));
	AUTO_FREE char *dumped = all ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	text->json.failed |= !dumped;
	bytes_text(&text->json, dumped ? dumped : "");
}

void telling_done(struct telling_text *text)
{
	bytes_done(&text->subject);
	bytes_done(&text->text);
	bytes_done(&text->json);
}

hufu_status telling_write(const struct telling *telling, struct telling_text *out, hufu_error *error)
{
	struct telling_text text = { 0 };
	write_subject(telling, &text.subject);
	write_text(telling, true, &text.text);
	bytes_text(&text.text, "\n");
	write_text(telling, false, &text.text);
	write_json(telling, &text);
	bytes_byte(&text.subject, '\0');
	bytes_byte(&text.text, '\0');
	bytes_byte(&text.json, '\0');
	if (text.subject.failed || text.text.failed || text.json.failed) {
		telling_done(&text);
		return fail(error, HUFU_NO_MEMORY, view_of("escalation"), "no memory", NULL);
	}
	*out = text;
	return HUFU_OK;
}

enum send_urgency telling_urgency(const char *step)
{
	static const struct {
		const char *step;
		enum send_urgency urgency;
	} of[] = { { "passed", SEND_ALERT }, { "near", SEND_WARNING }, { "again", SEND_WARNING } };
	size_t len = strcspn(step, ":");
	for (size_t i = 0; i < LEN(of); i++)
		if (view_is((hufu_view){ step, len }, of[i].step))
			return of[i].urgency;
	return SEND_NOTICE;
}
