/* hufu-bench-data: invents what the bench measures on: one table on two days, and a leak of the first.
 *
 *     hufu-bench-data DIR ROWS
 *
 * DIR/day1.csv and DIR/day2.csv (ten columns; 2.5 % of the rows differ), DIR/leak.csv (a record for every second row,
 * a fifth of them of people who are not in the table; columns in another order, mobiles written in three ways),
 * DIR/truth (records of the leak, and how many of them are true). The same number of rows makes the same bytes. */
#include "invent/invent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Without commas: the naive baseline splits at every one. */
static void invent_plain_address(struct inventor *inventor, const struct city *city, char out[ADDRESS_MAX_BYTES])
{
	invent_address(inventor, city, out);
	for (char *at = out; *at; at++)
		if (*at == ',')
			*at = '-';
}

static void invent_row(struct inventor *inventor, unsigned long number, struct row *row)
{
	const struct city *city = invent_city(inventor);
	snprintf(row->no, sizeof row->no, "U%08lu", number);
	snprintf(row->order, sizeof row->order, "D%010lu", 7000000000 + number * 3);
	invent_name(inventor, row->name);
	invent_mobile(inventor, row->mobile);
	invent_resident_id(inventor, city->region, number % 2, row->id);
	invent_email(inventor, row->email);
	invent_vin(inventor, row->vin);
	invent_plain_address(inventor, city, row->address);
	day_text(18000 + (int)dice_below(inventor, 1300), row->day);
	row->city = city->city;
}

static void change_row(struct inventor *inventor, struct row *row)
{
	if (dice_below(inventor, 2))
		invent_mobile(inventor, row->mobile);
	else
		invent_plain_address(inventor, invent_city(inventor), row->address);
}

static void print_row(FILE *to, const struct row *row)
{
	fprintf(to, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", row->no, row->name, row->mobile, row->id, row->email, row->vin,
	        row->address, row->order, row->day, row->city);
}

static void print_leaked(FILE *to, const struct row *row, unsigned way)
{
	const char *mobile = row->mobile;
	if (way == 0)
		fprintf(to, "%.3s %.4s %.4s", mobile, mobile + 3, mobile + 7);
	else
		fprintf(to, "%s%s", way == 1 ? "+86" : "", mobile);
	fprintf(to, ",%s,%s,%s,%s,%s\n", row->name, row->id, row->city, row->address, row->email);
}

int main(int argc, char **argv)
{
	unsigned long rows = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, records = 0, genuine = 0;
	if (rows < 100 || rows > 3000000) {
		fputs("usage: hufu-bench-data DIR ROWS (100 to 3000000)\n", stderr);
		return 2;
	}
	FILE *files[] = { open_for(argv[1], "day1.csv"), open_for(argv[1], "day2.csv"), open_for(argv[1], "leak.csv"),
		open_for(argv[1], "truth") };
	static const char header[] = "customer_no,name,mobile,resident_id,email,vin,address,order_no,bought_on,city\n";
	struct inventor ours, strangers;
	struct row row;
	inventor_init(&ours, 1, 0);
	inventor_init(&strangers, 1, STRANGERS);
	fputs(header, files[0]);
	fputs(header, files[1]);
	fputs("手机,姓名,身份证,城市,地址,邮箱\n", files[2]);
	for (unsigned long number = 1; number <= rows; number++) {
		invent_row(&ours, number, &row);
		print_row(files[0], &row);
		if (dice_chance(&ours, 400)) {
			print_leaked(files[2], &row, dice_below(&ours, 3));
			genuine++, records++;
		}
		if (dice_chance(&ours, 25))
			change_row(&ours, &row);
		print_row(files[1], &row);
		if (dice_chance(&strangers, 100)) {
			invent_row(&strangers, number, &row);
			print_leaked(files[2], &row, dice_below(&strangers, 3));
			records++;
		}
	}
	fprintf(files[3], "%lu %lu\n", records, genuine);
	close_all(files, sizeof files / sizeof *files);
	return 0;
}
