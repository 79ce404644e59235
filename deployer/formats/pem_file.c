/* SPDX-License-Identifier: Apache-2.0 */
/* What a file of PEM has beside its certificates: lines, keys, a byte order mark, a last line. And
 * how one is written. */
#include "formats/pem.h"

#include "base/text.h"
#include "formats/pem_parts.h"

static const char begin_mark[] = "-----BEGIN ", end_mark[] = "-----END ", dashes[] = "-----";

static bool begins_with(struct span text, const char *mark)
{
	size_t size = strlen(mark);

	return text.size >= size && memcmp(text.data, mark, size) == 0;
}

/* The line at the front, as OpenSSL reads it: with its newline, if that is near enough. */
static struct span first_line(struct span text)
{
	size_t most = text.size < PEM_READ_AT_ONCE ? text.size : PEM_READ_AT_ONCE;
	const uint8_t *end = most > 0 ? memchr(text.data, '\n', most) : NULL;

	return (struct span){text.data, end ? (size_t)(end - text.data) + 1 : most};
}

/* It takes no notice of blanks, control characters and bytes from 0x80 on at a line's end. */
static bool is_begin(struct span line)
{
	while (line.size > 0 && (int8_t)line.data[line.size - 1] <= ' ')
		line.size--;
	return begins_with(line, begin_mark) && line.size >= sizeof(dashes) - 1 &&
	       memcmp(line.data + line.size - (sizeof(dashes) - 1), dashes, sizeof(dashes) - 1) ==
	           0;
}

const uint8_t *pem_find_begin(struct span text)
{
	const uint8_t *end = text.data + text.size, *at = text.data;
	bool marked = pem_is_marked(text);

	while (at < end) {
		struct span line = first_line((struct span){at, (size_t)(end - at)});
		struct span unmarked = {at + (marked ? 3 : 0), line.size - (marked ? 3 : 0)};

		if (is_begin(unmarked))
			return unmarked.data;
		marked = false;
		at += line.size;
	}
	return end;
}

void pem_copy_block(struct span block, struct bytes *out)
{
	const uint8_t *end = block.data + block.size, *last = NULL, *at;
	struct span body = block, line = first_line(block);

	body.data += line.size;
	body.size -= line.size;
	for (struct span rest = body; (at = span_find(rest, span_text(end_mark))); last = at)
		rest = (struct span){at + 1, (size_t)(end - at - 1)};
	at = body.size > 0 ? memchr(body.data, '-', body.size) : NULL;
	/* a NUL byte hides the rest of its line from OpenSSL, so that the data may go on behind */
	if (!at || !last || at >= last || memchr(body.data, 0, body.size))
		at = last = end;
	/* a line of blanks alone would be refused */
	while (last < end && at > body.data && (int8_t)at[-1] <= ' ')
		at--;
	bytes_add(out, block.data, (size_t)(at - block.data));
	bytes_add(out, "\n", last < end && at[-1] != '\n');
	bytes_add(out, last, (size_t)(end - last));
	bytes_add(out, "\n", block.size > 0 && end[-1] != '\n');
}

size_t pem_line(struct span text, const uint8_t *at)
{
	size_t line = 1;

	for (const uint8_t *p = text.data; p < at; p++)
		line += *p == '\n';
	return line;
}

size_t pem_count_lines(struct pem_lines *lines, const uint8_t *at)
{
	lines->line += pem_line((struct span){lines->at, (size_t)(at - lines->at)}, at) - 1;
	lines->at = at;
	return lines->line;
}

size_t pem_find_key(struct span content)
{
	struct span rest = content;
	const uint8_t *at;

	/* dashes are rare in what certificates are written in, so they are looked for first */
	while ((at = span_find(rest, span_text(begin_mark)))) {
		size_t left = (size_t)(content.data + content.size - at);
		const uint8_t *end = memchr(at, '\n', left);
		struct span line = {at, end ? (size_t)(end - at) : left};

		if (span_find(line, span_text("PRIVATE KEY")))
			return pem_line(content, at);
		rest = (struct span){at + line.size, left - line.size};
	}
	return 0;
}

bool pem_is_marked(struct span file)
{
	return file.size >= 3 && memcmp(file.data, "\xef\xbb\xbf", 3) == 0;
}

bool pem_ends_in_block(struct span file)
{
	size_t start;

	if (file.size > 0 && file.data[file.size - 1] == '\n')
		file.size--;
	for (start = file.size; start > 0 && file.data[start - 1] != '\n';)
		start--;
	return begins_with((struct span){file.data + start, file.size - start}, end_mark);
}

enum { LINE = 64 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void pem_write_certificate(struct span der, struct bytes *out)
{
	bytes_reserve(out, out->size + der.size / 3 * 4 + der.size / 48 + 80);
	bytes_add(out, "-----BEGIN CERTIFICATE-----\n", 28);
	for (size_t at = 0; at < der.size; at += 48) {
		size_t size = der.size - at < 48 ? der.size - at : 48, used = 0;
		char line[LINE + 1];

		for (size_t i = at; i < at + size; i += 3) {
			unsigned bits = (unsigned)der.data[i] << 16;

			bits |= i + 1 < der.size ? (unsigned)der.data[i + 1] << 8 : 0;
			bits |= i + 2 < der.size ? (unsigned)der.data[i + 2] : 0;
			line[used++] = digits[bits >> 18];
			line[used++] = digits[bits >> 12 & 63];
			line[used++] = i + 1 < der.size ? digits[bits >> 6 & 63] : '=';
			line[used++] = i + 2 < der.size ? digits[bits & 63] : '=';
		}
		line[used++] = '\n';
		bytes_add(out, line, used);
	}
	bytes_add(out, "-----END CERTIFICATE-----\n", 26);
}
