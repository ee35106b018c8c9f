/*
 * "PUBLIC_URL" in the document stands for the address of this installation:
 * a client that is made from it calls here.
 */
#include "config.h"

#include <string.h>

#include "api/api_openapi.h"

enum err_code
api_openapi(struct exchange *x, struct err *e)
{
	const char *const *line;
	enum err_code code;
	struct str body;
	struct buf b;

	buf_init(&b, x->arena);
	for (line = api_openapi_lines; *line != NULL; line++)
		buf_adds(&b,
		    strcmp(*line, "PUBLIC_URL") == 0 ?
			x->app->settings.public_url :
			*line);
	if ((code = buf_done(&b, &body, e)) != ERR_OK)
		return (code);
	response_set(&x->resp, 200, "application/json", body);
	response_header(&x->resp, "Cache-Control", "no-cache");
	return (ERR_OK);
}
