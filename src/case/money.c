/* Sums of money, see number.h: a number, its currency, and what it is to be paid in. */
#include "case/number.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return number_in_word(c) && !is_digit(c);
}

static size_t blanks(hufu_view text)
{
	size_t len = 0;
	while (len < text.len && len < 3 && text.ptr[len] == ' ')
		len++;
	return len;
}

/* ---- currencies ---- */

struct currency {
	const char *word, *code;
	bool sign; /* stands before the number; "$" */
};

static const struct currency currencies[] = {
	{ "US$", "USD", true },
	{ "HK$", "HKD", true },
	{ "C$", "CAD", true },
	{ "A$", "AUD", true },
	{ "$", "USD", true },
	{ "€", "EUR", true },
	{ "£", "GBP", true },
	{ "¥", "CNY", true },
	{ "₿", "BTC", true },
	{ "RMB", "CNY", true },
	{ "CNY", "CNY", true },
	{ "USD", "USD", true },
	{ "EUR", "EUR", true },
	{ "GBP", "GBP", true },
	{ "HKD", "HKD", true },
	{ "BTC", "BTC", true },
	{ "ETH", "ETH", true },
	{ "XMR", "XMR", true },
	{ "USDT", "USDT", true },
	{ "USDC", "USDC", true },
	{ "TRX", "TRX", true },
	{ "LTC", "LTC", true },
	{ "XBT", "BTC", false },
	{ "bitcoins", "BTC", false },
	{ "bitcoin", "BTC", false },
	{ "比特币", "BTC", false },
	{ "比特幣", "BTC", false },
	{ "ethereum", "ETH", false },
	{ "ether", "ETH", false },
	{ "以太坊", "ETH", false },
	{ "以太币", "ETH", false },
	{ "monero", "XMR", false },
	{ "门罗币", "XMR", false },
	{ "tether", "USDT", false },
	{ "泰达币", "USDT", false },
	{ "litecoin", "LTC", false },
	{ "US dollars", "USD", false },
	{ "US dollar", "USD", false },
	{ "U.S. dollars", "USD", false },
	{ "American dollars", "USD", false },
	{ "dollars", "USD", false },
	{ "dollar", "USD", false },
	{ "bucks", "USD", false },
	{ "美元", "USD", false },
	{ "美金", "USD", false },
	{ "美刀", "USD", false },
	{ "euros", "EUR", false },
	{ "euro", "EUR", false },
	{ "欧元", "EUR", false },
	{ "pounds", "GBP", false },
	{ "英镑", "GBP", false },
	{ "港元", "HKD", false },
	{ "港币", "HKD", false },
	{ "人民币", "CNY", true },
	{ "元人民币", "CNY", false },
	{ "元", "CNY", false },
	{ "yuan", "CNY", false },
	{ "renminbi", "CNY", false },
	{ "NT$", "TWD", true },
	{ "S$", "SGD", true },
	{ "SG$", "SGD", true },
	{ "CA$", "CAD", true },
	{ "CAD$", "CAD", true },
	{ "AU$", "AUD", true },
	{ "AUD$", "AUD", true },
	{ "NZ$", "NZD", true },
	{ "R$", "BRL", true },
	{ "USD$", "USD", true },
	{ "HKD$", "HKD", true },
	{ "SGD$", "SGD", true },
	{ "U$", "USD", true },
	{ "₩", "KRW", true },
	{ "₽", "RUB", true },
	{ "₹", "INR", true },
	{ "₺", "TRY", true },
	{ "₴", "UAH", true },
	{ "₫", "VND", true },
	{ "₪", "ILS", true },
	{ "฿", "THB", true },
	{ "₱", "PHP", true },
	{ "JP¥", "JPY", true },
	{ "CN¥", "CNY", true },
	{ "Ð", "DOGE", true },
	{ "CHF", "CHF", true },
	{ "SFr", "CHF", true },
	{ "JPY", "JPY", true },
	{ "AUD", "AUD", true },
	{ "CAD", "CAD", true },
	{ "NZD", "NZD", true },
	{ "SGD", "SGD", true },
	{ "TWD", "TWD", true },
	{ "NTD", "TWD", true },
	{ "KRW", "KRW", true },
	{ "RUB", "RUB", true },
	{ "INR", "INR", true },
	{ "THB", "THB", true },
	{ "PLN", "PLN", true },
	{ "SEK", "SEK", true },
	{ "NOK", "NOK", true },
	{ "DKK", "DKK", true },
	{ "ZAR", "ZAR", true },
	{ "AED", "AED", true },
	{ "SAR", "SAR", true },
	{ "BRL", "BRL", true },
	{ "MXN", "MXN", true },
	{ "MYR", "MYR", true },
	{ "UAH", "UAH", true },
	{ "VND", "VND", true },
	{ "IDR", "IDR", true },
	{ "CNH", "CNY", true },
	{ "MOP", "MOP", true },
	{ "DOGE", "DOGE", true },
	{ "BNB", "BNB", true },
	{ "BCH", "BCH", true },
	{ "BSV", "BSV", true },
	{ "XRP", "XRP", true },
	{ "ZEC", "ZEC", true },
	{ "DASH", "DASH", false },
	{ "bitcoin cash", "BCH", false },
	{ "比特币现金", "BCH", false },
	{ "bitcoin gold", "BTG", false },
	{ "bitcoin sv", "BSV", false },
	{ "ethereum classic", "ETC", false },
	{ "dogecoins", "DOGE", false },
	{ "dogecoin", "DOGE", false },
	{ "狗狗币", "DOGE", false },
	{ "binance coin", "BNB", false },
	{ "币安币", "BNB", false },
	{ "litecoins", "LTC", false },
	{ "莱特币", "LTC", false },
	{ "瑞波币", "XRP", false },
	{ "zcash", "ZEC", false },
	{ "tron", "TRX", false },
	{ "波场币", "TRX", false },
	{ "moneros", "XMR", false },
	{ "門羅幣", "XMR", false },
	{ "以太幣", "ETH", false },
	{ "ethers", "ETH", false },
	{ "泰達幣", "USDT", false },
	{ "U.S. dollar", "USD", false },
	{ "Hong Kong dollars", "HKD", false },
	{ "Canadian dollars", "CAD", false },
	{ "Australian dollars", "AUD", false },
	{ "New Zealand dollars", "NZD", false },
	{ "Singapore dollars", "SGD", false },
	{ "Taiwan dollars", "TWD", false },
	{ "New Taiwan dollars", "TWD", false },
	{ "歐元", "EUR", false },
	{ "英鎊", "GBP", false },
	{ "pound sterling", "GBP", false },
	{ "pounds sterling", "GBP", false },
	{ "sterling", "GBP", false },
	{ "港幣", "HKD", false },
	{ "港纸", "HKD", false },
	{ "台币", "TWD", false },
	{ "台幣", "TWD", false },
	{ "新台币", "TWD", false },
	{ "新台幣", "TWD", false },
	{ "新臺幣", "TWD", false },
	{ "臺幣", "TWD", false },
	{ "新加坡元", "SGD", false },
	{ "新加坡币", "SGD", false },
	{ "坡币", "SGD", false },
	{ "新币", "SGD", false },
	{ "澳元", "AUD", false },
	{ "澳币", "AUD", false },
	{ "加元", "CAD", false },
	{ "加币", "CAD", false },
	{ "纽元", "NZD", false },
	{ "新西兰元", "NZD", false },
	{ "日元", "JPY", false },
	{ "日圆", "JPY", false },
	{ "日圓", "JPY", false },
	{ "円", "JPY", false },
	{ "yen", "JPY", false },
	{ "韩元", "KRW", false },
	{ "韓元", "KRW", false },
	{ "韩币", "KRW", false },
	{ "원", "KRW", false },
	{ "won", "KRW", false },
	{ "卢布", "RUB", false },
	{ "盧布", "RUB", false },
	{ "rubles", "RUB", false },
	{ "ruble", "RUB", false },
	{ "roubles", "RUB", false },
	{ "rouble", "RUB", false },
	{ "rupees", "INR", false },
	{ "rupee", "INR", false },
	{ "卢比", "INR", false },
	{ "Swiss francs", "CHF", false },
	{ "瑞士法郎", "CHF", false },
	{ "瑞郎", "CHF", false },
	{ "baht", "THB", false },
	{ "泰铢", "THB", false },
	{ "ringgit", "MYR", false },
	{ "林吉特", "MYR", false },
	{ "zloty", "PLN", false },
	{ "hryvnia", "UAH", false },
	{ "迪拉姆", "AED", false },
	{ "澳门元", "MOP", false },
	{ "人民幣", "CNY", true },
	{ "元人民幣", "CNY", false },
	{ "圆", "CNY", false },
	{ "块钱", "CNY", false },
	{ "塊錢", "CNY", false },
};

