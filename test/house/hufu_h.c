/* The public header alone, first, in C and in C++: it must bring all that it needs. */
#include <hufu/hufu.h>

int main(void)
{
	hufu_error error = { HUFU_OK, 0, 0, 0, { 0 } };
	hufu_view nothing = { 0, 0 };
	hufu *store = 0;
	hufu_verdict *verdict = 0;
	return error.status != HUFU_OK || nothing.len != 0 || store || verdict;
}
