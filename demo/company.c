/* The fictitious carmaker's life: people register, order, borrow, move, change numbers and leave. See
 * company.h. Shares are invented; they only have to be many enough to be seen and few enough to be
 * believed. */
#include "company.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(company, array) ((array)[dice_below(&(company)->inventor, LEN(array))])

struct order {
	uint32_t owner;
	char no[20], owner_no[12], model[24], vin[ID_MAX_BYTES], plate[ID_MAX_BYTES], ordered[DAY_MAX_BYTES];
	char delivered[DAY_MAX_BYTES], dealer_no[12], price[12], state[24];
};

struct employee {
	char no[12], name[NAME_MAX_BYTES], mobile[MOBILE_MAX_BYTES], email[EMAIL_MAX_BYTES], unit[32], post[32];
	char joined[DAY_MAX_BYTES];
};

struct dealer {
	char no[12], company[COMPANY_MAX_BYTES], uscc[ID_MAX_BYTES], contact[NAME_MAX_BYTES], mobile[MOBILE_MAX_BYTES];
	char email[EMAIL_MAX_BYTES], city[24];
};

struct relative {
	uint32_t owner;
	char no[24], owner_no[12], relation[16], name[NAME_MAX_BYTES], mobile[MOBILE_MAX_BYTES];
};

struct finance {
	uint32_t owner;
	char no[20], owner_no[12], resident_id[ID_MAX_BYTES], bank[32], card[ID_MAX_BYTES], amount[12], months[4];
	char signed_on[DAY_MAX_BYTES];
};

#define AT(type, field, text)                                                                                          \
	{                                                                                                              \
		text, offsetof(struct type, field)                                                                     \
	}
static const struct column owner_columns[] = { AT(owner, no, "owner_no"), AT(owner, name, "name"),
	AT(owner, gender, "gender"), AT(owner, mobile, "mobile"), AT(owner, resident_id, "resident_id"),
	AT(owner, email, "email"), AT(owner, province, "province"), AT(owner, city, "city"),
	AT(owner, address, "address"), AT(owner, registered, "registered") };
static const struct column order_columns[] = { AT(order, no, "order_code"), AT(order, owner_no, "owner_no"),
	AT(order, model, "model"), AT(order, vin, "vin"), AT(order, plate, "plate"), AT(order, ordered, "ordered_on"),
	AT(order, delivered, "delivered_on"), AT(order, dealer_no, "dealer_no"), AT(order, price, "price_yuan"),
	AT(order, state, "state") };
static const struct column staff_columns[] = { AT(employee, no, "staff_no"), AT(employee, name, "name"),
	AT(employee, mobile, "mobile"), AT(employee, email, "email"), AT(employee, unit, "unit"),
	AT(employee, post, "post"), AT(employee, joined, "joined_on") };
static const struct column dealer_columns[] = { AT(dealer, no, "dealer_no"), AT(dealer, company, "company"),
	AT(dealer, uscc, "uscc"), AT(dealer, contact, "contact"), AT(dealer, mobile, "contact_mobile"),
	AT(dealer, email, "contact_email"), AT(dealer, city, "city") };
static const struct column relative_columns[] = { AT(relative, no, "relative_no"), AT(relative, owner_no, "owner_no"),
	AT(relative, relation, "relation"), AT(relative, name, "relative_name"),
	AT(relative, mobile, "relative_mobile") };
static const struct column finance_columns[] = { AT(finance, no, "contract_no"), AT(finance, owner_no, "owner_no"),
	AT(finance, resident_id, "borrower_id"), AT(finance, bank, "bank"), AT(finance, card, "repay_card"),
	AT(finance, amount, "amount_yuan"), AT(finance, months, "months"), AT(finance, signed_on, "signed_on") };

