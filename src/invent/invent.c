/* Values of the fictitious world: see invent.h. Formats and check digits are those of the standards that
 * the identifier kinds follow; written here a second time on purpose, so that the demonstration does not
 * test hufu's arithmetic against itself. */
#include "invent/invent.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const char *const surnames[] = { "陈", "林", "李", "王", "张", "黄", "吴", "周", "刘", "杨", "郑", "徐", "何",
	"罗", "梁", "邓", "谢", "沈", "曾", "叶", "潘", "蒋", "苏", "彭", "魏", "姚", "傅", "钟", "石", "汪", "范",
	"方", "戴", "夏", "侯", "邱", "秦", "江", "顾", "白", "龚", "史", "章", "温", "柯", "莫", "欧阳", "上官",
	"司徒" };
static const char *const given[] = { "晓", "明", "芸", "振", "国", "丽", "文", "俊", "思", "远", "若", "彤", "家", "豪",
	"静", "雅", "志", "宏", "海", "燕", "春", "梅", "子", "墨", "一", "凡", "梦", "琪", "建", "平", "秋", "月",
	"嘉", "禾", "书", "瑶", "天", "佑", "安", "宁", "之", "恒", "小", "满", "清", "川", "亦", "舟", "念", "慈",
	"朗", "初" };
static const char *const streets[] = { "松涛", "白鹭", "石榴", "云栖", "听雨", "枫桥", "望江", "青禾", "梧桐", "月牙",
	"竹溪", "银杏", "晨曦", "桃源", "沙洲", "柳荫", "丹桂", "鹿鸣", "澄湖", "雁栖" };
static const char *const ways[] = { "路", "街", "大道", "巷" };
static const char *const estates[] = { "映山里", "南岸家园", "云上小区", "知春苑", "荷塘公寓", "星河湾畔", "半山雅居",
	"东篱小筑", "观澜府", "麦田新村" };
static const char *const syllables[] = { "an", "bei", "chun", "dong", "fei", "gu", "hai", "jing", "ke", "lan", "mo",
	"nuo", "peng", "qiu", "ran", "shu", "tao", "wei", "xue", "yun", "zhi", "xing", "meng", "lin" };
static const char *const mail_hosts[] = { "youxiang.example", "youxiang.example", "xinjian.example", "post.example",
	"mail.example", "yidong.example" };
static const char *const prefixes[] = { "131", "133", "135", "136", "137", "138", "139", "147", "150", "152", "155",
	"157", "158", "159", "166", "173", "176", "177", "180", "182", "183", "185", "186", "187", "188", "189", "191",
	"198", "199" };

const struct city cities[] = {
	{ "重庆市", "重庆市", "渝北区", "500112", "渝A", 17 },
	{ "江苏省", "南京市", "秦淮区", "320104", "苏A", 15 },
	{ "山东省", "青岛市", "市南区", "370202", "鲁B", 12 },
	{ "湖南省", "长沙市", "芙蓉区", "430102", "湘A", 11 },
	{ "河南省", "郑州市", "金水区", "410105", "豫A", 10 },
	{ "天津市", "天津市", "和平区", "120101", "津A", 9 },
	{ "福建省", "厦门市", "思明区", "350203", "闽D", 8 },
	{ "浙江省", "宁波市", "海曙区", "330203", "浙B", 7 },
	{ "辽宁省", "大连市", "中山区", "210202", "辽B", 5 },
	{ "云南省", "昆明市", "五华区", "530102", "云A", 4 },
	{ "江西省", "南昌市", "东湖区", "360102", "赣A", 2 },
};

const struct city *city_of(const char *name)
{
	for (size_t i = 0; i < LEN(cities); i++)
		if (strcmp(cities[i].city, name) == 0)
			return &cities[i];
	return &cities[0];
}

/* Stirs 64 bits; every bit of the input moves about half of the output's. */
static uint64_t stir(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 29;
	x *= 0xa0761d6478bd642fu;
	return x ^ x >> 32;
}

void inventor_init(struct inventor *inventor, uint64_t seed, uint32_t first)
{
	*inventor = (struct inventor){ .seed = stir(seed + 1),
		.people = first,
		.mobiles = first,
		.emails = first,
		.cars = first,
		.plates = first,
		.cards = first,
		.firms = first };
	inventor->state = stir(inventor->seed ^ first);
}

