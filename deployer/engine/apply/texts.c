/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/texts.h"

#include "engine/apply/unedit.h"

static bool is_text(const struct file_state *state)
{
	return state->type == FILE_ABSENT ||
	       (state->type == FILE_REGULAR &&
	           (state->content.size == 0 ||
	               !memchr(state->content.data, 0, state->content.size)));
}

/* NULL for no file. */
static const char *text_of(const struct file_state *state, struct arena *arena)
{
	if (state->type != FILE_REGULAR)
		return NULL;
	return arena_strndup(arena, state->content.size ? (const char *)state->content.data : "",
	    state->content.size);
}

static struct span span_of(const char *text)
{
	return span_text(text ? text : "");
}

static const struct ledger_text *find_text(const struct ledger_entry *entry, const char *place)
{
	for (size_t i = 0; entry && i < entry->text_count; i++)
		if (strcmp(entry->texts[i].place, place) == 0)
			return &entry->texts[i];
	return NULL;
}

/* `now` without what is ours. False when that cannot be told. */
static bool without_us(const struct ledger_text *text, struct span now, struct bytes *out)
{
	return text->after && unedit(span_of(text->before), span_of(text->after), now, out);
}

/* The text to keep of a place that this run changed. False when there is none: the file held
 * something of ours already, and what it would be without that is not known. */
static bool note_change(const struct change *change, const struct step *step,
    const struct ledger_entry *known, struct ledger_text *out, struct arena *arena)
{
	const struct ledger_text *old = find_text(known, change->place);
	AUTO(bytes) before = {0};

	out->place = change->place;
	if (change->after.type == FILE_FOLDER)
		return change->before.type == FILE_ABSENT;
	if (!is_text(&change->before) || !is_text(&change->after))
		return false;
	out->after = change->after.type == FILE_ABSENT ? "" : text_of(&change->after, arena);
	out->before = text_of(&change->before, arena);
	if (!known || !out->before)
		return true;
	/* a setting that is not as we left it was edited: some line that was ours is somebody's
	 * now */
	if (!old || strcmp(item_state(step->have), known->after) != 0 ||
	    !without_us(old, span_of(out->before), &before))
		return false;
	out->before =
	    before.size == 0 && !old->before
	        ? NULL
	        : arena_strndup(arena, before.size ? (const char *)before.data : "", before.size);
	return true;
}

static bool is_changed(const struct carrier *carrier, size_t step, const char *place)
{
	for (size_t i = 0; i < carrier->count; i++)
		for (size_t j = 0; j < carrier->batches[i].link_count; j++) {
			const struct change_link *link = &carrier->batches[i].links[j];

			if (link->step == step &&
			    strcmp(carrier->batches[i].list[link->change].place, place) == 0)
				return true;
		}
	return false;
}

static size_t count_changes(const struct carrier *carrier, size_t step)
{
	size_t count = 0;

	for (size_t i = 0; i < carrier->count; i++)
		for (size_t j = 0; j < carrier->batches[i].link_count; j++)
			count += carrier->batches[i].links[j].step == step;
	return count;
}

void texts_note(const struct carrier *carrier, size_t step, const struct ledger_entry *known,
    struct ledger_entry *entry, struct arena *arena)
{
	size_t most = count_changes(carrier, step) + (known ? known->text_count : 0);
	struct ledger_text *texts = arena_alloc(arena, (most + 1) * sizeof(*texts));

	entry->texts = texts;
	for (size_t i = 0; known && i < known->text_count; i++)
		if (!known->texts[i].after || !is_changed(carrier, step, known->texts[i].place))
			texts[entry->text_count++] = known->texts[i];
	for (size_t i = 0; i < carrier->count; i++)
		for (size_t j = 0; j < carrier->batches[i].link_count; j++) {
			const struct change_link *link = &carrier->batches[i].links[j];
			const struct change *change = &carrier->batches[i].list[link->change];
			struct ledger_text text = {0};

			if (link->step == step && changes_is_file(change->place) &&
			    !find_text(entry, change->place) &&
			    note_change(change, &carrier->session->out->plan.steps[step], known,
			        &text, arena))
				texts[entry->text_count++] = text;
		}
}

/* `stays`: what of ours somebody has edited. */
static bool restore_file(struct session *session, const struct ledger_text *text,
    struct changes *out, struct unedit_left *stays, struct err *err)
{
	struct host *host = session->run->host;
	AUTO(file_state) now = {0};
	AUTO(file_state) then = {.type = FILE_REGULAR};

	if (!host->ops->capture(host, text->place, &now, err))
		return false;
	if (now.type == FILE_ABSENT)
		return true;
	if (now.type != FILE_REGULAR || !unedit_partly(span_of(text->before), span_of(text->after),
	                                    bytes_span(&now.content), &then.content, stays)) {
		*stays = (struct unedit_left){.any = true};
		return true;
	}
	if (span_equal(bytes_span(&now.content), bytes_span(&then.content)))
		return true;
	then.mode = now.mode;
	then.uid = now.uid;
	then.gid = now.gid;
	if (!text->before && then.content.size == 0)
		then.type = FILE_ABSENT;
	changes_add(out, text->place, &now, &then);
	return true;
}

/* Whether the content of the folder goes too. */
static bool is_emptied(struct root *root, const char *place, const struct changes *out)
{
	AUTO(folder) folder = {.fd = -1};
	AUTO(arena) arena = {0};
	struct err ignored = {0};

	if (!folder_open(root, place, &folder, &ignored))
		return false;
	for (size_t i = 0; i < folder.count; i++) {
		const struct change *change =
		    changes_peek(out, arena_printf(&arena, "%s/%s", place, folder.entries[i].name));

		if (!change || change->after.type != FILE_ABSENT)
			return false;
	}
	return true;
}

static bool restore_folder(
    struct session *session, const char *place, struct changes *out, struct err *err)
{
	struct host *host = session->run->host;
	AUTO(file_state) now = {0};
	struct file_state gone = {.type = FILE_ABSENT};

	if (!host->ops->capture(host, place, &now, err))
		return false;
	if (now.type == FILE_FOLDER && is_emptied(&host->root, place, out))
		changes_add(out, place, &now, &gone);
	return true;
}

bool texts_restore(struct session *session, const struct ledger_entry *entry, struct changes *out,
    bool *whole, const struct left **left, struct arena *arena, struct err *err)
{
	*left = NULL;
	for (size_t i = 0; i < entry->text_count; i++) {
		const struct ledger_text *text = &entry->texts[i];
		struct unedit_left stays = {0};

		if (text->after && !restore_file(session, text, out, &stays, err))
			return false;
		if (stays.any && !*left)
			*left = left_make(text->place, entry->transaction, &stays, arena);
	}
	*whole = entry->text_count > 0 && !*left;
	/* they were made from the top down; where the setting is put again they are needed */
	for (size_t i = entry->text_count; *whole && i-- > 0;)
		if (!entry->texts[i].after &&
		    !restore_folder(session, entry->texts[i].place, out, err))
			return false;
	return true;
}
