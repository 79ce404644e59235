/* SPDX-License-Identifier: Apache-2.0 */
/* The part of plan.h that knows how many names Schannel can send. */
#include "engine/plan.h"
#include "model/cert.h"

/* Each name goes behind its length (RFC 5246 7.4.4). */
enum { LENGTH = 2 };

static size_t name_size(struct span der)
{
	struct err ignored = {0};
	struct cert cert;

	return der.size > 0 && cert_parse(der, &cert, &ignored) ? LENGTH + cert.subject.size : 0;
}

size_t plan_issuers_there(const struct items *have)
{
	size_t size = 0;

	for (size_t i = 0; i < have->count; i++) {
		const struct item *item = &have->list[i];

		if (item->key.kind == ITEM_CERTIFICATE && item_store(item) == STORE_ROOT &&
		    item->presence == ITEM_PRESENT &&
		    (i == 0 || !key_equal(&(item - 1)->key, &item->key)))
			size += LENGTH + item->seen.subject_size;
	}
	return size;
}

size_t plan_issuers_added(const struct plan *plan)
{
	size_t size = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (step->action == ACTION_ADD && step->want->key.kind == ITEM_CERTIFICATE &&
		    item_store(step->want) == STORE_ROOT)
			size += name_size(step->want->content);
	}
	return size;
}
