/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A place as the journal remembers it: what stood there, and what was to.
 */
#include "base/digest.h"
#include "host/changes.h"

enum { JOURNAL_PATH = 4096 };

/* In what a frame of the journal (journal.h) tells of. */
enum journal_frame {
	JOURNAL_HEADER = 1,
	JOURNAL_SOURCES,
	JOURNAL_OUTPUTS,
	JOURNAL_STATE,
	JOURNAL_ITEMS,
	JOURNAL_ATTRIBUTES,
	JOURNAL_CONTENTS,
	JOURNAL_LABELS,
	JOURNAL_PARTLY,
	JOURNAL_END,
	JOURNAL_FRAMES,
};

/* What a place was and was to become. */
struct journal_record {
	enum journal_frame kind;
	const char *place;
	struct file_state before; /* content is borrowed from the transaction's file */
	struct file_state after;  /* the content is borrowed too, where the journal has it: */
	bool has_content;
	uint8_t after_sha256[SHA256_SIZE];
};

/* Whether `state` is what the record made, or was there before it. */
bool record_is_after(const struct journal_record *record, const struct file_state *state,
    const uint8_t sha256[SHA256_SIZE]);
bool record_is_before(const struct journal_record *record, const struct file_state *state);
/* What stood at the place before, to be put back where `there` is, as far as a journal is believed:
 * no file runs as somebody else by it, and none is given to anybody but root and its owner of now.
 * The content is borrowed. */
struct file_state record_restorable(
    const struct journal_record *record, const struct file_state *there);
/* Whether it is back already. */
bool record_is_back(const struct journal_record *record, const struct file_state *there);
