/*
 * What the dashboard's handlers answer with: the JSON of one statement's one
 * row, what became of a write, or what is wrong with a request, field by
 * field. The statement runs for the tenant that the token named.
 */
#ifndef CALLWARD_API_ANSWER_H
#define CALLWARD_API_ANSWER_H

#include <stdbool.h>

#include "api/api_problem.h"
#include "io/db.h"
#include "exchange.h"

/* What is wrong with a request: {field, code, params} each, all at once. */
struct complaints {
	struct arena *arena;
	struct json *root;
	struct json *list;
	bool any;
};

void complaints_init(struct complaints *, struct arena *);

/*
 * field is copied. Returned are the parameters of the message, to be added to:
 * texts and numbers; NULL when memory ends, which json_add_... takes.
 */
struct json *complain(struct complaints *, const char *field, enum api_problem);

/* "must be a, b or c"; words: "a|b|c", two at least. */
void complain_words(struct complaints *, const char *field, const char *words);

/* 422 with errors: [{"field","code","params","message"}]. */
enum err_code answer_complaints(struct exchange *, const struct complaints *,
    struct err *e) MUST_CHECK;

/*
 * A problem of this status with a code that has no parameters, and its message
 * as the detail, which the log has too.
 */
enum err_code api_answer_problem(struct exchange *, int status,
    enum api_problem, struct err *e) MUST_CHECK;

/* The problem of x->refusal, which the log has, too. */
enum err_code api_answer_refusal(struct exchange *, int status,
    struct err *e) MUST_CHECK;

/*
 * Run a statement for the tenant of x->login; the result is tied to x->arena.
 *
 * writes  false: the transaction is read only
 * All statements of one exchange run for one tenant: where the login leads to
 * another one meanwhile, the later ones are ERR_TEMPORARY, and do not run.
 * What the database refuses should have been refused before: ERR_BUG. A write
 * that another one came before (a unique key) is ERR_CONFLICT. ERR_DENIED: the
 * login has no tenant (x->refusal).
 */
enum err_code api_run(struct exchange *, const struct db_values *, bool writes,
    const struct db_result **result_r, struct err *e) MUST_CHECK;

/* The same for one piece of a stream: with its arena and its deadline. */
enum err_code api_run_in(struct exchange *, struct arena *,
    const struct db_values *, bool writes, int64_t deadline_ms,
    const struct db_result **result_r, struct err *e) MUST_CHECK;

/*
 * What was read belongs into the audit. The statement has left its line there;
 * where the database is a standby, which takes none, the log has it.
 */
void api_note(const struct exchange *, struct str action, struct str subject);

/* Is what the path names an id? What is none is nobody's: ERR_ABSENT. */
enum err_code api_check_id(const struct exchange *, struct err *e) MUST_CHECK;

/*
 * 200 and the JSON in column answer of the one row; ERR_ABSENT when there is
 * none.
 */
enum err_code api_answer_read(struct exchange *, const struct db_values *,
    struct err *e) MUST_CHECK;

/* The same for a result that is there. */
enum err_code api_answer_row(struct exchange *, const struct db_result *,
    struct err *e) MUST_CHECK;

/*
 * Answer a result whose one row has outcome text and answer json:
 *
 *   ok        status, with answer; 201 names it by its "id" in Location, 204
 *             has no body
 *   absent    404, as has no row at all
 *   refused   422; answer is [{"field","code","params"},...]
 *   conflict  409; answer is {"code","params"}
 *   changed   412; likewise
 *   limit     429; likewise
 *
 * Without params there are none; the messages are api_problem's.
 */
enum err_code api_answer_outcome(struct exchange *, const struct db_result *,
    int status, struct err *e) MUST_CHECK;

/* Run a write that returns such a row, and answer it. */
enum err_code api_answer_write(struct exchange *, const struct db_values *,
    int status, struct err *e) MUST_CHECK;

#endif
