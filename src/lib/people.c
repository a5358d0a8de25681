/* Writes the list of the people in leaks: by the numbers that the leaks show, and by those that sources of ours give.
 *
 * A seal holds keyed numbers of persons alone, so a name comes only from somewhere that has it: a source's person
 * column is tokenised with the key, and each value whose person is linked is written. Persons of datasets that number
 * the same people meet in one space; the accounts of one human are joined as they are when people are counted. */
#include "base/auto.h"
#include "base/order.h"
#include "job/linked.h"
#include "lib/lib.h"

#include <stdio.h>
#include <stdlib.h>

/* A number that is written when it comes: of a linked row, or shown by a leak. */
struct account {
	uint64_t number;
	bool written;
};

struct human {
	uint64_t root; /* of his numbers */
	bool named;
	size_t spare, spare_len; /* in the list's `spares`: another number of his; none: 0 long */
};

/* The people of datasets that number them alike. */
struct space {
	const struct linked_space *linked;
	struct account *accounts; /* by number */
	size_t account_count;
	struct human *humans; /* by root */
	size_t human_count;
};

struct naming {
	const struct people_request *request;
	struct linked linked;
	struct space *spaces; /* as linked.spaces */
	struct tokenizer tokenizer;
	struct bytes spares;
	struct people_list *out;
};

/* ---- who is linked ---- */

static bool humans_gather(struct space *space)
{
	space->human_count = space->linked->human_count;
	space->humans = calloc(space->human_count + 1, sizeof *space->humans);
	for (size_t i = 0; space->humans && i < space->human_count; i++)
		space->humans[i].root = space->linked->humans[i].number;
	return space->humans;
}

/* A number that a leak shows is written also where its row is another's by now. */
static bool accounts_gather(const struct matcher_people *people, struct space *space)
{
	const struct linked_space *linked = space->linked;
	size_t count = linked->account_count, shown = 0;
	for (size_t at = 0; at < people->shown.len; at += SHOWN_HEAD + le16(people->shown.ptr + at + 12))
		shown++;
	AUTO_FREE uint64_t *numbers = malloc((count + shown + 1) * sizeof *numbers);
	if (!numbers || !humans_gather(space))
		return false;
	for (size_t i = 0; i < count; i++)
		numbers[i] = linked->accounts[i].number;
	for (size_t at = 0; at < people->shown.len; at += SHOWN_HEAD + le16(people->shown.ptr + at + 12))
		if (linked->same[le32(people->shown.ptr + at + 8)])
			numbers[count++] = le64(people->shown.ptr + at);
	space->account_count = u64_each_once(numbers, count);
	space->accounts = calloc(space->account_count + 1, sizeof *space->accounts);
	for (size_t i = 0; space->accounts && i < space->account_count; i++)
		space->accounts[i].number = numbers[i];
	return space->accounts != NULL;
}

static void naming_done(struct naming *naming)
{
	for (size_t i = 0; naming->spaces && i < naming->linked.space_count; i++) {
		free(naming->spaces[i].accounts);
		free(naming->spaces[i].humans);
	}
	free(naming->spaces);
	linked_done(&naming->linked);
	if (naming->spares.ptr)
		explicit_bzero(naming->spares.ptr, naming->spares.len);
	bytes_done(&naming->spares);
	tokenizer_done(&naming->tokenizer);
}

/* ---- naming ---- */

static struct human *human_of(const struct space *space, uint64_t number)
{
	uint64_t root = people_root(space->linked->joins, space->linked->join_count, number);
	return space->human_count ? bsearch(&root, space->humans, space->human_count, sizeof *space->humans, u64_order)
	                          : NULL;
}

/* One number a line, whatever a cell holds. */
static void line_add(struct bytes *out, hufu_view text)
{
	size_t from = out->len;
	bytes_add(out, text);
	for (size_t i = from; i < out->len; i++)
		out->ptr[i] = (unsigned char)out->ptr[i] < ' ' ? ' ' : out->ptr[i];
	bytes_byte(out, '\n');
}

static void name(struct naming *naming, struct space *space, uint64_t number, hufu_view text)
{
	struct account *account = space->account_count ? bsearch(&number, space->accounts, space->account_count,
	                                                         sizeof *space->accounts, u64_order)
	                                               : NULL;
	struct human *human = account && account->written ? NULL : human_of(space, number);
	if (account && !account->written) {
		account->written = true;
		line_add(&naming->out->text, text);
		naming->out->lines++;
		if (human)
			human->named = true;
	} else if (!account && human && !human->named && !human->spare_len) {
		human->spare = naming->spares.len;
		line_add(&naming->spares, text);
		human->spare_len = naming->spares.len - human->spare;
	}
}

static void name_shown(struct naming *naming, const struct matcher_people *people)
{
	const char *base = people->shown.ptr;
	for (size_t at = 0; at < people->shown.len; at += SHOWN_HEAD + le16(base + at + 12))
		name(naming, &naming->spaces[naming->linked.space_of[le32(base + at + 8)]], le64(base + at),
		        view_make(base + at + SHOWN_HEAD, le16(base + at + 12)));
}

