/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/edits.h"

#include "engine/apply/unedit.h"
#include "formats/pem.h"
#include "model/cert.h"

/* Whether the edit continues what the ledger knows of that place, or repeats it because somebody
 * had undone it. */
static bool goes_on(const struct ledger_text *known, const struct change_edit *edit)
{
	return strcmp(known->place, edit->place) == 0 && known->after &&
	       strcmp(known->after, edit->before) == 0;
}

static bool is_again(const struct ledger_text *known, const struct change_edit *edit)
{
	return strcmp(known->place, edit->place) == 0 && known->after &&
	       strcmp(known->after, edit->after) == 0;
}

/* The edits of one step, and whether each is in the entry. */
struct noting {
	const struct change_edit **edits;
	bool *noted;
	size_t count;
	struct ledger_text *texts;
	size_t text_count;
};

/* Whether it stood in an output, or in none, whatever the sources said. */
static bool stood_without_source(const struct change_edit *edit)
{
	return !*edit->after && (!edit->link || !*edit->before);
}

/* Only counts where `out->edits` is NULL. */
static void list_edits(
    const struct carrier *carrier, size_t step, bool was_ours, struct noting *out)
{
	out->count = 0;
	for (size_t i = 0; i < carrier->count; i++)
		for (size_t j = 0; j < carrier->batches[i].edit_count; j++) {
			const struct change_edit *edit = &carrier->batches[i].edits[j];

			if (edit->step != step || (was_ours && stood_without_source(edit)))
				continue;
			if (out->edits)
				out->edits[out->count] = edit;
			out->count++;
		}
}

static void note_known(struct noting *noting, const struct ledger_text *known)
{
	struct ledger_text text = *known;

	for (size_t i = 0; i < noting->count; i++) {
		if (noting->noted[i])
			continue;
		if (goes_on(known, noting->edits[i])) {
			text.after = noting->edits[i]->after;
			noting->noted[i] = true;
			break;
		}
		if (is_again(known, noting->edits[i]))
			return;
	}
	noting->texts[noting->text_count++] = text;
}

void edits_note(const struct carrier *carrier, size_t step, const struct ledger_entry *known,
    const struct ledger_entry *opposite, struct ledger_entry *entry, struct arena *arena)
{
	const struct ledger_entry *from[] = {known, opposite};
	struct noting noting = {0};
	size_t most;

	list_edits(carrier, step, known || opposite, &noting);
	most = noting.count;
	for (size_t i = 0; i < COUNT(from); i++)
		most += from[i] ? from[i]->text_count : 0;
	if (most == 0)
		return;
	noting.edits = arena_alloc(arena, (noting.count + 1) * sizeof(*noting.edits));
	noting.noted = arena_alloc(arena, (noting.count + 1) * sizeof(*noting.noted));
	list_edits(carrier, step, known || opposite, &noting);
	noting.texts = arena_alloc(arena, most * sizeof(*noting.texts));
	for (size_t i = 0; i < COUNT(from); i++)
		for (size_t j = 0; from[i] && j < from[i]->text_count; j++)
			note_known(&noting, &from[i]->texts[j]);
	for (size_t i = 0; i < noting.count; i++)
		if (!noting.noted[i])
			noting.texts[noting.text_count++] = (struct ledger_text){
			    .place = noting.edits[i]->place,
			    .before = noting.edits[i]->before,
			    .after = noting.edits[i]->after,
			    .link = noting.edits[i]->link,
			};
	entry->texts = noting.texts;
	entry->text_count = noting.text_count;
}

/* Only the certificate that the item names comes back. */
static bool is_intact(const struct ledger_entry *entry, const struct ledger_text *text)
{
	struct span rest = span_text(text->before);
	AUTO(bytes) der = {0};
	struct cert_seen seen;
	struct err ignored = {0};
	char hex[SHA256_HEX];
	bool trusted;

	if (!span_find(rest, span_text("-----BEGIN ")))
		return true;
	if (!pem_next_certificate(&rest, &der, &trusted, &ignored) || der.size == 0 ||
	    !cert_see(bytes_span(&der), trusted, &seen, &ignored))
		return false;
	hex_write((struct span){seen.sha256, SHA256_SIZE}, hex);
	return strcmp(strrchr(entry->id, '/') + 1, hex) == 0;
}

static void restore_link(
    const struct ledger_text *text, struct file_state *now, struct changes *out)
{
	struct file_state then = {
	    .type = FILE_LINK, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};

	if (now->type != FILE_ABSENT)
		return;
	then.content = bytes_copy(span_text(text->before));
	changes_add(out, text->place, now, &then);
}

/* Several items may have lines in one file: each edits what the one before it left. A file that
 * went with its last line is made again. */
static bool restore_lines(const struct ledger_text *text, const struct change *staged,
    struct file_state *now, struct changes *out)
{
	static const struct file_state made = {
	    .type = FILE_REGULAR, .mode = 0644, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};
	const struct file_state *is = staged ? &staged->after : now;
	const struct file_state *like = is->type == FILE_ABSENT && !*text->after ? &made : is;
	AUTO(bytes) content = {0};
	AUTO(file_state) then = {0};

	if (like->type != FILE_REGULAR || !unedit(span_text(text->before), span_text(text->after),
	                                      bytes_span(&like->content), &content))
		return false;
	if (is == like && span_equal(bytes_span(&is->content), bytes_span(&content)))
		return true;
	then = file_state_with(like, &content);
	changes_add(out, text->place, now, &then);
	return true;
}

static bool restore_one(struct session *session, const struct ledger_entry *entry,
    const struct ledger_text *text, struct changes *out, bool *whole, struct err *err)
{
	struct host *host = session->run->host;
	const struct change *staged = changes_peek(out, text->place);
	AUTO(file_state) now = {0};

	if (!staged && !host->ops->capture(host, text->place, &now, err))
		return false;
	/* what we edited in it went with the trust store, and no part of one is made again */
	if (!staged && now.type == FILE_ABSENT && !host->ops->made) {
		session_note(session,
		    "%s has gone with the trust store of this host: nothing is put back there",
		    text_escape_string(text->place).text);
	} else if (!is_intact(entry, text)) {
		session_note(session,
		    "what the ledger keeps of %s is damaged, and is not put back into %s",
		    text_escape_string(entry->id).text, text_escape_string(text->place).text);
		*whole = false;
	} else if (text->link) {
		restore_link(text, &now, out);
	} else if (!restore_lines(text, staged, &now, out)) {
		session_note(session,
		    "%s was changed by somebody else since %s was edited there, and is left as it "
		    "is",
		    text_escape_string(text->place).text, text_escape_string(entry->id).text);
		*whole = false;
	}
	return true;
}

bool edits_restore(struct session *session, const struct ledger_entry *entry, struct changes *out,
    bool *whole, struct err *err)
{
	*whole = entry->text_count > 0;
	for (size_t i = 0; i < entry->text_count; i++) {
		const struct ledger_text *text = &entry->texts[i];

		if (text->before && text->after && !ledger_text_is_absence(text) &&
		    !restore_one(session, entry, text, out, whole, err))
			return false;
	}
	return true;
}

void edits_say(const struct ledger_entry *entry, struct asked *out)
{
	for (size_t i = 0; i < entry->text_count; i++) {
		const struct ledger_text *text = &entry->texts[i];
		bool absence = ledger_text_is_absence(text);

		out->block_back |= text->before && strstr(text->before, "-----BEGIN ");
		out->was_unlisted |= absence && !text->link;
		out->was_unlinked |= absence && text->link;
	}
}
