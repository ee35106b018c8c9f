/*
 * The signature: an HMAC over an address and the sorted, distinct pairs of
 * the form. Twilio's own libraries disagree about ports, credentials and one
 * quote in the query, so a check tries each spelling of the one address.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "io/crypt.h"
#include "twilio/twilio_signature.h"

#define SID_CHARS 34
#define SHA1_CHARS 28	/* base64 of 20 bytes */
#define SHA256_CHARS 44 /* base64 of 32 bytes */

/* Two letters and 32 hex digits. */
static bool
has_sid(struct str s, const char *letters)
{
	size_t i;

	if (s.n != SID_CHARS || !str_starts(s, letters))
		return (false);
	for (i = 2; i < s.n; i++)
		if (strchr("0123456789abcdefABCDEF", s.p[i]) == NULL ||
		    s.p[i] == '\0')
			return (false);
	return (true);
}

bool
twilio_is_sid(struct str s)
{
	return (has_sid(s, "AC") || has_sid(s, "SK"));
}

bool
twilio_is_secret(struct str s, size_t max)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == ',' ||
		    s.p[i] == ':')
			return (false);
	return (s.n >= 1 && s.n <= max);
}

static enum err_code
add_account(struct twilio_accounts *accounts, struct str sid, struct str token,
    struct err *e)
{
	size_t i;

	if (twilio_is_sid(token))
		return (err_set(e, ERR_INPUT,
		    "a SID stands where a token belongs"));
	if (!twilio_is_secret(token, sizeof(accounts->row[0].token) - 1))
		return (err_set(e, ERR_INPUT,
		    "a token is not 1 to 128 printable characters"));
	if (accounts->n == TWILIO_ACCOUNTS_MAX)
		return (err_set(e, ERR_INPUT, "over %d accounts",
		    TWILIO_ACCOUNTS_MAX));
	for (i = 0; i < accounts->n; i++)
		if (str_is(sid, accounts->row[i].sid))
			return (
			    err_set(e, ERR_INPUT, "an account is given twice"));
	i = accounts->n++;
	memcpy(accounts->row[i].sid, sid.p, sid.n);
	memcpy(accounts->row[i].token, token.p, token.n);
	return (ERR_OK);
}

enum err_code
twilio_accounts_parse(const char *setting, struct twilio_accounts *accounts_r,
    struct err *e)
{
	struct str rest = str_of(setting), token, sid;
	enum err_code code;

	memset(accounts_r, 0, sizeof(*accounts_r));
	if (str_find(rest, ':') == rest.n && str_find(rest, ',') == rest.n)
		return (add_account(accounts_r, STR(""), rest, e));
	while (rest.p != NULL) {
		token = str_cut(&rest, ',');
		sid = str_cut(&token, ':');
		if (!has_sid(sid, "AC"))
			code = err_set(e, ERR_INPUT,
			    "an account is not AC and 32 hex digits before a ':'");
		else
			code = add_account(accounts_r, sid, token, e);
		if (code != ERR_OK) {
			twilio_accounts_wipe(accounts_r);
			return (code);
		}
	}
	return (ERR_OK);
}

void
twilio_accounts_wipe(struct twilio_accounts *accounts)
{
	crypt_wipe(accounts, sizeof(*accounts));
}

bool
twilio_accounts_named(const struct twilio_accounts *accounts)
{
	return (accounts->n > 0 && accounts->row[0].sid[0] != '\0');
}

enum err_code
twilio_accounts_find(const struct twilio_accounts *accounts,
    struct str account_sid, struct twilio_signer *signer_r, struct err *e)
{
	size_t i;

	if (accounts->n == 0)
		return (err_set(e, ERR_AUTH,
		    "no shared key signed it, and there is no auth token"));
	for (i = 0; i < accounts->n; i++)
		if (accounts->row[i].sid[0] == '\0' ||
		    str_is(account_sid, accounts->row[i].sid)) {
			*signer_r = (struct twilio_signer){
				str_of(accounts->row[i].token), CRYPT_SHA1
			};
			return (ERR_OK);
		}
	return (err_set(e, ERR_AUTH, "account is not ours"));
}

static int
compare_bytes(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return (order != 0 ? order : (a.n > b.n) - (a.n < b.n));
}

/* By name, then by value; the joined text would sort otherwise. */
static int
by_pair(const void *left, const void *right)
{
	const struct form_param *a = left, *b = right;
	int order = compare_bytes(a->name, b->name);

	return (order != 0 ? order : compare_bytes(a->value, b->value));
}

/* What is appended to the address: names and values, each pair once. */
static enum err_code
sorted_pairs(struct arena *a, const struct form *form, struct str *pairs_r,
    struct err *e)
{
	struct form_param *sorted;
	struct buf b;
	size_t i;

