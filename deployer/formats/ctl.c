/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ctl.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/digest.h"
#include "formats/cab.h"
#include "model/der_value.h"

enum { TAG_0 = 0xa0, TAG_1 = 0xa1 };

static const uint8_t oid_signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t oid_ctl[] = {MICROSOFT_LISTS, 0x01};
static const uint8_t oid_authroot[] = {MICROSOFT_LISTS, 0x03, 0x09};
static const uint8_t oid_disallowed[] = {MICROSOFT_LISTS, 0x03, 0x1e};
static const uint8_t oid_pinrules[] = {MICROSOFT_LISTS, 0x03, 0x20};
static const uint8_t oid_pin_rules_table[] = {MICROSOFT_LISTS, 0x03, 0x21};

static const struct span usages[] = {
    [CTL_AUTHROOT] = {oid_authroot, sizeof(oid_authroot)},
    [CTL_DISALLOWED] = {oid_disallowed, sizeof(oid_disallowed)},
    [CTL_PINRULES] = {oid_pinrules, sizeof(oid_pinrules)},
};

static bool take_entries(struct der *der, struct ctl *ctl)
{
	struct element element;
	struct der inside;
	size_t capacity = 0;

	if (!der_optional(der, DER_SEQUENCE, &element))
		return !der->fault;
	for (inside = der_inside(der, element.content); inside.rest.size > 0;) {
		if (ctl->entry_count == CTL_MAX_ENTRIES)
			return der_fail(der, inside.rest.data, "more entries than a list may have");
		ctl->entries =
		    mem_grow(ctl->entries, &capacity, ctl->entry_count + 1, sizeof(*ctl->entries));
		if (!ctl_take_entry(&inside, &ctl->entries[ctl->entry_count]))
			return der_pass_on(der, &inside);
		ctl->entry_count++;
	}
	return true;
}

/* An extension that is critical must be understood; of pin rules only the number is used here. */
static bool take_extensions(struct der *der, struct ctl *ctl)
{
	struct element tagged, sequence;
	struct ctl_attribute extension;
	struct der inside;

	if (!der_optional(der, TAG_0, &tagged))
		return !der->fault;
	inside = der_inside(der, tagged.content);
	if (!der_take(&inside, DER_SEQUENCE, &sequence) || !der_end(&inside))
		return der_pass_on(der, &inside);
	ctl->extensions = sequence.content;
	for (inside = der_inside(der, sequence.content); inside.rest.size > 0;) {
		if (!ctl_take_extension(&inside, &extension))
			return der_pass_on(der, &inside);
		if (extension.critical &&
		    !(ctl->list == CTL_PINRULES &&
		        span_equal(extension.oid, SPAN_OF(oid_pin_rules_table))))
			return der_fail(der, extension.oid.data, "an unknown critical extension");
	}
	return true;
}

static bool take_usage(struct der *der, struct ctl *ctl)
{
	struct element version, usage;
	struct der oids;
	struct span oid;

	/* a version can only come first, a sequence number only later */
	if (der_optional(der, DER_INTEGER, &version) &&
	    (version.content.size != 1 || *version.content.data > 1))
		return der_fail(der, version.whole.data, "a version of CTL that is not known");
	if (!der_take(der, DER_SEQUENCE, &usage))
		return false;
	ctl->usage = usage.content;
	oids = der_inside(der, usage.content);
	if (!ctl_check_oids(der, usage.content) || !ctl_oid_next(&oids.rest, &oid))
		return der_fail(der, usage.whole.data, "no subject usage");
	ctl->list = CTL_UNKNOWN;
	for (size_t i = 0; oids.rest.size == 0 && i < CTL_UNKNOWN; i++)
		if (span_equal(oid, usages[i]))
			ctl->list = (enum ctl_list)i;
	return true;
}

static bool take_sequence(struct der *der, struct ctl *ctl)
{
	struct element number;

	if (der->rest.size == 0 || *der->rest.data != DER_INTEGER)
		return true;
	if (!der_take_integer(der, &number))
		return false;
	if (*number.content.data & 0x80 || number.content.size > CTL_MAX_SEQUENCE)
		return der_fail(
		    der, number.whole.data, "a sequence number that is negative or huge");
	ctl->sequence = number.content;
	return true;
}

