/*
 * The list of calls as a file: a table for people and their spreadsheets, in
 * their language and the clinic's time, or, with format=raw, the columns that
 * programs know, which stay what they are. Rows are made by the statement; the
 * words are here, those that the page has (web/lang) among them.
 */
#include "config.h"

#include <stdio.h>

#include "api/api.h"
#include "api/api_answer.h"
#include "api/api_filter.h"
#include "io/id.h"

#define CSV_ROWS 1000
#define CSV_TIME_SIZE 40
#define LANGUAGES_MAX 10
#define BOM "\xef\xbb\xbf" /* without it spreadsheets guess a code page */

/* English first: it is what there is for everybody else. */
enum language { LANGUAGE_EN, LANGUAGE_ES, LANGUAGES };

static const char *const languages[LANGUAGES] = { "en", "es" };

static const struct {
	const char *key;
	const char *text[LANGUAGES];
} words[] = {
	{ "status.initiated", { "Starting", "Iniciándose" } },
	{ "status.ringing", { "Ringing", "Sonando" } },
	{ "status.in-progress", { "On the line", "En curso" } },
	{ "status.forwarding", { "Being put through", "Desviándose" } },
	{ "status.completed", { "Answered", "Atendida" } },
	{ "status.no-answer", { "No answer", "Sin respuesta" } },
	{ "status.busy", { "Busy", "Ocupado" } },
	{ "status.failed", { "Failed", "Fallida" } },
	{ "status.canceled", { "Hung up early", "Colgó antes" } },
	{ "follow_up.none", { "None", "Ninguno" } },
	{ "follow_up.open", { "To do", "Pendiente" } },
	{ "follow_up.in_progress", { "In progress", "En curso" } },
	{ "follow_up.done", { "Done", "Hecho" } },
	{ "call.withheld", { "Number withheld", "Número oculto" } },
	{ "yes", { "Yes", "Sí" } },
	{ "no", { "No", "No" } },
};

/* In the order of the statement's cells; {zone} is the clinic's. */
static const char *const columns[][LANGUAGES] = {
	{ "Time ({zone})", "Hora ({zone})" },
	{ "Outcome", "Resultado" },
	{ "Caller", "Quién llama" },
	{ "Caller name", "Nombre de quien llama" },
	{ "Clinic's number", "Número de la clínica" },
	{ "Name of the number", "Nombre del número" },
	{ "Length (s)", "Duración (s)" },
	{ "After hours", "Fuera de horario" },
	{ "About", "Asunto" },
	{ "Success", "Éxito" },
	{ "Summary", "Resumen" },
	{ "Follow-up", "Seguimiento" },
	{ "Follow-up note", "Nota de seguimiento" },
	{ "Follow-up by", "Seguimiento por" },
	{ "Tags", "Etiquetas" },
	{ "Notes", "Notas" },
	{ "Cost (USD)", "Coste (USD)" },
	{ "Test", "Prueba" },
	{ "Ended because", "Motivo del fin" },
	{ "Id", "Id" },
};

static const char raw_columns[] =
    "id,created_at,status,caller_phone_number,assistant_phone_number,"
    "duration_seconds,ended_reason,after_hours,intent,success_evaluation,"
    "summary,follow_up_state,tags,notes,cost_usd,is_test\r\n";

/* Where an export stands. */
struct csv {
	struct exchange *x;
	struct api_filters filters;
	enum language language;
	struct str words;	/* JSON; STR_NONE: raw */
	char at[CSV_TIME_SIZE]; /* the place that was reached */
	char id[ID_SIZE];
	bool begun;
	bool done;
};

/* The first page leaves the audit row. */
static void
take_csv_page(const struct csv *c, struct arena *a, struct db_values *v)
{
	bool first = !c->begun;

	statement_tenant_csv_page(v, a,
	    &(struct statement_tenant_csv_page){ .most = DB_NUMBER(CSV_ROWS),
		.after_at = first ? STR_NONE : str_of(c->at),
		.after_id = first ? STR_NONE : str_of(c->id),
		.filters = c->filters.json,
		.words = c->words,
		.actor = first ? c->x->actor : STR_NONE });
}

static enum err_code
read_csv_page(struct csv *c, struct arena *a, int64_t deadline_ms,
    struct str *rows_r, struct str *zone_r, struct err *e)
{
	const struct db_result *r;
	struct db_values v;
	enum err_code code;
	struct str at, id;

