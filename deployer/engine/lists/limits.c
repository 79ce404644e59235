/* SPDX-License-Identifier: Apache-2.0 */
/* The part of lists.h that tells what a list takes from roots which a host cannot hold back. */
#include "base/clock.h"
#include "engine/lists/lists.h"
#include "engine/uses.h"
#include "formats/ctl_effect.h"

/* The entry of that fingerprint: lists since 2011 have it as an attribute. */
static const struct ctl_entry *entry_of(const struct ctl *list, const uint8_t sha256[SHA256_SIZE])
{
	struct span value;

	for (size_t i = 0; i < list->entry_count; i++)
		if (ctl_entry_find(&list->entries[i], CTL_SHA256, &value) &&
		    span_equal(value, (struct span){sha256, SHA256_SIZE}))
			return &list->entries[i];
	return NULL;
}

static void note_limits(struct item *want, const struct ctl *list, int64_t now, struct arena *arena)
{
	const struct ctl_entry *entry = entry_of(list, want->key.sha256);
	unsigned limits = entry ? ctl_limits(entry, now) : 0;

	if (!limits)
		return;
	want->note = arena_printf(arena,
	    "Microsoft's list in bundle %s limits this root (%s%s%s), which the trust store here "
	    "cannot"
	    " say: it is trusted without limits",
	    text_escape_string(want->asked.bundle).text,
	    limits & CTL_LIMIT_DISABLED ? "nothing signed after a date; " : "",
	    limits & CTL_LIMIT_NOT_BEFORE ? "nothing issued after a date; " : "",
	    limits & CTL_LIMIT_USAGES ? "not for all usages" : "");
}

/* The list of trusted roots that a bundle brings; false when it brings none that can be read. */
static bool read_list(struct bundle *bundle, struct bytes *unpacked, struct ctl *out)
{
	const struct manifest_entry *entries = bundle->manifest.contents.list;
	AUTO(bytes) member = {0};
	struct err ignored = {0};

	for (size_t i = 0; i < bundle->manifest.contents.count; i++)
		if (entries[i].kind == MEMBER_CTL && entries[i].list == CTL_AUTHROOT)
			return bundle_read(bundle, &entries[i], &member, &ignored) &&
			       ctl_unpack(bytes_span(&member), unpacked, &ignored) &&
			       ctl_parse(bytes_span(unpacked), out, &ignored);
	return false;
}

void lists_note_limits(struct resolver *resolver, struct items *want, int64_t now)
{
	for (size_t i = 0; i < resolver->use_count; i++) {
		const struct bundle_use *use = &resolver->uses[i];
		AUTO(bytes) unpacked = {0};
		AUTO(ctl) list = {0};

		if (!use->bundle || !read_list(use->bundle, &unpacked, &list))
			continue;
		for (size_t j = 0; j < want->count; j++) {
			struct item *item = &want->list[j];

			if (item->key.kind == ITEM_CERTIFICATE && item_store(item) == STORE_ROOT &&
			    item->presence == ITEM_PRESENT && item->asked.holding == HOLD_YES &&
			    item->asked.bundle && strcmp(item->asked.bundle, use->id) == 0)
				note_limits(item, &list, now, &want->arena);
		}
	}
}
