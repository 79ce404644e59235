/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 5280 4.1 element by element. Three liberties, because certificates that
 * everybody trusts take them: a default value that is written out (X.690 11.5),
 * GeneralizedTime for years before 2050, and times with an offset from UTC
 * (SecureNet CA Class A, a root of 1999).
 */
#include "model/cert.h"

#include "model/der_value.h"

enum { DER_VERSION = 0xa0, DER_ISSUER_UID = 0x81, DER_SUBJECT_UID = 0x82, DER_EXTENSIONS = 0xa3 };

static const uint8_t oid_basic_constraints[] = {0x55, 0x1d, 0x13};
static const uint8_t oid_extended_key_usage[] = {0x55, 0x1d, 0x25};

/* The attributes of a name, one after the other, across its sets. */
struct attributes {
	struct der names, set;
	struct span type;
	struct element value;
};

/* X.690 8.19: whole numbers, each in its shortest form. */
static bool is_oid(struct span oid)
{
	bool first = true;

	for (size_t i = 0; i < oid.size; i++) {
		if (first && oid.data[i] == 0x80)
			return false;
		first = oid.data[i] < 0x80;
	}
	return oid.size > 0 && first;
}

/* String types of a name that OpenSSL always converts. For the others it decides by their
 * content. */
static bool is_plain_string(const struct element *value)
{
	AUTO(bytes) ignored = {0};

	switch (value->tag) {
	case DER_PRINTABLE_STRING:
	case DER_T61_STRING:
	case DER_IA5_STRING:
	case DER_NUMERIC_STRING:
		return true;
	case DER_UTF8_STRING:
	case DER_BMP_STRING:
	case DER_UNIVERSAL_STRING:
		return cert_string(value->whole, &ignored);
	default:
		return false;
	}
}

/* X.690 8.6.2 and 11.2.1: the unused bits are zero. OpenSSL drops them before it hashes a name, so
 * a name with such bits would have two readings. */
static bool is_der_bits(struct span bits)
{
	unsigned unused = bits.size > 0 ? *bits.data : 8;

	if (unused > 7 || (unused > 0 && bits.size == 1))
		return false;
	return (bits.data[bits.size - 1] & ((1u << unused) - 1)) == 0 || bits.size == 1;
}

static bool next_attribute(struct attributes *at)
{
	struct element element, type;
	struct der pair;

	if (at->set.rest.size == 0) {
		if (at->names.rest.size == 0 || !der_take(&at->names, DER_SET, &element))
			return false;
		at->set = der_inside(&at->names, element.content);
	}
	if (!der_take(&at->set, DER_SEQUENCE, &element))
		return der_pass_on(&at->names, &at->set);
	pair = der_inside(&at->set, element.content);
	if (!der_take(&pair, DER_OID, &type) || !der_next(&pair, &at->value) || !der_end(&pair))
		return der_pass_on(&at->names, &pair);
	if (at->value.tag == DER_BIT_STRING && !is_der_bits(at->value.content))
		return der_fail(&at->names, at->value.whole.data, "bit string not in DER");
	at->type = type.content;
	return true;
}

static bool take_name(struct der *der, struct span *out, bool *doubtful)
{
	struct attributes at = {0};
	struct element element;

	if (!der_take(der, DER_SEQUENCE, &element))
		return false;
	at.names = der_inside(der, element.content);
	while (next_attribute(&at))
		*doubtful = *doubtful || !is_oid(at.type) || !is_plain_string(&at.value);
	*out = element.whole;
	return at.names.fault ? der_fail(der, der->base + at.names.fault_offset, at.names.fault)
	                      : true;
}

