/* Inside the room: the list of what belongs to a backup (MANIFEST), and moving its files. */
#ifndef HUFU_CASE_BACKUPLIST_H
#define HUFU_CASE_BACKUPLIST_H

#include "base/bytes.h"
#include "vault/sign.h"

enum {
	BACKUP_PATH_MAX = 96,
	BACKUP_LIST_MAX = 1 << 28, /* bytes of a MANIFEST: more than a million files */
	BACKUP_SHA256 = 65,
};

/* A file of a backup, its path within the directory: "database-...", "store.json", "vault/ab/cdef...". */
struct backup_file {
	char path[BACKUP_PATH_MAX];
	uint64_t bytes;
	char sha256[BACKUP_SHA256];
};

struct backup_list {
	char store[33];
	int64_t made_at;
	struct backup_file *files; /* in order of path once it is settled */
	size_t count, cap;
};

void backup_list_done(struct backup_list *list);
hufu_status backup_list_add(struct backup_list *list, const struct backup_file *file, hufu_error *error);
/* Puts the files in order. */
void backup_list_settle(struct backup_list *list);
/* Of a settled list; NULL: not in it. */
const struct backup_file *backup_list_find(const struct backup_list *list, const char *path);
/* The one whose name says that it is the database. */
const struct backup_file *backup_list_database(const struct backup_list *list);

hufu_status backup_list_write(
        const struct backup_list *list, const char *dir, const struct sign_key *signer, hufu_error *error);
/* `found` false where there is no MANIFEST. What was not signed by this store, or is malformed, is HUFU_MALFORMED; the
 * list of another store HUFU_CONFLICT. */
hufu_status backup_list_read(const char *dir, const char *store, const struct sign_public *signer,
        struct backup_list *out, bool *found, hufu_error *error);

/* Whether a path is one of those that a backup may have in vault/. */
bool backup_path_of_vault(const char *path);
/* Copies a file to a new place, or only reads it (`to` NULL), and says its length and digest. `gone` (may be NULL)
 * becomes true, and the status HUFU_OK, when there is no such file. */
hufu_status backup_copy(const char *from, const char *to, struct backup_file *out, bool *gone, hufu_error *error);
/* Makes the folder of a path, so that it outlives a crash. */
hufu_status backup_folder_of(const char *path, hufu_error *error);

#endif
