/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to change in the sources for a certificate: files of ours in the folders of trusted and
 * of distrusted ones. And the distribution's own tool, which makes the trust store of them: whether
 * it may run, and what is to be done where it has not.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/process.h"
#include "host/linux/layouts/p11kit/p11kit.h"
#include "host/linux/programs.h"

enum { TOOL_SECONDS = 300, TOOL_OUTPUT = 4096, TOOL_LINE = 100 };

/* Takes the certificate of an item out of a file of ours. */
static bool take_out(struct host *host, const char *path, const struct item *item,
    struct changes *out, struct err *err)
{
	const uint8_t *sha256 = item_digest(item);

	if (!sha256)
		return err_set(err, ERR_HOST, "%s: no fingerprint", key_text(&item->key).text);
	return linux_take_certificate_out(host, path, sha256, out, err);
}

/* `out_before`: it was not in force although a source held it, which nothing else would tell a
 * rollback. */
static bool add_to(struct host *host, const char *folder, const struct item *item, struct span der,
    bool out_before, struct changes *out, struct err *err)
{
	const char *path = linux_own_path(host, out, folder, item->key.sha256);
	struct change *change;

	if (!linux_add_certificate(host, path, der, out, err))
		return false;
	change = out_before ? changes_find(out, path) : NULL;
	if (change)
		bytes_add(
		    &change->after.content, P11KIT_OUT_BEFORE_US, strlen(P11KIT_OUT_BEFORE_US));
	return true;
}

/* Where a folder of the old name exists, only p11-kit knows which of the two it reads: both get the
 * certificate, unless one is a link to the other. `held`: a source holds the certificate. */
static bool distrust(struct p11kit *p11kit, struct host *host, const struct item *item,
    struct span der, bool held, struct changes *out, struct err *err)
{
	const char *now = arena_printf(&out->arena, "%s/blocklist", p11kit->paths->source);
	const char *old = arena_printf(&out->arena, "%s/blacklist", p11kit->paths->source);
	bool out_before = held && !p11kit_in_bundle(p11kit, item->key.sha256);

	return add_to(host, now, item, der, out_before, out, err) &&
	       (file_type(&host->root, old) != FILE_FOLDER ||
	           file_type(&host->root, now) == FILE_LINK ||
	           add_to(host, old, item, der, out_before, out, err));
}

/* Notes in our file, which is about to be written to `path`, that the certificate was in force
 * before us without a source, and how: nothing else would tell a rollback. */
static bool note_before(struct p11kit *p11kit, struct host *host, const struct item *want,
    const char *path, struct changes *out, struct err *err)
{
	struct change *change = changes_find(out, path);

	if (!change)
		return true;
	if (p11kit_show(p11kit, want))
		bytes_add(&change->after.content, P11KIT_FOLDER_BEFORE_US,
		    strlen(P11KIT_FOLDER_BEFORE_US));
	if (!p11kit_in_bundle(p11kit, want->key.sha256))
		return true;
	bytes_add(&change->after.content, P11KIT_BEFORE_US, strlen(P11KIT_BEFORE_US));
	return p11kit_note_sourceless(p11kit, host, want, out, err);
}

/* With distrust of ours in blocklist/ nobody can see whether this p11-kit reads blacklist/ too. So
 * what lies there need not be in the way. */
static bool is_masked(const struct p11kit_anchor *anchor, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (anchor[i].verdict == VERDICT_DISTRUSTED && !anchor[i].old && !anchor[i].fault)
			return linux_is_own(anchor[i].path);
	return false;
}

static bool put_root(struct p11kit *p11kit, struct host *host, const struct item *want,
    bool sourceless, const struct p11kit_anchor *anchor, size_t count, struct changes *out,
    struct err *err)
{
	bool trusted = false, masked = is_masked(anchor, count);
	const char *path, *hidden;

