/* Tiny archives of every sort that is read, to be opened before the lock closes. */
#ifndef HUFU_READ_ARCHIVE_H
#define HUFU_READ_ARCHIVE_H

#include "base/view.h"

extern const hufu_view archive_specimens[];
extern const size_t archive_specimens_count;

#endif
