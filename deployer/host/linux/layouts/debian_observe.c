/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in force on Debian's layout: a root is trusted when OpenSSL finds it by the bundle file
 * and by the folder of hashes. Sources say what somebody asks for, and what a rebuild would make.
 */
#include <stdlib.h>

#include "formats/pem.h"
#include "host/linux/access.h"
#include "host/linux/layouts/debian.h"
#include "host/linux/layouts/loader.h"

#define BUNDLE_PATH DEBIAN_CERTS "/" DEBIAN_BUNDLE

static void forget(struct debian *debian)
{
	sources_release(&debian->sources);
	made_release(&debian->made);
	shown_release(&debian->shown);
	debian->strangers.count = 0;
	debian->strangers.known = false;
	debian->seen = debian->complete = false;
}

/* A diagnosis asks OpenSSL itself; other runs rely on what our readers know. */
static void ask_openssl(struct debian *debian)
{
	struct err why = {0};

	if (debian->made.content.size > 0 && !debian->made.fault &&
	    !pem_loads(bytes_span(&debian->made.content), &why))
		debian->made.fault = arena_strdup(&debian->made.arena, why.text);
}

bool debian_look(struct debian *debian, struct host *host, struct err *err)
{
	AUTO(bytes) bundle = {0};
	struct span made;

	forget(debian);
	if (!linux_read(&host->root, BUNDLE_PATH, LINUX_BUNDLE_MAX, &bundle, err))
		return false;
	made = bytes_span(&bundle);
	if (!sources_read(
	        host, debian->store, NULL, NULL, &made, &debian->complete, &debian->sources, err) ||
	    !shown_read(host, &debian->sources, &debian->shown, err))
		return false;
	debian->complete = debian->complete && made.size > 0 && !debian->thorough;
	if (!debian->complete)
		made_read(&bundle, &debian->made);
	if (debian->thorough)
		ask_openssl(debian);
	debian->seen = true;
	return true;
}

static bool counts(const struct debian *debian, const struct anchor *anchor)
{
	return debian->sources.list[anchor->source].selected && !anchor->fault;
}

const struct anchor *debian_find_selected(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(&debian->sources, sha256, anchor)) && !counts(debian, anchor))
		continue;
	return anchor;
}

bool debian_is_selected(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	return debian_find_selected(debian, sha256) != NULL;
}

bool debian_in_bundle(const struct debian *debian, const struct anchor *anchor)
{
	if (debian->complete)
		return sources_list_it(&debian->sources, anchor);
	return !debian->made.fault && made_find(&debian->made, anchor->sha256) != NULL;
}

bool debian_is_unlisted(const struct debian *debian, const struct anchor *anchor)
{
	return !debian->complete && !debian->made.fault && debian->made.count > 0 &&
	       !anchor->lost && !made_find(&debian->made, anchor->sha256);
}

/* Whether a rebuild gives OpenSSL's folder a link to it: another source may have its name. */
static bool find_link(struct debian *debian, const struct anchor *anchor)
{
	for (; anchor; anchor = sources_find(&debian->sources, anchor->sha256, anchor)) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (counts(debian, anchor) && source->hashed && !source->shadowed)
			return true;
	}
	return false;
}

/* Asked once for each digest: sources may hold one thousands of times. */
static bool gets_link(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *first = sources_find(&debian->sources, sha256, NULL);
	enum link_answer *answer;

	if (!first)
		return false;
	answer = &debian->sources.anchors[first - debian->sources.anchors].link;
	if (*answer == LINK_UNASKED)
		*answer = find_link(debian, first) ? LINK_COMES : LINK_NONE;
	return *answer == LINK_COMES;
}

const char *debian_blocked_text(
    const struct debian *debian, const struct source *source, struct arena *arena)
{
	char pem[LINK_NAME];

	debian_link_name(debian->store, source->path, pem);
	return arena_printf(arena,
	    "%s gets no link, because " DEBIAN_CERTS "/%s, which is somebody else's, stands in its "
	    "place: only programs that read " BUNDLE_PATH " trust what it holds",
	    text_escape_string(source->path).text, text_escape_string(pem).text);
}

