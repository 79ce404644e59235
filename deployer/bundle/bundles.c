/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"

static void add_candidate(struct bundles *bundles, const char *path)
{
	struct bundle_candidate *candidate;

	bundles->list =
	    mem_grow(bundles->list, &bundles->capacity, bundles->count + 1, sizeof(*bundles->list));
	candidate = &bundles->list[bundles->count++];
	*candidate = (struct bundle_candidate){.path = mem_strdup(path)};
}

/* Where files were left out, everybody who looks for a bundle is told so: it may be among them. */
static void tell_left_out(struct bundles *bundles, const char *path, size_t count)
{
	struct bundle_candidate *candidate;

	if (count == 0)
		return;
	add_candidate(bundles, path);
	candidate = &bundles->list[bundles->count - 1];
	candidate->tried = candidate->left_out = true;
	err_set(&candidate->refusal, ERR_IO,
	    "%s: %zu of its files are not looked at, since more than %d are given; keep one file "
	    "of each bundle there",
	    text_escape_string(path).text, count, BUNDLES_MAX);
}

void bundles_add(struct bundles *bundles, const char *path)
{
	size_t left_out = 0;
	AUTO(root) none = root_none();
	AUTO(folder) folder = {.fd = -1};
	struct err no_folder;

	bundles->given = true;
	/* what is no folder, or not there, is for the reader of files to tell */
	if (!folder_open(&none, path, &folder, &no_folder) || folder.fd < 0) {
		add_candidate(bundles, path);
		return;
	}
	for (size_t i = 0; i < folder.count; i++) {
		AUTO(text) whole = {0};

		if (!text_glob("*.cab", folder.entries[i].name, true) ||
		    folder.entries[i].type == FILE_FOLDER)
			continue;
		if (bundles->count >= BUNDLES_MAX) {
			left_out++;
			continue;
		}
		text_addf(&whole, "%s/%s", path, folder.entries[i].name);
		add_candidate(bundles, text_string(&whole));
	}
	tell_left_out(bundles, path, left_out);
}

bool bundles_load_keyring(struct bundles *bundles, struct err *err)
{
	AUTO(root) none = root_none();

	if (bundles->keyring_loaded)
		return true;
	if (!bundles->keyring_path)
		return err_set(err, ERR_USAGE, "no keyring is named");
	if (!keyring_load(bundles->keyring_path, bundles->keyring_trust, &bundles->keyring, err)) {
		if (file_type(&none, bundles->keyring_path) == FILE_ABSENT)
			err_set(err, err->code,
			    "%s: there is no such file: put the keyring there that says who may "
			    "sign bundles, or name it with --keyring",
			    text_escape_string(bundles->keyring_path).text);
		return err_wrap(err, "keyring");
	}
	bundles->keyring_loaded = true;
	return true;
}

static bool brings_keyring(const struct bundle *bundle)
{
	const struct list *contents = &bundle->manifest.contents;
	bool brings = false;

	for (size_t i = 0; i < contents->count && !brings; i++)
		brings = ((const struct manifest_entry *)contents->list)[i].kind == MEMBER_KEYRING;
	return brings;
}

/* A bundle that cannot be the answer keeps its manifest, for reports, and not its content. */
static void drop_content(struct bundle_candidate *candidate)
{
	if (candidate->refusal.code != ERR_NONE || !brings_keyring(&candidate->bundle))
		bundle_drop(&candidate->bundle);
}

static void refuse_both(struct bundle_candidate *a, struct bundle_candidate *b)
{
	const struct manifest *manifest = &a->bundle.manifest;

	err_set(&a->refusal, ERR_TRUST,
	    "%s and %s are both version %llu of bundle %s, with different contents",
	    text_escape_string(a->path).text, text_escape_string(b->path).text,
	    (unsigned long long)manifest->version, text_escape_string(manifest->id).text);
	a->refusal.rule = REFUSAL_OTHER_CONTENTS;
	b->refusal = a->refusal;
}

/* Nobody can tell which of the two is meant, so neither is taken. */
static bool contradict(struct bundle_candidate *candidate, struct bundle_candidate *other)
{
	const struct manifest *mine = &candidate->bundle.manifest;
	const struct manifest *theirs = &other->bundle.manifest;
	bool refused = other->refusal.rule == REFUSAL_OTHER_CONTENTS;

	if (mine->version != theirs->version)
		return false;
	if (!refused && strcmp(mine->digest, theirs->digest) == 0)
		return false;
	if (candidate < other)
		refuse_both(candidate, other);
	else
		refuse_both(other, candidate);
	drop_content(candidate);
	drop_content(other);
	return true;
}

