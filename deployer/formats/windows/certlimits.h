/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the properties of a store's entry leave of the trust in its certificate. People set them by
 * "Enable only the following purposes" and "Disable all purposes" of certmgr, Windows Update by its
 * list of roots.
 *
 *     9    usages that are enabled; an empty list: none
 *     104  disallowed from a date on; empty: whatever the date
 *     122  usages that are taken away
 *     126  certificates issued after a date are not trusted; 127: for which usages
 *
 * Source: formats.md a.4 and d.1; that an empty list of property 9 means "no valid uses" is from
 * Microsoft's page on CertGetEnhancedKeyUsage.
 */
#include "base/text.h"

/* Appends what is switched off to `out`, in words, nothing when nothing is. True when nothing is
 * left: the certificate is there and not trusted as of `now`. `blob` went through
 * certblob_certificate(). */
bool certlimits_tell(struct span blob, int64_t now, struct text *out);
