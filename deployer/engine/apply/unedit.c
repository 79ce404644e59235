/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/unedit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/apply/hunks.h"

enum { NOW_MAX = 4 * 1024 * 1024, NOW_TIMES = 16 }; /* nobody makes more of our text by hand */
/* The present text: which of its lines go, and what is inserted before which line. */
struct work {
	const struct lines *before, *after, *now;
	const struct lines *back; /* struct unedit_known */
	/* for each line of `after`: */
	size_t *today; /* the same line in `now`, + 1; 0 when it is missing there */
	/* for each line of `now`: */
	bool *known;   /* it is also in `after` */
	bool *gone;    /* it goes */
	size_t *comes; /* line + 1 of `before` that comes back here; there is one for the end too */
	bool *edited;  /* it was ours, and by its text it is somebody else's */
	bool *again;   /* it has come back from `before` */
	bool *put;     /* an undoing of older changes has put it there */
	/* for each line of `before`: */
	size_t *next_of; /* another one that comes back at the same line, + 1 */
	bool *spared;    /* an edited one has its place */
	bool *stands;    /* it has come back already */
	bool partly;     /* what was edited stays, and the rest of ours goes */
	bool taken_over; /* what was edited is ours, and goes too */
	bool replaced;   /* something else took the place of our lines */
	struct unedit_left *left;
};

/* The subject of a line: its name up to a "=" or blank. In a line without these, the whole line,
 * without the "!" that deselects a file and without a carriage return. Empty for a comment. */
static struct span key_of(struct span line)
{
	size_t size = 0;

	if (line.size == 0 || strchr("#;/[", line.data[0]))
		return (struct span){0};
	while (size < line.size && !strchr("= \t", line.data[size]))
		size++;
	if (size < line.size)
		return (struct span){line.data, size};
	size -= line.data[size - 1] == '\r';
	return size > 0 && *line.data == '!' ? (struct span){line.data + 1, size - 1}
	                                     : (struct span){line.data, size};
}

static bool is_about(struct span line, struct span key)
{
	return key.size > 0 && span_equal(key_of(line), key);
}

/* Lines that follow each other and are not claimed yet; else `now->count`. */
static size_t find_block(const struct work *work, const struct span *lines, size_t count)
{
	size_t end = work->now->count;

	for (size_t at = 0; at + count <= end; at++) {
		size_t same = 0;

		while (same < count && !work->known[at + same] &&
		       span_equal(work->now->list[at + same], lines[same]))
			same++;
		if (same == count)
			return at;
	}
	return end;
}

static void take_for(struct work *work, size_t ours, size_t at)
{
	if (at == work->now->count)
		return;
	work->today[ours] = at + 1;
	work->known[at] = true;
}

/* Whether the line is also in `before`. */
static bool is_old(const struct work *work, size_t from, size_t count, struct span line)
{
	for (size_t i = from; i < from + count; i++)
		if (span_equal(work->before->list[i], line))
			return true;
	return false;
}

/* What somebody made of our line of `after`: a new line with the same subject, and none of `before`
 * with a name, which somebody has put back; else `now->count`. */
static size_t find_edit(const struct work *work, size_t ours, size_t from, size_t count)
{
	struct span key = key_of(work->after->list[ours]);
	struct span section = lines_heading(work->after, ours);
	size_t at = 0;

	while (at < work->now->count && (work->known[at] || work->edited[at] || work->put[at] ||
	                                    !is_about(work->now->list[at], key) ||
	                                    !span_equal(lines_heading(work->now, at), section) ||
	                                    is_old(work, from, count, work->now->list[at])))
		at++;
	return at;
}

/* Finds the lines of `after` today: in their old order, moved and, where wanted, edited. */
static void find_lines(struct work *work)
{
	size_t after = 0, now = 0, end = work->now->count;
	AUTO(hunks) theirs = {0};

	hunks_find(work->after, work->now, &theirs);
	hunks_add(&theirs, (struct hunk){work->after->count, 1, end, 1});
	for (size_t i = 0; i < theirs.count; i++) {
		for (; after < theirs.list[i].from; after++, now++) {
			work->today[after] = now + 1;
			work->known[now] = true;
		}
		after += theirs.list[i].removed;
		now += theirs.list[i].added;
	}
	for (size_t i = 0; i < work->after->count; i++) {
		size_t at = work->today[i] ? end : find_block(work, &work->after->list[i], 1);

		take_for(work, i, at);
	}
	for (size_t i = 0; work->taken_over && i < work->after->count; i++)
		if (work->today[i] == 0)
			take_for(work, i, find_edit(work, i, 0, work->before->count));
}

