/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/debian.h"

#include <stdlib.h>

#include "host/linux/facts.h"
#include "model/der.h"
#include "formats/pem.h"

/* The shipped folder does not tell: Arch has one of that name, and programs bring one along. Where
 * it is missing, nothing is shipped, or it cannot be read. */
static bool present(struct root *root)
{
	bool conf = file_type(root, DEBIAN_CONF) != FILE_ABSENT;
	bool tool = file_type(root, DEBIAN_TOOL) != FILE_ABSENT;

	return (conf && tool) || ((conf || tool) && file_type(root, DEBIAN_SHIPPED) == FILE_FOLDER);
}

static void *open_state(const struct trust_layout *layout)
{
	struct debian *debian = mem_alloc(sizeof(*debian));

	debian->store = layout->paths;
	return debian;
}

static void close_state(void *state)
{
	struct debian *debian = state;

	sources_release(&debian->sources);
	made_release(&debian->made);
	shown_release(&debian->shown);
	text_release(&debian->kept);
	free(debian->going.list);
	free(debian->shunned.list);
	free(debian->distrusted.list);
	free(debian->given_back.list);
	free(debian->unlisted.list);
	free(debian->unlinked.list);
	free(debian->wanted.list);
	free(debian->unwanted.list);
	free(debian->strangers.list);
	text_release(&debian->idle);
	free(debian);
}

static bool express(void *state, struct host *host, struct item *want, struct err *err)
{
	return debian_express(state, host, want, err);
}

static bool observe(void *state, struct host *host, const struct observing *how, struct items *have,
    struct err *err)
{
	return debian_observe(state, host, how, have, err);
}

/* Selects or deselects a shipped file, in the state that an earlier step left in the list. */
static bool edit_conf(struct debian *debian, struct host *host, const char *name, bool select,
    struct changes *out, struct err *err)
{
	struct change *change = changes_find(out, DEBIAN_CONF);
	bool plain = debian->store->plain_lines;
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	AUTO(bytes) edited = {0};
	struct span conf;

	if (!change && !file_capture(&host->root, DEBIAN_CONF, LINUX_SOURCE_MAX, &before, err))
		return false;
	if (!change && before.type != FILE_REGULAR)
		return err_set(err, ERR_HOST, DEBIAN_CONF " is not a regular file");
	conf = bytes_span(change ? &change->after.content : &before.content);
	if (select)
		conf_edit(conf, name, plain, true, &edited);
	else
		conf_deselect(conf, name, plain, &edited);
	if (edited.size > LINUX_SOURCE_MAX)
		return err_set(err, ERR_HOST,
		    DEBIAN_CONF " would be larger than %d bytes, and no run could read it again",
		    LINUX_SOURCE_MAX);
	debian_note_lines(debian, conf, bytes_span(&edited), name, out);
	if (change) {
		bytes_release(&change->after.content);
		change->after.content = TAKE(edited);
		return true;
	}
	after = file_state_with(&before, &edited);
	changes_add(out, DEBIAN_CONF, &before, &after);
	return true;
}

/* Why the certificate would not be trusted, whatever is put among the sources; or NULL. */
static const char *hindrance(struct debian *debian, const struct item *want,
    const uint8_t sha256[SHA256_SIZE], struct arena *arena)
{
	const char *rejected =
	    debian_rejected_text(debian, sha256, shown_find(&debian->shown, sha256), arena);
	struct err ignored = {0};
	struct cert_seen seen;

	if (rejected || !cert_see(want->content, false, &seen, &ignored))
		return rejected;
	rejected = debian_hides_text(debian, sha256, seen.hash, arena);
	return rejected ? rejected : debian_stopped_text(debian, sha256, seen.hash, arena);
}

/* From now on the certificate is to be trusted, whatever was expressed before. */
static void admit(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	digests_remove(&debian->unlisted, sha256);
	digests_remove(&debian->unlinked, sha256);
}

