/* SPDX-License-Identifier: Apache-2.0 */
#include "model/der.h"

struct der der_of(struct span span)
{
	return (struct der){.rest = span, .base = span.data};
}

struct der der_inside(const struct der *outer, struct span content)
{
	return (struct der){.rest = content, .base = outer->base};
}

bool der_fail(struct der *der, const uint8_t *at, const char *fault)
{
	if (!der->fault) {
		der->fault = fault;
		der->fault_offset = (size_t)(at - der->base);
	}
	return false;
}

bool der_pass_on(struct der *der, const struct der *part)
{
	return der_fail(der, part->base + part->fault_offset, part->fault);
}

/* The length behind the tag: `*at` is moved to the content. */
static const char *read_length(const uint8_t **at, const uint8_t *end, size_t *length)
{
	const uint8_t *p = *at;
	size_t value = *p++;

	if (value >= 0x80) {
		size_t count = value & 0x7f;

		if (count == 0)
			return "indefinite length";
		if (count > 4 || count > (size_t)(end - p))
			return "length larger than what is there";
		if (*p == 0 || (count == 1 && *p < 0x80))
			return "length not in its shortest form";
		for (value = 0; count > 0; count--)
			value = value << 8 | *p++;
	}
	if (value > (size_t)(end - p))
		return "length larger than what is there";
	*at = p;
	*length = value;
	return NULL;
}

bool der_next(struct der *der, struct element *out)
{
	const uint8_t *start = der->rest.data, *at, *end;
	const char *fault;
	size_t length;

	if (der->fault)
		return false;
	if (der->rest.size < 2)
		return der_fail(der, start, "ends where an element is due");
	at = start + 1;
	end = start + der->rest.size;
	if ((*start & 0x1f) == 0x1f)
		return der_fail(der, start, "tag number above 30");
	fault = read_length(&at, end, &length);
	if (fault)
		return der_fail(der, start + 1, fault);
	out->tag = *start;
	out->content = (struct span){at, length};
	out->whole = (struct span){start, (size_t)(at - start) + length};
	der->rest = (struct span){at + length, (size_t)(end - at) - length};
	return true;
}

bool der_take(struct der *der, uint8_t tag, struct element *out)
{
	const uint8_t *start = der->rest.data;
	struct element element;

	if (!der_next(der, &element))
		return false;
	if (element.tag != tag)
		return der_fail(der, start, "another element than the one that is due here");
	*out = element;
	return true;
}

bool der_optional(struct der *der, uint8_t tag, struct element *out)
{
	if (der->fault || der->rest.size == 0 || *der->rest.data != tag)
		return false;
	return der_next(der, out);
}

bool der_end(struct der *der)
{
	if (der->fault)
		return false;
	if (der->rest.size > 0)
		return der_fail(der, der->rest.data, "bytes behind the last element");
	return true;
}

size_t der_size(struct span span)
{
	struct der der = der_of(span);
	struct element element;

	return der_next(&der, &element) ? element.whole.size : 0;
}