/* Takes our lines out and returns how many there were. The first of them was at `*first`. */
static size_t take_out(struct work *work, const struct hunk *hunk, size_t *first)
{
	size_t found = 0;

	for (size_t i = hunk->to; i < hunk->to + hunk->added; i++) {
		if (work->today[i] == 0)
			continue;
		if (found++ == 0)
			*first = work->today[i] - 1;
		work->gone[work->today[i] - 1] = true;
	}
	return found;
}

/* Where lines belong that were only taken away: behind the nearest one that stood before them. */
static size_t find_place(const struct work *work, const struct hunk *hunk)
{
	for (size_t i = hunk->to; i-- > 0;)
		if (work->today[i])
			return work->today[i];
	for (size_t i = hunk->to; i < work->after->count; i++)
		if (work->today[i])
			return work->today[i] - 1;
	return work->now->count;
}

static void bring_back(struct work *work, size_t line, size_t at)
{
	size_t *last = &work->comes[at];

	while (*last)
		last = &work->next_of[*last - 1];
	*last = line + 1;
}

static bool is_back(const struct work *work, size_t at)
{
	for (size_t i = 0; i < work->back->count; i++)
		if (span_equal(work->back->list[i], work->now->list[at]) &&
		    span_equal(lines_heading(work->back, i), lines_heading(work->now, at)))
			return true;
	return false;
}

/* Lines that an undoing of older changes has put there too. They are neither ours nor edited by
 * somebody, even where the text is the same. */
static void find_put(struct work *work, const struct hunks *hunks)
{
	for (size_t at = 0; work->back->count && at < work->now->count; at++)
		work->put[at] = !work->known[at] && is_back(work, at);
	for (size_t i = 0; work->back->count && i < hunks->count; i++)
		for (size_t k = 0; k < hunks->list[i].added; k++) {
			size_t *today = &work->today[hunks->list[i].to + k];

			if (*today == 0 || !is_back(work, *today - 1))
				continue;
			work->put[*today - 1] = true;
			*today = 0;
		}
}

/* Whether such a line has this line's place. Lines around a certificate have no subject. */
static bool is_put(const struct work *work, const struct lines *lines, size_t line)
{
	struct span key = key_of(lines->list[line]);

	if (key.size == 0 || *key.data == '-')
		return false;
	for (size_t at = 0; at < work->now->count; at++)
		if (work->put[at] && is_about(work->now->list[at], key) &&
		    span_equal(lines_heading(work->now, at), lines_heading(lines, line)))
			return true;
	return false;
}

/* Lines that an older undoing has replaced do not come back as they were in between. True when all
 * that we put there are such lines. */
static bool spare_put(struct work *work, const struct hunk *hunk)
{
	bool all = hunk->added > 0;

	for (size_t i = hunk->from; i < hunk->from + hunk->removed; i++)
		work->spared[i] = work->spared[i] || is_put(work, work->before, i);
	for (size_t i = hunk->to; i < hunk->to + hunk->added; i++)
		all = all && is_put(work, work->after, i);
	return all;
}

/* Finds which old lines of a hunk are back: by an undoing that left edited lines alone, or by
 * somebody. True when all are. Lines that were only taken away, such as a bundle's certificate, are
 * one block: others may have lines with that text. */
static bool find_again(struct work *work, const struct hunk *hunk)
{
	size_t found = 0;

	if (hunk->added == 0)
		return find_block(work, work->before->list + hunk->from, hunk->removed) <
		       work->now->count;
	for (size_t i = hunk->from; i < hunk->from + hunk->removed; i++)
		for (size_t at = 0; at < work->now->count && !work->stands[i]; at++) {
			if (work->known[at] || work->again[at] ||
			    !span_equal(work->now->list[at], work->before->list[i]) ||
			    !span_equal(
			        lines_heading(work->now, at), lines_heading(work->before, i)))
				continue;
			work->stands[i] = work->again[at] = true;
			found++;
		}
	return found == hunk->removed;
}

/* Brings back the old lines of a hunk that are not there again: each to the line that took its
 * place, as far as that is known, or else to `place`. */
