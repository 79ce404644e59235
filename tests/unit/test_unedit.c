/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/apply/unedit.h"

static void expect(const char *before, const char *after, const char *now, const char *wanted)
{
	AUTO(bytes) out = {0};
	bool ok = unedit(span_text(before), span_text(after), span_text(now), &out);

	if (!wanted) {
		cr_expect(!ok && out.size == 0, "from '%s': '%.*s'", now, (int)out.size,
		    out.data ? (const char *)out.data : "");
		return;
	}
	cr_assert(ok, "from '%s': refused", now);
	cr_expect(span_equal(bytes_span(&out), span_text(wanted)), "from '%s': '%.*s', not '%s'",
	    now, (int)out.size, out.data ? (const char *)out.data : "", wanted);
}

Test(unedit, what_nobody_touched_is_as_before)
{
	expect("", "a\nb\n", "a\nb\n", "");
	expect("x\n", "x\na\n", "x\na\n", "x\n");
	expect("x\ny\nz\n", "x\nours\nz\n", "x\nours\nz\n", "x\ny\nz\n");
	expect("x\ny\nz\n", "x\nz\n", "x\nz\n", "x\ny\nz\n");
	expect("x", "x\na\n", "x\na\n", "x");
	expect("x\n", "", "", "x\n");
}

Test(unedit, lines_of_others_stay_where_they_are)
{
	expect("PATH=/bin\n", "PATH=/bin\nhttp_proxy=a\nhttps_proxy=a\n",
	    "PATH=/bin\nhttp_proxy=a\nhttps_proxy=a\nEDITOR=vim\n", "PATH=/bin\nEDITOR=vim\n");
	expect("PATH=/bin\n", "PATH=/bin\nhttp_proxy=a\nhttps_proxy=a\n",
	    "LANG=C\nPATH=/bin\nhttp_proxy=a\n# theirs\nhttps_proxy=a\nEDITOR=vim",
	    "LANG=C\nPATH=/bin\n# theirs\nEDITOR=vim");
	expect("http_proxy=old:pw@h\nx\n", "http_proxy=ours\nx\n", "http_proxy=ours\ny\nx\n",
	    "http_proxy=old:pw@h\ny\nx\n");
	expect("[main]\ngpgcheck=1\n", "[main]\nproxy=ours\ngpgcheck=1\n",
	    "[main]\nproxy=ours\ngpgcheck=0\n", "[main]\ngpgcheck=0\n");
	/* sorted by somebody */
	expect("b\n", "b\nz=ours\na=ours\n", "a=ours\nb\nc\nz=ours\n", "b\nc\n");
	/* lines that we took away come back behind what they stood behind */
	expect("a\n!b\nc\n", "a\nc\n", "a\nnew\nc\n", "a\n!b\nnew\nc\n");
	expect("first\na\n", "a\n", "a\nnew\n", "first\na\nnew\n");
	/* each line comes back where the one is that took its place */
	expect("a\na\n", "!a\n!a\n", "x\n!a\ny\n!a\nz\n", "x\na\ny\na\nz\n");
}

Test(unedit, bytes_of_others_that_are_no_text_stay)
{
	static const char now[] = "#\0\1\n!mozilla/a.crt\nmozilla/b.crt\n";
	static const char wanted[] = "#\0\1\nmozilla/a.crt\nmozilla/b.crt\n";
	AUTO(bytes) out = {0};

	cr_assert(unedit(span_text("mozilla/a.crt\n"), span_text("!mozilla/a.crt\n"),
	    (struct span){(const uint8_t *)now, sizeof(now) - 1}, &out));
	cr_assert(span_equal(
	    bytes_span(&out), (struct span){(const uint8_t *)wanted, sizeof(wanted) - 1}));
}

Test(unedit, nothing_is_guessed)
{
	/* one of our lines was edited */
	expect("x\n", "x\nhttp=ours\nhttps=ours\n", "x\nhttp=theirs\nhttps=ours\n", NULL);
	/* theirs stands where ours stood, and took the old one's place */
	expect("proxy=old\n", "proxy=ours\n", "proxy=theirs\n", NULL);
	expect("proxy=old\n", "proxy=ours\n", "", NULL);
}

