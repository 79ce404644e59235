/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows keeps: certificates with their properties, serialised stores, entries of its URL
 * cache, Registry.pol. */
#include "base/clock.h"
#include "base/file.h"
#include "base/utf16.h"
#include "cli/show/shows.h"
#include "formats/windows/certblob.h"
#include "formats/windows/regpol.h"
#include "formats/windows/urlcache.h"
#include "formats/windows/winproxy.h"
#include "model/proxy.h"

static void emit_utf16(struct emit *e, const char *key, struct span utf16)
{
	struct text text = {0};

	utf16_add_text(&text, utf16);
	show_pair_text(e, key, &text);
}

static void emit_filetime(struct emit *e, const char *key, uint64_t ticks)
{
	emit_key(e, key);
	if (ticks)
		emit_time(e, clock_from_filetime(ticks));
	else
		emit_null(e);
}

/* Shows the object that was kept, if it is of a known kind: CRLs and OCSP answers are not. Tried
 * into a buffer first, since what was printed cannot be taken back. */
static void emit_object(struct emit *e, const struct show_input *in)
{
	const struct show_type *type = show_guess(in->file);
	AUTO(bytes) paper = {0};
	struct emit trial = emit_into(&paper, e->notation);
	struct err err = {0};

	emit_map(&trial);
	if (type && !type->show(&trial, in, &err))
		type = NULL;
	emit_pair(e, "type", type ? type->name : NULL);
	emit_pair(e, "fault", err.code != ERR_NONE ? err.text : NULL);
	if (type)
		(void)type->show(e, in, &err);
}

/* The Content half lies in the folder beside that of MetaData, under the same name. */
static bool emit_content(struct emit *e, const struct show_input *in, struct err *err)
{
	static const char folder[] = "MetaData/";
	const char *at = strstr(in->path, folder), *next;
	AUTO(root) none = root_none();
	AUTO(bytes) content = {0};
	AUTO(text) path = {0};

	emit_key(e, "content");
	while (at && (next = strstr(at + 1, folder)))
		at = next;
	if (at)
		text_addf(
		    &path, "%.*sContent/%s", (int)(at - in->path), in->path, at + strlen(folder));
	/* regular files only: on a mounted NTFS an empty one can look like a pipe */
	if (!at || !file_is_regular(&none, text_string(&path))) {
		emit_null(e);
		return true;
	}
	if (!file_read(&none, text_string(&path), URLCACHE_MAX_CONTENT, &content, err))
		return false;
	emit_map(e);
	emit_object(e, &(struct show_input){text_string(&path), bytes_span(&content), in->args});
	emit_end(e);
	return true;
}

bool show_urlcache(struct emit *e, const struct show_input *in, struct err *err)
{
	AUTO(text) url = {0};
	struct urlcache entry;
	char name[URLCACHE_NAME];

	if (!urlcache_parse(in->file, &entry, err))
		return false;
	utf16_add_text(&url, entry.url);
	urlcache_name(text_string(&url), name);
	emit_pair(e, "url", text_string(&url));
	emit_pair(e, "name", name);
	emit_filetime(e, "last_sync", entry.last_sync);
	emit_filetime(e, "last_modified", entry.last_modified);
	if (entry.etag.size > 0)
		emit_utf16(e, "etag", entry.etag);
	else
		emit_pair(e, "etag", NULL);
	emit_key(e, "content_size");
	emit_unsigned(e, entry.content_size);
	emit_pair(
	    e, "object_type", entry.windows_xp ? NULL : urlcache_type_word(entry.object_type));
	emit_key(e, "max_age");
	emit_unsigned(e, entry.max_age);
	return emit_content(e, in, err);
}

bool show_regpol(struct emit *e, const struct show_input *in, struct err *err)
{
	AUTO(regpol) regpol = {0};

	if (!regpol_parse(in->file, &regpol, err))
		return false;
	emit_key(e, "entries");
	emit_list(e);
	for (size_t i = 0; i < regpol.count; i++) {
		const struct regpol_entry *entry = &regpol.entries[i];

		emit_map(e);
		emit_utf16(e, "key", entry->key);
		emit_utf16(e, "value", entry->value);
		emit_key(e, "type");
		emit_unsigned(e, entry->type);
		emit_key(e, "size");
		emit_unsigned(e, entry->data.size);
		show_pair_hex(e, "data", entry->data);
		emit_end(e);
	}
	emit_end(e);
	return true;
}