	for (size_t i = 0; i < count; i++) {
		trusted = trusted || (anchor[i].verdict == VERDICT_TRUSTED && !anchor[i].fault &&
		                         !anchor[i].shipped);
		if (anchor[i].verdict != VERDICT_DISTRUSTED &&
		    (anchor[i].verdict != VERDICT_ASIDE || !linux_is_own(anchor[i].path)))
			continue;
		if (masked && anchor[i].old && !linux_is_own(anchor[i].path)) {
			items_add_certificate(&p11kit->doubtful, STORE_ROOT, anchor[i].sha256);
			continue;
		}
		if (!linux_is_own(anchor[i].path))
			return err_set(err, ERR_HOST,
			    "%s distrusts it, which is stronger than trust: remove that file",
			    text_escape_string(anchor[i].path).text);
		if (!take_out(host, anchor[i].path, want, out, err))
			return false;
	}
	if (trusted)
		return true;
	hidden = p11kit_hides_text(p11kit, host, want->content, &out->arena);
	if (hidden)
		return err_set(err, ERR_HOST, "%s", hidden);
	path = linux_own_path(host, out,
	    arena_printf(&out->arena, "%s/anchors", p11kit->paths->source), want->key.sha256);
	return linux_add_certificate(host, path, want->content, out, err) &&
	       (!sourceless || note_before(p11kit, host, want, path, out, err));
}

/* By a link that the distribution's tool does not make: distrust in the sources does not reach it,
 * and it is somebody else's. */
static bool check_foreign(
    const struct p11kit *p11kit, const struct item *want, struct arena *arena, struct err *err)
{
	const struct hash_shown *shown = p11kit_show(p11kit, want);
	const struct hash_link *link;

	if (shown)
		shown = hash_folders_find(&p11kit->folders, shown->sha256, true);
	if (!shown)
		return true;
	link = &p11kit->folders.links[shown->link];
	return err_set(err, ERR_HOST,
	    "%s trusts it by the link %s/%s, and did not come from the distribution's tool: remove"
	    " that file and its links",
	    text_escape_string(hash_folders_file(&p11kit->folders, shown, arena)).text,
	    link->folder, link->name);
}

/* In force without a source: the tool would not bring it back when this is rolled back. */
static bool cut_sourceless(struct p11kit *p11kit, struct host *host, const struct item *want,
    struct changes *out, struct err *err)
{
	const struct hash_shown *shown = p11kit_show(p11kit, want);
	bool going = host->going && items_have_root(host->going, want->key.sha256);

	if (p11kit_in_bundle(p11kit, want->key.sha256) &&
	    ((!going && !p11kit_note_sourceless(p11kit, host, want, out, err)) ||
	        !p11kit_cut(p11kit, host, want, out, err)))
		return false;
	return !shown ||
	       hash_folders_cut(&p11kit->folders, host, shown->sha256, HASH_CUT_ALL, out, err);
}