size_t money_currency(hufu_view text, bool before_number, char code[8])
{
	size_t best = 0;
	for (size_t i = 0; i < LEN(currencies); i++) {
		const struct currency *row = &currencies[i];
		size_t len = strlen(row->word);
		if (len <= best || (before_number && !row->sign) || !number_word(text, row->word))
			continue;
		best = len;
		memcpy(code, row->code, strlen(row->code) + 1);
	}
	/* "USDT" is no dollar: the words are told apart by their ends, but for "BTC0.15" before a digit. */
	return best;
}

/* As money_currency, but digits may follow at once: "USD2.25M". */
static size_t currency_before(hufu_view text, char code[8])
{
	size_t letters = 0;
	while (letters < text.len && letters < 8 && is_letter(text.ptr[letters]))
		letters++;
	if (letters && letters < text.len && is_digit(text.ptr[letters]))
		return money_currency(view_make(text.ptr, letters), true, code) == letters ? letters : 0;
	return money_currency(text, true, code);
}

static bool is_one_of(const char *code, const char *const *codes)
{
	for (; *codes; codes++)
		if (strcmp(code, *codes) == 0)
			return true;
	return false;
}

static bool is_coin(const char *code)
{
	static const char *const coins[] = { "BTC", "ETH", "XMR", "USDT", "USDC", "TRX", "LTC", "BCH", "BSV", "BTG",
		"ETC", "DOGE", "BNB", "XRP", "ZEC", "DASH", "SOL", NULL };
	return is_one_of(code, coins);
}