Test(unedit, doing_it_twice_does_no_harm)
{
	expect("x\n", "x\nours\n", "x\nEDITOR=vim\n", "x\nEDITOR=vim\n");
	expect("x\nold\n", "x\nours\n", "x\nold\nEDITOR=vim\n", "x\nold\nEDITOR=vim\n");
	expect("a\n!b\nc\n", "a\nc\n", "a\n!b\nnew\nc\n", "a\n!b\nnew\nc\n");
}

static void expect_partly(const char *before, const char *after, const char *now,
    const char *wanted, bool any, size_t line)
{
	AUTO(bytes) out = {0};
	struct unedit_left left = {0};

	cr_assert(unedit_partly(span_text(before), span_text(after), span_text(now), &out, &left),
	    "from '%s': refused", now);
	cr_expect(span_equal(bytes_span(&out), span_text(wanted)), "from '%s': '%.*s', not '%s'",
	    now, (int)out.size, out.data ? (const char *)out.data : "", wanted);
	cr_expect(left.any == any && left.line == line, "from '%s': line %zu", now, left.line);
}

Test(unedit, partly_leaves_edited_lines_alone)
{
	expect_partly("x\n", "x\nhttp=ours\nhttps=ours\n", "x\nhttp=theirs\nhttps=ours\n",
	    "x\nhttp=theirs\n", true, 2);
	/* again, with the same answer */
	expect_partly(
	    "x\n", "x\nhttp=ours\nhttps=ours\n", "x\nhttp=theirs\n", "x\nhttp=theirs\n", true, 2);
	/* what they took the place of does not come back beside them, the rest does */
	expect_partly("http=old\nx\n", "http=ours\nx\nHTTP=ours\n", "http=theirs\nx\nHTTP=ours\n",
	    "http=theirs\nx\n", true, 1);
	expect_partly("http=old\n", "http=ours\nhttps=ours\n", "http=theirs\nhttps=ours\n",
	    "http=theirs\n", true, 1);
	expect_partly("http=old\n", "http=ours\nhttps=ours\n", "http=ours\nhttps=theirs\n",
	    "http=old\nhttps=theirs\n", true, 2);
	expect_partly("http=old\n", "http=ours\nhttps=ours\n", "http=old\nhttps=theirs\n",
	    "http=old\nhttps=theirs\n", true, 2);
	/* nothing is known of what took the place */
	expect_partly("old\n", "ours\n", "theirs\n", "theirs\n", true, 0);
	/* a line that somebody took out is gone, a comment is nobody's line */
	expect_partly("x\n", "x\n# ours\nhttp=ours\nhttps=ours\n", "# theirs\nx\nhttps=ours\n",
	    "# theirs\nx\n", false, 0);
	/* a line of the same name that others added is theirs */
	expect_partly(
	    "x\n", "x\nhttp=ours\n", "x\nhttp=ours\nhttp=theirs\n", "x\nhttp=theirs\n", false, 0);
}

/* Who takes out the edited line, as the advice says, gets back what stood there before us. */
Test(unedit, partly_brings_back_what_a_line_that_is_gone_stood_for)
{
	expect_partly(
	    "x\nno_proxy=old\n", "x\nno_proxy=ours\n", "x\n", "x\nno_proxy=old\n", false, 0);
	expect_partly("x\nno_proxy=old\n", "x\nno_proxy=ours\n", "x\nno_proxy=old\ny\n",
	    "x\nno_proxy=old\ny\n", false, 0);
	/* not beside a line that says the same by now */
	expect_partly("http=old\nftp=old\n", "http=ours\nftp=ours\n", "ftp=old\n",
	    "ftp=old\nhttp=old\n", false, 0);
	/* a line without a name does not come back by itself: it may have been withdrawn */
	expect_partly("old\nx\n", "!old\nx\n", "x\n", "x\n", true, 0);
}

