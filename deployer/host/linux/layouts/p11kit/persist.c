/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/p11kit/persist.h"

#include "base/text.h"
#include "formats/pem.h"
#include "model/der.h"

/* The value behind "name:", with any blanks. */
static bool take_value(struct span line, const char *name, struct span *out)
{
	size_t at = strlen(name);

	if (line.size <= at || memcmp(line.data, name, at) != 0)
		return false;
	while (at < line.size && (line.data[at] == ' ' || line.data[at] == ':'))
		at++;
	*out = (struct span){line.data + at, line.size - at};
	return true;
}

static bool starts(struct span value, const char *text)
{
	return value.size >= strlen(text) && memcmp(value.data, text, strlen(text)) == 0;
}

/* A value in quotes, in which "%30" is a byte. Empty for any other value. */
static void decode(struct span value, struct bytes *out)
{
	out->size = 0;
	if (!starts(value, "\""))
		return;
	for (size_t i = 1; i < value.size && value.data[i] != '"'; i++) {
		uint8_t byte = value.data[i];
		char hex[3] = {0};

		if (byte == '%' && i + 2 < value.size) {
			memcpy(hex, value.data + i + 1, 2);
			if (!hex_parse(hex, &byte, 1))
				continue;
			i += 2;
		}
		bytes_add(out, &byte, 1);
	}
}

/* Extension: SEQUENCE { OID, BOOLEAN OPTIONAL, OCTET STRING }; empty unless it is an extended key
 * usage. */
static void take_purposes(struct span extension, struct bytes *out)
{
	static const uint8_t usage[] = {0x55, 0x1d, 0x25};
	struct der der = der_of(extension);
	struct element whole, oid, value;

	if (!der_take(&der, DER_SEQUENCE, &whole))
		return;
	der = der_of(whole.content);
	if (!der_take(&der, DER_OID, &oid) ||
	    !span_equal(oid.content, (struct span){usage, sizeof(usage)}))
		return;
	while (der_next(&der, &value))
		if (value.tag == DER_OCTET_STRING)
			bytes_add(out, value.content.data, value.content.size);
}

static void read_line(struct span line, struct persist *out)
{
	AUTO(bytes) extension = {0};
	struct span value;

	if (take_value(line, "x-distrusted", &value)) {
		out->distrusted |= starts(value, "true");
	} else if (take_value(line, "trusted", &value)) {
		out->trusted |= starts(value, "true");
	} else if (take_value(line, "class", &value)) {
		out->staples |= starts(value, "x-certificate-extension");
	} else if (take_value(line, "public-key-info", &value)) {
		decode(value, &out->key);
	} else if (take_value(line, "value", &value)) {
		decode(value, &extension);
		take_purposes(bytes_span(&extension), &out->purposes);
	}
}

static void read_object(struct persist *out)
{
	struct span rest = out->text;

	out->trusted = out->distrusted = out->staples = false;
	out->key.size = out->purposes.size = 0;
	while (rest.size > 0) {
		const uint8_t *end = memchr(rest.data, '\n', rest.size);
		size_t size = end ? (size_t)(end - rest.data) + 1 : rest.size;

		read_line((struct span){rest.data, size}, out);
		rest = (struct span){rest.data + size, rest.size - size};
	}
	if (out->staples && out->key.size == 0)
		pem_public_key(out->text, &out->key);
}

bool persist_next(struct span *rest, struct persist *out)
{
	const uint8_t *next = span_find(*rest, span_text("\n[p11-kit-object-v1]"));
	size_t size = next ? (size_t)(next - rest->data) + 1 : rest->size;

	if (rest->size == 0)
		return false;
	out->text = (struct span){rest->data, size};
	*rest = (struct span){rest->data + size, rest->size - size};
	read_object(out);
	return true;
}

void persist_release(struct persist *persist)
{
	bytes_release(&persist->key);
	bytes_release(&persist->purposes);
}
