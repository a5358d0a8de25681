/* Customers, strangers, and leaks of them: see people.h. */
#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const field_names[FIELDS] = { "customer_no", "name", "born_on", "mobile", "resident_id", "email", "city",
	"address", "registered_on", "level", "points" };
const char *const padding_names[PADDINGS] = { "strangers", "sharing", "successors", "twins", "recombined", "counted" };

enum {
	FIRST_DAY = 17000,
	DAYS = 1600,
	FIRST_NUMBER = 10400000,
	SUCCESSORS = 20,
	TWINS = 5 /* per cent of the padding */
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("hufu-calibration: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

static void set(struct person *person, enum field field, const char *text)
{
	snprintf(person->cell[field], CELL_MAX, "%s", text);
}

static void take(struct person *person, enum field field, const struct person *from)
{
	memcpy(person->cell[field], from->cell[field], CELL_MAX);
}

static void born_from_resident(struct person *person)
{
	const char *id = person->cell[RESIDENT];
	snprintf(person->cell[BORN], CELL_MAX, "%.4s-%.2s-%.2s", id + 6, id + 10, id + 12);
}

/* What a company knows of its own: nobody else has these, or has others. */
static void own_cells(struct inventor *inventor, struct person *person)
{
	static const char *const levels[] = { "普通", "普通", "银卡", "金卡" };
	day_text(FIRST_DAY + (int32_t)dice_below(inventor, DAYS), person->cell[REGISTERED]);
	set(person, LEVEL, levels[dice_below(inventor, 4)]);
	snprintf(person->cell[POINTS], CELL_MAX, "%u", dice_below(inventor, 40000));
}

static void person_new(struct inventor *inventor, struct person *person)
{
	const struct city *city = invent_city(inventor);
	memset(person, 0, sizeof *person);
	invent_name(inventor, person->cell[NAME]);
	invent_mobile(inventor, person->cell[MOBILE]);
	invent_resident_id(inventor, city->region, dice_chance(inventor, 520), person->cell[RESIDENT]);
	born_from_resident(person);
	invent_email(inventor, person->cell[EMAIL]);
	set(person, CITY, city->city);
	invent_address(inventor, city, person->cell[ADDRESS]);
	own_cells(inventor, person);
}

/* Another one of the family: their surname, their address. */
static void move_in_with(struct inventor *inventor, struct person *person, const struct person *other)
{
	char name[NAME_MAX_BYTES];
	invent_name(inventor, name);
	snprintf(person->cell[NAME], CELL_MAX, "%.3s%s", other->cell[NAME], name + 3);
	take(person, CITY, other);
	take(person, ADDRESS, other);
}

/* The check digit of a resident ID, GB 11643. */
static void resident_check(char id[ID_MAX_BYTES])
{
	static const unsigned weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	unsigned sum = 0;
	for (size_t i = 0; i < 17; i++)
		sum += (unsigned)(id[i] - '0') * weights[i];
	id[17] = "10X98765432"[sum % 11];
}

/* Born on the same day in the same district, registered one after the other. */
static void become_twin(struct inventor *inventor, struct person *person, const struct person *other)
{
	move_in_with(inventor, person, other);
	take(person, RESIDENT, other);
	unsigned serial = (unsigned)strtoul(other->cell[RESIDENT] + 14, NULL, 10) / 10;
	snprintf(person->cell[RESIDENT] + 14, 5, "%03u0", (serial + 1) % 1000);
	resident_check(person->cell[RESIDENT]);
	born_from_resident(person);
}

static const struct person *any_of(struct inventor *inventor, const struct company *company)
{
	return &company->rows[dice_below(inventor, (uint32_t)company->count)];
}

void company_new(struct company *company, uint64_t seed, size_t customers)
{
	*company = (struct company){ .serial = FIRST_NUMBER };
	inventor_init(&company->inventor, seed, 0);
	inventor_init(&company->strangers, seed, STRANGERS);
	company->rows = must(calloc(customers, sizeof *company->rows));
	for (size_t i = 0; i < customers; i++) {
		struct person *person = &company->rows[i];
		person_new(&company->inventor, person);
		unsigned family = dice_below(&company->inventor, 1000);
		if (i && family < 5)
			become_twin(&company->inventor, person, any_of(&company->inventor, company));
		else if (i && family < 100)
			move_in_with(&company->inventor, person, any_of(&company->inventor, company));
		/* Numbers that grow with gaps, as a company's do. */
		company->serial += 1 + dice_below(&company->inventor, 9);
		snprintf(person->cell[NO], CELL_MAX, "K%08u", company->serial);
		company->count = i + 1;
	}
}

void company_free(struct company *company)
{
	free(company->rows);
	*company = (struct company){ 0 };
}

/* ---- padding ---- */

static void stranger_new(struct company *company, enum padding padding, struct person *out)
{
	static const enum field shared[] = { NAME, BORN, CITY, REGISTERED, LEVEL };
	struct inventor *dice = &company->strangers;
	uint32_t numbers = company->serial - FIRST_NUMBER;
	person_new(dice, out);
	/* Somebody else's numbers of the same shape; who counts up takes those between ours, too. */
	uint32_t number = padding == PAD_COUNTED ? FIRST_NUMBER + dice_below(dice, numbers)
	                                         : 20000000 + dice_below(dice, 70000000);
	snprintf(out->cell[NO], CELL_MAX, "K%08u", number);
	const struct person *one = any_of(dice, company);
	unsigned chance = dice_below(dice, 100);
	if (padding == PAD_SHARING)
		for (size_t i = 0; i < LEN(shared); i++)
			take(out, shared[i], any_of(dice, company));
	if (padding == PAD_SUCCESSORS && chance < SUCCESSORS) {
		take(out, CITY, one);
		take(out, ADDRESS, one);
	}
	if (padding == PAD_TWINS && chance < TWINS)
		become_twin(dice, out, one);
	if (padding == PAD_RECOMBINED)
		for (enum field field = 0; field < FIELDS; field++)
			take(out, field, any_of(dice, company));
}

/* ---- leaks ---- */

/* A slip of the keyboard: one letter or digit of it becomes another. */
static void mistype(struct inventor *dice, char *text)
{
	size_t len = strlen(text), at = len ? dice_below(dice, (uint32_t)len) : 0;
	for (size_t i = 0; i < len; i++, at = (at + 1) % len)
		if (text[at] >= '0' && text[at] <= '9') {
			text[at] = (char)('0' + (text[at] - '0' + 1 + (int)dice_below(dice, 9)) % 10);
			return;
		}
	/* Names have no digits: a character more. */
	if (len + 4 < CELL_MAX)
		memcpy(text + len, "某", sizeof "某");
}

/* A third mistyped, a third empty, a third another one's. */
static void damage(struct company *company, enum field field, char *cell)
{
	struct inventor *dice = &company->strangers;
	struct person other;
	switch (dice_below(dice, 3)) {
	case 0:
		mistype(dice, cell);
		break;
	case 1:
		cell[0] = 0;
		break;
	default:
		stranger_new(company, PAD_STRANGERS, &other);
		memcpy(cell, other.cell[field], CELL_MAX);
	}
}

static void mask(enum field field, char *cell)
{
	size_t len = strlen(cell), keep = field == MOBILE ? 3 : 6;
	if ((field != MOBILE && field != RESIDENT) || len < keep + 4)
		return;
	for (size_t i = keep; i + 4 < len; i++)
		cell[i] = '*';
}

static void record_write(
        struct company *company, const struct leak_plan *plan, const struct person *person, char (*cells)[CELL_MAX])
{
	for (size_t c = 0; c < plan->columns->count; c++) {
		enum field field = plan->columns->fields[c];
		memcpy(cells[c], person->cell[field], CELL_MAX);
		if (dice_chance(&company->strangers, plan->damaged))
			damage(company, field, cells[c]);
		if (plan->columns->masked)
			mask(field, cells[c]);
	}
}

void leak_new(struct company *company, const struct leak_plan *plan, struct leak *out)
{
	struct inventor *dice = &company->strangers;
	size_t columns = plan->columns->count;
	*out = (struct leak){ .columns = plan->columns, .records = plan->records };
	out->truth = must(calloc(plan->records + 1, sizeof *out->truth));
	out->cells = must(calloc((plan->records + 1) * columns, sizeof *out->cells));
	for (size_t c = 0; c < columns; c++)
		snprintf(out->cells[c], CELL_MAX, "col%zu", c + 1);
	for (size_t i = 0; i < plan->records; i++) {
		struct person stranger;
		bool ours = dice_chance(dice, plan->ours);
		out->truth[i] = ours ? (int32_t)dice_below(dice, (uint32_t)company->count) : NOBODY;
		if (!ours)
			stranger_new(company, plan->padding, &stranger);
		record_write(company, plan, ours ? &company->rows[out->truth[i]] : &stranger,
		        out->cells + (i + 1) * columns);
	}
}

void leak_free(struct leak *leak)
{
	free(leak->truth);
	free(leak->cells);
	*leak = (struct leak){ 0 };
}

bool padding_differs(const struct column_set *columns, enum padding padding)
{
	static const bool identifies[FIELDS] = { [NO] = true, [MOBILE] = true, [RESIDENT] = true, [EMAIL] = true };
	size_t telling = 0;
	bool address = false, number = false;
	for (size_t c = 0; c < columns->count; c++) {
		telling += identifies[columns->fields[c]];
		address |= columns->fields[c] == ADDRESS;
		number |= columns->fields[c] == NO;
	}
	switch (padding) {
	case PAD_SUCCESSORS:
	case PAD_TWINS:
		return address;
	case PAD_RECOMBINED:
		return telling > 1;
	case PAD_COUNTED:
		return number;
	default:
		return padding == PAD_STRANGERS || columns->count > 1;
	}
}

bool rows_look_alike(const struct company *company, const struct column_set *columns, int32_t a, int32_t b)
{
	for (size_t c = 0; c < columns->count; c++) {
		enum field field = columns->fields[c];
		char one[CELL_MAX], other[CELL_MAX];
		memcpy(one, company->rows[a].cell[field], CELL_MAX);
		memcpy(other, company->rows[b].cell[field], CELL_MAX);
		if (columns->masked) {
			mask(field, one);
			mask(field, other);
		}
		if (strcmp(one, other) != 0)
			return false;
	}
	return true;
}
