/* hufu-bench-text: invents running text with nothing personal in it: source text, documentation, logs full of digits.
 *
 *     hufu-bench-text FILE BYTES
 *
 * Pieces of a few hundred lines follow each other, each of one kind; `makers` lists them. Dates, addresses of machines,
 * hexadecimal, sizes and stamps come in plenty, and numbers that are nearly identifiers, but none that is one. The same
 * number of bytes makes the same bytes. Takes its dice from invent/. */
#include "invent/invent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(dice, array) ((array)[dice_below(dice, LEN(array))])

static const char *const nouns[] = { "buffer", "queue", "index", "record", "column", "reader", "cache", "block",
	"packet", "header", "session", "worker", "shard", "segment", "offset", "cursor", "table", "batch", "frame",
	"handle" };
static const char *const verbs[] = { "open", "read", "write", "flush", "merge", "split", "verify", "append", "drop",
	"lock", "sort", "rotate", "map", "seek", "fill" };
static const char *const words[] = { "the", "a", "when", "which", "and", "of", "is", "kept", "by", "every", "before",
	"after", "written", "once", "than", "more", "disk", "memory", "in", "at", "most", "for", "each", "process",
	"returns", "with", "never", "until", "version", "release" };
static const char *const phrases[] = { "读取缓冲区", "写入磁盘之前", "每个分片", "索引块", "校验和", "超时后重试",
	"日志轮转", "默认为", "毫秒", "配置文件中", "并发数", "不得大于", "版本", "升级后", "请先停止服务", "内存上限",
	"返回错误码" };
static const char *const hosts[] = { "web-01", "web-02", "db-primary", "db-replica", "queue-3", "edge-17", "cache-b" };
static const char *const levels[] = { "INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR" };

static uint64_t dice_wide(struct inventor *dice)
{
	return (uint64_t)dice_below(dice, UINT32_MAX) << 32 | dice_below(dice, UINT32_MAX);
}

/* Prints a line, or part of one; returns its bytes. */
typedef int maker(FILE *to, struct inventor *dice);

static int condition(FILE *to, struct inventor *dice)
{
	return fprintf(to, "\tif (%s_%s(&%s, %u) != 0x%04x)\n", PICK(dice, nouns), PICK(dice, verbs), PICK(dice, nouns),
	        dice_below(dice, 4096), dice_below(dice, 65536));
}

static int refusal(FILE *to, struct inventor *dice)
{
	return fprintf(to, "\t\treturn fail(error, EINVAL, \"cannot %s %s\", __LINE__ + %u);\n", PICK(dice, verbs),
	        PICK(dice, nouns), dice_below(dice, 900));
}

static int constant(FILE *to, struct inventor *dice)
{
	return fprintf(to, "static const uint64_t %s_%s_mask = 0x%016" PRIx64 "ull; /* %u bits */\n", PICK(dice, nouns),
	        PICK(dice, verbs), dice_wide(dice), dice_below(dice, 64));
}

static int loop(FILE *to, struct inventor *dice)
{
	return fprintf(to, "\tfor (size_t i = 0; i < %s->%s_count; i++) sum += %s[i] * %u.%03u;\n", PICK(dice, nouns),
	        PICK(dice, nouns), PICK(dice, nouns), dice_below(dice, 100), dice_below(dice, 1000));
}

static int limit(FILE *to, struct inventor *dice)
{
	return fprintf(to, "#define %s_%s_MAX (%u << %u)\n", PICK(dice, nouns), PICK(dice, verbs), dice_below(dice, 64),
	        dice_below(dice, 30));
}

static int annotation(FILE *to, struct inventor *dice)
{
	return fprintf(to, "\t * @param %s the %s to %s, at most %u bytes\n", PICK(dice, nouns), PICK(dice, nouns),
	        PICK(dice, verbs), dice_below(dice, 65536));
}

static int source_line(FILE *to, struct inventor *dice)
{
	static maker *const lines[] = { condition, refusal, constant, loop, limit, annotation };
	return PICK(dice, lines)(to, dice);
}

/* A heading, or a paragraph of one to four sentences in which no two lines have commas alike, as prose has it. */
static int document_line(FILE *to, struct inventor *dice)
{
	if (dice_chance(dice, 120))
		return fprintf(to, "\n## %s and %s\n\n", PICK(dice, nouns), PICK(dice, nouns));
	int bytes = 0;
	for (uint32_t sentences = 1 + dice_below(dice, 4); sentences > 0; sentences--) {
		for (uint32_t left = 5 + dice_below(dice, 14); left > 0; left--)
			bytes += fprintf(to, "%s%s ", PICK(dice, words), dice_chance(dice, 60) ? "," : "");
		bytes += fprintf(to, "%s %u.%u.%s", PICK(dice, nouns), dice_below(dice, 9), dice_below(dice, 400),
		        dice_chance(dice, 600) ? "\n" : " ");
	}
	return bytes + fprintf(to, "See `%s_%s(%u)`.\n", PICK(dice, nouns), PICK(dice, verbs), 1 + dice_below(dice, 8));
}

