/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust list for people and programs: what it says, who signed it, and how far
 * the signer's chain leads, from what is embedded and from what is given besides.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/utf16.h"
#include "cli/inputs.h"
#include "cli/show/shows.h"
#include "formats/ctl_signature.h"
#include "formats/filekind.h"
#include "formats/pem.h"
#include "model/cert_detail.h"

enum { STORE_MAX_BYTES = 16 * 1024 * 1024 };

/* Certificates of one file, PEM or DER. */
struct holders {
	struct arena arena;
	struct span *list;
	size_t count, capacity;
};

static void holders_release(struct holders *store)
{
	free(store->list);
	arena_release(&store->arena);
	*store = (struct holders){0};
}

static void store_add(struct holders *store, struct span der)
{
	const uint8_t *copy = arena_copy(&store->arena, der.data, der.size);

	store->list =
	    mem_grow(store->list, &store->capacity, store->count + 1, sizeof(*store->list));
	store->list[store->count++] = (struct span){copy, der.size};
}

static bool refuse_store(const char *path, const struct bytes *file, struct err *err)
{
	filekind_refuse(bytes_span(file), FILEKIND_WANT_CERTIFICATE, err);
	return err_wrap(err, "%s", text_escape_string(path).text);
}

static bool store_read(const char *path, struct holders *out, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(bytes) file = {0};
	AUTO(bytes) der = {0};
	struct span rest;
	bool trusted;

	if (!path)
		return true;
	if (!file_read(&none, path, STORE_MAX_BYTES, &file, err))
		return false;
	rest = bytes_span(&file);
	if (filekind_of(rest).word == FILEKIND_DER_CERTIFICATE) {
		store_add(out, rest);
		return true;
	}
	do {
		if (!pem_next_certificate(&rest, &der, &trusted, err))
			return refuse_store(path, &file, err);
		if (der.size > 0)
			store_add(out, bytes_span(&der));
	} while (der.size > 0);
	if (out->count > 0)
		return true;
	err_set(err, ERR_FORMAT, "no certificate in it");
	return refuse_store(path, &file, err);
}

static void emit_oid(struct emit *e, struct span oid)
{
	AUTO(text) dotted = {0};

	der_oid_text(oid, &dotted);
	emit_text(e, text_string(&dotted));
}

void show_pair_oids(struct emit *e, const char *key, bool there, struct span rest)
{
	struct span oid;

	emit_key(e, key);
	if (!there) {
		emit_null(e);
		return;
	}
	emit_list(e);
	while (ctl_oid_next(&rest, &oid))
		emit_oid(e, oid);
	emit_end(e);
}

static void emit_optional_hex(
    struct emit *e, const char *key, const struct ctl_entry *entry, unsigned property)
{
	struct span value;

	emit_key(e, key);
	if (ctl_entry_find(entry, property, &value))
		emit_hex(e, value);
	else
		emit_null(e);
}

/* An empty date, whose meaning is only inferred, is an empty string: neither a date nor null. */
static void emit_date(
    struct emit *e, const char *key, const struct ctl_entry *entry, unsigned property)
{
	struct ctl_date date = ctl_entry_date(entry, property);

	emit_key(e, key);
	if (date.state == CTL_DATE_SET)
		emit_time(e, date.time);
	else
		emit_text(e, date.state == CTL_DATE_EMPTY ? "" : NULL);
}

static void emit_entry_oids(
    struct emit *e, const char *key, const struct ctl_entry *entry, unsigned property)
{
	struct span oids = {0};

	show_pair_oids(e, key, ctl_entry_oids(entry, property, &oids), oids);
}

static bool is_shown(unsigned property)
{
	static const unsigned shown[] = {CTL_EKU, CTL_FRIENDLY_NAME, CTL_KEY_IDENTIFIER,
	    CTL_SUBJECT_NAME_MD5, CTL_SHA256, CTL_DISALLOWED_AFTER, CTL_DISALLOWED_EKU,
	    CTL_NOT_BEFORE_AFTER, CTL_NOT_BEFORE_EKU};

	for (size_t i = 0; i < COUNT(shown); i++)
		if (shown[i] == property)
			return true;
	return false;
}

