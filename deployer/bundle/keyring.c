/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/keyring.h"

#include "model/der.h"
#include "base/file.h"
#include "bundle/manifest.h"
#include "bundle/spki.h"
#include "formats/filekind.h"
#include "formats/pem.h"
#include "model/cert.h"

/* The document as it is written; struct keyring is what becomes of it. */
struct may_text {
	struct texts ids;
	struct choices kinds;
};

struct signer_text {
	const char *name, *certificate;
	struct may_text may;
	struct position position;
};

struct keyring_text {
	uint64_t schema_version, version, threshold;
	int64_t expires;
	struct list signers; /* of struct signer_text */
};

static const struct field may_rows[] = {
    {"ids", FIELD_TEXTS, offsetof(struct may_text, ids), .min = 1, .max = 100,
        .help = "Ids of the bundles that it may sign, with `*` and `?`; absent: all."},
    {"kinds", FIELD_CHOICES, offsetof(struct may_text, kinds), .min = 1, .choices = member_words,
        .help = "Kinds of members that the bundles it signs may have; absent: all."},
};

static const struct fields may_fields = {
    .name = "may",
    .help = "What a signer may sign: its signature on another bundle does not count.",
    .list = may_rows,
    .count = COUNT(may_rows),
    .size = sizeof(struct may_text),
    .position = FIELDS_NO_OFFSET,
};

static const struct field signer_rows[] = {
    {"name", FIELD_TEXT, offsetof(struct signer_text, name), .required = true, .min = 1, .max = 100,
        .help = "Name of the signer in messages."},
    {"certificate", FIELD_TEXT, offsetof(struct signer_text, certificate), .required = true,
        .help = "The signer's certificate, one PEM block; its public key is what is pinned."},
    {"may", FIELD_STRUCT, offsetof(struct signer_text, may), .of = &may_fields,
        .help = "What it may sign; absent: everything."},
};

static const struct fields signer_fields = {
    .name = "signer",
    .help = "One key that may sign.",
    .list = signer_rows,
    .count = COUNT(signer_rows),
    .size = sizeof(struct signer_text),
    .position = offsetof(struct signer_text, position),
};

static const struct field keyring_rows[] = {
    {"schema_version", FIELD_UNSIGNED, offsetof(struct keyring_text, schema_version),
        .required = true, .min = 1, .max = 1, .help = "Version of this language: 1."},
    {"version", FIELD_UNSIGNED, offsetof(struct keyring_text, version), .required = true, .min = 1,
        .max = UINT64_MAX, .help = "Grows by one with each new keyring."},
    {"expires", FIELD_TIME, offsetof(struct keyring_text, expires), .required = true,
        .help = "From then on nothing is verified with this keyring."},
    {"threshold", FIELD_UNSIGNED, offsetof(struct keyring_text, threshold), .required = true,
        .min = 1, .max = KEYRING_MAX_SIGNERS,
        .help = "How many distinct keys must have signed a bundle."},
    {"signers", FIELD_STRUCTS, offsetof(struct keyring_text, signers), .required = true, .min = 1,
        .max = KEYRING_MAX_SIGNERS, .of = &signer_fields, .help = "The keys that may sign."},
};

const struct fields keyring_fields = {
    .name = "keyring",
    .help = "Who may sign bundles.",
    .list = keyring_rows,
    .count = COUNT(keyring_rows),
    .size = sizeof(struct keyring_text),
    .position = FIELDS_NO_OFFSET,
};

/* --- from the document to the keyring ------------------------------------------------- */

static bool refuse_text(const char *certificate, struct err *err)
{
	err_set(err, ERR_POLICY,
	    "there is no PEM certificate: `certificate: |` is followed by the text of the file, "
	    "from -----BEGIN CERTIFICATE----- to its end, not by its name");
	return filekind_of(span_text(certificate)).word == FILEKIND_TEXT
	           ? false
	           : filekind_refuse(span_text(certificate), FILEKIND_WANT_CERTIFICATE, err);
}