static int chinese_line(FILE *to, struct inventor *dice)
{
	int bytes = 0;
	for (uint32_t left = 3 + dice_below(dice, 12); left > 0; left--)
		bytes += fprintf(to, "%s%s", PICK(dice, phrases), dice_chance(dice, 300) ? "，" : "");
	return bytes +
	       fprintf(to, "。（%u.%u，%u 项）\n", dice_below(dice, 9), dice_below(dice, 30), dice_below(dice, 9999));
}

static int access_line(FILE *to, struct inventor *dice)
{
	return fprintf(to,
	        "10.%u.%u.%u - - [%02u/Mar/2023:%02u:%02u:%02u +0800] \"GET /%s/%s?page=%u HTTP/1.1\" %u %u %u.%03u\n",
	        dice_below(dice, 256), dice_below(dice, 256), dice_below(dice, 256), 1 + dice_below(dice, 31),
	        dice_below(dice, 24), dice_below(dice, 60), dice_below(dice, 60), PICK(dice, nouns), PICK(dice, verbs),
	        dice_below(dice, 900), dice_chance(dice, 930) ? 200 : 404, dice_below(dice, 5000000),
	        dice_below(dice, 3), dice_below(dice, 1000));
}

static int system_line(FILE *to, struct inventor *dice)
{
	return fprintf(to,
	        "2023-%02u-%02uT%02u:%02u:%02u.%06u+08:00 %s %sd[%u]: %s %s %s took %u us, seq 2%010u, 0x%08x\n",
	        1 + dice_below(dice, 12), 1 + dice_below(dice, 28), dice_below(dice, 24), dice_below(dice, 60),
	        dice_below(dice, 60), dice_below(dice, 1000000), PICK(dice, hosts), PICK(dice, nouns),
	        dice_below(dice, 32768), PICK(dice, levels), PICK(dice, verbs), PICK(dice, nouns),
	        dice_below(dice, 900000), dice_below(dice, UINT32_MAX), dice_below(dice, UINT32_MAX));
}

static int trace_line(FILE *to, struct inventor *dice)
{
	return fprintf(to,
	        "ts=%u%03u level=%s trace=%016" PRIx64 " span=%08x peer=192.168.%u.%u:%u bytes=%u ratio=%u.%04u\n",
	        1678000000 + dice_below(dice, 900000), dice_below(dice, 1000), PICK(dice, levels), dice_wide(dice),
	        dice_below(dice, UINT32_MAX), dice_below(dice, 256), dice_below(dice, 256),
	        1024 + dice_below(dice, 60000), dice_below(dice, 100000000), dice_below(dice, 100),
	        dice_below(dice, 10000));
}

static int digest_line(FILE *to, struct inventor *dice)
{
	uint64_t first = dice_wide(dice), second = dice_wide(dice), third = dice_wide(dice);
	return fprintf(to, "%016" PRIx64 "%016" PRIx64 "%08x  ./lib/%s-%u.%u.%u.tar.xz\n", first, second,
	        (uint32_t)third, PICK(dice, nouns), dice_below(dice, 9), dice_below(dice, 40), dice_below(dice, 30));
}

static int figure_line(FILE *to, struct inventor *dice)
{
	return fprintf(to, "  %-10s %12u %9u.%06u %9u.%06u %6u %%\n", PICK(dice, nouns), dice_below(dice, UINT32_MAX),
	        dice_below(dice, 100000), dice_below(dice, 1000000), dice_below(dice, 1000), dice_below(dice, 1000000),
	        dice_below(dice, 101));
}

static maker *const makers[] = { source_line, source_line, document_line, document_line, chinese_line, access_line,
	system_line, trace_line, digest_line, figure_line };

int main(int argc, char **argv)
{
	uint64_t wanted = argc == 3 ? strtoull(argv[2], NULL, 10) : 0, bytes = 0;
	FILE *to = wanted ? fopen(argv[1], "w") : NULL;
	if (!to) {
		fputs("usage: hufu-bench-text FILE BYTES\n", stderr);
		return 2;
	}
	struct inventor dice;
	inventor_init(&dice, 1, 0);
	while (bytes < wanted) {
		maker *line =
		        bytes ? PICK(&dice, makers) : document_line; /* tables first would make a table of it all */
		for (uint32_t left = 100 + dice_below(&dice, 400); left > 0 && bytes < wanted; left--)
			bytes += (uint64_t)line(to, &dice);
		bytes += (uint64_t)fprintf(to, "\n");
	}
	if (ferror(to) || fclose(to) != 0) {
		fputs("hufu-bench-text: not all could be written; is the disk full?\n", stderr);
		return 2;
	}
	return 0;
}
