/* Wallet addresses in running text, and whether their check digits hold. An address with a wrong digit is still found:
 * it is what the mail says, and the digit is what a payment would have failed by. Pure functions over any bytes. */
#ifndef HUFU_CASE_WALLET_H
#define HUFU_CASE_WALLET_H

#include "base/view.h"

enum wallet_chain {
	WALLET_BITCOIN,
	WALLET_ETHEREUM,
	WALLET_MONERO,
	WALLET_TRON,
	WALLET_LITECOIN,
	WALLET_DOGECOIN,
	WALLET_BITCOIN_CASH
};

struct wallet {
	enum wallet_chain chain;
	const char *form; /* constant: "p2pkh", "p2sh", "bech32", "bech32m", "hex", "eip55", "monero", "monero-sub",
	                     "monero-integrated", "tron", "cashaddr"; NULL when not valid */
	bool valid;
	bool checked; /* false: written in a form that has no check digits (Ethereum in one case) */
	bool test;    /* of a test network: nobody is paid there */
};

enum { WALLET_MAX = 110 }; /* characters of the longest address that is found */

/* Judges an address that is given as such. */
struct wallet wallet_check(hufu_view address);
/* The next thing in `text` at or behind *at that is written as an address is; where, and what it is. */
bool wallet_find(hufu_view text, size_t *at, size_t *len, struct wallet *out);
/* "BTC", "ETH", "XMR", "TRX", "LTC", "DOGE", "BCH". */
const char *wallet_currency(enum wallet_chain chain);

/* Keccak-256 as Ethereum and Monero use it: the padding is not that of SHA-3. */
void wallet_keccak256(const void *bytes, size_t len, uint8_t out[32]);

#endif
