/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on bundles, each by its name. The names are those of the TUF and Uptane
 * specifications and of what went wrong in other programs. Each must end
 * in ERR_TRUST, which is exit status 4, before anything of the bundle could be used.
 */
#include <criterion/criterion.h>
#include <openssl/cms.h>
#include <stdlib.h>

#include "bundle_kit.h"

/* The bytes must be refused, with a sentence that has `expected` in it. */
static void refused(const struct kit_world *world, struct span bytes, const char *expected)
{
	AUTO(bundle) bundle = {0};
	struct err err = {0};

	cr_assert_not(kit_open(world, bytes, &bundle, &err), "expected: %s", expected);
	cr_assert_eq(err.code, ERR_TRUST, "%s", err.text);
	cr_assert_eq(err_exit_status(err.code), 4);
	cr_assert(strstr(err.text, expected), "\"%s\" is not in: %s", expected, err.text);
	cr_assert_null(bundle.file.data, "a refused bundle leaves nothing behind");
}

/* The world's cabinet with these signatures. */
static void refused_seal(const struct kit_world *world, struct kit_seal seal, const char *expected)
{
	AUTO(bytes) sealed = {0};

	kit_seal(bytes_span(&world->cabinet), &seal, &sealed);
	refused(world, bytes_span(&sealed), expected);
}

/* Another cabinet, rightly signed. */
static void refused_cabinet(
    const struct kit_world *world, const struct bytes *cabinet, const char *expected)
{
	AUTO(bytes) sealed = {0};
	struct kit_seal seal = {.signers = world->all, .count = 2};

	kit_seal(bytes_span(cabinet), &seal, &sealed);
	refused(world, bytes_span(&sealed), expected);
}

static void refused_files(const struct kit_world *world, const struct cabinet_file *files,
    size_t count, const char *expected)
{
	AUTO(bytes) cabinet = {0};

	kit_cabinet(&cabinet, files, count, false);
	refused_cabinet(world, &cabinet, expected);
}

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
	AUTO(bytes) sealed = {0};
	struct err err = {0};

	kit_world(&world);
	alias = kit_signer_again("alias", world.all[0], 77);

	const struct kit_signer *ring[] = {world.all[0], &alias, world.all[1]};
	const struct kit_signer *pair[] = {world.all[0], &alias};

	kit_keyring(&world.keyring_text, 1, NULL, 2, ring, 3);
	keyring_release(&world.keyring);
	cr_assert(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &world.keyring, &err),
	    "%s", err.text);
	refused_seal(&world, (struct kit_seal){.signers = pair, .count = 2},
	    "alias: the same key signed already");
}

/* go-tuf CVE-2026-23992: threshold 0 was accepted. */
Test(attack, threshold_zero)
{
	AUTO(kit_world) world = {0};
	AUTO(keyring) keyring = {0};
	AUTO(bytes) sealed = {0};
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
	AUTO(kit_signer) alias = {0};
	AUTO(keyring) keyring = {0};
	struct err err = {0};

	kit_world(&world);
	alias = kit_signer_again("alias", world.all[0], 77);

	const struct kit_signer *ring[] = {world.all[0], &alias};

	kit_keyring(&world.keyring_text, 1, NULL, 2, ring, 2);
	cr_assert_not(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &keyring, &err));
	cr_assert(strstr(err.text, "there are 1 distinct keys"), "%s", err.text);
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

	const struct kit_signer *ring[] = {world.all[0], &edwards};
	const struct kit_signer *claimed[] = {world.all[0], &stand_in};

	kit_keyring(&world.keyring_text, 1, NULL, 2, ring, 2);
	keyring_release(&world.keyring);
	cr_assert(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &world.keyring, &err),
	    "%s", err.text);
	refused_seal(&world, (struct kit_seal){.signers = claimed, .count = 2}, "Ed25519");
}

/* --- trailer -------------------------------------------------------------------------- */

