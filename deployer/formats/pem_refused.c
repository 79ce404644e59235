/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that OpenSSL refuses: why, and where to go on behind one. */
#include <openssl/err.h>
#include <openssl/pem.h>

#include "formats/pem.h"
#include "formats/pem_parts.h"

enum { BEGINS_BEFORE_END = 64 /* that are tried */ };

static const char begin_mark[] = "-----BEGIN ", end_mark[] = "-----END ", dashes[] = "-----";

static void skip(struct span *span, size_t size)
{
	*span = (struct span){span->data + size, span->size - size};
}

static const char *openssl_reason(void)
{
	unsigned long error = ERR_peek_last_error();
	int reason = ERR_GET_REASON(error);
	/* the reasons of PEM itself; else it passes on that another part failed */
	bool own = ERR_GET_LIB(error) == ERR_LIB_PEM && !(reason & ERR_RFLAG_COMMON);
	const char *text = own ? ERR_reason_error_string(error) : NULL;

	ERR_clear_error();
	return text ? text : "what is in it cannot be decoded";
}

/* Whether something other than blanks stands on the END line behind its dashes. */
static bool has_text_behind(struct span end_line)
{
	const uint8_t *at = span_find(end_line, span_text(dashes));
	const uint8_t *end = end_line.data + end_line.size;

	if (!at)
		return false;
	for (at += sizeof(dashes) - 1; at < end && *at != '\n'; at++)
		if (*at != ' ' && (*at < '\t' || *at > '\r'))
			return true;
	return false;
}

static bool has_empty_line(struct span body)
{
	return span_find(body, span_text("\n\n")) || span_find(body, span_text("\n\r\n"));
}

const char *pem_fault(struct span block)
{
	const char *reason = openssl_reason();
	struct span label = block, body = block;
	const uint8_t *end = span_find(block, span_text(end_mark)), *cr, *mark;

	skip(&label, sizeof(begin_mark) - 1);
	mark = span_find(label, span_text(dashes));
	if (!end || !mark || mark > end)
		return "there is no END line";
	label.size = (size_t)(mark - label.data);
	body.size = (size_t)(end - block.data);
	cr = memchr(body.data, '\r', body.size);
	if (cr && cr[1] != '\n')
		return "its lines end in CR alone";
	if (has_empty_line(body))
		return "there is an empty line in it";
	skip(&block, body.size + sizeof(end_mark) - 1);
	if (block.size < label.size || memcmp(block.data, label.data, label.size) != 0)
		return "its END line is one of something else";
	return has_text_behind(block) ? "there is text behind END on its line" : reason;
}

void pem_skip_refused(struct span *rest, const uint8_t *begin)
{
	const uint8_t *end = rest->data + rest->size, *at;
	struct span from = {begin, (size_t)(end - begin)};
	size_t begins = 0;

	skip(&from, sizeof(begin_mark) - 1);
	*rest = from;
	if (!(end = span_find(from, span_text(end_mark)))) {
		skip(rest, rest->size);
		return;
	}
	for (from.size = (size_t)(end - from.data); (at = span_find(from, span_text(begin_mark)));
	     begins++)
		skip(&from, (size_t)(at - from.data) + sizeof(begin_mark) - 1);
	for (; begins > BEGINS_BEFORE_END; begins--) {
		at = span_find(*rest, span_text(begin_mark));
		skip(rest, (size_t)(at - rest->data) + sizeof(begin_mark) - 1);
	}
}
