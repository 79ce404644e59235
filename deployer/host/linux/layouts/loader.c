/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/loader.h"

#include "model/der.h"

bool loader_reads(const char *name, uint32_t *hash)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 8; i++) {
		const char lower = name[i] >= 'A' && name[i] <= 'F' ? name[i] - 'A' + 'a' : name[i];
		bool letter = lower >= 'a' && lower <= 'f';

		if (!letter && (lower < '0' || lower > '9'))
			return false;
		value = value << 4 | (uint32_t)(lower - (letter ? 'a' - 10 : '0'));
	}
	if (name[8] != '.')
		return false;
	name += 9 + (name[9] == 'r');
	if (!*name || name[strspn(name, "0123456789")])
		return false;
	*hash = value;
	return true;
}

struct span loader_begin(struct span content)
{
	return content.size > 0 && *content.data == DER_SEQUENCE ? content : pem_of_file(content);
}

bool loader_next(struct span *rest, struct bytes *der, struct cert_seen *seen)
{
	struct err ignored = {0};
	bool trusted;

	if (rest->size > 0 && *rest->data == DER_SEQUENCE &&
	    cert_see(*rest, false, seen, &ignored)) {
		der->size = 0;
		bytes_add(der, rest->data, seen->size);
		*rest = (struct span){rest->data + seen->size, rest->size - seen->size};
		return true;
	}
	/* behind a certificate of any label stand trust settings, if they can be read */
	return pem_next_certificate(rest, der, &trusted, &ignored) && der->size > 0 &&
	       (cert_see(bytes_span(der), true, seen, &ignored) ||
	           (!trusted && cert_see(bytes_span(der), false, seen, &ignored)));
}

const char *loader_hides_text(
    const char *file, const char *bundle, const char *place, struct arena *arena)
{
	return arena_printf(arena,
	    "%s, which is not ours, holds another of the same name, and programs with OpenSSL's "
	    "default paths, such as Python, trust that only while %s of the name: put it into %s "
	    "in PEM, or remove it, and run apply",
	    text_escape_string(file).text,
	    bundle ? arena_printf(arena, "%s has none", bundle) : "no hash link leads to one",
	    place);
}
