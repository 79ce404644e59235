/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Signature values that a verifier may take by mistake, in the manner of Wycheproof and made here.
 * Each is judged twice: by the opening of a bundle whose only signature it is, and by OpenSSL's CMS
 * with the signer's certificate. Both must say what the table says.
 */
#include "bundle_kit.h"

/* A bundle with one signature, whose key alone is in the keyring. `judged` and `good` count. */
struct signed_world {
	struct kit_world world;
	struct kit_signer signer;
	struct bytes cms, signature;
	unsigned judged, good;
};

/* `algorithm` as for kit_signer. */
void signed_world(struct signed_world *made, const char *algorithm);
void signed_world_release(struct signed_world *made);
/* Signs anew, as `how` says; its signers do not matter. */
void sign_again(struct signed_world *made, const struct kit_seal *how);
/* Asserts that this CMS is good or not, or the same one with this in place of its signature. */
void judge_cms(struct signed_world *made, struct span cms, bool good, const char *what);
void judge(struct signed_world *made, struct span signature, bool good, const char *what);
/* Cut, and with more in front of it and behind: what holds of any signature. */
void judge_lengths(struct signed_world *made);
