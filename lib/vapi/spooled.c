/*
 * The table of kinds, and a look at the fronts of all records.
 */
#include "config.h"

#include "tenancy/rest.h"
#include "twilio/twilio_status.h"
#include "vapi/spooled.h"
#include "vapi/vapi_filing.h"

#define CHECK_BYTES ((size_t)256 * 1024)
#define CHECK_NAMES 512

const struct drain_kind spooled_kinds[] = {
	{ VAPI_FILING_KIND, vapi_filing_drain },
	{ TWILIO_STATUS_KIND, twilio_status_drain },
	{ NULL, NULL },
};

static enum err_code
check_key(struct spool *spool, const struct keyring *keys, struct arena *a,
    const struct spool_name *name, struct err *e)
{
	struct str front;

	/* One that cannot be read is told by the drain, and stops nothing. */
	if (spool_read(spool, a, name, REST_FRONT_BYTES, &front, e) != ERR_OK ||
	    rest_check_key(keys, front, e) != ERR_ABSENT)
		return (ERR_OK);
	err_prefix(e, "record %s", name->text);
	return (ERR_INPUT);
}

enum err_code
spooled_check_keys(struct spool *spool, const struct keyring *keys,
    struct err *e)
{
	struct arena *a = arena_new(CHECK_BYTES), *one = arena_new(CHECK_BYTES);
	struct spool_name *names = NULL, last = { "" };
	enum err_code code = ERR_OK;
	size_t n = CHECK_NAMES;

	if (a == NULL || one == NULL ||
	    (names = arena_alloc(a, n * sizeof(names[0]))) == NULL)
		code = err_set(e, ERR_TEMPORARY, "no memory");
	while (code == ERR_OK && n == CHECK_NAMES) {
		code = spool_list(spool, last.text, CHECK_NAMES, names, &n, e);
		for (size_t i = 0; code == ERR_OK && i < n; i++) {
			code = check_key(spool, keys, one, &names[i], e);
			arena_reset(one);
			last = names[i];
		}
	}
	arena_free(a);
	arena_free(one);
	return (code);
}
