/* SPDX-License-Identifier: Apache-2.0 */
/* The part of linux.h that reads the file which a distribution makes of all its certificates. */
#include "formats/pem.h"
#include "host/linux/linux.h"

/* Of several blocks with one certificate OpenSSL takes the first: where the trust settings of that
 * reject it, it is not trusted. */
static void take_rejected_out(struct items *items)
{
	size_t kept = 0;

	for (size_t i = 0, next; i < items->count; i = next) {
		bool rejected = items->list[i].presence == ITEM_DISABLED;

		for (next = i;
		     next < items->count && key_equal(&items->list[i].key, &items->list[next].key);
		     next++)
			continue;
		for (size_t j = i; j < next && !rejected; j++)
			items->list[kept++] = items->list[j];
	}
	items->count = kept;
}

struct span linux_pem_block(struct span text)
{
	const struct span mark = span_text("-----BEGIN ");
	const uint8_t *end = text.data + text.size, *at;

	while (text.size > 0 && (at = span_find((struct span){text.data + 1, text.size - 1}, mark)))
		text = (struct span){at, (size_t)(end - at)};
	return text;
}

const char *linux_decode_bundle(struct span bundle, struct items *out)
{
	AUTO(bytes) der = {0};
	const char *fault = NULL;
	struct span rest = pem_of_file(bundle);
	struct cert_seen seen;
	bool trusted;

	while (rest.size > 0) {
		const uint8_t *from = rest.data;
		struct err err = {0};
		struct item *item;

		/* a damaged block hides itself alone from us */
		if (!pem_next_of(bundle, &rest, &der, &trusted, &err)) {
			fault = fault ? fault : arena_strdup(&out->arena, err.text);
			continue;
		}
		if (der.size == 0)
			break;
		if (!cert_see(bytes_span(&der), trusted, &seen, &err)) {
			if (!fault)
				fault = arena_printf(
				    &out->arena, "line %zu: %s", pem_line(bundle, from), err.text);
			continue;
		}
		item = items_add_certificate(out, STORE_ROOT, seen.sha256);
		item->label = arena_strdup(&out->arena, seen.label);
		item->seen.not_after = seen.not_after;
		item->presence = seen.rejects ? ITEM_DISABLED : ITEM_PRESENT;
	}
	items_sort(out);
	take_rejected_out(out);
	return fault;
}
