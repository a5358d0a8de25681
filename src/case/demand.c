/* See demand.h. The text is folded to one spelling and taken apart into sentences; sums count where the sentence
 * says what they are for. */
#include "case/demand.h"

#include "case/date.h"
#include "case/deadline.h"
#include "case/number.h"

#include <strings.h>

enum { TEXT_MAX = 256 << 10 };

/* ---- sentences ---- */

/* Ends with a full stop before a blank, a mark of Chinese, a blank line. */
/* The point of "2.25 Mio. USD" ends no sentence. */
static bool abbreviates(hufu_view text, size_t point)
{
	static const char *const words[] = { "mio", "mrd", "mln", "mill", "bn", "approx", "ca", "u.s", "no", NULL };
	for (size_t i = 0; words[i]; i++) {
		size_t len = strlen(words[i]);
		if (point >= len && strncasecmp(text.ptr + point - len, words[i], len) == 0 &&
		        (point == len || !number_in_word(text.ptr[point - len - 1]) ||
		                (text.ptr[point - len - 1] >= '0' && text.ptr[point - len - 1] <= '9')))
			return true;
	}
	return false;
}

static size_t sentence(hufu_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i], next = i + 1 < text.len ? text.ptr[i + 1] : ' ';
		bool mark = c == '.' || c == '!' || c == '?' || c == ';';
		if (mark && (next == ' ' || next == '\n') && !(c == '.' && next == ' ' && abbreviates(text, i)))
			return i + 1;
		if (c == '\n' && next == '\n')
			return i + 1;
		hufu_view rest = view_from(text, i);
		if (view_starts(rest, "。") || view_starts(rest, "；"))
			return i + 3;
	}
	return text.len;
}

/* ---- the sum ---- */

static const char *const pay_words[] = { "pay", "paid", "payment", "send", "sent", "transfer", "ransom", "demand",
	"demands", "want", "require", "price of silence", "deposit", "amount", "fee", "支付", "付款", "转账", "转帐",
	"赎金", "勒索", "要求", "打款", "汇款", "汇入", "转入", "打到", "付", "索要", "交出", "需要", "your price",
	"our price", "the price", "final price", "价码", "價碼", "贖金", "轉帳", "轉賬", "支付", "匯款", "勒索", "要求",
	"你们的价格", "我们的价格", "报价", NULL };
static const char *const other_words[] = { "revenue", "fine", "fines", "penalty", "loss", "losses",
	"worth on the market", "turnover", "profit", "市值", "营收", "罚款", "损失", "each", "per record", "每条",
	"单价", "sold", "paid us", "last year", "last month", "last time", "another company", "other company",
	"other companies", "other victims", "previous", "raised to", "doubles", "卖了", "卖出", "去年", "上次", NULL };
static const char *const people_words[] = { "records", "rows", "entries", "条", "份", "个", NULL };

/* How much a sum in this sentence looks like the one that is demanded. */
static int weigh_sentence(hufu_view text)
{
	return 2 * words_in(text, pay_words) - 2 * words_in(text, other_words) - words_in(text, people_words);
}

struct best {
	int weight;
	unsigned others; /* sums at all */
};

static void take_sum(struct demand *out, const struct money *money)
{
	out->has_amount = true;
	out->amount = money->amount;
	memcpy(out->currency, money->currency, sizeof out->currency);
	memcpy(out->payable, money->payable, sizeof out->payable);
}

/* The folded text keeps its line ends; inside a sentence they are blanks. */
static void find_sum(hufu_view text, struct demand *out, struct best *best)
{
	int weight = weigh_sentence(text);
	for (size_t i = 0; i < text.len;) {
		struct money money;
		size_t len = sum_starts(text, i) ? money_read(view_from(text, i), &money) : 0;
		if (!len || !(money.amount > 0)) {
			i++;
			continue;
		}
		best->others++;
		if (weight > best->weight) {
			best->weight = weight;
			take_sum(out, &money);
		} else if (weight == best->weight && !out->has_amount) {
			take_sum(out, &money);
		}
		i += len;
	}
}

/* ---- the wallet ---- */

static void find_wallets(hufu_view text, struct demand *out)
{
	struct wallet wallet;
	size_t at = 0, len;
	for (; wallet_find(text, &at, &len, &wallet); at += len) {
		/* The first one is it; a valid one before others that are not. */
		if (view_is(view_make(text.ptr + at, len), out->wallet))
			continue;
		out->wallets++;
		if (out->wallet[0] && (out->wallet_valid || !wallet.valid))
			continue;
		memcpy(out->wallet, text.ptr + at, len);
		out->wallet[len] = '\0';
		out->wallet_valid = wallet.valid && wallet.checked;
		out->wallet_checked = wallet.checked;
		out->wallet_currency = wallet_currency(wallet.chain);
	}
}

