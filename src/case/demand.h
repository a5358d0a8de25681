/* What an extortioner wants, read from the text of his mail. Nothing found is null, never a guess: the caller shows the
 * text beside it. Pure functions over text that crossed the jail's border: any bytes are fine. */
#ifndef HUFU_CASE_DEMAND_H
#define HUFU_CASE_DEMAND_H

#include "base/status.h"
#include "case/wallet.h"

struct demand {
	bool has_amount;
	double amount;
	char currency[8]; /* "USD", "CNY", "BTC" ...; "" without an amount */
	char payable[8];  /* what it is to be paid in, when said apart: "BTC" of "2.25 million US dollars in bitcoin" */

	char wallet[WALLET_MAX + 1]; /* the first address, as it stands; "" without one */
	bool wallet_valid;           /* its check digits hold; tells nothing where wallet_checked is false */
	bool wallet_checked;         /* false: its form has no check digits */
	const char *wallet_currency; /* "BTC"; NULL without a wallet */
	unsigned wallets;            /* different addresses in the text */

	bool has_deadline;
	int64_t deadline;
	int32_t deadline_offset; /* seconds east of UTC: of the zone that the text names, else of the store's */
	bool deadline_relative;  /* "within 72 hours": counted from the mail's time */
};

struct demand_options {
	const char *zone; /* the store's, IANA; NULL: Asia/Shanghai */
	bool has_time;    /* the mail's time is known: relative deadlines count from it, earlier dates are none */
	int64_t time;
};

/* `subject` may be empty. HUFU_OK also when nothing was found; HUFU_NO_MEMORY. Not thread-safe (zones). */
hufu_status demand_read(hufu_view subject, hufu_view text, const struct demand_options *options, struct demand *out);

/* A time in a header, RFC 5322: "Mon, 12 Dec 2022 08:15:00 +0800". */
bool demand_header_time(hufu_view text, int64_t *at, int32_t *offset);

/* When we learned of it. */
struct demand_learned {
	bool known;
	bool sure;    /* false: only the Date header, no Received line of the host named, or not the topmost one */
	bool foreign; /* there are Received lines, and the host named wrote none of them */
	int64_t at;
	int32_t offset;   /* as it came in */
	const char *from; /* constant: "host" (its own line), "received" (the topmost), "lower" (the topmost tells no
	                     usable time), "foreign" (a line of another host), "date"; NULL when not known */
};
/* `received`: the Received fields as they stand, topmost first; `host`: our own mail host, "" for whichever is topmost;
 * `date`: the Date field, the sender's word. A time before 2000, or more than a day after `now`, is none. */
struct demand_learned demand_learned(
        const hufu_view *received, size_t count, hufu_view date, hufu_view host, int64_t now);

#endif
