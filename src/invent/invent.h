/* Invents people and things: names, mobiles, resident IDs, vehicles, companies. Nobody's real data.
 *
 * What must be unique (mobile, resident ID, e-mail, VIN, card) comes from a counter scattered over the
 * whole space of its kind, so that no set of used values is kept and two inventors that count in
 * different ranges never make the same value. Check digits are valid. Deterministic from the seed. */
#ifndef HUFU_INVENT_INVENT_H
#define HUFU_INVENT_INVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NAME_MAX_BYTES = 16,
	MOBILE_MAX_BYTES = 12,
	ID_MAX_BYTES = 20,
	EMAIL_MAX_BYTES = 48,
	ADDRESS_MAX_BYTES = 160,
	COMPANY_MAX_BYTES = 96,
	DAY_MAX_BYTES = 12,
	STRANGERS = 4000000,        /* where the counters of people who are not ours begin */
	RESIDENT_IDS = 16800 * 498, /* of one region, before the first comes again */
};

struct city {
	const char *province, *city, *district, *region, *plate;
	unsigned share;
};
extern const struct city cities[];
const struct city *city_of(const char *name);

struct inventor {
	uint64_t seed, state;
	uint32_t people, mobiles, emails, cars, plates, cards, firms;
};

/* `first` is where its counters begin: 0, or STRANGERS. */
void inventor_init(struct inventor *inventor, uint64_t seed, uint32_t first);

/* A number below `limit` (> 0). */
uint32_t dice_below(struct inventor *inventor, uint32_t limit);
bool dice_chance(struct inventor *inventor, unsigned per_mille);

const struct city *invent_city(struct inventor *inventor);
void invent_name(struct inventor *inventor, char out[NAME_MAX_BYTES]);
void invent_mobile(struct inventor *inventor, char out[MOBILE_MAX_BYTES]);
void invent_resident_id(struct inventor *inventor, const char *region, bool man, char out[ID_MAX_BYTES]);
void invent_email(struct inventor *inventor, char out[EMAIL_MAX_BYTES]);
void invent_address(struct inventor *inventor, const struct city *city, char out[ADDRESS_MAX_BYTES]);
void invent_vin(struct inventor *inventor, char out[ID_MAX_BYTES]);
void invent_plate(struct inventor *inventor, const struct city *city, char out[ID_MAX_BYTES]);
void invent_card(struct inventor *inventor, char out[ID_MAX_BYTES]);
/* Unified social credit code: its own check and that of the organisation code inside. */
void invent_uscc(struct inventor *inventor, const char *region, char out[ID_MAX_BYTES]);
void invent_company(struct inventor *inventor, const struct city *city, char out[COMPANY_MAX_BYTES]);

/* "2023-02-28" for days since 1970-01-01. */
void day_text(int32_t day, char out[DAY_MAX_BYTES]);

#endif
