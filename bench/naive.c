/* hufu-bench-naive: the baseline, which is what anybody would write in an afternoon.
 *
 *     hufu-bench-naive seal TABLE.csv OUT      hashes of columns 3 and 4 (mobile, resident ID), sorted, into OUT
 *     hufu-bench-naive match OUT LEAK.csv      how many lines hold a value whose hash is in OUT
 *
 * Lines by fgets, cells at every comma, a hash without a key, qsort, bsearch. It trusts its input, knows no quoting and
 * no encoding, keeps neither rows nor history, and can say of a line only that a number in it was seen. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 1 << 16, CELL = 64 };

static void give_up(const char *what)
{
	perror(what);
	exit(2);
}

static FILE *open_or_end(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);
	if (!file)
		give_up(path);
	return file;
}

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325u;
	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3u;
	return value;
}

/* The digits (and X) of a mobile or a resident ID, without +86; false when it is neither. */
static int number_of(const char *cell, char out[CELL])
{
	size_t len = 0;
	if (strncmp(cell, "+86", 3) == 0)
		cell += 3;
	for (; *cell && len < CELL - 1; cell++) {
		if ((*cell >= '0' && *cell <= '9') || *cell == 'X')
			out[len++] = *cell;
		else if (*cell != ' ')
			return 0;
	}
	out[len] = 0;
	return len == 11 || len == 18;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void seal(const char *table, const char *out)
{
	static char line[LINE];
	char number[CELL];
	size_t count = 0, cap = 0;
	uint64_t *hashes = NULL;
	FILE *file = open_or_end(table, "r"), *to = open_or_end(out, "w");
	while (fgets(line, sizeof line, file)) {
		char *rest = line, *cell;
		for (int column = 1; (cell = strsep(&rest, ",\n")); column++) {
			if ((column != 3 && column != 4) || !number_of(cell, number))
				continue;
			if (count == cap && !(hashes = realloc(hashes, (cap = cap * 2 + 1024) * sizeof *hashes)))
				give_up("realloc");
			hashes[count++] = hash(number);
		}
	}
	if (count)
		qsort(hashes, count, sizeof *hashes, by_value);
	if (fwrite(hashes, sizeof *hashes, count, to) != count || fclose(to) != 0)
		give_up(out);
	fclose(file);
	free(hashes);
}

static void match(const char *sealed, const char *leak)
{
	static char line[LINE];
	char number[CELL];
	unsigned long lines = 0, hits = 0;
	FILE *from = open_or_end(sealed, "r"), *file = open_or_end(leak, "r");
	if (fseek(from, 0, SEEK_END) != 0)
		give_up(sealed);
	size_t count = (size_t)ftell(from) / sizeof(uint64_t);
	uint64_t *hashes = malloc((count + 1) * sizeof *hashes);
	rewind(from);
	if (!hashes || fread(hashes, sizeof *hashes, count, from) != count)
		give_up(sealed);
	while (fgets(line, sizeof line, file)) {
		char *rest = line, *cell;
		int hit = 0;
		while ((cell = strsep(&rest, ",\n"))) {
			uint64_t value = number_of(cell, number) ? hash(number) : 0;
			hit |= value && bsearch(&value, hashes, count, sizeof *hashes, by_value);
		}
		lines++;
		hits += (unsigned long)hit;
	}
	printf("%lu %lu\n", lines, hits);
	free(hashes);
	fclose(from);
	fclose(file);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "seal") == 0)
		seal(argv[2], argv[3]);
	else if (argc == 4 && strcmp(argv[1], "match") == 0)
		match(argv[2], argv[3]);
	else
		return 2;
	return 0;
}
