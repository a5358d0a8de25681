/* The description of the API (doc/openapi.yaml), which the build turns into JSON and puts into the program. */
#include "openapi.json.h"
#include "serve/inside.h"

void serve_openapi(struct request *request)
{
	answer_bytes(request, 200, "application/json", view_make(openapi_json, sizeof openapi_json - 1));
}
