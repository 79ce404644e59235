/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/pack.h"

#include <glob.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "model/der.h"
#include "base/digest.h"
#include "base/file.h"
#include "bundle/cabinet.h"
#include "formats/ctl.h"
#include "formats/filekind.h"
#include "formats/pem.h"
#include "model/cert.h"
#include "model/item.h"

enum {
	SOURCE_MAX_BYTES = 64 * 1024 * 1024,
	NAME_KEPT = 120, /* of a base name, in bytes */
};

struct packed {
	struct manifest_entry entry;
	struct span content;
};

struct packing {
	const struct recipe *recipe;
	const struct recipe_entry *source; /* the one at work */
	int64_t now;
	struct text *notes;
	struct packed *list;
	size_t count, capacity;
	uint64_t total;
	void *seen; /* names, and store and digest of certificates: a tree of tsearch(3) */
	struct arena arena;
};

static void forget(void *text)
{
	(void)text;
}

static void packing_release(struct packing *packing)
{
	tdestroy(packing->seen, forget);
	free(packing->list);
	arena_release(&packing->arena);
	*packing = (struct packing){0};
}

/* --- names ---------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
	return strcasecmp(a, b);
}

/* True when `text` was not seen before; it stays in the arena. */
static bool is_first(struct packing *packing, char *text)
{
	char *const *found = tsearch(text, &packing->seen, compare_texts);

	if (!found)
		abort(); /* out of memory, as in base/mem */
	return *found == text;
}

/* The base name of a path in the letters that names of members have. */
static void safe_stem(const char *path, bool strip, char out[NAME_KEPT + 1])
{
	static const char *const endings[] = {".crt", ".pem", ".cer", ".der"};
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t size = strlen(base), used = 0;

	for (size_t i = 0; strip && i < COUNT(endings); i++)
		if (size > 4 && strcasecmp(base + size - 4, endings[i]) == 0) {
			size -= 4;
			break;
		}
	for (size_t i = 0; i < size && used < NAME_KEPT; i++) {
		char c = base[i];
		bool plain =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		bool inner = used > 0 && (c == '-' || (c == '.' && out[used - 1] != '.'));

		out[used++] = plain || inner ? c : '_';
	}
	if (used == 0)
		out[used++] = '_';
	/* an ending follows */
	if (out[used - 1] == '.')
		out[used - 1] = '_';
	out[used] = 0;
}

/* FOLDER/STEM[-N]ENDING, the first that is not taken. */
static const char *member_name(struct packing *packing, const char *path)
{
	const struct recipe_entry *source = packing->source;
	bool certificate = source->kind == MEMBER_CERTIFICATE;
	const char *folder = certificate ? store_words[source->store] : member_words[source->kind];
	const char *ending = certificate ? ".cer" : "";
	char stem[NAME_KEPT + 1];
	char *name;

	safe_stem(path, certificate, stem);
	name = arena_printf(&packing->arena, "%s/%s%s", folder, stem, ending);
	for (unsigned n = 2; !is_first(packing, name); n++)
		name = certificate
		           ? arena_printf(&packing->arena, "%s/%s-%u%s", folder, stem, n, ending)
		           : arena_printf(&packing->arena, "%s/%u-%s", folder, n, stem);
	return name;
}

/* --- members -------------------------------------------------------------------------- */

static bool add_member(
    struct packing *packing, const char *path, struct span content, struct err *err)
{
	const struct recipe_entry *source = packing->source;
	struct packed *packed;

	packing->total += content.size;
	if (packing->count + 1 >= CAB_MAX_MEMBERS || packing->total > CAB_MAX_UNPACKED / 2)
		return err_set(err, ERR_POLICY,
		    "the bundle would have more than %d members or %d bytes", CAB_MAX_MEMBERS - 1,
		    CAB_MAX_UNPACKED / 2);
	packing->list =
	    mem_grow(packing->list, &packing->capacity, packing->count + 1, sizeof(*packing->list));
	packed = &packing->list[packing->count++];
	*packed = (struct packed){
	    .entry = {.file = member_name(packing, path),
	        .kind = source->kind,
	        .store = source->store,
	        .list = source->list,
	        .size = content.size},
	    .content = {arena_copy(&packing->arena, content.data, content.size), content.size},
	};
	digest_sha256(content, packed->entry.sha256.digest);
	return true;
}

