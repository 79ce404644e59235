/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on the signature of bundles, each by its name. The names are those of the TUF and Uptane
 * specifications and of what went wrong in other programs. Each must end
 * in ERR_TRUST, which is exit status 4, before anything of the bundle could be used.
 */
#include <criterion/criterion.h>
#include <openssl/cms.h>

#include "bundle_refused.h"

/* --- arbitrary installation ----------------------------------------------------------- */

Test(attack, arbitrary_installation_unsigned)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);
	refused(&world, bytes_span(&world.cabinet), "is not signed");
}

Test(attack, arbitrary_installation_no_signer_in_the_signature)
{
	AUTO(kit_world) world = {0};

	/* fwupd CVE-2020-10759: zero signatures were taken for valid */
	kit_world(&world);
	refused_seal(&world, (struct kit_seal){0}, "0 of the 2 signatures");
}

Test(attack, arbitrary_installation_foreign_signers)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) one = kit_signer("mallory", "P-256", 1);
	AUTO(kit_signer) two = kit_signer("oscar", "P-256", 2);
	const struct kit_signer *foreign[] = {&one, &two};

	kit_world(&world);
	refused_seal(&world, (struct kit_seal){.signers = foreign, .count = 2},
	    "issuer mallory, serial 01: its key is not in the keyring");
}

/* SWUpdate CVE-2026-109399: what is embedded built the chain. */
Test(attack, certificate_only_embedded)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) one = kit_signer("one", "P-256", 1);
	AUTO(kit_signer) two = kit_signer("mallory", "P-256", 2);
	const struct kit_signer *foreign[] = {&one, &two};

	/* "one", serial 1, is also the name of a pinned signer, by another key */
	kit_world(&world);
	refused_seal(&world, (struct kit_seal){.signers = foreign, .count = 2, .embed = true},
	    "one: the signature is wrong");
}

/* --- thresholds ----------------------------------------------------------------------- */

Test(attack, key_compromise_below_threshold)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);
	refused_seal(
	    &world, (struct kit_seal){.signers = world.all, .count = 1}, "1 of the 2 signatures");
}

Test(attack, one_key_signing_twice)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);

	const struct kit_signer *twice[] = {world.all[0], world.all[0]};

	refused_seal(&world, (struct kit_seal){.signers = twice, .count = 2},
	    "one: the same key signed already");
}

/* go-tuf GHSA-3633-5h82-39pq: one key under two ids was counted twice. */
Test(attack, one_key_under_two_certificates)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) alias = {0};
	AUTO(keyring) keyring = {0};
	struct err err = {0};

	kit_world(&world);
	alias = kit_signer_again("alias", world.all[0], 77);

	const struct kit_signer *ring[] = {world.all[0], &alias, world.all[1]};

	kit_keyring(&world.keyring_text, 1, NULL, 2, ring, 3);
	cr_assert_not(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &keyring, &err));
	cr_assert_eq(err.code, ERR_POLICY);
	cr_assert(strstr(err.text, "signers one and alias have one key"), "%s", err.text);
}

/* go-tuf CVE-2026-23992: threshold 0 was accepted. */
Test(attack, threshold_zero)
{
	AUTO(kit_world) world = {0};
	AUTO(keyring) keyring = {0};
	struct err err = {0};

	kit_world(&world);
	kit_keyring(&world.keyring_text, 1, NULL, 0, world.all, 3);
	cr_assert_not(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &keyring, &err));
	cr_assert_eq(err.code, ERR_POLICY);
	/* and were one to get past the reader, it would open nothing */
	world.keyring.threshold = 0;
	refused(&world, bytes_span(&world.bundle), "signature");
}

Test(attack, threshold_above_the_number_of_keys)
{
	AUTO(kit_world) world = {0};
	AUTO(keyring) keyring = {0};
	struct err err = {0};

	kit_world(&world);
	kit_keyring(&world.keyring_text, 1, NULL, 3, world.all, 2);
	cr_assert_not(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &keyring, &err));
	cr_assert(strstr(err.text, "there are 2 signers"), "%s", err.text);
}

/* --- what is signed, and how ---------------------------------------------------------- */