/* Whether its thousandth is worth writing: "0.150 BTC", but not "300.000 USDT". */
static bool has_thousandths(const char *code)
{
	static const char *const steady[] = { "USDT", "USDC", NULL };
	return is_coin(code) && !is_one_of(code, steady);
}

/* Whether a name behind the number only says more of the sign before it: "$500 AUD", "¥300 JPY". */
static bool refines(const char *sign, const char *behind)
{
	static const char *const dollars[] = { "USD", "HKD", "CAD", "AUD", "NZD", "SGD", "TWD", NULL };
	static const char *const yens[] = { "CNY", "JPY", NULL };
	return strcmp(sign, behind) == 0 || (strcmp(sign, "USD") == 0 && is_one_of(behind, dollars)) ||
	       (strcmp(sign, "CNY") == 0 && is_one_of(behind, yens));
}

/* ---- digits as they stand in sums ---- */

static size_t digits(hufu_view text)
{
	size_t len = 0;
	while (len < text.len && is_digit(text.ptr[len]))
		len++;
	return len;
}

/* Groups of three behind one to three digits; the length of all, or 0. */
static size_t grouped(hufu_view text, char mark)
{
	size_t len = digits(text), groups = 0;
	if (len == 0 || len > 3)
		return 0;
	while (len < text.len && text.ptr[len] == mark && digits(view_from(text, len + 1)) == 3) {
		len += 4;
		groups++;
	}
	return groups ? len : 0;
}

static double value_of(hufu_view text, double *step)
{
	double value = 0;
	*step = 1;
	bool behind = false;
	for (size_t i = 0; i < text.len; i++) {
		behind = behind || text.ptr[i] == ',';
		if (!is_digit(text.ptr[i]))
			continue;
		value = value * 10 + (text.ptr[i] - '0');
		*step = behind ? *step * 10 : 1;
	}
	return value / *step;
}

/* "2.250,50", "1500,5", "0,25", "300 000": as Europeans write; the length, or 0. */
static size_t european(hufu_view text, struct number *out, bool *spaced)
{
	enum { DIGITS_MAX = 15 };
	size_t spaces = grouped(text, ' '), dots = grouped(text, '.');
	size_t len = spaces ? spaces : dots ? dots : digits(text), whole = len, behind;
	if (!len || len > DIGITS_MAX)
		return 0;
	behind = len < text.len && text.ptr[len] == ',' ? digits(view_from(text, len + 1)) : 0;
	bool zero = len == 1 && text.ptr[0] == '0';
	if (behind && (behind < 3 || (zero && behind < 9)))
		len += 1 + behind;
	else if (behind || !spaces)
		return 0;
	/* "1,50.2" is nothing that is known. */
	if (len + 1 < text.len && strchr(".,", text.ptr[len]) && text.ptr[len] && is_digit(text.ptr[len + 1]))
		return 0;
	*spaced = spaces > 0;
	*out = (struct number){ .value = value_of(view_make(text.ptr, len), &out->step) };
	return len > whole || spaces ? len : 0;
}

struct sum {
	struct number number;
	bool spaced, thirds; /* "300.000": three digits behind a point, and nothing else that tells */
};

static size_t sum_digits(hufu_view text, struct sum *out)
{
	size_t len = european(text, &out->number, &out->spaced);
	if (len)
		return len;
	len = number_read(text, &out->number);
	size_t head = digits(text);
	out->thirds = len == head + 4 && head >= 1 && head <= 3 && text.ptr[0] != '0' && text.ptr[head] == '.';
	return len;
}

