/* A demand and a listing out of any text: it crossed the jail's border, and is a stranger's all the same. */
#include "case/demand.h"
#include "case/listing.h"

#include <stdlib.h>

/* libFuzzer's name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define HOLD(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct listing_column columns[] = { { "id", "resident_id" } };
	static const struct listing_snapshot snapshots[] = { { "owners", "2021-08-31", 39912, 39000, columns, 1 },
		{ "orders", "2021-08-31", 500, 0, NULL, 0 } };
	const struct demand_options options = { .zone = "Asia/Shanghai", .has_time = true, .time = 1670739300 };
	hufu_view text = view_make(data, len);
	struct demand demand;
	struct listing listing;
	int64_t at;
	int32_t offset;
	HOLD(demand_read(text, text, &options, &demand) == HUFU_OK);
	HOLD(demand.has_amount == (demand.currency[0] != '\0') && demand.amount >= 0);
	HOLD(demand.wallet[0] || !demand.wallet_valid);
	HOLD(!demand.has_deadline || demand.deadline > options.time);
	(void)demand_header_time(text, &at, &offset);
	(void)demand_learned(&text, 1, text, view_of("example.com"), 1700000000);
	if (listing_read(text, &listing, NULL) == HUFU_OK) {
		HOLD(listing.count > 0 && listing.count <= LISTING_ITEMS_MAX);
		HOLD(listing_triage(&listing, snapshots, LEN(snapshots)) == HUFU_OK);
		for (size_t i = 0; i < listing.count; i++) {
			const struct listing_item *item = &listing.items[i];
			HOLD(item->text && (!item->has_count || item->low <= item->high));
			HOLD(item->fit_count == 0 || !item->impossible);
		}
	}
	listing_done(&listing);
	return 0;
}
