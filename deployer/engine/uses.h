/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which bundles a run uses, and whether it may: a part of resolve.h.
 */
#include "engine/resolver.h"

/* The use of that bundle, made when it is first asked for; valid until the next one is made. */
struct bundle_use *use_of(struct resolver *resolver, const char *id);
/* Finds, verifies and judges the bundle, once. Success says nothing about it (see `bundle` and
 * `reason`); fails only for what ends the run: an unusable keyring. */
bool use_look(struct resolver *resolver, struct bundle_use *use, struct err *err) MUST_CHECK;
/* The same, for a rule that needs what it holds. */
bool use_open(struct resolver *resolver, struct bundle_use *use, struct err *err) MUST_CHECK;
/* Why a certificate cannot be had from it, in `arena`. */
const char *use_missing(const struct bundle_use *use, struct arena *arena);
/* What to do about a bundle that cannot be used, or NULL: the cause's own words. */
const char *use_remedy(const struct bundle_use *use);
/* "is refused (expired 2027-05-26)", "cannot be reached (…)", "is not there" */
const char *use_fault(const struct bundle_use *use, struct arena *arena);
/* Marks a bundle as unusable that had passed so far. */
void use_refuse(struct resolver *resolver, struct bundle_use *use, const struct err *why);
/* Collects what all policies demand of bundles, then opens those that a `bundles:` rule names or
 * that a policy came out of, and looks at those that other rules name. */
bool uses_demand(struct resolver *resolver, struct err *err) MUST_CHECK;
/* Judges every bundle once more, now that all signed times are known. */
void uses_settle(struct resolver *resolver);
