/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rollback/again.h"

#include <string.h>

#include "state/journal.h"
#include "state/lines.h"

static void add_place(const struct transaction *transaction, const char *place, struct bytes *out)
{
	for (size_t i = 0; i < transaction->count; i++) {
		const struct journal_record *record = &transaction->records[i];
		struct span before = bytes_span(&record->before.content);

		if (record->kind != JOURNAL_SOURCES || record->before.type != FILE_REGULAR ||
		    strcmp(record->place, place) != 0)
			continue;
		bytes_add(out, before.data, before.size);
		if (before.size > 0 && before.data[before.size - 1] != '\n')
			bytes_add(out, "\n", 1);
		return; /* what later batches found, the first one made */
	}
}

void again_read(struct session *session, const struct transaction *transaction, const char *place,
    struct bytes *out)
{
	struct run *run = session->run;
	AUTO(journal_names) names = {0};
	struct err ignored = {0};

	if (!transaction->partly || !journal_names(run->state_root, run->state, &names, &ignored))
		return;
	for (size_t i = 0; i < names.done_count; i++) {
		AUTO(transaction) older = {0};

		if (strcmp(names.done[i], transaction->id) < 0 &&
		    transaction_load(
		        run->state_root, run->state, names.done[i], false, &older, &ignored) &&
		    older.partly)
			add_place(&older, place, out);
	}
}

static bool has_word(const char *words, const char *word)
{
	size_t size = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += size)
		if ((at == words || at[-1] == ' ') && (!at[size] || at[size] == ' '))
			return true;
	return false;
}

bool again_from(
    struct session *session, const struct journal_names *names, size_t *out, struct err *err)
{
	struct run *run = session->run;
	size_t newest = names->done_count - 1;
	const char *undone = NULL;
	AUTO(history) lines = {0};
	AUTO(transaction) transaction = {0};

	*out = newest;
	if (!transaction_load(
	        run->state_root, run->state, names->done[newest], false, &transaction, err) ||
	    !lines_load(run->state_root, session->history_path, &lines, err))
		return false;
	for (size_t i = 0; transaction.partly && i < lines.count; i++)
		if (lines.list[i].undoes && has_word(lines.list[i].undoes, names->done[newest]))
			undone = lines.list[i].undoes;
	while (undone && *out > 0 && has_word(undone, names->done[*out - 1]))
		--*out;
	return true;
}
