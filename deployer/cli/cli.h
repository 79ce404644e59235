/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What every verb works with: the command line as it was read, and its output.
 */
#include "cli/args.h"
#include "cli/terminal/output.h"
#include "cli/verbs.h"

/* The context of a verb; it lives on main's stack. */
struct cli {
	struct args args;
	struct output output; /* to standard output, written when the verb is done */
	struct text faults;   /* to standard error, before the error that ends the verb, */
	struct text more;     /* and behind it: other faults of the same input, a line each */
	int status;           /* exit status of a verb that returns true */
};
