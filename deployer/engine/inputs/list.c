/* SPDX-License-Identifier: Apache-2.0 */
/* The part of inputs.h that tells what became of each bundle. */
#include "engine/inputs/inputs.h"

static void list_signers(
    struct outcome *out, const struct bundle *bundle, struct outcome_bundle *entry)
{
	entry->signers =
	    arena_alloc(&out->arena, (bundle->signer_count + 1) * sizeof(*entry->signers));
	for (size_t i = 0; i < bundle->signer_count; i++) {
		char hex[SHA256_HEX];

		if (!bundle->signers[i].good)
			continue;
		hex_write((struct span){bundle->signers[i].spki_sha256, SHA256_SIZE}, hex);
		entry->signers[entry->signer_count++] = arena_strdup(&out->arena, hex);
	}
}

static const char *fault_of(const struct bundle_use *use)
{
	if (use->refused)
		return "refused";
	if (use->bundle)
		return "";
	return use->unreachable ? "cannot be reached" : "missing";
}

void inputs_list(struct session *session)
{
	struct outcome *out = session->out;
	const struct resolver *resolver = &session->resolver;

	out->bundle_count = 0;
	out->bundles = arena_alloc(&out->arena, (resolver->use_count + 1) * sizeof(*out->bundles));
	for (size_t i = 0; i < resolver->use_count; i++) {
		const struct bundle_use *use = &resolver->uses[i];
		struct outcome_bundle *entry = &out->bundles[out->bundle_count];

		if (!use->tried)
			continue;
		*entry = (struct outcome_bundle){
		    .id = arena_strdup(&out->arena, use->id),
		    .pass = use->bundle != NULL && !use->refused,
		    .fault = fault_of(use),
		    .sha256 = "",
		    .reason = arena_strdup(&out->arena, use->reason),
		};
		if (use->bundle) {
			entry->version = use->bundle->manifest.version;
			entry->expires = use->bundle->manifest.expires;
			entry->sha256 = arena_strdup(&out->arena, use->bundle->sha256);
			list_signers(out, use->bundle, entry);
		}
		out->bundle_count++;
	}
}
