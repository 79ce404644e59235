/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles that are as they should be; what is not is in test_bundle_attacks.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "bundle_kit.h"

Test(bundle, opens_reads_and_names_who_signed)
{
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	AUTO(bytes) content = {0};
	struct err err = {0};
	const struct manifest_entry *entries;
	char hex[SHA256_HEX];

	kit_world(&world);
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundle, &err), "%s", err.text);
	cr_assert_str_eq(bundle.manifest.id, "example.corp");
	cr_assert_eq(bundle.manifest.version, 12);
	cr_assert_eq(bundle.signer_count, 2);
	cr_assert(bundle.signers[0].good && bundle.signers[1].good);
	cr_assert_str_eq(bundle.signers[0].reason, "");
	digest_sha256_hex(bytes_span(&world.bundle), hex);
	cr_assert_str_eq(bundle.sha256, hex);

	entries = bundle.manifest.contents.list;
	cr_assert(bundle_read(&bundle, &entries[1], &content, &err), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "the second certificate");
	cr_assert(bundle_read(&bundle, &entries[0], &content, &err), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "the first certificate");
	cr_assert_eq(manifest_find(&bundle.manifest, entries[1].sha256.digest), &entries[1]);
	cr_assert(bundle_read_all(&bundle, &err), "%s", err.text);
}

/* Seals the world's cabinet with these signers and opens it. */
static bool open_signed(struct kit_world *world, const struct kit_seal *seal, struct err *err)
{
	AUTO(bytes) sealed = {0};
	AUTO(bundle) bundle = {0};

	kit_seal(bytes_span(&world->cabinet), seal, &sealed);
	return kit_open(world, bytes_span(&sealed), &bundle, err);
}

Test(bundle, threshold_passes_with_any_two_of_three)
{
	AUTO(kit_world) world = {0};
	struct err err = {0};

	kit_world(&world);
	for (size_t a = 0; a < 3; a++)
		for (size_t b = 0; b < 3; b++) {
			const struct kit_signer *pair[] = {world.all[a], world.all[b]};
			struct kit_seal seal = {.signers = pair, .count = 2};

			if (a != b)
				cr_assert(open_signed(&world, &seal, &err), "%zu and %zu: %s", a, b,
				    err.text);
		}
}

Test(bundle, a_foreign_signature_spoils_nothing)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) foreign = kit_signer("foreign", "P-256", 9);
	struct err err = {0};

	kit_world(&world);

	const struct kit_signer *signers[] = {&foreign, world.all[2], world.all[0]};
	struct kit_seal seal = {.signers = signers, .count = 3};

	cr_assert(open_signed(&world, &seal, &err), "%s", err.text);
}

Test(bundle, embedded_certificates_are_not_looked_at)
{
	AUTO(kit_world) world = {0};
	struct err err = {0};

	kit_world(&world);
	cr_assert(open_signed(&world,
	              &(struct kit_seal){.signers = world.all, .count = 2, .embed = true}, &err),
	    "%s", err.text);
}

/* One signer of each kind, alone in a keyring with threshold 1. */
static bool open_with(const char *algorithm, struct kit_seal seal, struct err *err)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) signer = kit_signer("only", algorithm, 7);
	const struct kit_signer *only = &signer;
	bool ok;

	kit_world(&world);
	kit_keyring(&world.keyring_text, 1, NULL, 1, &only, 1);
	keyring_release(&world.keyring);
	ok = keyring_parse(bytes_span(&world.keyring_text), "keyring.yaml", &world.keyring, err);
	seal.signers = &only;
	seal.count = 1;
	return ok && open_signed(&world, &seal, err);
}

Test(bundle, takes_every_allowed_algorithm)
{
	static const struct {
		const char *key;
		struct kit_seal seal;
	} cases[] = {
	    {"RSA-2048", {.digest = "SHA256"}},
	    {"RSA-3072", {.digest = "SHA512"}},
	    {"RSA-2048", {.digest = "SHA256", .pss = true}},
	    {"P-256", {.digest = "SHA256"}},
	    {"P-256", {.digest = "SHA512", .by_key_id = true}},
	    {"P-384", {.digest = "SHA384"}},
	    {"P-521", {.digest = "SHA512"}},
	};
	struct err err = {0};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert(open_with(cases[i].key, cases[i].seal, &err), "%s with %s: %s",
		    cases[i].key, cases[i].seal.digest, err.text);
}

