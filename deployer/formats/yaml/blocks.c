/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "formats/yaml.h"

static struct span take_line(struct span *rest)
{
	const uint8_t *end = memchr(rest->data, '\n', rest->size);
	struct span line = {rest->data, end ? (size_t)(end - rest->data) : rest->size};

	*rest = (struct span){
	    line.data + line.size + (end != NULL), rest->size - line.size - (end != NULL)};
	while (line.size > 0 && strchr(" \t\r", line.data[line.size - 1]))
		line.size--;
	return line;
}

/* How many characters of `set` a line begins with. */
static size_t count_front(struct span line, const char *set)
{
	size_t count = 0;

	while (count < line.size && line.data[count] && strchr(set, line.data[count]))
		count++;
	return count;
}

/* "key: |", also with what YAML lets follow: "|-", ">2". */
static bool begins_block(struct span line)
{
	size_t size = line.size;

	while (size > 0 && line.data[size - 1] && strchr("+-0123456789", line.data[size - 1]))
		size--;
	if (size == 0 || (line.data[size - 1] != '|' && line.data[size - 1] != '>'))
		return false;
	size--;
	while (size > 0 && line.data[size - 1] == ' ')
		size--;
	return size > 0 && line.data[size - 1] == ':';
}

size_t yaml_flat_pem(struct span text, size_t *blanks)
{
	enum { OUTSIDE, BELOW_KEY, IN_PEM } state = OUTSIDE;
	size_t key = 0;

	for (size_t number = 1; text.size > 0; number++) {
		struct span line = take_line(&text);
		size_t indent = count_front(line, " ");

		if (state == BELOW_KEY) {
			bool pem = span_find(line, span_text("-----BEGIN ")) != NULL;

			state = pem ? IN_PEM : OUTSIDE;
		}
		if (state == IN_PEM && line.size > 0 && indent <= key) {
			*blanks = key + 2;
			return number;
		}
		if (state == IN_PEM && span_find(line, span_text("-----END ")))
			state = OUTSIDE;
		if (state == OUTSIDE && begins_block(line)) {
			state = BELOW_KEY;
			key = count_front(line, " -");
		}
	}
	return 0;
}
