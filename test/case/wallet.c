/* Wallet addresses: the published vectors of each standard, and what one wrong character does. */
#include "case/wallet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const valid[] = {
	/* Bitcoin: the first block's, BIP 16's */
	"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
	"3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
	/* BIP 173 and 350 */
	"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
	"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
	"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
	"BC1SW50QGDZ25J",
	"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
	"tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
	"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
	/* EIP-55: mixed, all capitals, all small */
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
	"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
	"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
	"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
	"0x52908400098527886E0F7030069857D2E4169EE7",
	"0xde709f2102306220921060314715629080e2fb77",
	/* Litecoin, Dogecoin */
	"ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
	"LhqA4NVqwWJMVydkqcPQqtpH1oaoMyaFj6",
	"MWWN2b6RMsE78quvtT43p9MrGp6gnoWgmZ",
	"DTkJLR8fAFxanB8CQ4Pg7dv7giwpd1YdPP",
	/* Tron */
	"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
	/* Monero: its own fund's, and a subaddress */
	"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
	"888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H",
};

static const char *const invalid[] = {
	"",
	"1",
	"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
	"11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
	/* BIP 350 */
	"tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
	"tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
	"BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
	"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
	"tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
	"bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
	"BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
	"bc1pw5dgrnzv",
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
	"BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
	"tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
	"tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
	"bc1gmk9yu",
	/* BIP 173: version 0 with the newer check, and the other way round */
	"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
	"bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
};

static void test_case_wallet__published_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(valid); i++)
		if (!wallet_check(view_of(valid[i])).valid)
			fail_msg("%s", valid[i]);
	for (size_t i = 0; i < LEN(invalid); i++)
		if (wallet_check(view_of(invalid[i])).valid)
			fail_msg("%s", invalid[i]);
}

static void test_case_wallet__keccak(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470" },
		{ "abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45" },
		{ "The quick brown fox jumps over the lazy dog",
		        "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		uint8_t sum[32];
		char hex[65];
		wallet_keccak256(rows[i].in, strlen(rows[i].in), sum);
		for (size_t k = 0; k < 32; k++)
			snprintf(hex + 2 * k, 3, "%02x", sum[k]);
		assert_string_equal(hex, rows[i].want);
	}
}

/* Every character of every address replaced by every other letter or digit. Ethereum in one case has no check; there
 * a hexadecimal digit for another is as good, and a wrong one is found by the mixed case in 15 of 16 at least. */
static void test_case_wallet__one_wrong_character(void **state)
{
	size_t changes = 0, missed = 0;
	(void)state;
	for (size_t i = 0; i < LEN(valid); i++) {
		struct wallet before = wallet_check(view_of(valid[i]));
		char text[WALLET_MAX + 1];
		size_t len = strlen(valid[i]);
		if (!before.checked)
			continue;
		bool weak = before.chain == WALLET_ETHEREUM;
		for (size_t at = 0; at < len; at++)
			for (char c = '0'; c <= 'z'; c++) {
				bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c >= 'a';
				if (!letter || c == valid[i][at])
					continue;
				memcpy(text, valid[i], len + 1);
				text[at] = c;
				struct wallet after = wallet_check(view_make(text, len));
				changes++;
				missed += weak && after.valid;
				if (!weak && after.valid)
					fail_msg("%s is held for valid", text);
			}
	}
	assert_true(changes > 40000);
	assert_true(missed * 1000 < changes);
}

static void test_case_wallet__found_in_text(void **state)
{
	static const struct {
		const char *text, *address;
		enum wallet_chain chain;
		bool valid;
	} rows[] = {
		{ "send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", WALLET_BITCOIN,
		        true },
		{ "钱包：1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb，请", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", WALLET_BITCOIN,
		        false },
		{ "bitcoin:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0?amount=1",
		        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", WALLET_BITCOIN, true },
		{ "(0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe0)", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe0",
		        WALLET_ETHEREUM, false },
		{ "USDT TRC20 TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", WALLET_TRON,
		        true },
		{ "pay to bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a.",
		        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", WALLET_BITCOIN_CASH, true },
		{ "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b",
		        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b", WALLET_BITCOIN_CASH, false },
		{ "LTC LhqA4NVqwWJMVydkqcPQqtpH1oaoMyaFj6", "LhqA4NVqwWJMVydkqcPQqtpH1oaoMyaFj6", WALLET_LITECOIN,
		        true },
		{ "DOGE: DTkJLR8fAFxanB8CQ4Pg7dv7giwpd1YdPP!", "DTkJLR8fAFxanB8CQ4Pg7dv7giwpd1YdPP", WALLET_DOGECOIN,
		        true },
		{ "md5 3c59dc048e8850243be8079a5c74d079", NULL, WALLET_BITCOIN, false },
		{ "sha256 1a79a4d60de6718e8e5b326e338ae533b36d7a4a4d60de6718e8e5b326e338ae", NULL, WALLET_BITCOIN,
		        false },
		{ "0x9fc76417374aa880d4449a1f7f31ec597f00b1f6f3dd2d66f4c9c6c445836d8b", NULL, WALLET_ETHEREUM, false },
		{ "order 13800000000000000000000000000", NULL, WALLET_BITCOIN, false },
		{ "", NULL, WALLET_BITCOIN, false },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		size_t at = 0, len = 0;
		struct wallet wallet;
		bool found = wallet_find(view_of(rows[i].text), &at, &len, &wallet);
		if (found != (rows[i].address != NULL))
			fail_msg("%s", rows[i].text);
		if (!found)
			continue;
		if (!view_is(view_make(rows[i].text + at, len), rows[i].address) || wallet.chain != rows[i].chain ||
		        wallet.valid != rows[i].valid)
			fail_msg("%s", rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_wallet__published_vectors),
		cmocka_unit_test(test_case_wallet__keccak),
		cmocka_unit_test(test_case_wallet__one_wrong_character),
		cmocka_unit_test(test_case_wallet__found_in_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