/* Who has no line yet gets his other number; the rest are counted. */
static void name_spares(struct naming *naming)
{
	for (size_t i = 0; i < naming->linked.space_count; i++)
		for (size_t k = 0; k < naming->spaces[i].human_count; k++) {
			const struct human *human = &naming->spaces[i].humans[k];
			naming->out->humans++;
			if (!human->named && human->spare_len) {
				bytes_add(&naming->out->text,
				        view_make(naming->spares.ptr + human->spare, human->spare_len));
				naming->out->lines++;
			} else {
				naming->out->unnamed += !human->named;
			}
		}
}

/* ---- a source's person columns ---- */

static bool is_named(hufu_view raw, const char *name)
{
	char clean[200];
	printable(view_trim(raw), clean, sizeof clean);
	return !strcmp(clean, name);
}

/* How many of a source's columns a dataset has. */
static uint32_t columns_shared(const struct meta *meta, const hufu_view *names, size_t count)
{
	uint32_t shared = 0;
	for (size_t c = 0; c < meta->column_count; c++)
		for (size_t i = 0; meta->columns[c].base < 0 && i < count; i++)
			if (is_named(names[i], meta->columns[c].name)) {
				shared++;
				break;
			}
	return shared;
}

/* Marks the seals whose person column is called so. Where several are, those that share most columns with the source:
 * "id" is the name of many a column. */
static uint32_t seals_named(
        const struct job_seals *seals, hufu_view column, const hufu_view *names, size_t count, bool *out)
{
	uint32_t best = 0, marked = 0;
	for (size_t i = 0; i < seals->count; i++) {
		const struct meta *meta = &seals->seals[i]->meta;
		int32_t person = linked_column(meta);
		out[i] = false;
		if (person < 0 || !is_named(column, meta->columns[person].name))
			continue;
		uint32_t shared = columns_shared(meta, names, count);
		if (shared > best) {
			memset(out, 0, i * sizeof *out);
			best = shared;
			marked = 0;
		}
		out[i] = shared == best;
		marked += out[i];
	}
	return marked;
}

/* "people.csv (customer_id, owner_no)": where there is none, which ones there could have been. */
static hufu_status no_linked_column(const struct people_request *request, const char *path, hufu_error *error)
{
	char where[256];
	size_t len = 0;
	const char *slash = strrchr(path, '/');
	printable(view_of(slash && slash[1] ? slash + 1 : path), where, sizeof where / 2);
	len = strlen(where);
	const struct job_seals *seals = request->seals;
	for (size_t i = 0, told = 0; i < seals->count; i++) {
		const struct meta *meta = &seals->seals[i]->meta;
		int32_t person = linked_column(meta);
		bool again = person < 0;
		for (size_t k = 0; k < i && !again; k++) {
			int32_t before = linked_column(&seals->seals[k]->meta);
			again = before >= 0 &&
			        !strcmp(seals->seals[k]->meta.columns[before].name, meta->columns[person].name);
		}
		size_t room = sizeof where - len;
		if (again || strlen(meta->columns[person].name) + 8 > room)
			continue;
		len += (size_t)snprintf(
		        where + len, room, "%s%s", told++ ? ", " : " (wanted: ", meta->columns[person].name);
	}
	snprintf(where + len, sizeof where - len, "%s", strchr(where, ':') ? ")" : "");
	return fail(error, HUFU_USAGE, view_of(where), "has no column that numbers sealed people",
	        "give a table whose header names that column as it was sealed");
}

/* A column of the source, and the people that it numbers. */
struct reader {
	uint32_t column;
	const struct ident_kind *kind;
	const struct seal *seal;
	struct space *space;
};

/* A column that numbers the people of several spaces numbers those of whom some are linked; of two such it is not known
 * whose it is. */
static hufu_status reader_choose(
        struct naming *naming, const char *path, const bool *marked, struct reader *out, hufu_error *error)
{
	const struct job_seals *seals = naming->request->seals;
	for (size_t i = 0; i < seals->count; i++) {
		struct space *space = &naming->spaces[naming->linked.space_of[i]];
		const struct meta *meta = &seals->seals[i]->meta;
		if (!marked[i] || space == out->space)
			continue;
		if (out->space && out->space->human_count && space->human_count)
			return fail(error, HUFU_USAGE, view_of(path),
			        "could number the people of several datasets that do not number them alike",
			        "give a table with all columns of the dataset that is meant");
		if (out->space && !space->human_count)
			continue;
		out->space = space;
		out->seal = seals->seals[i];
		out->kind = meta->columns[linked_column(meta)].kind;
	}
	return HUFU_OK;
}

