/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which characters a text document may hold, and where the first other one is. Well-formed UTF-8
 * without controls (but for tab, line feed, carriage return) and without characters
 * that people cannot see. A part of the YAML reader.
 */
#include "base/text.h"

enum { CHARACTERS_FAULT = 64 };

/* Bytes in front of the first character that a document may not hold; `ascii` is whether
 * these are all ASCII. */
size_t characters_good(struct span text, bool *ascii);

/* Line and column, both from 1 and in characters, of the byte at `offset`, as libyaml counts. */
void characters_locate(struct span text, size_t offset, size_t *line, size_t *column);

/* Names what is wrong with the character at the front of `rest`; returns `out`. */
const char *characters_fault(struct span rest, char out[CHARACTERS_FAULT]);