Test(attack, truncation_at_every_byte, .timeout = 120)
{
	AUTO(kit_world) world = {0};

	kit_world(&world);
	for (size_t size = 0; size < world.bundle.size; size++)
		refused(&world, (struct span){world.bundle.data, size}, "test.cab: ");
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
Test(attack, bit_flips, .timeout = 300)
{
	AUTO(kit_world) world = {0};
	uint64_t state = 20261123;
	size_t accepted = 0;

	kit_world(&world);
	for (int i = 0; i < 5000; i++) {
		AUTO(bundle) bundle = {0};
		struct err err = {0};
		uint64_t random = next_random(&state);
		size_t at = (size_t)(random >> 8) % world.bundle.size;
		uint8_t bit = (uint8_t)(1u << (random & 7));

		world.bundle.data[at] ^= bit;
		if (kit_open(&world, bytes_span(&world.bundle), &bundle, &err)) {
			accepted++;
			cr_assert_geq(at, world.cabinet.size, "a flip at %zu was accepted", at);
		} else {
			cr_assert_eq(err.code, ERR_TRUST, "%s", err.text);
		}
		world.bundle.data[at] ^= bit;
	}
	cr_assert_lt(accepted, 100, "%zu flips were accepted", accepted);
}

/* --- freshness ------------------------------------------------------------------------ */

Test(attack, indefinite_freeze_expired_bundle)
{
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	AUTO(bytes) copy = {0};
	struct err err = {0};
	const int64_t expires = 1811030400; /* 2027-05-23 */

	kit_world(&world);
	copy = bytes_copy(bytes_span(&world.bundle));
	cr_assert_not(bundle_open("x", &copy, &world.keyring, expires, &bundle, &err));
	cr_assert_eq(err.code, ERR_TRUST);
	cr_assert(strstr(err.text, "expired at 2027-05-23T00:00:00Z"), "%s", err.text);
	copy = bytes_copy(bytes_span(&world.bundle));
	cr_assert(bundle_open("x", &copy, &world.keyring, expires - 1, &bundle, &err));
	/* what was opened in time is judged again when it is used */
	cr_assert_not(bundle_judge(&bundle, &(struct bundle_demand){.now = expires}, &err));
	cr_assert_eq(err.code, ERR_TRUST);
}

Test(attack, indefinite_freeze_expired_keyring)
{
	AUTO(kit_world) world = {0};
	struct err err = {0};

	kit_world(&world);
	kit_keyring(&world.keyring_text, 1, "2026-11-23T10:00:00Z", 2, world.all, 3);
	keyring_release(&world.keyring);
	cr_assert(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &world.keyring, &err));
	refused(&world, bytes_span(&world.bundle), "the keyring expired");
}

Test(attack, rollback_below_the_floor)
{
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	struct err err = {0};

	kit_world(&world);
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundle, &err));
	cr_assert_not(
	    bundle_judge(&bundle, &(struct bundle_demand){.floor = 13, .now = KIT_NOW}, &err));
	cr_assert_eq(err.code, ERR_TRUST);
	cr_assert(strstr(err.text, "rollback"), "%s", err.text);
}

Test(attack, fast_forward)
{
	static const unsigned long long versions[] = {
	    UINT64_MAX, UINT64_MAX - 1, (1ULL << 63), (1ULL << 48) + 13};
	AUTO(kit_world) world = {0};
	const struct cabinet_file file = {"root/a.cer", span_text("a")};
	struct err err = {0};

	kit_world(&world);
	for (size_t i = 0; i < COUNT(versions); i++) {
		AUTO(bundle) bundle = {0};
		AUTO(bytes) cabinet = {0};
		AUTO(bytes) sealed = {0};

		kit_contents(&cabinet, "example.corp", versions[i], &file, 1);
		kit_seal(bytes_span(&cabinet), &(struct kit_seal){.signers = world.all, .count = 2},
		    &sealed);
		cr_assert(kit_open(&world, bytes_span(&sealed), &bundle, &err), "%s", err.text);
		cr_assert_not(bundle_judge(
		    &bundle, &(struct bundle_demand){.floor = 12, .now = KIT_NOW}, &err));
		cr_assert_eq(err.code, ERR_TRUST);
		cr_assert(strstr(err.text, "fast-forward"), "%s", err.text);
	}
}

/* --- members -------------------------------------------------------------------------- */

