/* SPDX-License-Identifier: Apache-2.0 */
/* The part of plan.h that knows what Schannel can send. */
#include "engine/plan.h"
#include "model/cert.h"

static size_t name_size(struct span der)
{
	struct err ignored = {0};
	struct cert cert;

	/* each name goes behind its length (RFC 5246 7.4.4) */
	return der.size > 0 && cert_parse(der, &cert, &ignored) ? 2 + cert.subject.size : 0;
}

size_t plan_issuers_size(const struct items *have, const struct plan *plan)
{
	size_t size = 0;

	for (size_t i = 0; i < have->count; i++) {
		const struct item *item = &have->list[i];

		if (item->kind == ITEM_CERTIFICATE && item_store(item) == STORE_ROOT &&
		    item->presence == ITEM_PRESENT && (i == 0 || item_compare(item - 1, item) != 0))
			size += name_size(item->content);
	}
	for (size_t i = 0; plan && i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (step->want && step->want->kind == ITEM_CERTIFICATE &&
		    item_store(step->want) == STORE_ROOT && step->action == ACTION_ADD)
			size += name_size(step->want->content);
	}
	return size;
}