static void note_doubts(struct packing *packing, const char *path, const struct cert *cert)
{
	bool trusted = packing->source->store != STORE_DISALLOWED;
	bool issuer = packing->source->store != STORE_TRUSTED_PUBLISHER;
	char name[CERT_NAME_TEXT], date[CLOCK_TEXT];

	if (!trusted)
		return;
	cert_name_text(cert->subject, name);
	clock_write(cert->not_after, date);
	if (cert->not_after < packing->now)
		text_addf(packing->notes, "%s: %s expired at %s\n", text_escape_string(path).text,
		    name, date);
	if (issuer && !cert->is_ca && !cert->version1)
		text_addf(
		    packing->notes, "%s: %s is not a CA\n", text_escape_string(path).text, name);
}

/* Everybody who may trust a certificate must be able to read it: one root that OpenSSL cannot
 * decode makes the whole file of roots unusable on every Linux host that gets it. For what is
 * distrusted only the bytes count. */
static bool check_certificate(
    const struct packing *packing, struct span der, struct cert *out, struct err *err)
{
	struct cert_seen seen;
	struct err why = {0};

	if (der.size > CERT_MAX_BYTES)
		return err_set(err, ERR_FORMAT, "a certificate of %zu bytes, allowed are %d",
		    der.size, CERT_MAX_BYTES);
	if (packing->source->store != STORE_DISALLOWED)
		return cert_parse(der, out, err) && cert_see(der, false, &seen, err);
	if (cert_parse(der, out, &why))
		return true;
	if (der_size(der) != der.size || *der.data != DER_SEQUENCE)
		return err_set(err, why.code, "%s", why.text);
	*out = (struct cert){.der = der, .not_after = INT64_MAX};
	digest_sha256(der, out->sha256);
	return true;
}

static bool add_certificate(
    struct packing *packing, const char *path, struct span der, struct err *err)
{
	struct cert cert;
	char hex[SHA256_HEX];

	if (!check_certificate(packing, der, &cert, err))
		return false;
	hex_write((struct span){cert.sha256, SHA256_SIZE}, hex);
	if (!is_first(packing,
	        arena_printf(&packing->arena, "%s:%s", store_words[packing->source->store], hex))) {
		text_addf(packing->notes, "%s: %s is there already\n",
		    text_escape_string(path).text, hex);
		return true;
	}
	note_doubts(packing, path, &cert);
	return add_member(packing, path, der, err);
}

/* PEM with any number of certificates, or one in DER. */
static bool add_certificates(
    struct packing *packing, const char *path, struct span content, struct err *err)
{
	AUTO(bytes) der = {0};
	struct span rest = content;
	bool trusted;

	for (size_t count = 0;; count++) {
		if (!pem_next_certificate(&rest, &der, &trusted, err))
			return false;
		if (der.size == 0 && count == 0)
			return add_certificate(packing, path, content, err);
		if (der.size == 0)
			return true;
		if (trusted)
			return err_set(err, ERR_FORMAT,
			    "certificate %zu has trust settings of OpenSSL, which a bundle cannot"
			    " carry; give it as a plain CERTIFICATE",
			    count + 1);
		if (!add_certificate(packing, path, bytes_span(&der), err))
			return err_wrap(err, "certificate %zu", count + 1);
	}
}

/* What cannot be read here, no host can read either. */
static bool check_document(int kind, const char *path, struct span content, struct err *err)
{
	AUTO(keyring) keyring = {0};
	AUTO(yaml) yaml = {0};

	if (kind == MEMBER_KEYRING)
		return keyring_parse(content, path, &keyring, err);
	if (kind == MEMBER_POLICY)
		return yaml_parse(content, path, &yaml, err);
	return true;
}

/* A host would refuse such a list. Whether Microsoft signed it the host finds out. */
static void note_list(struct packing *packing, const char *path, struct span content)
{
	AUTO(bytes) list = {0};
	AUTO(ctl) ctl = {0};
	struct err why = {0};

	if (!ctl_unpack(content, &list, &why) || !ctl_parse(bytes_span(&list), &ctl, &why))
		text_addf(packing->notes, "%s: hosts will refuse it: %s\n",
		    text_escape_string(path).text, why.text);
	else if ((int)ctl.list != packing->source->list)
		text_addf(packing->notes, "%s: hosts will refuse it: it is the list %s\n",
		    text_escape_string(path).text, ctl_list_word(ctl.list));
}

