/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * "Did you mean …?": the word of a closed list that a mistyped one is close to.
 */

/* The word of `words` (NULL-terminated; "" is passed over) that is the fewest insertions,
 * deletions, substitutions and swaps of neighbours away, or NULL when none is close. */
const char *nearest_word(const char *text, const char *const *words);
