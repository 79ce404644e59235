/* SPDX-License-Identifier: Apache-2.0 */
#include "report/events_table.h"

static const struct event_row rows[EVENTS] = {
    [EVENT_UNCHANGED] = {100, LOG_LEVEL_INFORMATION, "compliant; nothing was changed"},
    [EVENT_CHANGED] = {101, LOG_LEVEL_INFORMATION, "changed, and compliant now"},
    [EVENT_DRIFT] = {102, LOG_LEVEL_WARNING, "not compliant; items are not as wanted"},
    [EVENT_REFUSED] = {103, LOG_LEVEL_ERROR, "input was refused; nothing was changed"},
    [EVENT_NOT_PUBLISHED] = {104, LOG_LEVEL_ERROR,
        "the changes could not be published as a whole; they were rolled back, unless the message "
        "says why not"},
    [EVENT_ROLLED_BACK] = {105, LOG_LEVEL_INFORMATION, "rolled back"},
    [EVENT_ROLLED_BACK_IN_PART] = {106, LOG_LEVEL_WARNING,
        "rolled back in part; what somebody else changed since was left alone"},
    [EVENT_LOCKED] = {107, LOG_LEVEL_WARNING, "another run was at work; nothing was changed"},
    [EVENT_NOTHING_APPLIES] = {108, LOG_LEVEL_WARNING,
        "no policy is for this host; nothing was changed"},
    [EVENT_SET_ASIDE] = {109, LOG_LEVEL_INFORMATION,
        "a transaction was set aside; nothing of it was carried out"},
    [EVENT_FAILED] = {199, LOG_LEVEL_ERROR, "the run failed"},
};

/* A new cause gets the next number, whatever its place in the enumeration. */
static const unsigned causes[] = {
    [CAUSE_NONE] = 1000,
    [CAUSE_MISSING] = 1001,
    [CAUSE_REBUILD_PENDING] = 1002,
    [CAUSE_STALE_OUTPUT] = 1003,
    [CAUSE_DIFFERENT] = 1004,
    [CAUSE_UNWANTED] = 1005,
    [CAUSE_UNDECLARED] = 1006,
    [CAUSE_NOT_OWNED] = 1007,
    [CAUSE_SUPERSEDED] = 1008,
    [CAUSE_NO_BUNDLE] = 1009,
    [CAUSE_NOT_IN_BUNDLE] = 1010,
    [CAUSE_REFUSED_EXPIRED] = 1011,
    [CAUSE_REFUSED_NOT_CA] = 1012,
    [CAUSE_MALFORMED] = 1013,
    [CAUSE_CANNOT_HOLD] = 1014,
    [CAUSE_NOT_EXPRESSIBLE] = 1015,
    [CAUSE_WAIVED] = 1016,
    [CAUSE_WRITE_FAILED] = 1017,
    [CAUSE_CONFLICT] = 1018,
    [CAUSE_OUTDATED] = 1019,
    [CAUSE_BAD_SIGNATURE] = 1020,
    [CAUSE_CHAIN_INCOMPLETE] = 1021,
    [CAUSE_SIGNER_EXPIRED] = 1022,
    [CAUSE_OTHER_ISSUE] = 1023,
    [CAUSE_REFUSED_LIST] = 1024,
    [CAUSE_CLOCK] = 1025,
    [CAUSE_RESTRICTED] = 1026,
    [CAUSE_NEVER_EXTRACTED] = 1040,
    [CAUSE_UNREADABLE] = 1041,
    [CAUSE_REFUSED] = 1027,
    [CAUSE_UNREACHABLE] = 1028,
    [CAUSE_EXPIRING] = 1029,
    [CAUSE_EXPIRED] = 1030,
    [CAUSE_STALE] = 1031,
    [CAUSE_ROTATED] = 1032,
    [CAUSE_PARTLY_TRUSTED] = 1042,
    [CAUSE_PRIVATE_KEY] = 1043,
    [CAUSE_UNDECIDED] = 1044,
    [CAUSE_HOOK_DUE] = 1045,
    [CAUSE_WRONG_NAME] = 1046,
    [CAUSE_OTHER_STATE] = 1047,
    [CAUSE_NEXT_KEYRING] = 1048,
};
/* A cause that was forgotten in the middle has 0 here, which the unit tests look for. */
_Static_assert(sizeof(causes) / sizeof(*causes) == CAUSES, "every cause has an event id");

const struct event_row *event_row(enum event event)
{
	return &rows[event];
}

unsigned event_of_cause(enum cause cause)
{
	return causes[cause];
}

const char *event_cause_word(enum cause cause)
{
	return cause == CAUSE_NONE ? "fixed" : cause_row(cause)->word;
}

const char *event_level(enum log_level level)
{
	static const char *const names[] = {[LOG_LEVEL_ERROR] = "error",
	    [LOG_LEVEL_WARNING] = "warning",
	    [LOG_LEVEL_INFORMATION] = "information"};

	return names[level];
}