const struct dataset datasets[DATASETS] = {
	[OWNERS] = { "owners", sizeof(struct owner), owner_columns, LEN(owner_columns), "owner_no" },
	[ORDERS] = { "orders", sizeof(struct order), order_columns, LEN(order_columns), "owner_no" },
	[STAFF] = { "staff", sizeof(struct employee), staff_columns, LEN(staff_columns), "staff_no" },
	[DEALERS] = { "dealers", sizeof(struct dealer), dealer_columns, LEN(dealer_columns), "dealer_no" },
	[RELATIVES] = { "relatives", sizeof(struct relative), relative_columns, LEN(relative_columns), "owner_no" },
	[FINANCE] = { "finance", sizeof(struct finance), finance_columns, LEN(finance_columns), "owner_no" },
};

_Noreturn void give_up(const char *what)
{
	fprintf(stderr, "hufu-carmaker: %s\n", what);
	exit(2);
}

const struct column *dataset_column(const struct dataset *dataset, const char *name)
{
	for (size_t i = 0; i < dataset->column_count; i++)
		if (strcmp(dataset->columns[i].name, name) == 0)
			return &dataset->columns[i];
	return NULL;
}

static void *row_add(struct company *company, enum dataset_id id)
{
	struct rows *rows = &company->rows[id];
	size_t size = datasets[id].row_size;
	if (rows->count == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 1024;
		char *at = realloc(rows->at, cap * size);
		if (!at)
			give_up("out of memory; ask for fewer customers");
		rows->at = at;
		rows->cap = cap;
	}
	return memset(rows->at + size * rows->count++, 0, size);
}

void company_init(struct company *company, uint64_t seed, uint32_t first, uint32_t target)
{
	*company = (struct company){ .target = target, .serial = first };
	inventor_init(&company->inventor, seed, first);
}

void company_done(struct company *company)
{
	for (size_t id = 0; id < DATASETS; id++)
		free(company->rows[id].at);
	free(company->gone);
}

static void add_order(struct company *company, const struct owner *owner, const struct city *city, int32_t day)
{
	static const char *const models[] = { "溪 3", "溪 5", "溪 5", "川 7", "泽 MPV" };
	struct order *order = row_add(company, ORDERS);
	order->owner = owner->serial;
	memcpy(order->owner_no, owner->no, sizeof order->owner_no);
	day_text(day, order->ordered);
	snprintf(order->no, sizeof order->no, "D%.4s%.2s-%07u", order->ordered, order->ordered + 5,
	        owner->serial % 10000000);
	snprintf(order->model, sizeof order->model, "%s", PICK(company, models));
	invent_vin(&company->inventor, order->vin);
	invent_plate(&company->inventor, city, order->plate);
	uint32_t dealers = (uint32_t)company->rows[DEALERS].count;
	snprintf(order->dealer_no, sizeof order->dealer_no, "J%04u",
	        dealers ? 1 + dice_below(&company->inventor, dealers) : 1);
	snprintf(order->price, sizeof order->price, "%u", 1000 * (139 + dice_below(&company->inventor, 260)));
	snprintf(order->state, sizeof order->state, "待生产");
}

static void add_finance(struct company *company, const struct owner *owner, int32_t day)
{
	static const char *const banks[] = { "江岸银行", "云栖银行", "百川银行", "雪鲤汽车金融" };
	static const char *const months[] = { "12", "24", "36", "36", "60" };
	struct finance *finance = row_add(company, FINANCE);
	finance->owner = owner->serial;
	memcpy(finance->owner_no, owner->no, sizeof finance->owner_no);
	snprintf(finance->no, sizeof finance->no, "JR%08u", owner->serial);
	memcpy(finance->resident_id, owner->resident_id, sizeof finance->resident_id);
	snprintf(finance->bank, sizeof finance->bank, "%s", PICK(company, banks));
	invent_card(&company->inventor, finance->card);
	snprintf(finance->amount, sizeof finance->amount, "%u", 5000 * (10 + dice_below(&company->inventor, 50)));
	snprintf(finance->months, sizeof finance->months, "%s", PICK(company, months));
	day_text(day, finance->signed_on);
}

