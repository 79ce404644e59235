/* SPDX-License-Identifier: Apache-2.0 */
/* Trust lists: whatever is read lies within the file, is found again, and can be asked for its
 * signature. */
#include <stdint.h>
#include <stdlib.h>

#include "formats/ctl_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void must_lie_in(const struct ctl *ctl, struct span part)
{
	must(part.size == 0 || (part.data >= ctl->file.data &&
	                           part.data + part.size <= ctl->file.data + ctl->file.size));
}

static void read_entry(const struct ctl *ctl, const struct ctl_entry *entry)
{
	struct span rest = entry->attributes, value, oid;
	struct ctl_attribute attribute;

	must_lie_in(ctl, entry->id);
	must(ctl_find(ctl, entry->id) != NULL);
	while (ctl_attribute_next(&rest, &attribute)) {
		must_lie_in(ctl, attribute.value);
		must(!attribute.property || ctl_entry_find(entry, attribute.property, &value));
		(void)ctl_entry_date(entry, CTL_DISALLOWED_AFTER);
	}
	/* all of it was checked, so nothing may be left over */
	must(rest.size == 0);
	if (ctl_entry_oids(entry, CTL_EKU, &value)) {
		while (ctl_oid_next(&value, &oid))
			must_lie_in(ctl, oid);
		must(value.size == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(ctl) ctl = {0};
	struct ctl_attribute extension;
	struct ctl_signature signature;
	AUTO(chain_pool) pool = {0};
	struct ctl_stores stores = {.untrusted = {&pool}};
	struct ctl_chain chain;
	struct err err = {0};
	struct span rest;

	if (!ctl_parse((struct span){data, size}, &ctl, &err)) {
		must(err.code == ERR_FORMAT);
		return 0;
	}
	must(ctl_looks((struct span){data, size}));
	must_lie_in(&ctl, ctl.content);
	must(ctl.body.data + ctl.body.size == ctl.content.data + ctl.content.size);
	for (size_t i = 0; i < ctl.entry_count && i < 64; i++)
		read_entry(&ctl, &ctl.entries[i]);
	for (rest = ctl.extensions; ctl_extension_next(&rest, &extension);)
		must_lie_in(&ctl, extension.value);
	must(rest.size == 0);
	ctl_check_signature(&ctl, &signature);
	must(signature.signature != CTL_SIGNATURE_GOOD || ctl.has_signer);
	ctl_pool(&ctl, &pool);
	if (ctl.certificate_count > 0)
		stores.anchors[0] = &pool;
	ctl_chain(&ctl, &signature, &stores, ctl.this_update, &chain);
	return 0;
}
