/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

enum { PIECE = 48 }; /* four times as long when each byte is escaped */

#define ROW(file, name, uses) {#name, uses, report_##name},
#define LATER_ROW(name)       {#name, REPORT_FILES, NULL},
const struct report_kind report_kinds[] = {REPORT_KINDS(ROW, LATER_ROW)};
const size_t report_kind_count = COUNT(report_kinds);

const struct report_kind *report_find(const char *name)
{
	for (size_t i = 0; i < report_kind_count; i++)
		if (strcmp(report_kinds[i].name, name) == 0)
			return &report_kinds[i];
	return NULL;
}

void report_add_kinds(struct text *out, unsigned use, const char *between)
{
	size_t shown = 0;

	for (size_t i = 0; i < report_kind_count; i++)
		if (report_kinds[i].uses & use && report_kinds[i].write)
			text_addf(out, "%s%s", shown++ ? between : "", report_kinds[i].name);
}

void report_add_safe(struct bytes *out, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		/* text_escape cuts at 200 bytes, and no piece may end within a character */
		size_t piece = left < PIECE ? left : PIECE;

		while (piece > 1 && piece < left && ((uint8_t)text[piece] & 0xc0) == 0x80)
			piece--;

		struct escaped safe = text_escape((struct span){(const uint8_t *)text, piece});
		bytes_add(out, safe.text, strlen(safe.text));
		text += piece;
		left -= piece;
	}
}

static void add_text(struct bytes *out, const char *text)
{
	bytes_add(out, text, strlen(text));
}

static bool is_said(const char *fact)
{
	return fact && *fact;
}

void report_add_host(struct bytes *out, struct report_host host)
{
	add_text(out, "host      ");
	report_add_safe(out, is_said(host.name) ? host.name : "(no name)");
	add_text(out, ", ");
	report_add_safe(out, is_said(host.distribution) ? host.distribution
	                     : is_said(host.os)         ? host.os
	                                                : "(system not known)");
	if (is_said(host.release)) {
		add_text(out, " ");
		report_add_safe(out, host.release);
	}
	if (is_said(host.architecture)) {
		add_text(out, ", ");
		report_add_safe(out, host.architecture);
	}
	if (is_said(host.root)) {
		add_text(out, ", image at ");
		report_add_safe(out, host.root);
	}
	add_text(out, "\n");
}
