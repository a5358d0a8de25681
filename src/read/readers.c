/* The table of readers, asked in this order. A new reader is one file and one line here: the generic tests and the fuzz
 * target walk this table too. */
#include "read/read.h"

extern const struct reader reader_archive, reader_mail, reader_sql, reader_json, reader_foreign, reader_delimited,
        reader_yaml;

const struct reader *const readers[] = {
	&reader_archive,
	&reader_packed,
	&reader_mail,
	&reader_sql,
	&reader_json,
	&reader_foreign,
	&reader_yaml,      /* claims nothing: reads what it is asked for */
	&reader_delimited, /* claims anything: stays last */
	NULL,
};
