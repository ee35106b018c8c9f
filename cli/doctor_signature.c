/*
 * Twilio signs the address that it was given. A proxy that changes the path,
 * or a PUBLIC_URL that is not what Twilio was given, makes every webhook a
 * 403. So a sample is signed as it should be and in the forms that are often
 * made of it, to be compared, and online to be tried.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "doctor.h"

#define VOICE_PATH "/api/webhooks/twilio"
#define STATUS_PATH "/api/webhooks/twilio/status"
#define ANSWER_MAX_BYTES ((size_t)64 * 1024)
#define ONLINE_MS 15000

/* Numbers that Twilio keeps for tests. The form lacks a CallStatus. */
static struct form_param sample[] = {
	{ STR("AccountSid"), { "AC00000000000000000000000000000000", 34 } },
	{ STR("CallSid"), { "CA00000000000000000000000000000000", 34 } },
	{ STR("From"), { "+15005550006", 12 } },
	{ STR("To"), { "+15005550001", 12 } },
};
#define SAMPLE_PARAMS (sizeof(sample) / sizeof(sample[0]))

/*
 * What is made of PUBLIC_URL and a route: S scheme, s http, H host and port,
 * N host alone, B base path, R route; anything else is itself.
 */
struct spelling {
	const char *what;
	const char *format;
};

static const struct spelling spellings[] = {
	{ "as configured", "SHBR" },
	{ "http for https", "sHBR" },
	{ "the port of a server behind", "SN:8080BR" },
	{ "the server behind itself", "s127.0.0.1BR" },
	{ "a path cut off", "SHR" },
	{ "a path put on", "SHB/appR" },
	{ "a slash at the end", "SHBR/" },
	{ "a slash doubled", "SHB/R" },
	{ "a query put on", "SHBR?x=1" },
};
#define SPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

static enum err_code
spell(struct doctor *d, const struct spelling *how, const char *route,
    struct str *url_r, struct err *e)
{
	struct str rest = str_of(d->settings.public_url), host, base, alone;
	size_t scheme = str_find(rest, ':') + 3;
	struct buf b;

	host = str_skip(rest, scheme);
	base = str_skip(host, str_find(host, '/'));
	host = str_first(host, str_find(host, '/'));
	alone = host.p[0] == '[' ? str_first(host, str_find(host, ']') + 1) :
				   str_first(host, str_find(host, ':'));
	buf_init(&b, d->cli->arena);
	for (const char *p = how->format; *p != '\0'; p++)
		switch (*p) {
		case 'S':
			buf_add(&b, str_first(rest, scheme));
			break;
		case 's':
			buf_adds(&b, "http://");
			break;
		case 'H':
			buf_add(&b, host);
			break;
		case 'N':
			buf_add(&b, alone);
			break;
		case 'B':
			buf_add(&b, base);
			break;
		case 'R':
			buf_adds(&b, route);
			break;
		default:
			buf_addc(&b, *p);
		}
	return (buf_done(&b, url_r, e));
}

static bool
can_sign(const struct doctor *d)
{
	return (d->accounts.n + d->shared_keys.n > 0);
}

/* The first token signs, or where there is none, the first shared key. */
static struct twilio_signer
signer_of(const struct doctor *d)
{
	if (d->accounts.n > 0)
		return ((struct twilio_signer){
		    str_of(d->accounts.row[0].token), CRYPT_SHA1 });
	return ((struct twilio_signer){ str_of(d->shared_keys.row[0].secret),
	    CRYPT_SHA256 });
}

/* The account whose token signs, and the sample of it. */
static struct form
fill_sample(const struct doctor *d)
{
	const char *sid = d->accounts.row[0].sid; /* "" without accounts */

	if (sid[0] != '\0')
		sample[0].value = str_of(sid);
	return ((struct form){ sample, SAMPLE_PARAMS });
}

static enum err_code
sign(struct doctor *d, const struct spelling *how, const char *route,
    struct str *url_r, struct str *signature_r, struct err *e)
{
	const struct twilio_signer signer = signer_of(d);
	const struct form form = fill_sample(d);
	enum err_code code;

	if ((code = spell(d, how, route, url_r, e)) != ERR_OK)
		return (code);
	return (twilio_signature_make(d->cli->arena, &signer, *url_r, &form,
	    signature_r, e));
}

static void
show(struct doctor *d, const struct spelling *how, struct str configured)
{
	struct form form = fill_sample(d);
	const struct twilio_signer signer = signer_of(d);
	struct str url, signature;
	struct err e = { 0 };
	bool same, taken;

	if (sign(d, how, VOICE_PATH, &url, &signature, &e) != ERR_OK) {
		doctor_fail(d, "signature", "try again", "%s", e.text);
		return;
	}
	same = str_eq(url, configured);
	if (same && how != spellings)
		return;
	taken = twilio_signature_check(d->cli->arena, &signer, configured,
		    &form, signature, NULL) == ERR_OK;
	if (same && !taken)
		doctor_fail(d, "signature",
		    "write PUBLIC_URL as Twilio was given it",
		    "%.*s is not taken under its own signature", (int)url.n,
		    url.p);
	else if (taken)
		doctor_ok(d, "signature",
		    "%.*s signs a sample as %.*s, which is taken (%s)",
		    (int)url.n, url.p, (int)signature.n, signature.p,
		    how->what);
	else
		doctor_ok(d, "signature",
		    "it is told from what %.*s signs, %.*s (%s)", (int)url.n,
		    url.p, (int)signature.n, signature.p, how->what);
}

