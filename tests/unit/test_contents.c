/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/digest.h"
#include "made_certificate.h"
#include "state/floors.h"
#include "world.h"

enum { DAY = 86400, YEAR = 365 * DAY };

WORLD_SUITE(contents)

/* Signed as it may be: it would take the trust in all other roots of the host with it. */
Test(contents, a_root_that_openssl_cannot_decode_fails_alone)
{
	AUTO(outcome) out = {0};
	AUTO(text) policy = {0};
	AUTO(bytes) der = {0};
	char hex[SHA256_HEX];

	made_certificate(&der, &(struct made){.name = "M\xc3\xbcller", .ca = true});
	for (size_t i = 0; i + 1 < der.size; i++)
		if (memcmp(der.data + i, "\xc3\xbc", 2) == 0)
			der.data[i + 1] = 'u';
	digest_sha256_hex(bytes_span(&der), hex);
	fake_bundle(&world.bundles, "odd", 1, WORLD_NOW - DAY, WORLD_NOW + YEAR,
	    &(struct fake_member){"odd.cer", "root", bytes_span(&der)}, 1);
	text_addf(&policy,
	    "schema_version: 1\nname: corp\ncertificates:\n"
	    "  - {store: root, state: present, sha256: %s, bundle: odd}\n"
	    "  - {store: root, state: present, sha256: %s, bundle: corp}\n",
	    hex, world.hex[0]);
	world_policies(&world, text_string(&policy), NULL);
	world_apply(&world, &out);
	cr_assert_eq(out.summary[RESULT_FIXED], 1);
	cr_assert_eq(out.summary[RESULT_FAIL], 1);
	for (size_t i = 0; i < out.plan.count; i++)
		if (strcmp(key_fingerprint(&out.plan.steps[i].want->key).text, hex) == 0) {
			cr_assert_eq(out.plan.steps[i].cause, CAUSE_MALFORMED);
			cr_assert(strstr(out.plan.steps[i].message, "OpenSSL cannot decode it"));
		}
}

/* A bundle that was signed again, whose dates were renewed, or whose recipe was put into another
 * order, is the same. */
Test(contents, of_one_version_do_not_change)
{
	AUTO(floors) floors = {0};
	AUTO(floors) read = {0};
	struct manifest_entry entries[] = {{.file = "certs/a.cer", .store = 0, .list = -1},
	    {.file = "certs/b.cer", .store = 0, .list = -1, .sha256.digest = {1}}};
	struct manifest_entry other_way[] = {entries[1], entries[0]};
	struct bundle bundle = {.manifest = {.id = "corp",
	                            .version = 3,
	                            .created = WORLD_NOW - DAY,
	                            .expires = WORLD_NOW + YEAR,
	                            .contents = {.list = entries, .count = 2}}};
	struct keyring keyring = {.version = 1, .expires = WORLD_NOW + YEAR};
	struct err err = {0};

	manifest_digest(&bundle.manifest);
	cr_assert(floors_raise(&floors, &bundle));
	cr_assert_not(floors_raise(&floors, &bundle));
	cr_assert(floors_store(&floors, &world.root, "/floors", &err), "%s", err.text);
	cr_assert(floors_load(&world.root, "/floors", &read, &err), "%s", err.text);
	bundle.manifest.expires += DAY;
	other_way[0].file = "certs/another-name.cer";
	bundle.manifest.contents.list = other_way;
	manifest_digest(&bundle.manifest);
	cr_assert(floors_judge(&read, &bundle, &keyring, NULL, WORLD_NOW, &err), "%s", err.text);
	other_way[0].store = 1;
	manifest_digest(&bundle.manifest);
	cr_assert_not(floors_judge(&read, &bundle, &keyring, NULL, WORLD_NOW, &err));
	cr_assert_eq(err.code, ERR_TRUST);
	cr_assert_eq(err.rule, REFUSAL_OTHER_CONTENTS);
	bundle.manifest.version = 4;
	cr_assert(floors_judge(&read, &bundle, &keyring, NULL, WORLD_NOW, &err), "%s", err.text);
}
