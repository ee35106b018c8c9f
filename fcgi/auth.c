/*
 * Each kind of proof is one function. Credentials are compared in constant
 * time, and nothing of them reaches a message.
 */
#include "config.h"

#include <string.h>

#include "auth.h"
#include "base/clock.h"
#include "io/crypt.h"
#include "io/id.h"
#include "twilio/twilio_form.h"

#define KEYS_MS 4000 /* fetching the issuer's keys, when it comes to that */

static enum err_code
prove_loopback(const struct exchange *x, struct err *e)
{
	struct str from = x->req.remote_addr;

	if (str_starts(from, "127.") || str_is(from, "::1") ||
	    str_is(from, "::ffff:127.0.0.1") || str_is(from, "unix:"))
		return (ERR_OK);
	return (err_set(e, ERR_DENIED, "for this machine only"));
}

/* One header that holds a secret: ERR_ABSENT, or it must be right. */
static enum err_code
check_secret(const struct exchange *x, const char *name, const char *prefix,
    struct err *e)
{
	struct str value, secret = str_of(x->app->settings.vapi_webhook_secret);
	enum err_code code;

	if ((code = request_header(&x->req, name, &value, e)) == ERR_ABSENT)
		return (code);
	if (code != ERR_OK || !str_starts(value, prefix) ||
	    !crypt_equal(str_skip(value, strlen(prefix)), secret))
		return (err_set(e, ERR_AUTH, "the vapi credential is wrong"));
	return (ERR_OK);
}

/*
 * X-Vapi-Secret: S or Authorization: Bearer S; what is there must be right.
 * Where an HMAC secret is set, it alone proves, once the body was read.
 */
static enum err_code
prove_vapi_secret(const struct exchange *x, struct err *e)
{
	enum err_code plain, bearer;

	if (x->app->settings.vapi_hmac_secret[0] != '\0')
		return (ERR_OK);

	plain = check_secret(x, "HTTP_X_VAPI_SECRET", "", e);
	if (plain != ERR_OK && plain != ERR_ABSENT)
		return (plain);
	bearer = check_secret(x, "HTTP_AUTHORIZATION", "Bearer ", e);
	if (bearer != ERR_OK && bearer != ERR_ABSENT)
		return (bearer);
	if (plain == ERR_ABSENT && bearer == ERR_ABSENT)
		return (err_set(e, ERR_AUTH, "no vapi credential"));
	return (ERR_OK);
}

static enum err_code
prove_vapi_hmac(const struct exchange *x, struct err *e)
{
	const struct vapi_signature_rule *rule = &x->app->vapi_rule;
	struct vapi_signed in = { .method = x->req.method,
		.body = x->req.body };
	struct buf b;

	if (x->app->settings.vapi_hmac_secret[0] == '\0')
		return (ERR_OK);
	buf_init(&b, x->arena);
	buf_add(&b, x->app->origin);
	buf_add(&b, x->req.uri);
	if (request_header(&x->req, rule->header, &in.signature, e) != ERR_OK ||
	    (rule->timed &&
		request_header(&x->req, rule->timestamp_header, &in.timestamp,
		    e) != ERR_OK) ||
	    buf_done(&b, &in.url, e) != ERR_OK)
		return (e->code = ERR_AUTH);
	return (vapi_signature_check(x->arena, rule, &in, clock_wall_ms(), e));
}

/*
 * The parameters, and whether the signature covers them: a form body is
 * signed with the address; a JSON body by its hash, which stands in the
 * address; those of a GET are the address.
 */
static enum err_code
read_params(struct exchange *x, bool *covered_r, struct err *e)
{
	struct crypt_digest digest;
	struct str told, actual;
	struct form query;
	enum err_code code;

	*covered_r = false;
	if (str_is(x->req.method, "GET"))
		return (twilio_form_decode_sent(x->arena, x->req.query,
		    &x->form, e));
	if (!str_is(x->req.content_type, "application/json")) {
		*covered_r = true;
		return (twilio_form_decode_sent(x->arena, x->req.body, &x->form,
		    e));
	}
	if ((code = form_decode(x->arena, x->req.query, &query, e)) != ERR_OK ||
	    (code = form_get(&query, "bodySHA256", &told, e)) != ERR_OK ||
	    (code = crypt_digest(CRYPT_SHA256, x->req.body, &digest, e)) !=
		ERR_OK ||
	    (code = crypt_hex(x->arena,
		 (struct str){ (const char *)digest.p, digest.n }, &actual,
		 e)) != ERR_OK)
		return (code);
	if (!crypt_equal(told, actual))
		return (err_set(e, ERR_DENIED, "bodySHA256 is not the body's"));
	return (twilio_form_decode_json(x->arena, x->req.body, &x->form, e));
}

/*
 * What it is said to be signed with: a shared key, where the header names
 * one; an empty header is none, as Twilio's SDK has it. Otherwise the token
 * of the form's account, which has to be one of ours also beside a key, where
 * ours are named.
 */
static enum err_code
find_signer(const struct exchange *x, struct twilio_signer *signer_r,
    struct err *e)
{
	const struct twilio_accounts *accounts = &x->app->accounts;
	struct str named, account;
	enum err_code code, header;

