/*
 * One table a schema; objects that the system has no business in are taken
 * as they are. Sentences are those of class-validator, which Vapi's come
 * from.
 */
#include "config.h"

#include <stdio.h>

#include "check.h"
#include "io/id.h"
#include "tenancy/phone.h"

enum kind { ANY, TEXT, UUID, NUMBER, BOOL, LIST, OBJECT, TIME };

struct rules;

struct rule {
	const char *name;
	enum kind kind;
	size_t min, max; /* of a text, in characters; of a number */
	const struct rules *inner;
};

struct rules {
	const struct rule *row;
	size_t n;
	const struct rules *more;
};

#define RULES(table, rest)                                                     \
	{                                                                      \
		(table), sizeof(table) / sizeof(*(table)), rest                \
	}

struct check {
	struct arena *arena;
	struct json *messages;
	size_t n;
	enum err_code code; /* the first failure of our own */
	struct err *e;
};

static const struct rule server_rows[] = {
	{ "url", TEXT, 0, 0, NULL },
	{ "timeoutSeconds", NUMBER, 1, 300, NULL },
	{ "credentialId", TEXT, 0, 0, NULL },
	{ "staticIpAddressesEnabled", BOOL, 0, 0, NULL },
	{ "encryptedPaths", LIST, 0, 0, NULL },
	{ "headers", OBJECT, 0, 0, NULL },
	{ "backoffPlan", OBJECT, 0, 0, NULL },
};
static const struct rules server = RULES(server_rows, NULL);

static const struct rule assistant_rows[] = {
	{ "transcriber", OBJECT, 0, 0, NULL },
	{ "model", OBJECT, 0, 0, NULL },
	{ "voice", OBJECT, 0, 0, NULL },
	{ "firstMessage", TEXT, 0, 0, NULL },
	{ "firstMessageInterruptionsEnabled", BOOL, 0, 0, NULL },
	{ "firstMessageMode", TEXT, 0, 0, NULL },
	{ "voicemailDetection", ANY, 0, 0, NULL },
	{ "clientMessages", LIST, 0, 0, NULL },
	{ "serverMessages", LIST, 0, 0, NULL },
	{ "maxDurationSeconds", NUMBER, 10, 43200, NULL },
	{ "backgroundSound", TEXT, 0, 0, NULL },
	{ "modelOutputInMessagesEnabled", BOOL, 0, 0, NULL },
	{ "transportConfigurations", LIST, 0, 0, NULL },
	{ "observabilityPlan", OBJECT, 0, 0, NULL },
	{ "credentials", LIST, 0, 0, NULL },
	{ "hooks", LIST, 0, 0, NULL },
	{ "name", TEXT, 0, 40, NULL },
	{ "voicemailMessage", TEXT, 0, 1000, NULL },
	{ "endCallMessage", TEXT, 0, 1000, NULL },
	{ "endCallPhrases", LIST, 0, 0, NULL },
	{ "compliancePlan", OBJECT, 0, 0, NULL },
	{ "metadata", OBJECT, 0, 0, NULL },
	{ "backgroundSpeechDenoisingPlan", OBJECT, 0, 0, NULL },
	{ "analysisPlan", OBJECT, 0, 0, NULL },
	{ "artifactPlan", OBJECT, 0, 0, NULL },
	{ "startSpeakingPlan", OBJECT, 0, 0, NULL },
	{ "stopSpeakingPlan", OBJECT, 0, 0, NULL },
	{ "monitorPlan", OBJECT, 0, 0, NULL },
	{ "credentialIds", LIST, 0, 0, NULL },
	{ "server", OBJECT, 0, 0, &server },
	{ "keypadInputPlan", OBJECT, 0, 0, NULL },
};
static const struct rules assistant = RULES(assistant_rows, NULL);

static const struct rule overrides_rows[] = {
	{ "tools:append", LIST, 0, 0, NULL },
	{ "variableValues", OBJECT, 0, 0, NULL },
};
static const struct rules overrides = RULES(overrides_rows, &assistant);

