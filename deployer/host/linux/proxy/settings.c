/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/proxy/settings.h"

#include <stdlib.h>

void proxy_settings_release(struct proxy_settings *settings)
{
	free(settings->list);
	arena_release(&settings->arena);
	*settings = (struct proxy_settings){0};
}

void proxy_settings_add(struct proxy_settings *settings, struct span name, const struct span *value,
    struct proxy_setting where)
{
	if (settings->count == PROXY_SETTINGS_MAX) {
		settings->full = true;
		return;
	}
	where.name = arena_strndup(&settings->arena, (const char *)name.data, name.size);
	where.value =
	    value ? arena_strndup(&settings->arena, (const char *)value->data, value->size) : NULL;
	where.file = settings->file ? settings->file : "";
	settings->list =
	    mem_grow(settings->list, &settings->capacity, settings->count + 1, sizeof(where));
	settings->list[settings->count++] = where;
}

bool proxy_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct span proxy_trimmed(struct span span)
{
	while (span.size > 0 && proxy_is_blank(span.data[0]))
		span = (struct span){span.data + 1, span.size - 1};
	while (span.size > 0 && proxy_is_blank(span.data[span.size - 1]))
		span.size--;
	return span;
}

bool proxy_is_utf8(struct span span)
{
	uint32_t point;
	size_t size;

	for (; span.size > 0; span = (struct span){span.data + size, span.size - size}) {
		size = text_sequence(span, &point);
		if (size == 0 || (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe)
			return false;
	}
	return true;
}

bool proxy_lines_next(struct proxy_lines *lines, struct span *out)
{
	const uint8_t *start = lines->text.data + lines->offset, *newline;
	size_t left = lines->text.size - lines->offset;

	if (left == 0)
		return false;
	newline = memchr(start, '\n', left);
	out->data = start;
	out->size = newline ? (size_t)(newline - start) : left;
	lines->offset += out->size + (newline ? 1 : 0);
	lines->line++;
	return true;
}

void proxy_settings_refuse(struct proxy_settings *settings, unsigned line, const char *why)
{
	if (!settings->fault)
		settings->fault = arena_printf(&settings->arena, "%s:%u: %s",
		    text_escape_string(settings->file ? settings->file : "").text, line, why);
}

const struct proxy_setting *proxy_settings_last(
    const struct proxy_settings *settings, const char *name)
{
	for (size_t i = settings->count; i > 0; i--)
		if (strcmp(settings->list[i - 1].name, name) == 0)
			return &settings->list[i - 1];
	return NULL;
}

void proxy_seen_from(struct proxy_seen *seen, const struct proxy_setting *setting)
{
	if (setting && seen->from_count < COUNT(seen->from))
		seen->from[seen->from_count++] = setting;
}

static void read_list(const char *list, struct proxy *out, struct arena *arena)
{
	static const char separators[] = ", \t\r\n";
	size_t size;

	out->bypass = arena_alloc(arena, (strlen(list) / 2 + 1) * sizeof(*out->bypass));
	for (list += strspn(list, separators); *list;
	     list += size + strspn(list + size, separators)) {
		size = strcspn(list, separators);
		out->bypass[out->bypass_count++] = arena_strndup(arena, list, size);
	}
}

struct proxy proxy_from_variables(const struct proxy_setting *const servers[PROXY_SCHEMES],
    const struct proxy_setting *list, struct arena *arena)
{
	struct proxy setting = {.mode = PROXY_DIRECT};

	for (unsigned i = 0; i < PROXY_SCHEMES; i++) {
		/* all readers that we know take an empty variable for one that is not set */
		if (!servers[i] || !servers[i]->value || !*servers[i]->value)
			continue;
		setting.mode = PROXY_STATIC;
		setting.server[i] = setting_server(servers[i]->value, arena);
		setting.server[i].cut = servers[i]->cut;
	}
	if (list && list->value)
		read_list(list->value, &setting, arena);
	return setting;
}

const char *proxy_bypass_list(
    const struct proxy *setting, const char *separator, struct arena *arena)
{
	AUTO(text) list = {0};

	for (size_t i = 0; i < setting->bypass_count; i++)
		text_addf(&list, "%s%s", i ? separator : "", setting->bypass[i]);
	return arena_strdup(arena, text_string(&list));
}

static bool is_sayable(const char *value, const char *without)
{
	for (const char *c = value; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || strchr(without, *c))
			return false;
	return !value || proxy_is_utf8(span_text(value));
}

const char *proxy_unsayable(const struct proxy *want, const char *without, struct arena *arena)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < PROXY_SCHEMES; i++)
		ok = !want->server[i].place ||
		     is_sayable(setting_url(&want->server[i], arena), without);
	for (size_t i = 0; ok && i < want->bypass_count; i++)
		ok = is_sayable(want->bypass[i], without);
	for (size_t i = 0; ok && i < want->exception_count; i++)
		ok = is_sayable(want->exceptions[i].value, without);
	/* to say which of these it is would tell something of a password */
	return ok ? NULL
	          : arena_printf(arena,
	                "no value there may hold %s%scontrol characters or bytes that are not "
	                "UTF-8; in a user name or password write such a byte as %%HH",
	                without, *without ? " or " : "");
}

