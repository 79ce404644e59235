/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Documents by their tables (formats/yaml/field.h): making, reading, comparing.
 */
#include "formats/yaml/field.h"

/* The row that a rule's `key` names; its `is` as it is written; and whether that is what holds
 * where the key is absent. */
const struct field *field_of_rule(const struct fields *fields, const struct field_rule *rule);
const char *field_rule_word(const struct field *field, const struct field_rule *rule);
bool field_rule_falls_back(const struct field *field, const struct field_rule *rule);

/* Zeroes `out` and fills in the defaults: for making a document, not for reading one. */
void fields_clear(const struct fields *fields, void *out);
/* Fills `out` (zeroed here) from a map; lists and strings go into `arena`. `err` is the first
 * fault. With `more` the reader goes on after it, and adds a line for each other fault, at most
 * FIELDS_MAX_FAULTS in all; what depends on a value that is missing is not judged. */
bool fields_read_all(const struct yaml *yaml, const struct yaml_node *node,
    const struct fields *fields, struct arena *arena, void *out, struct text *more,
    struct err *err) MUST_CHECK;
/* The same, which ends at the first fault. */
bool fields_read(const struct yaml *yaml, const struct yaml_node *node, const struct fields *fields,
    struct arena *arena, void *out, struct err *err) MUST_CHECK;

/* Whether two structs of the table say the same, but for the keys in `except` (NULL-terminated). */
bool fields_same(
    const struct fields *fields, const void *a, const void *b, const char *const *except);
