/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A value of a registry, wherever that registry is: its type and its data.
 *
 * Source: formats.md d and f; the numbers of the types are the REG_... of winnt.h.
 */
#include "base/text.h"

enum registry_type {
	REGISTRY_ABSENT = -1, /* no such value */
	REGISTRY_STRING = 1,  /* UTF-16LE with its NUL */
	REGISTRY_EXPAND = 2,
	REGISTRY_BINARY = 3,
	REGISTRY_DWORD = 4,
};

struct registry_value {
	int64_t type; /* enum registry_type, or another number */
	struct bytes data;
};
void registry_value_release(struct registry_value *value);

/* The text of a string value in `arena`, or NULL when it is no string; without what follows its
 * first NUL. */
const char *registry_text(const struct registry_value *value, struct arena *arena);
/* False when it is no DWORD. */
bool registry_number(const struct registry_value *value, uint32_t *out) MUST_CHECK;
/* Sets a string value. */
void registry_set_text(struct registry_value *value, const char *text);
void registry_set_number(struct registry_value *value, uint32_t number);