/* A manifest of one release with a member of another. */
Test(attack, mix_and_match)
{
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	AUTO(bytes) cabinet = {0};
	AUTO(bytes) sealed = {0};
	AUTO(bytes) content = {0};
	AUTO(bundle) bundle = {0};
	struct cabinet_file file = {"root/a.cer", span_text("one release")};
	struct err err = {0};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, &file, 1);
	file.content = span_text("two release");

	const struct cabinet_file files[] = {
	    {"manifest.yaml", span_text(text_string(&manifest))}, file};

	kit_cabinet(&cabinet, files, 2, true);
	kit_seal(
	    bytes_span(&cabinet), &(struct kit_seal){.signers = world.all, .count = 2}, &sealed);
	cr_assert(kit_open(&world, bytes_span(&sealed), &bundle, &err), "%s", err.text);
	cr_assert_not(bundle_read(&bundle, bundle.manifest.contents.list, &content, &err));
	cr_assert_eq(err.code, ERR_TRUST);
	cr_assert(strstr(err.text, "another SHA-256"), "%s", err.text);
	cr_assert_null(content.data);
	cr_assert_not(bundle_read_all(&bundle, &err));
	cr_assert_eq(err.code, ERR_TRUST);
}

Test(attack, partial_bundle)
{
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	const struct cabinet_file named[] = {
	    {"root/a.cer", span_text("a")}, {"root/b.cer", span_text("b")}};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, named, 2);

	const struct cabinet_file files[] = {
	    {"manifest.yaml", span_text(text_string(&manifest))}, named[0]};

	refused_files(&world, files, 2, "names root/b.cer, which is missing");
}

Test(attack, extra_member)
{
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	const struct cabinet_file named[] = {
	    {"root/a.cer", span_text("a")}, {"root/b.cer", span_text("b")}};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, named, 1);

	const struct cabinet_file files[] = {
	    {"manifest.yaml", span_text(text_string(&manifest))}, named[0], named[1]};

	refused_files(&world, files, 3, "root/b.cer is not named by the manifest");
}

Test(attack, member_of_another_size)
{
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	struct cabinet_file file = {"root/a.cer", span_text("a")};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, &file, 1);
	file.content = span_text("aa");

	const struct cabinet_file files[] = {
	    {"manifest.yaml", span_text(text_string(&manifest))}, file};

	refused_files(&world, files, 2, "has 2 bytes, the manifest says 1");
}

Test(attack, manifest_not_first_or_missing)
{
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	const struct cabinet_file file = {"root/a.cer", span_text("a")};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, &file, 1);

	const struct cabinet_file files[] = {
	    file, {"manifest.yaml", span_text(text_string(&manifest))}};

	refused_files(&world, files, 2, "its first member is root/a.cer");
	refused_files(&world, files, 1, "its first member is root/a.cer");
}

Test(attack, malformed_manifest_behind_a_good_signature)
{
	static const char *const texts[] = {
	    "",
	    "a: &x [*x]\n",
	    "schema_version: 1\nid: ../x\nversion: 1\ncreated: 2026-01-01\nexpires: 2027-01-01\n"
	    "contents:\n  - {file: a, kind: policy, size: 1, sha256: 00}\n",
	    "schema_version: 2\n",
	    "schema_version: 1\nid: x\nversion: 1\ncreated: 2027-01-01\nexpires: 2026-01-01\n"
	    "contents: []\n",
	};
	AUTO(kit_world) world = {0};

	kit_world(&world);
	for (size_t i = 0; i < COUNT(texts); i++) {
		const struct cabinet_file file = {"manifest.yaml", span_text(texts[i])};

		refused_files(&world, &file, 1, "manifest.yaml");
	}
}

/* The engine asks for an id; a rightly signed bundle of another product is not it. */
Test(attack, wrong_product)
{
	AUTO(kit_world) world = {0};
	AUTO(bundles) bundles = {.now = KIT_NOW, .keyring_loaded = true};
	struct bundle *found = NULL;
	struct err err = {0};

	kit_world(&world);
	bundles_add(&bundles, "other.cab");
	bundles.list[0].tried = true;
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundles.list[0].bundle, &err));
	cr_assert(bundles_find(&bundles, "example.corp", &found, &err), "%s", err.text);
	cr_assert_not(bundles_find(&bundles, "example.corp2", &found, &err));
	cr_assert_eq(err.code, ERR_TRUST);
	cr_assert(strstr(err.text, "other.cab holds example.corp"), "%s", err.text);
}

/* Members that nothing asks for are carried, but found by their digest alone. */
Test(attack, extraneous_dependency)
{
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	struct err err = {0};
	uint8_t digest[SHA256_SIZE] = {0};

	kit_world(&world);
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundle, &err));
	cr_assert_null(manifest_find(&bundle.manifest, digest));
}