static void emit_other(struct emit *e, const struct ctl_entry *entry)
{
	struct span rest = entry->attributes;
	struct ctl_attribute attribute;

	emit_key(e, "other");
	emit_map(e);
	while (ctl_attribute_next(&rest, &attribute)) {
		AUTO(text) dotted = {0};

		if (is_shown(attribute.property))
			continue;
		der_oid_text(attribute.oid, &dotted);
		emit_key_text(e, text_string(&dotted));
		emit_hex(e, attribute.value);
	}
	emit_end(e);
}

static bool friendly_name(const struct ctl_entry *entry, struct text *out)
{
	struct span name;

	if (!ctl_entry_find(entry, CTL_FRIENDLY_NAME, &name))
		return false;
	utf16_add_text(out, name);
	return true;
}

static void emit_entry(struct emit *e, const struct ctl_entry *entry)
{
	struct text name = {0};

	emit_map(e);
	show_pair_hex(e, "id", entry->id);
	if (friendly_name(entry, &name))
		show_pair_text(e, "friendly_name", &name);
	else
		emit_pair(e, "friendly_name", NULL);
	emit_optional_hex(e, "sha256", entry, CTL_SHA256);
	emit_optional_hex(e, "key_identifier", entry, CTL_KEY_IDENTIFIER);
	emit_optional_hex(e, "subject_name_md5", entry, CTL_SUBJECT_NAME_MD5);
	emit_entry_oids(e, "eku", entry, CTL_EKU);
	emit_date(e, "disallowed_after", entry, CTL_DISALLOWED_AFTER);
	emit_date(e, "not_before_after", entry, CTL_NOT_BEFORE_AFTER);
	emit_entry_oids(e, "disallowed_eku", entry, CTL_DISALLOWED_EKU);
	emit_entry_oids(e, "not_before_eku", entry, CTL_NOT_BEFORE_EKU);
	emit_other(e, entry);
	emit_end(e);
}

/* One line each for people: hundreds of maps would hide the rest. */
static void emit_entry_line(struct emit *e, const struct ctl_entry *entry)
{
	AUTO(text) line = {0};
	char hex[2 * 64 + 1];

	hex_write((struct span){entry->id.data, entry->id.size < 64 ? entry->id.size : 64}, hex);
	text_addf(&line, "%s  ", hex);
	friendly_name(entry, &line);
	if (ctl_entry_date(entry, CTL_DISALLOWED_AFTER).state != CTL_DATE_ABSENT)
		text_add(&line, "  (disabled)");
	if (ctl_entry_date(entry, CTL_NOT_BEFORE_AFTER).state != CTL_DATE_ABSENT)
		text_add(&line, "  (only certificates issued before a date)");
	emit_text(e, text_string(&line));
}

static void emit_entries(struct emit *e, const struct ctl *ctl)
{
	emit_key(e, "entry_count");
	emit_unsigned(e, ctl->entry_count);
	emit_key(e, "entries");
	emit_list(e);
	for (size_t i = 0; i < ctl->entry_count; i++)
		(e->notation == NOTATION_TEXT ? emit_entry_line : emit_entry)(e, &ctl->entries[i]);
	emit_end(e);
}

static void emit_extensions(struct emit *e, const struct ctl *ctl)
{
	struct span rest = ctl->extensions;
	struct ctl_attribute extension;

	emit_key(e, "extensions");
	emit_list(e);
	while (ctl_extension_next(&rest, &extension)) {
		emit_map(e);
		emit_key(e, "oid");
		emit_oid(e, extension.oid);
		emit_key(e, "critical");
		emit_bool(e, extension.critical);
		emit_key(e, "size");
		emit_unsigned(e, extension.value.size);
		emit_end(e);
	}
	emit_end(e);
}

static bool emit_certificates(struct emit *e, const struct ctl *ctl, struct err *err)
{
	emit_key(e, "embedded_certificates");
	emit_list(e);
	for (size_t i = 0; i < ctl->certificate_count; i++) {
		uint8_t sha1[SHA1_SIZE];
		struct text name = {0};
		struct cert cert;

		if (!cert_parse(ctl->certificates[i], &cert, err))
			return err_wrap(err, "embedded certificate %zu", i + 1);
		digest_sha1(cert.der, sha1);
		emit_map(e);
		cert_name_full(cert.subject, &name);
		show_pair_text(e, "subject", &name);
		cert_name_full(cert.issuer, &name);
		show_pair_text(e, "issuer", &name);
		show_pair_hex(e, "sha1", (struct span){sha1, SHA1_SIZE});
		show_pair_hex(e, "sha256", (struct span){cert.sha256, SHA256_SIZE});
		emit_key(e, "not_before");
		emit_time(e, cert.not_before);
		emit_key(e, "not_after");
		emit_time(e, cert.not_after);
		emit_end(e);
	}
	emit_end(e);
	return true;
}