static const struct rule customer_rows[] = {
	{ "numberE164CheckEnabled", BOOL, 0, 0, NULL },
	{ "extension", TEXT, 0, 10, NULL },
	{ "assistantOverrides", OBJECT, 0, 0, &overrides },
	{ "squadOverrides", OBJECT, 0, 0, &overrides },
	{ "number", TEXT, 3, 40, NULL },
	{ "sipUri", TEXT, 0, 0, NULL },
	{ "name", TEXT, 0, 40, NULL },
	{ "email", TEXT, 0, 40, NULL },
	{ "externalId", TEXT, 0, 40, NULL },
};
static const struct rules customer = RULES(customer_rows, NULL);

static const struct rule number_rows[] = {
	{ "fallbackDestination", OBJECT, 0, 0, NULL },
	{ "hooks", LIST, 0, 0, NULL },
	{ "smsEnabled", BOOL, 0, 0, NULL },
	{ "twilioPhoneNumber", TEXT, 0, 0, NULL },
	{ "twilioAccountSid", TEXT, 0, 0, NULL },
	{ "twilioAuthToken", TEXT, 0, 0, NULL },
	{ "twilioApiKey", TEXT, 0, 0, NULL },
	{ "twilioApiSecret", TEXT, 0, 0, NULL },
	{ "name", TEXT, 0, 40, NULL },
	{ "assistantId", TEXT, 0, 0, NULL },
	{ "workflowId", TEXT, 0, 0, NULL },
	{ "squadId", TEXT, 0, 0, NULL },
	{ "server", OBJECT, 0, 0, &server },
};
static const struct rules number = RULES(number_rows, NULL);

static const struct rule schedule_rows[] = {
	{ "earliestAt", TIME, 0, 0, NULL },
	{ "latestAt", TIME, 0, 0, NULL },
};
static const struct rules schedule = RULES(schedule_rows, NULL);

static const struct rule create_rows[] = {
	{ "phoneCallProviderBypassEnabled", BOOL, 0, 0, NULL },
	{ "assistantVersion", TEXT, 0, 0, NULL },
	{ "transport", OBJECT, 0, 0, NULL },
	{ "customers", LIST, 0, 0, NULL },
	{ "name", TEXT, 0, 40, NULL },
	{ "schedulePlan", OBJECT, 0, 0, &schedule },
	{ "assistantId", UUID, 0, 0, NULL },
	{ "assistant", OBJECT, 0, 0, &assistant },
	{ "assistantOverrides", OBJECT, 0, 0, &overrides },
	{ "squadId", UUID, 0, 0, NULL },
	{ "squad", OBJECT, 0, 0, NULL },
	{ "squadOverrides", OBJECT, 0, 0, &overrides },
	{ "workflowId", UUID, 0, 0, NULL },
	{ "workflow", OBJECT, 0, 0, NULL },
	{ "workflowOverrides", OBJECT, 0, 0, NULL },
	{ "phoneNumberId", UUID, 0, 0, NULL },
	{ "phoneNumber", OBJECT, 0, 0, &number },
	{ "customerId", UUID, 0, 0, NULL },
	{ "customer", OBJECT, 0, 0, &customer },
};
static const struct rules create = RULES(create_rows, NULL);

static const struct rule chat_rows[] = {
	{ "assistantId", UUID, 0, 0, NULL },
	{ "assistant", OBJECT, 0, 0, &assistant },
	{ "assistantOverrides", OBJECT, 0, 0, &overrides },
	{ "squadId", UUID, 0, 0, NULL },
	{ "squad", OBJECT, 0, 0, NULL },
	{ "name", TEXT, 0, 40, NULL },
	{ "sessionId", UUID, 0, 0, NULL },
	{ "input", ANY, 0, 0, NULL },
	{ "stream", BOOL, 0, 0, NULL },
	{ "previousChatId", UUID, 0, 0, NULL },
	{ "transport", OBJECT, 0, 0, NULL },
};
static const struct rules chat = RULES(chat_rows, NULL);

