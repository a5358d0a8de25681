/* Backup and restore of the casebook: database and vault, while others work. The store's key is never in it.
 *
 * A backup is a directory that later ones bring up to date: what lies there already is not copied again. MANIFEST, put
 * in place last, lists what belongs to it, with digests, signed by the store; so a backup that broke off leaves the
 * former one as it was, and one that was altered is refused. doc/vault-format.md has the bytes, doc/backup.md the whole
 * way. */
#ifndef HUFU_CASE_BACKUP_H
#define HUFU_CASE_BACKUP_H

#include "case/case.h"

/* `progress` (may be NULL) hears how many bytes were written. */
typedef void case_backup_progress(uint64_t done, uint64_t all);

/* Both want MAY_ACCOUNTS. `out`: {"made_at", "cases", "files", "copied", "bytes", "removed"}: files of the backup,
 * those copied by this one and their bytes, and former ones that went because a retention rule let go of them. */
hufu_status case_backup(
        struct casebook *book, const char *dir, case_backup_progress *progress, json_t **out, hufu_error *error);
/* Into a casebook without a case. All is verified before anything is written; the vault comes first, then the database,
 * which comes whole or not at all. `out`: {"made_at", "cases", "files", "bytes", "ignored"}: files in the directory
 * that do not belong to the backup. */
hufu_status case_restore(
        struct casebook *book, const char *dir, case_backup_progress *progress, json_t **out, hufu_error *error);

#endif