/* --- names ---------------------------------------------------------------------------- */

Test(attack, name_games)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
	    {"../../etc/aa", "\"..\""},
	    {"/etc/passwd1", "empty part"},
	    {"root//aa.cer", "empty part"},
	    {"root/./a.cer", "\".\""},
	    {"root/a.cer/.", "\".\""},
	    {"root/aaa.ce/", "empty part"},
	    {"C:\\aaaaaaaaa", "not a letter"},
	    {"..\\..\\etc\\a", "\"..\""},
	    {"root/a\x1b[2Jc", "not a letter"},
	    {"root/a a.cer", "not a letter"},
	    {"root/\xc0\xae\xc0\xae.ce", "not a letter"},
	    {"root/a:a.cer", "not a letter"},
	    {"root/bbb.cer", "two members are named"},
	    {"ROOT/BBB.cer", "two members are named"},
	    {"MANIFEST.yam", "not named by the manifest"},
	};
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	const struct cabinet_file named = {"root/bbb.cer", span_text("b")};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, &named, 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) cabinet = {0};
		AUTO(text) stand_in = {0};

		while (stand_in.size < strlen(cases[i].name))
			text_add(&stand_in, "g");

		const struct cabinet_file files[] = {
		    {"manifest.yaml", span_text(text_string(&manifest))}, named,
		    {text_string(&stand_in), span_text("g")}};

		kit_cabinet(&cabinet, files, 3, false);
		kit_replace(&cabinet, text_string(&stand_in), cases[i].name);
		refused_cabinet(&world, &cabinet, cases[i].expected);
	}
}

/* --- endless data --------------------------------------------------------------------- */

/* The directory entry of the last member: size, offset, folder, date, time, attributes. */
static void set_declared_size(struct bytes *cabinet, const char *name, uint32_t size)
{
	size_t length = strlen(name);

	for (size_t i = 16; i + length < cabinet->size; i++)
		if (memcmp(cabinet->data + i, name, length) == 0 && cabinet->data[i + length] == 0)
			for (size_t j = 0; j < 4; j++)
				cabinet->data[i - 16 + j] = (uint8_t)(size >> 8 * j);
}

Test(attack, oversize_declared)
{
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	const struct cabinet_file named = {"last.member", span_text("b")};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, &named, 1);

	const struct cabinet_file files[] = {
	    {"manifest.yaml", span_text(text_string(&manifest))}, named};
	static const uint32_t sizes[] = {0xffffffff, 0x7fffffff, CAB_MAX_UNPACKED};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		AUTO(bytes) cabinet = {0};

		kit_cabinet(&cabinet, files, 2, false);
		set_declared_size(&cabinet, "last.member", sizes[i]);
		refused_cabinet(&world, &cabinet, "unpack to more than");
	}
	/* one that the caps allow must agree with the manifest, and never unpacks past it */
	AUTO(bytes) cabinet = {0};

	kit_cabinet(&cabinet, files, 2, false);
	set_declared_size(&cabinet, "last.member", 1000 * 1000);
	refused_cabinet(&world, &cabinet, "has 1000000 bytes, the manifest says 1");
}

/* 32 MiB of zeros pack to some 30 KB. The manifest tells the small size. */
Test(attack, cabinet_bomb)
{
	AUTO(kit_world) world = {0};
	AUTO(text) manifest = {0};
	AUTO(bytes) zeros = {0};
	AUTO(bytes) cabinet = {0};
	struct cabinet_file bomb = {"root/bomb.cer", span_text("small")};

	kit_world(&world);
	kit_manifest(&manifest, "example.corp", 12, &bomb, 1);
	bytes_reserve(&zeros, 32 * 1024 * 1024);
	memset(zeros.data, 0, 32 * 1024 * 1024);
	bomb.content = (struct span){zeros.data, 32 * 1024 * 1024};

	const struct cabinet_file files[] = {
	    {"manifest.yaml", span_text(text_string(&manifest))}, bomb};

	kit_cabinet(&cabinet, files, 2, true);
	cr_assert_lt(cabinet.size, 200 * 1024);
	refused_cabinet(&world, &cabinet, "has 33554432 bytes, the manifest says 5");
	/* declared small, it is cut off there: the digest of the front is what is asked for */
	set_declared_size(&cabinet, "root\\bomb.cer", 5);

	AUTO(bytes) sealed = {0};
	AUTO(bytes) content = {0};
	AUTO(bundle) bundle = {0};
	struct err err = {0};

	kit_seal(
	    bytes_span(&cabinet), &(struct kit_seal){.signers = world.all, .count = 2}, &sealed);
	cr_assert(kit_open(&world, bytes_span(&sealed), &bundle, &err), "%s", err.text);
	cr_assert_not(bundle_read(&bundle, bundle.manifest.contents.list, &content, &err));
	cr_assert_eq(err.code, ERR_TRUST);
}