Test(attack, signature_of_another_bundle)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) other = {0};
	AUTO(bytes) cms = {0};
	AUTO(bytes) joined = {0};
	const struct cabinet_file file = {"root/evil.cer", span_text("evil")};

	kit_world(&world);
	kit_contents(&other, "example.corp", 13, &file, 1);
	kit_sign(
	    bytes_span(&world.cabinet), &(struct kit_seal){.signers = world.all, .count = 2}, &cms);
	kit_join(bytes_span(&other), bytes_span(&cms), &joined);
	refused(&world, bytes_span(&joined), "made over other content");
}

/* RAUC CVE-2026-34155: the signature covered the first bytes only. */
Test(attack, bytes_after_what_was_signed)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) longer = {0};
	AUTO(bytes) cms = {0};
	AUTO(bytes) joined = {0};

	kit_world(&world);
	kit_sign(
	    bytes_span(&world.cabinet), &(struct kit_seal){.signers = world.all, .count = 2}, &cms);
	bytes_add(&longer, world.cabinet.data, world.cabinet.size);
	bytes_add(&longer, "x", 1);
	kit_join(bytes_span(&longer), bytes_span(&cms), &joined);
	refused(&world, bytes_span(&joined), "made over other content");
	/* signed with the rest, it is no cabinet either */
	refused_cabinet(&world, &longer, "declares");
}

Test(attack, sha1_digest)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);
	refused_seal(&world, (struct kit_seal){.signers = world.all, .count = 2, .digest = "SHA1"},
	    "its digest is not SHA-256");
}

/* A keyring cannot hold one; a key that signs without being in it counts nothing. */
Test(attack, rsa_1024_key)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) weak = kit_signer("weak", "RSA-1024", 5);
	AUTO(keyring) keyring = {0};
	struct err err = {0};

	kit_world(&world);

	const struct kit_signer *signers[] = {world.all[0], &weak};

	kit_keyring(&world.keyring_text, 1, NULL, 1, signers, 2);
	cr_assert_not(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &keyring, &err));
	cr_assert(strstr(err.text, "its RSA key has 1024 bits"), "%s", err.text);
	refused_seal(
	    &world, (struct kit_seal){.signers = signers, .count = 2}, "1 of the 2 signatures");
}

Test(attack, signature_without_attributes)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);
	refused_seal(&world,
	    (struct kit_seal){.signers = world.all, .count = 2, .no_attributes = true},
	    "no signed attributes");
}

/* RAUC 1.16 pins the content type: attributes signed for something else are no use here. */
Test(attack, signed_as_another_content_type)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) cms = {0};
	AUTO(bytes) joined = {0};
	/* contentType: the attribute's OID, SET, and id-data to become id-signedData */
	static const uint8_t data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03, 0x31,
	    0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};

	kit_world(&world);
	kit_sign(
	    bytes_span(&world.cabinet), &(struct kit_seal){.signers = world.all, .count = 2}, &cms);
	for (size_t i = 0; i + sizeof(data) <= cms.size; i++)
		if (memcmp(cms.data + i, data, sizeof(data)) == 0)
			cms.data[i + sizeof(data) - 1] = 2;
	kit_join(bytes_span(&world.cabinet), bytes_span(&cms), &joined);
	refused(&world, bytes_span(&joined), "contentType attribute is not id-data");
}

Test(attack, content_inside_the_signature)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);
	refused_seal(&world, (struct kit_seal){.signers = world.all, .count = 2, .attached = true},
	    "detached");
}

Test(attack, digested_instead_of_signed)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) joined = {0};
	BIO *data = BIO_new_mem_buf("data", 4);
	CMS_ContentInfo *info = CMS_digest_create(data, EVP_sha256(), CMS_DETACHED | CMS_BINARY);
	unsigned char *der = NULL;
	int size;

	kit_world(&world);
	cr_assert_not_null(info);
	size = i2d_CMS_ContentInfo(info, &der);
	kit_join(bytes_span(&world.cabinet), (struct span){der, (size_t)size}, &joined);
	refused(&world, bytes_span(&joined), "not a SignedData");
	OPENSSL_free(der);
	CMS_ContentInfo_free(info);
	BIO_free(data);
}

Test(attack, garbage_after_the_cms)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) cms = {0};
	AUTO(bytes) joined = {0};

	kit_world(&world);
	kit_sign(
	    bytes_span(&world.cabinet), &(struct kit_seal){.signers = world.all, .count = 2}, &cms);
	bytes_add(&cms, "\0\0\0", 3);
	kit_join(bytes_span(&world.cabinet), bytes_span(&cms), &joined);
	refused(&world, bytes_span(&joined), "3 bytes after the end");
}

