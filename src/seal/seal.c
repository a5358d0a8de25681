/* Opens a seal and answers about its rows: what a cell was when, whose row it is, how common a value is. */
#include "seal/seal.h"
#include "seal/history.h"
#include "seal/people.h"
#include "seal/rowsout.h"
#include <math.h>
#include <stdlib.h>

enum { FREQUENCY_HEAD = 24, FREQUENCY_PAIR = 12 };

/* ---- opening ---- */

/* The mean share of a value that is not among the common ones. */
static void rest_share(struct seal_frequency *f)
{
	uint64_t common = 0;
	for (uint32_t i = 0; i < f->count; i++)
		common += le32(f->pairs + (size_t)i * FREQUENCY_PAIR + 8);
	double rest = f->filled > common ? (double)(f->filled - common) : 1;
	double values = f->distinct > f->count ? (double)(f->distinct - f->count) : 1;
	f->rest = f->filled ? fmin(1, fmax(1, rest / values) / (double)f->filled) : 1;
}

/* Puts the common ones where their tokens say, a quarter full. False when memory is out. */
static bool slots_fill(struct seal_frequency *f)
{
	uint64_t room = 4;
	while (room < 4 * (uint64_t)f->count)
		room *= 2;
	f->mask = (uint32_t)(room - 1);
	f->slots = calloc(room, sizeof *f->slots);
	for (uint32_t i = 0; f->slots && i < f->count; i++) {
		uint32_t at = (uint32_t)le64(f->pairs + (size_t)i * FREQUENCY_PAIR) & f->mask;
		while (f->slots[at])
			at = (at + 1) & f->mask;
		f->slots[at] = i + 1;
	}
	return f->slots != NULL;
}

static hufu_status frequency_read(struct seal *seal, hufu_error *error)
{
	hufu_status status = container_decrypt(&seal->file, SECTION_FREQUENCY, &seal->frequency_bytes, error);
	if (status)
		return status;
	seal->frequency = calloc(seal->meta.column_count + 1, sizeof *seal->frequency);
	if (!seal->frequency)
		return fail(error, HUFU_NO_MEMORY, view_of(seal->meta.dataset), "no memory", NULL);
	hufu_view rest = bytes_view(&seal->frequency_bytes), head, pairs;
	for (size_t i = 0; i < seal->meta.column_count && rest.len; i++) {
		if (!view_split(&rest, FREQUENCY_HEAD, &head) ||
		        !view_split(&rest, (size_t)le32(head.ptr + 16) * FREQUENCY_PAIR, &pairs))
			return fail(
			        error, HUFU_MALFORMED, view_of(seal->meta.dataset), "its counts make no sense", NULL);
		seal->frequency[i] = (struct seal_frequency){ .filled = le64(head.ptr),
			.distinct = le64(head.ptr + 8),
			.count = le32(head.ptr + 16),
			.pairs = (const uint8_t *)pairs.ptr };
		rest_share(&seal->frequency[i]);
	}
	bool good = true;
	for (size_t i = 0; good && i < seal->meta.column_count; i++)
		good = slots_fill(&seal->frequency[i]);
	return good ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of(seal->meta.dataset), "no memory", NULL);
}

/* Columns that every snapshot has need no look at the snapshots when a row is held against them. */
static hufu_status columns_always(struct seal *seal, hufu_error *error)
{
	seal->always = calloc(seal->meta.column_count + 1, 1);
	if (!seal->always)
		return fail(error, HUFU_NO_MEMORY, view_of(seal->meta.dataset), "no memory", NULL);
	for (size_t c = 0; c < seal->meta.column_count; c++) {
		seal->always[c] = 1;
		for (size_t s = 0; s < seal->meta.snapshot_count; s++)
			seal->always[c] &= seal->meta.columns[c].in[s];
	}
	return HUFU_OK;
}

static hufu_status joins_read(struct seal *seal, hufu_error *error)
{
	hufu_status status = container_decrypt(&seal->file, SECTION_JOINS, &seal->join_bytes, error);
	seal->joins = (const struct seal_join *)(const void *)seal->join_bytes.ptr;
	seal->join_count = seal->join_bytes.len / sizeof *seal->joins;
	return status;
}