/* The state of a certificate by the bundle, whatever its sources say. */
static bool is_rejected_in_bundle(const struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct made_block *block = debian->complete ? NULL : made_find(&debian->made, sha256);

	return block && block->rejects;
}

static const char *why_pending(struct debian *debian, bool by_file, bool by_folder,
    const struct anchor *anchor, struct arena *arena)
{
	const struct source *source = &debian->sources.list[anchor->source];
	const struct shown_stop *stop =
	    source->hashed ? shown_find_stop(&debian->shown, source->hash) : NULL;
	char pem[LINK_NAME];

	debian_link_name(debian->store, source->path, pem);
	if (is_rejected_in_bundle(debian, anchor->sha256))
		return arena_printf(arena,
		    "%s; OpenSSL's trust settings in " BUNDLE_PATH " reject it for TLS servers",
		    source->path);
	if (!by_folder && by_file && stop)
		return arena_printf(arena,
		    "%s; OpenSSL reads " DEBIAN_CERTS
		    "/%s first, which leads to no certificate, and looks no further",
		    source->path, stop->name);
	if (!by_folder && by_file)
		return arena_printf(arena,
		    "%s; no link " DEBIAN_CERTS "/%08x.N leads to it through " DEBIAN_CERTS "/%s",
		    source->path, source->hash, text_escape_string(pem).text);
	return source->path;
}

const char *debian_refused_text(const struct debian *debian, struct arena *arena)
{
	const struct source *source = debian->sources.list;
	const struct source *end = source + debian->sources.count;

	while (source < end && !(source->selected && !source->loads && !source->unreadable))
		source++;
	return arena_printf(arena,
	    "OpenSSL refuses the whole of " BUNDLE_PATH
	    " (%s), so curl, Python and git trust nothing: %s%s",
	    debian->made.fault,
	    source < end ? "mend or remove " : "update-ca-certificates makes it anew",
	    source < end ? text_escape_string(source->path).text : "");
}

/* A private key that is cut off is still worth stealing. */
static void say_key_too(struct item *item, const struct source *source, struct arena *arena)
{
	item->seen.exposed = true;
	item->seen.severity = SEVERITY_ERROR;
	item->note = arena_printf(arena,
	    "%s: line %zu: holds a private key, which update-ca-certificates copies "
	    "into " BUNDLE_PATH
	    ", where everybody can read it: take it out of that file, and for known to others; %s",
	    text_escape_string(source->path).text, source->key, item->note);
}

static void say_fault(
    struct item *item, const struct source *source, const char *fault, struct arena *arena)
{
	const char *path = arena_strdup(arena, text_escape_string(source->path).text);

	item->seen.severity = source->loads && !source->stops ? SEVERITY_WARNING : SEVERITY_ERROR;
	if (source->cuts && source->selected) {
		item->note = arena_printf(arena,
		    "%s: %s; as soon as update-ca-certificates puts it into " BUNDLE_PATH
		    ", nothing behind it there is trusted by curl, Python and git: mend or remove "
		    "it",
		    path, fault);
		return;
	}
	item->note = arena_printf(arena, "%s: %s", path, fault);
	if (source->loads || source->stops || source->unreadable || !source->selected)
		return;
	item->note = arena_printf(arena,
	    source->open ? "%s; as soon as update-ca-certificates puts it into " BUNDLE_PATH
	                   ", the next certificate there is lost in it, or OpenSSL refuses that "
	                   "whole file: mend or remove it"
	                 : "%s; as soon as update-ca-certificates puts it into " BUNDLE_PATH
	                   ", OpenSSL refuses that whole file, and curl, Python and git trust "
	                   "nothing: mend or remove it",
	    item->note);
}