/* An undoing in part, or somebody, has put some of the lines of before back: the rest comes, each
 * in its place. */
Test(unedit, what_stands_there_again_does_not_come_back_twice)
{
	expect_partly("http=old\nhttps=old\nHTTP=old\n", "http=ours\nhttps=ours\nHTTP=ours\n",
	    "http=old\nhttps=ours\nHTTP=old\n", "http=old\nhttps=old\nHTTP=old\n", false, 0);
	expect_partly("http=old\nhttps=old\nx\n", "http=ours\nx\n", "https=old\nhttp=ours\nx\n",
	    "https=old\nhttp=old\nx\n", false, 0);
	expect_partly(
	    "a.crt\nb.crt\n", "!a.crt\n!b.crt\n", "a.crt\n!b.crt\n", "a.crt\nb.crt\n", false, 0);
	expect_partly("a\na\nb\n", "!a\n!a\n!b\n", "a\n!a\n!b\n", "a\na\nb\n", false, 0);
	expect_partly("a.crt\nb.crt\n", "!a.crt\n!b.crt\n", "a.crt\nx.crt\nb.crt\n",
	    "a.crt\nx.crt\nb.crt\n", false, 0);
	/* what only went is one block, of which others may have lines, as certificates have */
	expect("BEGIN\na\nEND\n", "", "BEGIN\nb\nEND\n", "BEGIN\nb\nEND\nBEGIN\na\nEND\n");
	/* the same line of another section is another setting */
	expect_partly("[main]\nproxy=old\nuser=old\n", "[main]\nproxy=ours\nuser=ours\n",
	    "[main]\nproxy=ours\n[r]\nuser=old\nproxy=old\n",
	    "[main]\nproxy=old\nuser=old\n[r]\nuser=old\nproxy=old\n", false, 0);
}

/* A carriage return makes another line of it, and so does what selects it again. */
Test(unedit, partly_knows_an_edited_line_without_a_name)
{
	expect_partly("a.crt\nb.crt\n", "!a.crt\nb.crt\n", "!a.crt\r\nb.crt\r\n",
	    "!a.crt\r\nb.crt\r\n", true, 1);
	expect_partly(
	    "b.crt\na.crt\n", "b.crt\n!a.crt\n", "b.crt\na.crt\r\n", "b.crt\na.crt\r\n", true, 2);
	expect_partly("a.crt\n", "!a.crt\n", "# !a.crt\n", "# !a.crt\n", true, 0);
}

