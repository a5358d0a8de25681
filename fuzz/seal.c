/* A seal file from a stranger under a key of the test's own: whatever its bytes, opening gives a status, and a seal
 * that opens answers every question without reading outside of itself.
 *
 * The first byte chooses. Even: the rest is the file as it stands, so that header and MAC are tried. Odd: the rest is a
 * list of sections (number, 4 bytes length, content) that are written, encrypted and authenticated as the house itself
 * would, so that what lies behind the MAC is reached: description, counts, look-up, log. HUFU_FUZZ_SEAL_CORPUS=DIR
 * makes test/data/seal anew. */
#include "base/le.h"
#include "seal/history.h"
#include "seal/lookup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { SECTION_HEAD = 5, COLUMNS_TRIED = 6 };

static const char key_line[] = "hufu-key 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
static char dir[64], seals[80], file[96], key_file[80];
static struct store store = { .dir = dir, .zone = (char[]){ "UTC" }, .lock_fd = -1 };

#define HOLD(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

/* ---- a store of its own, in memory where there is such a place ---- */

static void store_remove(void)
{
	unlink(file);
	rmdir(seals);
	rmdir(dir);
	key_free(store.key);
	store.key = NULL;
}

static void store_make(void)
{
	snprintf(dir, sizeof dir, "/dev/shm/hufu-fuzz-XXXXXX");
	if (!mkdtemp(dir)) {
		snprintf(dir, sizeof dir, "/tmp/hufu-fuzz-XXXXXX");
		HOLD(mkdtemp(dir));
	}
	snprintf(seals, sizeof seals, "%s/seals", dir);
	snprintf(file, sizeof file, "%s/t.seal", seals);
	snprintf(key_file, sizeof key_file, "%s/key", dir);
	HOLD(mkdir(seals, 0700) == 0);
	HOLD(io_replace_file(key_file, 0600, view_of(key_line), NULL) == HUFU_OK);
	HOLD(key_load(key_file, &store.key, NULL) == HUFU_OK);
	unlink(key_file);
	atexit(store_remove);
}

/* ---- writing ---- */

static bool secret(uint8_t section)
{
	return section == SECTION_META || section == SECTION_FREQUENCY || section == SECTION_JOINS ||
	       section == SECTION_FACETS;
}

static void write_sections(hufu_view rest)
{
	struct container_writer writer;
	hufu_view head, content;
	bool written[CONTAINER_SECTIONS_MAX] = { 0 };

	HOLD(container_write_begin(&writer, file, store.key, NULL) == HUFU_OK);
	while (view_split(&rest, SECTION_HEAD, &head)) {
		uint8_t section = (uint8_t)head.ptr[0] % CONTAINER_SECTIONS_MAX;
		size_t len = le32(head.ptr + 1);
		if (!view_split(&rest, len < rest.len ? len : rest.len, &content) || !section ||
		        section == SECTION_TAGS || written[section])
			continue;
		written[section] = true;
		if (secret(section)) {
			container_write_secret(&writer, (enum section)section, content);
			continue;
		}
		container_section_begin(&writer, (enum section)section);
		container_write(&writer, content.ptr, content.len);
		container_section_end(&writer);
	}
	HOLD(container_write_commit(&writer) == HUFU_OK);
	container_write_done(&writer);
}

static void write_file(hufu_view bytes)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	HOLD(fd >= 0);
	HOLD(io_write(fd, bytes.ptr, bytes.len, file, NULL) == HUFU_OK);
	close(fd);
}

/* ---- asking ---- */

static void ask_cell(struct seal *seal, uint32_t row, uint32_t column, uint64_t token, uint8_t *states)
{
	enum seal_fit fit = seal_fit(seal, row, column, token);

	HOLD(fit <= FIT_NOW);
	(void)seal_history(seal, row, column, token, states);
	for (size_t s = 0; s < seal->meta.snapshot_count; s++)
		HOLD(states[s] <= 2);
	double share = seal_share(seal, column, token);
	HOLD(!(share < 0));
}

