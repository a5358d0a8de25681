/* Seals a snapshot and judges a leak with libhufu: judge STORE DATASET SOURCE WHEN LEAK
 *
 * The store must be there (hufu init). Prints the verdict as one line of JSON. Everything else a program needs of
 * hufu is in its one header. */
#include <hufu/hufu.h>

#include <stdio.h>

static int complain(const hufu_error *error)
{
	fprintf(stderr, "judge: %s: %s%s%s\n", error->where, error->what, error->todo ? "; " : "",
	        error->todo ? error->todo : "");
	return 2;
}

int main(int argc, char **argv)
{
	hufu *store = NULL;
	hufu_verdict *verdict = NULL;
	hufu_error error;

	if (argc != 6) {
		fprintf(stderr, "usage: judge STORE DATASET SOURCE WHEN LEAK\n");
		return 2;
	}
	hufu_status status = hufu_open(argv[1], &store, &error);
	if (status == HUFU_OK)
		status = hufu_seal(store, argv[2], argv[3], argv[4], &error);
	if (status == HUFU_OK)
		status = hufu_match(store, argv[5], &verdict, &error);
	if (status != HUFU_OK) {
		hufu_close(store);
		return complain(&error);
	}
	const char *json = hufu_verdict_json(verdict);
	if (json)
		puts(json);
	hufu_close(store); /* the verdict and its JSON go with it */
	return json ? 0 : 2;
}
