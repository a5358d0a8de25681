/* For ./dev lint alone: tells the analyser, which sees one file at a time, that fail() returns the status
 * it was given and that fail_errno() never returns HUFU_OK. Without it every out-parameter of a failed
 * call looks used though unset. status.c, which defines the two, is looked at without this. */
#include "base/status.h"

#define fail(error, status, ...) ((void)fail(error, status, __VA_ARGS__), (status))
#define fail_errno(...) ((void)fail_errno(__VA_ARGS__), HUFU_IO)
