/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A JSON report, as this program writes it, back into a report: every format that is written from
 * it is what the run would have written, but for what JSON has no keys for (model.h tells each).
 *
 * A report comes from a share or a mail and is believed in nothing: bytes, depth, values, the keys
 * of a map and numbers are bounded; a key twice, text that is no UTF-8, and a NUL are refused.
 * cJSON, which reads the grammar, leaves these to its caller. Every key that keys.c names must be
 * there, with a value of its type; others are passed over, for a later version may add some.
 */
#include "report/model.h"

enum {
	REPORT_MAX_BYTES = 64 * 1024 * 1024,
	REPORT_MAX_VALUES = 4 * 1000 * 1000, /* as many as 100,000 results and more */
	REPORT_MAX_DEPTH = 16,
	REPORT_MAX_KEYS = 64,
	REPORT_MAX_BUNDLES = 1000,
};

/* ERR_FORMAT says where and what: "results: element 3: severity: this version knows no word
 * 'grave': …". `out` owns its texts. */
bool report_read(struct span json, struct report *out, struct err *err) MUST_CHECK;