/* Self-made certificates are often all "serial 1"; the signature tells them apart. */
Test(bundle, finds_the_signer_among_equal_issuers_and_serials)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) twin = kit_signer("one", "P-256", 1);
	AUTO(bundle) bundle = {0};
	struct err err = {0};

	kit_world(&world);
	twin.name = "twin";

	const struct kit_signer *ring[] = {&twin, world.all[0]};

	kit_keyring(&world.keyring_text, 1, NULL, 1, ring, 2);
	keyring_release(&world.keyring);
	cr_assert(
	    keyring_parse(bytes_span(&world.keyring_text), "keyring.yaml", &world.keyring, &err),
	    "%s", err.text);
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundle, &err), "%s", err.text);
	for (size_t i = 0; i < bundle.signer_count; i++)
		if (bundle.signers[i].good)
			cr_assert_str_eq(bundle.signers[i].name, "one");
}

Test(bundle, inspects_without_a_keyring)
{
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	AUTO(bundle) bare = {0};
	AUTO(bytes) copy = {0};
	struct err err = {0};

	kit_world(&world);
	copy = bytes_copy(bytes_span(&world.bundle));
	cr_assert(bundle_inspect("x.cab", &copy, &bundle, &err), "%s", err.text);
	cr_assert_eq(bundle.signer_count, 2);
	cr_assert(!bundle.signers[0].good);
	/* a SET is in no order of ours */
	cr_assert(strcmp(bundle.signers[0].subject, "issuer one, serial 01") == 0 ||
	          strcmp(bundle.signers[1].subject, "issuer one, serial 01") == 0);
	copy = bytes_copy(bytes_span(&world.cabinet));
	cr_assert(bundle_inspect("x.cab", &copy, &bare, &err), "%s", err.text);
	cr_assert_eq(bare.signer_count, 0);
	copy = bytes_copy(span_text("neither"));
	cr_assert_not(bundle_inspect("x.cab", &copy, &bare, &err));
	cr_assert_eq(err.code, ERR_FORMAT);
}

/* --- keyrings ------------------------------------------------------------------------- */

Test(keyring, refuses_weak_and_foreign_keys_when_it_is_read)
{
	static const char *const weak[] = {"RSA-1024", "P-224", "secp256k1", "brainpoolP256r1"};

	for (size_t i = 0; i < COUNT(weak); i++) {
		AUTO(kit_signer) signer = kit_signer("weak", weak[i], 1);
		AUTO(bytes) text = {0};
		AUTO(keyring) keyring = {0};
		const struct kit_signer *only = &signer;
		struct err err = {0};

		kit_keyring(&text, 1, NULL, 1, &only, 1);
		cr_assert_not(
		    keyring_parse(bytes_span(&text), "k.yaml", &keyring, &err), "%s", weak[i]);
		cr_assert_eq(err.code, ERR_POLICY);
		cr_assert(strstr(err.text, "k.yaml:6:") && strstr(err.text, "signer weak"), "%s",
		    err.text);
	}
}

Test(keyring, refuses_a_threshold_that_only_ed25519_could_reach)
{
	AUTO(kit_signer) able = kit_signer("able", "P-256", 1);
	AUTO(kit_signer) edwards = kit_signer("edwards", "ED25519", 2);
	const struct kit_signer *ring[] = {&able, &edwards};
	AUTO(bytes) one = {0};
	AUTO(bytes) two = {0};
	AUTO(keyring) keyring = {0};
	AUTO(keyring) none = {0};
	struct err err = {0};

	kit_keyring(&one, 1, NULL, 1, ring, 2);
	cr_assert(keyring_parse(bytes_span(&one), "k.yaml", &keyring, &err), "%s", err.text);
	cr_assert(keyring.signers[1].cannot_sign && !keyring.signers[0].cannot_sign);
	kit_keyring(&two, 1, NULL, 2, ring, 2);
	cr_assert_not(keyring_parse(bytes_span(&two), "k.yaml", &none, &err));
	cr_assert(strstr(err.text, "Ed25519 keys (edwards)"), "%s", err.text);
}

Test(keyring, names_the_place_of_each_fault)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
	    {"schema_version: 1\nversion: 1\nexpires: 2030-01-01\nthreshold: 1\nsigners:\n"
	     "  - name: a\n    certificate: nothing\n",
	        "there is no PEM certificate"},
	    {"schema_version: 1\nversion: 0\nexpires: 2030-01-01\nthreshold: 1\nsigners: []\n",
	        "k.yaml:2:"},
	    {"schema_version: 1\nversion: 1\nexpires: 2030-01-01\nthreshold: 1\n", "signers"},
	    {"schema_version: 1\nversion: 1\nexpires: soon\nthreshold: 1\nsigners: []\n",
	        "k.yaml:3:"},
	    {"- 1\n", "k.yaml:1:"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(keyring) keyring = {0};
		struct err err = {0};

		cr_assert_not(keyring_parse(span_text(cases[i].text), "k.yaml", &keyring, &err));
		cr_assert_eq(err.code, ERR_POLICY);
		cr_assert(strstr(err.text, cases[i].expected), "%s", err.text);
	}
}

