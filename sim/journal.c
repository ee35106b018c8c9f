/*
 * A ring of texts. The lock guards everything in struct journal.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"

struct entry {
	char id[ID_SIZE];
	size_t n;
	char text[];
};

struct journal {
	pthread_mutex_t lock;
	struct entry *ring[JOURNAL_ENTRIES_MAX];
	uint64_t first, end; /* kept are first .. end - 1 */
	uint64_t total;
	size_t bytes;
};

struct journal *
journal_new(void)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (j != NULL && pthread_mutex_init(&j->lock, NULL) != 0) {
		free(j);
		j = NULL;
	}
	return (j);
}

/* With the lock held. */
static void
drop_first(struct journal *j)
{
	struct entry **slot = &j->ring[j->first++ % JOURNAL_ENTRIES_MAX];

	j->bytes -= (*slot)->n;
	free(*slot);
	*slot = NULL;
}

void
journal_clear(struct journal *j)
{
	(void)pthread_mutex_lock(&j->lock);
	while (j->first < j->end)
		drop_first(j);
	j->total = 0;
	(void)pthread_mutex_unlock(&j->lock);
}

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	journal_clear(j);
	(void)pthread_mutex_destroy(&j->lock);
	free(j);
}

void
journal_add(struct journal *j, const char *id, struct str text)
{
	struct entry *entry = malloc(sizeof(*entry) + text.n);

	if (entry != NULL) {
		(void)snprintf(entry->id, sizeof(entry->id), "%s", id);
		entry->n = text.n;
		memcpy(entry->text, text.p, text.n);
	}
	(void)pthread_mutex_lock(&j->lock);
	j->total++;
	if (entry != NULL) {
		while (j->first < j->end &&
		    (j->end - j->first == JOURNAL_ENTRIES_MAX ||
			j->bytes + text.n > JOURNAL_BYTES_MAX))
			drop_first(j);
		j->ring[j->end++ % JOURNAL_ENTRIES_MAX] = entry;
		j->bytes += text.n;
	}
	(void)pthread_mutex_unlock(&j->lock);
}

static bool
wanted(const struct entry *entry, const char *id)
{
	return (id[0] == '\0' || strcmp(entry->id, id) == 0);
}

void
journal_write(struct journal *j, const char *id, int64_t limit, struct buf *out)
{
	const char *comma = "";
	uint64_t i;

	(void)pthread_mutex_lock(&j->lock);
	buf_addf(out, "{\"total\":%llu,\"data\":[",
	    (unsigned long long)j->total);
	for (i = j->end; i > j->first && limit > 0; i--)
		if (wanted(j->ring[(i - 1) % JOURNAL_ENTRIES_MAX], id))
			limit--;
	for (; i < j->end; i++) {
		const struct entry *entry = j->ring[i % JOURNAL_ENTRIES_MAX];

		if (!wanted(entry, id))
			continue;
		buf_adds(out, comma);
		buf_add(out, (struct str){ entry->text, entry->n });
		comma = ",\n";
	}
	buf_adds(out, "]}");
	(void)pthread_mutex_unlock(&j->lock);
}
