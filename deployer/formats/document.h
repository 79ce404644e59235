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
/* The document as a person would write it, in YAML: required keys, and keys that differ from their
 * defaults. A STRUCT of it is there when its position has a line. It reads back as it was, but for
 * free-form maps (NODE), which are left out. */
void document_write(const struct fields *fields, const void *value, struct bytes *out);
/* The members alone, into a map that is open. */
void document_emit_members(struct emit *emit, const struct fields *fields, const void *value);
