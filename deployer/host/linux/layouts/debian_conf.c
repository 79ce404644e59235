/* SPDX-License-Identifier: Apache-2.0 */
/* ca-certificates.conf, line by line as the distribution's tool reads it. */
#include "host/linux/layouts/debian.h"

/* A line as the shell's `read` gives it to update-ca-certificates: without blanks at its ends. Or
 * `plain`, as getline(3) gives it to Alpine's tool. */
bool conf_next(struct span *rest, bool plain, struct conf_line *out)
{
	const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
	size_t size = end ? (size_t)(end - rest->data) + 1 : rest->size;
	struct span name = {rest->data, end ? size - 1 : size};

	if (rest->size == 0)
		return false;
	out->whole = (struct span){rest->data, size};
	*rest = (struct span){rest->data + size, rest->size - size};
	/* a last line that lacks its newline is not seen by `read` */
	if (!end && !plain)
		name.size = 0;
	out->deselected = name.size > 0 && *name.data == '!';
	if (out->deselected)
		name = (struct span){name.data + 1, name.size - 1};
	else if (name.size > 0 && *name.data == '#')
		name.size = 0;
	while (!plain && name.size > 0 && (*name.data == ' ' || *name.data == '\t'))
		name = (struct span){name.data + 1, name.size - 1};
	while (!plain && name.size > 0 &&
	       (name.data[name.size - 1] == ' ' || name.data[name.size - 1] == '\t'))
		name.size--;
	out->name = name;
	return true;
}

void conf_edit(struct span conf, const char *name, bool plain, bool select, struct bytes *out)
{
	struct conf_line line;

	while (conf_next(&conf, plain, &line)) {
		if (line.name.size == 0 || !span_equal(line.name, span_text(name)) ||
		    line.deselected != select) {
			bytes_add(out, line.whole.data, line.whole.size);
			continue;
		}
		if (!select)
			bytes_add(out, "!", 1);
		bytes_add(out, line.whole.data + select, line.whole.size - select);
	}
}

void conf_lines_of(struct span conf, const char *name, bool plain, struct bytes *out)
{
	struct conf_line line;

	while (conf_next(&conf, plain, &line))
		if (line.name.size > 0 && span_equal(line.name, span_text(name)))
			bytes_add(out, line.whole.data, line.whole.size);
}

void conf_deselect(struct span conf, const char *name, bool plain, struct bytes *out)
{
	struct span rest = conf;
	struct conf_line line;
	size_t ended = 0;

	while (conf_next(&rest, plain, &line)) {
		/* a line that names it is turned, and one that deselects it is enough */
		if (line.name.size > 0 && span_equal(line.name, span_text(name))) {
			conf_edit(conf, name, plain, false, out);
			return;
		}
		ended = line.whole.data[line.whole.size - 1] == '\n'
		            ? (size_t)(rest.data - conf.data)
		            : ended;
	}
	/* in front of a last line without newline, which would count if it got one */
	bytes_add(out, conf.data, ended);
	bytes_add(out, "!", 1);
	bytes_add(out, name, strlen(name));
	bytes_add(out, "\n", 1);
	bytes_add(out, conf.data + ended, conf.size - ended);
}

/* Whether the lines of a name are the same in both. */
static bool is_same_line(struct span a, struct span b, const char *name, bool plain)
{
	AUTO(bytes) left = {0};
	AUTO(bytes) right = {0};

	conf_lines_of(a, name, plain, &left);
	conf_lines_of(b, name, plain, &right);
	return span_equal(bytes_span(&left), bytes_span(&right));
}

bool conf_is_withdrawn(
    struct host *host, bool plain, struct span before, struct span after, struct span now)
{
	AUTO(arena) arena = {0};
	struct span rest = after;
	struct conf_line line;

	while (conf_next(&rest, plain, &line)) {
		const char *name =
		    arena_strndup(&arena, (const char *)line.name.data, line.name.size);

		if (!*name || is_same_line(before, after, name, plain) ||
		    is_same_line(after, now, name, plain))
			continue;
		if (!is_same_line(span_text(""), now, name, plain) ||
		    file_type(&host->root, arena_printf(&arena, DEBIAN_SHIPPED "/%s", name)) !=
		        FILE_ABSENT)
			return false;
	}
	return true;
}
