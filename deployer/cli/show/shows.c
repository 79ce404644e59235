/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show/shows.h"

#include "base/digest.h"
#include "bundle/bundle.h"
#include "bundle/recipe.h"
#include "formats/document.h"
#include "formats/ctl.h"
#include "formats/filekind.h"
#include "formats/pem.h"
#include "formats/windows/certblob.h"
#include "formats/windows/regpol.h"
#include "formats/windows/urlcache.h"
#include "formats/windows/winproxy.h"
#include "model/cert_detail.h"
#include "policy/policy.h"

static bool begins(struct span file, const char *text)
{
	size_t size = strlen(text);

	return file.size >= size && memcmp(file.data, text, size) == 0;
}

static bool looks_like_bundle(struct span file)
{
	return begins(file, "MSCF") && file.size > BUNDLE_TRAILER &&
	       memcmp(file.data + file.size - BUNDLE_TRAILER, BUNDLE_MAGIC, strlen(BUNDLE_MAGIC)) ==
	           0;
}

static bool looks_like_cabinet(struct span file)
{
	return begins(file, "MSCF");
}

static bool looks_like_certificate(struct span file)
{
	/* a DER sequence of at least 128 bytes, or text with a PEM block in it */
	return begins(file, "\x30\x82") || begins(file, "\x30\x81") ||
	       span_find(file, span_text("CERTIFICATE-----"));
}

/* A document of ours with this key at its top, or in an element of the list `list`. */
static bool has_key(struct span file, const char *list, const char *key)
{
	AUTO(yaml) yaml = {0};
	struct err ignored = {0};
	const struct yaml_node *node;

	if (!yaml_parse(file, "", &yaml, &ignored) || yaml.root->kind != YAML_MAP)
		return false;
	node = list ? yaml_member(yaml.root, list) : yaml.root;
	if (list && node)
		node = node->kind == YAML_LIST ? node->first : NULL;
	return node && node->kind == YAML_MAP && yaml_member(node, key) != NULL;
}

static bool looks_like_keyring(struct span file)
{
	size_t blanks;

	/* no other document of ours has PEM in it, so it is a keyring; then what is wrong with it
	 * is told */
	return has_key(file, NULL, "signers") || yaml_flat_pem(file, &blanks) != 0;
}

static bool looks_like_recipe(struct span file)
{
	return has_key(file, "contents", "source") || has_key(file, "contents", "url");
}

static bool looks_like_policy(struct span file)
{
	return has_key(file, NULL, "schema_version") && has_key(file, NULL, "name");
}

void show_pair_text(struct emit *emit, const char *key, struct text *text)
{
	emit_key(emit, key);
	emit_span(emit, (struct span){(const uint8_t *)text_string(text), text->size});
	text_release(text);
}

void show_pair_hex(struct emit *emit, const char *key, struct span bytes)
{
	emit_key(emit, key);
	emit_hex(emit, bytes);
}

static void emit_certificate(struct emit *e, const struct cert *cert)
{
	uint8_t sha1[SHA1_SIZE];
	struct text text = {0};

	digest_sha1(cert->der, sha1);
	cert_name_full(cert->subject, &text);
	show_pair_text(e, "subject", &text);
	cert_name_full(cert->issuer, &text);
	show_pair_text(e, "issuer", &text);
	emit_key(e, "serial");
	/* the content of a short INTEGER: tag and length are one byte each */
	emit_hex(e, (struct span){cert->serial.data + 2, cert->serial.size - 2});
	emit_key(e, "sha1");
	emit_hex(e, (struct span){sha1, SHA1_SIZE});
	emit_key(e, "sha256");
	emit_hex(e, (struct span){cert->sha256, SHA256_SIZE});
	emit_key(e, "not_before");
	emit_time(e, cert->not_before);
	emit_key(e, "not_after");
	emit_time(e, cert->not_after);
	emit_key(e, "is_ca");
	emit_bool(e, cert->is_ca);
	cert_key_text(cert, &text);
	show_pair_text(e, "key", &text);
	cert_signature_text(cert, &text);
	show_pair_text(e, "signature_algorithm", &text);
}

/* A block of PEM; behind the certificate of a trusted one stand OpenSSL's trust settings. */
static bool show_block(struct emit *e, struct span block, bool trusted, struct err *err)
{
	struct span der = {block.data, trusted ? der_size(block) : block.size};
	struct cert cert;

	if (!cert_parse(der, &cert, err))
		return false;
	emit_certificate(e, &cert);
	return !trusted || show_trust(e, block, err);
}

