/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * JSON from elsewhere, as a tree of cJSON whose limits have been checked: UTF-8 without NUL, not
 * deeper, larger or wider than the limits, and no key twice in a map. cJSON reads the grammar (RFC
 * 8259) and checks none of these. It also keeps numbers as doubles only, so a whole number is read
 * from its digits again.
 */
#include <cjson/cJSON.h>

#include "base/bytes.h"

struct json_limits {
	size_t bytes, values, depth, keys; /* keys: of one map */
};

struct json_tree {
	cJSON *root;
	struct span text;  /* borrowed */
	uint32_t *numbers; /* where each number stands in it, in order */
	size_t number_count, number_capacity;
};

/* ERR_FORMAT says where and what. `text` must outlive the tree. */
bool json_tree_parse(struct span text, const struct json_limits *limits, struct json_tree *out,
    struct err *err) MUST_CHECK;
/* False when the node is no whole number of 64 bits. */
bool json_tree_number(const struct json_tree *tree, const cJSON *node, uint64_t *out) MUST_CHECK;
void json_tree_release(struct json_tree *tree);
