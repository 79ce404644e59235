/* SPDX-License-Identifier: Apache-2.0 */
#include "model/facts.h"

void facts_release(struct facts *facts)
{
	arena_release(&facts->arena);
	*facts = (struct facts){0};
}
