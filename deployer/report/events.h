/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a run that may write tells the system's log: one record for the run and
 * one for each cause among its items that failed, were fixed, met an error or warn;
 * never one for each item, for a log is not a report. Pure: a report
 * in, records out; base/log_record.h writes them.
 *
 * Every record has the same fields in the same order, "" where one does not
 * apply, because Windows refers to them by their place:
 *
 *     TRUST_DEPLOYER_EVENT_ID     by events_table.h
 *     TRUST_DEPLOYER_CAUSE        word of the cause; "" for the run and for what was fixed
 *     TRUST_DEPLOYER_MODE         apply, rollback
 *     TRUST_DEPLOYER_TRANSACTION  id; "" when nothing was changed
 *     TRUST_DEPLOYER_PASS, _FAIL, _FIXED, _ERROR
 *                                 how many items, of the run or with the cause
 *     TRUST_DEPLOYER_ITEMS        ids of the first EVENT_ITEMS with the cause, a line each
 */
#include "report/events_table.h"
#include "report/model.h"

enum { EVENT_ITEMS = 10 };

/* In the order of the fields. */
extern const char *const event_fields[EVENT_FIELDS];

struct events {
	struct log_record *list;
	size_t count;
	struct arena arena; /* of list and its texts */
};

/* The mode stays that of the report. */
void events_make(const struct report *report, struct events *out);
void events_release(struct events *events);
