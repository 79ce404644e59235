/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges the journals before one of them is carried out.
 */
#include "engine/rollback/undo.h"
#include "state/journal.h"

static bool judge(struct session *session, const char *id, bool open, struct err *err)
{
	struct run *run = session->run;
	AUTO(transaction) transaction = {0};

	return transaction_load(run->state_root, run->state, id, open, &transaction, err) &&
	       transaction_judge(&transaction, run->host->ops->places, err);
}

bool undo_judge(struct session *session, const struct journal_names *names, struct err *err)
{
	for (size_t i = 0; i < names->done_count; i++)
		if (!judge(session, names->done[i], false, err))
			return false;
	return true;
}

bool undo_judge_done(struct session *session, struct err *err)
{
	AUTO(journal_names) names = {0};

	return journal_names(session->run->state_root, session->run->state, &names, err) &&
	       undo_judge(session, &names, err);
}

bool undo_foresee(struct session *session, struct err *err)
{
	AUTO(journal_names) names = {0};
	struct err why = {0};

	if (!journal_names(session->run->state_root, session->run->state, &names, &why))
		return true;
	for (size_t i = 0; i < names.done_count + names.open_count; i++) {
		bool open = i >= names.done_count;

		if (judge(session, open ? names.open[i - names.done_count] : names.done[i], open,
		        &why) ||
		    why.code != ERR_FORMAT)
			continue;
		*err = why;
		return false;
	}
	return true;
}
