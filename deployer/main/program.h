/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The program: argv to verb, error to exit status. Nothing is set up here: a verb pays for what it
 * uses.
 */

/* Variables of the environment that are to be forgotten before anything else is done,
 * NULL-terminated: OpenSSL is configured by the system's own file (FIPS, crypto policies), never by
 * a file or a folder of modules that whoever started us names. Modules run in the process that
 * decides what is verified, and sudo and service managers pass such variables. */
extern const char *const program_openssl_settings[];

/* `argv` is UTF-8; paths in it have '/'. Returns the exit status of interface.md section 2. */
int program_run(int argc, char **argv);