	take_csv_page(c, a, &v);
	if ((code = api_run_in(c->x, a, &v, !c->begun, deadline_ms, &r, e)) !=
	    ERR_OK)
		return (code);
	at = db_str(r, 0, TENANT_CSV_PAGE_LAST_AT);
	id = db_str(r, 0, TENANT_CSV_PAGE_LAST_ID);
	if (!c->begun)
		api_note(c->x, STR("export_calls"), STR("calls.csv"));
	c->begun = true;
	c->done = db_bool(r, 0, TENANT_CSV_PAGE_DONE);
	(void)snprintf(c->at, sizeof(c->at), "%.*s", (int)at.n,
	    at.p == NULL ? "" : at.p);
	(void)snprintf(c->id, sizeof(c->id), "%.*s", (int)id.n,
	    id.p == NULL ? "" : id.p);
	*rows_r = db_str(r, 0, TENANT_CSV_PAGE_ROWS);
	*zone_r = db_str(r, 0, TENANT_CSV_PAGE_ZONE);
	return (ERR_OK);
}

static void
add_columns(struct buf *b, const struct csv *c, struct str zone)
{
	if (c->words.p == NULL) {
		buf_adds(b, raw_columns);
		return;
	}
	buf_adds(b, BOM);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		struct str text = str_of(columns[i][c->language]);

		buf_adds(b, i == 0 ? "\"" : ",\"");
		buf_add(b, str_cut(&text, '{'));
		if (text.p != NULL) {
			(void)str_cut(&text, '}');
			buf_add(b, zone);
			buf_add(b, text);
		}
		buf_addc(b, '"');
	}
	buf_adds(b, "\r\n");
}

/*
 * The first piece has the names of the columns. A page may be empty where there
 * is much to look at: then the next ones belong to the same piece.
 */
static enum err_code
produce_csv(void *ctx, struct arena *a, int64_t deadline_ms,
    struct str *piece_r, struct err *e)
{
	struct csv *c = ctx;
	struct str zone = STR_NONE;
	bool first = !c->begun;
	enum err_code code = ERR_OK;
	struct buf b;

	*piece_r = STR("");
	do {
		if (c->done)
			return (ERR_OK);
		arena_reset(a);
		code = read_csv_page(c, a, deadline_ms, piece_r, &zone, e);
	} while (code == ERR_OK && !first && piece_r->n == 0);
	if (code != ERR_OK || !first)
		return (code);
	buf_init(&b, a);
	add_columns(&b, c, zone);
	buf_add(&b, *piece_r);
	return (buf_done(&b, piece_r, e));
}

/* The language of a tag such as "es-MX"; LANGUAGES: none of ours. */
static enum language
find_language(struct str tag)
{
	struct str base = str_cut(&tag, '-');
	int i = 0;

	while (i < LANGUAGES && !str_is_nocase(base, languages[i]))
		i++;
	return ((enum language)i);
}

/* lang, or the first of Accept-Language that there is, or English. */
static enum language
choose_language(const struct exchange *x, struct str wanted)
{
	enum language found = find_language(wanted);
	struct str accepted, tag;

	if (wanted.p != NULL)
		return (found);
	if (request_header(&x->req, "HTTP_ACCEPT_LANGUAGE", &accepted, NULL) !=
	    ERR_OK)
		return (LANGUAGE_EN);
	for (int n = 0; accepted.p != NULL && n < LANGUAGES_MAX; n++) {
		tag = str_cut(&accepted, ',');
		found = find_language(str_trim(str_cut(&tag, ';')));
		if (found != LANGUAGES)
			return (found);
	}
	return (LANGUAGE_EN);
}

static enum err_code
choose_words(struct csv *c, struct str format, struct str wanted, struct err *e)
{
	struct json *o = json_new_object(c->x->arena);

	c->words = STR_NONE;
	if (str_is(format, "raw"))
		return (ERR_OK);
	c->language = choose_language(c->x, wanted);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		json_add_str(o, words[i].key,
		    str_of(words[i].text[c->language]));
	return (json_format(c->x->arena, o, &c->words, e));
}

enum err_code
api_calls_csv(struct exchange *x, struct err *e)
{
	struct csv *c = arena_alloc(x->arena, sizeof(*c));
	struct str format, wanted;
	struct api_query q;
	enum err_code code;

	if (c == NULL)
		return (err_set(e, ERR_TOO_LARGE, "no memory"));
	if (api_query_init(&q, x, e) != ERR_OK)
		return (e->code);
	c->x = x;
	format = api_query_word(&q, "format", "table|raw");
	wanted = api_query_word(&q, "lang", "en|es");
	if ((code = api_filters_read(x, &q, &c->filters, e)) != ERR_OK)
		return (code);
	if (q.complaints.any)
		return (answer_complaints(x, &q.complaints, e));
	if ((code = choose_words(c, format, wanted, e)) != ERR_OK ||
	    (code = admission_hold(x, e)) != ERR_OK)
		return (code);
	response_stream(&x->resp, 200, "text/csv; charset=utf-8", -1,
	    produce_csv, c);
	response_header(&x->resp, "Content-Disposition",
	    "attachment; filename=\"calls.csv\"");
	response_header(&x->resp, "Cache-Control", "private, no-store");
	return (ERR_OK);
}