static void bring_all_back(struct work *work, const struct hunk *hunk, size_t place)
{
	bool each = hunk->added == hunk->removed;

	for (size_t i = 0; i < hunk->removed; i++) {
		if (each && work->today[hunk->to + i])
			place = work->today[hunk->to + i] - 1;
		if (!work->stands[hunk->from + i])
			bring_back(work, hunk->from + i, place);
	}
}

static bool has_name(struct span line)
{
	for (size_t i = 0; i < line.size; i++)
		if (strchr("= \t", line.data[i]))
			return i > 0 && !strchr("#;/[", line.data[0]);
	return false;
}

/* Finds the lines that somebody made of ours; what ours replaced does not come back beside them. */
static void find_edited(struct work *work, const struct hunk *hunk)
{
	for (size_t i = hunk->to; i < hunk->to + hunk->added; i++) {
		struct span key = key_of(work->after->list[i]);
		size_t at = work->today[i] ? work->now->count
		                           : find_edit(work, i, hunk->from, hunk->removed);

		if (at == work->now->count)
			continue;
		work->edited[at] = true;
		for (size_t k = hunk->from; k < hunk->from + hunk->removed; k++)
			work->spared[k] = work->spared[k] || is_about(work->before->list[k], key);
	}
}

/* Somebody took our lines out, and each has a subject: then what stood there before us comes back,
 * except for names that other lines set by now. False where lines have no names: then nothing tells
 * what took their place. */
static bool bring_named_back(struct work *work, const struct hunk *hunk)
{
	for (size_t i = hunk->from; i < hunk->from + hunk->removed; i++)
		if (!has_name(work->before->list[i]))
			return false;
	for (size_t i = hunk->from; i < hunk->from + hunk->removed; i++)
		for (size_t at = 0; at < work->now->count; at++)
			work->spared[i] =
			    work->spared[i] ||
			    (!work->known[at] &&
			        is_about(work->now->list[at], key_of(work->before->list[i])) &&
			        span_equal(
			            lines_heading(work->now, at), lines_heading(work->before, i)));
	bring_all_back(work, hunk, find_place(work, hunk));
	return true;
}

/* A line with a name may hold a password, so it is not told. */
static void note_replaced(struct work *work, const struct hunk *hunk)
{
	struct span gone = work->after->list[hunk->to], was = work->before->list[hunk->from];

	if (!work->replaced && !has_name(gone) && !has_name(was)) {
		work->left->gone = gone;
		work->left->was = was;
	}
	work->replaced = true;
}

/* False when only a part of what we put there is there, or something else took its place. */
static bool turn_back(struct work *work, const struct hunk *hunk)
{
	size_t place = 0;
	size_t found = take_out(work, hunk, &place);

	if (work->partly)
		find_edited(work, hunk);
	else if (found < hunk->added && found > 0)
		return false;
	if (spare_put(work, hunk))
		return true;
	if (find_again(work, hunk) && found == 0 && hunk->removed > 0)
		return true; /* taken back already */
	if (found == 0 && hunk->added > 0) {
		if (work->partly && hunk->removed > 0 && bring_named_back(work, hunk))
			return true;
		if (hunk->removed > 0)
			note_replaced(work, hunk);
		return hunk->removed == 0 || work->partly;
	}
	bring_all_back(work, hunk, found ? place : find_place(work, hunk));
	return true;
}

/* A heading stays while others have lines below it: without it no program would read these. */
static void keep_headings(struct work *work)
{
	for (size_t i = 0; i < work->now->count; i++) {
		bool needed = false;

		if (!work->gone[i] || !work->now->list[i].size || work->now->list[i].data[0] != '[')
			continue;
		for (size_t j = i + 1; j < work->now->count; j++) {
			struct span line = work->now->list[j];

			if (line.size > 0 && line.data[0] == '[')
				break;
			needed = needed || (!work->gone[j] && line.size > 0 &&
			                       !strchr("#; \t\r", line.data[0]));
		}
		work->gone[i] = !needed;
	}
}

static void write_line(struct bytes *out, struct span line)
{
	bytes_add(out, line.data, line.size);
	bytes_add(out, "\n", 1);
}

static void write_back(const struct work *work, size_t at, struct bytes *out)
{
	for (size_t next = work->comes[at]; next; next = work->next_of[next - 1])
		if (!work->spared[next - 1])
			write_line(out, work->before->list[next - 1]);
}

