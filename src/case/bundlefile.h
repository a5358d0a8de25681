/* Inside the room: a bundle's bytes, a tar in zstd. There is one way to write a given list of members, and what is
 * written in another way is refused: so no byte of the tar can be altered unseen. */
#ifndef HUFU_CASE_BUNDLEFILE_H
#define HUFU_CASE_BUNDLEFILE_H

#include "base/bytes.h"
#include "base/status.h"

/* Members in their order, which is that of the file. */
enum {
	MEMBER_MANIFEST,
	MEMBER_SIGNATURE,
	MEMBER_TIMELINE,
	MEMBER_STAMPS, /* from format 2 on */
	MEMBER_CASE,
	MEMBER_VERDICTS,
	MEMBER_EVIDENCE,
	MEMBER_COUNT
};
extern const char *const bundle_members[MEMBER_COUNT];
extern const char bundle_manifest_context[]; /* of the manifest's signature */
/* The next member behind `member` in a bundle of that format; MEMBER_COUNT: it was the last. */
int bundle_member_next(int64_t format, int member);

void bundle_tar_add(struct bytes *tar, const char *name, hufu_view content);
void bundle_tar_end(struct bytes *tar);
/* Takes the next member off, which must be called `name`; NULL or why not. */
const char *bundle_tar_take(hufu_view *tar, const char *name, hufu_view *content);
/* NULL when nothing but the end is left. */
const char *bundle_tar_ended(hufu_view tar);

hufu_status bundle_compress(hufu_view tar, struct bytes *out, hufu_error *error);
/* NULL, or why it cannot be unpacked. */
const char *bundle_decompress(hufu_view packed, size_t most, struct bytes *out);

#endif
