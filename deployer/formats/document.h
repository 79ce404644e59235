/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A document (policy, keyring, recipe, manifest) as it was understood: printed
 * from the table it was read by, with every key, defaults filled in, and null for
 * what was not said.
 */
#include "formats/fields.h"
#include "formats/emit.h"

/* `value` is the struct that fields_read filled. */
void document_emit(struct emit *emit, const struct fields *fields, const void *value);
/* The members alone, into a map that is open. */
void document_emit_members(struct emit *emit, const struct fields *fields, const void *value);