const char *debian_several_text(const struct source *source, struct arena *arena)
{
	return arena_printf(arena,
	    "%s holds %zu certificates: OpenSSL's folder takes one a file, so only programs that"
	    " read " BUNDLE_PATH " trust them",
	    text_escape_string(source->path).text, source->count);
}

static void say_linkless(
    struct debian *debian, struct item *item, const struct source *source, struct arena *arena)
{
	if (source->blocked)
		item->note = debian_blocked_text(debian, source, arena);
	else if (source->count > 1)
		item->note = debian_several_text(source, arena);
	else
		item->seen.location = arena_printf(arena,
		    "%s; %s, so only programs that read " BUNDLE_PATH " trust it", source->path,
		    source->nameless ? "its name is too long for a link"
		                     : "another file of that name has its link");
}

/* The tool puts an empty line, or somebody's text, in front of its byte order mark. */
static void say_lost(
    struct item *item, const struct source *source, bool by_file, struct arena *arena)
{
	item->seen.dropped = by_file;
	item->seen.location = arena_printf(arena,
	    "%s; OpenSSL does not know its byte order mark in the midst of " BUNDLE_PATH
	    ", so only programs that read the folder trust it%s: take the mark out of that file",
	    source->path, by_file ? " when update-ca-certificates has run" : "");
}

/* A selected copy whose trust settings reject it. OpenSSL takes the first of several copies that it
 * reads, and the bundle and the folder differ in which that is. */
static const struct anchor *find_rejecting(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while (
	    debian->sources.rejecting && (anchor = sources_find(&debian->sources, sha256, anchor)))
		if (anchor->rejects && counts(debian, anchor))
			return anchor;
	return NULL;
}

const char *debian_rejected_text(struct debian *debian, const uint8_t sha256[SHA256_SIZE],
    const struct shown *shown, struct arena *arena)
{
	const struct anchor *anchor = find_rejecting(debian, sha256);

	if (anchor)
		return arena_printf(arena,
		    "%s: line %zu: OpenSSL's trust settings in it reject it for TLS servers: put "
		    "the certificate there without them (openssl x509 -in FILE), or remove the "
		    "file",
		    text_escape_string(debian->sources.list[anchor->source].path).text,
		    anchor->rejects);
	if (!shown || !shown->rejects || shown->source)
		return NULL;
	return arena_printf(arena,
	    "%s, which " DEBIAN_CERTS
	    "/%s leads to: OpenSSL's trust settings in it reject it for TLS servers: remove that "
	    "file, and run openssl rehash",
	    text_escape_string(shown->file).text, shown->name);
}

const char *debian_stopped_text(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], uint32_t hash, struct arena *arena)
{
	const struct shown_stop *stop = shown_find_stop(&debian->shown, hash);
	struct digests with = {0};
	const struct shown *hidden;

	if (shown_find(&debian->shown, sha256))
		return NULL;
	/* what a source holds, or is to be trusted too, gets a number in the same run */
	digests_add(&with, sha256);
	for (size_t i = 0; debian->shown.beyond_count > 0 && i < debian->shown.count; i++)
		if (debian->shown.list[i].beyond &&
		    (digests_have(&debian->wanted, debian->shown.list[i].sha256) ||
		        debian_has_good_source(debian, debian->shown.list[i].sha256)))
			digests_add(&with, debian->shown.list[i].sha256);
	hidden = debian_hides(debian, hash, &with);
	free(with.list);
	if (hidden)
		return loader_hides_text(hidden->file, NULL, DEBIAN_LOCAL, arena);
	if (!stop || stop->link || stop->denied)
		return NULL;
	return arena_printf(arena,
	    DEBIAN_CERTS "/%s, which is no link, holds no certificate in PEM that OpenSSL can "
	                 "read, and OpenSSL's search by hash looks at none behind it: remove that "
	                 "file, and run apply",
	    stop->name);
}

/* Others should not be able to read such a file, so its mode is right. That it lies here is
 * wrong. */
