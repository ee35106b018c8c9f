/*
 * What assistants were asked to note: structured outputs and structured data.
 * Finds values by the names that people give them, whatever their spelling.
 * Serves vapi_form.c.
 */
#ifndef CALLWARD_VAPI_WITHIN_H
#define CALLWARD_VAPI_WITHIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define VAPI_OUTPUTS_MAX 64
#define VAPI_OUTPUTS_BYTES ((size_t)256 * 1024)

/* True: this is it, look no further. */
typedef bool vapi_within_look(void *ctx, struct str raw);

/*
 * Show each value that goes by one of the names, in the order of the body,
 * until one is taken.
 *
 * raw    an object, or a list of them, as sent; anything else holds nothing. Of
 *        an output, {"name":..., "result":...}, the name is that of the result.
 *        Of what an object holds, and of what objects in it do, three deep,
 *        it is the member's; "name" within "customer" is "customername". At
 *        most VAPI_OUTPUTS_MAX members, VAPI_OUTPUTS_BYTES together, are seen.
 * names  words with '|' between. Names are compared as lower-case letters and
 *        digits; other characters do not count.
 * ERR_TOO_LARGE: past the arena's ceiling.
 */
enum err_code vapi_within(struct arena *, struct str raw, const char *names,
    vapi_within_look *look, void *ctx, struct err *e) MUST_CHECK;

/*
 * The results of structured outputs, each under its name, as an object for
 * json_raw_tree; what is no output stays under the name that it has. *over_r:
 * there are more than are seen; it is never set to false.
 */
enum err_code vapi_within_results(struct arena *, struct str raw,
    struct str *object_r, bool *over_r, struct err *e) MUST_CHECK;

#endif
