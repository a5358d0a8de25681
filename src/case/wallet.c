/* See wallet.h. Base58Check (Bitcoin, Tron), BIP 173 and 350 (Bitcoin), EIP-55 (Ethereum), base58 by blocks with a
 * Keccak check (Monero). SHA-256 is libsodium's; Keccak it has not. */
#include "case/wallet.h"

#include <sodium.h>

const char *wallet_currency(enum wallet_chain chain)
{
	static const char *const names[] = { "BTC", "ETH", "XMR", "TRX", "LTC", "DOGE", "BCH" };
	return names[chain];
}

/* ---- Keccak-f[1600] ---- */

static uint64_t turn(uint64_t v, unsigned bits)
{
	return bits ? v << bits | v >> (64 - bits) : v;
}

static void keccak_round(uint64_t s[25], uint64_t constant)
{
	static const unsigned char bits[24] = { 1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62,
		18, 39, 61, 20, 44 };
	static const unsigned char lanes[24] = { 10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20,
		14, 22, 9, 6, 1 };
	uint64_t columns[5];
	for (unsigned x = 0; x < 5; x++)
		columns[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
	for (unsigned x = 0; x < 5; x++) {
		uint64_t d = columns[(x + 4) % 5] ^ turn(columns[(x + 1) % 5], 1);
		for (unsigned y = 0; y < 25; y += 5)
			s[x + y] ^= d;
	}
	uint64_t held = s[1];
	for (unsigned i = 0; i < 24; i++) {
		uint64_t next = s[lanes[i]];
		s[lanes[i]] = turn(held, bits[i]);
		held = next;
	}
	for (unsigned y = 0; y < 25; y += 5) {
		uint64_t row[5];
		memcpy(row, s + y, sizeof row);
		for (unsigned x = 0; x < 5; x++)
			s[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
	}
	s[0] ^= constant;
}

static void keccak(uint64_t s[25])
{
	static const uint64_t constants[24] = { 0x0000000000000001, 0x0000000000008082, 0x800000000000808a,
		0x8000000080008000, 0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
		0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a, 0x000000008000808b,
		0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
		0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001,
		0x8000000080008008 };
	for (unsigned i = 0; i < 24; i++)
		keccak_round(s, constants[i]);
}

void wallet_keccak256(const void *bytes, size_t len, uint8_t out[32])
{
	enum { RATE = 136 };
	uint64_t s[25] = { 0 };
	const uint8_t *from = bytes;
	size_t at = 0;
	for (size_t i = 0; i < len; i++) {
		s[at / 8] ^= (uint64_t)from[i] << (8 * (at % 8));
		if (++at == RATE) {
			keccak(s);
			at = 0;
		}
	}
	s[at / 8] ^= (uint64_t)1 << (8 * (at % 8));
	s[(RATE - 1) / 8] ^= (uint64_t)0x80 << 56;
	keccak(s);
	for (unsigned i = 0; i < 32; i++)
		out[i] = (uint8_t)(s[i / 8] >> (8 * (i % 8)));
}

/* ---- base58 ---- */

static int base58_value(char c)
{
	static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	const char *found = c ? strchr(digits, c) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* Into `size` bytes, big end first; false when a character is none, or it does not fit. */
static bool base58_decode(hufu_view text, uint8_t *out, size_t size)
{
	memset(out, 0, size);
	for (size_t i = 0; i < text.len; i++) {
		int value = base58_value(text.ptr[i]);
		if (value < 0)
			return false;
		unsigned carry = (unsigned)value;
		for (size_t k = size; k-- > 0;) {
			carry += 58U * out[k];
			out[k] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry)
			return false;
	}
	return true;
}

/* 25 bytes: version, 20 of a hash, 4 of the check. Leading zeros are ones, one each. */
static bool base58check(hufu_view text, uint8_t *version)
{
	enum { BODY = 21, ALL = 25 };
	uint8_t bytes[ALL], once[crypto_hash_sha256_BYTES], twice[crypto_hash_sha256_BYTES];
	size_t zeros = 0, ones = 0;
	if (text.len < ALL || text.len > 35 || !base58_decode(text, bytes, ALL))
		return false;
	while (zeros < ALL && bytes[zeros] == 0)
		zeros++;
	while (ones < text.len && text.ptr[ones] == '1')
		ones++;
	crypto_hash_sha256(once, bytes, BODY);
	crypto_hash_sha256(twice, once, sizeof once);
	*version = bytes[0];
	return zeros == ones && memcmp(twice, bytes + BODY, ALL - BODY) == 0;
}

/* ---- bech32 ---- */

static uint32_t polymod(uint32_t sum, unsigned value)
{
	static const uint32_t generator[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = sum >> 25;
	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		sum ^= top >> i & 1 ? generator[i] : 0;
	return sum;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool one_case(hufu_view text)
{
	bool up = false, down = false;
	for (size_t i = 0; i < text.len; i++) {
		up = up || (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z');
		down = down || (text.ptr[i] >= 'a' && text.ptr[i] <= 'z');
	}
	return !up || !down;
}

static bool program_fits(unsigned version, size_t bits, uint32_t padding, uint32_t sum)
{
	size_t bytes = bits / 8;
	if (version > 16 || bits % 8 >= 5 || padding || bytes < 2 || bytes > 40)
		return false;
	if (version == 0)
		return (bytes == 20 || bytes == 32) && sum == 1;
	return sum == 0x2bc830a3;
}

/* A segwit address of the network whose name is `prefix`. */
static bool segwit(hufu_view text, const char *prefix, const char **form)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	enum { CHECK = 6 };
	size_t head = strlen(prefix);
	uint32_t sum = 1, last = 0;
	if (text.len < head + 1 + 1 + CHECK || text.len > 90 || !one_case(text))
		return false;
	for (size_t i = 0; i < head; i++)
		sum = polymod(sum, (unsigned)prefix[i] >> 5);
	sum = polymod(sum, 0);
	for (size_t i = 0; i < head; i++)
		sum = polymod(sum, (unsigned)prefix[i] & 31);
	unsigned version = 0;
	size_t bits = 0;
	for (size_t i = head + 1; i < text.len; i++) {
		char c = lower(text.ptr[i]);
		const char *found = c ? strchr(digits, c) : NULL;
		if (!found)
			return false;
		unsigned value = (unsigned)(found - digits);
		sum = polymod(sum, value);
		if (i == head + 1) {
			version = value;
		} else if (i + CHECK < text.len) {
			bits += 5;
			last = value;
		}
	}
	/* The bits that fill no byte are zeros, and fewer than five. */
	*form = version ? "bech32m" : "bech32";
	return program_fits(version, bits, last & ((1U << bits % 8) - 1), sum);
}

static bool has_prefix(hufu_view text, const char *prefix)
{
	size_t len = strlen(prefix);
	if (text.len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (lower(text.ptr[i]) != prefix[i])
			return false;
	return true;
}

/* ---- Bitcoin Cash ---- */

static const char cash_prefix[] = "bitcoincash:";

/* The 40 bits of cashaddr's check. */
static uint64_t cash_step(uint64_t sum, unsigned value)
{
	static const uint64_t generator[5] = { 0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470 };
	uint64_t top = sum >> 35;
	sum = (sum & 0x07ffffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		sum ^= top >> i & 1 ? generator[i] : 0;
	return sum;
}

/* What stands behind "bitcoincash:": a version, 20 bytes of a hash, the check. */
static bool cashaddr(hufu_view text)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	enum { LENGTH = 42 };
	uint64_t sum = 1;
	if (text.len != LENGTH || !one_case(text))
		return false;
	for (size_t i = 0; cash_prefix[i] != ':'; i++)
		sum = cash_step(sum, (unsigned)cash_prefix[i] & 31);
	sum = cash_step(sum, 0);
	for (size_t i = 0; i < text.len; i++) {
		char c = lower(text.ptr[i]);
		const char *found = c ? strchr(digits, c) : NULL;
		if (!found)
			return false;
		sum = cash_step(sum, (unsigned)(found - digits));
	}
	return sum == 1;
}

/* ---- Ethereum ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void check_ethereum(hufu_view text, struct wallet *out)
{
	enum { DIGITS = 40 };
	char low[DIGITS];
	uint8_t sum[32];
	if (text.len != DIGITS + 2 || !view_starts(text, "0x"))
		return;
	hufu_view digits = view_from(text, 2);
	for (size_t i = 0; i < DIGITS; i++) {
		if (hex_value(digits.ptr[i]) < 0)
			return;
		low[i] = lower(digits.ptr[i]);
	}
	/* In one case it carries no check. */
	out->checked = !one_case(digits);
	out->valid = true;
	out->form = out->checked ? "eip55" : "hex";
	wallet_keccak256(low, DIGITS, sum);
	for (size_t i = 0; out->checked && out->valid && i < DIGITS; i++) {
		bool up = (i % 2 ? sum[i / 2] & 15 : sum[i / 2] >> 4) >= 8;
		bool letter = low[i] >= 'a';
		out->valid = !letter || up == (digits.ptr[i] != low[i]);
	}
	if (!out->valid)
		out->form = NULL;
}

/* ---- Monero ---- */

/* Blocks of 11 characters for 8 bytes; the last one shorter. */
static size_t monero_decode(hufu_view text, uint8_t out[80])
{
	static const int sizes[12] = { 0, -1, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8 };
	size_t put = 0;
	while (text.len) {
		hufu_view block;
		size_t len = text.len < 11 ? text.len : 11;
		int size = sizes[len];
		if (size <= 0 || put + (size_t)size > 80 || !view_split(&text, len, &block) ||
		        !base58_decode(block, out + put, (size_t)size))
			return 0;
		put += (size_t)size;
	}
	return put;
}

static void check_monero(hufu_view text, struct wallet *out)
{
	enum { KEYS = 64, ID = 8, CHECK = 4 };
	static const struct {
		const char *form;
		size_t body;
		uint8_t network;
		bool test;
	} kinds[] = { { "monero", 1 + KEYS, 18, false }, { "monero-sub", 1 + KEYS, 42, false },
		{ "monero-integrated", 1 + KEYS + ID, 19, false }, { "monero", 1 + KEYS, 53, true },
		{ "monero", 1 + KEYS, 24, true } };
	uint8_t bytes[80], sum[32];
	size_t len = monero_decode(text, bytes);
	for (size_t i = 0; i < LEN(kinds); i++) {
		if (len != kinds[i].body + CHECK || bytes[0] != kinds[i].network)
			continue;
		wallet_keccak256(bytes, kinds[i].body, sum);
		out->valid = memcmp(sum, bytes + kinds[i].body, CHECK) == 0;
		out->form = out->valid ? kinds[i].form : NULL;
		out->test = kinds[i].test;
	}
}

/* ---- all ---- */

static void check_base58(hufu_view text, struct wallet *out)
{
	static const struct {
		const char *form;
		enum wallet_chain chain;
		uint8_t version;
		bool test;
	} kinds[] = { { "p2pkh", WALLET_BITCOIN, 0x00, false }, { "p2sh", WALLET_BITCOIN, 0x05, false },
		{ "p2pkh", WALLET_BITCOIN, 0x6f, true }, { "p2sh", WALLET_BITCOIN, 0xc4, true },
		{ "tron", WALLET_TRON, 0x41, false }, { "p2pkh", WALLET_LITECOIN, 0x30, false },
		{ "p2sh", WALLET_LITECOIN, 0x32, false }, { "p2pkh", WALLET_DOGECOIN, 0x1e, false } };
	uint8_t version;
	bool good = base58check(text, &version);
	for (size_t i = 0; good && i < LEN(kinds); i++)
		if (kinds[i].version == version) {
			out->valid = true;
			out->chain = kinds[i].chain;
			out->form = kinds[i].form;
			out->test = kinds[i].test;
		}
}

struct wallet wallet_check(hufu_view text)
{
	struct wallet out = { .chain = WALLET_BITCOIN, .checked = true };
	if (has_prefix(text, "bc1") || has_prefix(text, "tb1")) {
		out.test = has_prefix(text, "tb1");
		out.valid = segwit(text, out.test ? "tb" : "bc", &out.form);
		out.form = out.valid ? out.form : NULL;
	} else if (has_prefix(text, "ltc1")) {
		out.chain = WALLET_LITECOIN;
		out.valid = segwit(text, "ltc", &out.form);
		out.form = out.valid ? out.form : NULL;
	} else if (has_prefix(text, cash_prefix)) {
		out.chain = WALLET_BITCOIN_CASH;
		out.valid = cashaddr(view_from(text, strlen(cash_prefix)));
		out.form = out.valid ? "cashaddr" : NULL;
	} else if (has_prefix(text, "0x")) {
		out.chain = WALLET_ETHEREUM;
		check_ethereum(text, &out);
	} else if (text.len >= 90) {
		out.chain = WALLET_MONERO;
		check_monero(text, &out);
	} else {
		out.chain = view_starts(text, "T")   ? WALLET_TRON
		            : view_starts(text, "L") ? WALLET_LITECOIN
		            : view_starts(text, "M") ? WALLET_LITECOIN
		            : view_starts(text, "D") ? WALLET_DOGECOIN
		                                     : WALLET_BITCOIN;
		check_base58(text, &out);
	}
	return out;
}

/* ---- in running text ---- */

static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct letters {
	size_t digits, up, down, hex;
};

static struct letters count_letters(hufu_view word)
{
	struct letters sum = { 0 };
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];
		sum.digits += c >= '0' && c <= '9';
		sum.up += c >= 'A' && c <= 'Z';
		sum.down += c >= 'a' && c <= 'z';
		sum.hex += hex_value(c) >= 0;
	}
	return sum;
}

/* Written as an address is, right or wrong: its beginning, its length or nearly, and the mixture of letters that
 * neither a digest nor a word has. */
static bool looks_so(hufu_view word)
{
	struct letters sum = count_letters(word);
	bool mixed = sum.digits >= 2 && sum.up >= 3 && sum.down >= 3;
	char first = word.len ? word.ptr[0] : '\0';
	if (has_prefix(word, "bc1") || has_prefix(word, "tb1") || has_prefix(word, "ltc1"))
		return word.len >= 36 && word.len <= 76 && sum.digits >= 4;
	if (has_prefix(word, "0x"))
		return word.len >= 39 && word.len <= 45 && sum.hex + 3 >= word.len;
	if (first == '1' || first == '3')
		return word.len >= 26 && word.len <= 36 && mixed;
	if (first == 'T' || first == 'L' || first == 'M' || first == 'D')
		return word.len >= 33 && word.len <= 35 && mixed;
	return (first == '4' || first == '8') && word.len >= 93 && word.len <= 108 && mixed;
}

bool wallet_find(hufu_view text, size_t *at, size_t *len, struct wallet *out)
{
	for (size_t i = *at; i < text.len;) {
		size_t start = i;
		while (i < text.len && in_word(text.ptr[i]))
			i++;
		hufu_view word = { text.ptr + start, i - start };
		size_t head = strlen(cash_prefix);
		bool cash = start >= head && word.len >= 38 && word.len <= 46 &&
		            has_prefix(view_make(text.ptr + start - head, head), cash_prefix);
		if (cash || (word.len <= WALLET_MAX && looks_so(word))) {
			word = cash ? view_make(word.ptr - head, word.len + head) : word;
			*at = start - (cash ? head : 0);
			*len = word.len;
			*out = wallet_check(word);
			return true;
		}
		i += i == start;
	}
	return false;
}