static bool put_root(struct debian *debian, struct host *host, const struct item *want,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	const char *hindered = hindrance(debian, want, sha256, &out->arena);
	const struct anchor *anchor = NULL;
	AUTO(bytes) der = {0};

	if (hindered)
		return err_set(err, ERR_HOST, "%s", hindered);
	admit(debian, sha256);
	if (debian_has_good_source(debian, sha256))
		return true;
	/* a shipped file is selected again, as its owner would do it */
	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (source->count == 1 && !anchor->fault && !source->selected)
			return edit_conf(debian, host, source->line, true, out, err);
	}
	debian_note_sourceless(debian, sha256, out);
	if (want->asked.at_hand && !debian_read_at_hand(debian, host, sha256, &der, err))
		return false;
	return linux_add_certificate(host, linux_own_path(host, out, DEBIAN_LOCAL, sha256),
	    want->asked.at_hand ? bytes_span(&der) : want->content, out, err);
}

/* Takes one source away. */
static bool drop_source(struct debian *debian, struct host *host, const struct source *source,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	if (source->line)
		return edit_conf(debian, host, source->line, false, out, err);
	return linux_is_own(source->path)
	           ? linux_take_certificate_out(host, source->path, sha256, out, err)
	           : linux_remove_file(host, source->path, out, err);
}

/* Notes that it goes with its source. */
static bool is_of_source(const struct shown *shown)
{
	return shown->source ||
	       strncmp(shown->file, DEBIAN_LOCAL "/", strlen(DEBIAN_LOCAL "/")) == 0;
}

/* Somebody's file in OpenSSL's folder has no hash link, because another file has the same
 * certificate: `openssl rehash` links it as soon as that other file goes. */
static bool check_unlinked(
    struct debian *debian, struct host *host, const uint8_t sha256[SHA256_SIZE], struct err *err)
{
	const char *name = debian_find_stranger(debian, host, sha256);

	return !name ||
	       err_set(err, ERR_HOST,
	           DEBIAN_CERTS "/%s holds it, and did not come from ca-certificates: `openssl "
	                        "rehash` has programs trust it by that file: remove it",
	           text_escape_string(name).text);
}

static bool check_source(const struct source *source, bool distrust, struct err *err)
{
	struct escaped path = text_escape_string(source->path);

	if (!source->selected || (!source->line && linux_is_own(source->path)))
		return true;
	if (distrust && !source->line)
		return err_set(err, ERR_HOST,
		    "%s trusts it, and a local file cannot be distrusted here: remove that file",
		    path.text);
	return source->count <= 1 ||
	       err_set(err, ERR_HOST,
	           "%s holds %zu certificates, and the others are to stay: split it by hand",
	           path.text, source->count);
}

/* Whether all that trusts it may be taken away. What only OpenSSL's folder shows may go when it is
 * a shipped file, or a link of the distribution into the folders of the sources; all else is
 * somebody's. Asked before anything is changed: several items edit one file, and an item that is
 * refused must not be half done. */
static bool check_all(struct debian *debian, struct host *host, const uint8_t sha256[SHA256_SIZE],
    bool distrust, struct err *err)
{
	const struct shown *shown = shown_first(&debian->shown, sha256);
	const struct anchor *anchor = NULL;

	for (; shown; shown = shown_next(&debian->shown, shown))
		if (!is_of_source(shown) &&
		    (shown->beside ||
		        strncmp(shown->file, DEBIAN_SHIPPED "/", strlen(DEBIAN_SHIPPED "/")) != 0))
			return debian_refuse_shown(shown, err);
	if (!check_unlinked(debian, host, sha256, err))
		return false;
	while ((anchor = sources_find(&debian->sources, sha256, anchor)))
		if (!check_source(&debian->sources.list[anchor->source], distrust, err))
			return false;
	return true;
}

/* A shipped file whose line has gone is no longer selected. */
static bool drop_shown(struct debian *debian, struct host *host, const uint8_t sha256[SHA256_SIZE],
    struct changes *out, struct err *err)
{
	const struct shown *shown = shown_first(&debian->shown, sha256);

	for (; shown; shown = shown_next(&debian->shown, shown)) {
		if (is_of_source(shown))
			continue;
		if (!debian_note_link(host, shown, out, err) ||
		    (file_type(&host->root, DEBIAN_CONF) == FILE_REGULAR &&
		        !edit_conf(debian, host, shown->file + strlen(DEBIAN_SHIPPED "/"), false,
		            out, err)))
			return false;
	}
	return true;
}