/* RFC 5280 4.2.1.9 */
static bool read_basic_constraints(
    const struct der *outer, struct span value, struct cert *out, const char **fault)
{
	struct der der = der_inside(outer, value), inside;
	struct element element, path_length;

	*fault = "basic constraints that are none";
	if (out->has_basic_constraints) {
		*fault = "basic constraints twice";
		return false;
	}
	if (!der_take(&der, DER_SEQUENCE, &element) || !der_end(&der))
		return false;
	inside = der_inside(&der, element.content);
	if (!der_take_boolean(&inside, &out->is_ca))
		return false;
	if (inside.rest.size > 0 && !der_take_integer(&inside, &path_length))
		return false;
	out->has_basic_constraints = true;
	return der_end(&inside);
}

static bool take_extension(struct der *list, struct cert *out)
{
	struct element whole, oid, value;
	const char *fault;
	struct der der;
	bool critical;

	if (!der_take(list, DER_SEQUENCE, &whole))
		return false;
	der = der_inside(list, whole.content);
	if (!der_take(&der, DER_OID, &oid) || !der_take_boolean(&der, &critical) ||
	    !der_take(&der, DER_OCTET_STRING, &value) || !der_end(&der))
		return der_pass_on(list, &der);
	out->doubtful = out->doubtful || !is_oid(oid.content);
	if (span_equal(oid.content, SPAN_OF(oid_basic_constraints)) &&
	    !read_basic_constraints(&der, value.content, out, &fault))
		return der_fail(list, value.whole.data, fault);
	if (span_equal(oid.content, SPAN_OF(oid_extended_key_usage)))
		out->purposes = value.content;
	return true;
}

static bool take_extensions(struct der *tbs, int version, struct cert *out)
{
	struct element explicit, list;
	struct der der;

	if (!der_optional(tbs, DER_EXTENSIONS, &explicit))
		return !tbs->fault;
	if (version != 3)
		return der_fail(tbs, explicit.whole.data, "extensions outside version 3");
	der = der_inside(tbs, explicit.content);
	if (!der_take(&der, DER_SEQUENCE, &list) || !der_end(&der))
		return der_pass_on(tbs, &der);
	if (list.content.size == 0)
		return der_fail(tbs, list.whole.data, "empty list of extensions");
	der = der_inside(tbs, list.content);
	while (der.rest.size > 0)
		if (!take_extension(&der, out))
			return der_pass_on(tbs, &der);
	return true;
}

static bool take_version(struct der *tbs, int *version)
{
	struct element explicit, number;
	struct der der;

	*version = 1;
	if (!der_optional(tbs, DER_VERSION, &explicit))
		return !tbs->fault;
	der = der_inside(tbs, explicit.content);
	if (!der_take_integer(&der, &number) || !der_end(&der))
		return der_pass_on(tbs, &der);
	if (number.content.size != 1 || *number.content.data > 2)
		return der_fail(tbs, number.whole.data, "unknown version");
	*version = *number.content.data + 1;
	return true;
}

static bool take_validity(struct der *tbs, struct cert *out)
{
	struct element element;
	struct der der;

	if (!der_take(tbs, DER_SEQUENCE, &element))
		return false;
	der = der_inside(tbs, element.content);
	if (!der_take_time(&der, &out->not_before) || !der_take_time(&der, &out->not_after) ||
	    !der_end(&der))
		return der_pass_on(tbs, &der);
	return true;
}

/* NULL, an OBJECT IDENTIFIER or a SEQUENCE, whose contents OpenSSL does not read. */
static bool is_plain_parameter(const struct element *part)
{
	return part->tag == DER_SEQUENCE || (part->tag == DER_NULL && part->content.size == 0) ||
	       (part->tag == DER_OID && is_oid(part->content));
}

