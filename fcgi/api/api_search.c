/*
 * Makes the terms, and looks for them in the texts of the newest calls that
 * wait for their words.
 */
#include "config.h"

#include "api/api_answer.h"
#include "api/api_search.h"
#include "base/clock.h"
#include "base/words.h"
#include "tenancy/indexer.h"
#include "tenancy/phone_typed.h"

/* q has 200 bytes, a word and its separator at least two; and three others. */
#define TERMS_MAX 104
#define WORDS_BYTES 1000
#define NUMBER_BYTES 128
#define WAITING_MOST 200
#define WAITING_MS 8000
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define CALL_BYTES ((size_t)16 * 1024 * 1024) /* the words of a call */

struct terms {
	struct str term[TERMS_MAX]; /* with its kind in front */
	size_t n;
};

static bool
is_number_end(struct str text)
{
	if (text.n < PHONE_TYPED_END_MIN || text.n > PHONE_TYPED_END_MAX)
		return (false);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return (false);
	return (true);
}

/* A word that another word begins with needs no term. */
static bool
is_covered(const struct words *w, struct str word)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->word[i].n > word.n && !is_number_end(w->word[i]) &&
		    str_eq(str_first(w->word[i], word.n), word))
			return (true);
	return (false);
}

static enum err_code
add_term(struct arena *a, struct terms *t, char kind, struct str text,
    struct err *e)
{
	enum err_code code;
	struct str term;
	struct buf b;

	if (text.p == NULL)
		return (ERR_OK);
	buf_init(&b, a);
	buf_addc(&b, kind);
	buf_add(&b, text);
	if ((code = buf_done(&b, &term, e)) != ERR_OK)
		return (code);
	if (t->n == TERMS_MAX)
		return (err_set(e, ERR_TOO_LARGE, "too many words"));
	t->term[t->n++] = term;
	return (ERR_OK);
}

static enum err_code
make_terms(struct arena *a, const struct api_search *s, struct terms *t,
    struct err *e)
{
	enum err_code code;
	struct words w;

	t->n = 0;
	words_init(&w, a, TERMS_MAX - 3, WORDS_BYTES);
	if ((code = words_add(&w, s->words, e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < w.n; i++) {
		bool end = is_number_end(w.word[i]);

		if (!end && is_covered(&w, w.word[i]))
			continue;
		if ((code = add_term(a, t, end ? 'd' : 'w', w.word[i], e)) !=
		    ERR_OK)
			return (code);
	}
	if ((code = add_term(a, t, is_number_end(s->number) ? 'r' : 'n',
		 str_first(s->number, NUMBER_BYTES), e)) != ERR_OK ||
	    (code = add_term(a, t, 't', s->tag, e)) != ERR_OK)
		return (code);
	return (add_term(a, t, 'i', s->intent, e));
}

/* others: for each term a '1' if the call has it without its words. */
static bool
has_all(const struct terms *t, struct str others, const struct words *w)
{
	for (size_t i = 0; i < t->n; i++) {
		char kind = t->term[i].p[0];

		if (i < others.n && others.p[i] == '1')
			continue;
		if ((kind != 'w' && kind != 'd') ||
		    !words_have_prefix(w, str_skip(t->term[i], 1)))
			return (false);
	}
	return (true);
}

/*
 * In arenas of their own, since texts of calls may be long: a holds the rows,
 * call the words of one call at a time.
 */
static enum err_code
add_waiting(struct exchange *x, struct arena *a, struct arena *call,
    const struct terms *t, struct str terms, struct json *ids, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	struct words w;
	enum err_code code;

	statement_tenant_waiting(&v, a,
	    &(struct statement_tenant_waiting){ .terms = terms,
		.most = DB_NUMBER(WAITING_MOST) });
	if ((code = api_run_in(x, a, &v, false, clock_mono_ms() + WAITING_MS,
		 &r, e)) != ERR_OK)
		return (code);
	for (size_t i = 0; i < db_rows(r); i++) {
		arena_reset(call);
		indexer_words(&w, call);
		if ((code = words_add(&w, db_str(r, i, TENANT_WAITING_CONTENT),
			 e)) != ERR_OK)
			return (code);
		if (has_all(t, db_str(r, i, TENANT_WAITING_OTHERS), &w))
			json_push_str(ids, db_str(r, i, TENANT_WAITING_ID));
	}
	return (ERR_OK);
}

enum err_code
api_search_add(struct exchange *x, const struct api_search *s,
    struct json *filter, struct err *e)
{
	struct arena *a, *call;
	struct json *list;
	struct terms t;
	struct str text;
	enum err_code code;

	if (s->words.p == NULL && s->number.p == NULL && s->tag.p == NULL &&
	    s->intent.p == NULL)
		return (ERR_OK);
	if ((code = make_terms(x->arena, s, &t, e)) != ERR_OK)
		return (code);
	list = json_add_array(filter, "terms");
	for (size_t i = 0; i < t.n; i++)
		json_push_str(list, t.term[i]);
	if ((code = json_format(x->arena, list, &text, e)) != ERR_OK)
		return (code);
	list = json_add_array(filter, "waiting");
	if (t.n == 0)
		return (ERR_OK);
	a = arena_new(ARENA_BYTES);
	call = arena_new(CALL_BYTES);
	code = a == NULL || call == NULL ?
	    err_set(e, ERR_TEMPORARY, "no memory") :
	    add_waiting(x, a, call, &t, text, list, e);
	arena_free(a);
	arena_free(call);
	return (code);
}