/* "parent.sentence": the parent is "" at the top. */
static void
complain(struct check *c, const char *parent, struct str name,
    const char *sentence)
{
	struct str text;
	struct buf b;

	buf_init(&b, c->arena);
	if (parent[0] != '\0')
		buf_addf(&b, "%s.", parent);
	if (sentence == NULL)
		buf_adds(&b, "property ");
	buf_add(&b, name);
	buf_adds(&b, sentence == NULL ? " should not exist" : sentence);
	if (buf_done(&b, &text, c->e) != ERR_OK) {
		c->code = c->e->code;
		return;
	}
	json_push_str(c->messages, text);
	c->n++;
}

static void
complain_bound(struct check *c, const char *parent, const struct rule *rule,
    const char *sentence, size_t bound, const char *unit)
{
	struct str text;
	struct buf b;

	buf_init(&b, c->arena);
	buf_addf(&b, " must %s %zu%s", sentence, bound, unit);
	if (buf_done(&b, &text, c->e) != ERR_OK)
		c->code = c->e->code;
	else
		complain(c, parent, str_of(rule->name), text.p);
}

static size_t
characters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return (n);
}

static void
check_text(struct check *c, const char *parent, const struct rule *rule,
    const struct json *v)
{
	size_t n = characters(json_str(v));

	if (!json_is_string(v))
		complain(c, parent, str_of(rule->name), " must be a string");
	else if (rule->max != 0 && n > rule->max)
		complain_bound(c, parent, rule, "be shorter than or equal to",
		    rule->max, " characters");
	else if (n < rule->min)
		complain_bound(c, parent, rule, "be longer than or equal to",
		    rule->min, " characters");
}

static void
check_number(struct check *c, const char *parent, const struct rule *rule,
    const struct json *v)
{
	if (!json_is_number(v))
		complain(c, parent, str_of(rule->name),
		    " must be a number conforming to the specified constraints");
	else if (json_number(v, 0) < (double)rule->min)
		complain_bound(c, parent, rule, "not be less than", rule->min,
		    "");
	else if (json_number(v, 0) > (double)rule->max)
		complain_bound(c, parent, rule, "not be greater than",
		    rule->max, "");
}

static const char *
broken_type(enum kind kind, const struct json *v)
{
	switch (kind) {
	case UUID:
		return (id_is_uuid(json_str(v)) ? NULL : " must be a UUID");
	case BOOL:
		return (json_is_bool(v) ? NULL : " must be a boolean value");
	case LIST:
		return (json_is_array(v) ? NULL : " must be an array");
	case OBJECT:
		return (json_is_object(v) ? NULL : " must be an object");
	case TIME:
		return (json_is_string(v) ?
			NULL :
			" must be a valid ISO 8601 date string");
	default:
		return (NULL);
	}
}

static const struct rule *
find(const struct rules *rules, struct str name)
{
	for (; rules != NULL; rules = rules->more)
		for (size_t i = 0; i < rules->n; i++)
			if (str_is(name, rules->row[i].name))
				return (&rules->row[i]);
	return (NULL);
}

static void
check_value(struct check *c, const char *path, const struct rule *rule,
    const struct json *v)
{
	const char *broken;

	if (rule->kind == TEXT)
		check_text(c, path, rule, v);
	else if (rule->kind == NUMBER)
		check_number(c, path, rule, v);
	else if ((broken = broken_type(rule->kind, v)) != NULL)
		complain(c, path, str_of(rule->name), broken);
}

/* Nests as deep as the tables do: call, customer, overrides, server. */
static void
check_object(struct check *c, const struct json *object,
    const struct rules *rules, const char *path)
{
	for (const struct json *v = json_first(object); v != NULL;
	     v = json_next(v)) {
		const struct rule *rule = find(rules, json_name(v));
		char inner[128];

		if (rule == NULL) {
			complain(c, path, json_name(v), NULL);
			continue;
		}
		if (json_is_null(v))
			continue;
		check_value(c, path, rule, v);
		if (rule->inner == NULL || !json_is_object(v))
			continue;
		(void)snprintf(inner, sizeof(inner), "%s%s%s", path,
		    path[0] != '\0' ? "." : "", rule->name);
		check_object(c, v, rule->inner, inner);
	}
}

