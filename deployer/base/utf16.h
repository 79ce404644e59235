/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * UTF-16LE, as everything on Windows stores its text, to and from UTF-8.
 */
#include "base/text.h"

/* Takes the first code point of what is not empty: U+FFFD for a surrogate without its other half,
 * and for an odd last byte. */
uint32_t utf16_take(struct span *rest);
/* Appends as UTF-8 up to the first NUL or the end; a surrogate without its other half and an odd
 * last byte become U+FFFD. */
void utf16_add_text(struct text *out, struct span utf16);
/* Appends UTF-8 as UTF-16LE without a NUL; what is not UTF-8 becomes U+FFFD. */
void utf16_from_text(struct bytes *out, const char *utf8);
