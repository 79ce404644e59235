/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One failure, told from the inside out.
 *
 * A function that can fail returns bool (true is success) and takes a
 * `struct err *` last. Whoever finds the fault calls err_set(); a caller that
 * knows which thing was being worked on puts that in front with err_wrap():
 *
 *     site.yaml:14: Corp Root CA: certificate: 12 bytes after the end
 *
 * The text lives inside the struct: failing never allocates. Nothing below
 * cli/ prints an error or ends the process because of one.
 */
#include <stdbool.h>

#ifdef _WIN32
/* as in standard C, since printf is linked that way; the C library of Windows has its own rules */
#define PRINTF_DIALECT gnu_printf
#else
#define PRINTF_DIALECT printf
#endif
#define PRINTF(n)  __attribute__((format(PRINTF_DIALECT, n, (n) + 1)))
#define MUST_CHECK __attribute__((warn_unused_result))

/* How the program ends (interface.md section 2). */
enum exit_status {
	EXIT_COMPLIANT,   /* or done */
	EXIT_FAULT,       /* a file, the network, the host, a malformed input */
	EXIT_DRIFT,       /* an item is not as wanted; diagnose found a cause */
	EXIT_INVALID,     /* the command line, a policy, a keyring, a recipe */
	EXIT_REFUSED,     /* by a signature, threshold, digest, version floor or freshness rule */
	EXIT_ROLLED_BACK, /* the changes could not be published or verified as a whole */
	EXIT_LOCKED,      /* another run holds the lock */
	EXIT_CHANGED =
	    8, /* --detailed-exitcode: something was changed, and the host is compliant */
};

/* Each code maps to one exit status (err_exit_status); add none that no caller branches on. */
enum err_code {
	ERR_NONE,
	ERR_USAGE,   /* the command line */
	ERR_POLICY,  /* a policy, keyring, recipe or facts file */
	ERR_TRUST,   /* a signature, threshold, digest, floor or freshness rule refused the input */
	ERR_FORMAT,  /* malformed input */
	ERR_HOST,    /* the host cannot do it */
	ERR_IO,      /* a file or the system */
	ERR_PUBLISH, /* the changes could not be published as a whole; they were rolled back */
	ERR_LOCKED,  /* another run holds the lock */
};

struct err {
	enum err_code code;
	bool denied;    /* the system denied this user access */
	bool read_only; /* the file system is mounted read-only */
	unsigned rule;  /* which rule refused it, a number of whoever has rules: enum refusal of
	                 * bundle/bundle.h; 0: unknown */
	char text[480];
};

/* Both return false, so that a failing function can end in one line. Text that does not fit is cut
 * with "...". The caller escapes foreign text (text_escape in base/text.h). */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF(3);
bool err_wrap(struct err *err, const char *fmt, ...) PRINTF(2);

/* Like err_set(ERR_IO) with ": " and the meaning of errno behind the text. */
bool err_errno(struct err *err, const char *fmt, ...) PRINTF(2);

/* Where a function returned false it must have filled `err`. Turns an empty `err` into "internal
 * error", so that no failure passes as success or without a word. */
bool err_require(struct err *err, const char *what);

/* The exit status of interface.md section 2 for a code; 0 for ERR_NONE. */
int err_exit_status(enum err_code code);
