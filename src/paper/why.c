/* The words for what a template is refused for. */
#include "paper/inside.h"

static const char *const words[PAPER_WHY_COUNT] = {
	[PAPER_GOOD] = "nothing is wrong with it",
	[PAPER_WHY_MEMORY] = "takes more memory than a template may",
	[PAPER_WHY_ZIP] = "is no DOCX, or a broken one",
	[PAPER_WHY_NO_WORD] = "is a zip file without a document of Word in it",
	[PAPER_WHY_LARGE] = "has more parts, or larger ones, than a template may",
	[PAPER_WHY_NAME] = "has a part whose name leads elsewhere, or is there twice",
	[PAPER_WHY_MACRO] = "has macros, controls or embedded objects",
	[PAPER_WHY_EXTERNAL] = "fetches something from elsewhere (an attached template, a linked picture)",
	[PAPER_WHY_XML] = "has a part that is no plain XML",
	[PAPER_WHY_PLACE] = "has a place that is filled by nothing",
	[PAPER_WHY_OPEN] = "has a place that is opened with {{ and not closed",
	[PAPER_WHY_FIELD] = "has a field that starts or fetches something (DDE, INCLUDEPICTURE, ...)",
	[PAPER_WHY_JAIL] = "could not be filled: the program in the jail ended without an answer",
};

const char *paper_why(enum paper_why why)
{
	return words[(unsigned)why < PAPER_WHY_COUNT ? why : PAPER_WHY_JAIL];
}
