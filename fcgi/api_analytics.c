/*
 * The figures of a clinic's owner. Which days are asked for, and whether they
 * are sane, depends on the zone: the statement says.
 */
#include "config.h"

#include "api.h"
#include "api_answer.h"
#include "api_query.h"

#define TZ_MAX_BYTES 64

enum err_code
api_analytics(struct exchange *x, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	struct api_query q;

	if (api_query_init(&q, x, e) != ERR_OK)
		return (e->code);
	db_values_init(&v, x->arena);
	db_bind_str(&v, api_query_time(&q, "since"));
	db_bind_str(&v, api_query_time(&q, "until"));
	db_bind_str(&v, api_query_text(&q, "tz", TZ_MAX_BYTES));
	if (q.complaints.any)
		return (answer_complaints(x, &q.complaints, e));
	if (api_run(x, STATEMENT_TENANT_ANALYTICS, &v, false, &r, e) != ERR_OK)
		return (e->code);
	return (api_answer_outcome(x, r, 200, e));
}