/* Whether the sections have the sizes that the description demands. */
static bool sizes_agree(const struct seal *seal)
{
	const struct meta *meta = &seal->meta;
	uint64_t index = 1ull << meta->prefix_bits, blocks = meta->rows / LOG_INDEX_ROWS + 2;
	uint32_t packed = meta->row_bits + meta->column_bits + TOKEN_BITS - meta->prefix_bits;
	return container_len(&seal->file, SECTION_ROWS) == meta->rows * seal->stride &&
	       container_len(&seal->file, SECTION_LOOKUP_INDEX) == (index + 1) * 4 && packed <= 64 &&
	       container_len(&seal->file, SECTION_LOG_INDEX) == blocks * 4 &&
	       (!seal->changed_len || seal->changed_len == (meta->rows + 7) / 8) && meta->column_count < LOG_ABSENT;
}

static hufu_status open_parts(const struct store *store, hufu_view dataset, struct seal *seal, hufu_error *error)
{
	struct bytes json = { 0 };
	uint8_t bytes[16];
	AUTO_FREE char *path = NULL;
	hufu_status status = store_seal_path(store, dataset, &path, error);
	if (!status)
		status = container_open(path, store->key, &seal->file, error);
	if (!status)
		status = container_decrypt(&seal->file, SECTION_META, &json, error);
	if (!status)
		status = meta_read(bytes_view(&json), &seal->meta, error);
	bytes_done(&json);
	if (status)
		return status;
	if (!view_is(dataset, seal->meta.dataset))
		return fail(error, HUFU_MALFORMED, dataset, "is another dataset's seal under this name",
		        "put the files back as they were");
	seal->stride = row_stride(seal->meta.column_count, seal->meta.person_stored);
	seal->size = seal->file.len;
	seal->lookup_count = container_len(&seal->file, SECTION_LOOKUP) / 8;
	seal->changed_len = container_len(&seal->file, SECTION_CHANGED);
	if (!sizes_agree(seal))
		return fail(
		        error, HUFU_MALFORMED, dataset, "its parts do not fit together", "restore it from a backup");
	key_subkey(store->key, KEY_CELL_CHECK, bytes, sizeof bytes);
	seal->check_key = siphash_key(bytes);
	for (size_t c = 0; c < seal->meta.column_count; c++)
		seal->meta.columns[c].tag = column_tag(seal->check_key, seal->meta.columns[c].name);
	key_subkey(store->key, KEY_ROW, bytes, sizeof bytes);
	seal->row_key = siphash_key(bytes);
	key_subkey(store->key, KEY_PERSON, bytes, sizeof bytes);
	seal->person_key = siphash_key(bytes);
	explicit_bzero(bytes, sizeof bytes);
	status = columns_always(seal, error);
	if (!status)
		status = frequency_read(seal, error);
	if (!status)
		status = joins_read(seal, error);
	return status;
}

hufu_status seal_open(const struct store *store, hufu_view dataset, struct seal **out, hufu_error *error)
{
	struct seal *seal = calloc(1, sizeof *seal);
	if (!seal)
		return fail(error, HUFU_NO_MEMORY, dataset, "no memory", NULL);
	seal->meta.person = -1;
	hufu_status status = open_parts(store, dataset, seal, error);
	if (status) {
		if (error && !error->where[0])
			printable(dataset, error->where, sizeof error->where);
		seal_close(seal);
		return status;
	}
	*out = seal;
	return HUFU_OK;
}

static void wipe(struct bytes *bytes)
{
	if (bytes->ptr)
		explicit_bzero(bytes->ptr, bytes->len);
	bytes_done(bytes);
}