void proxy_edits_add(
    struct proxy_edits *edits, const char *name, const char *line, struct arena *arena)
{
	if (edits->count == edits->capacity) {
		struct proxy_edit *grown =
		    arena_alloc(arena, (2 * edits->capacity + 8) * sizeof(*grown));

		if (edits->count)
			memcpy(grown, edits->list, edits->count * sizeof(*grown));
		edits->capacity = 2 * edits->capacity + 8;
		edits->list = grown;
	}
	edits->list[edits->count++] = (struct proxy_edit){name, line};
}

/* The edit that concerns a statement, or NULL. */
static const struct proxy_edit *edit_of(
    const struct proxy_edits *edits, const struct proxy_setting *setting)
{
	for (size_t i = 0; i < edits->count; i++)
		if (strcmp(edits->list[i].name, setting->name) == 0)
			return &edits->list[i];
	return NULL;
}

static const struct proxy_setting *last_of(
    const struct proxy_settings *settings, const struct proxy_edit *edit)
{
	for (size_t i = settings->count; i > 0; i--)
		if (strcmp(settings->list[i - 1].name, edit->name) == 0)
			return &settings->list[i - 1];
	return NULL;
}

/* Where a statement is alone on its lines, they go with it. */
static void widen(struct span file, size_t *start, size_t *end)
{
	size_t from = *start, to = *end;

	while (from > 0 && (file.data[from - 1] == ' ' || file.data[from - 1] == '\t'))
		from--;
	while (to < file.size && strchr(" \t\r", file.data[to]) && file.data[to])
		to++;
	if ((from == 0 || file.data[from - 1] == '\n') &&
	    (to == file.size || file.data[to] == '\n')) {
		*start = from;
		*end = to < file.size ? to + 1 : to;
	}
}

static void copy(struct text *out, struct span file, size_t start, size_t end)
{
	text_add_span(out, (struct span){file.data + start, end - start});
}

static void end_line(struct text *out)
{
	if (out->size && out->data[out->size - 1] != '\n')
		text_add(out, "\n");
}

static void add_missing(struct text *out, const struct proxy_settings *settings,
    const struct proxy_edits *edits, bool at_end)
{
	bool first = true;

	for (size_t i = 0; i < edits->count; i++) {
		const struct proxy_edit *edit = &edits->list[i];

		if (!edit->line || last_of(settings, edit))
			continue;
		end_line(out);
		if (first && at_end && edits->header)
			text_add(out, edits->header);
		first = false;
		text_add(out, edit->line);
	}
}

void proxy_edit_apply(struct span file, const struct proxy_settings *settings,
    const struct proxy_edits *edits, struct text *out)
{
	bool inserted = false;
	size_t done = 0;

	for (size_t i = 0; i < settings->count; i++) {
		const struct proxy_setting *setting = &settings->list[i];
		const struct proxy_edit *edit = edit_of(edits, setting);
		size_t start = setting->start, end = setting->end;

		if (!edit)
			continue;
		widen(file, &start, &end);
		if (!inserted && settings->insert <= start) {
			copy(out, file, done, settings->insert);
			add_missing(out, settings, edits, false);
			done = settings->insert;
			inserted = true;
		}
		copy(out, file, done, start);
		if (edit->line && last_of(settings, edit) == setting)
			text_add(out, edit->line);
		done = end;
	}
	if (!inserted && settings->insert <= file.size) {
		copy(out, file, done, settings->insert);
		add_missing(out, settings, edits, false);
		done = settings->insert;
		inserted = true;
	}
	copy(out, file, done, file.size);
	if (!inserted)
		add_missing(out, settings, edits, true);
}
