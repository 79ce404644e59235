/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How grave something is that a report or a diagnosis says (interface.md section 5).
 */
enum severity {
	SEVERITY_UNSAID,  /* nobody said; whoever shows it falls back to the default of its cause */
	SEVERITY_ERROR,   /* something does not work, or is not as the policy wants it */
	SEVERITY_WARNING, /* it works today, and somebody should act */
	SEVERITY_INFO,    /* good to know; never changes the exit status */
	SEVERITIES,
};

/* "error", "warning", "info"; "" for SEVERITY_UNSAID. */
const char *severity_name(enum severity severity);
