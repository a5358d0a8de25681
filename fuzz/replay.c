/* Runs a fuzz target over files, without libFuzzer: fuzz_NAME_replay DIRECTORY|FILE...
 *
 * The corpora are replayed in every test run. Each file's name goes to stderr before it is run, so that
 * the last line before a crash says which one it was. Beside each file its first half is run too, and
 * once nothing at all: what breaks off in the middle is the commonest damage there is. */
#include "base/io.h"

#include <ftw.h>
#include <stdio.h>

enum { INPUT_MAX = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static size_t replayed;

/* The input is handed over in memory of exactly its size, so that a sanitizer sees a read past its end. */
static void run(hufu_view input)
{
	uint8_t *copy = malloc(input.len ? input.len : 1);
	if (!copy) {
		fputs("replay: out of memory\n", stderr);
		exit(2);
	}
	if (input.len)
		memcpy(copy, input.ptr, input.len);
	(void)LLVMFuzzerTestOneInput(copy, input.len);
	free(copy);
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)at;
	if (kind != FTW_F)
		return kind == FTW_D ? 0 : -1;
	struct bytes input = { 0 };
	hufu_error error = { 0 };
	fprintf(stderr, "%s\n", path);
	if (io_read_file(path, INPUT_MAX, &input, &error) != HUFU_OK) {
		char line[512];
		error_line(&error, line, sizeof line);
		fprintf(stderr, "replay: %s\n", line);
		return -1;
	}
	run(bytes_view(&input));
	run(view_make(input.ptr, input.len / 2));
	bytes_done(&input);
	replayed++;
	return 0;
}

int main(int argc, char **argv)
{
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	run(view_of(""));
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], visit, 16, FTW_PHYS) != 0) {
			fprintf(stderr, "replay: cannot read %s\n", argv[i]);
			return 2;
		}
	}
	printf("%zu files replayed\n", replayed);
	/* A corpus that vanished must not look like one that passed. */
	return replayed ? 0 : 2;
}
