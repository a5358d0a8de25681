/* hufu-bench-sections FILE.seal: "NAME BYTES" for each section of a seal, from its directory (doc/seal-format.md),
 * which needs no key, and "tokens COUNT", the entries of its look-up. Believes the file: it is one that the bench made
 * itself. */
#include "base/le.h"

#include <stdio.h>

enum { LOOKUP = 5, LOOKUP_ENTRY = 8 };

int main(int argc, char **argv)
{
	static const char *const names[] = { "", "description", "rows", "log", "log", "lookup", "lookup", "frequency",
		"joins", "facets", "log" };
	unsigned char head[4096];
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!file || fread(head, 1, sizeof head, file) != sizeof head)
		return 2;
	for (uint32_t i = 0; i < le32(head + 12) && i < 64; i++) {
		const unsigned char *entry = head + 96 + i * 24;
		uint32_t section = le32(entry);
		const char *name = section < sizeof names / sizeof *names ? names[section] : "tags";
		printf("%s %llu\n", name, (unsigned long long)le64(entry + 16));
		if (section == LOOKUP)
			printf("tokens %llu\n", (unsigned long long)le64(entry + 16) / LOOKUP_ENTRY);
	}
	fclose(file);
	return 0;
}
