/* hufu case backup, restore. */
#include "case/backup.h"
#include "cmd/case.h"
#include "cmd/console.h"

static struct progress copying;

static void moved(uint64_t done, uint64_t all)
{
	copying.total = all;
	progress_move(&copying, done);
}

static long long number(const json_t *value, const char *name)
{
	return (long long)json_integer_value(json_object_get(value, name));
}

static void show_backup(FILE *to, const json_t *value, bool chinese)
{
	fprintf(to,
	        chinese ? "已备份 %lld 个案件，截至 %s：共 %lld 个文件，本次复制 %lld 个，%lld 字节\n"
	                : "cases as of %2$s: %1$lld; files: %3$lld, copied now: %4$lld (%5$lld bytes)\n",
	        number(value, "cases"), json_string_value(json_object_get(value, "made_at")), number(value, "files"),
	        number(value, "copied"), number(value, "bytes"));
	if (number(value, "removed"))
		fprintf(to,
		        chinese ? "已从备份中删除保存规则不再保留的 %lld 个文件\n"
		                : "files that went from the backup, since a retention rule let go of them: %lld\n",
		        number(value, "removed"));
	fputs(chinese ? "备份中没有密钥：另行保管（hufu key backup）\n"
	              : "the key is not in it: keep that apart (hufu key backup)\n",
	        to);
}

static void show_restore(FILE *to, const json_t *value, bool chinese)
{
	fprintf(to,
	        chinese ? "已恢复 %lld 个案件，截至 %s：%lld 个文件，%lld 字节\n"
	                : "cases that are back, as of %2$s: %1$lld; files: %3$lld (%4$lld bytes)\n",
	        number(value, "cases"), json_string_value(json_object_get(value, "made_at")), number(value, "files"),
	        number(value, "bytes"));
	if (number(value, "ignored"))
		fprintf(to,
		        chinese ? "目录中另有 %lld 个不属于该备份的文件，未使用\n"
		                : "files in the directory that do not belong to the backup, and were left alone: "
		                  "%lld\n",
		        number(value, "ignored"));
}

typedef hufu_status working(
        struct casebook *book, const char *dir, case_backup_progress *progress, json_t **out, hufu_error *error);

static hufu_status work(
        struct case_given *given, working *run, const char *label, case_show_text *show, hufu_error *error)
{
	json_t *value = NULL;
	progress_begin(&copying, label, "B", 0);
	hufu_status status = run(given->book, given->words[0], moved, &value, error);
	progress_end(&copying);
	return status ? status : case_answer(given, value, show, error);
}

hufu_status act_backup(struct case_given *given, hufu_error *error)
{
	return work(given, case_backup, "backing up", show_backup, error);
}

hufu_status act_restore(struct case_given *given, hufu_error *error)
{
	return work(given, case_restore, "restoring", show_restore, error);
}
