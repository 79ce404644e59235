/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 5280 4.1 element by element. Three liberties, because certificates that
 * everybody trusts take them: a default value that is written out (X.690 11.5),
 * GeneralizedTime for years before 2050, and times with an offset from UTC
 * (SecureNet CA Class A, a root of 1999).
 */
#include "model/cert.h"

#include "base/clock.h"
#include "model/der.h"

enum { DER_VERSION = 0xa0, DER_ISSUER_UID = 0x81, DER_SUBJECT_UID = 0x82, DER_EXTENSIONS = 0xa3 };

static const uint8_t oid_basic_constraints[] = {0x55, 0x1d, 0x13};

static bool is_oid(struct span oid, const uint8_t *wanted, size_t size)
{
	return oid.size == size && memcmp(oid.data, wanted, size) == 0;
}

/* X.690 8.3.2: at least one byte, and the first nine bits are not all alike. */
static bool take_integer(struct der *der, struct element *out)
{
	const uint8_t *p;

	if (!der_take(der, DER_INTEGER, out))
		return false;
	p = out->content.data;
	if (out->content.size == 0)
		return der_fail(der, out->whole.data, "integer without content");
	if (out->content.size > 1 && ((p[0] == 0 && p[1] < 0x80) || (p[0] == 0xff && p[1] >= 0x80)))
		return der_fail(der, out->whole.data, "integer not in its shortest form");
	return true;
}

static bool take_boolean(struct der *der, bool *out)
{
	struct element element;

	*out = false;
	if (!der_optional(der, DER_BOOLEAN, &element))
		return !der->fault;
	if (element.content.size != 1 ||
	    (*element.content.data != 0 && *element.content.data != 0xff))
		return der_fail(der, element.whole.data, "boolean that is neither 00 nor FF");
	*out = *element.content.data != 0;
	return true;
}

