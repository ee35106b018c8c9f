/*
 * The life of an outbound leg, and of the inbound one that a forwarding
 * carrier makes of it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "dial.h"
#include "verbs.h"

#define DIAL_MS 300 /* until the network says anything */

/* A call that arrives at one of our lines. */
static void
live_in(struct leg *leg, struct arena *arena)
{
	enum leg_status end;

	leg_move(leg, LEG_RINGING, arena);
	end = verbs_run(leg, arena);
	leg_move(leg, end, arena);
	leg_hang_up(leg);
}

/* What the carrier tells of the call that it forwards. */
static void
set_carrier(const struct telephone *phone, const char *reason,
    struct leg_party *party)
{
	if (phone->carrier == TELEPHONE_OWN)
		memcpy(party->from, phone->number, PHONE_SIZE);
	if (phone->carrier == TELEPHONE_FORWARDED_FROM)
		memcpy(party->forwarded_from, phone->number, PHONE_SIZE);
	if (phone->carrier == TELEPHONE_LINE)
		memcpy(party->forwarded_from, phone->to, PHONE_SIZE);
	if (phone->carrier == TELEPHONE_DIVERSION)
		(void)snprintf(party->diversion, sizeof(party->diversion),
		    "<sip:%s@192.0.2.9>;reason=%s", phone->number, reason);
}

/* Rings on elsewhere; ends as the arriving call does. */
static enum leg_status
forward(struct leg *leg, const char *reason, int64_t ms, struct arena *arena)
{
	const struct telephone *phone = &leg->phone;
	struct leg_party party = { .outbound = false };
	struct leg_order order = { .events = LEG_ON_COMPLETED };
	enum leg_status status;
	struct err e;

	memcpy(party.from, leg->party.from, PHONE_SIZE);
	memcpy(party.to, phone->to, PHONE_SIZE);
	set_carrier(phone, reason, &party);
	(void)snprintf(order.status_url, sizeof(order.status_url), "%s/status",
	    leg->sim->settings.sim_twilio_url);
	leg_note(leg, "forwarded to", str_of(party.to), arena);
	if (leg_begin(leg->sim, &party, &order, leg, live_in, &party, &e) !=
	    ERR_OK)
		return (LEG_BUSY);
	status = leg_wait_other(leg, ms);
	return (status == LEG_COMPLETED ? LEG_IN_PROGRESS : status);
}

/* Wait until a person answers, the network forwards or Twilio gives up. */
static enum leg_status
ring(struct leg *leg, struct arena *arena)
{
	const struct telephone *phone = &leg->phone;
	bool person = phone->answers == TELEPHONE_PERSON;
	bool forwards = phone->forwards == TELEPHONE_UNANSWERED;
	int64_t give_up = leg->order.timeout_s * 1000, due = give_up;

	if (person && phone->answer_ms < due)
		due = phone->answer_ms;
	else
		person = false;
	if (forwards && phone->forward_ms < due)
		due = phone->forward_ms;
	else
		forwards = false;
	if (leg_wait(leg, due, false) == LEG_OVER)
		return (LEG_NO_ANSWER);
	if (forwards)
		return (forward(leg, "no-answer", give_up - due, arena));
	return (person ? LEG_IN_PROGRESS : LEG_NO_ANSWER);
}

/* From dialling to the answer, or to what there is instead. */
static enum leg_status
reach(struct leg *leg, struct arena *arena)
{
	const struct telephone *phone = &leg->phone;
	int64_t give_up = leg->order.timeout_s * 1000;

	leg_tell(leg, LEG_ON_INITIATED, "initiated", arena);
	if (leg_wait(leg, DIAL_MS, false) == LEG_OVER)
		return (LEG_NO_ANSWER);
	if (phone->answers == TELEPHONE_NOT_IN_SERVICE)
		return (LEG_FAILED);
	if (phone->answers == TELEPHONE_BUSY &&
	    phone->forwards != TELEPHONE_ALWAYS &&
	    phone->forwards != TELEPHONE_WHEN_BUSY)
		return (LEG_BUSY);
	leg_move(leg, LEG_RINGING, arena);
	if (phone->forwards == TELEPHONE_ALWAYS)
		return (forward(leg, "unconditional", give_up, arena));
	if (phone->answers == TELEPHONE_BUSY)
		return (forward(leg, "user-busy", give_up, arena));
	return (ring(leg, arena));
}

static void
live_out(struct leg *leg, struct arena *arena)
{
	enum leg_status end = reach(leg, arena);

	if (end == LEG_IN_PROGRESS) {
		leg_move(leg, LEG_IN_PROGRESS, arena);
		if (leg->order.send_digits[0] != '\0')
			(void)verbs_press(leg, str_of(leg->order.send_digits),
			    arena);
		end = verbs_run(leg, arena);
	}
	leg_move(leg, end, arena);
	leg_hang_up(leg);
}

enum err_code
dial_out(struct sim *sim, const struct leg_party *party,
    const struct leg_order *order, struct leg_party *party_r, struct err *e)
{
	return (leg_begin(sim, party, order, NULL, live_out, party_r, e));
}
