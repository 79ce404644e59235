/* SPDX-License-Identifier: Apache-2.0 */
#include "report/model.h"

void report_release(struct report *report)
{
	arena_release(&report->arena);
	*report = (struct report){0};
}

bool report_is_done(const struct report_item *item)
{
	return item->result == RESULT_PASS || item->result == RESULT_FIXED;
}

bool report_is_wrong(const struct report_item *item)
{
	return item->result == RESULT_FAIL || item->result == RESULT_ERROR;
}

bool report_warns(const struct report_item *item)
{
	return (item->result == RESULT_INFORMATIONAL || item->result == RESULT_PASS ||
	           item->result == RESULT_NOTCHECKED) &&
	       item->severity != SEVERITY_INFO;
}

bool report_says(const struct report_item *item)
{
	return item->cause != CAUSE_NONE ||
	       strcmp(item->message, cause_row(CAUSE_NONE)->meaning) != 0;
}
