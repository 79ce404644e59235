/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Files of ours in folders that the trust store of this host does not read: they belong to a
 * package that was purged since, or to the distribution that the host was before an upgrade. Such a
 * package would bring them into force as soon as it comes back, so a run that lets go has to see
 * them.
 */
#include "host/linux/layout.h"

/* Appends each certificate in files of ours in the folders of other layouts than `chosen`, as an
 * item that is ITEM_ASIDE; a folder or a file that cannot be read is an item with a note. */
void aside_observe(struct host *host, const struct trust_layout *chosen, struct items *have);
/* Whether the item is one of those: a layout may have something aside in folders of its own. */
bool aside_has(const struct trust_layout *chosen, const struct item *item);
/* Appends the changes that take such a certificate out of its file, and, with the file, the links
 * to it in OpenSSL's folder. */
bool aside_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err) MUST_CHECK;
