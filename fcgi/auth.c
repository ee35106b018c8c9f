/*
 * Each kind of proof is one function. Credentials are compared in constant
 * time, and nothing of them reaches a message.
 */
#include "config.h"

#include <string.h>

#include "auth.h"
#include "crypt.h"

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

/* X-Vapi-Secret: S or Authorization: Bearer S; what is there must be right. */
static enum err_code
prove_vapi(const struct exchange *x, struct err *e)
{
	enum err_code plain, bearer;

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
prove_twilio(struct exchange *x, struct err *e)
{
	struct str signature, account, token, url;
	struct buf b;
	enum err_code code;

	if ((code = request_header(&x->req, "HTTP_X_TWILIO_SIGNATURE",
	    &signature, e)) != ERR_OK ||
	    (code = twilio_form_decode(x->arena, x->req.body, &x->form,
	    e)) != ERR_OK)
		return (code);
	code = twilio_form_get(&x->form, "AccountSid", &account, e);
	if (code == ERR_ABSENT)
		account = STR("");
	else if (code != ERR_OK)
		return (code);
	if ((code = twilio_accounts_find(&x->app->accounts, account, &token,
	    e)) != ERR_OK)
		return (code);
	buf_init(&b, x->arena);
	buf_add(&b, x->app->origin);
	buf_add(&b, x->req.uri);
	if ((code = buf_done(&b, &url, e)) != ERR_OK)
		return (code);
	return (twilio_signature_check(x->arena, token, url, &x->form,
	    signature, e));
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
		return (prove_vapi(x, e));
	case ROUTE_WHO_UNSET:
		break;
	}
	return (err_set(e, ERR_BUG, "a route without a rule of who may"));
}

enum err_code
auth_prove_body(struct exchange *x, enum route_who who, struct err *e)
{
	if (who != ROUTE_TWILIO)
		return (ERR_OK);
	if (prove_twilio(x, e) != ERR_OK) {
		/* Whatever is wrong with it, the answer is the same. */
		e->code = ERR_DENIED;
		return (ERR_DENIED);
	}
	return (ERR_OK);
}