static void say_key(struct item *item, const struct source *source, struct arena *arena)
{
	bool closed = source->mode && !(source->mode & 0004);

	item->seen.exposed = true;
	item->seen.severity = SEVERITY_ERROR;
	item->note = arena_printf(arena,
	    "%s: line %zu: holds a private key, which update-ca-certificates copies "
	    "into " BUNDLE_PATH
	    ", where everybody can read it: have the certificate alone in that file, and take the "
	    "key for known to others",
	    text_escape_string(source->path).text, source->key);
	if (closed && item->presence == ITEM_PRESENT) {
		item->presence = ITEM_CLOSED;
		item->seen.limits = item->note;
	}
}

/* The file to which the first hash link leads, which OpenSSL opens, whichever copy it is. NULL: the
 * source itself. */
static const char *file_read_for(
    const struct source *source, const struct shown *shown, struct arena *arena)
{
	if (strcmp(shown->file, source->path) == 0)
		return NULL;
	return *shown->file == '/' ? arena_strdup(arena, shown->file)
	                           : arena_printf(arena, DEBIAN_CERTS "/%s", shown->name);
}

/* Why no rebuild puts it into force, or NULL. */
static const char *why_never(struct debian *debian, const struct anchor *anchor,
    const struct shown *shown, struct arena *arena)
{
	const struct source *source = &debian->sources.list[anchor->source];
	const char *why = debian_rejected_text(debian, anchor->sha256, shown, arena);

	if (!why && !debian_in_bundle(debian, anchor))
		why = debian_hides_text(debian, anchor->sha256, anchor->hash, arena);
	return why || shown || !source->hashed
	           ? why
	           : debian_stopped_text(debian, anchor->sha256, source->hash, arena);
}

static void observe_root(struct debian *debian, const struct anchor *anchor, struct items *have)
{
	const struct source *source = &debian->sources.list[anchor->source];
	bool by_file =
	    debian_in_bundle(debian, anchor) && !is_rejected_in_bundle(debian, anchor->sha256);
	const struct shown *shown = shown_find(&debian->shown, anchor->sha256);
	bool by_folder = shown != NULL;
	bool lost = anchor->lost && !sources_list(&debian->sources, anchor->sha256);
	struct item *item = items_add_certificate(have, STORE_ROOT, anchor->sha256);
	const struct shown_stop *stop =
	    by_folder || !source->hashed ? NULL : shown_find_stop(&debian->shown, source->hash);
	const char *rejected;

	item->label = arena_strdup(&have->arena, anchor->label);
	item->seen.not_after = anchor->not_after;
	item->seen.location = arena_strdup(&have->arena, source->path);
	item->seen.mode = source->mode;
	item->seen.system = source->line != NULL;
	item->presence = ITEM_PENDING;
	if (source->denied) {
		access_deny(item, source->path, "what it holds", &have->arena);
	} else if (anchor->fault) {
		say_fault(item, source, anchor->fault, &have->arena);
		if (source->key)
			say_key_too(item, source, &have->arena);
	} else if (stop && stop->denied) {
		access_deny(item, arena_printf(&have->arena, DEBIAN_CERTS "/%s", stop->name),
		    "whether programs that read that folder trust it", &have->arena);
	} else if ((rejected = why_never(debian, anchor, shown, &have->arena))) {
		item->seen.severity = SEVERITY_ERROR;
		item->note = rejected;
		item->seen.barred = true;
	} else if (by_folder && lost) {
		item->presence = ITEM_PARTIAL;
		say_lost(item, source, by_file, &have->arena);
	} else if (by_file && by_folder) {
		item->presence = ITEM_PRESENT;
		item->seen.reads = file_read_for(source, shown, &have->arena);
	} else if (by_file && !gets_link(debian, anchor->sha256)) {
		item->presence = ITEM_PARTIAL;
		say_linkless(debian, item, source, &have->arena);
	} else {
		if (!by_file && debian->made.fault)
			item->seen.limits = debian_refused_text(debian, &have->arena);
		item->seen.in_part = lost || !gets_link(debian, anchor->sha256);
		if (item->seen.in_part && source->count > 1 && !item->seen.limits)
			item->seen.limits = debian_several_text(source, &have->arena);
		item->seen.location = arena_strdup(
		    &have->arena, why_pending(debian, by_file, by_folder, anchor, &have->arena));
	}
	if (source->key && !item->note)
		say_key(item, source, &have->arena);
}