Test(keyring, takes_one_plain_certificate_a_signer)
{
	AUTO(kit_signer) signer = kit_signer("double", "P-256", 1);
	AUTO(bytes) text = {0};
	AUTO(keyring) keyring = {0};
	AUTO(bytes) once = bytes_copy(bytes_span(&signer.pem));
	const struct kit_signer *only = &signer;
	struct err err = {0};

	bytes_add(&signer.pem, once.data, once.size);
	kit_keyring(&text, 1, NULL, 1, &only, 1);
	cr_assert_not(keyring_parse(bytes_span(&text), "k.yaml", &keyring, &err));
	cr_assert(strstr(err.text, "more than one"), "%s", err.text);
}

/* --- what a run asks for -------------------------------------------------------------- */

static char *folder_with(const struct kit_world *world, char path[])
{
	AUTO(text) name = {0};
	struct err err = {0};

	cr_assert_not_null(mkdtemp(path));
	text_addf(&name, "%s/keyring.yaml", path);
	cr_assert(file_replace(text_string(&name), bytes_span(&world->keyring_text), 0600, &err),
	    "%s", err.text);
	return path;
}

static void add_file(const char *folder, const char *name, struct span content)
{
	AUTO(text) path = {0};
	struct err err = {0};

	text_addf(&path, "%s/%s", folder, name);
	cr_assert(file_replace(text_string(&path), content, 0600, &err), "%s", err.text);
}

static void remove_folder(const char *folder)
{
	AUTO(root) none = root_none();
	AUTO(folder) list = {.fd = -1};
	struct err err = {0};

	cr_assert(folder_open(&none, folder, &list, &err), "%s", err.text);
	for (size_t i = 0; i < list.count; i++)
		unlinkat(list.fd, list.entries[i].name, 0);
	rmdir(folder);
}

Test(bundles, finds_the_newest_verified_one_and_says_why_not)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) newer_cabinet = {0};
	AUTO(bytes) newer = {0};
	AUTO(bundles) bundles = {.now = KIT_NOW};
	AUTO(text) keyring = {0};
	char path[] = "/tmp/trust-deployer-unit.XXXXXX";
	const struct cabinet_file file = {"root/new.cer", span_text("new")};
	struct bundle_answer found;
	struct err err = {0};

	kit_world(&world);
	folder_with(&world, path);
	kit_contents(&newer_cabinet, "example.corp", 13, &file, 1);
	kit_seal(bytes_span(&newer_cabinet), &(struct kit_seal){.signers = world.all, .count = 2},
	    &newer);
	add_file(path, "a.cab", bytes_span(&newer));
	add_file(path, "b.cab", bytes_span(&world.bundle));
	add_file(path, "c.cab", bytes_span(&newer_cabinet));
	add_file(path, "d.txt", bytes_span(&world.bundle));
	text_addf(&keyring, "%s/keyring.yaml", path);
	bundles.keyring_path = mem_strdup(text_string(&keyring));

	bundles_add(&bundles, path);
	cr_assert_eq(bundles.count, 3);
	cr_assert_not(bundles.keyring_loaded, "nothing is read before it is asked for");
	cr_assert(bundles_find(&bundles, "example.corp", &found, &err), "%s", err.text);
	cr_assert_eq(found.bundle->manifest.version, 13);
	cr_assert_not(found.refused || found.unreachable || found.copy);
	cr_assert_eq(bundles.list[2].refusal.code, ERR_TRUST);
	cr_assert(bundles_find(&bundles, "example.other", &found, &err), "%s", err.text);
	cr_assert(!found.bundle && found.refused && !found.unreachable);
	cr_assert_eq(found.why.code, ERR_TRUST);
	cr_assert(strstr(found.why.text, "c.cab: is not signed"), "%s", found.why.text);
	bundles_add(&bundles, "/no/such/bundle");
	cr_assert(bundles_find(&bundles, "example.other", &found, &err), "%s", err.text);
	cr_assert(found.refused && found.unreachable);
	cr_assert(strstr(found.why.text, "/no/such/bundle"), "%s", found.why.text);
	remove_folder(path);
}