/* Takes away each source that trusts it, and whatever trusts it without a source. */
static bool drop_all(struct debian *debian, struct host *host, const uint8_t sha256[SHA256_SIZE],
    bool distrust, struct changes *out, struct err *err)
{
	const struct anchor *anchor = NULL;

	if (!check_all(debian, host, sha256, distrust, err) ||
	    !drop_shown(debian, host, sha256, out, err))
		return false;
	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (source->selected && !drop_source(debian, host, source, sha256, out, err))
			return false;
	}
	/* only now, so that what is refused stays everywhere */
	digests_add(&debian->going, sha256);
	digests_add(&debian->shunned, sha256);
	return true;
}

static bool put_disallowed(struct debian *debian, struct host *host,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	if (!drop_all(debian, host, sha256, true, out, err))
		return false;
	debian_note_unmade(debian, sha256, out);
	debian_note_sourceless(debian, sha256, out);
	digests_add(&debian->distrusted, sha256);
	return true;
}

static bool put(void *state, struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	struct debian *debian = state;
	uint8_t sha256[SHA256_SIZE];

	(void)have;
	if (!debian_know(debian, host, want, sha256, err))
		return false;
	if (item_store(want) == STORE_ROOT)
		return put_root(debian, host, want, sha256, out, err);
	return put_disallowed(debian, host, sha256, out, err);
}

/* What is ours goes. Trust in the certificate goes too, unless the block that was there before us
 * is back, or another source asks for it; a source that OpenSSL cannot read (DER, say) asks for
 * nothing. Lines of a source that are back as before us were not so when we looked: derive reads
 * them. */
static void note_going(struct debian *debian, const struct item *have,
    const uint8_t sha256[SHA256_SIZE], const struct source *ours)
{
	const struct anchor *anchor = NULL;

	if (have->asked.given_back && have->asked.block_back) {
		digests_add(&debian->given_back, sha256);
		return;
	}
	while (!have->asked.given_back && (anchor = sources_find(&debian->sources, sha256, anchor)))
		if (&debian->sources.list[anchor->source] != ours &&
		    sources_list_it(&debian->sources, anchor))
			return;
	digests_add(&debian->going, sha256);
}

/* Takes away what is ours. Where others' may go too, takes away all that trusts it, or the next run
 * would have to come for the rest. */
