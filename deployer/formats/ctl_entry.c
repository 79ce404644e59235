/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ctl_entry.h"

#include "base/clock.h"

static const uint8_t oid_property[] = {MICROSOFT_LISTS, 0x0b}; /* and N */

/* What the value of a property must look like; others are opaque. */
enum form { FORM_OPAQUE, FORM_OIDS, FORM_DATE, FORM_MD5, FORM_SHA256 };

static enum form form_of(unsigned property)
{
	switch (property) {
	case CTL_EKU:
	case CTL_CHAIN_POLICIES:
	case CTL_DISALLOWED_EKU:
	case CTL_NOT_BEFORE_EKU:
		return FORM_OIDS;
	case CTL_DISALLOWED_AFTER:
	case CTL_NOT_BEFORE_AFTER:
		return FORM_DATE;
	case CTL_SUBJECT_NAME_MD5:
		return FORM_MD5;
	case CTL_SHA256:
		return FORM_SHA256;
	default:
		return FORM_OPAQUE;
	}
}

bool ctl_check_oids(struct der *der, struct span content)
{
	struct der oids = der_inside(der, content);
	struct element oid;

	while (oids.rest.size > 0)
		if (!der_take(&oids, DER_OID, &oid))
			return der_pass_on(der, &oids);
	return true;
}

static bool check_form(struct der *der, unsigned property, struct span value)
{
	struct der inside = der_inside(der, value);
	struct element element;

	switch (form_of(property)) {
	case FORM_OPAQUE:
		return true;
	case FORM_OIDS:
		if (!der_take(&inside, DER_SEQUENCE, &element) || !der_end(&inside))
			return der_pass_on(der, &inside);
		return ctl_check_oids(der, element.content);
	case FORM_DATE:
		return value.size == 0 || value.size == 8 ||
		       der_fail(der, value.data, "a date that is neither empty nor 8 bytes");
	case FORM_MD5:
		return value.size == 16 || der_fail(der, value.data, "an MD5 that is not 16 bytes");
	case FORM_SHA256:
		return value.size == SHA256_SIZE ||
		       der_fail(der, value.data, "a SHA-256 that is not 32 bytes");
	}
	return false;
}

static unsigned property_of(struct span oid)
{
	size_t size = sizeof(oid_property);
	unsigned number = 0;

	/* two bytes are enough for N: the largest that is defined is 128 */
	if (oid.size <= size || oid.size > size + 2 || memcmp(oid.data, oid_property, size) != 0)
		return 0;
	for (size_t i = size; i < oid.size; i++)
		number = number << 7 | (oid.data[i] & 0x7f);
	return number;
}

/* SEQUENCE { type, SET of values }; of 10.11.N exactly one value, an OCTET STRING. */
static bool take_attribute(struct der *der, struct ctl_attribute *out)
{
	struct element whole, oid, set, value;
	struct der pair, values;

	if (!der_take(der, DER_SEQUENCE, &whole))
		return false;
	pair = der_inside(der, whole.content);
	if (!der_take(&pair, DER_OID, &oid) || !der_take(&pair, DER_SET, &set) || !der_end(&pair))
		return der_pass_on(der, &pair);
	*out = (struct ctl_attribute){
	    .oid = oid.content, .property = property_of(oid.content), .value = set.content};
	if (!out->property)
		return true;
	values = der_inside(der, set.content);
	if (!der_take(&values, DER_OCTET_STRING, &value) || !der_end(&values))
		return der_pass_on(der, &values);
	out->value = value.content;
	return check_form(der, out->property, out->value);
}

bool ctl_take_extension(struct der *der, struct ctl_attribute *out)
{
	struct element whole, oid, value;
	struct ctl_attribute extension = {0};
	struct der parts;

	if (!der_take(der, DER_SEQUENCE, &whole))
		return false;
	parts = der_inside(der, whole.content);
	if (!der_take(&parts, DER_OID, &oid) || !der_take_boolean(&parts, &extension.critical) ||
	    !der_take(&parts, DER_OCTET_STRING, &value) || !der_end(&parts))
		return der_pass_on(der, &parts);
	extension.oid = oid.content;
	extension.value = value.content;
	*out = extension;
	return true;
}

bool ctl_take_entry(struct der *der, struct ctl_entry *out)
{
	struct element whole, id, set;
	struct der parts, attributes;

	if (!der_take(der, DER_SEQUENCE, &whole))
		return false;
	parts = der_inside(der, whole.content);
	if (!der_take(&parts, DER_OCTET_STRING, &id))
		return der_pass_on(der, &parts);
	*out = (struct ctl_entry){.id = id.content};
	if (der_optional(&parts, DER_SET, &set))
		out->attributes = set.content;
	if (!der_end(&parts))
		return der_pass_on(der, &parts);
	for (attributes = der_inside(der, out->attributes); attributes.rest.size > 0;) {
		struct ctl_attribute ignored;

		if (!take_attribute(&attributes, &ignored))
			return der_pass_on(der, &attributes);
	}
	return true;
}

bool ctl_attribute_next(struct span *rest, struct ctl_attribute *out)
{
	struct der der = der_of(*rest);

	if (rest->size == 0 || !take_attribute(&der, out))
		return false;
	*rest = der.rest;
	return true;
}

bool ctl_extension_next(struct span *rest, struct ctl_attribute *out)
{
	struct der der = der_of(*rest);

	if (rest->size == 0 || !ctl_take_extension(&der, out))
		return false;
	*rest = der.rest;
	return true;
}

bool ctl_oid_next(struct span *rest, struct span *oid)
{
	struct der der = der_of(*rest);
	struct element element;

	if (rest->size == 0 || !der_take(&der, DER_OID, &element))
		return false;
	*rest = der.rest;
	*oid = element.content;
	return true;
}

bool ctl_entry_find(const struct ctl_entry *entry, unsigned property, struct span *value)
{
	struct span rest = entry->attributes;
	struct ctl_attribute attribute;

	while (ctl_attribute_next(&rest, &attribute)) {
		if (attribute.property != property)
			continue;
		*value = attribute.value;
		return true;
	}
	return false;
}

struct ctl_date ctl_entry_date(const struct ctl_entry *entry, unsigned property)
{
	struct ctl_date date = {.state = CTL_DATE_ABSENT};
	struct reader reader;
	struct span value;

	if (!ctl_entry_find(entry, property, &value))
		return date;
	reader = reader_of(value);
	date.state = value.size == 0 ? CTL_DATE_EMPTY : CTL_DATE_SET;
	if (date.state == CTL_DATE_SET)
		date.time = clock_from_filetime(reader_u64le(&reader));
	return date;
}

bool ctl_entry_oids(const struct ctl_entry *entry, unsigned property, struct span *oids)
{
	struct element sequence;
	struct span value;
	struct der der;

	if (!ctl_entry_find(entry, property, &value))
		return false;
	der = der_of(value);
	if (!der_take(&der, DER_SEQUENCE, &sequence))
		return false;
	*oids = sequence.content;
	return true;
}
