/*
 * A receptionist's conversation: greeting, reason, name, some small talk as
 * long as it takes, a day, goodbye. Values that do not depend on the number
 * of turns are drawn first, so that a long report is of the same call.
 */
#include "config.h"

#include <string.h>

#include "random.h"
#include "script.h"

#define TURNS_MIN 8
/* What the shortest remark adds to a report: five times its text, and names. */
#define TURN_BYTES 420

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PICK(r, a) ((a)[random_below((r), COUNT(a))])

static const char *const names[] = { "Maria Lopez", "James Carter",
	"Aisha Khan", "Peter Novak", "Mei Chen", "Zoë Müller", "Liam O'Brien",
	"Fatima Haddad", "Noah Williams", "Elena Petrova" };
static const char *const reasons[] = { "a check-up", "a cleaning",
	"a toothache", "a follow-up", "a new prescription",
	"moving an appointment", "a question about a bill", "a referral" };
static const char *const days[] = { "Monday at 9", "Tuesday at half past two",
	"Wednesday at 11", "Thursday at 4", "Friday at a quarter to ten" };
static const char *const remarks[] = {
	"One moment, let me look at that for you.",
	"I would prefer the morning, if there is anything left.",
	"Is there parking close to the practice?",
	"Yes, right behind the building, the first hour is free.",
	"My insurance changed in spring, do you need the new card?",
	"Please bring it along, we will copy it at the desk.",
	"Sorry, could you say that again? The line is not very good.",
	"Of course: please be here ten minutes early.",
	"I am \"fairly\" sure I was with you two years ago & since then never.",
	"I found your file. Is the address still the same?",
	"It is, only the telephone number is a new one.",
	"Thank you, I have noted that. Straße or Street, we will find it.",
};

struct values {
	const char *name, *reason, *day;
	bool booked;
	int64_t duration_ms;
};

static struct values
draw(struct random *r)
{
	struct values v;

	v.name = PICK(r, names);
	v.reason = PICK(r, reasons);
	v.day = PICK(r, days);
	v.booked = random_below(r, 4) != 0;
	v.duration_ms = 15000 + (int64_t)random_below(r, 105000);
	return (v);
}

const char *
script_day(uint64_t seed)
{
	struct random r;

	random_seed(&r, seed);
	return (draw(&r).day);
}

int64_t
script_duration_ms(uint64_t seed)
{
	struct random r;

	random_seed(&r, seed);
	return (draw(&r).duration_ms);
}

static double
dollars(double v)
{
	return ((double)(int64_t)(v * 10000 + 0.5) / 10000);
}

static void
price(struct script *s)
{
	double minutes = (double)s->duration_ms / 60000;

	s->stt = dollars(minutes * 0.01);
	s->llm = dollars(minutes * 0.02);
	s->tts = dollars(minutes * 0.036);
	s->vapi = dollars(minutes * 0.05);
	s->transport = dollars(minutes * 0.0085);
	s->total = dollars(s->stt + s->llm + s->tts + s->vapi + s->transport);
}

/* What turn i of n says. */
static void
speak(struct buf *b, struct random *r, const struct script *s, size_t i)
{
	if (i == 0)
		buf_adds(b, "Hello, thank you for calling. How can I help?");
	else if (i == 1)
		buf_addf(b, "Hi, I am calling about %s.", s->reason);
	else if (i == 2)
		buf_adds(b, "Gladly. May I have your name, please?");
	else if (i == 3)
		buf_addf(b, "%s.", s->name);
	else if (i == s->n - 4)
		buf_addf(b, "I could offer you %s.", s->day);
	else if (i == s->n - 3)
		buf_adds(b,
		    s->booked ? "That works for me." :
				"No, that does not work. I will call again.");
	else if (i == s->n - 2)
		buf_addf(b,
		    s->booked ?
			"Then see you on %s. Goodbye!" :
			"I understand, %s is the only one left. Goodbye!",
		    s->day);
	else if (i == s->n - 1)
		buf_adds(b, "Bye.");
	else
		buf_adds(b, PICK(r, remarks));
}

static enum err_code
fill(struct arena *arena, struct random *r, struct script *s, struct err *e)
{
	int64_t each = s->duration_ms / (int64_t)s->n;
	enum err_code c = ERR_OK;

	for (size_t i = 0; i < s->n && c == ERR_OK; i++) {
		struct script_turn *turn = &s->turns[i];
		struct buf b;

		buf_init(&b, arena);
		speak(&b, r, s, i);
		turn->user = i % 2 == 1;
		turn->from_ms = each * (int64_t)i + each / 8;
		turn->to_ms = each * (int64_t)(i + 1) - each / 8;
		c = buf_done(&b, &turn->text, e);
	}
	return (c);
}

enum err_code
script_make(struct arena *arena, uint64_t seed, int64_t report_bytes,
    struct script *s_r, struct err *e)
{
	struct random r;
	struct values v;
	struct buf b;
	enum err_code c;

	random_seed(&r, seed);
	v = draw(&r);
	memset(s_r, 0, sizeof(*s_r));
	/* An even number, for the two take turns. */
	s_r->n = TURNS_MIN + (size_t)(report_bytes / TURN_BYTES + 1) / 2 * 2;
	s_r->turns = arena_alloc(arena, s_r->n * sizeof(s_r->turns[0]));
	if (s_r->turns == NULL)
		return (err_set(e, ERR_TOO_LARGE, "script is too large"));
	s_r->name = v.name;
	s_r->reason = v.reason;
	s_r->day = v.day;
	s_r->booked = v.booked;
	s_r->duration_ms = v.duration_ms;
	price(s_r);
	buf_init(&b, arena);
	buf_addf(&b, "%s called about %s and %s %s.", v.name, v.reason,
	    v.booked ? "will come on" : "did not want", v.day);
	if ((c = buf_done(&b, &s_r->summary, e)) != ERR_OK)
		return (c);
	return (fill(arena, &r, s_r, e));
}
