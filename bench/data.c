/* hufu-bench-data: invents what the bench measures on: one table on two days, and a leak of the first.
 *
 *     hufu-bench-data DIR ROWS [RECORDS]
 *
 * DIR/day1.csv and DIR/day2.csv (ten columns, 160 bytes a row; 2.5 % of the rows differ), DIR/leak.csv (about RECORDS
 * records, by default a tenth of ROWS; 80 % of them genuine, each of another row, the others of people who are not in
 * the table; six columns in another order, a third of the mobiles written in other ways), DIR/truth (records of the
 * leak, and how many of them are true). The same numbers make the same bytes. */
#include "invent/invent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 60000000, NOT_OURS = 62000000 }; /* where the counters of people who are not ours begin */

struct row {
	char no[16], name[NAME_MAX_BYTES], mobile[MOBILE_MAX_BYTES], id[ID_MAX_BYTES], email[EMAIL_MAX_BYTES];
	char vin[ID_MAX_BYTES], address[ADDRESS_MAX_BYTES], order[16], day[DAY_MAX_BYTES];
	const char *city;
};

static FILE *open_for(const char *dir, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(2);
	}
	return file;
}

static void close_all(FILE *const *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ferror(files[i]) || fclose(files[i]) != 0) {
			fputs("hufu-bench-data: not all could be written; is the disk full?\n", stderr);
			exit(2);
		}
}

/* Street, number, house and flat: without the city, which has a column of its own, and without the commas that the
 * naive baseline could not tell from those between cells. */
static void invent_short_address(struct inventor *inventor, char out[ADDRESS_MAX_BYTES])
{
	char whole[ADDRESS_MAX_BYTES];
	const struct city *city = invent_city(inventor);
	invent_address(inventor, city, whole);
	const char *street = strstr(whole, city->district);
	street = street ? street + strlen(city->district) : whole;
	size_t number = strcspn(street, "0123456789");
	number += strspn(street + number, "0123456789");
	const char *house = street + number + strcspn(street + number, "0123456789");
	snprintf(out, ADDRESS_MAX_BYTES, "%.*s号%s", (int)number, street, house);
}

/* A region has fewer numbers than the largest table needs: its next district takes over. */
static void invent_long_id(struct inventor *inventor, const struct city *city, bool man, char out[ID_MAX_BYTES])
{
	char region[8];
	snprintf(region, sizeof region, "%.4s%02u", city->region, 1 + inventor->people / RESIDENT_IDS % 99);
	invent_resident_id(inventor, region, man, out);
}

static void invent_row(struct inventor *inventor, unsigned long number, struct row *row)
{
	const struct city *city = invent_city(inventor);
	snprintf(row->no, sizeof row->no, "U%08lu", number);
	snprintf(row->order, sizeof row->order, "D%010lu", 7000000000 + number * 3);
	invent_name(inventor, row->name);
	invent_mobile(inventor, row->mobile);
	invent_long_id(inventor, city, number % 2, row->id);
	invent_email(inventor, row->email);
	invent_vin(inventor, row->vin);
	invent_short_address(inventor, row->address);
	day_text(18000 + (int)dice_below(inventor, 1300), row->day);
	row->city = city->city;
}

static void change_row(struct inventor *inventor, struct row *row)
{
	if (dice_below(inventor, 2))
		invent_mobile(inventor, row->mobile);
	else
		invent_short_address(inventor, row->address);
}

static void print_row(FILE *to, const struct row *row)
{
	fprintf(to, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", row->no, row->name, row->mobile, row->id, row->email, row->vin,
	        row->address, row->order, row->day, row->city);
}

/* One of six spells the mobile with blanks, one of six with its country's code. */
static void print_leaked(FILE *to, struct inventor *dice, const struct row *row)
{
	const char *mobile = row->mobile;
	uint32_t way = dice_below(dice, 6);
	if (way == 0)
		fprintf(to, "%.3s %.4s %.4s", mobile, mobile + 3, mobile + 7);
	else
		fprintf(to, "%s%s", way == 1 ? "+86" : "", mobile);
	fprintf(to, ",%s,%s,%s,%s,%s\n", row->name, row->id, row->city, row->address, row->email);
}

struct world {
	struct inventor ours, strangers;
	FILE *day1, *day2, *leak;
	uint32_t rows, records;        /* asked for */
	unsigned long leaked, genuine; /* so many became of it */
};

/* A customer, and with luck a leaked record of him, and one of somebody else. */
static void invent_customer(struct world *world, unsigned long number)
{
	struct row row;
	invent_row(&world->ours, number, &row);
	print_row(world->day1, &row);
	if (dice_below(&world->ours, world->rows * 10) < world->records * 8) {
		print_leaked(world->leak, &world->ours, &row);
		world->genuine++, world->leaked++;
	}
	if (dice_chance(&world->ours, 25))
		change_row(&world->ours, &row);
	print_row(world->day2, &row);
	if (dice_below(&world->strangers, world->rows * 10) < world->records * 2) {
		invent_row(&world->strangers, number, &row);
		print_leaked(world->leak, &world->strangers, &row);
		world->leaked++;
	}
}

int main(int argc, char **argv)
{
	unsigned long rows = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long records = argc == 4 ? strtoul(argv[3], NULL, 10) : rows / 10;
	if (argc > 4 || rows < 100 || rows > ROWS_MAX || records < 10 || records > rows / 4 * 5) {
		fprintf(stderr,
		        "usage: hufu-bench-data DIR ROWS [RECORDS] (100 to %d rows, 10 records to 1.25 times as "
		        "many)\n",
		        ROWS_MAX);
		return 2;
	}
	static const char header[] = "customer_no,name,mobile,resident_id,email,vin,address,order_no,bought_on,city\n";
	struct world world = { .rows = (uint32_t)rows, .records = (uint32_t)records };
	FILE *files[] = { open_for(argv[1], "day1.csv"), open_for(argv[1], "day2.csv"), open_for(argv[1], "leak.csv"),
		open_for(argv[1], "truth") };
	world.day1 = files[0];
	world.day2 = files[1];
	world.leak = files[2];
	inventor_init(&world.ours, 1, 0);
	inventor_init(&world.strangers, 1, NOT_OURS);
	fputs(header, world.day1);
	fputs(header, world.day2);
	fputs("手机,姓名,身份证,城市,地址,邮箱\n", world.leak);
	for (unsigned long number = 1; number <= rows; number++)
		invent_customer(&world, number);
	fprintf(files[3], "%lu %lu\n", world.leaked, world.genuine);
	close_all(files, sizeof files / sizeof *files);
	return 0;
}
