/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Manual pages in man(7), the macros that groff and mandoc both read. */
#include "cli/terminal/output.h"

/* When the pages were last reworked; a page has no other date that builds would agree on. */
#define ROFF_DATE "2026-11-27"

/* Text broken into lines; an empty line in it begins a paragraph. */
void roff_text(struct output *out, const char *text);
/* The same, and the end of the line behind it. */
void roff_paragraphs(struct output *out, const char *text);
/* Lines as they are typed, each with its newline. */
void roff_example(struct output *out, const char *text);
void roff_section(struct output *out, const char *title);
/* A term in bold and its text below. */
void roff_term(struct output *out, const char *term, const char *text);
