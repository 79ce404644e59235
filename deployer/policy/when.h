/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * `when`: what a policy may demand of a host's facts, and the filtering of policies by it
 * (policies_filter of policy.h). A part of policy/, used by its tables.
 */
#include "policy/policy.h"

/* The free-form map `when.facts`, and the same as a JSON Schema. */
bool when_check_facts(
    const struct yaml *yaml, const struct yaml_node *facts, struct err *err) MUST_CHECK;
extern const char when_facts_schema[];