static void add_relative(struct company *company, const struct owner *owner, unsigned which)
{
	static const char *const relations[] = { "配偶", "配偶", "父母", "子女", "紧急联系人" };
	struct relative *relative = row_add(company, RELATIVES);
	relative->owner = owner->serial;
	memcpy(relative->owner_no, owner->no, sizeof relative->owner_no);
	snprintf(relative->no, sizeof relative->no, "Q%08u-%u", owner->serial, which);
	snprintf(relative->relation, sizeof relative->relation, "%s", PICK(company, relations));
	invent_name(&company->inventor, relative->name);
	invent_mobile(&company->inventor, relative->mobile);
}

/* One in thirty opens a second account: another number and mobile, the same human. */
static void fill_owner(struct company *company, struct owner *owner, const struct city *city, size_t others)
{
	struct inventor *inventor = &company->inventor;
	owner->serial = ++company->serial;
	snprintf(owner->no, sizeof owner->no, "XL%08u", owner->serial);
	invent_mobile(inventor, owner->mobile);
	if (!dice_chance(inventor, 90))
		invent_email(inventor, owner->email);
	snprintf(owner->province, sizeof owner->province, "%s", city->province);
	snprintf(owner->city, sizeof owner->city, "%s", city->city);
	invent_address(inventor, city, owner->address);
	if (others && dice_chance(inventor, 33)) {
		const struct owner *first =
		        (const struct owner *)row_at(company, OWNERS, dice_below(inventor, (uint32_t)others));
		owner->human = first->human;
		memcpy(owner->name, first->name, sizeof owner->name);
		memcpy(owner->gender, first->gender, sizeof owner->gender);
		memcpy(owner->resident_id, first->resident_id, sizeof owner->resident_id);
		return;
	}
	bool man = dice_chance(inventor, 560);
	owner->human = company->humans++;
	invent_name(inventor, owner->name);
	snprintf(owner->gender, sizeof owner->gender, "%s", man ? "男" : "女");
	invent_resident_id(inventor, city->region, man, owner->resident_id);
}

static void register_owner(struct company *company, int32_t day)
{
	struct inventor *inventor = &company->inventor;
	const struct city *city = invent_city(inventor);
	size_t others = company->rows[OWNERS].count;
	struct owner *owner = row_add(company, OWNERS);
	fill_owner(company, owner, city, others);
	day_text(day, owner->registered);
	if (dice_chance(inventor, 650)) {
		add_order(company, owner, city, day);
		if (dice_chance(inventor, 350))
			add_finance(company, owner, day);
	}
	for (unsigned i = dice_below(inventor, 5) / 2; i > 0; i--)
		add_relative(company, owner, i);
}

static void hire(struct company *company, int32_t day)
{
	static const char *const units[] = { "整车工程部", "电池研究所", "智能座舱部", "门店运营部", "客户关怀部",
		"采购部", "财务部", "信息安全部" };
	static const char *const posts[] = { "工程师", "主任工程师", "主管", "顾问", "助理", "部长" };
	struct employee *employee = row_add(company, STAFF);
	snprintf(employee->no, sizeof employee->no, "S%06u", 100000 + ++company->staff_serial);
	invent_name(&company->inventor, employee->name);
	invent_mobile(&company->inventor, employee->mobile);
	snprintf(employee->email, sizeof employee->email, "%s@xueli.example", employee->no);
	employee->email[0] = 's';
	snprintf(employee->unit, sizeof employee->unit, "%s", PICK(company, units));
	snprintf(employee->post, sizeof employee->post, "%s", PICK(company, posts));
	day_text(day, employee->joined);
}

static void sign_dealer(struct company *company)
{
	const struct city *city = invent_city(&company->inventor);
	struct dealer *dealer = row_add(company, DEALERS);
	snprintf(dealer->no, sizeof dealer->no, "J%04u", ++company->dealer_serial);
	invent_company(&company->inventor, city, dealer->company);
	invent_uscc(&company->inventor, city->region, dealer->uscc);
	invent_name(&company->inventor, dealer->contact);
	invent_mobile(&company->inventor, dealer->mobile);
	invent_email(&company->inventor, dealer->email);
	snprintf(dealer->city, sizeof dealer->city, "%s", city->city);
}