static void write_out(const struct work *work, struct bytes *out)
{
	size_t end = work->now->count, start = out->size;
	bool ended =
	    work->now->ended == work->after->ended ? work->before->ended : work->now->ended;

	for (size_t i = 0; i < end; i++) {
		write_back(work, i, out);
		if (!work->gone[i])
			write_line(out, work->now->list[i]);
	}
	write_back(work, end, out);
	/* a last line of somebody else keeps its end */
	if (end > 0 && !work->gone[end - 1] && !work->comes[end])
		ended = work->now->ended;
	if (!ended && out->size > start)
		out->size--;
}

/* The number of the first edited line in the new text, from 1; 0 when there is none. */
static size_t edited_line(const struct work *work)
{
	size_t line = 0;

	for (size_t i = 0; i < work->now->count; i++) {
		for (size_t next = work->comes[i]; next; next = work->next_of[next - 1])
			line += !work->spared[next - 1];
		line += !work->gone[i];
		if (work->edited[i])
			return line;
	}
	return 0;
}

/* Whether an edited line took the place of a line without a name. That one does not come back when
 * somebody takes out the edited line. */
static bool is_in_place(const struct work *work)
{
	for (size_t i = 0; i < work->before->count; i++)
		if (work->spared[i] && !has_name(work->before->list[i]))
			return true;
	return work->replaced;
}

static bool turn_all_back(struct work *work, struct bytes *out, struct unedit_left *left)
{
	AUTO(hunks) hunks = {0};
	bool ok = true;

	hunks_find(work->before, work->after, &hunks);
	find_lines(work);
	find_put(work, &hunks);
	work->next_of = mem_alloc((work->before->count + 1) * sizeof(*work->next_of));
	for (size_t i = 0; ok && i < hunks.count; i++)
		ok = turn_back(work, &hunks.list[i]);
	if (ok) {
		keep_headings(work);
		write_out(work, out);
		left->line = edited_line(work);
		left->any = work->replaced || left->line > 0;
		left->in_place = is_in_place(work);
	}
	free(work->next_of);
	return ok;
}

static bool is_text(struct span text)
{
	return text.size == 0 || !memchr(text.data, 0, text.size);
}

static bool take_back(struct span before, struct span after, struct span now, bool partly,
    struct unedit_known known, struct bytes *out, struct unedit_left *left)
{
	AUTO(lines) back = {0}, old = {0}, ours = {0};
	AUTO(lines) today = {0};
	struct work work = {.before = &old,
	    .after = &ours,
	    .now = &today,
	    .back = &back,
	    .left = left,
	    .partly = partly,
	    .taken_over = known.taken_over};
	AUTO(arena) arena = {0};

	if (!is_text(before) || !is_text(after) ||
	    now.size > NOW_MAX + NOW_TIMES * (before.size + after.size))
		return false;
	lines_split(before, &old);
	lines_split(after, &ours);
	lines_split(now, &today);
	lines_split(known.back, &back);
	lines_find_headings(&old, &arena);
	lines_find_headings(&ours, &arena);
	if (old.under || ours.under) {
		lines_find_headings(&today, &arena);
		lines_find_headings(&back, &arena);
	}
	work.today = arena_alloc(&arena, (ours.count + 1) * sizeof(*work.today));
	work.known = arena_alloc(&arena, today.count + 1);
	work.gone = arena_alloc(&arena, today.count + 1);
	work.comes = arena_alloc(&arena, (today.count + 1) * sizeof(*work.comes));
	work.edited = arena_alloc(&arena, today.count + 1);
	work.spared = arena_alloc(&arena, old.count + 1);
	work.stands = arena_alloc(&arena, old.count + 1);
	work.again = arena_alloc(&arena, today.count + 1);
	work.put = arena_alloc(&arena, today.count + 1);
	return turn_all_back(&work, out, left);
}

bool unedit(struct span before, struct span after, struct span now, struct bytes *out)
{
	struct unedit_left ignored = {0};

	return take_back(before, after, now, false, (struct unedit_known){0}, out, &ignored);
}

bool unedit_partly(struct span before, struct span after, struct span now, struct bytes *out,
    struct unedit_left *left)
{
	return take_back(before, after, now, true, (struct unedit_known){0}, out, left);
}

bool unedit_knowing(struct span before, struct span after, struct span now,
    struct unedit_known known, struct bytes *out, struct unedit_left *left)
{
	return take_back(before, after, now, true, known, out, left);
}