static bool walk_body(struct der *der, struct ctl *ctl)
{
	struct element element;
	struct der algorithm;

	if (!take_usage(der, ctl))
		return false;
	if (der_optional(der, DER_OCTET_STRING, &element))
		ctl->list_identifier = element.content;
	if (!take_sequence(der, ctl) || !der_take_time(der, &ctl->this_update))
		return false;
	if (der->rest.size > 0 &&
	    (*der->rest.data == DER_UTC_TIME || *der->rest.data == DER_GENERALIZED_TIME)) {
		if (!der_take_time(der, &ctl->next_update))
			return false;
		ctl->has_next_update = true;
	}
	if (!der_take(der, DER_SEQUENCE, &element))
		return false;
	algorithm = der_inside(der, element.content);
	if (!der_take(&algorithm, DER_OID, &element))
		return der_pass_on(der, &algorithm);
	ctl->subject_algorithm = element.content;
	return take_entries(der, ctl) && take_extensions(der, ctl) && der_end(der);
}

static bool take_content(struct der *der, struct ctl *ctl)
{
	struct element whole, oid, tagged, content;
	struct der info, inside, body;

	if (!der_take(der, DER_SEQUENCE, &whole))
		return false;
	info = der_inside(der, whole.content);
	if (!der_take(&info, DER_OID, &oid))
		return der_pass_on(der, &info);
	if (!span_equal(oid.content, SPAN_OF(oid_ctl)))
		return der_fail(der, oid.whole.data, "the signed content is no trust list");
	if (!der_take(&info, TAG_0, &tagged) || !der_end(&info))
		return der_pass_on(der, &info);
	inside = der_inside(der, tagged.content);
	if (!der_take(&inside, DER_SEQUENCE, &content) || !der_end(&inside))
		return der_pass_on(der, &inside);
	ctl->content = content.whole;
	ctl->body = content.content;
	body = der_inside(der, content.content);
	return walk_body(&body, ctl) || der_pass_on(der, &body);
}

static bool take_certificates(struct der *der, struct ctl *ctl)
{
	struct element tagged, certificate;
	struct der inside;

	if (!der_optional(der, TAG_0, &tagged))
		return !der->fault;
	for (inside = der_inside(der, tagged.content); inside.rest.size > 0;) {
		if (ctl->certificate_count == CTL_MAX_CERTIFICATES)
			return der_fail(der, inside.rest.data, "too many embedded certificates");
		if (!der_take(&inside, DER_SEQUENCE, &certificate))
			return der_pass_on(der, &inside);
		ctl->certificates[ctl->certificate_count++] = certificate.whole;
	}
	return true;
}

static bool take_signers(struct der *der, struct ctl *ctl)
{
	struct element set, signer;
	struct der inside;

	/* lists that are passed round without a signature lack the set, or have it empty */
	if (der->rest.size == 0)
		return true;
	if (!der_take(der, DER_SET, &set))
		return false;
	inside = der_inside(der, set.content);
	if (inside.rest.size == 0)
		return true;
	if (!der_take(&inside, DER_SEQUENCE, &signer) || !der_end(&inside))
		return der_pass_on(der, &inside);
	ctl->has_signer = true;
	return true;
}

static bool walk_signed_data(struct der *der, struct ctl *ctl)
{
	struct element version, algorithms;

	if (!der_take_integer(der, &version))
		return false;
	if (version.content.size != 1 || *version.content.data != 1)
		return der_fail(der, version.whole.data, "a version of PKCS#7 other than 1");
	return der_take(der, DER_SET, &algorithms) && take_content(der, ctl) &&
	       take_certificates(der, ctl) && take_signers(der, ctl) && der_end(der);
}