/* Each month some move, some change the number, a few leave. */
static void change_owners(struct company *company)
{
	struct inventor *inventor = &company->inventor;
	if (company->gone_cap < (size_t)company->serial + 1) {
		size_t cap = ((size_t)company->serial + 1) * 2;
		bool *gone = realloc(company->gone, cap * sizeof *gone);
		if (!gone)
			give_up("out of memory; ask for fewer customers");
		company->gone = gone;
		company->gone_cap = cap;
	}
	memset(company->gone, 0, company->gone_cap * sizeof *company->gone);
	for (size_t i = 0; i < company->rows[OWNERS].count; i++) {
		struct owner *owner = (struct owner *)company->rows[OWNERS].at + i;
		unsigned fate = dice_below(inventor, 1000);
		if (fate < 9)
			invent_mobile(inventor, owner->mobile);
		else if (fate < 14)
			invent_email(inventor, owner->email);
		else if (fate < 28)
			invent_address(inventor, city_of(owner->city), owner->address);
		else if (fate < 32)
			company->gone[owner->serial] = true;
	}
}

/* Takes out what belongs to owners that left; those rows begin with the owner's serial. */
static void remove_gone(struct company *company, enum dataset_id id)
{
	struct rows *rows = &company->rows[id];
	size_t size = datasets[id].row_size, kept = 0;
	for (size_t i = 0; i < rows->count; i++) {
		uint32_t serial;
		memcpy(&serial, rows->at + i * size, sizeof serial);
		if (company->gone[serial])
			continue;
		if (kept != i)
			memcpy(rows->at + kept * size, rows->at + i * size, size);
		kept++;
	}
	rows->count = kept;
}

static void move_orders(struct company *company, int32_t day)
{
	for (size_t i = 0; i < company->rows[ORDERS].count; i++) {
		struct order *order = (struct order *)company->rows[ORDERS].at + i;
		if (order->delivered[0] || !dice_chance(&company->inventor, 450))
			continue;
		if (strcmp(order->state, "待生产") == 0) {
			snprintf(order->state, sizeof order->state, "运输中");
			continue;
		}
		snprintf(order->state, sizeof order->state, "已交车");
		day_text(day - (int32_t)dice_below(&company->inventor, 27), order->delivered);
	}
}

static void move_staff(struct company *company)
{
	for (size_t i = 0; i < company->rows[STAFF].count; i++)
		if (dice_chance(&company->inventor, 15))
			invent_mobile(&company->inventor, ((struct employee *)company->rows[STAFF].at + i)->mobile);
}

void company_month(struct company *company, int32_t day, unsigned month, unsigned months)
{
	/* Half the owners are there when the records begin; the rest come evenly. */
	uint32_t half = company->target - company->target / 2;
	uint32_t coming = months > 1 ? (company->target - half) / (months - 1) : 0;
	uint32_t hired = company->target / (month ? 500 : 25), dealers = company->target / (month ? 2000 : 100);

	if (month) {
		change_owners(company);
		remove_gone(company, OWNERS);
		remove_gone(company, ORDERS);
		remove_gone(company, RELATIVES);
		remove_gone(company, FINANCE);
		move_orders(company, day);
		move_staff(company);
	}
	for (uint32_t i = 0; i < dealers + 1 && company->dealer_serial < 9999; i++)
		sign_dealer(company);
	for (uint32_t i = 0; i < hired + 1; i++)
		hire(company, day - (int32_t)dice_below(&company->inventor, month ? 28 : 1500));
	for (uint32_t i = 0; i < (month ? coming : half); i++)
		register_owner(company, day - (int32_t)dice_below(&company->inventor, month ? 28 : 700));
}
