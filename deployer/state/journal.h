/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The write-ahead journal: one file a transaction, in the state folder.
 *
 *     journal/20261123T100000Z-0001.open        being carried out, or being undone
 *     journal/20261123T100000Z-0001             done; kept so that it can be rolled back
 *     journal/20261123T100000Z-0001.discarded   set aside, and never carried out
 *
 * The name alone says which, so a run that has nothing to repair reads no file, and the
 * rename is the commit. Names sort in the order of the transactions, whatever the clock does. The
 * file is only appended to, in frames that are durable before the changes they tell of are begun:
 *
 *     | "TDJ1" | kind u32 | size u64 | SHA-256 of the payload | payload |    little-endian
 *
 *     HEADER   time, mode, names of the policies, the version of what follows; version 0.1 wrote
 *              none
 *     SOURCES, OUTPUTS, STATE   a batch of places: what stood there (with content), and what is to
 *              (content as SHA-256); of the host, its outputs that follow from others, and of the
 *              state folder
 *     ITEMS    what became of each item
 *     ATTRIBUTES  of files in the batch before it, by their number in the transaction: what else
 * they had (struct file_state); version 0.1 wrote none
 *     PARTLY   of one that was rolled back, and not all of it
 *     END      how many bytes stand before it; the last one of what is done
 *
 * Beside it lies ID.room while it is open, a file that only takes up as much of the disk as undoing
 * may need: a run that fills the disk fails before it has changed what it could not put back. (That
 * holds where the state folder and the changed places share a file system.)
 *
 * While it is open, a last frame that is cut off or does not match its digest was never durable, so
 * nothing that it tells of was begun: reading ends before it. A frame that is damaged in front of a
 * whole one, or in a journal that is done, is damage: what was done by it would not be undone. So
 * is a done one without its end, but for those of version 0.1, which wrote no end.
 *
 * It is judged before it is believed, since whoever can write to an image could have written it: a
 * frame that may come once is refused the second time, and so is a place that is not normalised
 * (place_check) or that the host's backend never writes (transaction_judge). A journal that breaks
 * a rule is refused whole.
 *
 *     writing:  journal_begin → journal_note … → journal_items → journal_note → journal_commit
 *     reading:  journal_names → transaction_load → transaction_judge → transaction_release
 */
#include "state/entry.h"
#include "state/record.h"

enum { JOURNAL_ID = 32, JOURNAL_KEPT = 20 };

/* What is larger could not be read again, so it is refused before it is written. */
enum {
	JOURNAL_PLACE_MAX = 64 * 1024 * 1024,  /* what stands at a place */
	JOURNAL_FILE_MAX = 1024 * 1024 * 1024, /* one transaction */
};

enum journal_state {
	JOURNAL_DONE,
	JOURNAL_OPEN,
	JOURNAL_DISCARDED,
	JOURNAL_ROOM, /* no journal: what it takes to undo one */
	JOURNAL_STATES,
};

/* The version that HEADER tells: 1 has an END. */
enum { JOURNAL_VERSION = 1 };

/* Bits of the byte that tells what became of an item. */
enum { HISTORY_FAILED = 1, HISTORY_ALONG = 2, HISTORY_WAITS = 4 };

struct journal {
	struct root *root;
	const char *const *places; /* what the backend writes (struct host_ops), or NULL: any */
	const char *state;         /* the state folder */
	char id[JOURNAL_ID];
	struct bytes pending; /* frames that are not written yet */
	bool begun;           /* the file is there */
	size_t records;       /* places noted so far */
	uint64_t size;        /* bytes written so far */
	uint64_t room;        /* bytes that undoing may need */
};

struct journal_names {
	const char **done, **open; /* ids, oldest first */
	size_t done_count, open_count;
	struct folder folder;
	struct arena arena;
};

/* Whether the text has the form of the names above; what is called otherwise is no journal. */
bool journal_is_id(const char *id);
/* By their names alone, so that what is no regular file is among them: transaction_load() refuses
 * it. A missing folder has no names; ERR_IO when it cannot be read. */
bool journal_names(
    struct root *root, const char *state, struct journal_names *out, struct err *err) MUST_CHECK;
void journal_names_release(struct journal_names *names);
/* STATE/journal/ID with what the state of the transaction puts behind it. */
bool journal_path(const char *folder, const char *id, enum journal_state state,
    char out[JOURNAL_PATH], struct err *err) MUST_CHECK;

/* Makes the state folder (for this user alone) and the journal's in it. */
bool journal_make_folder(struct root *root, const char *state, struct err *err) MUST_CHECK;
/* Names the transaction, later than `newest` (or NULL). Writes nothing yet. */
void journal_begin(struct journal *journal, struct root *root, const char *state, int64_t now,
    const char *newest, const char *mode, const char *const *policies, size_t policy_count);
/* Makes the batch durable, and what was queued before. Only then may it be carried out. ERR_HOST,
 * and nothing of it is written, when it is too large to be undone. */
bool journal_note(struct journal *journal, enum journal_frame kind, const struct changes *changes,
    struct err *err) MUST_CHECK;
/* Queues what became of the items; written with the next batch. */
void journal_items(struct journal *journal, const struct history_item *items, size_t count);
bool journal_commit(struct journal *journal, struct err *err) MUST_CHECK;
/* Gives the room back: it is needed now, or no longer. */
void journal_free_room(struct root *root, const char *state, const char *id);
/* Makes a transaction that is done one that is being undone. */
bool journal_reopen(
    struct root *root, const char *state, const char *id, struct err *err) MUST_CHECK;
struct transaction;
/* Makes one that is being undone one that is done again, but for what was taken back, and says so
 * in it. */
bool journal_close_partly(struct root *root, const char *state,
    const struct transaction *transaction, struct err *err) MUST_CHECK;
/* Sets a transaction aside, open or done: nothing of it is carried out, now or later. Its new path
 * is in `out`. The id is one that journal_names() gave. */
bool journal_discard(struct root *root, const char *state, const char *id, char out[JOURNAL_PATH],
    struct err *err) MUST_CHECK;
void journal_release(struct journal *journal);

struct transaction {
	const char *id, *path;
	int64_t time;
	const char *mode;
	const char **policies;
	size_t policy_count;
	struct journal_record *records;
	size_t count, capacity;
	struct history_item *items;
	size_t item_count;
	bool partly;     /* it was rolled back, but not all of it */
	bool versioned;  /* what is done ends with a frame that says so */
	unsigned frames; /* 1 << enum journal_frame: kinds that were read */
	struct bytes file;
	size_t whole; /* so much of the file is whole frames */
	size_t end;   /* where END begins; 0: there is none */
	struct arena arena;
};

/* ERR_FORMAT, with the path and what to do, when it breaks a rule or is damaged. */
bool transaction_load(struct root *root, const char *state, const char *id, bool open,
    struct transaction *out, struct err *err) MUST_CHECK;
/* Whether a backend that writes `places` (struct host_ops) could have made it: ERR_FORMAT with the
 * place that it never writes, and with what to do. */
bool transaction_judge(
    const struct transaction *transaction, const char *const *places, struct err *err) MUST_CHECK;
void transaction_release(struct transaction *transaction);