/* Every certificate of a PEM file: one as the object itself, several as a list. */
static bool show_pem(struct emit *e, struct span file, struct err *err)
{
	AUTO(bytes) der = {0};
	AUTO(bytes) next = {0};
	bool trusted, next_trusted, many = false;

	if (!pem_next_certificate(&file, &der, &trusted, err))
		return false;
	if (der.size == 0)
		return err_set(err, ERR_FORMAT, "no certificate in it");
	do {
		if (!pem_next_certificate(&file, &next, &next_trusted, err))
			return false;
		if (next.size && !many) {
			emit_key(e, "certificates");
			emit_list(e);
			many = true;
		}
		if (many)
			emit_map(e);
		if (!show_block(e, bytes_span(&der), trusted, err))
			return false;
		if (many)
			emit_end(e);
		bytes_release(&der);
		der = TAKE(next);
		trusted = next_trusted;
	} while (der.size);
	if (many)
		emit_end(e);
	return true;
}

static bool show_certificate(struct emit *e, const struct show_input *in, struct err *err)
{
	struct cert cert;

	if (!begins(in->file, "\x30"))
		return show_pem(e, in->file, err) ||
		       filekind_refuse(in->file, FILEKIND_WANT_CERTIFICATE, err);
	if (!cert_parse(in->file, &cert, err))
		return filekind_refuse(in->file, FILEKIND_WANT_CERTIFICATE, err);
	emit_certificate(e, &cert);
	return true;
}

static bool show_cabinet(struct emit *e, const struct show_input *in, struct err *err)
{
	AUTO(cab) cab = {0};
	AUTO(bytes) last = {0};

	if (!cab_open(in->file, &cab, err))
		return false;
	emit_key(e, "members");
	emit_list(e);
	for (size_t i = 0; i < cab.count; i++) {
		const struct show_type *type;
		uint8_t sha256[SHA256_SIZE];

		if (!cab_read(&cab, &cab.members[i], CAB_MAX_UNPACKED, &last, err))
			return false;
		digest_sha256(bytes_span(&last), sha256);
		type = show_guess(bytes_span(&last));
		emit_map(e);
		emit_pair(e, "name", cab.members[i].name);
		emit_key(e, "size");
		emit_unsigned(e, cab.members[i].size);
		emit_key(e, "sha256");
		emit_hex(e, (struct span){sha256, SHA256_SIZE});
		emit_pair(e, "type", type ? type->name : NULL);
		emit_end(e);
	}
	emit_end(e);
	if (cab.count != 1 || !ctl_looks(bytes_span(&last)))
		return true;
	emit_key(e, "ctl");
	emit_map(e);
	if (!show_ctl(e, &(struct show_input){in->path, bytes_span(&last), in->args}, err))
		return err_wrap(err, "%s", cab.members[0].name);
	emit_end(e);
	return true;
}

static void emit_signer(struct emit *e, const struct signer *signer)
{
	struct err ignored = {0};
	struct text subject = {0};
	struct cert cert;
	AUTO(bytes) pem = {0};

	emit_map(e);
	emit_pair(e, "name", signer->name);
	emit_key(e, "spki_sha256");
	emit_hex(e, (struct span){signer->spki_sha256, SHA256_SIZE});
	if (cert_parse(signer->certificate, &cert, &ignored))
		cert_name_full(cert.subject, &subject);
	show_pair_text(e, "subject", &subject);
	if (signer->cannot_sign)
		emit_pair(e, "problem", "an Ed25519 key cannot sign bundles; use RSA or ECDSA");
	keyring_emit_may(e, signer);
	if (e->notation != NOTATION_TEXT) {
		pem_write_certificate(signer->certificate, &pem);
		emit_key(e, "certificate");
		emit_span(e, bytes_span(&pem));
	}
	emit_end(e);
}

static bool show_keyring(struct emit *e, const struct show_input *in, struct err *err)
{
	AUTO(keyring) keyring = {0};

	if (!keyring_parse(in->file, in->path, &keyring, err))
		return false;
	emit_key(e, "schema_version");
	emit_unsigned(e, 1);
	emit_key(e, "version");
	emit_unsigned(e, keyring.version);
	emit_key(e, "expires");
	emit_time(e, keyring.expires);
	emit_key(e, "threshold");
	emit_unsigned(e, keyring.threshold);
	emit_key(e, "signers");
	emit_list(e);
	for (size_t i = 0; i < keyring.count; i++)
		emit_signer(e, &keyring.signers[i]);
	emit_end(e);
	return true;
}

static bool show_recipe(struct emit *e, const struct show_input *in, struct err *err)
{
	AUTO(recipe) recipe = {0};

	if (!recipe_parse(in->file, in->path, &recipe, err))
		return false;
	document_emit_members(e, &recipe_fields, &recipe);
	return true;
}