void seal_close(struct seal *seal)
{
	if (!seal)
		return;
	wipe(&seal->frequency_bytes);
	wipe(&seal->join_bytes);
	if (seal->facets)
		explicit_bzero(seal->facets, container_len(&seal->file, SECTION_FACETS));
	free(seal->facets);
	for (size_t c = 0; seal->frequency && c < seal->meta.column_count; c++)
		free(seal->frequency[c].slots);
	free(seal->frequency);
	container_done(&seal->file);
	meta_done(&seal->meta);
	free(seal->always);
	explicit_bzero(seal, sizeof *seal);
	free(seal);
}

/* ---- rows ---- */

static const uint8_t *row_at(struct seal *seal, uint32_t row)
{
	return container_at(&seal->file, SECTION_ROWS, (uint64_t)row * seal->stride, seal->stride);
}

void seal_prefetch_row(const struct seal *seal, uint32_t row)
{
	const struct container *file = &seal->file;
	const uint8_t *record = file->map + file->sections[SECTION_ROWS].at + (uint64_t)row * seal->stride;
	if (row >= seal->meta.rows)
		return;
	__builtin_prefetch(record);
	__builtin_prefetch(record + seal->stride - 1);
}

/* The first entry at or after `from` that belongs to `row` or a later one. */
static uint32_t log_search(struct seal *seal, uint32_t row, uint32_t from, uint32_t to)
{
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		const uint8_t *at = container_at(&seal->file, SECTION_LOG, (uint64_t)middle * LOG_BYTES, LOG_BYTES);
		if (!at)
			return to;
		if (le32(at) < row)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Whether the log may say something of the row. */
static bool is_logged(struct seal *seal, uint32_t row)
{
	if (!seal->changed_len)
		return true;
	const uint8_t *bits = container_at(&seal->file, SECTION_CHANGED, row / 8, 1);
	return bits && *bits >> row % 8 & 1;
}

/* The row's part of the log, where it lies: entries are kept as struct log_entry has them. Returns how many. */
size_t seal_log(struct seal *seal, uint32_t row, const struct log_entry **out)
{
	_Static_assert(sizeof(struct log_entry) == LOG_BYTES, "an entry of the log is read in place");
	*out = NULL;
	if (!is_logged(seal, row))
		return 0;
	const uint8_t *index = container_at(&seal->file, SECTION_LOG_INDEX, (uint64_t)row / LOG_INDEX_ROWS * 4, 8);
	if (!index)
		return 0;
	uint32_t from = le32(index), to = le32(index + 4), behind;
	if (from >= to)
		return 0;
	from = log_search(seal, row, from, to);
	for (behind = from; behind < to; behind++) {
		const uint8_t *at = container_at(&seal->file, SECTION_LOG, (uint64_t)behind * LOG_BYTES, LOG_BYTES);
		if (!at || le32(at) != row)
			break;
	}
	if (from == behind)
		return 0;
	*out = (const struct log_entry *)(const void *)container_at(
	        &seal->file, SECTION_LOG, (uint64_t)from * LOG_BYTES, (size_t)(behind - from) * LOG_BYTES);
	return *out ? behind - from : 0;
}

static void presence_of(
        struct seal *seal, const uint8_t *record, const struct log_entry *log, size_t count, uint8_t *present)
{
	presence_expand(
	        le16(record + ROW_FIRST), le16(record + ROW_LAST), log, count, seal->meta.snapshot_count, present);
}

/* Which snapshots had both the row and the column; whether any had. */
static bool domain_of(struct seal *seal, const uint8_t *record, const struct log_entry *log, size_t count,
        uint32_t column, uint8_t *domain)
{
	uint8_t any = 0;
	presence_of(seal, record, log, count, domain);
	for (size_t s = 0; s < seal->meta.snapshot_count; s++)
		any |= domain[s] &= seal->meta.columns[column].in[s];
	return any;
}

/* The same where the newest check does not settle it: by the row's past, and by whether it ever had the column. */
static enum seal_fit past_fit(struct seal *seal, const uint8_t *record, uint32_t row, uint32_t column, uint16_t check)
{
	const struct log_entry *log;
	size_t count = seal_log(seal, row, &log);
	uint8_t domain[SNAPSHOTS_MAX];
	if (!seal->always[column] && !domain_of(seal, record, log, count, column, domain))
		return FIT_NONE;
	if (le16(record + ROW_CHECKS + 2 * column) == check)
		return FIT_NOW;
	for (size_t i = 0; i < count; i++)
		if (log[i].column == column && log[i].check == check)
			return FIT_THEN;
	return FIT_DIFFERS;
}

enum seal_fit seal_fit(struct seal *seal, uint32_t row, uint32_t column, uint64_t token)
{
	const uint8_t *record = row_at(seal, row);
	if (!record)
		return FIT_NONE;
	uint16_t check = cell_check(seal->check_key, token, le64(record + ROW_NUMBER), seal->meta.columns[column].tag);
	return seal->always[column] && le16(record + ROW_CHECKS + 2 * column) == check
	               ? FIT_NOW
	               : past_fit(seal, record, row, column, check);
}

bool seal_history(struct seal *seal, uint32_t row, uint32_t column, uint64_t token, uint8_t *states)
{
	uint32_t values[SNAPSHOTS_MAX];
	size_t snapshots = seal->meta.snapshot_count;
	const uint8_t *record = row_at(seal, row);
	memset(states, 0, snapshots);
	if (!record)
		return false;
	const struct log_entry *log;
	size_t count = seal_log(seal, row, &log);
	uint16_t check = cell_check(seal->check_key, token, le64(record + ROW_NUMBER), seal->meta.columns[column].tag);
	if (!domain_of(seal, record, log, count, column, states))
		return false;
	values_expand((uint16_t)column, le16(record + ROW_CHECKS + 2 * column), log, count, states, snapshots, values);
	uint8_t seen = 0;
	for (size_t s = 0; s < snapshots; s++) {
		states[s] = values[s] == VALUE_NONE ? 0 : values[s] == check ? 2 : 1;
		seen |= states[s];
	}
	return seen == 3;
}

void seal_changes(struct seal *seal, uint32_t row, uint32_t column, uint8_t *changes)
{
	uint32_t values[SNAPSHOTS_MAX];
	size_t snapshots = seal->meta.snapshot_count;
	const uint8_t *record = row_at(seal, row);
	memset(changes, 0, snapshots);
	if (!record)
		return;
	const struct log_entry *log;
	size_t count = seal_log(seal, row, &log);
	if (!domain_of(seal, record, log, count, column, changes))
		return;
	values_expand((uint16_t)column, le16(record + ROW_CHECKS + 2 * column), log, count, changes, snapshots, values);
	for (size_t s = 0; s + 1 < snapshots; s++)
		changes[s] = values[s] == VALUE_NONE || values[s + 1] == VALUE_NONE ? 0
		             : values[s] == values[s + 1]                           ? 1
		                                                                    : 2;
	changes[snapshots - 1] = 0;
}

void seal_presence(struct seal *seal, uint32_t row, uint8_t *present)
{
	const uint8_t *record = row_at(seal, row);
	memset(present, 0, seal->meta.snapshot_count);
	if (record) {
		const struct log_entry *log;
		size_t count = seal_log(seal, row, &log);
		presence_of(seal, record, log, count, present);
	}
}

/* Whether the log says that the row was away at that snapshot. */
static bool was_absent(struct seal *seal, uint32_t row, size_t snapshot)
{
	const struct log_entry *log;
	size_t count = seal_log(seal, row, &log);
	for (size_t i = 0; i < count; i++)
		if (log[i].column == LOG_ABSENT && log[i].from <= snapshot && snapshot <= log[i].to)
			return true;
	return false;
}

void seal_present(struct seal *seal, size_t snapshot, uint32_t from, uint32_t to, uint8_t *present)
{
	uint32_t bytes = from < to ? (to - 1) / 8 - from / 8 + 1 : 0;
	const uint8_t *record = container_at(
	        &seal->file, SECTION_ROWS, (uint64_t)from * seal->stride, (size_t)(to - from) * seal->stride);
	const uint8_t *changed = seal->changed_len ? container_at(&seal->file, SECTION_CHANGED, from / 8, bytes) : NULL;
	memset(present, 0, to - from);
	for (uint32_t row = from; record && row < to; row++, record += seal->stride) {
		bool within = snapshot >= le16(record + ROW_FIRST) && snapshot <= le16(record + ROW_LAST);
		bool silent = changed && !(changed[row / 8 - from / 8] >> row % 8 & 1);
		present[row - from] = within && (silent || !was_absent(seal, row, snapshot));
	}
}

bool seal_row_constant(struct seal *seal, uint32_t row)
{
	const uint8_t *record = row_at(seal, row);
	return record && le16(record + ROW_FIRST) == 0 && le16(record + ROW_LAST) + 1u == seal->meta.snapshot_count &&
	       !seal_row_changed(seal, row);
}

bool seal_row_changed(struct seal *seal, uint32_t row)
{
	const struct log_entry *log;
	return seal_log(seal, row, &log) > 0;
}

uint32_t seal_row_first(struct seal *seal, uint32_t row)
{
	const uint8_t *record = row_at(seal, row);
	return record ? le16(record + ROW_FIRST) : 0;
}

/* ---- people and facets ---- */

uint64_t seal_person(struct seal *seal, uint32_t row)
{
	const uint8_t *record = row_at(seal, row);
	if (!record)
		return 0;
	uint64_t number = le64(record + ROW_NUMBER);
	if (seal->meta.person_stored)
		number = le64(record + seal->stride - 8) ^ person_pad(seal->person_key, number);
	return number;
}

uint64_t seal_person_of_token(const struct seal *seal, uint64_t token)
{
	return person_number(seal->row_key, token);
}

/* Codes are decrypted when the first is asked for, so that a large seal opens at once. Of two threads that do it the
 * first one's are kept. */
static const char *facets_of(struct seal *seal)
{
	char *facets = __atomic_load_n(&seal->facets, __ATOMIC_ACQUIRE);
	struct bytes clear = { 0 };
	if (facets)
		return facets;
	if (container_decrypt(&seal->file, SECTION_FACETS, &clear, NULL)) {
		container_spoil(&seal->file); /* no memory is no answer, either */
		return NULL;
	}
	if (__atomic_compare_exchange_n(&seal->facets, &facets, clear.ptr, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return clear.ptr;
	wipe(&clear);
	return facets;
}

const uint8_t *seal_facet_codes(struct seal *seal, uint32_t facet)
{
	uint64_t len = (uint64_t)seal->meta.rows * 2, at = facet * len;
	const char *facets = at + len <= container_len(&seal->file, SECTION_FACETS) ? facets_of(seal) : NULL;
	return facets ? (const uint8_t *)facets + at : NULL;
}

uint16_t seal_facet_code(struct seal *seal, uint32_t facet, uint32_t row)
{
	const uint8_t *codes = row < seal->meta.rows ? seal_facet_codes(seal, facet) : NULL;
	return codes ? le16(codes + (size_t)row * 2) : FACET_UNKNOWN;
}

/* ---- frequency ---- */

uint32_t seal_common(const struct seal *seal, uint32_t column, uint64_t token)
{
	const struct seal_frequency *f = &seal->frequency[column];
	for (uint32_t at = (uint32_t)token & f->mask; f->slots[at]; at = (at + 1) & f->mask)
		if (le64(f->pairs + (size_t)(f->slots[at] - 1) * FREQUENCY_PAIR) == token)
			return f->slots[at] - 1;
	return SEAL_RARE;
}

double seal_common_share(const struct seal *seal, uint32_t column, uint32_t index)
{
	const struct seal_frequency *f = &seal->frequency[column];
	return (double)le32(f->pairs + (size_t)index * FREQUENCY_PAIR + 8) / (double)f->filled;
}

double seal_share(const struct seal *seal, uint32_t column, uint64_t token)
{
	uint32_t at = seal_common(seal, column, token);
	return at == SEAL_RARE ? seal->frequency[column].rest : seal_common_share(seal, column, at);
}
