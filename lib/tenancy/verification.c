/*
 * Digits are the first eight bytes of an HMAC as a number, taken modulo; what
 * the keys are is metadata's. All statements of one call of Twilio's take one
 * lane.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/crypt.h"
#include "io/id.h"
#include "tenancy/verification.h"

/* Digits ------------------------------------------------------------------ */

static const struct {
	const char *label;
	int digits;
	uint64_t modulus;
} secrets[] = {
	[VERIFICATION_CODE] = { "code ", VERIFICATION_CODE_DIGITS, 1000000 },
	[VERIFICATION_TONES] = { "tones ", VERIFICATION_TONES_DIGITS,
	    100000000 },
};

static enum err_code
make(const struct keyring *keys, size_t row, enum verification_secret what,
    struct str id, char digits_r[VERIFICATION_DIGITS_SIZE], struct err *e)
{
	const struct str key = { (const char *)keys->row[row].proof_key,
		sizeof(keys->row[row].proof_key) };
	struct crypt_digest digest;
	char text[sizeof("tones ") + ID_SIZE];
	enum err_code code;
	uint64_t number = 0;
	int n;

	if (!id_is_uuid(id))
		return (err_set(e, ERR_INPUT, "an attempt's id is no uuid"));
	n = snprintf(text, sizeof(text), "%s%.*s", secrets[what].label,
	    (int)id.n, id.p);
	for (int i = 0; i < n; i++)
		if (text[i] >= 'A' && text[i] <= 'F')
			text[i] = (char)(text[i] - 'A' + 'a');
	if ((code = crypt_hmac(CRYPT_SHA256, key,
		 (struct str){ text, (size_t)n }, &digest, e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | digest.p[i];
	crypt_wipe(&digest, sizeof(digest));
	(void)snprintf(digits_r, VERIFICATION_DIGITS_SIZE, "%0*" PRIu64,
	    secrets[what].digits, number % secrets[what].modulus);
	return (ERR_OK);
}

enum err_code
verification_make(const struct keyring *keys, enum verification_secret what,
    struct str id, char digits_r[VERIFICATION_DIGITS_SIZE], struct err *e)
{
	if (keys->n == 0)
		return (err_set(e, ERR_BUG, "no metadata key"));
	return (make(keys, 0, what, id, digits_r, e));
}

/* Every turn is looked at, right or not. */
static bool
is_turn_of(const char *want, struct str given)
{
	char twice[2 * VERIFICATION_DIGITS_SIZE];
	bool any = false;

	(void)snprintf(twice, sizeof(twice), "%s%s", want, want);
	for (size_t i = 0; i < given.n; i++)
		any |= crypt_equal(given, (struct str){ twice + i, given.n });
	return (any);
}

enum err_code
verification_check(const struct keyring *keys, enum verification_secret what,
    struct str id, struct str given, bool *right_r, struct err *e)
{
	char want[VERIFICATION_DIGITS_SIZE];
	enum err_code code = ERR_OK;
	bool right = false;

	*right_r = false;
	if (given.n != (size_t)secrets[what].digits)
		return (ERR_OK);
	for (size_t i = 0; code == ERR_OK && i < keys->n; i++) {
		code = make(keys, i, what, id, want, e);
		if (code == ERR_OK && what == VERIFICATION_TONES)
			right |= is_turn_of(want, given);
		else if (code == ERR_OK)
			right |= crypt_equal(given, str_of(want));
	}
	crypt_wipe(want, sizeof(want));
	*right_r = code == ERR_OK && right;
	return (code);
}

/* Statements -------------------------------------------------------------- */

enum err_code
verification_rung(struct db_lanes *lanes, struct arena *a, struct str id,
    struct str call_sid, int64_t deadline_ms, struct err *e)
{
	const struct db_result *r;
	struct db_values v;

	statement_verification_rung(&v, a,
	    &(struct statement_verification_rung){ .id = id,
		.call_sid = call_sid,
		.refused = DB_TRUTH(call_sid.p == NULL) });
	return (db_lanes_run_one(lanes, a, id, &v, deadline_ms, &r, e));
}

enum err_code
verification_answered(struct db_lanes *lanes, struct arena *a, struct str id,
    struct str call_sid, int64_t deadline_ms, enum verification_cue *cue_r,
    struct err *e)
{
	static const char *const names[] = { [VERIFICATION_NOTHING] = "absent",
		[VERIFICATION_ASK] = "ask",
		[VERIFICATION_PLAY] = "tones",
		[VERIFICATION_ANNOUNCE] = "announce" };
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	*cue_r = VERIFICATION_NOTHING;
	statement_verification_answered(&v, a,
	    &(struct statement_verification_answered){ .id = id,
		.call_sid = call_sid });
	if ((code = db_lanes_run_one(lanes, a, id, &v, deadline_ms, &r, e)) !=
	    ERR_OK)
		return (code);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(db_str(r, 0, VERIFICATION_ANSWERED_VERDICT),
			names[i]))
			*cue_r = (enum verification_cue)i;
	return (ERR_OK);
}

enum err_code
verification_pressed(struct db_lanes *lanes, struct arena *a, struct str id,
    struct str call_sid, int64_t deadline_ms, bool *speak_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_verification_pressed(&v, a,
	    &(struct statement_verification_pressed){ .id = id,
		.call_sid = call_sid });
	code = db_lanes_run_one(lanes, a, id, &v, deadline_ms, &r, e);
	*speak_r = code == ERR_OK && db_bool(r, 0, VERIFICATION_PRESSED_SPOKEN);
	return (code);
}

enum err_code
verification_ended(struct db_lanes *lanes, struct arena *a, struct str id,
    struct str call_sid, struct str status, int64_t deadline_ms, struct err *e)
{
	const struct db_result *r;
	struct db_values v;

	statement_verification_ended(&v, a,
	    &(struct statement_verification_ended){ .id = id,
		.call_sid = call_sid,
		.status = status });
	return (db_lanes_run_one(lanes, a, id, &v, deadline_ms, &r, e));
}

enum err_code
verification_compared(struct db_lanes *lanes, struct arena *a, struct str id,
    bool correct, int64_t deadline_ms, int64_t *tries_left_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_verification_compared(&v, a,
	    &(struct statement_verification_compared){ .id = id,
		.correct = DB_TRUTH(correct) });
	if ((code = db_lanes_run_one(lanes, a, id, &v, deadline_ms, &r, e)) !=
	    ERR_OK)
		return (code);
	if (str_is(db_str(r, 0, VERIFICATION_COMPARED_VERDICT), "absent"))
		return (err_set(e, ERR_ABSENT, "no code waits to be typed"));
	*tries_left_r = db_int(r, 0, VERIFICATION_COMPARED_TRIES_LEFT);
	return (ERR_OK);
}

/* Legs -------------------------------------------------------------------- */

enum err_code
verification_leg(struct db_lanes *lanes, struct arena *a,
    const struct verification_leg *leg, int64_t deadline_ms, bool *listen_r,
    struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_verification_leg(&v, a,
	    &(struct statement_verification_leg){ .call_sid = leg->call_sid,
		.sender = leg->from,
		.recipient = leg->to,
		.called = leg->called,
		.forwarded_from = leg->forwarded_from,
		.diversion = leg->diversion });
	code =
	    db_lanes_run_one(lanes, a, leg->call_sid, &v, deadline_ms, &r, e);
	*listen_r = code == ERR_OK && db_bool(r, 0, VERIFICATION_LEG_LISTEN);
	return (code);
}

static enum err_code
bind_leg(struct db_lanes *lanes, struct arena *a, struct str call_sid,
    struct str id, int64_t deadline_ms, struct str *state_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;

	statement_verification_tones(&v, a,
	    &(struct statement_verification_tones){ .call_sid = call_sid,
		.id = id });
	if ((code = db_lanes_run_one(lanes, a, call_sid, &v, deadline_ms, &r,
		 e)) == ERR_OK)
		*state_r = db_str(r, 0, VERIFICATION_TONES_STATE);
	return (code);
}

enum err_code
verification_heard(struct db_lanes *lanes, struct arena *a,
    const struct keyring *keys, struct str call_sid, struct str digits,
    int64_t deadline_ms, struct str *state_r, bool *again_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	bool right;

	*state_r = STR_NONE;
	statement_verification_listen(&v, a,
	    &(struct statement_verification_listen){ .call_sid = call_sid });
	if ((code = db_lanes_run(lanes, a, call_sid, &v, deadline_ms, &r, e)) !=
	    ERR_OK)
		return (code);
	*again_r = db_rows(r) > 0;
	for (size_t i = 0; i < db_rows(r) && i < VERIFICATION_LOOPS_MAX; i++) {
		struct str id = db_str(r, i, VERIFICATION_LISTEN_ID);

		if ((code = verification_check(keys, VERIFICATION_TONES, id,
			 digits, &right, e)) != ERR_OK)
			return (code);
		if (right)
			return (bind_leg(lanes, a, call_sid, id, deadline_ms,
			    state_r, e));
	}
	return (ERR_OK);
}
