/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger, when a transaction is undone. As a rule it is as the transaction left it, and gets
 * back its bytes of before. It is not when a later transaction cannot be undone first, because its
 * journal was set aside or is gone: what that one put there is ours still, and stays known.
 */
#include "base/digest.h"
#include "model/key.h"
#include "state/journal.h"
#include "state/ledger.h"

enum { LEDGER_MAX_BYTES = 64 * 1024 * 1024 };

/* Whether the entry is about something that the transaction changed: one of its items, or the
 * opposite of one, since trust and distrust take each other's entry away. */
static bool is_touched(const struct transaction *transaction, const struct ledger_entry *entry)
{
	struct key key, opposite = {0};
	bool has_opposite = key_parse(entry->id, &key) && key.kind == ITEM_CERTIFICATE;

	if (has_opposite)
		opposite = key_in_store(
		    &key, key_is_certificate(&key, STORE_ROOT) ? STORE_DISALLOWED : STORE_ROOT);
	for (size_t i = 0; i < transaction->item_count; i++) {
		const struct history_item *item = &transaction->items[i];

		if (item->failed)
			continue;
		if (strcmp(item->id, entry->id) == 0 ||
		    (has_opposite && strcmp(item->id, key_id(&opposite).text) == 0))
			return true;
	}
	return false;
}

/* Makes of the ledger of now the one without the transaction. What later transactions made stays;
 * what this one took away comes back; and so does what it replaced. */
static void merge(
    const struct transaction *transaction, const struct ledger *before, struct ledger *now)
{
	for (size_t i = now->count; i-- > 0;)
		if (strcmp(now->list[i].transaction, transaction->id) == 0)
			ledger_remove(now, now->list[i].id);
	for (size_t i = 0; i < before->count; i++)
		if (!ledger_find(now, before->list[i].id) &&
		    is_touched(transaction, &before->list[i]))
			ledger_set(now, &before->list[i]);
}

/* The present ledger without the transaction. False when one of the two says nothing of it. */
static bool merge_bytes(
    const struct transaction *transaction, struct span before, struct span now, struct bytes *out)
{
	AUTO(ledger) old = {0};
	AUTO(ledger) ledger = {0};
	struct err ignored = {0};

	if (!ledger_read(before, &old, &ignored) || !ledger_read(now, &ledger, &ignored))
		return false;
	merge(transaction, &old, &ledger);
	ledger_write(&ledger, out);
	return true;
}

bool ledger_undo(struct root *root, const char *path, const struct transaction *transaction,
    const struct journal_record *record, struct err *err)
{
	struct span content = bytes_span(&record->before.content);
	AUTO(file_state) state = {0};
	AUTO(bytes) merged = {0};
	uint8_t sha256[SHA256_SIZE];

	if (!file_capture(root, path, LEDGER_MAX_BYTES, &state, err))
		return false;
	if (record_is_before(record, &state))
		return true;
	digest_sha256(bytes_span(&state.content), sha256);
	if (state.type == FILE_REGULAR && memcmp(sha256, record->after_sha256, SHA256_SIZE) != 0 &&
	    merge_bytes(transaction, content, bytes_span(&state.content), &merged))
		content = bytes_span(&merged);
	if (content.size == 0 && record->before.type == FILE_ABSENT)
		return file_remove(root, path, err);
	return file_store(root, path, content, err);
}