/* The pairs of the sample stand in the order in which they are signed. */
void
doctor_signature(struct doctor *d)
{
	struct form form;
	struct err e = { 0 };
	struct str url, pairs;
	struct buf b;

	if (!can_sign(d))
		return;
	form = fill_sample(d);
	buf_init(&b, d->cli->arena);
	for (size_t i = 0; i < form.n; i++) {
		buf_add(&b, form.params[i].name);
		buf_add(&b, form.params[i].value);
	}
	if (buf_done(&b, &pairs, &e) != ERR_OK ||
	    spell(d, &spellings[0], VOICE_PATH, &url, &e) != ERR_OK) {
		doctor_fail(d, "signature", "try again", "%s", e.text);
		return;
	}
	doctor_ok(d, "signature",
	    "the sample is signed as its address and then %.*s", (int)pairs.n,
	    pairs.p);
	for (size_t i = 0; i < SPELLINGS; i++)
		show(d, &spellings[i], url);
}

/* Which shared key signs, told as Twilio does; the token needs no telling. */
static enum err_code
name_signer(struct doctor *d, const char **header_r, struct err *e)
{
	enum err_code code;
	struct str header;
	struct buf b;

	*header_r = NULL;
	if (d->accounts.n > 0)
		return (ERR_OK);
	buf_init(&b, d->cli->arena);
	buf_addf(&b,
	    "X-Twilio-Webhooks-Signature-Settings: key=%s,"
	    "algorithm=HMAC_SHA256",
	    d->shared_keys.row[0].id);
	if ((code = buf_done(&b, &header, e)) == ERR_OK)
		*header_r = header.p;
	return (code);
}

/* Post the sample to the real address, signed for this spelling of it. */
static enum err_code
post(struct doctor *d, const struct spelling *how, struct str *signed_r,
    int *status_r, struct err *e)
{
	struct arena *a = d->cli->arena;
	struct str url, signature, body, header;
	const char *settings;
	struct http_answer answer;
	struct http_request req;
	struct buf b;
	enum err_code code;

	if ((code = spell(d, &spellings[0], STATUS_PATH, &url, e)) != ERR_OK ||
	    (code = sign(d, how, STATUS_PATH, signed_r, &signature, e)) !=
		ERR_OK ||
	    (code = name_signer(d, &settings, e)) != ERR_OK)
		return (code);
	buf_init(&b, a);
	for (size_t i = 0; i < SAMPLE_PARAMS; i++)
		form_add(&b, sample[i].name.p, sample[i].value);
	if ((code = buf_done(&b, &body, e)) != ERR_OK)
		return (code);
	buf_init(&b, a);
	buf_addf(&b, "X-Twilio-Signature: %.*s", (int)signature.n, signature.p);
	if ((code = buf_done(&b, &header, e)) != ERR_OK)
		return (code);
	req = (struct http_request){ .method = "POST",
		.url = url.p,
		.headers = { "Content-Type: application/x-www-form-urlencoded",
		    header.p, settings },
		.body = body,
		.deadline_ms = clock_mono_ms() + ONLINE_MS,
		.answer_max_bytes = ANSWER_MAX_BYTES };
	if ((code = http_do(d->http, a, &req, &answer, e)) != ERR_OK)
		return (code);
	*status_r = answer.status;
	return (ERR_OK);
}

/* The right signature was refused: for which spelling is one taken? */
static void
find_spelling(struct doctor *d)
{
	struct err e = { 0 };
	struct str url;
	int status;

	for (size_t i = 1; i < SPELLINGS; i++)
		if (post(d, &spellings[i], &url, &status, &e) == ERR_OK &&
		    status / 100 == 2) {
			doctor_fail(d, "signature online",
			    "let the proxy pass the path as it is, and give the responder this PUBLIC_URL",
			    "the responder takes itself to be at %.*s (%s)",
			    (int)url.n, url.p, spellings[i].what);
			return;
		}
	doctor_fail(d, "signature online",
	    "see that the responder has this TWILIO_AUTH_TOKEN or TWILIO_SHARED_KEYS, and PUBLIC_URL",
	    "a signed sample is refused, whatever address is signed");
}

void
doctor_signature_online(struct doctor *d)
{
	struct err e = { 0 };
	struct str url;
	int status = 0;

	if (!can_sign(d))
		return;
	if (post(d, &spellings[0], &url, &status, &e) != ERR_OK)
		doctor_fail(d, "signature online",
		    "see that PUBLIC_URL leads to this installation", "%s",
		    e.text);
	else if (status / 100 == 2)
		doctor_ok(d, "signature online", "a signed sample is taken");
	else if (status == 403)
		find_spelling(d);
	else
		doctor_fail(d, "signature online", "see the responder's log",
		    "a signed sample is answered with %d", status);
}
