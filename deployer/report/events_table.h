/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The numbers of the records that a run leaves in the system's log: one for
 * the run, and one for each cause that occurred. Monitoring refers to them, so
 * a number is written down here, never given anew and never used again.
 *
 * The table needs nothing but cause.c, so that the build can print Windows'
 * message resource from it (packaging/windows/messages.c).
 */
#include "base/log_record.h"
#include "model/cause.h"

enum event {
	EVENT_UNCHANGED,
	EVENT_CHANGED,
	EVENT_DRIFT,
	EVENT_REFUSED,
	EVENT_NOT_PUBLISHED,
	EVENT_ROLLED_BACK,
	EVENT_ROLLED_BACK_IN_PART,
	EVENT_LOCKED,
	EVENT_NOTHING_APPLIES,
	EVENT_SET_ASIDE,
	EVENT_FAILED,
	EVENTS,
};

/* Fields of a record; events.h says which. */
enum { EVENT_FIELDS = 9 };

struct event_row {
	unsigned id;
	enum log_level level;
	const char *meaning; /* "compliant; nothing was changed" */
};

const struct event_row *event_row(enum event event);
/* The number of a record about items with this cause; CAUSE_NONE is for items that were changed and
 * are as wanted now. The level of the record is the worst item's. */
unsigned event_of_cause(enum cause cause);
/* "missing"; "fixed" for CAUSE_NONE */
const char *event_cause_word(enum cause cause);
/* "error", "warning", "information" */
const char *event_level(enum log_level level);