static void
check_customer_number(struct check *c, const struct json *who)
{
	const struct json *v = json_get(who, "number");
	struct phone phone;
	struct err e;

	if (!json_is_string(v) ||
	    !json_bool(json_get(who, "numberE164CheckEnabled"), true) ||
	    phone_parse(json_str(v), &phone, &e) == ERR_OK)
		return;
	complain(c, "customer", STR("number"),
	    " must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1).");
}

static bool
has(const struct json *body, const char *name)
{
	const struct json *v = json_get(body, name);

	return (v != NULL && !json_is_null(v));
}

static void
check_whole(struct check *c, const struct json *body)
{
	if (!has(body, "assistantId") && !has(body, "assistant") &&
	    !has(body, "squadId") && !has(body, "squad") &&
	    !has(body, "workflowId") && !has(body, "workflow"))
		complain(c, "",
		    STR("Need Either `assistantId`, `assistant`, "
			"`squadId`, `squad`, `workflowId` Or `workflow`"),
		    ".");
	if (!has(body, "phoneNumberId") && !has(body, "phoneNumber"))
		complain(c, "",
		    STR("Need Either `phoneNumberId` Or "
			"`phoneNumber`"),
		    ".");
	if (has(body, "customers"))
		complain(c, "", STR("customers"),
		    " are not played by this simulator");
	check_customer_number(c, json_get(body, "customer"));
}

enum err_code
check_create(struct arena *arena, const struct json *body,
    struct json *messages, size_t *n_r, struct err *e)
{
	struct check c = { arena, messages, 0, ERR_OK, e };

	if (json_is_object(body)) {
		check_object(&c, body, &create, "");
		check_whole(&c, body);
	} else {
		complain(&c, "", STR("body"), " must be an object");
	}
	*n_r = c.n;
	return (c.code);
}

/* A text, or messages that are texts: what was said so far, and then. */
static void
check_input(struct check *c, const struct json *input)
{
	bool good = json_str(input).n > 0;

	if (json_is_array(input)) {
		good = json_first(input) != NULL;
		for (const struct json *m = json_first(input); m != NULL;
		     m = json_next(m))
			good = good && json_is_string(json_get(m, "role")) &&
			    json_is_string(json_get(m, "content"));
	}
	if (!good)
		complain(c, "", STR("input"),
		    " must be a string or an array of messages");
}

static void
check_whole_chat(struct check *c, const struct json *body)
{
	if (!has(body, "assistantId") && !has(body, "assistant") &&
	    !has(body, "squadId") && !has(body, "squad") &&
	    !has(body, "sessionId") && !has(body, "previousChatId"))
		complain(c, "",
		    STR("Need Either `assistantId`, `assistant`, `squadId`, "
			"`squad`, `sessionId` Or `previousChatId`"),
		    ".");
	if (has(body, "sessionId") && has(body, "previousChatId"))
		complain(c, "",
		    STR("Need Either `sessionId` Or `previousChatId`, not both"),
		    ".");
	check_input(c, json_get(body, "input"));
	if (json_bool(json_get(body, "stream"), false) ||
	    has(body, "transport") || has(body, "sessionId"))
		complain(c, "", STR("stream, transport and sessionId"),
		    " are not played by this simulator");
}

enum err_code
check_chat(struct arena *arena, const struct json *body, struct json *messages,
    size_t *n_r, struct err *e)
{
	struct check c = { arena, messages, 0, ERR_OK, e };

	if (json_is_object(body)) {
		check_object(&c, body, &chat, "");
		check_whole_chat(&c, body);
	} else {
		complain(&c, "", STR("body"), " must be an object");
	}
	*n_r = c.n;
	return (c.code);
}