	header = request_header(&x->req,
	    "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS", &named, e);
	if (header != ERR_OK && header != ERR_ABSENT)
		return (header);
	code = form_get(&x->form, "AccountSid", &account, e);
	if (code == ERR_ABSENT)
		account = STR("");
	else if (code != ERR_OK)
		return (code);
	if (header == ERR_ABSENT || named.n == 0)
		return (twilio_accounts_find(accounts, account, signer_r, e));
	if (twilio_accounts_named(accounts) &&
	    (code = twilio_accounts_find(accounts, account, signer_r, e)) !=
		ERR_OK)
		return (code);
	return (
	    twilio_shared_keys_find(&x->app->shared_keys, named, signer_r, e));
}

static enum err_code
prove_twilio(struct exchange *x, struct err *e)
{
	struct twilio_signer signer;
	struct str signature, url;
	struct buf b;
	enum err_code code;
	bool covered;

	if ((code = request_header(&x->req, "HTTP_X_TWILIO_SIGNATURE",
		 &signature, e)) != ERR_OK ||
	    (code = read_params(x, &covered, e)) != ERR_OK ||
	    (code = find_signer(x, &signer, e)) != ERR_OK)
		return (code);
	buf_init(&b, x->arena);
	buf_add(&b, x->app->origin);
	buf_add(&b, x->req.uri);
	if ((code = buf_done(&b, &url, e)) != ERR_OK)
		return (code);
	return (twilio_signature_check(x->arena, &signer, url,
	    covered ? &x->form : NULL, signature, e));
}

/* Who it is, from the claims; the tenant is told by the database. */
static void
take_claims(struct exchange *x, const struct token_claims *claims)
{
	x->login = x->tenant = claims->login;
	x->actor = claims->actor;
	x->name = claims->name;
	x->owner = claims->owner;
	x->acting = claims->acting;
}

/* What the page can help with has a code. */
static enum err_code
check_claims(struct exchange *x, const struct token *token, struct err *e)
{
	static const enum exchange_refusal refusals[] = {
		[TOKEN_LACKS_NOTHING] = EXCHANGE_NOT_REFUSED,
		[TOKEN_LACKS_CHOICE] = EXCHANGE_NO_CHOICE,
		[TOKEN_LACKS_CLINIC] = EXCHANGE_NO_CLINIC,
	};
	struct token_claims claims;
	enum err_code code;

	if ((code = token_check(x->arena, token, &x->app->token_rules,
		 clock_wall_ms(), &claims, e)) != ERR_OK) {
		x->refusal = refusals[claims.lack];
		return (code);
	}
	take_claims(x, &claims);
	return (ERR_OK);
}

/*
 * Authorization: Bearer and a session's token; its claims and nothing else say
 * which clinic, who, and as what. Who acts as another may read only.
 */
static enum err_code
prove_tenant(struct exchange *x, enum route_who who, struct err *e)
{
	const struct app *app = x->app;
	struct token token;
	struct str value;
	enum err_code code;

	if (app->token_keys == NULL || app->pool == NULL)
		return (err_set(e, ERR_TEMPORARY,
		    "the dashboard is not set up: CLERK_ISSUER and DATABASE_TENANT_URL"));
	/* The issuer's keys may be waited for: that holds a thread, too. */
	if ((code = admission_enter(x, e)) != ERR_OK)
		return (code);
	if (request_header(&x->req, "HTTP_AUTHORIZATION", &value, e) !=
		ERR_OK ||
	    !str_starts(value, "Bearer "))
		return (err_set(e, ERR_AUTH, "no bearer token, or several"));
	if ((code = token_read(x->arena, str_skip(value, 7), &token, e)) !=
		ERR_OK ||
	    (code = token_keys_verify(app->token_keys, x->arena, &token,
		 clock_mono_ms() + KEYS_MS, e)) != ERR_OK ||
	    (code = check_claims(x, &token, e)) != ERR_OK)
		return (code);
	if (x->acting && !str_is(x->req.method, "GET"))
		return (err_set(e, ERR_DENIED,
		    "who acts as another may read only"));
	if (who == ROUTE_OWNER && !x->owner) {
		x->refusal = EXCHANGE_OWNER_ONLY;
		return (err_set(e, ERR_DENIED, "for the clinic's owner only"));
	}
	return (admission_name(x, e));
}

enum err_code
auth_prove_head(struct exchange *x, enum route_who who, struct err *e)
{
	switch (who) {
	case ROUTE_ANYONE:
	case ROUTE_TWILIO:
		return (ERR_OK);
	case ROUTE_LOOPBACK:
		return (prove_loopback(x, e));
	case ROUTE_VAPI:
		return (prove_vapi_secret(x, e));
	case ROUTE_DESK:
	case ROUTE_OWNER:
		return (prove_tenant(x, who, e));
	case ROUTE_WHO_UNSET:
		break;
	}
	return (err_set(e, ERR_BUG, "a route without a rule of who may"));
}

enum err_code
auth_prove_body(struct exchange *x, enum route_who who, struct err *e)
{
	if (who == ROUTE_VAPI)
		return (prove_vapi_hmac(x, e));
	if (who == ROUTE_TWILIO && prove_twilio(x, e) != ERR_OK)
		/* Whatever is wrong with it, the answer is the same. */
		return (e->code = ERR_DENIED);
	return (ERR_OK);
}
