/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

enum { SLIP_MAX = 48 }; /* longer words are not compared */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours from `a` to `b`. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][SLIP_MAX + 1], sizes[2] = {strlen(a), strlen(b)};
	size_t *above2 = rows[0], *above = rows[1], *row = rows[2];

	if (sizes[0] > SLIP_MAX || sizes[1] > SLIP_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= sizes[1]; j++)
		row[j] = j;
	for (size_t i = 1; i <= sizes[0]; i++) {
		size_t *free_row = above2;

		above2 = above;
		above = row;
		row = free_row;
		row[0] = i;
		for (size_t j = 1; j <= sizes[1]; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return row[sizes[1]];
}

const char *nearest_word(const char *text, const char *const *words)
{
	const char *nearest = NULL;
	size_t best = strlen(text) / 3 + 1;

	if (best > 3)
		best = 3;
	for (; *words; words++) {
		size_t away = **words ? distance(text, *words) : SIZE_MAX;

		if (away < best || (away == best && !nearest && away < strlen(*words))) {
			best = away;
			nearest = *words;
		}
	}
	return nearest;
}