static bool walk(struct der *der, struct ctl *ctl)
{
	struct element whole, oid, tagged, data;
	struct der info, inside, parts;

	if (!der_take(der, DER_SEQUENCE, &whole) || !der_end(der))
		return false;
	info = der_inside(der, whole.content);
	if (!der_take(&info, DER_OID, &oid))
		return der_pass_on(der, &info);
	if (!span_equal(oid.content, SPAN_OF(oid_signed_data)))
		return der_fail(der, oid.whole.data, "no signed data of PKCS#7");
	if (!der_take(&info, TAG_0, &tagged) || !der_end(&info))
		return der_pass_on(der, &info);
	inside = der_inside(der, tagged.content);
	if (!der_take(&inside, DER_SEQUENCE, &data) || !der_end(&inside))
		return der_pass_on(der, &inside);
	parts = der_inside(der, data.content);
	return walk_signed_data(&parts, ctl) || der_pass_on(der, &parts);
}

bool ctl_looks(struct span file)
{
	/* the content's type stands within the first hundred bytes of every list */
	size_t front = file.size < 128 ? file.size : 128;

	return file.size > 0 && *file.data == DER_SEQUENCE &&
	       span_find((struct span){file.data, front}, (struct span){oid_ctl, sizeof(oid_ctl)});
}

bool ctl_parse(struct span file, struct ctl *out, struct err *err)
{
	AUTO(ctl) ctl = {.file = file};
	struct der der = der_of(file);

	if (file.size > CTL_MAX_BYTES)
		return err_set(err, ERR_FORMAT, "trust list: larger than %d bytes", CTL_MAX_BYTES);
	if (!walk(&der, &ctl))
		return err_set(
		    err, ERR_FORMAT, "trust list: at byte %zu: %s", der.fault_offset, der.fault);
	*out = TAKE(ctl);
	return true;
}

bool ctl_unpack(struct span file, struct bytes *out, struct err *err)
{
	AUTO(bytes) list = {0};
	AUTO(cab) cab = {0};

	if (ctl_looks(file)) {
		*out = bytes_copy(file);
		return true;
	}
	if (!cab_open(file, &cab, err))
		return false;
	if (cab.count != 1)
		return err_set(err, ERR_FORMAT,
		    "the cabinet holds %zu files; those of trust lists hold one", cab.count);
	if (!cab_read(&cab, &cab.members[0], CTL_MAX_BYTES, &list, err))
		return err_wrap(err, "%s", cab.members[0].name);
	*out = TAKE(list);
	return true;
}

void ctl_release(struct ctl *ctl)
{
	free(ctl->entries);
	*ctl = (struct ctl){0};
}

const char *ctl_list_word(enum ctl_list list)
{
	return list == CTL_UNKNOWN ? "unknown" : list_words[list];
}

static struct span without_zeros(struct span number)
{
	while (number.size > 0 && *number.data == 0)
		number = (struct span){number.data + 1, number.size - 1};
	return number;
}

int ctl_sequence_compare(struct span a, struct span b)
{
	a = without_zeros(a);
	b = without_zeros(b);
	if (a.size != b.size)
		return a.size < b.size ? -1 : 1;
	return a.size == 0 ? 0 : memcmp(a.data, b.data, a.size);
}

void ctl_sequence_text(struct span sequence, char out[CTL_SEQUENCE_TEXT])
{
	if (sequence.size > CTL_MAX_SEQUENCE)
		sequence.size = CTL_MAX_SEQUENCE;
	hex_write_upper(sequence, out);
}

const struct ctl_entry *ctl_find(const struct ctl *ctl, struct span id)
{
	for (size_t i = 0; i < ctl->entry_count; i++)
		if (span_equal(ctl->entries[i].id, id))
			return &ctl->entries[i];
	return NULL;
}

bool ctl_replaces(const struct ctl *offered, const struct ctl *there, enum ctl_replace which)
{
	int order = ctl_sequence_compare(offered->sequence, there->sequence);

	if (span_equal(offered->file, there->file))
		return false;
	return order > 0 || which == CTL_REPLACE_ANY ||
	       (order == 0 && which == CTL_REPLACE_REISSUED);
}

void ctl_issue_text(const struct ctl *ctl, char out[CTL_ISSUE_TEXT])
{
	char sequence[CTL_SEQUENCE_TEXT], sha256[SHA256_HEX];

	ctl_sequence_text(ctl->sequence, sequence);
	digest_sha256_hex(ctl->file, sha256);
	snprintf(out, CTL_ISSUE_TEXT, "%s sha256:%s", sequence, sha256);
}