/* The readers of a source, at most one a column; `*count` 0: none of its columns numbers anybody. The caller frees. */
static hufu_status readers_find(struct naming *naming, const struct source *source, const char *path,
        struct reader **out, size_t *count, hufu_error *error)
{
	const struct job_seals *seals = naming->request->seals;
	size_t name_count;
	const hufu_view *names = source_header(source, &name_count);
	struct reader *readers = calloc(name_count + 1, sizeof *readers);
	bool *marked = calloc(seals->count + 1, sizeof *marked);
	hufu_status status =
	        readers && marked ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	*count = 0;
	for (size_t c = 0; !status && c < name_count; c++) {
		if (!seals_named(seals, names[c], names, name_count, marked))
			continue;
		readers[*count].column = (uint32_t)c;
		status = reader_choose(naming, path, marked, &readers[(*count)++], error);
	}
	free(marked);
	if (!status && !*count)
		status = no_linked_column(naming->request, path, error);
	if (status) {
		free(readers);
		return status;
	}
	*out = readers;
	return HUFU_OK;
}

/* ---- reading a source ---- */

static void batch_name(struct naming *naming, const struct reader *reader, const struct batch *batch, uint32_t first)
{
	char scratch[1024];
	for (uint32_t row = first; row < batch->rows; row++) {
		hufu_view cell = batch_cell(batch, reader->column, row);
		struct ident_text folded = { scratch, 0, sizeof scratch };
		uint64_t token = cell.len + IDENT_SLACK <= sizeof scratch
		                         ? token_of(&naming->tokenizer, reader->kind, cell, NULL)
		                         : 0;
		if (!token)
			continue;
		ident_shown(cell, &folded);
		name(naming, reader->space, seal_person_of_token(reader->seal, token),
		        view_make(folded.ptr, folded.len));
	}
	explicit_bzero(scratch, sizeof scratch);
}

/* Reads a source; only its header where `look` is set. */
static hufu_status source_name(struct naming *naming, const char *path, bool look, hufu_error *error)
{
	struct source *source = NULL;
	struct reader *readers = NULL;
	size_t count = 0;
	const struct batch *batch = NULL;
	uint32_t first;
	uint64_t done, all;
	hufu_status status = source_open(path, &source, error);
	while (!status && !(status = source_next(source, &batch, &first, error)) && batch) {
		if (!readers && !(status = header_check(source, path, error)))
			status = readers_find(naming, source, path, &readers, &count, error);
		if (status || look)
			break;
		for (size_t i = 0; i < count; i++)
			batch_name(naming, &readers[i], batch, first);
		source_progress(source, &done, &all);
		if (naming->request->reading)
			naming->request->reading(done, all);
	}
	if (!status && !readers)
		status = fail(error, HUFU_MALFORMED, view_of(path), "is empty", "check the file");
	free(readers);
	source_close(source);
	return status;
}

/* `people` NULL: whom the sources could name is asked, not who is linked. */
static hufu_status naming_init(struct naming *naming, const struct people_request *request,
        const struct matcher_people *people, hufu_error *error)
{
	*naming = (struct naming){ .request = request };
	hufu_status status = linked_find(request->seals, people, &naming->linked);
	if (!status)
		status = tokenizer_init(&naming->tokenizer, request->store->key);
	naming->spaces = calloc(naming->linked.space_count + 1, sizeof *naming->spaces);
	bool good = !status && naming->spaces;
	for (size_t i = 0; good && i < naming->linked.space_count; i++) {
		naming->spaces[i].linked = &naming->linked.spaces[i];
		good = !people || accounts_gather(people, &naming->spaces[i]);
	}
	return good ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("people"), "no memory", NULL);
}

hufu_status people_sources_check(const struct people_request *request, hufu_error *error)
{
	struct naming naming;
	hufu_status status = naming_init(&naming, request, NULL, error);
	for (size_t i = 0; !status && i < request->source_count; i++)
		status = source_name(&naming, request->sources[i], true, error);
	naming_done(&naming);
	return status;
}

hufu_status people_list(const struct people_request *request, const struct matcher_people *people,
        struct people_list *out, hufu_error *error)
{
	struct naming naming;
	*out = (struct people_list){ 0 };
	hufu_status status = naming_init(&naming, request, people, error);
	naming.out = out;
	if (!status)
		name_shown(&naming, people);
	for (size_t i = 0; !status && i < request->source_count; i++)
		status = source_name(&naming, request->sources[i], false, error);
	if (!status)
		name_spares(&naming);
	if (!status && (out->text.failed || naming.spares.failed))
		status = fail(error, HUFU_NO_MEMORY, view_of("people"), "no memory", NULL);
	for (size_t i = 0; !status && i < request->seals->count; i++)
		if (seal_damaged(request->seals->seals[i]))
			status = fail(error, HUFU_MALFORMED, view_of(request->seals->seals[i]->meta.dataset),
			        "its seal is damaged: no list", "restore it from a backup, or seal the dataset again");
	naming_done(&naming);
	return status;
}

void people_list_done(struct people_list *list)
{
	if (list->text.ptr)
		explicit_bzero(list->text.ptr, list->text.len);
	bytes_done(&list->text);
	*list = (struct people_list){ 0 };
}
