/* Papers: DOCX made from a template that a user edits in Word, WPS or LibreOffice. The room's door.
 *
 * A template is a stranger's file. It is opened by hufu-paper, a fresh program in the reader's jail (no key, store,
 * file or network), which is handed the template and the values and writes the filled document back. Macros, embedded
 * objects, document types and whatever would be fetched from elsewhere are refused.
 *
 * Places are written {{name}} in any text of the document, its headers and footers, whatever runs an editor has cut it
 * into. A table row or a paragraph with {{list.name}} is repeated for each object of that list; of an empty one a
 * row of dashes stays, and a paragraph goes. A
 * line end in a value is one in the document. */
#ifndef HUFU_PAPER_PAPER_H
#define HUFU_PAPER_PAPER_H

#include "base/bytes.h"
#include "base/status.h"
#include <jansson.h>

enum { PAPER_TEMPLATE_MAX = 16 << 20, PAPER_MAX = 32 << 20 };

/* Fills the template at `path`. `values`: an object of texts, and of lists of objects of texts. A place whose name is
 * not among them is HUFU_MALFORMED and named; so is what no template may hold. `out` is the caller's. */
hufu_status paper_fill(const char *path, const json_t *values, struct bytes *out, hufu_error *error);

#endif
