/*
 * The telephones of the simulated world: what happens when one is rung, and
 * what was heard at it. In memory and bounded; the one that was not used for
 * the longest time is forgotten first. One lock guards all.
 */
#ifndef CALLWARD_SIM_TELEPHONE_H
#define CALLWARD_SIM_TELEPHONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/json.h"
#include "tenancy/phone.h"
#include "base/str.h"

#define TELEPHONES_MAX 256
#define TELEPHONE_HEARD_MAX 32	 /* per telephone, the newest */
#define TELEPHONE_WORDS_MAX 4096 /* bytes of one sentence */
#define TELEPHONE_KEYS_SIZE 65

enum telephone_answers {
	TELEPHONE_PERSON,
	TELEPHONE_BUSY,
	TELEPHONE_NO_ANSWER,
	TELEPHONE_NOT_IN_SERVICE,
	TELEPHONE_ANSWERS
};

enum telephone_forwards {
	TELEPHONE_NEVER,
	TELEPHONE_ALWAYS,
	TELEPHONE_WHEN_BUSY,
	TELEPHONE_UNANSWERED,
	TELEPHONE_FORWARDS
};

/* What the network tells of a call that it forwards. */
enum telephone_carrier {
	TELEPHONE_OWN,		  /* From is this telephone's number */
	TELEPHONE_CALLER,	  /* From is who called, and nothing else */
	TELEPHONE_FORWARDED_FROM, /* who called, and ForwardedFrom */
	TELEPHONE_DIVERSION,	  /* who called, and SipHeader_Diversion */
	TELEPHONE_LINE,		  /* ForwardedFrom is the line: no use */
	TELEPHONE_CARRIERS
};

struct telephone {
	char number[PHONE_SIZE];
	enum telephone_answers answers;
	int64_t answer_ms; /* a person lets it ring so long */
	/* Pressed at the first <Gather>; what follows a comma at the next. */
	char keys[TELEPHONE_KEYS_SIZE];
	int64_t key_ms;	    /* from the end of the prompt */
	int64_t hang_up_ms; /* from answering; 0: listens to the end */
	enum telephone_forwards forwards;
	int64_t forward_ms; /* an unanswered call is forwarded then */
	char to[PHONE_SIZE];
	enum telephone_carrier carrier;
};

struct telephones;

struct telephones *telephones_new(void) MUST_CHECK;
void telephones_free(struct telephones *);
void telephones_clear(struct telephones *);

/*
 * A telephone nobody described: in +1555 a person who answers after a second
 * and presses 1, elsewhere not in service.
 */
void telephones_get(struct telephones *, const char *number,
    struct telephone *telephone_r);

void telephones_set(struct telephones *, const struct telephone *);

/* Keep what was heard, words or tones, in the call sid with the number from. */
void telephones_hear(struct telephones *, const char *number, const char *sid,
    const char *from, struct str text, bool tones);

/*
 * Read a description; what it leaves out is that of a person in +1555.
 * ERR_INPUT names a member that is unknown or breaks its bounds.
 */
enum err_code telephone_read(const struct json *, const char *number,
    struct telephone *telephone_r, struct err *e) MUST_CHECK;

/* Its description and "heard":[{"at","call_sid","from","words"|"tones"}…]. */
void telephones_write(struct telephones *, const char *number,
    struct json *object);

/* All that were described or heard something, as {"data":[…]}. */
void telephones_write_all(struct telephones *, struct json *object);

#endif