static bool drop_root(struct debian *debian, struct host *host, const struct item *have,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	const struct anchor *anchor = NULL;
	bool unowned = have->asked.remove_unowned;

	while (!unowned && (anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (!linux_is_own(source->path))
			continue;
		if (!linux_take_certificate_out(host, source->path, sha256, out, err))
			return false;
		note_going(debian, have, sha256, source);
		return true;
	}
	if (!unowned) {
		note_going(debian, have, sha256, NULL);
		return true;
	}
	return drop_all(debian, host, sha256, false, out, err);
}

static bool drop(
    void *state, struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	struct debian *debian = state;
	uint8_t sha256[SHA256_SIZE];
	const struct anchor *anchor = NULL;

	if (!debian_know(debian, host, have, sha256, err))
		return false;
	if (item_store(have) == STORE_ROOT)
		return drop_root(debian, host, have, sha256, out, err);
	admit(debian, sha256);
	if (have->asked.was_unlisted && !digests_have(&debian->wanted, sha256))
		digests_add(&debian->unlisted, sha256);
	if (have->asked.was_unlinked && !digests_have(&debian->wanted, sha256))
		digests_add(&debian->unlinked, sha256);
	while (
	    !have->asked.given_back && (anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (!source->selected && !edit_conf(debian, host, source->line, true, out, err))
			return false;
	}
	return true;
}

static bool derive(void *state, struct host *host, const struct changes *leaving,
    struct changes *out, struct err *err)
{
	return debian_derive(state, host, leaving, out, err);
}

/* A bundle without any certificate is right when the policy removes them all. Text that only looks
 * like a certificate is none to OpenSSL. */
static bool has_block(struct span bundle)
{
	AUTO(bytes) der = {0};
	struct err err = {0};
	bool trusted;

	return !pem_next_certificate(&bundle, &der, &trusted, &err) || der.size > 0;
}

/* Asks OpenSSL itself whether it loads what was written. */
static bool judge(struct host *host, const struct changes *done, struct err *err)
{
	const char *path = DEBIAN_CERTS "/" DEBIAN_BUNDLE;
	AUTO(bytes) bundle = {0};
	struct err why = {0};
	bool written = false;

	for (size_t i = 0; i < done->count && !written; i++)
		written = strcmp(done->list[i].place, path) == 0;
	if (!written || !file_read(&host->root, path, LINUX_BUNDLE_MAX, &bundle, &why) ||
	    !has_block(bytes_span(&bundle)) || pem_loads(bytes_span(&bundle), &why))
		return true;
	return err_set(err, ERR_PUBLISH, "OpenSSL does not load %s: %s", path, why.text);
}

static bool publish(
    void *state, struct host *host, const struct changes *done, struct text *notes, struct err *err)
{
	struct debian *debian = state;

	if (!judge(host, done, err))
		return false;
	if (debian->kept_count > 0)
		text_addf(notes,
		    "%zu certificate%s in " DEBIAN_CERTS "/" DEBIAN_BUNDLE
		    " that no source of the trust store holds %s kept: %s; the next run of the"
		    " distribution's own tool drops %s\n",
		    debian->kept_count, debian->kept_count == 1 ? "" : "s",
		    debian->kept_count == 1 ? "was" : "were", text_string(&debian->kept),
		    debian->kept_count == 1 ? "it" : "them");
	debian->kept_count = 0;
	if (debian->idle.size > 0)
		text_addf(notes,
		    "in " DEBIAN_CERTS
		    " no hash link leads to %s, so programs that read that folder do not trust it, "
		    "and this run has left it so; the next run of the distribution's own tool "
		    "gives each such file its link\n",
		    text_string(&debian->idle));
	debian->idle.size = 0;
	return true;
}

static bool tell(
    void *state, struct host *host, const struct changes *done, bool rehearsal, struct err *err)
{
	const struct debian *debian = state;

	return debian_tell(host, debian->store, done, rehearsal, err);
}

static bool remark(void *state, struct host *host, struct remarks *out, struct err *err)
{
	return debian_remark(state, host, out, err);
}

static bool withdrawn(void *state, struct host *host, const char *place, struct span before,
    struct span after, struct span now)
{
	const struct debian *debian = state;

	return strcmp(place, DEBIAN_CONF) == 0 &&
	       conf_is_withdrawn(host, debian->store->plain_lines, before, after, now);
}

static bool keep_others(void *state, struct host *host, const struct changes *undone,
    struct changes *out, struct err *err)
{
	(void)state;
	return debian_close_up(host, undone, out, err);
}

const struct file_store debian_store = {.link_prefix = "", .hooks_are_told = true};

/* Alpine has Debian's files: its name tells it apart, or the folder of its package manager. */
static bool present_alpine(struct root *root)
{
	AUTO(arena) arena = {0};

	return present(root) && (file_type(root, "/etc/apk") != FILE_ABSENT ||
	                            strcmp(linux_os_release(root, &arena).id, "alpine") == 0);
}

const struct file_store alpine_store = {
    .link_prefix = "ca-cert-",
    .every_local_file = true,
    .plain_lines = true,
    .newline_behind = true,
    .own_hook = "certhash",
};

#define FILE_LAYOUT(word, like, is_present, kind)                                                  \
	{                                                                                          \
		.name = word, .ids = like, .bundle = DEBIAN_CERTS "/" DEBIAN_BUNDLE,               \
		.tool = DEBIAN_TOOL, .sources = DEBIAN_LOCAL, .present = is_present,               \
		.open = open_state, .observe = observe, .express = express, .put = put,            \
		.drop = drop, .derive = derive, .publish = publish, .tell = tell,                  \
		.remark = remark, .withdrawn = withdrawn, .keep_others = keep_others,              \
		.close = close_state, .paths = kind,                                               \
	}

const struct trust_layout debian_layout =
    FILE_LAYOUT("debian", " debian ubuntu ", present, &debian_store);
const struct trust_layout alpine_layout =
    FILE_LAYOUT("alpine", " alpine postmarketos ", present_alpine, &alpine_store);
