/*
 * Lists and numbers. Time is told by the caller.
 */
#include "config.h"

#include "io/db_queue.h"

void
db_line_init(struct db_line *l)
{
	l->first = NULL;
	l->last = &l->first;
	l->n = 0;
}

void
db_line_add(struct db_line *l, struct db_place *p)
{
	p->queued = true;
	p->next = NULL;
	*l->last = p;
	l->last = &p->next;
	l->n++;
}

/* Take out the one that *at points to. */
static struct db_place *
cut(struct db_line *l, struct db_place **at)
{
	struct db_place *p = *at;

	if ((*at = p->next) == NULL)
		l->last = at;
	l->n--;
	p->queued = false;
	return (p);
}

bool
db_line_remove(struct db_line *l, struct db_place *p)
{
	struct db_place **at = &l->first;

	if (!p->queued)
		return (false);
	while (*at != p)
		at = &(*at)->next;
	(void)cut(l, at);
	return (true);
}

size_t
db_line_take(struct db_line *l, struct db_place **taken)
{
	size_t n = 0, bytes = 0;

	while (l->first != NULL && n < DB_FLIGHT_MAX) {
		bytes += l->first->bytes;
		if (n > 0 && bytes > DB_FLIGHT_BYTES)
			break;
		taken[n++] = cut(l, &l->first);
	}
	return (n);
}

void
db_queue_init(struct db_queue *q, struct db_flight *flights, size_t lanes)
{
	db_line_init(&q->line);
	for (size_t i = 0; i < DB_QUEUE_KEYS; i++)
		q->out[i] = 0;
	q->flights = flights;
	q->lanes = lanes;
}

bool
db_queue_may_fly(const struct db_queue *q, int64_t now_ms)
{
	size_t flights = 0, there = q->line.n;

	if (q->line.n == 0)
		return (false);
	for (size_t i = 0; i < q->lanes; i++) {
		const struct db_flight *f = &q->flights[i];

		if (f->n == 0 || now_ms - f->since_ms >= DB_QUEUE_STALE_MS)
			continue;
		flights++;
		there += f->n;
	}
	return (flights == 0 || there <= q->lanes ||
	    q->line.n >= flights * DB_QUEUE_SHARE);
}

bool
db_queue_is_any_free(const struct db_queue *q)
{
	for (const struct db_place *p = q->line.first; p != NULL; p = p->next)
		if (q->out[p->key] == 0)
			return (true);
	return (false);
}

size_t
db_queue_take(struct db_queue *q, struct db_flight *f, int64_t now_ms,
    struct db_place **taken)
{
	struct db_place **at = &q->line.first;
	size_t n = 0;

	while (*at != NULL && n < DB_FLIGHT_MAX)
		if (q->out[(*at)->key] == 0)
			taken[n++] = cut(&q->line, at);
		else
			at = &(*at)->next;
	for (size_t i = 0; i < n; i++) {
		f->keys[i] = taken[i]->key;
		q->out[f->keys[i]]++;
	}
	f->n = n;
	f->since_ms = now_ms;
	return (n);
}

void
db_queue_land(struct db_queue *q, struct db_flight *f)
{
	for (size_t i = 0; i < f->n; i++)
		q->out[f->keys[i]]--;
	f->n = 0;
}
