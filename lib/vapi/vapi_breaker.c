/*
 * vapi_breaker.lock guards all of it. A circuit is what is counted together:
 * one assistant of one clinic, or all of them. It keeps the last calls in a
 * ring. The table is of fixed size: where it is full a new assistant replaces
 * another one.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vapi/vapi_breaker.h"

#define CIRCUITS 1024
#define PROBED 8 /* places that are looked at for one assistant */

struct call {
	int64_t ended_ms;
	uint64_t clinic;
	bool timeout;
};

struct circuit {
	uint64_t key;	  /* 0: not in use */
	int64_t until_ms; /* it is open until then; 0: it is closed */
	bool is_probed;	  /* one call is on its way */
	size_t n, next;
	struct call *calls; /* rule.calls */
};

struct vapi_breaker {
	struct vapi_breaker_rule rule;
	pthread_mutex_t lock;
	struct circuit all;
	struct circuit one[CIRCUITS];
	uint64_t opened, refused;
	struct call calls[];
};

enum err_code
vapi_breaker_rule_read(struct str text, struct vapi_breaker_rule *rule,
    struct err *e)
{
	int64_t n[4];

	memset(rule, 0, sizeof(*rule));
	if (str_is(text, "off"))
		return (ERR_OK);
	for (size_t i = 0; i < 4; i++)
		if (str_parse_int(str_cut(&text, '/'), 1,
			i == 1 ? VAPI_BREAKER_CALLS_MOST : 3600, &n[i],
			NULL) != ERR_OK)
			return (err_set(e, ERR_INPUT,
			    "is off or TIMEOUTS/CALLS/SECONDS/OPEN, such as 10/20/10/5"));
	if (text.p != NULL || n[0] > n[1])
		return (err_set(e, ERR_INPUT,
		    "TIMEOUTS/CALLS/SECONDS/OPEN: four numbers, no more timeouts than calls"));
	*rule =
	    (struct vapi_breaker_rule){ n[0], n[1], n[2] * 1000, n[3] * 1000 };
	return (ERR_OK);
}

struct vapi_breaker *
vapi_breaker_new(const struct vapi_breaker_rule *rule)
{
	const size_t each = (size_t)rule->calls;
	struct vapi_breaker *b;

	b = calloc(1, sizeof(*b) + (CIRCUITS + 1) * each * sizeof(b->calls[0]));
	if (b == NULL)
		return (NULL);
	b->rule = *rule;
	pthread_mutex_init(&b->lock, NULL);
	b->all.calls = b->calls;
	for (size_t i = 0; i < CIRCUITS; i++)
		b->one[i].calls = b->calls + (i + 1) * each;
	return (b);
}