static bool show_policy(struct emit *e, const struct show_input *in, struct err *err)
{
	AUTO(policies) policies = {0};

	if (!policy_parse(in->file, in->path, &policies, err))
		return false;
	document_emit_members(e, &policy_fields, &policies.list[0]);
	return true;
}

/* What identifies the certificate for people; machines get all of it. */
static bool show_member(struct emit *e, const struct show_input *in, struct err *err)
{
	struct text text = {0};
	struct cert cert;

	if (!cert_parse(in->file, &cert, err))
		return false;
	if (e->notation != NOTATION_TEXT) {
		emit_certificate(e, &cert);
		return true;
	}
	cert_name_full(cert.subject, &text);
	show_pair_text(e, "subject", &text);
	cert_key_text(&cert, &text);
	show_pair_text(e, "key", &text);
	emit_key(e, "not_after");
	emit_time(e, cert.not_after);
	return true;
}

/* What cannot be read must not hide the rest: each of these says that it cannot before it emits
 * anything. */
static void emit_member(struct emit *e, struct bundle *bundle, const struct manifest_entry *entry)
{
	static bool (*const shows[])(struct emit *, const struct show_input *, struct err *) = {
	    [MEMBER_CERTIFICATE] = show_member,
	    [MEMBER_POLICY] = show_policy,
	    [MEMBER_KEYRING] = show_keyring,
	};
	AUTO(bytes) content = {0};
	struct show_input in = {.path = entry->file};
	struct err why = {0};

	if ((size_t)entry->kind >= COUNT(shows) || !shows[entry->kind])
		return;
	emit_map(e);
	emit_pair(e, "file", entry->file);
	emit_key(e, member_words[entry->kind]);
	emit_map(e);
	if (bundle_read(bundle, entry, &content, &why)) {
		in.file = bytes_span(&content);
		if (shows[entry->kind](e, &in, &why))
			why.code = ERR_NONE;
	}
	emit_end(e);
	if (why.code != ERR_NONE || e->notation != NOTATION_TEXT)
		emit_pair(e, "fault", why.code == ERR_NONE ? "" : why.text);
	emit_end(e);
}

/* Who signs a bundle, or installs it, must see what it brings: certificates by their names,
 * policies and keyrings whole. Trust lists are shown by `bundle extract` and then `show`. */
static void emit_members(struct emit *e, struct bundle *bundle)
{
	const struct manifest_entry *entries = bundle->manifest.contents.list;

	emit_key(e, "members");
	emit_list(e);
	for (size_t i = 0; i < bundle->manifest.contents.count; i++)
		emit_member(e, bundle, &entries[i]);
	emit_end(e);
}

static bool show_bundle(struct emit *e, const struct show_input *in, struct err *err)
{
	AUTO(bundle) bundle = {0};
	AUTO(bytes) copy = bytes_copy(in->file);
	char sha256[SHA256_HEX];

	if (!bundle_inspect(in->path, &copy, &bundle, err))
		return false;
	emit_key(e, "manifest");
	document_emit(e, &manifest_fields, &bundle.manifest);
	emit_members(e, &bundle);
	emit_key(e, "signers");
	emit_list(e);
	for (size_t i = 0; i < bundle.signer_count; i++) {
		emit_map(e);
		emit_pair(e, "subject", bundle.signers[i].subject);
		/* only a keyring can tell whose key it is, and whether it signed this */
		emit_pair(e, "spki_sha256", NULL);
		emit_pair(e, "signature", "notchecked");
		emit_end(e);
	}
	emit_end(e);
	digest_sha256_hex(bundle.cabinet, sha256);
	emit_pair(e, "cabinet_sha256", sha256);
	return true;
}

const struct show_type show_types[] = {
    {"bundle", looks_like_bundle, show_bundle},
    {"cabinet", looks_like_cabinet, show_cabinet},
    {"keyring", looks_like_keyring, show_keyring},
    {"recipe", looks_like_recipe, show_recipe},
    {"policy", looks_like_policy, show_policy},
    {"ctl", ctl_looks, show_ctl},
    {"urlcache_entry", urlcache_looks, show_urlcache},
    {"registry_pol", regpol_looks, show_regpol},
    {"sst", sst_looks, show_sst},
    {"proxy_blob", winproxy_looks, show_winproxy},
    {"certificate_blob", certblob_looks, show_certblob},
    {"certificate", looks_like_certificate, show_certificate},
};
const size_t show_type_count = COUNT(show_types);

const struct show_type *show_guess(struct span file)
{
	for (size_t i = 0; i < show_type_count; i++)
		if (show_types[i].looks(file))
			return &show_types[i];
	return NULL;
}