/* --- key rotation --------------------------------------------------------------------- */

struct rotation {
	struct kit_world world;
	struct kit_signer fresh[2];
	struct bytes bundle;
};

static void rotation_release(struct rotation *rotation)
{
	kit_world_release(&rotation->world);
	kit_signer_release(&rotation->fresh[0]);
	kit_signer_release(&rotation->fresh[1]);
	bytes_release(&rotation->bundle);
}

/* A bundle with a keyring of `version`, 2 of two new keys and one old, signed by `signers`:
 * digits 0 to 2 are old ones, a and b new. */
static void make_rotation(
    struct rotation *out, unsigned version, const char *expires, const char *signers)
{
	AUTO(bytes) next = {0};
	AUTO(bytes) cabinet = {0};
	const struct kit_signer *chosen[5];
	size_t count = 0;

	kit_world(&out->world);
	out->fresh[0] = kit_signer("fresh", "P-256", 11);
	out->fresh[1] = kit_signer("fresher", "P-256", 12);

	const struct kit_signer *ring[] = {&out->fresh[0], &out->fresh[1], out->world.all[2]};

	kit_keyring(&next, version, expires, 2, ring, 3);

	const struct cabinet_file file = {"keyring/next.yaml", bytes_span(&next)};

	kit_contents(&cabinet, "example.corp", 13, &file, 1);
	for (const char *s = signers; *s; s++)
		chosen[count++] = *s >= 'a' ? &out->fresh[*s - 'a'] : out->world.all[*s - '0'];
	kit_seal(bytes_span(&cabinet), &(struct kit_seal){.signers = chosen, .count = count},
	    &out->bundle);
}

static bool rotate(
    unsigned version, const char *expires, const char *signers, struct bytes *next, struct err *err)
{
	AUTO(rotation) rotation = {0};
	AUTO(bundle) bundle = {0};

	make_rotation(&rotation, version, expires, signers);
	cr_assert(
	    kit_open(&rotation.world, bytes_span(&rotation.bundle), &bundle, err), "%s", err->text);
	return bundle_next_keyring(&bundle, &rotation.world.keyring, KIT_NOW, next, err);
}

Test(attack, key_rotation, .timeout = 60)
{
	static const struct {
		unsigned version;
		const char *expires, *signers, *expected;
	} bad[] = {
	    {2, NULL, "01", "by the next keyring"},
	    {2, NULL, "01a", "by the next keyring"},
	    {3, NULL, "01ab", "does not follow"},
	    {2, "2026-11-23T10:00:00Z", "01ab", "expired"},
	};
	AUTO(bytes) next = {0};
	AUTO(keyring) keyring = {0};
	struct err err = {0};

	for (size_t i = 0; i < COUNT(bad); i++) {
		cr_assert_not(rotate(bad[i].version, bad[i].expires, bad[i].signers, &next, &err),
		    "%s", bad[i].expected);
		cr_assert_eq(err.code, ERR_TRUST);
		cr_assert(strstr(err.text, bad[i].expected), "%s", err.text);
		cr_assert_null(next.data);
	}
	/* by both thresholds, one signer being of both */
	cr_assert(rotate(2, NULL, "12a", &next, &err), "%s", err.text);
	cr_assert(keyring_parse(bytes_span(&next), "next", &keyring, &err), "%s", err.text);
	cr_assert_eq(keyring.version, 2);
	/* the present version again, or none: nothing to do */
	bytes_release(&next);
	cr_assert(rotate(1, NULL, "01", &next, &err), "%s", err.text);
	cr_assert_null(next.data);
}

Test(attack, key_rotation_by_the_next_keyring_alone)
{
	AUTO(rotation) rotation = {0};

	make_rotation(&rotation, 2, NULL, "ab");
	refused(&rotation.world, bytes_span(&rotation.bundle), "0 of the 2 signatures");
}
