/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * p11-kit's own format (*.p11-kit): objects, each begun by a line "[p11-kit-object-v1]", of lines
 * "name: value" and PEM blocks. A certificate is one; what is said of a key beside its certificate
 * is another ("stapled": class x-certificate-extension), which counts in place of the extension in
 * the certificate. That is how distributions say that Mozilla trusts a root for e-mail alone.
 * Learnt from p11-kit's doc/internal/persist-format and trust/enumerate.c.
 */
#include "base/bytes.h"

struct persist {
	struct span text;      /* all of the object */
	bool trusted;          /* "trusted: true" */
	bool distrusted;       /* "x-distrusted: true" */
	bool staples;          /* an extension */
	struct bytes key;      /* that it is stapled to: SubjectPublicKeyInfo, or empty */
	struct bytes purposes; /* a list of OIDs, when it is an extended key usage; else empty */
};

/* The next object of a file; false at its end. What stands in front of the first is one too. */
bool persist_next(struct span *rest, struct persist *out) MUST_CHECK;
void persist_release(struct persist *persist);