/* A thousand copies of a bundle on a share cost the memory of one. */
Test(bundles, a_folder_has_a_limit)
{
	AUTO(kit_world) world = {0};
	AUTO(bundles) bundles = {.now = KIT_NOW};
	AUTO(text) keyring = {0};
	char path[] = "/tmp/trust-deployer-unit.XXXXXX";
	struct bundle_answer found;
	struct err err = {0};
	size_t kept = 0;

	kit_world(&world);
	folder_with(&world, path);
	for (int i = 0; i < BUNDLES_MAX + 3; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%04d.cab", i);
		add_file(path, name, bytes_span(&world.bundle));
	}
	text_addf(&keyring, "%s/keyring.yaml", path);
	bundles.keyring_path = mem_strdup(text_string(&keyring));
	bundles_add(&bundles, path);
	cr_assert_eq(bundles.count, BUNDLES_MAX + 1);
	cr_assert(bundles_find(&bundles, "example.corp", &found, &err), "%s", err.text);
	cr_assert_eq(found.bundle, &bundles.list[0].bundle);
	cr_assert(bundle_read_all(found.bundle, &err), "%s", err.text);
	for (size_t i = 0; i < bundles.count; i++)
		kept += bundles.list[i].bundle.file.size > 0;
	cr_assert_eq(kept, 1);
	cr_assert_str_eq(bundles.list[BUNDLES_MAX - 1].bundle.manifest.id, "example.corp");
	cr_assert(bundles_find(&bundles, "example.other", &found, &err), "%s", err.text);
	cr_assert(found.unreachable);
	cr_assert(strstr(found.why.text, "3 of its files are not looked at"), "%s", found.why.text);
	cr_assert(strstr(found.brief, "3 of its files are not looked at"), "%s", found.brief);
	remove_folder(path);
}

Test(bundle, judges_versions_and_age)
{
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	struct bundle_demand demand = {.floor = 12, .min_version = 3, .now = KIT_NOW};
	struct err err = {0};

	kit_world(&world);
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundle, &err), "%s", err.text);
	cr_assert(bundle_judge(&bundle, &demand, &err), "%s", err.text);
	demand.max_age = 30 * 86400;
	cr_assert(bundle_judge(&bundle, &demand, &err), "%s", err.text);
	demand.max_age = 20 * 86400;
	cr_assert_not(bundle_judge(&bundle, &demand, &err));
	cr_assert(strstr(err.text, "max_age of 20 days"), "%s", err.text);
	demand = (struct bundle_demand){.min_version = 13, .now = KIT_NOW};
	cr_assert_not(bundle_judge(&bundle, &demand, &err));
	cr_assert(strstr(err.text, "min_version"), "%s", err.text);
	cr_assert_eq(err.code, ERR_TRUST);
}

/* What to do about a refusal is chosen by its rule, so that words can change. */
Test(bundle, says_by_which_rule_it_is_refused)
{
	static const struct {
		struct bundle_demand demand;
		enum refusal rule;
	} rows[] = {
	    {{.max_age = 20 * 86400, .now = KIT_NOW}, REFUSAL_MAX_AGE},
	    {{.min_version = 13, .now = KIT_NOW}, REFUSAL_MIN_VERSION},
	    {{.floor = 13, .now = KIT_NOW}, REFUSAL_USED_ALREADY},
	    {{.now = INT64_C(1) << 40}, REFUSAL_EXPIRED},
	};
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	AUTO(bundle) none = {0};
	struct err err = {0};

	kit_world(&world);
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundle, &err), "%s", err.text);
	for (size_t i = 0; i < COUNT(rows); i++) {
		cr_assert_not(bundle_judge(&bundle, &rows[i].demand, &err));
		cr_assert_eq(err.rule, rows[i].rule, "%zu: %u: %s", i, err.rule, err.text);
		err_wrap(&err, "site.cab");
		cr_assert_eq(err.rule, rows[i].rule);
	}
	cr_assert_not(kit_open(&world, bytes_span(&world.cabinet), &none, &err));
	cr_assert_eq(err.rule, REFUSAL_UNSIGNED, "%s", err.text);
	cr_assert_not(kit_open(&world, span_text("<html></html>"), &none, &err));
	cr_assert_eq(err.rule, REFUSAL_NO_BUNDLE, "%s", err.text);
	err_set(&err, ERR_TRUST, "something else");
	cr_assert_eq(err.rule, 0);
}