/* The number with what multiplies it: "2.25 Mio.", "2.25 m" where a currency follows or stood before. */
static size_t sum_read(hufu_view text, bool named, struct sum *out)
{
	char code[8];
	double times;
	*out = (struct sum){ .spaced = false };
	size_t len = sum_digits(text, out);
	if (!len)
		return 0;
	size_t more = out->number.scaled ? 0 : number_multiplier(view_from(text, len), true, &times);
	if (more) {
		hufu_view rest = view_from(text, len + more);
		bool joined = text.ptr[len] != ' ';
		if (rest.len && rest.ptr[0] == '.')
			rest = view_from(rest, 1);
		if (joined || named || money_currency(view_from(rest, blanks(rest)), false, code)) {
			double value = out->number.value * times;
			out->number.value = fabs(value - nearbyint(value)) < 1e-3 ? nearbyint(value) : value;
			out->number.scaled = true;
			len += more;
		}
	}
	if (out->number.scaled) {
		out->thirds = false;
		hufu_view rest = view_from(text, len);
		if (rest.len > 1 && rest.ptr[0] == '.' && is_letter(text.ptr[len - 1])) {
			rest = view_from(rest, 1);
			len += money_currency(view_from(rest, blanks(rest)), false, code) > 0;
		}
	}
	return len;
}

bool money_torn(hufu_view text, size_t at)
{
	if (at == 0)
		return false;
	char before = text.ptr[at - 1], c = text.ptr[at];
	if (c == '$')
		return is_letter(before);
	if (!is_digit(c) || at < 2)
		return false;
	return strchr(".,'", before) && before && is_digit(text.ptr[at - 2]);
}

/* ---- all of it ---- */

/* "in bitcoin", "worth of BTC", "的比特币", "等值的 USDT", "(BTC)". */
static size_t payable_behind(hufu_view text, char code[8])
{
	static const char *const links[] = { "payable in", "to be paid in", "paid in", "worth of", "equivalent in",
		"in the form of", "of", "in", "as", "via", "等值的", "等值", "等价的", "价值的", "的", "以", "(" };
	size_t at = blanks(text);
	bool linked = false;
	for (size_t i = 0; i < LEN(links) && !linked; i++)
		if (number_word(view_from(text, at), links[i])) {
			at += strlen(links[i]);
			linked = true;
		}
	at += blanks(view_from(text, at));
	size_t len = linked ? money_currency(view_from(text, at), false, code) : 0;
	if (!len || !is_coin(code)) {
		code[0] = '\0';
		return 0;
	}
	return at + len;
}

/* The currency behind the number; the length with what stands between. */
static size_t currency_behind(hufu_view text, char code[8])
{
	size_t gap = blanks(text);
	if (gap == 0 && text.len && text.ptr[0] == '-')
		gap = 1; /* "a 5-bitcoin fee" */
	/* 30个比特币 */
	static const char *const measures[] = { "个", "個", "枚", "颗" };
	for (size_t i = 0; i < LEN(measures); i++)
		if (view_starts(view_from(text, gap), measures[i])) {
			gap += strlen(measures[i]);
			break;
		}
	size_t named = money_currency(view_from(text, gap), false, code);
	return named ? gap + named : 0;
}

size_t money_read(hufu_view text, struct money *out)
{
	struct sum sum;
	char code[8] = "", behind[8] = "";
	size_t at = currency_before(text, code);
	if (at)
		at += blanks(view_from(text, at));
	size_t len = sum_read(view_from(text, at), code[0] != '\0', &sum);
	if (!len)
		return 0;
	size_t end = at + len, named = currency_behind(view_from(text, end), behind);
	/* "$2.25M USD" names it twice; another one behind is no word of this sum: "$2,250,000 BTC address". */
	if (named && (!code[0] || refines(code, behind))) {
		end += named;
		memcpy(code, behind, sizeof code);
	}
	if (!code[0])
		return 0;
	*out = (struct money){ .amount = sum.number.value, .spaced = sum.spaced };
	if (sum.thirds && !has_thousandths(code))
		out->amount = nearbyint(out->amount * 1000);
	memcpy(out->currency, code, sizeof out->currency);
	if (!is_coin(code))
		end += payable_behind(view_from(text, end), out->payable);
	return end;
}

void number_decimal(double value, char out[NUMBER_DECIMAL_MAX])
{
	snprintf(out, NUMBER_DECIMAL_MAX, "%.8f", value);
	size_t len = strlen(out);
	while (len && out[len - 1] == '0')
		out[--len] = 0;
	if (len && out[len - 1] == '.')
		out[--len] = 0;
}
