/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/hunks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Above this number of comparisons the parts that differ count as one. */
enum { COMPARISONS_MAX = 4 * 1024 * 1024 };

void lines_release(struct lines *lines)
{
	free(lines->list);
	*lines = (struct lines){0};
}

void lines_find_headings(struct lines *lines, struct arena *arena)
{
	struct span heading = {0};
	bool any = false;

	for (size_t i = 0; i < lines->count && !any; i++)
		any = lines->list[i].size > 0 && *lines->list[i].data == '[';
	lines->under = any ? arena_alloc(arena, lines->count * sizeof(*lines->under)) : NULL;
	for (size_t i = 0; i < lines->count && any; i++) {
		lines->under[i] = heading;
		if (lines->list[i].size > 0 && *lines->list[i].data == '[')
			heading = lines->list[i];
	}
}

struct span lines_heading(const struct lines *lines, size_t line)
{
	return lines->under ? lines->under[line] : (struct span){0};
}

void lines_split(struct span text, struct lines *out)
{
	out->ended = true;
	while (text.size > 0) {
		const uint8_t *newline = memchr(text.data, '\n', text.size);
		size_t size = newline ? (size_t)(newline - text.data) : text.size;

		out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
		out->list[out->count++] = (struct span){text.data, size};
		out->ended = newline != NULL;
		text.data += size + out->ended;
		text.size -= size + out->ended;
	}
}

void hunks_release(struct hunks *hunks)
{
	free(hunks->list);
	*hunks = (struct hunks){0};
}

void hunks_add(struct hunks *hunks, struct hunk hunk)
{
	if (hunk.removed == 0 && hunk.added == 0)
		return;
	hunks->list =
	    mem_grow(hunks->list, &hunks->capacity, hunks->count + 1, sizeof(*hunks->list));
	hunks->list[hunks->count++] = hunk;
}

/* The longest common part of what is left from line i of `a` and line j of `b` on. */
static uint32_t *measure(const struct span *a, size_t n, const struct span *b, size_t m)
{
	uint32_t *common = mem_alloc((n + 1) * (m + 1) * sizeof(*common));

	for (size_t i = n; i-- > 0;)
		for (size_t j = m; j-- > 0;) {
			uint32_t down = common[(i + 1) * (m + 1) + j];
			uint32_t right = common[i * (m + 1) + j + 1];

			common[i * (m + 1) + j] = span_equal(a[i], b[j])
			                              ? common[(i + 1) * (m + 1) + j + 1] + 1
			                          : down > right ? down
			                                         : right;
		}
	return common;
}

/* What differs between the ends that are equal. */
static void compare_middle(const struct lines *before, const struct lines *after, size_t start,
    size_t n, size_t m, struct hunks *out)
{
	const struct span *a = before->list + start, *b = after->list + start;
	struct hunk hunk = {.from = start, .to = start};
	uint32_t *common;
	size_t i = 0, j = 0;

	if (n && m && n > COMPARISONS_MAX / m) {
		hunk.removed = n;
		hunk.added = m;
		hunks_add(out, hunk);
		return;
	}
	common = measure(a, n, b, m);
	while (i < n || j < m) {
		if (i < n && j < m && span_equal(a[i], b[j])) {
			hunks_add(out, hunk);
			hunk = (struct hunk){.from = start + ++i, .to = start + ++j};
		} else if (j == m || (i < n && common[(i + 1) * (m + 1) + j] >=
		                                   common[i * (m + 1) + j + 1])) {
			hunk.removed++;
			i++;
		} else {
			hunk.added++;
			j++;
		}
	}
	hunks_add(out, hunk);
	free(common);
}

void hunks_find(const struct lines *before, const struct lines *after, struct hunks *out)
{
	size_t n = before->count, m = after->count, start = 0;

	while (start < n && start < m && span_equal(before->list[start], after->list[start]))
		start++;
	while (n > start && m > start && span_equal(before->list[n - 1], after->list[m - 1])) {
		n--;
		m--;
	}
	compare_middle(before, after, start, n - start, m - start, out);
}