/* What we have overwritten once goes as ours does; lines of others stay. */
Test(unedit, taken_over_takes_edited_lines_out)
{
	static const char *const rows[][4] = {
	    {"x\n", "x\nhttp=ours\nhttps=ours\n", "x\nhttp=theirs\nhttps=ours\n", "x\n"},
	    {"http=old\nx\n", "http=ours\nx\n", "http=theirs\nx\ny\n", "http=old\nx\ny\n"},
	    {"a.crt\nb.crt\n", "!a.crt\nb.crt\n", "!a.crt\r\nb.crt\n", "a.crt\nb.crt\n"},
	    /* taken back by somebody, and a line of the same name beside ours */
	    {"http=old\n", "http=ours\n", "http=old\n", "http=old\n"},
	    {"x\n", "x\nhttp=ours\n", "x\nhttp=ours\nhttp=theirs\n", "x\nhttp=theirs\n"},
	    /* what an undoing in part had brought back before we overwrote the rest */
	    {"http=old\nhttps=old\n", "http=ours\nhttps=ours\n", "http=old\nhttps=theirs\n",
	        "http=old\nhttps=old\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO(bytes) out = {0};
		struct unedit_left left = {0};

		cr_assert(unedit_knowing(span_text(rows[i][0]), span_text(rows[i][1]),
		    span_text(rows[i][2]), (struct unedit_known){.taken_over = true}, &out, &left));
		cr_expect(span_equal(bytes_span(&out), span_text(rows[i][3])), "row %zu: '%.*s'", i,
		    (int)out.size, (const char *)out.data);
		cr_expect_not(left.any, "row %zu", i);
	}
}

/* Without its heading a program refuses what stands under it, or does not read it. */
/* Several changes were undone together, in part: the newest of them is undone again. */
Test(unedit, what_went_further_back_stays_there)
{
	static const char *const rows[][5] = {
	    /* before, after, before the older ones, now, wanted */
	    {"http=2\nhttps=2\n", "http=3\nhttps=3\n", "http=1\nhttps=1\n", "http=1\nhttps=3\n",
	        "http=1\nhttps=2\n"},
	    {"http=2\nhttps=2\n", "http=3\nhttps=3\n", "http=1\nhttps=1\n", "http=1\n",
	        "http=1\nhttps=2\n"},
	    {"http=2\nhttps=2\n", "http=3\nhttps=3\n", "http=1\nhttps=1\n", "http=1\nhttps=1\n",
	        "http=1\nhttps=1\n"},
	    /* what the newest says is what stood there before the older ones */
	    {"http=2\nhttps=2\n", "http=1\nhttps=1\n", "http=1\nhttps=1\n", "http=1\n",
	        "http=1\nhttps=2\n"},
	    {"!a.crt\n!b.crt\n", "a.crt\nb.crt\n", "a.crt\nb.crt\n", "a.crt\nb.crt\n",
	        "a.crt\nb.crt\n"},
	    /* a line that the newest had only taken away */
	    {"http=2\nhttps=2\nx\n", "http=3\nx\n", "http=1\nhttps=1\nx\n", "https=1\nx\nhttp=3\n",
	        "https=1\nx\nhttp=2\n"},
	    /* the lines around a certificate are those of each */
	    {"-----BEGIN X-----\nAA\n-----END X-----\n", "",
	        "-----BEGIN X-----\nBB\n-----END X-----\n",
	        "-----BEGIN X-----\nBB\n-----END X-----\n",
	        "-----BEGIN X-----\nBB\n-----END X-----\n"
	        "-----BEGIN X-----\nAA\n-----END X-----\n"},
	    /* another section is another setting */
	    {"[main]\nproxy=2\n", "[main]\nproxy=3\n", "[main]\nproxy=1\n",
	        "[main]\n[r]\nproxy=1\n", "[main]\nproxy=2\n[r]\nproxy=1\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO(bytes) out = {0};
		struct unedit_left left = {0};

		cr_assert(unedit_knowing(span_text(rows[i][0]), span_text(rows[i][1]),
		    span_text(rows[i][3]), (struct unedit_known){.back = span_text(rows[i][2])},
		    &out, &left));
		cr_expect(span_equal(bytes_span(&out), span_text(rows[i][4])), "row %zu: '%.*s'", i,
		    (int)out.size, (const char *)out.data);
		cr_expect_not(left.any, "row %zu", i);
	}
}

Test(unedit, a_heading_stays_with_what_others_put_under_it)
{
	expect(
	    "", "[main]\nproxy=ours\n", "[main]\nproxy=ours\ngpgcheck=1\n", "[main]\ngpgcheck=1\n");
	expect("", "[main]\nproxy=ours\n", "[main]\nproxy=ours\n# theirs\n[x]\ny=1\n",
	    "# theirs\n[x]\ny=1\n");
	expect_partly("", "[main]\nproxy=ours\nuser=ours\n", "[main]\nproxy=theirs\nuser=ours\n",
	    "[main]\nproxy=theirs\n", true, 2);
}

/* Knuth's, MMIX */
static unsigned next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33);
}

static struct span make_text(uint64_t *random, struct bytes *out, const char *name)
{
	for (unsigned i = next_random(random) % 7; i > 0; i--) {
		char line[32];
		int size = snprintf(line, sizeof(line), "%s%u\n", name, next_random(random) % 5);

		bytes_add(out, line, (size_t)size);
	}
	return bytes_span(out);
}

