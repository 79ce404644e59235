/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Runs another program: an absolute path and an argument vector, never a line for a shell.
 * It gets a fixed small environment, its input from memory, and a deadline; what
 * it prints is captured up to a limit, what goes beyond is read and dropped.
 * When it ends, when its time is over, or when this program is told to end
 * (SIGTERM and its like), whatever it started in its process group is ended too.
 */
#include "base/file.h"
#include "base/text.h"

enum { PROCESS_ARGUMENTS = 16 };

struct process {
	const char *argv[PROCESS_ARGUMENTS]; /* NULL-terminated; argv[0] is an absolute path */
	const struct root *root; /* an image that it is confined to (base/confine.h); or NULL */
	const char *folder;      /* its working folder, below that root; NULL: "/" */
	struct span input;
	size_t output_max; /* bytes of output that are kept: the first ones */
	int timeout;       /* seconds */
	/* A file in a format that the kernel does not know, such as a script without "#!", is given
	 * to /bin/sh, as a shell does it (execvp(3)). A file with a NUL in its first line is no
	 * script. */
	bool may_be_script;
};

struct process_end {
	int status; /* of exit, or 128 + the signal that ended it */
	bool timed_out;
	struct text output; /* standard output and error together; `full` when it was cut */
};

/* Runs it to its end. ERR_HOST when it could not be started (missing, not executable, made for
 * another machine) or confined, with the reason. A program that ends with a failure is no error
 * here. */
bool process_run(
    const struct process *process, struct process_end *out, struct err *err) MUST_CHECK;
/* Whether a program of that image could be run. Finds out by confining a process of ours, which
 * then ends; no program of the image runs. ERR_HOST with the reason. */
bool process_can_confine(const struct root *root, struct err *err) MUST_CHECK;
/* What it said, for the end of a message: ": " and one line, escaped, or " and said nothing". */
struct escaped process_said(const struct process_end *end);
void process_end_release(struct process_end *end);