static void ask_row(struct seal *seal, uint32_t row, uint64_t token, uint8_t *states)
{
	seal_presence(seal, row, states);
	(void)seal_row_changed(seal, row);
	(void)seal_row_first(seal, row);
	(void)seal_person(seal, row);
	for (uint32_t f = 0; f < 3; f++) {
		const uint8_t *codes = seal_facet_codes(seal, f);
		if (codes && row < seal->meta.rows)
			memcpy(states, codes + (size_t)row * 2, 2);
	}
	if (row < seal->meta.rows)
		seal_present(seal, 0, row, row + 1, states);
	for (uint32_t c = 0; c < seal->meta.column_count && c < COLUMNS_TRIED; c++)
		ask_cell(seal, row, c, token, states);
}

static void ask_token(struct seal *seal, uint64_t token, uint8_t *states)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common;

	seal_prefetch(seal, token, 0);
	seal_prefetch(seal, token, 1);
	uint32_t found = seal_find(seal, token, hits, &common);
	HOLD(found <= LOOKUP_ROWS_MAX);
	for (uint32_t i = 0; i < found; i++) {
		HOLD(hits[i].row < seal->meta.rows && hits[i].column < seal->meta.column_count);
		ask_cell(seal, hits[i].row, hits[i].column, token, states);
	}
	(void)seal_person_of_token(seal, token);
}

/* Tokens that stand in the look-up, and some that do not. */
static void ask_seal(struct seal *seal)
{
	struct lookup_shape shape = lookup_shape_of(&seal->meta);
	uint8_t *states = malloc(seal->meta.snapshot_count + 2);
	bool same;

	HOLD(states);
	seal_same_space(&seal, 1, 0, &same);
	HOLD(same);
	for (uint64_t i = 0; i < seal->lookup_count && i < 24; i++) {
		const uint8_t *entry = container_at(&seal->file, SECTION_LOOKUP, i * 8, 8);
		for (uint64_t bucket = 0; entry && bucket < 1ull << shape.prefix_bits && bucket < 16; bucket++)
			ask_token(seal, lookup_unpack(shape, bucket, le64(entry)).token & ((1ull << TOKEN_BITS) - 1),
			        states);
	}
	for (uint64_t i = 0; i < 16; i++)
		ask_token(seal, i * 0x9E3779B97F4A7C15u >> (64 - TOKEN_BITS), states);
	uint64_t rows = seal->meta.rows, step = rows / 12 + 1;
	for (uint64_t row = 0; row < rows; row += step)
		ask_row(seal, (uint32_t)row, row * 0x9E3779B97F4A7C15u >> 8, states);
	if (rows)
		ask_row(seal, (uint32_t)(rows - 1), 1, states);
	free(states);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal *seal;
	hufu_error error = { 0 };

	if (!len)
		return 0;
	if (!store.key)
		store_make();
	if (data[0] & 1)
		write_sections(view_make(data + 1, len - 1));
	else
		write_file(view_make(data + 1, len - 1));
	hufu_status status = seal_open(&store, view_of("t"), &seal, &error);
	if (status) {
		HOLD(error.what);
		return 0;
	}
	ask_seal(seal);
	seal_close(seal);
	return 0;
}

/* ---- the corpus ---- */

static void corpus_snapshot(const char *text, const char *as_of, int64_t instant)
{
	enum { CELLS = 64 };
	struct batch_cell cells[CELLS];
	hufu_view rest = view_of(text), names[4];
	const char *facets[] = { "city" }, *keys[] = { "no" };
	struct draft_options options = { .facets = facets, .facet_count = 1, .keys = keys, .key_count = 1 };
	struct draft_outcome outcome;
	struct draft *draft;
	uint32_t rows = 0;

	/* Four columns a line: the first line names them. Cells go column after column. */
	for (size_t from = 0, at = 0, cell = 0; at < rest.len; at++)
		if (rest.ptr[at] == ',' || rest.ptr[at] == '\n') {
			if (cell < 4)
				names[cell] = (hufu_view){ rest.ptr + from, at - from };
			else
				cells[cell % 4 * 16 + cell / 4 - 1] =
				        (struct batch_cell){ (uint32_t)from, (uint32_t)(at - from) };
			from = at + 1;
			rows = (uint32_t)(++cell / 4 - 1);
		}
	struct batch batch = {
		.columns = 4, .rows = rows, .stride = 16, .text_len = (uint32_t)rest.len, .cells = cells, .text = text
	};
	HOLD(draft_new(&store, view_of("t"), &options, &draft, NULL) == HUFU_OK);
	HOLD(draft_header(draft, names, 4, NULL) == HUFU_OK && draft_add(draft, &batch, 0, NULL) == HUFU_OK);
	HOLD(draft_seal(draft, view_of(as_of), instant, NULL, &outcome, NULL) == HUFU_OK);
	draft_free(draft);
}