void
vapi_breaker_free(struct vapi_breaker *b)
{
	if (b == NULL)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* The circuit of this key, or one that it may have. */
static struct circuit *
find(struct vapi_breaker *b, uint64_t key)
{
	struct circuit *free_one = NULL;

	for (size_t i = 0; i < PROBED; i++) {
		struct circuit *c = &b->one[(key + i) % CIRCUITS];

		if (c->key == key)
			return (c);
		if (c->key == 0 && free_one == NULL)
			free_one = c;
	}
	if (free_one == NULL)
		free_one = &b->one[key % CIRCUITS];
	*free_one = (struct circuit){ .key = key, .calls = free_one->calls };
	return (free_one);
}

static bool
is_open(const struct circuit *c, int64_t now)
{
	return (c->until_ms > now || (c->until_ms != 0 && c->is_probed));
}

enum err_code
vapi_breaker_enter(struct vapi_breaker *b, struct str clinic,
    struct str assistant, int64_t now, struct vapi_pass *pass, struct err *e)
{
	struct circuit *one;
	bool all_open, one_open = false;

	*pass = (struct vapi_pass){ .clinic = clinic, .assistant = assistant };
	pass->key = str_hash(clinic) * 31 + str_hash(assistant);
	pass->key += pass->key == 0;
	if (b->rule.timeouts == 0)
		return (ERR_OK);
	pthread_mutex_lock(&b->lock);
	one = find(b, pass->key);
	if (!(all_open = is_open(&b->all, now)) &&
	    !(one_open = is_open(one, now))) {
		pass->probes_all = b->all.is_probed = b->all.until_ms != 0;
		pass->probes_one = one->is_probed = one->until_ms != 0;
	} else
		b->refused++;
	pthread_mutex_unlock(&b->lock);
	if (!all_open && !one_open)
		return (ERR_OK);
	return (err_set(e, ERR_TEMPORARY,
	    "vapi is not asked: %s timed out too often",
	    all_open ? "it" : "this assistant"));
}

/* One line when it opens, and one when it closes. */
static void
tell(const struct vapi_breaker *b, const struct circuit *c,
    const struct vapi_pass *pass, bool opened)
{
	struct log_line line;

	log_begin(&line, opened ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	    opened ? "vapi_breaker_open" : "vapi_breaker_closed");
	log_text(&line, "scope", c == &b->all ? "all" : "assistant");
	if (c != &b->all) {
		log_str(&line, "tenant", pass->clinic);
		log_str(&line, "assistant", pass->assistant);
	}
	log_end(&line);
}

/* Do the last calls speak for opening it? */
static bool
is_enough(const struct vapi_breaker *b, const struct circuit *c, int64_t now)
{
	uint64_t seen[VAPI_BREAKER_CLINICS];
	size_t clinics = 0;
	int64_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct call *call = &c->calls[i];
		size_t k = 0;

		if (!call->timeout || now - call->ended_ms >= b->rule.within_ms)
			continue;
		n++;
		while (k < clinics && seen[k] != call->clinic)
			k++;
		if (k == clinics && clinics < VAPI_BREAKER_CLINICS)
			seen[clinics++] = call->clinic;
	}
	return (n >= b->rule.timeouts &&
	    (c != &b->all || clinics == VAPI_BREAKER_CLINICS));
}

static void
count(struct vapi_breaker *b, struct circuit *c, const struct vapi_pass *pass,
    bool timeout, int64_t now)
{
	c->calls[c->next] =
	    (struct call){ now, str_hash(pass->clinic), timeout };
	c->next = (c->next + 1) % (size_t)b->rule.calls;
	if (c->n < (size_t)b->rule.calls)
		c->n++;
	if (!timeout || !is_enough(b, c, now))
		return;
	c->until_ms = now + b->rule.open_ms;
	b->opened++;
	tell(b, c, pass, true);
}

static void
settle(struct vapi_breaker *b, struct circuit *c, const struct vapi_pass *pass,
    bool probes, bool timeout, int64_t now)
{
	if (!probes) {
		/* What began before it was opened says nothing new. */
		if (c->until_ms == 0)
			count(b, c, pass, timeout, now);
		return;
	}
	c->is_probed = false;
	if (timeout) {
		c->until_ms = now + b->rule.open_ms;
		return;
	}
	c->until_ms = 0;
	c->n = c->next = 0;
	tell(b, c, pass, false);
}

void
vapi_breaker_leave(struct vapi_breaker *b, const struct vapi_pass *pass,
    bool timeout, int64_t now)
{
	struct circuit *one;

	if (b->rule.timeouts == 0)
		return;
	pthread_mutex_lock(&b->lock);
	one = find(b, pass->key);
	settle(b, &b->all, pass, pass->probes_all, timeout, now);
	settle(b, one, pass, pass->probes_one && one->until_ms != 0, timeout,
	    now);
	pthread_mutex_unlock(&b->lock);
}

void
vapi_breaker_count(struct vapi_breaker *b, struct vapi_breaker_counts *counts)
{
	pthread_mutex_lock(&b->lock);
	*counts = (struct vapi_breaker_counts){ .opened = b->opened,
		.refused = b->refused,
		.open_all = b->all.until_ms != 0 };
	for (size_t i = 0; i < CIRCUITS; i++)
		counts->open_assistants += b->one[i].until_ms != 0;
	pthread_mutex_unlock(&b->lock);
}