/* AlgorithmIdentifier: an OID and at most one parameter. */
static bool take_algorithm(struct der *der, struct span *out, bool *doubtful)
{
	struct element whole, oid, part;
	struct der inside;
	bool parameter;

	if (!der_take(der, DER_SEQUENCE, &whole))
		return false;
	inside = der_inside(der, whole.content);
	if (!der_take(&inside, DER_OID, &oid))
		return der_pass_on(der, &inside);
	parameter = inside.rest.size > 0;
	if ((parameter && !der_next(&inside, &part)) || !der_end(&inside))
		return der_pass_on(der, &inside);
	*doubtful = *doubtful || !is_oid(oid.content) || (parameter && !is_plain_parameter(&part));
	*out = whole.whole;
	return true;
}

static bool take_bits(struct der *der)
{
	struct element bits;

	if (!der_take(der, DER_BIT_STRING, &bits))
		return false;
	if (bits.content.size == 0 || *bits.content.data != 0)
		return der_fail(
		    der, bits.whole.data, "bit string that is no whole number of bytes");
	return true;
}

static bool take_key(struct der *tbs, struct span *out, bool *doubtful)
{
	struct element whole;
	struct span algorithm;
	struct der der;

	if (!der_take(tbs, DER_SEQUENCE, &whole))
		return false;
	der = der_inside(tbs, whole.content);
	if (!take_algorithm(&der, &algorithm, doubtful) || !take_bits(&der) || !der_end(&der))
		return der_pass_on(tbs, &der);
	*out = whole.whole;
	return true;
}

/* RFC 5280 4.1.2.8: two bit strings that nobody uses, in versions 2 and 3. */
static bool skip_unique_ids(struct der *tbs, int version, bool *doubtful)
{
	struct element element;
	bool any = der_optional(tbs, DER_ISSUER_UID, &element);

	any = der_optional(tbs, DER_SUBJECT_UID, &element) || any;
	*doubtful = *doubtful || any;
	if (any && version == 1)
		return der_fail(tbs, element.whole.data, "unique identifiers in version 1");
	return !tbs->fault;
}

static bool walk(struct der *der, struct cert *out)
{
	struct element certificate, tbs, serial;
	struct span inner_algorithm, outer_algorithm;
	struct der outer, inner;
	int version;

	if (!der_take(der, DER_SEQUENCE, &certificate) || !der_end(der))
		return false;
	outer = der_inside(der, certificate.content);
	if (!der_take(&outer, DER_SEQUENCE, &tbs) ||
	    !take_algorithm(&outer, &outer_algorithm, &out->doubtful) || !take_bits(&outer) ||
	    !der_end(&outer))
		return der_pass_on(der, &outer);
	inner = der_inside(der, tbs.content);
	if (!take_version(&inner, &version) || !der_take_integer(&inner, &serial) ||
	    !take_algorithm(&inner, &inner_algorithm, &out->doubtful) ||
	    !take_name(&inner, &out->issuer, &out->doubtful) || !take_validity(&inner, out) ||
	    !take_name(&inner, &out->subject, &out->doubtful) ||
	    !take_key(&inner, &out->spki, &out->doubtful) ||
	    !skip_unique_ids(&inner, version, &out->doubtful) ||
	    !take_extensions(&inner, version, out) || !der_end(&inner))
		return der_pass_on(der, &inner);
	/* RFC 5280 4.1.1.2 */
	if (!span_equal(inner_algorithm, outer_algorithm))
		return der_fail(der, outer_algorithm.data, "two different signature algorithms");
	out->serial = serial.whole;
	out->version1 = version == 1;
	return true;
}

bool cert_parse(struct span span, struct cert *out, struct err *err)
{
	struct cert cert = {.der = span};
	struct der der = der_of(span);

	if (span.size > CERT_MAX_BYTES)
		return err_set(
		    err, ERR_FORMAT, "certificate: larger than %d bytes", CERT_MAX_BYTES);
	if (!walk(&der, &cert))
		return err_set(
		    err, ERR_FORMAT, "certificate: at byte %zu: %s", der.fault_offset, der.fault);
	cert.self_issued = span_equal(cert.issuer, cert.subject);
	digest_sha256(span, cert.sha256);
	*out = cert;
	return true;
}
