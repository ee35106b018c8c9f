/*
 * A list of legs, newest first, with one lock and one condition for all:
 * there are few. Each leg has a thread that leads its life in a straight
 * line and frees nothing; a finished leg stays for those who ask.
 *
 * The two legs of a conversation share its time. It is quick while both doze;
 * from the moment when one of them has something to do, until its thread has
 * done it and dozes again, it is ours: so threads that come late change
 * nothing of who hears whom.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "leg.h"

#define ARENA_BYTES (16u << 20)
#define STACK_BYTES (512u << 10)

struct legs {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* anything of any leg */
	struct leg *first;
	size_t n;
	size_t alive; /* threads */
	int64_t speed;
	bool stopping;
};

struct life {
	struct leg *leg;
	leg_life *lead;
};

static const char *const names[] = { "queued", "ringing", "in-progress",
	"completed", "busy", "failed", "no-answer" };

struct legs *
legs_new(void)
{
	struct legs *l = calloc(1, sizeof(*l));

	if (l != NULL) {
		l->speed = 1;
		(void)pthread_mutex_init(&l->lock, NULL);
		(void)pthread_cond_init(&l->changed, NULL);
	}
	return (l);
}

static void
lock(const struct leg *leg)
{
	(void)pthread_mutex_lock(&leg->sim->legs->lock);
}

static void
unlock(const struct leg *leg)
{
	(void)pthread_mutex_unlock(&leg->sim->legs->lock);
}

/* With the lock held: who shares the time of this one, or NULL. */
static struct leg *
partner(const struct leg *leg)
{
	return (leg->other != NULL && !leg->other->done ? leg->other : NULL);
}

/* With the lock held: for how long nobody there has anything to do, in ours. */
static int64_t
quick_ms(const struct leg *leg)
{
	const struct leg *other = partner(leg);
	int64_t left, speed = leg->sim->legs->speed;

	if (!leg->dozes || (other != NULL && !other->dozes))
		return (0);
	left = leg->due_ms - leg->lived_ms;
	if (other != NULL && other->due_ms - other->lived_ms < left)
		left = other->due_ms - other->lived_ms;
	return (left > 0 ? (left + speed - 1) / speed : 0);
}

/* With the lock held, and before anything changes how quick it is. */
static void
look(struct leg *leg)
{
	struct leg *other = partner(leg);
	int64_t now = clock_mono_ms(), passed = now - leg->looked_ms;
	int64_t quick = quick_ms(leg);

	if (leg->done)
		return;
	if (quick > passed)
		quick = passed;
	passed += quick * (leg->sim->legs->speed - 1);
	leg->lived_ms += passed;
	leg->looked_ms = now;
	if (other != NULL) {
		other->lived_ms += passed;
		other->looked_ms = now;
	}
}

/* With the lock held: there is something to do. */
static void
wake(struct leg *leg)
{
	look(leg);
	leg->dozes = false;
	(void)pthread_cond_broadcast(&leg->sim->legs->changed);
}

/* With the lock held: until there is, or so much was lived. */
static void
doze(struct leg *leg, int64_t due_ms)
{
	struct legs *l = leg->sim->legs;
	int64_t quick, left;
	struct timespec t;

	look(leg);
	if (!leg->dozes) {
		leg->dozes = true;
		leg->due_ms = due_ms;
		/* Who waits with it waits less from now on. */
		(void)pthread_cond_broadcast(&l->changed);
	}
	quick = quick_ms(leg);
	left = due_ms - leg->lived_ms - quick * l->speed;
	t = clock_timespec(leg->looked_ms + quick + (left > 0 ? left : 0));
	(void)pthread_cond_clockwait(&l->changed, &l->lock, CLOCK_MONOTONIC,
	    &t);
	look(leg);
}

/* With the lock held. */
static void
end(struct leg *leg)
{
	leg->over = true;
	wake(leg);
}

/* With the lock held. */
static void
end_all(struct legs *l)
{
	for (struct leg *leg = l->first; leg != NULL; leg = leg->next) {
		leg->silent = true;
		end(leg);
	}
}

/* With the lock held: the oldest that is over, or one a reset ended. */
static struct leg **
find_over(struct legs *l, bool reset)
{
	struct leg **last = NULL;

	for (struct leg **at = &l->first; *at != NULL; at = &(*at)->next)
		if ((*at)->done && ((*at)->silent || !reset) &&
		    ((*at)->other == NULL || (*at)->other->done))
			last = at;
	return (last);
}

/*
 * With the lock held: free what a reset ended, and the oldest above LEGS_MAX.
 * A leg whose other one goes on stays with it.
 */
static void
drop(struct legs *l)
{
	struct leg **at;

	while ((at = find_over(l, l->n <= LEGS_MAX)) != NULL) {
		struct leg *leg = *at;

		if (leg->other != NULL)
			leg->other->other = NULL;
		*at = leg->next;
		l->n--;
		free(leg);
	}
}