/* A folder may hold a thousand copies of a bundle: of each id the best is kept. */
static void keep_the_best(struct bundles *bundles, struct bundle_candidate *candidate)
{
	const struct manifest *mine = &candidate->bundle.manifest;

	if (candidate->refusal.code != ERR_NONE) {
		drop_content(candidate);
		return;
	}
	for (size_t i = 0; i < bundles->count; i++) {
		struct bundle_candidate *other = &bundles->list[i];

		if (other == candidate || !other->tried ||
		    (other->refusal.code != ERR_NONE &&
		        other->refusal.rule != REFUSAL_OTHER_CONTENTS) ||
		    strcmp(other->bundle.manifest.id, mine->id) != 0)
			continue;
		if (contradict(candidate, other))
			return;
		if (other->refusal.code != ERR_NONE)
			continue;
		/* of equal versions the first is the answer */
		drop_content(
		    other->bundle.manifest.version < mine->version ||
		            (other->bundle.manifest.version == mine->version && candidate < other)
		        ? other
		        : candidate);
	}
}

/* What is found is kept, the refusal too: no file is read twice in one run. */
static void try_candidate(struct bundles *bundles, struct bundle_candidate *candidate)
{
	AUTO(root) none = root_none();
	AUTO(bytes) file = {0};
	struct err *why = &candidate->refusal;

	candidate->tried = true;
	if (!file_read(&none, candidate->path, BUNDLE_MAX_BYTES, &file, why))
		return;
	if (bundle_verify(
	        candidate->path, &file, &bundles->keyring, bundles->now, &candidate->bundle, why) &&
	    bundle_check_expiry(&candidate->bundle, bundles->now, why))
		why->code = ERR_NONE;
	else
		why->code = ERR_TRUST;
	keep_the_best(bundles, candidate);
}

bool bundles_verify(struct bundles *bundles, struct err *err)
{
	if (!bundles_load_keyring(bundles, err))
		return false;
	for (size_t i = 0; i < bundles->count; i++)
		if (!bundles->list[i].tried)
			try_candidate(bundles, &bundles->list[i]);
	return true;
}

/* Whether it holds that bundle, or may hold it because nobody can tell. */
static bool may_hold(const struct bundle_candidate *candidate, const char *id)
{
	const char *holds = candidate->bundle.manifest.id;

	return !holds || strcmp(holds, id) == 0;
}

static void tell_briefly(const struct bundle_candidate *candidate, const struct keyring *keyring,
    int64_t now, struct bundle_answer *out)
{
	const char *text = candidate->refusal.text;
	char date[CLOCK_TEXT];

	if (candidate->bundle.manifest.id && candidate->refusal.rule != REFUSAL_OTHER_CONTENTS) {
		clock_write(candidate->bundle.manifest.expires, date);
		snprintf(out->brief, sizeof(out->brief), "expired %.10s", date);
	} else if (candidate->refusal.code == ERR_TRUST && now >= keyring->expires) {
		clock_write(keyring->expires, date);
		snprintf(out->brief, sizeof(out->brief), "the keyring expired %.10s", date);
	} else {
		snprintf(out->brief, sizeof(out->brief), "%.190s", text);
	}
}

/* Says why no candidate is the answer. Where one may be the bundle, those that are known to be
 * others are not named. That files were left out comes first: behind a thousand others it would be
 * cut off. */
static void tell_why(const struct bundles *bundles, const char *id, struct bundle_answer *out)
{
	AUTO(text) why = {.limit = 360};
	size_t others = 0;
	unsigned rule = 0;

	for (size_t i = 0; i < bundles->count; i++)
		if (bundles->list[i].left_out)
			text_addf(&why, "; %s", bundles->list[i].refusal.text);
	if (why.size)
		snprintf(
		    out->brief, sizeof(out->brief), "%.190s", text_string(&why) + strlen("; "));
	for (size_t i = 0; i < bundles->count; i++) {
		const struct bundle_candidate *candidate = &bundles->list[i];

		if (candidate->left_out)
			continue;
		if (!may_hold(candidate, id)) {
			others++;
			continue;
		}
		/* the two that contradict each other have the same text */
		if (!strstr(text_string(&why), candidate->refusal.text))
			text_addf(&why, "; %s", candidate->refusal.text);
		if (*out->brief)
			continue;
		tell_briefly(candidate, &bundles->keyring, bundles->now, out);
		rule = candidate->refusal.rule;
	}
	if (!*out->brief)
		snprintf(out->brief, sizeof(out->brief), "no file holds it");
	/* for a single file it helps most to say which other bundle it is */
	if (others == bundles->count && others == 1)
		text_addf(&why, "; %s holds %s", text_escape_string(bundles->list[0].path).text,
		    bundles->list[0].bundle.manifest.id);
	else if (others == bundles->count)
		text_addf(&why, "; the %zu files that were given hold others", others);
	err_set(&out->why, out->refused ? ERR_TRUST : ERR_IO, "no verified bundle %s is there%s",
	    text_escape_string(id).text, text_string(&why));
	out->why.rule = rule;
}