/* The outer length in two bytes more than it needs. */
Test(attack, signature_in_ber)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) cms = {0};
	AUTO(bytes) loose = {0};
	AUTO(bytes) joined = {0};
	uint8_t header[5] = {0x30, 0x83, 0};

	kit_world(&world);
	kit_sign(
	    bytes_span(&world.cabinet), &(struct kit_seal){.signers = world.all, .count = 2}, &cms);
	cr_assert_eq(cms.data[1], 0x82);
	memcpy(header + 3, cms.data + 2, 2);
	bytes_add(&loose, header, sizeof(header));
	bytes_add(&loose, cms.data + 4, cms.size - 4);
	kit_join(bytes_span(&world.cabinet), bytes_span(&loose), &joined);
	refused(&world, bytes_span(&joined), "is not DER");
}

/* OpenSSL 3.0 has no Ed25519 in CMS: a signer that claims it must fail closed, with the reason. */
Test(attack, ed25519_claimed)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) edwards = kit_signer("edwards", "ED25519", 2);
	AUTO(kit_signer) stand_in = kit_signer("edwards", "P-256", 2);
	struct err err = {0};

	kit_world(&world);

	const struct kit_signer *ring[] = {world.all[0], world.all[1], &edwards};
	const struct kit_signer *claimed[] = {world.all[0], &stand_in};

	kit_keyring(&world.keyring_text, 1, NULL, 2, ring, 3);
	keyring_release(&world.keyring);
	cr_assert(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &world.keyring, &err),
	    "%s", err.text);
	refused_seal(&world, (struct kit_seal){.signers = claimed, .count = 2}, "Ed25519");
}

/* --- trailer -------------------------------------------------------------------------- */

Test(attack, truncation_at_every_byte)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);
	/* asserted once for each fault alone: thousands of assertions make Criterion slow */
	for (size_t size = 0; size < world.bundle.size; size++) {
		AUTO(bundle) bundle = {0};
		struct err err = {0};

		if (kit_open(&world, (struct span){world.bundle.data, size}, &bundle, &err) ||
		    err.code != ERR_TRUST)
			cr_assert(false, "cut to %zu bytes: %s", size, err.text);
	}
}

Test(attack, huge_trailer_length)
{
	static const uint8_t lengths[][8] = {
	    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	    {0x80, 0, 0, 0, 0, 0, 0, 0},
	    {0, 0, 0, 1, 0, 0, 0, 0},
	    {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
	    {0},
	};
	AUTO(kit_world) world = {0};
	uint8_t *place;

	kit_world(&world);
	place = world.bundle.data + world.bundle.size - 8;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		memcpy(place, lengths[i], 8);
		refused(&world, bytes_span(&world.bundle), "its trailer declares");
	}
	/* one too many and one too few */
	for (int off = -1; off <= 1; off += 2) {
		size_t size = world.bundle.size - world.cabinet.size - 16;

		memset(place, 0, 8);
		place[6] = (uint8_t)((size + (size_t)off) >> 8);
		place[7] = (uint8_t)(size + (size_t)off);
		refused(&world, bytes_span(&world.bundle), "signature");
	}
}

/* xorshift64*, for the same flips each time */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* Only what no signature covers and nothing depends on can be flipped: version numbers in the
 * CMS, and its set of digest algorithms, which is a hint. That is some 12 bytes. */
Test(attack, bit_flips)
{
	AUTO(kit_world) world = {0};
	uint64_t state = 20261123;
	size_t accepted = 0, unlike = 0;

	kit_world(&world);
	for (int i = 0; i < 5000; i++) {
		AUTO(bundle) bundle = {0};
		struct err err = {0};
		uint64_t random = next_random(&state);
		size_t at = (size_t)(random >> 8) % world.bundle.size;
		uint8_t bit = (uint8_t)(1u << (random & 7));

		world.bundle.data[at] ^= bit;
		if (!kit_open(&world, bytes_span(&world.bundle), &bundle, &err))
			unlike += err.code != ERR_TRUST;
		else if (at < world.cabinet.size)
			cr_assert(false, "a flip at %zu was accepted", at);
		else
			accepted++;
		world.bundle.data[at] ^= bit;
	}
	cr_assert_eq(unlike, 0);
	cr_assert_lt(accepted, 100, "%zu flips were accepted", accepted);
}
