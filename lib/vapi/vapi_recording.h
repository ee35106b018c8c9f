/*
 * The recording of a call, as Vapi keeps it: the call's id is asked for a
 * link of a short life, and the file behind the link is read in ranges. The
 * private key goes to VAPI_API_URL alone, and a link comes from there alone,
 * never from a callback. Knows no tenant and no database.
 * Source: Vapi API, GET /call/{id}/mono-recording, stereo-recording and those
 * of one side; RFC 9110 section 14.
 */
#ifndef CALLWARD_VAPI_RECORDING_H
#define CALLWARD_VAPI_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "base/str.h"

#define VAPI_RECORDING_PIECE_BYTES ((int64_t)1024 * 1024)
#define VAPI_RECORDING_WHOLE_BYTES ((int64_t)64 * 1024 * 1024)

struct vapi_recording {
	/* the caller's */
	struct http *http;
	struct arena *arena; /* keeps the link, and a file taken whole */
	const char *api_url; /* "https://api.vapi.ai" */
	const char *api_key;
	struct str call_id; /* Vapi's */
	const char *which;  /* of vapi_recording_which */
	/* found out by reading */
	const char *link; /* NULL: to be asked for */
	int64_t bytes;	  /* of the file; 0: not known yet */
	char content_type[80];
	struct str whole; /* of a server that knows no ranges */
};

/*
 * Which recording is to be asked for, of what a report told ("mono", "stereo",
 * "customer", "assistant"); "mono" for anything else. Of a call that has one
 * side alone the whole is asked for first: nobody told of it, but it may be
 * there.
 */
const char *vapi_recording_which(struct str told);

/*
 * Read the bytes from..to, both included; to is not before from, and they are
 * VAPI_RECORDING_PIECE_BYTES or fewer. At the file's end there may come fewer.
 *
 * arena  of the bytes alone
 * ERR_ABSENT     Vapi has no such recording, or none any more
 * ERR_INPUT      from is past the end; rec->bytes says how many there are
 * ERR_TOO_LARGE  there are no ranges: vapi_recording_take
 * ERR_DENIED     the key is refused
 * ERR_CONFLICT   it is another file than it was before
 * ERR_TEMPORARY  also when the link leads where none should lead
 * ERR_UNCERTAIN  no whole answer, or one that is not understood
 */
enum err_code vapi_recording_read(struct vapi_recording *rec, struct arena *,
    int64_t from, int64_t to, int64_t deadline_ms, struct str *bytes_r,
    struct err *e) MUST_CHECK;

/*
 * Take the file whole into rec->arena, so that reading has no need of ranges.
 * ERR_TOO_LARGE over VAPI_RECORDING_WHOLE_BYTES, else as reading.
 */
enum err_code vapi_recording_take(struct vapi_recording *rec,
    int64_t deadline_ms, struct err *e) MUST_CHECK;

#endif