static int two_digits(const uint8_t *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* "Z", or "+hhmm" and "-hhmm" as X.680 47.3 allows besides; seconds east of UTC. */
static bool parse_zone(struct span zone, int64_t *out)
{
	int hours, minutes;

	*out = 0;
	if (zone.size == 1)
		return *zone.data == 'Z';
	if (zone.size != 5 || (*zone.data != '+' && *zone.data != '-'))
		return false;
	hours = two_digits(zone.data + 1);
	minutes = two_digits(zone.data + 3);
	*out = (hours * 60 + minutes) * (*zone.data == '-' ? -60 : 60);
	return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

/* RFC 5280 4.1.2.5: to the second, without fractions. */
static bool take_time(struct der *der, int64_t *out)
{
	int part[6], century = 0;
	struct element element;
	int64_t time, zone;
	struct span text;

	if (!der_next(der, &element))
		return false;
	text = element.content;
	if (element.tag == DER_GENERALIZED_TIME && text.size >= 15) {
		century = two_digits(text.data);
		text = (struct span){text.data + 2, text.size - 2};
	} else if (element.tag != DER_UTC_TIME || text.size < 13) {
		return der_fail(der, element.whole.data, "time not in the form of RFC 5280");
	}
	for (size_t i = 0; i < COUNT(part); i++)
		part[i] = two_digits(text.data + 2 * i);
	if (element.tag == DER_UTC_TIME)
		century = part[0] >= 50 ? 19 : 20;
	if (century < 0 || part[0] < 0 ||
	    !parse_zone((struct span){text.data + 12, text.size - 12}, &zone) ||
	    !clock_from_fields(
	        century * 100 + part[0], part[1], part[2], part[3], part[4], part[5], &time))
		return der_fail(der, element.whole.data, "time that does not exist");
	*out = time - zone;
	return true;
}

/* The attributes of a name, one after the other, across its sets. */
struct attributes {
	struct der names, set;
	struct span type;
	struct element value;
};

/* X.690 8.6.2 and 11.2.1: the bits that are not used are zero. OpenSSL drops them before it hashes
 * a name, so a name that has some would have two readings. */
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
		return der_fail(&at->names, at->set.base + at->set.fault_offset, at->set.fault);
	pair = der_inside(&at->set, element.content);
	if (!der_take(&pair, DER_OID, &type) || !der_next(&pair, &at->value) || !der_end(&pair))
		return der_fail(&at->names, pair.base + pair.fault_offset, pair.fault);
	if (at->value.tag == DER_BIT_STRING && !is_der_bits(at->value.content))
		return der_fail(&at->names, at->value.whole.data, "bit string not in DER");
	at->type = type.content;
	return true;
}

static bool take_name(struct der *der, struct span *out)
{
	struct attributes at = {0};
	struct element element;

	if (!der_take(der, DER_SEQUENCE, &element))
		return false;
	at.names = der_inside(der, element.content);
	while (next_attribute(&at))
		;
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
	if (!take_boolean(&inside, &out->is_ca))
		return false;
	if (inside.rest.size > 0 && !take_integer(&inside, &path_length))
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
	if (!der_take(&der, DER_OID, &oid) || !take_boolean(&der, &critical) ||
	    !der_take(&der, DER_OCTET_STRING, &value) || !der_end(&der))
		return der_fail(list, der.base + der.fault_offset, der.fault);
	if (is_oid(oid.content, oid_basic_constraints, sizeof(oid_basic_constraints)) &&
	    !read_basic_constraints(&der, value.content, out, &fault))
		return der_fail(list, value.whole.data, fault);
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
		return der_fail(tbs, der.base + der.fault_offset, der.fault);
	if (list.content.size == 0)
		return der_fail(tbs, list.whole.data, "empty list of extensions");
	der = der_inside(tbs, list.content);
	while (der.rest.size > 0)
		if (!take_extension(&der, out))
			return der_fail(tbs, der.base + der.fault_offset, der.fault);
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
	if (!take_integer(&der, &number) || !der_end(&der))
		return der_fail(tbs, der.base + der.fault_offset, der.fault);
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
	if (!take_time(&der, &out->not_before) || !take_time(&der, &out->not_after) ||
	    !der_end(&der))
		return der_fail(tbs, der.base + der.fault_offset, der.fault);
	return true;
}

/* AlgorithmIdentifier: an OID and at most one parameter. */
static bool take_algorithm(struct der *der, struct span *out)
{
	struct element whole, part;
	struct der inside;

	if (!der_take(der, DER_SEQUENCE, &whole))
		return false;
	inside = der_inside(der, whole.content);
	if (!der_take(&inside, DER_OID, &part) ||
	    (inside.rest.size > 0 && !der_next(&inside, &part)) || !der_end(&inside))
		return der_fail(der, inside.base + inside.fault_offset, inside.fault);
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

static bool take_key(struct der *tbs, struct span *out)
{
	struct element whole;
	struct span algorithm;
	struct der der;

	if (!der_take(tbs, DER_SEQUENCE, &whole))
		return false;
	der = der_inside(tbs, whole.content);
	if (!take_algorithm(&der, &algorithm) || !take_bits(&der) || !der_end(&der))
		return der_fail(tbs, der.base + der.fault_offset, der.fault);
	*out = whole.whole;
	return true;
}

/* RFC 5280 4.1.2.8: two bit strings that nobody uses, in versions 2 and 3. */
static bool skip_unique_ids(struct der *tbs, int version)
{
	struct element element;
	bool any = der_optional(tbs, DER_ISSUER_UID, &element);

	any = der_optional(tbs, DER_SUBJECT_UID, &element) || any;
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
	if (!der_take(&outer, DER_SEQUENCE, &tbs) || !take_algorithm(&outer, &outer_algorithm) ||
	    !take_bits(&outer) || !der_end(&outer))
		return der_fail(der, outer.base + outer.fault_offset, outer.fault);
	inner = der_inside(der, tbs.content);
	if (!take_version(&inner, &version) || !take_integer(&inner, &serial) ||
	    !take_algorithm(&inner, &inner_algorithm) || !take_name(&inner, &out->issuer) ||
	    !take_validity(&inner, out) || !take_name(&inner, &out->subject) ||
	    !take_key(&inner, &out->spki) || !skip_unique_ids(&inner, version) ||
	    !take_extensions(&inner, version, out) || !der_end(&inner))
		return der_fail(der, inner.base + inner.fault_offset, inner.fault);
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
