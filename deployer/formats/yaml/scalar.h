/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Single values of a table-driven document: a part of fields.h, used by its reader alone. Every
 * refusal has the place of the node.
 */
#include "formats/yaml/field.h"

enum { SCALAR_WORDS = 200 };

/* "a, b or c", passing over ""; returns `out`. */
const char *scalar_enumerate(const char *const *words, char out[SCALAR_WORDS]);

/* Refuses a node of another kind, and a scalar that says that something is missing. */
bool scalar_expect(const struct yaml *yaml, const struct yaml_node *node, enum yaml_kind kind,
    const char *name, struct err *err) MUST_CHECK;

/* A TEXT, or one of TEXTS; the copy is in `arena`. */
bool scalar_text(const struct yaml *yaml, const struct yaml_node *node, const struct field *field,
    struct arena *arena, const char **out, struct err *err) MUST_CHECK;
/* A CHOICE, or one of CHOICES: its index. */
bool scalar_choice(const struct yaml *yaml, const struct yaml_node *node, const struct field *field,
    int *out, struct err *err) MUST_CHECK;

/* Any field that is one value, into the struct `out` at its offset. */
bool scalar_read(const struct yaml *yaml, const struct yaml_node *node, const struct field *field,
    struct arena *arena, void *out, struct err *err) MUST_CHECK;
