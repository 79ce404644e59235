/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/windows/certlimits.h"

#include "base/clock.h"
#include "formats/ctl_entry.h"
#include "formats/windows/certblob.h"

/* 1.3.6.1.5.5.7.3.N */
static const uint8_t usages[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03};

static const char *usage_name(struct span oid)
{
	static const char *const names[] = {
	    [1] = "server authentication",
	    [2] = "client authentication",
	    [3] = "code signing",
	    [4] = "e-mail protection",
	    [8] = "time stamping",
	    [9] = "OCSP signing",
	};
	uint8_t last;

	if (oid.size != sizeof(usages) + 1 || memcmp(oid.data, usages, sizeof(usages)) != 0)
		return NULL;
	last = oid.data[sizeof(usages)];
	return last < COUNT(names) ? names[last] : NULL;
}

static void add_sentence(struct text *out, const char *start)
{
	text_addf(out, "%s%s", out->size ? "; " : "", start);
}

/* The names of a SEQUENCE OF OID; false when it is none. `count` may be NULL. */
static bool add_usages(struct text *out, struct span value, size_t *count)
{
	struct der der = der_of(value);
	struct element sequence;
	struct span rest, oid;

	if (!der_take(&der, DER_SEQUENCE, &sequence) || !der_end(&der) ||
	    !ctl_check_oids(&der, sequence.content))
		return false;
	*count = 0;
	for (rest = sequence.content; ctl_oid_next(&rest, &oid); ++*count) {
		text_add(out, *count ? ", " : " ");
		if (usage_name(oid))
			text_add(out, usage_name(oid));
		else
			der_oid_text(oid, out);
	}
	return true;
}

static void add_unreadable(struct text *out, uint32_t property)
{
	add_sentence(out, "");
	text_addf(
	    out, "property %u cannot be read, so what it switches off is not known", property);
}

/* Property 9. True when it enables nothing. */
static bool tell_enabled(struct span value, struct text *out)
{
	AUTO(text) names = {0};
	size_t count;

	if (!add_usages(&names, value, &count)) {
		add_unreadable(out, CTL_EKU);
		return false;
	}
	add_sentence(
	    out, count ? "enabled for these purposes alone:" : "all purposes are disabled");
	text_add(out, text_string(&names));
	return count == 0;
}

/* Property 122, or 127, which limits 126. */
static void tell_usages(struct span value, uint32_t property, const char *start, struct text *out)
{
	AUTO(text) names = {0};
	size_t count;

	if (!add_usages(&names, value, &count)) {
		add_unreadable(out, property);
	} else if (count) {
		add_sentence(out, start);
		text_add(out, text_string(&names));
	}
}

/* Properties 104 and 126. True when the date has come. */
static bool tell_date(
    struct span value, uint32_t property, const char *start, int64_t now, struct text *out)
{
	struct reader reader = reader_of(value);
	char text[CLOCK_TEXT];
	int64_t date;

	if (value.size != 0 && value.size != 8) {
		add_unreadable(out, property);
		return false;
	}
	add_sentence(out, start);
	if (value.size == 0) {
		text_add(out, " whatever the date");
		return true;
	}
	date = clock_from_filetime(reader_u64le(&reader));
	clock_write(date, text);
	text_addf(out, " from %s on", text);
	return date <= now;
}

bool certlimits_tell(struct span blob, int64_t now, struct text *out)
{
	struct reader reader = reader_of(blob);
	struct certblob_element element;
	struct err ignored = {0};
	bool nothing_left = false;

	while (reader.rest.size > 0 && certblob_next(&reader, &element, &ignored)) {
		struct span value = element.data;

		switch (element.property) {
		case CTL_EKU:
			nothing_left |= tell_enabled(value, out);
			break;
		case CTL_DISALLOWED_AFTER:
			nothing_left |= tell_date(value, element.property, "disallowed", now, out);
			break;
		case CTL_DISALLOWED_EKU:
			tell_usages(value, element.property, "disabled for:", out);
			break;
		case CTL_NOT_BEFORE_AFTER:
			(void)tell_date(value, element.property,
			    "not trusted for certificates issued", now, out);
			break;
		case CTL_NOT_BEFORE_EKU:
			tell_usages(value, element.property, "that limit holds for:", out);
			break;
		default:
			break;
		}
	}
	return nothing_left;
}
