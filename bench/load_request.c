/*
 * Any other request: the bytes of a file, the same ones each time.
 */
#include "config.h"

#include <stdio.h>

#include "load.h"

void
prepare_request(const struct options *o, struct requests *q)
{
	FILE *f = fopen(o->request_path, "re");
	long n;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) <= 0)
		die(o->request_path, "it cannot be read");
	rewind(f);
	q->n = (size_t)n;
	q->text = need(1, q->n);
	if (fread(q->text, 1, q->n, f) != q->n)
		die(o->request_path, "it cannot be read");
	(void)fclose(f);
	q->tickets = q->text;
	q->n_tickets = requests_wanted(o);
}