	*pairs_r = STR("");
	if (form == NULL || form->n == 0)
		return (ERR_OK);
	sorted = arena_alloc(a, form->n * sizeof(*sorted));
	if (sorted == NULL)
		return (err_set(e, ERR_TOO_LARGE,
		    "form needs more memory than its ceiling"));
	memcpy(sorted, form->params, form->n * sizeof(*sorted));
	qsort(sorted, form->n, sizeof(*sorted), by_pair);
	buf_init(&b, a);
	for (i = 0; i < form->n; i++) {
		if (i > 0 && by_pair(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		buf_add(&b, sorted[i].name);
		buf_add(&b, sorted[i].value);
	}
	return (buf_done(&b, pairs_r, e));
}

static enum err_code
sign(struct arena *a, const struct twilio_signer *signer, struct str url,
    struct str pairs, struct str *signature_r, struct err *e)
{
	struct crypt_digest digest;
	enum err_code code;
	struct str base;
	struct buf b;

	buf_init(&b, a);
	buf_add(&b, url);
	buf_add(&b, pairs);
	if ((code = buf_done(&b, &base, e)) != ERR_OK)
		return (code);
	code = crypt_hmac(signer->hash, signer->secret, base, &digest, e);
	if (code != ERR_OK)
		return (code);
	return (crypt_base64(a,
	    (struct str){ (const char *)digest.p, digest.n }, signature_r, e));
}

enum err_code
twilio_signature_make(struct arena *a, const struct twilio_signer *signer,
    struct str url, const struct form *form, struct str *signature_r,
    struct err *e)
{
	enum err_code code;
	struct str pairs;

	if ((code = sorted_pairs(a, form, &pairs, e)) != ERR_OK)
		return (code);
	return (sign(a, signer, url, pairs, signature_r, e));
}

/* The pieces of "scheme://[user[:password]@]host[:port][/path][?query]". */
struct address {
	struct str scheme; /* with "://" */
	struct str user;   /* with '@', or "" */
	struct str host;
	struct str port; /* with ':', or "" */
	struct str path;
	struct str query; /* with '?', or "" */
};

static void
split_address(struct str url, struct address *r)
{
	const struct str none = STR("");
	size_t i;

	*r = (struct address){ none, none, none, none, none, none };
	i = str_starts(url, "https://") ? 8 :
	    str_starts(url, "http://")	? 7 :
					  0;
	r->scheme = str_first(url, i);
	url = str_skip(url, i);
	i = str_find(url, '?');
	r->query = str_skip(url, i);
	url = str_first(url, i);
	i = str_find(url, '/');
	r->path = str_skip(url, i);
	url = str_first(url, i);
	for (i = url.n; i > 0 && url.p[i - 1] != '@'; i--)
		continue;
	r->user = str_first(url, i);
	url = str_skip(url, i);
	for (i = url.n; i > 0 && url.p[i - 1] >= '0' && url.p[i - 1] <= '9';
	     i--)
		continue;
	if (i > 0 && url.p[i - 1] == ':') {
		r->port = str_skip(url, i - 1);
		url = str_first(url, i - 1);
	}
	r->host = url;
}

enum port_spelling { PORT_GIVEN = 0, PORT_DEFAULT, PORT_NONE, PORT_SPELLINGS };

/* A way to write the address; the zero value is: as given. */
struct spelling {
	enum port_spelling port;
	bool no_user;
	bool quoted; /* "'" in the query as "%27" */
};

/* Would this one be the same as another that is tried anyway? */
static bool
is_needless(const struct address *at, struct spelling how)
{
	return ((how.port == PORT_DEFAULT && at->port.n > 0) ||
	    (how.port == PORT_NONE && at->port.n == 0) ||
	    (how.no_user && at->user.n == 0) ||
	    (how.quoted && str_find(at->query, '\'') == at->query.n));
}

static enum err_code
spell(struct arena *a, const struct address *at, struct spelling how,
    struct str *url_r, struct err *e)
{
	struct buf b;
	size_t i;

	buf_init(&b, a);
	buf_add(&b, at->scheme);
	if (!how.no_user)
		buf_add(&b, at->user);
	buf_add(&b, at->host);
	if (how.port == PORT_GIVEN)
		buf_add(&b, at->port);
	else if (how.port == PORT_DEFAULT)
		buf_adds(&b, str_is(at->scheme, "http://") ? ":80" : ":443");
	buf_add(&b, at->path);
	for (i = 0; i < at->query.n; i++)
		if (how.quoted && at->query.p[i] == '\'')
			buf_adds(&b, "%27");
		else
			buf_addc(&b, at->query.p[i]);
	return (buf_done(&b, url_r, e));
}

enum err_code
twilio_signature_check(struct arena *a, const struct twilio_signer *signer,
    struct str url, const struct form *form, struct str signature,
    struct err *e)
{
	size_t want = signer->hash == CRYPT_SHA256 ? SHA256_CHARS : SHA1_CHARS;
	struct str pairs, spelled, made;
	struct spelling how;
	struct address at;
	enum err_code code;
	unsigned i;

	if (signature.n != want)
		return (err_set(e, ERR_AUTH,
		    "twilio signature is not %zu characters long", want));
	if ((code = sorted_pairs(a, form, &pairs, e)) != ERR_OK)
		return (code);
	split_address(url, &at);
	for (i = 0; i < PORT_SPELLINGS * 4; i++) {
		how = (struct spelling){ (enum port_spelling)(i / 4),
			(i & 1) != 0, (i & 2) != 0 };
		if (is_needless(&at, how))
			continue;
		if ((code = spell(a, &at, how, &spelled, e)) != ERR_OK ||
		    (code = sign(a, signer, spelled, pairs, &made, e)) !=
			ERR_OK)
			return (code);
		if (crypt_equal(made, signature))
			return (ERR_OK);
	}
	return (err_set(e, ERR_AUTH, "twilio signature is wrong"));
}
