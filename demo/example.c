/* The five functions of hufu.h in one small program: seals a table, judges a leak, prints the verdict.
 *
 *     example STORE DATASET TABLE AS-OF LEAK
 *
 * STORE was made by `hufu init --store STORE`. Outside this repository: cc example.c $(pkg-config --cflags --libs hufu)
 */
#include <hufu/hufu.h>

#include <stdio.h>

static int trouble(const hufu_error *error)
{
	fprintf(stderr, "example: %s: %s\n", error->where, error->what);
	return 2;
}

int main(int argc, char **argv)
{
	hufu *handle = NULL;
	hufu_verdict *verdict = NULL;
	hufu_error error = { 0 };
	int code = 0;

	if (argc != 6) {
		fputs("usage: example STORE DATASET TABLE AS-OF LEAK\n", stderr);
		return 2;
	}
	if (hufu_open(argv[1], &handle, &error) || hufu_seal(handle, argv[2], argv[3], argv[4], &error) ||
	        hufu_match(handle, argv[5], &verdict, &error))
		code = trouble(&error);
	else
		puts(hufu_verdict_json(verdict));
	hufu_close(handle); /* frees the verdict too; NULL is fine */
	return code;
}
