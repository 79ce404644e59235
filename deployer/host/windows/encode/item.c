/* SPDX-License-Identifier: Apache-2.0 */
/* The part of encode.h that finds the kind of an item. */
#include "host/windows/encode/kinds.h"

/* What differs between the kinds of items that a host holds. */
static const struct {
	void (*express)(struct item *want, const char *release, struct arena *arena);
	bool (*encode)(const struct item *want, enum encode_holder holder, struct encoded *out,
	    struct err *err);
} kinds[ITEM_HOST_KINDS] = {
    /* the registry holds certificates and switches as they are wanted */
    [ITEM_CERTIFICATE] = {NULL, encode_certificate},
    [ITEM_PROXY] = {encode_express_proxy, encode_proxy},
    [ITEM_CTL] = {encode_express_list, encode_list},
    [ITEM_AUTO_UPDATE] = {NULL, encode_update},
};

void encode_express(struct item *want, const char *release, struct arena *arena)
{
	if (want->key.kind < ITEM_HOST_KINDS && kinds[want->key.kind].express)
		kinds[want->key.kind].express(want, release, arena);
}

bool encode_item(
    const struct item *want, enum encode_holder holder, struct encoded *out, struct err *err)
{
	return kinds[want->key.kind].encode(want, holder, out, err);
}