static void corpus_file(const char *to, const char *name, hufu_view bytes)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", to, name);
	HOLD(io_replace_file(path, 0644, bytes, NULL) == HUFU_OK);
}

/* The seal in `file` as a list of sections. */
static void corpus_sections(struct bytes *out)
{
	struct container container;

	HOLD(container_open(file, store.key, &container, NULL) == HUFU_OK);
	bytes_byte(out, 1);
	for (uint8_t section = 1; section < SECTION_TAGS; section++) {
		struct bytes clear = { 0 };
		char head[SECTION_HEAD] = { (char)section };
		size_t len = (size_t)container_len(&container, (enum section)section);
		if (!container.sections[section].at)
			continue;
		if (secret(section))
			HOLD(container_decrypt(&container, (enum section)section, &clear, NULL) == HUFU_OK);
		else
			bytes_add(&clear, view_make(container_at(&container, (enum section)section, 0, len), len));
		put_le32(head + 1, (uint32_t)clear.len);
		bytes_add(out, view_make(head, sizeof head));
		bytes_add(out, bytes_view(&clear));
		bytes_done(&clear);
	}
	HOLD(!out->failed);
	container_done(&container);
}

static void corpus_make(const char *to)
{
	struct bytes whole = { 0 }, sections = { 0 };

	store_make();
	corpus_snapshot(
	        "no,mobile,city,id\nA1001,13800138001,X,1\nA1002,13800138002,Y,2\nA1003,13800138003,X,3\nA1004,,X,4\n",
	        "2021-01-31", 1612108799);
	corpus_snapshot("no,mobile,city,id\nA1001,13800138009,X,1\nA1003,13800138003,Y,3\nA1005,13800138005,X,5\n",
	        "2021-03-31", 1617206399);
	corpus_snapshot("no,mobile,city,id\nA1001,13800138001,Z,1\nA1002,13800138002,Y,2\nA1005,13800138005,X,7\n",
	        "2021-02-28", 1614527999);
	HOLD(io_read_file(file, 1 << 20, &whole, NULL) == HUFU_OK);
	corpus_sections(&sections);
	corpus_file(to, "three-snapshots-sections", bytes_view(&sections));
	struct bytes plain = { 0 };
	bytes_byte(&plain, 0);
	bytes_add(&plain, bytes_view(&whole));
	HOLD(!plain.failed);
	corpus_file(to, "three-snapshots", bytes_view(&plain));
	corpus_file(to, "cut-in-a-block", view_make(plain.ptr, plain.len / 2 + 77));
	corpus_file(to, "header-alone", view_make(plain.ptr, CONTAINER_BLOCK + 1));
	plain.ptr[1 + 96 + 8] = (char)(plain.ptr[1 + 96 + 8] ^ 0x40);
	corpus_file(to, "directory-flipped", bytes_view(&plain));
	sections.ptr[sections.len / 2] = (char)(sections.ptr[sections.len / 2] ^ 0x55);
	corpus_file(to, "sections-flipped", bytes_view(&sections));
	corpus_file(to, "sections-cut", view_make(sections.ptr, sections.len * 2 / 3));
	corpus_file(to, "no-sections", view_make("\1", 1));
	bytes_done(&whole);
	bytes_done(&plain);
	bytes_done(&sections);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *to = getenv("HUFU_FUZZ_SEAL_CORPUS");

	(void)argc;
	(void)argv;
	if (to) {
		corpus_make(to);
		exit(0);
	}
	return 0;
}
