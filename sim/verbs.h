/*
 * What a leg does while its call goes on: it asks for TwiML and executes it,
 * document after document, until it ends or somebody hangs up.
 *
 * Executed are <Say>, <Play> (digits, too), <Pause>, <Gather> for keys,
 * <Redirect>, <Reject>, <Hangup> and <Connect><Stream>; other verbs are noted
 * and passed by.
 * Source: Twilio, TwiML for Programmable Voice.
 */
#ifndef CALLWARD_SIM_VERBS_H
#define CALLWARD_SIM_VERBS_H

#include "base/arena.h"
#include "leg.h"

/*
 * Returns the state in which the leg ends. A leg that is not answered yet is
 * by the first verb that answers it; one that no verb answers is not.
 */
enum leg_status verbs_run(struct leg *, struct arena *);

/* Tones, with 'w' for half a second and 'W' for a second of silence. */
enum leg_wait verbs_press(struct leg *, struct str digits, struct arena *);

#endif