/* What the signer may sign, out of the arena of the document. */
static void take_rights(const struct may_text *may, struct keyring *ring, struct signer *out)
{
	out->ids.list = arena_alloc(&ring->arena, may->ids.count * sizeof(*out->ids.list));
	for (; out->ids.count < may->ids.count; out->ids.count++)
		out->ids.list[out->ids.count] =
		    arena_strdup(&ring->arena, may->ids.list[out->ids.count]);
	out->kinds.count = may->kinds.count;
	out->kinds.list =
	    arena_copy(&ring->arena, may->kinds.list, may->kinds.count * sizeof(*may->kinds.list));
}

static bool read_certificate(
    const struct signer_text *text, struct keyring *ring, struct signer *out, struct err *err)
{
	struct span rest = span_text(text->certificate);
	AUTO(bytes) der = {0};
	AUTO(bytes) more = {0};
	bool trusted;
	struct cert cert;
	struct spki spki;

	if (!pem_next_certificate(&rest, &der, &trusted, err))
		return false;
	if (der.size == 0)
		return refuse_text(text->certificate, err);
	if (trusted)
		return err_set(err, ERR_POLICY,
		    "it is a TRUSTED CERTIFICATE of OpenSSL; give it as a plain CERTIFICATE");
	if (!pem_next_certificate(&rest, &more, &trusted, err))
		return false;
	if (more.size > 0)
		return err_set(err, ERR_POLICY, "there is more than one certificate");
	out->certificate = (struct span){arena_copy(&ring->arena, der.data, der.size), der.size};
	if (!cert_parse(out->certificate, &cert, err) || !spki_parse(cert.spki, &spki, err))
		return false;
	out->name = arena_strdup(&ring->arena, text->name);
	out->issuer = cert.issuer;
	out->serial = cert.serial;
	out->spki = cert.spki;
	digest_sha256(cert.spki, out->spki_sha256);
	spki_identity(&spki, out->key);
	out->cannot_sign = spki.kind == SPKI_ED25519;
	take_rights(&text->may, ring, out);
	return true;
}

/* A threshold that cannot be reached without signatures that never count. */
static bool check_reach(const struct keyring *ring, struct err *err)
{
	AUTO(text) names = {.limit = 160};
	size_t able = ring->count;

	for (size_t i = 0; i < ring->count; i++) {
		if (!ring->signers[i].cannot_sign)
			continue;
		able--;
		text_addf(&names, "%s%s", names.size ? ", " : "",
		    text_escape_string(ring->signers[i].name).text);
	}
	return able >= ring->threshold ||
	       err_set(err, ERR_POLICY,
	           "the threshold is %llu, but only %zu of the signers can sign: Ed25519 keys (%s) "
	           "cannot sign bundles; give these signers RSA or ECDSA keys",
	           (unsigned long long)ring->threshold, able, text_string(&names));
}

static bool check_distinct(const struct keyring *ring, struct err *err)
{
	for (size_t i = 0; i < ring->count; i++) {
		struct escaped name = text_escape_string(ring->signers[i].name);

		for (size_t j = 0; j < i; j++) {
			if (strcmp(ring->signers[i].name, ring->signers[j].name) == 0)
				return err_set(
				    err, ERR_POLICY, "two signers are named %s", name.text);
			if (memcmp(ring->signers[i].key, ring->signers[j].key, SHA256_SIZE) == 0)
				return err_set(err, ERR_POLICY,
				    "signers %s and %s have one key, and would count as two: remove"
				    " one of them",
				    text_escape_string(ring->signers[j].name).text, name.text);
		}
	}
	if (ring->threshold < 1 || ring->threshold > ring->count)
		return err_set(err, ERR_POLICY, "the threshold is %llu, but there are %zu signers",
		    (unsigned long long)ring->threshold, ring->count);
	return check_reach(ring, err);
}

static bool read_signers(
    const struct list *texts, const char *file, struct keyring *ring, struct err *err)
{
	const struct signer_text *list = texts->list;

	ring->signers = arena_alloc(&ring->arena, texts->count * sizeof(*ring->signers));
	for (size_t i = 0; i < texts->count; i++) {
		if (!read_certificate(&list[i], ring, &ring->signers[i], err)) {
			err->code = ERR_POLICY;
			return err_wrap(err, "%s:%u:%u: signer %s", text_escape_string(file).text,
			    list[i].position.line, list[i].position.column,
			    text_escape_string(list[i].name).text);
		}
		ring->count++;
	}
	return true;
}