uint32_t dice_below(struct inventor *inventor, uint32_t limit)
{
	inventor->state += 0x9e3779b97f4a7c15u;
	return (uint32_t)((stir(inventor->state) >> 32) * limit >> 32);
}

bool dice_chance(struct inventor *inventor, unsigned per_mille)
{
	return dice_below(inventor, 1000) < per_mille;
}

#define PICK(inventor, array) ((array)[dice_below(inventor, LEN(array))])

/* A permutation of the numbers below `space`: a Feistel network over the next even power of two, walked
 * until it falls inside. Different counters give different values, which is all that "unique" needs. */
static uint64_t scatter(uint64_t counter, uint64_t space, uint64_t key)
{
	unsigned half = 1;
	while (half < 31 && 1ull << 2 * half < space)
		half++;
	uint64_t mask = (1ull << half) - 1, value = counter % space;
	do {
		uint64_t left = value >> half, right = value & mask;
		for (unsigned round = 0; round < 6; round++) {
			uint64_t mixed = left ^ (stir(right ^ (key + round * 0x100000001b3u)) & mask);
			left = right;
			right = mixed;
		}
		value = left << half | right;
	} while (value >= space);
	return value;
}

const struct city *invent_city(struct inventor *inventor)
{
	uint32_t at = dice_below(inventor, 100);
	for (size_t i = 0; i < LEN(cities); i++) {
		if (at < cities[i].share)
			return &cities[i];
		at -= cities[i].share;
	}
	return &cities[0];
}

void invent_name(struct inventor *inventor, char out[NAME_MAX_BYTES])
{
	/* The lower of two throws: early surnames are common, late ones rare. */
	uint32_t one = dice_below(inventor, LEN(surnames)), other = dice_below(inventor, LEN(surnames));
	const char *first = PICK(inventor, given), *second = dice_chance(inventor, 780) ? PICK(inventor, given) : "";
	snprintf(out, NAME_MAX_BYTES, "%s%s%s", surnames[one < other ? one : other], first, second);
}

void invent_mobile(struct inventor *inventor, char out[MOBILE_MAX_BYTES])
{
	uint64_t value = scatter(inventor->mobiles++, LEN(prefixes) * 100000000ull, inventor->seed ^ 1);
	snprintf(out, MOBILE_MAX_BYTES, "%s%08u", prefixes[value / 100000000], (unsigned)(value % 100000000));
}

void day_text(int32_t day, char out[DAY_MAX_BYTES])
{
	time_t seconds = (time_t)day * 86400;
	struct tm tm;
	if (!gmtime_r(&seconds, &tm) || !strftime(out, DAY_MAX_BYTES, "%Y-%m-%d", &tm))
		out[0] = 0;
}

void invent_resident_id(struct inventor *inventor, const char *region, bool man, char out[ID_MAX_BYTES])
{
	enum { FIRST_DAY = -4748, SERIALS = 498 }; /* born 1957 to 2002; serials 2 to 997 */
	static const unsigned weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };

	uint64_t value = scatter(inventor->people++, RESIDENT_IDS, inventor->seed ^ 2);
	char born[DAY_MAX_BYTES];
	day_text(FIRST_DAY + (int32_t)(value / SERIALS), born);
	unsigned serial = 2 + 2 * (unsigned)(value % SERIALS) - (man ? 1 : 0);
	snprintf(out, ID_MAX_BYTES, "%.6s%.4s%.2s%.2s%03u", region, born, born + 5, born + 8, serial % 1000);
	unsigned sum = 0;
	for (size_t i = 0; i < LEN(weights); i++)
		sum += (unsigned)(out[i] - '0') * weights[i];
	out[17] = "10X98765432"[sum % 11];
	out[18] = 0;
}

void invent_email(struct inventor *inventor, char out[EMAIL_MAX_BYTES])
{
	const char *one = PICK(inventor, syllables), *two = PICK(inventor, syllables);
	unsigned number = (unsigned)scatter(inventor->emails++, 90000000, inventor->seed ^ 3);
	snprintf(out, EMAIL_MAX_BYTES, "%s%s%s%u@%s", one, dice_chance(inventor, 200) ? "." : "", two, number,
	        PICK(inventor, mail_hosts));
}