static bool check_pin(const struct recipe_entry *source, struct span content, struct err *err)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX];

	if (!source->sha256.given)
		return true;
	digest_sha256(content, digest);
	hex_write((struct span){digest, SHA256_SIZE}, hex);
	if (memcmp(digest, source->sha256.digest, SHA256_SIZE) != 0)
		return err_set(err, ERR_TRUST, "its SHA-256 is %s, not the recipe's", hex);
	return true;
}

static bool add_source(struct packing *packing, const char *path, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(bytes) content = {0};
	int kind = packing->source->kind;
	bool ok;

	if (!file_read(&none, path, SOURCE_MAX_BYTES, &content, err))
		return false;
	ok = check_pin(packing->source, bytes_span(&content), err);
	if (ok && kind == MEMBER_CTL)
		note_list(packing, path, bytes_span(&content));
	if (ok && kind == MEMBER_CERTIFICATE)
		ok = add_certificates(packing, path, bytes_span(&content), err) ||
		     filekind_refuse(bytes_span(&content), FILEKIND_WANT_CERTIFICATE, err);
	else if (ok)
		ok = check_document(kind, path, bytes_span(&content), err) &&
		     add_member(packing, path, bytes_span(&content), err);
	return ok || err_wrap(err, "%s", text_escape_string(path).text);
}

/* --- sources -------------------------------------------------------------------------- */

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *beside_recipe(struct packing *packing, const char *source)
{
	const char *file = packing->recipe->file, *slash = strrchr(file, '/');

	if (source[0] == '/' || !slash)
		return arena_strdup(&packing->arena, source);
	return arena_printf(&packing->arena, "%.*s%s", (int)(slash - file) + 1, file, source);
}

/* In byte order, whatever the locale says. */
static bool add_matches(struct packing *packing, const char *pattern, struct err *err)
{
	glob_t matches = {0};
	bool ok = true;
	int code = glob(pattern, GLOB_NOSORT, NULL, &matches);

	if (code == GLOB_NOMATCH)
		ok = err_set(
		    err, ERR_POLICY, "%s: no file matches", text_escape_string(pattern).text);
	else if (code != 0)
		ok = err_set(
		    err, ERR_IO, "%s: cannot be searched", text_escape_string(pattern).text);
	else
		qsort(matches.gl_pathv, matches.gl_pathc, sizeof(char *), compare_paths);
	for (size_t i = 0; ok && i < matches.gl_pathc; i++)
		ok = add_source(packing, matches.gl_pathv[i], err);
	globfree(&matches);
	return ok;
}

/* Whether the file is the one that the url leads to: its digest tells, whatever its name is. */
static bool is_download(struct packing *packing, const struct folder *folder, const char *name)
{
	uint8_t digest[SHA256_SIZE];
	AUTO(bytes) content = {0};
	struct err ignored = {0};

	if (!folder_read(folder, name, SOURCE_MAX_BYTES, &content, &ignored))
		return false;
	digest_sha256(bytes_span(&content), digest);
	return memcmp(digest, packing->source->sha256.digest, SHA256_SIZE) == 0;
}

static bool add_download(struct packing *packing, struct err *err)
{
	const char *path = packing->recipe->downloads;
	struct escaped url = text_escape_string(packing->source->url);
	AUTO(root) none = root_none();
	AUTO(folder) folder = {.fd = -1};
	char hex[SHA256_HEX];

	hex_write((struct span){packing->source->sha256.digest, SHA256_SIZE}, hex);
	if (!path)
		return err_set(err, ERR_POLICY,
		    "nothing is fetched while building: fetch %s yourself and name its folder with"
		    " --downloads",
		    url.text);
	if (!folder_open(&none, path, &folder, err))
		return false;
	for (size_t i = 0; i < folder.count; i++)
		if (folder.entries[i].type == FILE_REGULAR &&
		    is_download(packing, &folder, folder.entries[i].name))
			return add_source(packing,
			    arena_printf(&packing->arena, "%s/%s", path, folder.entries[i].name),
			    err);
	return err_set(err, ERR_IO,
	    "%s: no file with the SHA-256 %s; fetch %s into it, and if that is another file by now,"
	    " look into why before you change the recipe",
	    text_escape_string(path).text, hex, url.text);
}