bool keyring_parse(struct span span, const char *file, struct keyring *out, struct err *err)
{
	AUTO(yaml) yaml = {0};
	AUTO(arena) arena = {0};
	AUTO(keyring) ring = {0};
	struct keyring_text text;

	if (!yaml_parse(span, file, &yaml, err) ||
	    !fields_read(&yaml, yaml.root, &keyring_fields, &arena, &text, err) ||
	    !read_signers(&text.signers, file, &ring, err))
		return false;
	ring.version = text.version;
	ring.expires = text.expires;
	ring.threshold = text.threshold;
	if (!check_distinct(&ring, err))
		return err_wrap(err, "%s", text_escape_string(file).text);
	*out = TAKE(ring);
	return true;
}

static bool load(const char *path, enum file_trust trust, struct keyring *out, struct err *err)
{
	struct root none = root_none();
	AUTO(bytes) content = {0};

	return file_read_private(&none, path, trust, KEYRING_MAX_BYTES, &content, err) &&
	       keyring_parse(bytes_span(&content), path, out, err);
}

static const char *next_path(const char *path, struct arena *arena)
{
	return arena_printf(arena, "%s.next", path);
}

bool keyring_load(const char *path, enum file_trust trust, struct keyring *out, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(arena) arena = {0};
	AUTO(keyring) present = {0};
	AUTO(keyring) next = {0};
	const char *beside = next_path(path, &arena);

	if (!load(path, trust, &present, err) ||
	    (file_type(&none, beside) != FILE_ABSENT && !load(beside, trust, &next, err)))
		return false;
	/* somebody has finished a rotation by hand, and left another version there */
	next.waiting = next.count > 0 && next.version == present.version + 1;
	*out = next.waiting ? TAKE(next) : TAKE(present);
	return true;
}

bool keyring_prepare(const char *path, struct span content, struct err *err)
{
	AUTO(arena) arena = {0};

	return file_replace(next_path(path, &arena), content, 0644, err);
}

bool keyring_install(const char *path, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(arena) arena = {0};

	return file_rename(&none, next_path(path, &arena), path, err);
}

static bool same_rights(const struct signer *a, const struct signer *b)
{
	bool same = a->ids.count == b->ids.count && a->kinds.count == b->kinds.count;

	for (size_t i = 0; same && i < a->ids.count; i++)
		same = strcmp(a->ids.list[i], b->ids.list[i]) == 0;
	for (size_t i = 0; same && i < a->kinds.count; i++)
		same = a->kinds.list[i] == b->kinds.list[i];
	return same;
}

bool keyring_equal(const struct keyring *a, const struct keyring *b)
{
	bool same = a->version == b->version && a->expires == b->expires &&
	            a->threshold == b->threshold && a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++) {
		bool found = false;

		for (size_t j = 0; !found && j < b->count; j++)
			found = memcmp(a->signers[i].key, b->signers[j].key, SHA256_SIZE) == 0 &&
			        same_rights(&a->signers[i], &b->signers[j]);
		same = found;
	}
	return same;
}

void keyring_emit_may(struct emit *e, const struct signer *signer)
{
	if (signer->ids.count + signer->kinds.count == 0)
		return;
	emit_key(e, "may");
	emit_map(e);
	if (signer->ids.count) {
		emit_key(e, "ids");
		emit_list(e);
		for (size_t i = 0; i < signer->ids.count; i++)
			emit_text(e, signer->ids.list[i]);
		emit_end(e);
	}
	if (signer->kinds.count) {
		emit_key(e, "kinds");
		emit_list(e);
		for (size_t i = 0; i < signer->kinds.count; i++)
			emit_text(e, member_words[signer->kinds.list[i]]);
		emit_end(e);
	}
	emit_end(e);
}

void keyring_release(struct keyring *keyring)
{
	arena_release(&keyring->arena);
	*keyring = (struct keyring){0};
}