/* /etc/environment has no sections: one that somebody writes there hides no edited line of ours. */
Test(unedit, a_heading_where_no_sections_are_is_a_line_like_others)
{
	struct unedit_left left = {0};
	AUTO(bytes) out = {0};

	cr_assert(unedit_partly(span_text("A=1\n"), span_text("A=1\nhttp_proxy=ours\n"),
	    span_text("[s]\nA=1\nhttp_proxy=theirs\n"), &out, &left));
	cr_assert_str_eq((const char *)out.data, "[s]\nA=1\nhttp_proxy=theirs\n");
	cr_assert_eq(left.line, 3);
}

/* It is left alone, before memory and time go into it. */
Test(unedit, a_text_that_grew_beyond_measure_is_not_looked_at)
{
	AUTO(bytes) now = {0}, out = {0};

	bytes_add(&now, "ours\n", 5);
	bytes_reserve(&now, 8 * 1024 * 1024);
	while (now.size < 8 * 1024 * 1024 - 2)
		bytes_add(&now, "\n", 1);
	cr_assert_not(unedit(span_text(""), span_text("ours\n"), bytes_span(&now), &out));
}

/* Whatever the change was: nobody else's line is lost, and without others all is as before. */
Test(unedit, holds_for_any_change)
{
	uint64_t random = 1;

	for (unsigned round = 0; round < 20000; round++) {
		AUTO(bytes) before = {0};
		AUTO(bytes) after = {0};
		AUTO(bytes) now = {0};
		AUTO(bytes) out = {0};
		struct span old = make_text(&random, &before, "a");
		struct span ours = make_text(&random, &after, next_random(&random) % 2 ? "a" : "b");

		cr_assert(unedit(old, ours, ours, &out));
		cr_assert(span_equal(bytes_span(&out), old), "'%.*s' → '%.*s' gives '%.*s'",
		    (int)old.size, (const char *)old.data, (int)ours.size, (const char *)ours.data,
		    (int)out.size, (const char *)out.data);
		out.size = 0;
		bytes_add(&now, "theirs\n", 7);
		bytes_add(&now, ours.data, ours.size);
		bytes_add(&now, "theirs\n", 7);
		cr_assert(unedit(old, ours, bytes_span(&now), &out));
		cr_assert_eq(out.size, old.size + 14);
	}
}

static void add_setting(struct bytes *out, unsigned name, const char *value)
{
	char line[32];
	int size = value ? snprintf(line, sizeof(line), "k%u=%s\n", name, value) : 0;

	bytes_add(out, line, (size_t)size);
}

/* Lines with names that were there before us, that are ours, or both, and ours edited here and
 * there: undone, made as they were and undone again, all is as before us. */
Test(unedit, an_undoing_in_part_goes_on_where_it_stopped)
{
	uint64_t random = 2;

	for (unsigned round = 0; round < 20000; round++) {
		AUTO(bytes) before = {0};
		AUTO(bytes) after = {0};
		AUTO(bytes) edited = {0};
		AUTO(bytes) out = {0};
		AUTO(bytes) again = {0};
		struct unedit_left left = {0};

		for (unsigned name = 0; name < 6; name++) {
			unsigned kind = next_random(&random) % 5;
			bool others = kind == 4, was = kind != 1, is = kind != 2;
			bool edit = is && !others && next_random(&random) % 2;

			add_setting(&before, name, was ? "old_" : NULL);
			add_setting(&after, name, others ? "old_" : is ? "ours" : NULL);
			add_setting(&edited, name,
			    edit     ? "edit"
			    : others ? "old_"
			    : is     ? "ours"
			             : NULL);
		}
		cr_assert(unedit_partly(
		    bytes_span(&before), bytes_span(&after), bytes_span(&edited), &out, &left));
		for (size_t i = 0; i + 4 <= out.size; i++)
			if (memcmp(out.data + i, "edit", 4) == 0)
				memcpy(out.data + i, "ours", 4);
		cr_assert(unedit_partly(
		    bytes_span(&before), bytes_span(&after), bytes_span(&out), &again, &left));
		cr_assert_not(left.any);
		cr_assert_eq(again.size, before.size,
		    "'%.*s' → '%.*s', edited '%.*s', left '%.*s': '%.*s'", (int)before.size,
		    (const char *)before.data, (int)after.size, (const char *)after.data,
		    (int)edited.size, (const char *)edited.data, (int)out.size,
		    (const char *)out.data, (int)again.size, (const char *)again.data);
		for (size_t i = 0; i < before.size; i += 8)
			cr_assert(span_find(bytes_span(&again), (struct span){before.data + i, 8}));
	}
}

