/*
 * The table's walk: each value's places are looked at in their order, and what
 * is found in one is kept where the value's row says. vapi_form.c reads.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "io/json.h"
#include "vapi/vapi_digest.h"
#include "vapi/vapi_form.h"
#include "vapi/vapi_report.h"
#include "vapi/vapi_value.h"

struct reader {
	struct vapi_forms forms;
	struct tenancy_event *ev;
	struct buf columns, details; /* members of two objects */
	struct str address; /* of the recording; its signature varies */
	struct str lasting; /* the columns without it, for the digest */
	bool *over;	    /* of each row: not all of it is kept */
};

static void
add_member(struct buf *b, const char *name, struct str said)
{
	buf_addf(b, "%c\"%s\":", b->n == 0 ? '{' : ',', name);
	buf_add(b, said);
}

static void
keep(struct reader *r, const struct vapi_look *l)
{
	const struct vapi_value *row = l->row;

	if (row->form == VAPI_FORM_ADDRESS) {
		r->address = l->said;
	} else if (row->kept == VAPI_KEPT_EVENT) {
		r->over[row - vapi_values] = l->over;
		memcpy((char *)r->ev + row->event, &l->said, sizeof(l->said));
		r->forms.transcript = r->ev->transcript.p != NULL;
	} else if (l->said.p != NULL)
		add_member(row->kept == VAPI_KEPT_COLUMN ? &r->columns :
							   &r->details,
		    row->name, l->said);
}

/* If no transcript was sent, the one that was made of the turns is taken. */
static void
take_made(struct reader *r)
{
	if (r->ev->transcript.p != NULL)
		return;
	for (size_t i = 0; i < vapi_values_n; i++)
		if (vapi_values[i].event ==
			offsetof(struct tenancy_event, transcript) &&
		    r->forms.turns.transcript_over)
			r->over[i] = true;
	if (r->forms.turns.transcript.n > 0)
		r->ev->transcript = r->forms.turns.transcript;
}

static size_t
places_of(const struct vapi_value *row)
{
	struct str rest = str_of(row->places);
	struct vapi_place place;
	size_t n = 0;

	while (vapi_place_next(&rest, &place))
		n++;
	return (n);
}

/* Look at all places of a row; n_r is moved on by as many. */
static enum err_code
read_row(struct vapi_look *l, const struct vapi_raw *raw, size_t *n_r)
{
	enum err_code code = ERR_OK;
	size_t n = 0;

	for (size_t level = 0; level < VAPI_LEVELS; level++) {
		struct str rest = str_of(l->row->places);

		n = 0;
		for (; vapi_place_next(&rest, &l->place); n++)
			if (code == ERR_OK && l->said.p == NULL)
				code = vapi_form_read(l,
				    vapi_raw_place(raw, level, *n_r + n));
	}
	*n_r += n;
	return (code);
}

/* What lasted from one moment to the other, where nobody said how long. */
static enum err_code
add_duration(struct reader *r, struct err *e)
{
	const struct vapi_forms *f = &r->forms;
	struct vapi_look l = { .all = &r->forms, .e = e };
	enum err_code code;

	if (f->duration || f->started_ms == 0 || f->ended_ms < f->started_ms)
		return (ERR_OK);
	code =
	    vapi_form_seconds(&l, (double)(f->ended_ms - f->started_ms) / 1000);
	if (code == ERR_OK && l.said.p != NULL)
		add_member(&r->columns, "duration_seconds", l.said);
	return (code);
}

/*
 * Close the two objects. The address becomes the last member of the columns:
 * the text before it is the same when the report comes again.
 */
static enum err_code
finish(struct reader *r, struct err *e)
{
	struct str details;
	enum err_code code;
	size_t lasting;

	if (r->details.n > 0) {
		buf_addc(&r->details, '}');
		if ((code = buf_done(&r->details, &details, e)) != ERR_OK)
			return (code);
		add_member(&r->columns, "details", details);
	}
	lasting = r->columns.n;
	if (r->address.p != NULL)
		add_member(&r->columns, "recording_url", r->address);
	if (r->columns.n == 0)
		return (ERR_OK);
	buf_addc(&r->columns, '}');
	if ((code = buf_done(&r->columns, &r->ev->told, e)) == ERR_OK)
		r->lasting = str_first(r->ev->told, lasting);
	return (code);
}

static enum err_code
tell_left_out(struct reader *r, struct err *e)
{
	struct json *o = json_new_object(r->forms.arena), *list = NULL;

	for (size_t i = 0; i < vapi_values_n; i++) {
		if (!r->over[i])
			continue;
		if (list == NULL)
			list = json_add_array(o, "left_out");
		json_push_str(list, str_of(vapi_values[i].name));
	}
	return (list == NULL ?
		ERR_OK :
		json_format(r->forms.arena, o, &r->ev->details, e));
}

enum err_code
vapi_report_read(struct arena *a, const struct vapi_raw *raw,
    struct tenancy_event *ev, struct err *e)
{
	struct reader r = { .forms = { .arena = a },
		.ev = ev,
		.over = arena_alloc(a, vapi_values_n * sizeof(*r.over)) };
	const char *done = "";
	enum err_code code;
	size_t n = 0;

	if (r.over == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	buf_init(&r.columns, a);
	buf_init(&r.details, a);
	for (size_t i = 0; i < vapi_values_n; i++) {
		struct vapi_look l = { .all = &r.forms,
			.row = &vapi_values[i],
			.e = e };

		if ((code = read_row(&l, raw, &n)) != ERR_OK)
			return (code);
		if (strcmp(done, l.row->name) != 0)
			keep(&r, &l);
		if (l.said.p != NULL)
			done = l.row->name;
	}
	take_made(&r);
	if ((code = add_duration(&r, e)) != ERR_OK ||
	    (code = finish(&r, e)) != ERR_OK ||
	    (code = tell_left_out(&r, e)) != ERR_OK)
		return (code);
	return (vapi_digest_report(a, ev, r.lasting, r.address.p != NULL,
	    &ev->report_digest, e));
}

enum err_code
vapi_report_status(struct arena *a, const struct vapi_raw *raw,
    const char *moment, struct tenancy_event *ev, struct err *e)
{
	const struct vapi_value time = { .name = moment,
		.form = VAPI_FORM_TIME };
	struct reader r = { .forms = { .arena = a }, .ev = ev };
	struct vapi_look l = { .all = &r.forms, .row = &time, .e = e };
	enum err_code code = ERR_OK;
	size_t n = 0;

	buf_init(&r.columns, a);
	buf_init(&r.details, a);
	if (moment != NULL &&
	    (code = vapi_form_read(&l, raw->message.timestamp)) == ERR_OK &&
	    l.said.p != NULL)
		add_member(&r.columns, moment, l.said);
	for (size_t i = 0; i < vapi_values_n && code == ERR_OK; i++) {
		l = (struct vapi_look){ .all = &r.forms,
			.row = &vapi_values[i],
			.e = e };
		if (!l.row->early)
			n += places_of(l.row);
		else if ((code = read_row(&l, raw, &n)) == ERR_OK)
			keep(&r, &l);
	}
	return (code == ERR_OK ? finish(&r, e) : code);
}
