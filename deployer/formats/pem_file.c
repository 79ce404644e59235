/* SPDX-License-Identifier: Apache-2.0 */
/* What a file of PEM has beside its certificates: lines, keys, a byte order mark, a last line. */
#include "formats/pem.h"

#include "base/text.h"

size_t pem_line(struct span text, const uint8_t *at)
{
	size_t line = 1;

	for (const uint8_t *p = text.data; p < at; p++)
		line += *p == '\n';
	return line;
}

size_t pem_find_key(struct span content)
{
	struct span rest = content;
	const uint8_t *at;

	/* dashes are rare in what certificates are written in, so they are looked for first */
	while ((at = span_find(rest, span_text("-----BEGIN ")))) {
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
	static const char end[] = "-----END ";
	size_t start;

	if (file.size > 0 && file.data[file.size - 1] == '\n')
		file.size--;
	for (start = file.size; start > 0 && file.data[start - 1] != '\n';)
		start--;
	return file.size - start >= sizeof(end) - 1 &&
	       memcmp(file.data + start, end, sizeof(end) - 1) == 0;
}
