/* hufu case stamp: an outside authority's word on when a timeline was as it is. */
#include "cmd/case.h"
#include "cmd/console.h"
#include "config/config.h"

void case_show_stamped(FILE *to, const json_t *list, bool chinese)
{
	size_t at;
	json_t *stamp;
	json_array_foreach((json_t *)(uintptr_t)list, at, stamp)
	{
		char by[256];
		if (!json_object_get(stamp, "at")) {
			fprintf(to, chinese ? "%s：待盖时间戳\n" : "%s: to be stamped\n",
			        json_string_value(json_object_get(stamp, "id")));
			continue;
		}
		printable(view_of(json_string_value(json_object_get(stamp, "by"))), by, sizeof by);
		fprintf(to,
		        chinese ? "%s：自 %s 起，外部时间戳保护第 1 至 %lld 条记录（%s）\n"
		                : "%s: from %s on, an outside time stamp protects entries 1 to %lld (%s)\n",
		        json_string_value(json_object_get(stamp, "id")),
		        json_string_value(json_object_get(stamp, "at")),
		        (long long)json_integer_value(json_object_get(stamp, "seq")), by);
	}
	if (!json_array_size(list))
		fputs(chinese ? "无需再盖时间戳\n" : "nothing to stamp: no entry came since the last time stamp\n", to);
}

hufu_status act_stamp(struct case_given *given, hufu_error *error)
{
	const struct case_stamping stamping = { .number = given->count ? given->words[0] : NULL,
		.dry_run = given->dry_run };
	struct config *config = NULL;
	json_t *list = NULL;
	hufu_status status = config_open(given->opened->dir, &config, error);
	if (!status)
		status = case_stamp(given->book, config, &stamping, &list, error);
	config_close(config);
	/* What was stamped before the trouble is stamped, and said. */
	if (status && !json_array_size(list)) {
		json_decref(list);
		return status;
	}
	hufu_status said = case_answer(given, list, case_show_stamped, status ? NULL : error);
	return status ? status : said;
}
