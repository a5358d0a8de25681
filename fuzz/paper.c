/* A template: as a package, or, where it begins with "<", the text of one. What is filled has no place left, and
 * parses. */
#include "paper/inside.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define HOLD(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

static json_t *values(void)
{
	return json_pack("{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}], s:[]}", "case", "2026-1", "title", "a <b> & \n c",
	        "items", "no", "1", "text", "one\ntwo", "no", "2", "text", "", "none");
}

static void fill_text(const uint8_t *data, size_t len, const json_t *filling)
{
	struct paper_trouble trouble = { 0 };
	xmlChar *text = NULL;
	int size = 0;
	xmlDoc *document = xmlReadMemory(
	        (const char *)data, (int)len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!document || document->intSubset) {
		xmlFreeDoc(document);
		return;
	}
	bool good = fields_check(document, view_of("part"), &trouble) && text_fill(document, filling, &trouble);
	HOLD(good == (trouble.why == PAPER_GOOD));
	xmlDocDumpMemoryEnc(document, &text, &size, "UTF-8");
	xmlFreeDoc(document);
	if (good) {
		xmlDoc *again = xmlReadMemory((const char *)text, size, NULL, NULL,
		        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
		HOLD(again);
		xmlFreeDoc(again);
	}
	xmlFree(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct paper_trouble trouble = { 0 };
	struct bytes out = { 0 };
	json_t *filling = values();
	HOLD(filling);
	if (len && data[0] == '<') {
		fill_text(data, len, filling);
	} else {
		bool good = docx_fill(view_make(data, len), filling, &out, &trouble);
		HOLD(good == (trouble.why == PAPER_GOOD) && strlen(trouble.what) < sizeof trouble.what);
		HOLD(!good || (out.len > 4 && !memcmp(out.ptr, "PK", 2)));
		bytes_done(&out);
	}
	json_decref(filling);
	return 0;
}