void invent_address(struct inventor *inventor, const struct city *city, char out[ADDRESS_MAX_BYTES])
{
	const char *province = strcmp(city->province, city->city) == 0 ? "" : city->province;
	const char *street = PICK(inventor, streets), *way = PICK(inventor, ways), *estate = PICK(inventor, estates);
	unsigned door = 1 + dice_below(inventor, 880), house = 1 + dice_below(inventor, 36),
	         floor = 1 + dice_below(inventor, 28), flat = 1 + dice_below(inventor, 4);
	/* A few people type a comma into the form, so that some cells need quotes. */
	const char *comma = dice_chance(inventor, 15) ? "," : "";
	snprintf(out, ADDRESS_MAX_BYTES, "%s%s%s%s%s%u号%s%s%u幢%u%02u室", province, city->city, city->district, street,
	        way, door, comma, estate, house, floor, flat);
}

/* Values of letters in a VIN; 0 for I, O and Q, which have none. */
static unsigned vin_value(char c)
{
	static const unsigned char letters[26] = { 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6,
		7, 8, 9 };
	return c >= 'A' ? letters[c - 'A'] : (unsigned)(c - '0');
}

void invent_vin(struct inventor *inventor, char out[ID_MAX_BYTES])
{
	static const unsigned weights[17] = { 8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2 };
	char model = "3456789"[inventor->cars / 24000000 % 7]; /* the next one when all numbers are given away */
	uint64_t value = scatter(inventor->cars++, 24000000, inventor->seed ^ 4);
	snprintf(out, ID_MAX_BYTES, "LXU%c%c%cE%c0%c%c%06u", "CDST"[value / 1000000 % 4], "47"[value / 4000000 % 2],
	        model, "AEK"[value / 8000000], "NPR"[dice_below(inventor, 3)], "XW"[dice_below(inventor, 2)],
	        (unsigned)(value % 1000000));
	unsigned sum = 0;
	for (size_t i = 0; i < LEN(weights); i++)
		sum += vin_value(out[i]) * weights[i];
	out[8] = "0123456789X"[sum % 11];
}

void invent_plate(struct inventor *inventor, const struct city *city, char out[ID_MAX_BYTES])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
	uint64_t value = scatter(inventor->plates++, 34u * 2 * 10000, inventor->seed ^ 5);
	snprintf(out, ID_MAX_BYTES, "%s%c%c%04u", city->plate, "DF"[value / 340000], letters[value / 10000 % 34],
	        (unsigned)(value % 10000));
}

void invent_card(struct inventor *inventor, char out[ID_MAX_BYTES])
{
	uint64_t value = scatter(inventor->cards++, 1000000000000ull, inventor->seed ^ 6);
	snprintf(out, ID_MAX_BYTES, "621799%012llu", (unsigned long long)value);
	unsigned sum = 0;
	for (size_t i = 0; i < 18; i++) { /* 18 digits and the check: the last before it is doubled */
		unsigned digit = (unsigned)(out[i] - '0') * (i % 2 ? 2 : 1);
		sum += digit > 9 ? digit - 9 : digit;
	}
	out[18] = (char)('0' + (10 - sum % 10) % 10);
	out[19] = 0;
}

void invent_uscc(struct inventor *inventor, const char *region, char out[ID_MAX_BYTES])
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	static const unsigned inner[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	unsigned sum = 0, weight = 1;

	snprintf(out, ID_MAX_BYTES, "91%.6s%08u", region,
	        (unsigned)scatter(inventor->firms++, 100000000, inventor->seed ^ 7));
	for (size_t i = 0; i < 8; i++)
		sum += (unsigned)(out[8 + i] - '0') * inner[i];
	out[16] = "0X987654321"[sum % 11];
	sum = 0;
	for (size_t i = 0; i < 17; i++, weight = weight * 3 % 31)
		sum += (unsigned)(strchr(alphabet, out[i]) - alphabet) * weight;
	out[17] = alphabet[(31 - sum % 31) % 31];
	out[18] = 0;
}

void invent_company(struct inventor *inventor, const struct city *city, char out[COMPANY_MAX_BYTES])
{
	static const char *const words[] = { "瑞禾", "天驰", "鑫源", "远航", "众和", "万邦", "驰风", "锦程" };
	static const char *const trades[] = { "汽车销售有限公司", "汽车服务有限公司", "新能源科技有限公司" };
	int bare = (int)strlen(city->city) - 3; /* without 市 */
	snprintf(out, COMPANY_MAX_BYTES, "%.*s%s%s", bare, city->city, PICK(inventor, words), PICK(inventor, trades));
}
