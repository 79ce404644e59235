/* SPDX-License-Identifier: Apache-2.0 */
#include "model/der_value.h"

#include "base/clock.h"

/* X.690 8.3.2: at least one byte, and the first nine bits are not all alike. */
bool der_take_integer(struct der *der, struct element *out)
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

bool der_take_boolean(struct der *der, bool *out)
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
bool der_take_time(struct der *der, int64_t *out)
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

/* Parts above 64 bits wrap, as nobody uses them. */
void der_oid_text(struct span oid, struct text *out)
{
	uint64_t part = 0;
	bool first = true;

	for (size_t i = 0; i < oid.size; i++) {
		part = part << 7 | (oid.data[i] & 0x7f);
		if (oid.data[i] & 0x80)
			continue;
		if (first) {
			uint64_t top = part < 80 ? part / 40 : 2;

			text_addf(out, "%llu.%llu", (unsigned long long)top,
			    (unsigned long long)(part - 40 * top));
		} else {
			text_addf(out, ".%llu", (unsigned long long)part);
		}
		first = false;
		part = 0;
	}
}
