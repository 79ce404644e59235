/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What we put on the host and what stood there before: one entry an item, kept
 * in the state folder as JSON lines ("ledger"), replaced whole. Only what it
 * says is ours is ever removed without `remove_unowned`.
 */
#include "base/file.h"

/* What was there before us in a place that is not the item's alone. Of a setting: a file that was
 * edited for it, or a folder that was made. Of a certificate: the lines of a file that were changed
 * for it, or a link that went. */
struct ledger_text {
	const char *place;
	const char *before; /* without us; NULL: there was no file */
	const char *after;  /* as we left it; NULL: a folder */
	/* `before` is where a link led, and `after` is "". Where both are "" nothing stood there:
	 * of a certificate that a source held, and no rebuild had brought there. */
	bool link;
};

struct ledger_entry {
	const char *id;          /* of the item */
	const char *policy;      /* that asked for it */
	const char *transaction; /* that made it so */
	/* item_record() and what people see of the state now; "absent" when there was none. The
	 * former may hold a log-in: people are shown setting_show_record() of it. */
	const char *before, *after;
	/* What it takes to put back what was there. None in older ledgers. */
	const struct ledger_text *texts;
	size_t text_count;
};

struct ledger {
	struct ledger_entry *list; /* sorted by id */
	size_t count, capacity;
	struct arena arena;
};

/* A missing file is an empty ledger; a damaged one is ERR_FORMAT with the line. */
bool ledger_load(
    struct root *root, const char *path, struct ledger *out, struct err *err) MUST_CHECK;
/* The same of its bytes, which are copied. */
bool ledger_read(struct span content, struct ledger *out, struct err *err) MUST_CHECK;
/* Whether a backend that writes `places` (struct host_ops) could have made it: ERR_FORMAT with the
 * entry and the place that it never writes. */
bool ledger_judge(
    const struct ledger *ledger, const char *const *places, struct err *err) MUST_CHECK;
/* Does both of the above. Without the ledger nothing tells what is ours, so the message also says
 * what to do. */
bool ledger_load_known(struct root *root, const char *path, const char *const *places,
    struct ledger *out, struct err *err) MUST_CHECK;
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *id);
/* Whether nothing stood there before us. */
bool ledger_text_is_absence(const struct ledger_text *text);
/* For a certificate: whether only lines are kept. Where a link, or the certificate itself, stood
 * there without a source, it comes back into force without one. */
bool ledger_has_lines_alone(const struct ledger_entry *entry);
void ledger_set(struct ledger *ledger, const struct ledger_entry *entry);
void ledger_remove(struct ledger *ledger, const char *id);
/* The entries again; their texts are borrowed. */
void ledger_copy(const struct ledger *ledger, struct ledger *out);
void ledger_write(const struct ledger *ledger, struct bytes *out);
struct transaction;
struct journal_record;
/* Puts the ledger at `path`, which the record of the transaction is of, back to what it was before
 * that one; what later ones have made ours since stays ours. One that tells nothing is put back
 * whole. In ledger_undo.c. */
bool ledger_undo(struct root *root, const char *path, const struct transaction *transaction,
    const struct journal_record *record, struct err *err) MUST_CHECK;
void ledger_release(struct ledger *ledger);