/* The text of a state, where a name has no line for 0, and another's for 3. */
static void write_state(
    const unsigned *state, const unsigned *edited, const char *edit, struct bytes *out)
{
	static const char *const values[] = {NULL, "one_", "two_", "oth_"};

	for (unsigned name = 0; name < 4; name++)
		add_setting(out, name, edited[name] && edit ? edit : values[state[name]]);
}

static bool undo_both(const struct bytes *texts, struct span now, bool again, struct bytes *out)
{
	struct unedit_known known = {.back = again ? bytes_span(&texts[0]) : (struct span){0}};
	struct unedit_left left = {0}, more = {0};
	AUTO(bytes) between = {0};

	cr_assert(unedit_knowing(
	    bytes_span(&texts[1]), bytes_span(&texts[2]), now, known, &between, &left));
	cr_assert(unedit_partly(
	    bytes_span(&texts[0]), bytes_span(&texts[1]), bytes_span(&between), out, &more));
	return !left.any && !more.any;
}

/* Two changes, the newest edited here and there, undone together: mended in the way that the
 * message names, and undone again, all is as before us. */
Test(unedit, an_undoing_in_part_of_two_goes_on_where_it_stopped)
{
	static const unsigned none[4] = {0};
	uint64_t random = 3;

	for (unsigned round = 0; round < 20000; round++) {
		unsigned states[3][4] = {{0}}, edited[4] = {0};
		struct bytes texts[3] = {{0}};
		AUTO(bytes) now = {0};
		AUTO(bytes) left = {0};
		AUTO(bytes) mended = {0};
		AUTO(bytes) out = {0};

		for (unsigned name = 0; name < 4; name++) {
			bool others = next_random(&random) % 4 == 0;

			for (unsigned i = 0; i < 3; i++)
				states[i][name] = others ? 3 : next_random(&random) % 3;
			edited[name] = !others && states[2][name] &&
			               states[2][name] != states[1][name] &&
			               next_random(&random) % 3 == 0;
		}
		for (unsigned i = 0; i < 3; i++)
			write_state(states[i], none, NULL, &texts[i]);
		write_state(states[2], edited, "edit", &now);
		undo_both(texts, bytes_span(&now), false, &left);
		for (size_t i = 0; i + 8 <= left.size; i += 8) {
			unsigned name = left.data[i + 1] - '0', way = next_random(&random) % 3;
			char line[9];

			memcpy(line, left.data + i, 8);
			line[8] = 0;
			if (!strstr(line, "edit"))
				bytes_add(&mended, line, 8);
			else if (way < 2 &&
			         (states[1][name] || !states[0][name])) /* else it stands there */
				add_setting(&mended, name,
				    states[2 * way][name] == 0   ? NULL
				    : states[2 * way][name] == 1 ? "one_"
				                                 : "two_");
		}
		cr_assert(
		    undo_both(texts, bytes_span(&mended), true, &out) && out.size == texts[0].size,
		    "'%.*s' → '%.*s' → '%.*s', mended '%.*s': '%.*s'", (int)texts[0].size,
		    (const char *)texts[0].data, (int)texts[1].size, (const char *)texts[1].data,
		    (int)texts[2].size, (const char *)texts[2].data, (int)mended.size,
		    (const char *)mended.data, (int)out.size, (const char *)out.data);
		for (size_t i = 0; i < texts[0].size; i += 8)
			cr_assert(span_find(bytes_span(&out), (struct span){texts[0].data + i, 8}));
		for (unsigned i = 0; i < 3; i++)
			bytes_release(&texts[i]);
	}
}