static bool has_copy(const struct bundles *bundles, const char *id)
{
	AUTO(arena) arena = {0};
	struct err ignored = {0};

	/* the id may come from a command line, and becomes a file name here */
	return bundles->copies && words_check_id(id, &ignored) &&
	       file_type(bundles->copies_root,
	           arena_printf(&arena, "%s/%s.cab", bundles->copies, id)) == FILE_REGULAR;
}

static bool read_copy(struct bundles *bundles, const char *id, struct bundle *out, struct err *err)
{
	AUTO(arena) arena = {0};
	AUTO(bytes) file = {0};
	const char *path = arena_printf(&arena, "%s/%s.cab", bundles->copies, id);

	return has_copy(bundles, id) &&
	       file_read(bundles->copies_root, path, BUNDLE_MAX_BYTES, &file, err) &&
	       bundle_verify(path, &file, &bundles->keyring, bundles->now, out, err) &&
	       bundle_check_expiry(out, bundles->now, err) &&
	       (strcmp(out->manifest.id, id) == 0 ||
	           err_set(err, ERR_TRUST, "%s holds %s", text_escape_string(path).text,
	               text_escape_string(out->manifest.id).text));
}

struct bundle *bundles_copy(struct bundles *bundles, const char *id)
{
	struct bundle_copy *copy = bundles->copied;

	if (!bundles->copies || !bundles->keyring_loaded)
		return NULL;
	while (copy && strcmp(copy->id, id) != 0)
		copy = copy->next;
	if (!copy) {
		copy = mem_alloc(sizeof(*copy));
		*copy = (struct bundle_copy){.next = bundles->copied, .id = mem_strdup(id)};
		bundles->copied = copy;
		copy->good = read_copy(bundles, id, &copy->bundle, &copy->why);
	}
	return copy->good ? &copy->bundle : NULL;
}

/* Looks for the last good copy. Who has one is told why it does not count. */
static void take_copy(struct bundles *bundles, const char *id, struct bundle_answer *out)
{
	const struct bundle_copy *copy;
	struct err why = out->why;
	const char *reason;

	out->bundle = bundles_copy(bundles, id);
	out->copy = out->bundle != NULL;
	/* the one that was looked for last is the first */
	for (copy = bundles->copied; copy && strcmp(copy->id, id) != 0;)
		copy = copy->next;
	if (!copy || copy->good || copy->why.code == ERR_NONE)
		return;
	/* the same said twice would be cut off */
	reason = strstr(copy->why.text, ": ");
	if (reason && strstr(why.text, reason))
		err_set(&out->why, why.code, "%s; the same holds for the last good copy, %.*s",
		    why.text, (int)(reason - copy->why.text), copy->why.text);
	else
		err_set(&out->why, why.code, "%s; the last good copy cannot be used: %s", why.text,
		    copy->why.text);
	out->why.rule = why.rule;
}

/* Where no file was given, the keyring is needed for the copy alone. */
static void answer_without_files(struct bundles *bundles, const char *id, struct bundle_answer *out)
{
	struct err ignored = {0};

	err_set(&out->why, ERR_IO, "no bundle was given");
	snprintf(out->brief, sizeof(out->brief), "no bundle was given");
	if (has_copy(bundles, id) && bundles_load_keyring(bundles, &ignored))
		take_copy(bundles, id, out);
}

bool bundles_find(
    struct bundles *bundles, const char *id, struct bundle_answer *out, struct err *err)
{
	*out = (struct bundle_answer){0};
	if (bundles->count == 0) {
		answer_without_files(bundles, id, out);
		return true;
	}
	/* all of them first: a later one may contradict an earlier one */
	if (!bundles_verify(bundles, err))
		return false;
	for (size_t i = 0; i < bundles->count; i++) {
		struct bundle_candidate *candidate = &bundles->list[i];

		if (!may_hold(candidate, id))
			continue;
		out->refused |= candidate->refusal.code == ERR_TRUST;
		out->unreachable |= candidate->refusal.code == ERR_IO;
		if (candidate->refusal.code == ERR_NONE &&
		    (!out->bundle ||
		        candidate->bundle.manifest.version > out->bundle->manifest.version))
			out->bundle = &candidate->bundle;
	}
	if (out->bundle) {
		/* then the other files do not matter */
		out->refused = out->unreachable = false;
		return true;
	}
	tell_why(bundles, id, out);
	take_copy(bundles, id, out);
	return true;
}

void bundles_release(struct bundles *bundles)
{
	for (size_t i = 0; i < bundles->count; i++) {
		bundle_release(&bundles->list[i].bundle);
		free(bundles->list[i].path);
	}
	while (bundles->copied) {
		struct bundle_copy *copy = bundles->copied;

		bundles->copied = copy->next;
		bundle_release(&copy->bundle);
		free(copy->id);
		free(copy);
	}
	free(bundles->list);
	free(bundles->keyring_path);
	keyring_release(&bundles->keyring);
	*bundles = (struct bundles){0};
}