static bool emit_properties(struct emit *e, struct span blob, struct span *object, struct err *err)
{
	struct reader reader = reader_of(blob);
	struct certblob_element element;

	emit_key(e, "properties");
	emit_list(e);
	while (reader.rest.size > 0) {
		if (!certblob_next(&reader, &element, err))
			return false;
		*object = element.data;
		if (element.property >= CERTBLOB_CERTIFICATE && element.property <= CERTBLOB_CTL)
			continue;
		emit_map(e);
		emit_key(e, "id");
		emit_unsigned(e, element.property);
		emit_pair(e, "name", certblob_property_name(element.property));
		emit_key(e, "size");
		emit_unsigned(e, element.data.size);
		show_pair_hex(e, "hex", element.data);
		emit_end(e);
	}
	emit_end(e);
	return true;
}

/* The object is the last element, and tells its own kind. */
static bool emit_object_of(
    struct emit *e, const struct show_input *in, struct span blob, struct err *err)
{
	struct span object = {0};
	const struct show_type *type;

	if (!emit_properties(e, blob, &object, err))
		return false;
	type = show_guess(object);
	emit_key(e, "certificate");
	if (!type || strcmp(type->name, "certificate") != 0) {
		emit_null(e);
		return true;
	}
	emit_map(e);
	if (!type->show(e, &(struct show_input){in->path, object, in->args}, err))
		return false;
	emit_end(e);
	return true;
}

bool show_certblob(struct emit *e, const struct show_input *in, struct err *err)
{
	struct span certificate;

	return certblob_certificate(in->file, &certificate, err) &&
	       emit_object_of(e, in, in->file, err);
}

bool show_sst(struct emit *e, const struct show_input *in, struct err *err)
{
	struct certblob_element last = {0};
	struct reader reader, inside;
	struct span object;

	if (!sst_begin(in->file, &reader, err))
		return false;
	emit_key(e, "elements");
	emit_list(e);
	for (;;) {
		if (!sst_next(&reader, &object, err))
			return false;
		if (object.size == 0)
			break;
		for (inside = reader_of(object); inside.rest.size > 0;)
			if (!certblob_next(&inside, &last, err))
				return false;
		emit_map(e);
		emit_pair(e, "kind", certblob_property_name(last.property));
		if (!emit_object_of(e, in, object, err))
			return false;
		emit_end(e);
	}
	emit_end(e);
	return true;
}

/* A server may have credentials in it. */
static void emit_servers(struct emit *e, const char *key, struct span text)
{
	AUTO(arena) arena = {0};
	const char *copy = arena_strndup(&arena, (const char *)text.data, text.size);

	emit_key(e, key);
	if (text.size > 0)
		emit_text(e, proxy_redact(copy, &arena));
	else
		emit_null(e);
}

bool show_winproxy(struct emit *e, const struct show_input *in, struct err *err)
{
	static const char *const flags[] = {"direct", "proxy", "pac", "auto"};
	struct winproxy winproxy;

	if (!winproxy_parse(in->file, &winproxy, err))
		return false;
	emit_pair(e, "kind",
	    winproxy.kind == WINPROXY_WINHTTP ? target_words[TARGET_WINHTTP] : "wininet");
	emit_key(e, "version");
	emit_unsigned(e, winproxy.version);
	emit_key(e, "counter");
	emit_unsigned(e, winproxy.counter);
	emit_key(e, "flags");
	emit_list(e);
	for (unsigned i = 0; i < COUNT(flags); i++)
		if (winproxy.flags & 1u << i)
			emit_text(e, flags[i]);
	emit_end(e);
	emit_servers(e, "proxy", winproxy.proxy);
	emit_servers(e, "bypass", winproxy.bypass);
	emit_servers(e, "pac_url", winproxy.pac_url);
	emit_servers(e, "detected_url", winproxy.detected);
	return true;
}
