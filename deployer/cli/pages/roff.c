/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pages/roff.h"

enum { WIDTH = 78 };

static void add_character(struct output *out, char character)
{
	static const struct {
		char character;
		const char *roff;
	} special[] = {{'\\', "\\e"}, {'-', "\\-"}, {'~', "\\(ti"}, {'^', "\\(ha"}, {'"', "\\(dq"}};

	for (size_t i = 0; i < COUNT(special); i++)
		if (special[i].character == character) {
			output_add(out, special[i].roff);
			return;
		}
	bytes_add(&out->bytes, &character, 1);
}

/* Text as roff reads it: broken at blanks, with no escape, request or hyphen of its own. */
void roff_text(struct output *out, const char *text)
{
	size_t line = out->bytes.size;

	while (*text) {
		size_t word = strcspn(text, " \n");

		if (out->bytes.size == line && (*text == '.' || *text == '\''))
			output_add(out, "\\&");
		for (size_t i = 0; i < word; i++)
			add_character(out, text[i]);
		text += word;
		if (text[0] == '\n' && text[1] == '\n') {
			output_add(out, "\n.PP\n");
			text += 2;
			line = out->bytes.size;
		} else if (*text) {
			bool wrap = *text == '\n' ||
			            out->bytes.size - line + 2 * strcspn(text + 1, " \n") > WIDTH;

			output_add(out, wrap ? "\n" : " ");
			line = wrap ? out->bytes.size : line;
			text++;
		}
	}
}

void roff_paragraphs(struct output *out, const char *text)
{
	roff_text(out, text);
	output_add(out, "\n");
}

void roff_example(struct output *out, const char *text)
{
	output_add(out, ".EX\n");
	for (bool begins = true; *text; begins = *text++ == '\n') {
		if (begins && (*text == '.' || *text == '\''))
			output_add(out, "\\&");
		add_character(out, *text);
	}
	output_add(out, ".EE\n");
}

void roff_section(struct output *out, const char *title)
{
	output_addf(out, ".SH %s\n", title);
}

/* A term in bold and its text below. */
void roff_term(struct output *out, const char *term, const char *text)
{
	output_add(out, ".TP\n.B \"");
	roff_text(out, term);
	output_add(out, "\"\n");
	roff_text(out, text);
	output_add(out, "\n");
}
