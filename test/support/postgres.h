/* A PostgreSQL of the test's own: on a free loopback port, with its own data directory, by an unprivileged user, ended
 * by its process number. Include it after cmocka's headers. */
#ifndef HUFU_TEST_SUPPORT_POSTGRES_H
#define HUFU_TEST_SUPPORT_POSTGRES_H

/* Makes a server below `dir` (which others may pass through) and starts it. PGSERVICEFILE and PGPASSFILE are set. */
void postgres_start(const char *dir);
/* A new, empty database, with a connection service of its name; sets HUFU_DB to it. */
void postgres_fresh(const char *name);
/* Stops it at once, as a crash does, and starts it again on the same port. */
void postgres_kill(void);
void postgres_again(void);
/* For the end: also when nothing was started. */
void postgres_end(void);

#endif