struct question {
	const struct ctl *ctl;
	const struct ctl_signature *signature;
	int64_t now;
};

static void emit_chain(struct emit *e, const char *key, const struct question *question,
    const struct ctl_stores *stores)
{
	struct ctl_chain chain;
	const struct chain_outcome *then = &chain.at_this_update;

	ctl_chain(question->ctl, question->signature, stores, question->now, &chain);
	emit_key(e, key);
	emit_map(e);
	emit_pair(e, "at_this_update", chain_result_word(then->result));
	emit_pair(e, "at_now", chain_result_word(chain.at_now.result));
	if (then->result == CHAIN_MISSING_ISSUER) {
		emit_pair(e, "missing_issuer", then->issuer);
		emit_pair(e, "issuer_url", then->issuer_url[0] ? then->issuer_url : NULL);
	}
	emit_end(e);
}

static void fill_pool(struct chain_pool *pool, const struct holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		chain_pool_add(pool, holders->list[i]);
}

static bool emit_trust(
    struct emit *e, const struct ctl *ctl, const struct args *args, struct err *err)
{
	char sha256[SHA256_HEX];
	AUTO(holders) roots = {0};
	AUTO(holders) more = {0};
	struct ctl_signature signature;
	struct question question = {ctl, &signature, input_now(args)};
	AUTO(chain_pool) embedded = {0};
	AUTO(chain_pool) anchors = {0};
	AUTO(chain_pool) intermediates = {0};
	struct ctl_stores stores = {.untrusted = {&embedded}};

	if (!store_read(args->roots, &roots, err) || !store_read(args->intermediates, &more, err))
		return false;
	ctl_check_signature(ctl, &signature);
	emit_pair(e, "signature", ctl_verdict_word(signature.signature));
	emit_key(e, "signer_eku_ok");
	emit_bool(e, signature.signer_usage);
	emit_pair(e, "nested_signature", ctl_verdict_word(signature.nested));
	digest_sha256_hex(ctl->file, sha256);
	emit_pair(e, "file_sha256", sha256);
	emit_key(e, "chain");
	emit_map(e);
	ctl_pool(ctl, &embedded);
	fill_pool(&anchors, &roots);
	fill_pool(&intermediates, &more);
	stores.anchors[0] = roots.count > 0 ? &anchors : NULL;
	emit_chain(e, "embedded", &question, &stores);
	/* show looks at a file, not at a host: diagnose and check answer this one */
	emit_chain(e, "host", &question, &(struct ctl_stores){0});
	stores.untrusted[1] = &intermediates;
	emit_chain(e, "policy", &question, more.count > 0 ? &stores : &(struct ctl_stores){0});
	emit_end(e);
	return true;
}

bool show_ctl(struct emit *e, const struct show_input *in, struct err *err)
{
	char sequence[CTL_SEQUENCE_TEXT];
	AUTO(ctl) ctl = {0};

	if (!ctl_parse(in->file, &ctl, err))
		return false;
	emit_pair(e, "list", ctl_list_word(ctl.list));
	ctl_sequence_text(ctl.sequence, sequence);
	emit_pair(e, "sequence", ctl.sequence.size > 0 ? sequence : NULL);
	emit_key(e, "this_update");
	emit_time(e, ctl.this_update);
	emit_key(e, "next_update");
	if (ctl.has_next_update)
		emit_time(e, ctl.next_update);
	else
		emit_null(e);
	show_pair_oids(e, "subject_usage", true, ctl.usage);
	emit_key(e, "subject_algorithm");
	emit_oid(e, ctl.subject_algorithm);
	if (e->notation == NOTATION_TEXT)
		return emit_trust(e, &ctl, in->args, err) && emit_certificates(e, &ctl, err) &&
		       (emit_extensions(e, &ctl), emit_entries(e, &ctl), true);
	emit_entries(e, &ctl);
	emit_extensions(e, &ctl);
	return emit_certificates(e, &ctl, err) && emit_trust(e, &ctl, in->args, err);
}
