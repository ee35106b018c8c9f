/*
 * Each value follows its length, so that no two sets of values give the same
 * bytes; a value that is absent has a length of its own.
 */
#include "config.h"

#include <endian.h>
#include <stdint.h>

#include "io/crypt.h"
#include "tenancy/call.h"
#include "vapi/vapi_digest.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum err_code
vapi_digest_report(struct arena *a, const struct tenancy_event *ev,
    struct str told, bool has_address, struct str *digest_r, struct err *e)
{
	const struct str values[] = { ev->type, ev->vapi_call_id,
		ev->twilio_call_sid, str_of(call_status_text(ev->status)),
		ev->ended_reason, told, has_address ? STR("") : STR_NONE,
		ev->transcript, ev->messages, ev->summary, ev->analysis,
		ev->structured_data };
	uint64_t lengths[COUNT(values)];
	struct str parts[2 * COUNT(values)];
	struct crypt_digest d;
	enum err_code code;
	struct buf b;

	for (size_t i = 0; i < COUNT(values); i++) {
		lengths[i] =
		    values[i].p == NULL ? UINT64_MAX : htole64(values[i].n);
		parts[2 * i] = (struct str){ (const char *)&lengths[i],
			sizeof(lengths[i]) };
		parts[2 * i + 1] = values[i];
	}
	if ((code = crypt_digest_parts(CRYPT_SHA256, parts, COUNT(parts), &d,
		 e)) != ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_addc(&b, VAPI_DIGEST_VERSION);
	buf_add(&b, (struct str){ (const char *)d.p, VAPI_DIGEST_BYTES - 1 });
	return (buf_done(&b, digest_r, e));
}