static bool add_entry(struct packing *packing, const struct recipe_entry *source, struct err *err)
{
	const char *path;

	packing->source = source;
	if (source->url)
		return add_download(packing, err);
	path = beside_recipe(packing, source->source);
	return strpbrk(source->source, "*?[") ? add_matches(packing, path, err)
	                                      : add_source(packing, path, err);
}

static bool add_entries(struct packing *packing, struct err *err)
{
	const struct recipe *recipe = packing->recipe;
	const struct recipe_entry *list = recipe->contents.list;

	for (size_t i = 0; i < recipe->contents.count; i++)
		if (!add_entry(packing, &list[i], err))
			return err_wrap(err, "%s:%u:%u", text_escape_string(recipe->file).text,
			    list[i].position.line, list[i].position.column);
	return true;
}

/* --- the bundle ----------------------------------------------------------------------- */

/* Both dates as the manifest has them. */
static bool write_manifest(struct packing *packing, struct text *out, struct err *err)
{
	const struct recipe *recipe = packing->recipe;
	struct manifest_entry *entries =
	    arena_alloc(&packing->arena, (packing->count + 1) * sizeof(*entries));
	struct manifest manifest = {
	    .id = recipe->id,
	    .version = recipe->version,
	    .created = packing->now,
	    .expires = recipe->expires ? recipe->expires : packing->now + recipe->valid_for,
	    .contents = {entries, packing->count},
	};

	if (manifest.expires <= manifest.created)
		return err_set(err, ERR_POLICY, "%s: the bundle would be expired when it is built",
		    text_escape_string(recipe->file).text);
	for (size_t i = 0; i < packing->count; i++)
		entries[i] = packing->list[i].entry;
	manifest_write(&manifest, out);
	return true;
}

static bool write_cabinet(struct packing *packing, struct bytes *out, struct err *err)
{
	AUTO(text) manifest = {0};
	struct cabinet_file *files =
	    arena_alloc(&packing->arena, (packing->count + 1) * sizeof(*files));

	if (!write_manifest(packing, &manifest, err))
		return false;
	files[0] = (struct cabinet_file){MANIFEST_NAME, span_text(text_string(&manifest))};
	for (size_t i = 0; i < packing->count; i++)
		files[i + 1] =
		    (struct cabinet_file){packing->list[i].entry.file, packing->list[i].content};
	return cabinet_build(
	    files, packing->count + 1, packing->recipe->compression == RECIPE_MSZIP, out, err);
}

/* What was written is read back as a host would: a writer's fault shows here. */
static bool check_result(const struct bytes *cabinet, struct err *err)
{
	AUTO(bytes) copy = bytes_copy(bytes_span(cabinet));
	AUTO(bundle) bundle = {0};

	return bundle_inspect("the cabinet just built", &copy, &bundle, err) &&
	       bundle_read_all(&bundle, err);
}

bool pack_build(const struct recipe *recipe, int64_t now, struct bytes *cabinet, struct text *notes,
    struct err *err)
{
	AUTO(packing) packing = {.recipe = recipe, .now = now, .notes = notes};
	AUTO(bytes) built = {0};

	if (!add_entries(&packing, err) || !write_cabinet(&packing, &built, err) ||
	    !check_result(&built, err))
		return false;
	bytes_release(cabinet);
	*cabinet = TAKE(built);
	return true;
}

bool pack_time(int64_t clock, int64_t *out, struct err *err)
{
	enum { DAY = 86400 };
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;
	long long value;

	if (!epoch || !*epoch) {
		*out = clock - clock % DAY;
		return true;
	}
	value = strtoll(epoch, &end, 10);
	if (*end || value < 0 || value > INT64_C(253402300799))
		return err_set(err, ERR_USAGE,
		    "SOURCE_DATE_EPOCH is %s, not a number of seconds since 1970",
		    text_escape_string(epoch).text);
	*out = value;
	return true;
}