void
legs_clear(struct legs *l)
{
	(void)pthread_mutex_lock(&l->lock);
	end_all(l);
	drop(l);
	(void)pthread_mutex_unlock(&l->lock);
}

void
legs_stop(struct legs *l)
{
	(void)pthread_mutex_lock(&l->lock);
	l->stopping = true;
	end_all(l);
	(void)pthread_mutex_unlock(&l->lock);
}

void
legs_free(struct legs *l)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_lock(&l->lock);
	while (l->alive > 0)
		(void)pthread_cond_wait(&l->changed, &l->lock);
	drop(l);
	(void)pthread_mutex_unlock(&l->lock);
	(void)pthread_cond_destroy(&l->changed);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

static void *
live(void *p)
{
	struct life *life = p;
	struct leg *leg = life->leg;
	struct legs *l = leg->sim->legs;
	struct arena *arena = arena_new(ARENA_BYTES);

	if (arena != NULL)
		life->lead(leg, arena);
	arena_free(arena);
	free(life);
	(void)pthread_mutex_lock(&l->lock);
	look(leg);
	leg->over = leg->done = true;
	l->alive--;
	drop(l);
	(void)pthread_cond_broadcast(&l->changed);
	(void)pthread_mutex_unlock(&l->lock);
	return (NULL);
}

static bool
start(struct leg *leg, leg_life *lead)
{
	struct life *life = malloc(sizeof(*life));
	pthread_attr_t attr;
	pthread_t thread;
	int failed;

	if (life == NULL)
		return (false);
	life->leg = leg;
	life->lead = lead;
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	failed = pthread_create(&thread, &attr, live, life);
	(void)pthread_attr_destroy(&attr);
	if (failed != 0)
		free(life);
	return (failed == 0);
}

/* With the lock held. */
static bool
enter(struct legs *l, struct leg *leg, struct leg *other, leg_life *lead)
{
	if (l->stopping || l->alive >= LEGS_AT_ONCE_MAX ||
	    (other != NULL && other->over) || !start(leg, lead))
		return (false);
	if (other != NULL) {
		look(other);
		leg->looked_ms = other->looked_ms;
		leg->other = other;
		other->other = leg;
	}
	leg->next = l->first;
	l->first = leg;
	l->n++;
	l->alive++;
	return (true);
}

enum err_code
leg_begin(struct sim *sim, const struct leg_party *party,
    const struct leg_order *order, struct leg *other, leg_life *lead,
    struct leg_party *party_r, struct err *e)
{
	struct leg *leg = calloc(1, sizeof(*leg));
	bool entered;
	enum err_code c;

	if (leg == NULL)
		return (err_set(e, ERR_TEMPORARY, "no memory"));
	leg->sim = sim;
	leg->party = *party;
	leg->order = *order;
	leg->looked_ms = clock_mono_ms();
	leg->state.created_ms = leg->state.updated_ms = clock_wall_ms();
	if ((c = webhook_call_sid(leg->party.sid, e)) != ERR_OK) {
		free(leg);
		return (c);
	}
	telephones_get(sim->telephones, party->to, &leg->phone);
	*party_r = leg->party;
	lock(leg);
	entered = enter(sim->legs, leg, other, lead);
	(void)pthread_mutex_unlock(&sim->legs->lock);
	if (!entered) {
		free(leg);
		return (err_set(e, ERR_DENIED, "too many calls at once"));
	}
	return (ERR_OK);
}

enum err_code
leg_find(struct legs *l, struct str sid, struct leg_party *party_r,
    struct leg_state *state_r, struct err *e)
{
	enum err_code c = ERR_ABSENT;

	(void)pthread_mutex_lock(&l->lock);
	for (const struct leg *leg = l->first; leg != NULL; leg = leg->next)
		if (!leg->silent && str_is(sid, leg->party.sid)) {
			*party_r = leg->party;
			*state_r = leg->state;
			c = ERR_OK;
		}
	(void)pthread_mutex_unlock(&l->lock);
	return (c == ERR_OK ? c : err_set(e, c, "no such call"));
}

void
legs_set_speed(struct legs *l, int64_t speed)
{
	(void)pthread_mutex_lock(&l->lock);
	for (struct leg *leg = l->first; leg != NULL; leg = leg->next)
		look(leg);
	l->speed = speed;
	(void)pthread_cond_broadcast(&l->changed);
	(void)pthread_mutex_unlock(&l->lock);
}

/* With the lock held: has the time of a person, or of all, run out? */
static bool
ended(struct leg *leg)
{
	if ((leg->person_leaves_ms != 0 &&
		leg->lived_ms >= leg->person_leaves_ms) ||
	    (leg->limit_ms != 0 && leg->lived_ms >= leg->limit_ms))
		leg->over = true;
	return (leg->over);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return (b != 0 && b < a ? b : a);
}

