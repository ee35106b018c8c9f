/*
 * Answers whose body is made piece by piece: one piece in memory at a time,
 * each with a deadline, and an end when the client has gone, when the time of
 * one answer is over or a little after a stop was asked for.
 */
#ifndef CALLWARD_STREAM_H
#define CALLWARD_STREAM_H

#include <stdbool.h>

#include "base/err.h"
#include "fastcgi/fcgx.h"
#include "exchange.h"

/*
 * Write x->resp, which has a producer, and finish the request. The thread was
 * asked for before (admission_hold).
 *
 * written_r  false: the first piece failed, nothing was written, and the
 *            failure wants an answer. true and an error: the answer was cut
 *            in its middle, and so was the connection.
 */
enum err_code stream_answer(struct fcgx_request *, struct exchange *x,
    bool *written_r, struct err *e) MUST_CHECK;

#endif
