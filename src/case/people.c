/* See people.h. A block: 8 bytes token, 4 bytes kinds, little-endian, as many as there are; ordered over all blocks. */
#include "case/people.h"

#include <stdlib.h>

enum { PAIR = 12, BLOCK_PAIRS = 65536 };

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("people of a case"), "no memory", NULL);
}

static int by_token(const void *a, const void *b)
{
	const struct case_person *x = a, *y = b;
	return (x->token > y->token) - (x->token < y->token);
}

static void settle(struct case_people *people)
{
	size_t kept = 0;
	struct case_person *at = people->at;
	if (people->count)
		qsort(at, people->count, sizeof *at, by_token);
	for (size_t i = 0; i < people->count; i++) {
		if (kept && at[kept - 1].token == at[i].token)
			at[kept - 1].kinds |= at[i].kinds;
		else
			at[kept++] = at[i];
	}
	people->count = kept;
}

hufu_status people_make(
        const struct store *store, const struct linked *linked, struct case_people *out, hufu_error *error)
{
	struct siphash_key key = linked_key(store->key);
	size_t count = 0;
	for (size_t i = 0; i < linked->space_count; i++)
		count += linked->spaces[i].human_count;
	*out = (struct case_people){ .at = malloc((count + 1) * sizeof *out->at) };
	if (!out->at)
		return no_memory(error);
	for (size_t i = 0; i < linked->space_count; i++) {
		const struct linked_space *space = &linked->spaces[i];
		for (size_t k = 0; k < space->human_count; k++)
			out->at[out->count++] =
			        (struct case_person){ linked_token(key, space->name, space->humans[k].number),
				        space->humans[k].kinds };
	}
	settle(out);
	explicit_bzero(&key, sizeof key);
	return HUFU_OK;
}

void people_done(struct case_people *people)
{
	free(people->at);
	*people = (struct case_people){ .count = 0 };
}

const struct case_person *people_find(const struct case_people *people, uint64_t token)
{
	const struct case_person wanted = { .token = token };
	return people->count ? bsearch(&wanted, people->at, people->count, sizeof wanted, by_token) : NULL;
}

/* ---- in the database ---- */

static hufu_status block_put(struct change *change, const char *sha256, int64_t seq, const struct case_person *at,
        size_t count, hufu_error *error)
{
	AUTO_FREE char *block = malloc(count * PAIR + 1);
	if (!block)
		return no_memory(error);
	for (size_t i = 0; i < count; i++) {
		put_le64(block + i * PAIR, at[i].token);
		put_le32(block + i * PAIR + 8, at[i].kinds);
	}
	return db_run(change->book->db,
	        DB_SQL("insert into linked (case_id, object_sha256, seq, at, people, block) values (?, ?, ?, ?, ?, ?)",
	                db_int(change->case_id), db_text(sha256), db_int(seq), db_int(change->at),
	                db_int((int64_t)count), db_blob(view_make(block, count * PAIR))),
	        NULL, error);
}

hufu_status people_put(struct change *change, const char *sha256, const struct case_people *people, hufu_error *error)
{
	hufu_status status = db_run(change->book->db,
	        DB_SQL("delete from linked where case_id = ? and object_sha256 = ?", db_int(change->case_id),
	                db_text(sha256)),
	        NULL, error);
	int64_t seq = 0;
	for (size_t at = 0; at < people->count && !status; at += BLOCK_PAIRS) {
		size_t left = people->count - at;
		status = block_put(
		        change, sha256, ++seq, people->at + at, left < BLOCK_PAIRS ? left : BLOCK_PAIRS, error);
	}
	return status;
}

/* A block is as long as its row says: what is not so was altered. */
static hufu_status block_take(struct db_rows *rows, struct case_people *out, hufu_error *error)
{
	hufu_view block = db_rows_view(rows, 1), pair;
	size_t count = (size_t)db_rows_int(rows, 0);
	if (db_rows_int(rows, 0) < 0 || count > BLOCK_PAIRS || block.len != count * PAIR)
		return fail(error, HUFU_MALFORMED, view_of("people of a case"), "a block of them is damaged",
		        "match the leak into the case again");
	struct case_person *more = realloc(out->at, (out->count + count + 1) * sizeof *more);
	if (!more)
		return no_memory(error);
	out->at = more;
	while (view_split(&block, PAIR, &pair))
		more[out->count++] = (struct case_person){ le64(pair.ptr), le32(pair.ptr + 8) };
	return HUFU_OK;
}

/* One block at a time: all of them at once would stand in memory twice. */
hufu_status people_read(struct casebook *book, int64_t case_id, struct case_people *out, hufu_error *error)
{
	AUTO_ROWS *names = NULL;
	*out = (struct case_people){ .count = 0 };
	hufu_status status = db_query(book->db,
	        DB_SQL("select object_sha256, seq from linked where case_id = ? order by object_sha256, seq",
	                db_int(case_id)),
	        &names, error);
	while (!status && db_rows_next(names)) {
		AUTO_ROWS *rows = NULL;
		status = db_query(book->db,
		        DB_SQL("select people, block from linked where case_id = ? and object_sha256 = ? and seq = ?",
		                db_int(case_id), db_text(db_rows_text(names, 0)), db_int(db_rows_int(names, 1))),
		        &rows, error);
		if (!status && db_rows_next(rows))
			status = block_take(rows, out, error);
	}
	if (status)
		people_done(out);
	else
		settle(out);
	return status;
}