enum leg_wait
leg_wait(struct leg *leg, int64_t ms, bool until_key)
{
	enum leg_wait w = LEG_DUE;
	int64_t due;

	lock(leg);
	look(leg);
	due = leg->lived_ms + ms;
	while (!ended(leg) && leg->lived_ms < due &&
	    !(until_key && leg->n_keys > 0))
		doze(leg,
		    earlier(earlier(due, leg->person_leaves_ms),
			leg->limit_ms));
	wake(leg);
	if (leg->over)
		w = LEG_OVER;
	else if (until_key && leg->n_keys > 0)
		w = LEG_KEY;
	unlock(leg);
	return (w);
}

enum leg_status
leg_wait_other(struct leg *leg, int64_t ms)
{
	enum leg_status status = LEG_NO_ANSWER;
	int64_t due;

	lock(leg);
	look(leg);
	due = leg->lived_ms + ms;
	while (leg->lived_ms < due && !leg->over && leg->other != NULL &&
	    leg->other->state.status < LEG_IN_PROGRESS && !leg->other->over)
		doze(leg, due);
	wake(leg);
	if (leg->other != NULL && leg->other->state.status >= LEG_IN_PROGRESS)
		status = leg->other->state.status;
	unlock(leg);
	return (status);
}

void
leg_hang_up(struct leg *leg)
{
	lock(leg);
	end(leg);
	if (leg->other != NULL)
		end(leg->other);
	unlock(leg);
}

/* With the lock held: the clocks that begin when a leg is answered. */
static void
begin_clocks(struct leg *leg)
{
	look(leg);
	leg->answered_ms = leg->lived_ms;
	leg->limit_ms = leg->lived_ms + LEG_LENGTH_MS;
	if (leg->party.outbound && leg->other == NULL &&
	    leg->phone.hang_up_ms != 0)
		leg->person_leaves_ms = leg->lived_ms + leg->phone.hang_up_ms;
}

void
leg_move(struct leg *leg, enum leg_status status, struct arena *arena)
{
	static const unsigned events[] = { [LEG_RINGING] = LEG_ON_RINGING,
		[LEG_IN_PROGRESS] = LEG_ON_ANSWERED,
		[LEG_COMPLETED] = LEG_ON_COMPLETED,
		[LEG_BUSY] = LEG_ON_COMPLETED,
		[LEG_FAILED] = LEG_ON_COMPLETED,
		[LEG_NO_ANSWER] = LEG_ON_COMPLETED };
	int64_t now = clock_wall_ms();

	lock(leg);
	leg->state.status = status;
	leg->state.updated_ms = now;
	if (status == LEG_IN_PROGRESS) {
		leg->state.started_ms = now;
		begin_clocks(leg);
	}
	if (status >= LEG_COMPLETED)
		leg->state.ended_ms = now;
	if (status >= LEG_COMPLETED && leg->state.started_ms != 0) {
		look(leg);
		leg->state.duration_s =
		    (leg->lived_ms - leg->answered_ms) / 1000;
	}
	if (leg->other != NULL)
		wake(leg->other);
	unlock(leg);
	leg_tell(leg, events[status], names[status], arena);
}

bool
leg_ends(struct leg *leg, struct leg_party *other_r)
{
	bool silent;

	memset(other_r, 0, sizeof(*other_r));
	lock(leg);
	silent = leg->silent;
	if (leg->other != NULL)
		*other_r = leg->other->party;
	unlock(leg);
	return (silent);
}

const char *
leg_status_name(enum leg_status status)
{
	return (names[status]);
}

void
leg_listen(struct leg *leg, bool listening)
{
	lock(leg);
	leg->listening = listening;
	leg->n_keys = 0;
	unlock(leg);
}

char
leg_take_key(struct leg *leg)
{
	char key = '\0';

	lock(leg);
	if (leg->n_keys > 0) {
		key = leg->keys[0];
		memmove(leg->keys, leg->keys + 1, --leg->n_keys);
	}
	unlock(leg);
	return (key);
}

/* With the lock held. */
static bool
press(struct leg *leg, char key)
{
	if (!leg->listening || leg->n_keys == sizeof(leg->keys))
		return (false);
	leg->keys[leg->n_keys++] = key;
	wake(leg);
	return (true);
}

void
leg_person_presses(struct leg *leg, struct str keys)
{
	lock(leg);
	for (size_t i = 0; i < keys.n; i++)
		(void)press(leg, keys.p[i]);
	unlock(leg);
}

bool
leg_send_key(struct leg *leg, char key)
{
	bool heard;

	lock(leg);
	heard = leg->other != NULL && press(leg->other, key);
	unlock(leg);
	return (heard);
}
