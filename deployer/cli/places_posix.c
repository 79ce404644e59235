/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/places.h"

void places_find(struct places *out)
{
	*out = (struct places){
	    .policies = PLACE_POLICIES,
	    .keyring = PLACE_KEYRING,
	    .bundles = PLACE_BUNDLES,
	    .state = PLACE_STATE,
	};
}

void places_release(struct places *places)
{
	arena_release(&places->arena);
	*places = (struct places){0};
}
