/* One SQL text for both databases: what PostgreSQL writes otherwise. The caller frees; NULL when memory is out. */
#ifndef HUFU_DB_TRANSLATE_H
#define HUFU_DB_TRANSLATE_H

/* "?" outside of quotes becomes $1, $2, ... */
char *translate_query(const char *text);
/* Types, written in capitals as SQLite has them, become PostgreSQL's. Texts compare by their bytes, as in SQLite. */
char *translate_schema(const char *text);

#endif