static bool put_disallowed(struct p11kit *p11kit, struct host *host, const struct item *want,
    const struct p11kit_anchor *anchor, size_t count, struct changes *out, struct err *err)
{
	struct span der = want->content;
	bool kept = true;
	const struct p11kit_anchor *own = p11kit_find_own(anchor, count, VERDICT_TRUSTED);

	if (!check_foreign(p11kit, want, &out->arena, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		kept = kept && anchor[i].verdict != VERDICT_TRUSTED;
		if (anchor[i].verdict == VERDICT_DISTRUSTED && !anchor[i].fault)
			return true;
		if (der.size == 0)
			der = anchor[i].der;
	}
	if (der.size == 0 && p11kit_show(p11kit, want))
		der = p11kit_show(p11kit, want)->der;
	/* ours would be trusted again as soon as the distrust goes */
	return distrust(p11kit, host, want, der, !kept, out, err) &&
	       (!own || take_out(host, own->path, want, out, err)) &&
	       (!kept || cut_sourceless(p11kit, host, want, out, err));
}

/* In force without a source, and not because it waits for the tool since a run of ours was
 * undone. */
static bool is_sourceless(const struct host *host, const struct item *want, const struct item *have)
{
	return have && !have->seen.deselected &&
	       (have->presence == ITEM_STALE || have->presence == ITEM_PARTIAL) &&
	       !(host->going && items_have_root(host->going, want->key.sha256));
}

bool p11kit_put(struct p11kit *p11kit, struct host *host, const struct item *want,
    const struct item *have, struct changes *out, struct err *err)
{
	const struct p11kit_anchor *anchor = NULL;
	size_t count = 0;

	if (!p11kit_look_up(p11kit, host, want, &anchor, &count, err))
		return false;
	return item_store(want) == STORE_ROOT
	           ? put_root(p11kit, host, want, is_sourceless(host, want, have), anchor, count,
	                 out, err)
	           : put_disallowed(p11kit, host, want, anchor, count, out, err);
}

static bool is_said(const struct p11kit_anchor *anchor, enum verdict verdict)
{
	return anchor->verdict == verdict ||
	       (anchor->verdict == VERDICT_ASIDE && verdict == VERDICT_DISTRUSTED);
}

/* Takes out what is ours. Where others' may go too, each source that trusts it goes, or the next
 * run would have to come for the rest. A shipped source cannot go, but trust in it can. */
static bool take_away(struct p11kit *p11kit, struct host *host, const struct item *have,
    const struct p11kit_anchor *anchor, size_t count, struct changes *out, struct err *err)
{
	enum verdict verdict =
	    item_store(have) == STORE_ROOT ? VERDICT_TRUSTED : VERDICT_DISTRUSTED;

	for (size_t i = 0; !have->asked.remove_unowned && i < count; i++)
		if (is_said(&anchor[i], verdict) && linux_is_own(anchor[i].path) &&
		    !take_out(host, anchor[i].path, have, out, err))
			return false;
	for (size_t i = 0; have->asked.remove_unowned && i < count; i++) {
		const char *path = anchor[i].path;

		if (!is_said(&anchor[i], verdict))
			continue;
		if (anchor[i].shipped && verdict == VERDICT_TRUSTED)
			return distrust(p11kit, host, have, anchor[i].der, true, out, err);
		if (anchor[i].shipped || !anchor[i].alone)
			return err_set(err, ERR_HOST, "%s %s: change it by hand",
			    text_escape_string(path).text,
			    anchor[i].shipped ? "belongs to the distribution"
			                      : "holds other certificates too");
		if (!linux_remove_file(host, path, out, err))
			return false;
	}
	return true;
}

/* In force without a source: only we can take it out, in a step of our own. What we may not take
 * stays. In an image whose tool does not run, the tool's other outputs (Java's) would go on
 * trusting it: it stays in all of them until the tool does. */
static bool drop_sourceless(struct p11kit *p11kit, struct host *host, const struct item *have,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	struct err ignored = {0};
	bool mendable;

	if (have->seen.deselected || have->asked.given_back ||
	    (host->root.confined && !p11kit_may_run(p11kit->paths, host, &mendable, &ignored)))
		return true;
	if (have->presence == ITEM_PARTIAL && !have->asked.remove_unowned)
		return true;
	return (!p11kit_in_bundle(p11kit, have->key.sha256) ||
	           p11kit_cut(p11kit, host, have, out, err)) &&
	       hash_folders_cut(&p11kit->folders, host, sha256, HASH_CUT_ALL, out, err);
}

bool p11kit_drop(struct p11kit *p11kit, struct host *host, const struct item *have,
    struct changes *out, struct err *err)
{
	const struct p11kit_anchor *anchor = NULL;
	struct items *list = have->asked.given_back ? &p11kit->back : &p11kit->leaving;
	const uint8_t *sha256 = item_digest(have);
	size_t count = 0;

	if (!p11kit_look_up(p11kit, host, have, &anchor, &count, err) || !sha256)
		return false;
	if (item_store(have) == STORE_ROOT && have->asked.remove_unowned) {
		items_add_certificate(&p11kit->shunned, STORE_ROOT, sha256);
		items_sort(&p11kit->shunned);
	}
	if (item_store(have) == STORE_ROOT &&
	    (have->presence == ITEM_STALE || have->presence == ITEM_PARTIAL))
		return drop_sourceless(p11kit, host, have, sha256, out, err);
	if (!take_away(p11kit, host, have, anchor, count, out, err) ||
	    (item_store(have) == STORE_ROOT && have->asked.remove_unowned &&
	        !hash_folders_cut(&p11kit->folders, host, sha256, HASH_CUT_FOREIGN, out, err)))
		return false;
	/* only now, since the rebuild keeps what is refused */
	if (item_store(have) == STORE_ROOT && count > 0) {
		items_add_certificate(list, STORE_ROOT, anchor->sha256);
		items_sort(list);
	}
	return true;
}

bool p11kit_may_run(
    const struct p11kit_paths *paths, struct host *host, bool *mendable, struct err *err)
{
	const char *const places[] = {
	    paths->tool[0], paths->source, paths->shipped, paths->bundle, NULL};

	*mendable = !file_is_regular(&host->root, paths->tool[0]);
	if (*mendable)
		return err_set(err, ERR_HOST, "%s: is not there", paths->tool[0]);
	return linux_may_run(host, places, err);
}

bool p11kit_run(const struct p11kit_paths *paths, struct host *host, struct err *err)
{
	struct process process = {
	    .argv = {paths->tool[0], paths->tool[1], NULL},
	    .root = &host->root,
	    .output_max = TOOL_OUTPUT,
	    .timeout = TOOL_SECONDS,
	    .may_be_script = true,
	};
	AUTO(process_end) end = {0};

	if (!process_run(&process, &end, err))
		return false;
	if (end.timed_out)
		return err_set(
		    err, ERR_HOST, "%s was stopped after %d seconds", paths->tool[0], TOOL_SECONDS);
	return end.status == 0 || err_set(err, ERR_HOST, "%s ended with status %d%s",
	                              paths->tool[0], end.status, linux_said(&end).text);
}

/* What else, besides its own tool, helps an image that waits for it. */
static const char *other_way(const struct host *host, bool mendable)
{
	static const char *const ways[][3] = {
	    [HOST_FOR_APPLY] = {", or apply with --run-image-tools", ", or apply again",
	        ", or apply as root"},
	    [HOST_FOR_ROLLBACK] = {", or rollback with --run-image-tools", ", or rollback again",
	        ", or rollback as root"},
	    [HOST_FOR_ROLLBACK_ALL] = {", or rollback --all with --run-image-tools",
	        ", or rollback --all again", ", or rollback --all as root"},
	};
	const char *const *way = ways[host->serves];

	if (!host->run_tools)
		return way[0];
	if (mendable)
		return way[1];
	return geteuid() != 0 ? way[2] : "";
}

static const char *tool_line(const struct p11kit_paths *paths, char out[TOOL_LINE])
{
	snprintf(out, TOOL_LINE, "%s%s%s", paths->tool[0], paths->tool[1] ? " " : "",
	    paths->tool[1] ? paths->tool[1] : "");
	return out;
}

void p11kit_advise(struct p11kit *p11kit, const struct host *host)
{
	char tool[TOOL_LINE];

	text_release(&p11kit->remedy);
	text_addf(&p11kit->remedy, "Run %s in the image%s.", tool_line(p11kit->paths, tool),
	    other_way(host, false));
}

bool p11kit_not_rebuilt(struct p11kit *p11kit, struct host *host, bool mendable,
    const struct err *why, struct text *notes, struct err *err)
{
	char tool[TOOL_LINE];

	host->waits = true;
	if (!host->root.confined)
		return err_set(err, ERR_PUBLISH, "the trust store was not rebuilt: %s", why->text);
	text_release(&p11kit->failure);
	text_addf(&p11kit->failure, "the trust store %s rebuilt: %s",
	    host->root.overlay ? "would not be" : "was not", why->text);
	text_addf(notes, "rebuild pending: run %s in the image%s (%s)\n",
	    tool_line(p11kit->paths, tool), other_way(host, mendable), why->text);
	if (mendable)
		text_release(&p11kit->remedy);
	else
		p11kit_advise(p11kit, host);
	return true;
}