/* It is deselected and still trusted: until a rebuild takes it out or, by somebody's own file in
 * OpenSSL's folder, for good. */
static void observe_deselected(struct debian *debian, const struct anchor *anchor,
    const struct shown *shown, bool foreign, struct items *have)
{
	const struct source *source = &debian->sources.list[anchor->source];
	struct item *item;

	if (!shown && !debian_in_bundle(debian, anchor))
		return;
	item = items_add_certificate(have, STORE_ROOT, anchor->sha256);
	item->label = arena_strdup(&have->arena, anchor->label);
	item->seen.not_after = anchor->not_after;
	item->seen.system = true;
	item->presence = foreign ? ITEM_PARTIAL : ITEM_STALE;
	item->seen.deselected = !foreign;
	item->seen.location = foreign
	                          ? arena_strdup(&have->arena, shown->file)
	                          : arena_printf(&have->arena, DEBIAN_CONF ": !%s", source->line);
}

/* Somebody else's file by which OpenSSL trusts it, or NULL. */
static const struct shown *find_other(
    const struct debian *debian, const uint8_t sha256[SHA256_SIZE], const struct source *source)
{
	const struct shown *shown = shown_first(&debian->shown, sha256);

	while (shown && (shown->source || strcmp(shown->file, source->path) == 0))
		shown = shown_next(&debian->shown, shown);
	return shown;
}

static void observe_disallowed(
    struct debian *debian, const struct anchor *anchor, struct items *have)
{
	const struct source *source = &debian->sources.list[anchor->source];
	const struct shown *other, *shown;
	struct item *item;

	if (anchor->fault || debian_is_selected(debian, anchor->sha256))
		return;
	other = find_other(debian, anchor->sha256, source);
	shown = other ? other : shown_first(&debian->shown, anchor->sha256);
	item = items_add_certificate(have, STORE_DISALLOWED, anchor->sha256);
	item->label = arena_strdup(&have->arena, anchor->label);
	item->seen.not_after = anchor->not_after;
	item->seen.holds_out = true;
	item->seen.location = arena_printf(&have->arena, DEBIAN_CONF ": !%s", source->line);
	item->presence = debian_in_bundle(debian, anchor) || shown ? ITEM_PENDING : ITEM_PRESENT;
	if (other)
		item->note = arena_printf(&have->arena,
		    "it is deselected in " DEBIAN_CONF
		    ", and OpenSSL trusts it by the folder " DEBIAN_CERTS
		    " all the same: %s (%s) holds it",
		    text_escape_string(shown->file).text, shown->name);
	observe_deselected(debian, anchor, shown, other != NULL, have);
}

bool debian_is_deselected(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(&debian->sources, sha256, anchor)))
		if (!anchor->fault && !debian->sources.list[anchor->source].selected)
			return true;
	return false;
}

bool debian_observe(struct debian *debian, struct host *host, const struct observing *how,
    struct items *have, struct err *err)
{
	debian->thorough = how->thorough;
	if (!debian_look(debian, host, err))
		return false;
	for (size_t i = 0; i < debian->sources.anchor_count; i++) {
		const struct anchor *anchor = &debian->sources.anchors[i];

		if (debian->sources.list[anchor->source].selected)
			observe_root(debian, anchor, have);
		else
			observe_disallowed(debian, anchor, have);
	}
	debian_observe_unasked(debian, host, have);
	debian_observe_distrusted(debian, have);
	return true;
}