/* An address that a line's end parts in two: only its check digits tell that both belong together. */
static void find_wrapped(hufu_view text, struct demand *out)
{
	for (size_t i = 1; i + 1 < text.len && !out->wallet_valid; i++) {
		char joined[WALLET_MAX];
		size_t begin = i, end = i + 1, len;
		if (text.ptr[i] != '\n')
			continue;
		while (begin && number_in_word(text.ptr[begin - 1]))
			begin--;
		while (end < text.len && number_in_word(text.ptr[end]))
			end++;
		len = end - begin - 1;
		if (begin == i || end == i + 1 || len > sizeof joined)
			continue;
		memcpy(joined, text.ptr + begin, i - begin);
		memcpy(joined + (i - begin), text.ptr + i + 1, end - i - 1);
		struct wallet wallet = wallet_check(view_make(joined, len));
		if (!wallet.valid || !wallet.checked)
			continue;
		out->wallets += out->wallet[0] == '\0';
		memcpy(out->wallet, joined, len);
		out->wallet[len] = '\0';
		out->wallet_valid = out->wallet_checked = true;
		out->wallet_currency = wallet_currency(wallet.chain);
	}
}

/* ---- all of it ---- */

/* Whether the line at the head of `text` labels something: "BTC address: bc1...". */
static bool labels(hufu_view text)
{
	static const char *const words[] = { "address", "wallet", "地址", "钱包", "錢包", NULL };
	enum { NEAR = 40 };
	const char *end = text.len ? memchr(text.ptr, '\n', text.len < NEAR ? text.len : NEAR) : NULL;
	hufu_view head = view_make(text.ptr, end ? (size_t)(end - text.ptr) : text.len < NEAR ? text.len : NEAR);
	return (head.len && memchr(head.ptr, ':', head.len)) || words_in(head, words);
}

/* A line that a mail program wrapped goes on; a short one ends where its writer ended it, and no unit is taken from the
 * next one. */
static void unwrap(hufu_view text, struct bytes *out)
{
	enum { WRAPPED = 56 };
	size_t begin = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c != '\n') {
			bytes_byte(out, c);
			continue;
		}
		hufu_view next = view_from(text, i + 1);
		bool wrapped = i - begin >= WRAPPED && next.len && next.ptr[0] != '\n' && !labels(next);
		bool chinese =
		        wrapped && ((unsigned char)text.ptr[i - 1] & 0x80) && ((unsigned char)next.ptr[0] & 0x80);
		if (!chinese)
			bytes_byte(out, wrapped ? ' ' : c);
		begin = i + 1;
	}
}

hufu_status demand_read(hufu_view subject, hufu_view text, const struct demand_options *options, struct demand *out)
{
	struct bytes folded = { 0 }, flat = { 0 };
	struct demand found = { 0 };
	struct best best = { .weight = 0 };
	if (text.len > TEXT_MAX)
		text.len = TEXT_MAX;
	if (subject.len > TEXT_MAX / 64)
		subject.len = TEXT_MAX / 64;
	number_fold(subject, &folded);
	bytes_text(&folded, "\n\n");
	number_fold(text, &folded);
	if (!folded.failed)
		unwrap(bytes_view(&folded), &flat);
	if (folded.failed || flat.failed) {
		bytes_done(&folded);
		bytes_done(&flat);
		return HUFU_NO_MEMORY;
	}
	find_wallets(bytes_view(&folded), &found);
	find_wrapped(bytes_view(&folded), &found);
	for (hufu_view rest = bytes_view(&flat); rest.len;) {
		size_t len = sentence(rest);
		hufu_view one = { rest.ptr, len };
		find_sum(one, &found, &best);
		if (!found.has_deadline)
			found.has_deadline = deadline_find(one, words_in(one, pay_words), options, &found);
		rest = view_from(rest, len);
	}
	/* A sum that nothing says to be paid counts where it is the only one. */
	if (best.weight <= 0 && best.others != 1)
		found.has_amount = false;
	if (!found.has_amount) {
		found.amount = 0;
		found.currency[0] = found.payable[0] = '\0';
	}
	bytes_done(&folded);
	bytes_done(&flat);
	*out = found;
	return HUFU_OK;
}
