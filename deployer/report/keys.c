/* SPDX-License-Identifier: Apache-2.0 */
#include "report/keys.h"

#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const pass_words[] = {[RESULT_PASS] = "pass", [RESULT_FAIL] = "fail", NULL};

static const struct report_key tool_keys[] = {
    {"name", REPORT_FIXED, .fixed = "trust-deployer"},
    {"version", REPORT_TEXT, AT(report, version)},
    {.key = NULL},
};

const struct report_key report_host_keys[] = {
    {"name", REPORT_TEXT_OR_NULL, AT(report_host, name)},
    {"os", REPORT_TEXT_OR_NULL, AT(report_host, os)},
    {"distribution", REPORT_TEXT_OR_NULL, AT(report_host, distribution)},
    {"release", REPORT_TEXT_OR_NULL, AT(report_host, release)},
    {"architecture", REPORT_TEXT_OR_NULL, AT(report_host, architecture)},
    {"root", REPORT_TEXT, AT(report_host, root)},
    {.key = NULL},
};

static const struct report_key applied_keys[] = {
    {"name", REPORT_TEXT, AT(report_policy, name)},
    {"file", REPORT_TEXT, AT(report_policy, file)},
    {"link", REPORT_TEXT, AT(report_policy, link)},
    {"sha256", REPORT_TEXT, AT(report_policy, sha256)},
    {.key = NULL},
};

static const struct report_key filtered_keys[] = {
    {"name", REPORT_TEXT, AT(report_policy, name)},
    {"file", REPORT_TEXT, AT(report_policy, file)},
    {"reason", REPORT_TEXT, AT(report_policy, reason)},
    {.key = NULL},
};

#define POLICIES(member, rows)                                                                     \
	REPORT_LIST, AT(report, member), .keys = rows, .size = sizeof(struct report_policy)
static const struct report_key policies_keys[] = {
    {"applied", POLICIES(applied, applied_keys)},
    {"filtered", POLICIES(filtered, filtered_keys)},
    {.key = NULL},
};

static const struct report_key bundle_keys[] = {
    {"id", REPORT_TEXT, AT(report_bundle, id)},
    {"version", REPORT_NUMBER, AT(report_bundle, version)},
    /* a bundle that was refused has no date that could be believed */
    {"expires", REPORT_TIME_OR_EMPTY, AT(report_bundle, expires)},
    {"sha256", REPORT_TEXT, AT(report_bundle, sha256)},
    {"signers", REPORT_TEXTS, AT(report_bundle, signers)},
    {"result", REPORT_WORD, AT(report_bundle, result), .words = pass_words},
    {"reason", REPORT_TEXT, AT(report_bundle, reason)},
    {.key = NULL},
};

#define SUMMARY(result, word)                                                                      \
	{                                                                                          \
		word, REPORT_COUNT, AT(report, summary[result])                                    \
	}
#define NEXT_SUMMARY(result, word) , SUMMARY(result, word)
static const struct report_key summary_keys[] = {
    RESULT_VOCABULARY(SUMMARY, NEXT_SUMMARY),
    {"waived", REPORT_COUNT, AT(report, waived)},
    {"undecided", REPORT_COUNT, AT(report, undecided)},
    {.key = NULL},
};

static const struct report_key evidence_keys[] = {
    {"location", REPORT_TEXT, AT(report_item, location)},
    {"owned", REPORT_BOOL, AT(report_item, owned)},
    {.key = NULL},
};

static const struct report_key item_keys[] = {
    {"id", REPORT_ID, AT(report_item, key)},
    {"kind", REPORT_KIND, .offset = 0},
    {"label", REPORT_TEXT, AT(report_item, label)},
    {"result", REPORT_WORD, AT(report_item, result), .words = result_words},
    {"action", REPORT_WORD, AT(report_item, action), .words = action_words},
    {"want", REPORT_TEXT, AT(report_item, want)},
    {"have", REPORT_TEXT, AT(report_item, have)},
    {"cause", REPORT_CAUSE, AT(report_item, cause)},
    {"severity", REPORT_WORD, AT(report_item, severity), .words = severity_words},
    {"message", REPORT_TEXT, AT(report_item, message)},
    {"remedy", REPORT_NEXT, AT(report_item, next)},
    {"not_after", REPORT_TIME_OR_NULL, AT(report_item, not_after)},
    {"takes_effect", REPORT_TEXT_OR_NULL, AT(report_item, takes_effect)},
    {"origin", REPORT_ORIGIN, .offset = 0},
    {"policy", REPORT_TEXT, AT(report_item, policy)},
    {"waived", REPORT_BOOL, AT(report_item, waived)},
    {"evidence", REPORT_MAP, .keys = evidence_keys},
    {.key = NULL},
};

const struct report_key report_keys[] = {
    {"schema", REPORT_FIXED, .fixed = REPORT_SCHEMA},
    {"tool", REPORT_MAP, .keys = tool_keys},
    {"mode", REPORT_TEXT, AT(report, mode)},
    {"time", REPORT_TIME, AT(report, time)},
    {"host", REPORT_MAP, AT(report, host), .keys = report_host_keys},
    {"policies", REPORT_MAP, .keys = policies_keys},
    {"bundles", REPORT_LIST, AT(report, bundles), .keys = bundle_keys,
        .size = sizeof(struct report_bundle)},
    {"verdict", REPORT_WORD, AT(report, verdict), .words = verdict_words},
    {"compliant", REPORT_BOOL, AT(report, compliant)},
    {"exit_status", REPORT_NUMBER, AT(report, exit_status)},
    {"error", REPORT_TEXT_OR_NULL, AT(report, error)},
    {"notes", REPORT_LINES, AT(report, notes)},
    {"summary", REPORT_MAP, .keys = summary_keys},
    {"transaction", REPORT_TEXT, AT(report, transaction)},
    {"results", REPORT_LIST, AT(report, items), .keys = item_keys,
        .size = sizeof(struct report_item)},
    {.key = NULL},
};
