/*
 * A vendor on loopback: one thread a connection, plain sockets, HTTP/1.1 with
 * kept connections. What it does is chosen by the path of the request.
 */
#ifndef CALLWARD_FAKE_VENDOR_H
#define CALLWARD_FAKE_VENDOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * /echo     200, the request's body
 * /answer   what fake_vendor_answer said
 * /bye      200, then closed without a word about it
 * /drop     closed when the request was read
 * /reset    the same with a TCP reset
 * /half     200, half of the body, closed
 * /chunked  200, a body in three chunks
 * /endless  200, a body that does not end
 * /never    no answer, for as long as the other side waits
 * /gather   answered when fake_vendor_gather of them have come
 * /file     what fake_vendor_file said, in ranges; 403 once it has lapsed
 * /again    the same, never lapsed
 * /plain    the same, whole whatever is asked
 */
struct fake_vendor;

/* Begin to listen; a failure ends the program. */
struct fake_vendor *fake_vendor_start(void);
void fake_vendor_stop(struct fake_vendor *);

/* "http://127.0.0.1:PORT" and the path, good until the next call. */
const char *fake_vendor_url(struct fake_vendor *, const char *path);

/* What /answer says: the texts must live on. headers end in "\r\n" each. */
void fake_vendor_answer(struct fake_vendor *, int status, const char *headers,
    const char *body);
/* A file of audio; lapsed: /file says 403 from now on. */
void fake_vendor_file(struct fake_vendor *, const char *bytes, size_t n,
    bool lapsed);
void fake_vendor_gather(struct fake_vendor *, size_t n);

/* How many requests came whole to this path, and connections altogether. */
size_t fake_vendor_hits(struct fake_vendor *, const char *path);
size_t fake_vendor_connections(struct fake_vendor *);

/* Wait until so many came; false when they did not within 20 s. */
bool fake_vendor_await(struct fake_vendor *, const char *path, size_t n);

/*
 * Did a request, whose code this is, end before it came to a path where none
 * had come? Then a slow machine let its time pass, and it may be made again;
 * false from until_ms on.
 */
bool fake_vendor_unasked(struct fake_vendor *, const char *path,
    enum err_code code, int64_t until_ms);

/* The head of the last whole request, and its body. */
const char *fake_vendor_head(struct fake_vendor *);
const char *fake_vendor_body(struct fake_vendor *);

#endif
