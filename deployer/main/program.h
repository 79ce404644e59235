/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The program: argv to verb, error to exit status. Nothing is set up here: a verb pays for what it
 * uses.
 */

/* `argv` is UTF-8; paths in it have '/'. Returns the exit status of interface.md section 2. */
int program_run(int argc, char **argv);
