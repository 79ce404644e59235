/* SPDX-License-Identifier: Apache-2.0 */
/* From a recipe to a signed bundle and back into files. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "bundle/pack.h"
#include "bundle_kit.h"
#include "formats/pem.h"
#include "made_certificate.h"
#include "scratch.h"

static void put_certificate(const char *path, bool pem, const struct made *made)
{
	AUTO(bytes) der = {0};
	AUTO(bytes) text = {0};

	made_certificate(&der, made);
	pem_write_certificate(bytes_span(&der), &text);
	scratch_put(path, pem ? bytes_span(&text) : bytes_span(&der));
}

static bool build(
    const char *recipe_text, struct bytes *cabinet, struct text *notes, struct err *err)
{
	AUTO(recipe) recipe = {0};

	return recipe_parse(span_text(recipe_text), "recipe.yaml", &recipe, err) &&
	       pack_build(&recipe, KIT_NOW, cabinet, notes, err);
}

static const char simple[] = "id: example.corp\nversion: 3\nvalid_for: 180d\ncontents:\n"
                             "  - source: certs/*\n    kind: certificate\n    store: root\n";

/* Two in PEM in one file, one in DER, one twice, one that is expired and no CA. */
static void put_certificates(void)
{
	AUTO(bytes) der = {0};
	AUTO(bytes) both = {0};

	cr_assert_eq(mkdir("certs", 0700), 0);
	bytes_add(&both, "some text\n", 10);
	made_certificate(&der, &(struct made){.name = "A", .serial = 1, .ca = true});
	pem_write_certificate(bytes_span(&der), &both);
	bytes_release(&der);
	made_certificate(&der, &(struct made){.name = "B", .serial = 2, .ca = true});
	pem_write_certificate(bytes_span(&der), &both);
	scratch_put("certs/a b.pem", bytes_span(&both));
	scratch_put("certs/b_copy.crt", bytes_span(&der));
	put_certificate(
	    "certs/caf\xc3\xa9..crt", false, &(struct made){.name = "C", .serial = 3, .ca = true});
	put_certificate("certs/A_B.cer", true,
	    &(struct made){
	        .name = "Old", .serial = 4, .leaf = true, .not_after = "20260101000000Z"});
}

Test(pack, splits_names_and_reports)
{
	AUTO(scratch) scratch = {0};
	AUTO(bytes) cabinet = {0};
	AUTO(bundle) bundle = {0};
	AUTO(text) notes = {0};
	struct err err = {0};
	const struct manifest_entry *entries;

	scratch_enter(&scratch);
	put_certificates();
	cr_assert(build(simple, &cabinet, &notes, &err), "%s", err.text);
	cr_assert(bundle_inspect("x", &cabinet, &bundle, &err), "%s", err.text);
	cr_assert_eq(bundle.manifest.contents.count, 4);
	entries = bundle.manifest.contents.list;
	cr_assert_str_eq(entries[0].file, "root/A_B.cer");
	cr_assert_str_eq(entries[1].file, "root/a_b-2.cer");
	cr_assert_str_eq(entries[2].file, "root/a_b-3.cer");
	cr_assert_str_eq(entries[3].file, "root/caf___.cer");
	cr_assert_eq(bundle.manifest.created, KIT_NOW);
	cr_assert_eq(bundle.manifest.expires, KIT_NOW + 180 * 86400);
	cr_assert(strstr(text_string(&notes), "certs/A_B.cer: Old expired at 2026-01-01T00:00:00Z"),
	    "%s", text_string(&notes));
	cr_assert(strstr(text_string(&notes), "certs/A_B.cer: Old is not a CA"));
	cr_assert(strstr(text_string(&notes), "certs/b_copy.crt: "));
	cr_assert(strstr(text_string(&notes), "is there already"));
}

Test(pack, same_inputs_same_bytes)
{
	AUTO(scratch) scratch = {0};
	AUTO(bytes) one = {0};
	AUTO(bytes) two = {0};
	AUTO(text) notes = {0};
	struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	struct err err = {0};

	scratch_enter(&scratch);
	put_certificates();
	cr_assert(build(simple, &one, &notes, &err), "%s", err.text);
	/* neither the sources' times and modes, nor the zone and the locale are told */
	cr_assert_eq(utimensat(AT_FDCWD, "certs/A_B.cer", old, 0), 0);
	cr_assert_eq(chmod("certs/A_B.cer", 0444), 0);
	setenv("TZ", "Pacific/Kiritimati", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	tzset();
	cr_assert(build(simple, &two, &notes, &err), "%s", err.text);
	cr_assert(span_equal(bytes_span(&one), bytes_span(&two)));
}

Test(pack, stored_is_larger_and_reads_alike)
{
	AUTO(scratch) scratch = {0};
	AUTO(bytes) packed = {0};
	AUTO(bytes) stored = {0};
	AUTO(text) notes = {0};
	AUTO(text) recipe = {0};
	struct err err = {0};

	scratch_enter(&scratch);
	put_certificates();
	cr_assert(build(simple, &packed, &notes, &err), "%s", err.text);
	text_addf(&recipe, "compression: stored\n%s", simple);
	cr_assert(build(text_string(&recipe), &stored, &notes, &err), "%s", err.text);
	cr_assert_gt(stored.size, packed.size);
}

Test(pack, carries_every_kind)
{
	AUTO(scratch) scratch = {0};
	AUTO(kit_signer) signer = kit_signer("s", "P-256", 1);
	AUTO(bytes) keyring = {0};
	AUTO(bytes) cabinet = {0};
	AUTO(bundle) bundle = {0};
	AUTO(text) notes = {0};
	const struct kit_signer *only = &signer;
	struct err err = {0};

	scratch_enter(&scratch);
	kit_keyring(&keyring, 2, NULL, 1, &only, 1);
	scratch_put("next.yaml", bytes_span(&keyring));
	scratch_put("policy.yaml", span_text("schema_version: 1\n"));
	scratch_put("list.stl", span_text("a list"));
	cr_assert(build("id: a\nversion: 1\nexpires: 2027-01-01\ncontents:\n"
	                "  - {source: next.yaml, kind: keyring}\n"
	                "  - {source: policy.yaml, kind: policy}\n"
	                "  - {source: ./policy.yaml, kind: policy}\n"
	                "  - {source: list.stl, kind: ctl, list: authroot}\n",
	              &cabinet, &notes, &err),
	    "%s", err.text);
	cr_assert(bundle_inspect("x", &cabinet, &bundle, &err), "%s", err.text);

	const struct manifest_entry *entries = bundle.manifest.contents.list;

	cr_assert_str_eq(entries[0].file, "keyring/next.yaml");
	cr_assert_str_eq(entries[2].file, "policy/2-policy.yaml");
	cr_assert_str_eq(entries[3].file, "ctl/list.stl");
	cr_assert_eq(entries[3].list, 0);
	cr_assert_eq(entries[3].store, -1);
}

Test(pack, says_what_is_wrong_with_a_recipe_or_a_source)
{
	static const struct {
		const char *contents, *expected;
		enum err_code code;
	} cases[] = {
	    {"{source: none.crt, kind: certificate, store: root}", "none.crt", ERR_IO},
	    {"{source: 'none*', kind: certificate, store: root}", "no file matches", ERR_POLICY},
	    {"{source: garbage, kind: certificate, store: root}", "garbage: ", ERR_FORMAT},
	    {"{source: garbage, kind: keyring}", "garbage", ERR_POLICY},
	    {"{source: garbage, kind: certificate}", "needs a store", ERR_POLICY},
	    {"{source: garbage, kind: policy, store: root}", "only a certificate", ERR_POLICY},
	    {"{source: garbage, kind: ctl}", "needs a list", ERR_POLICY},
	    {"{kind: policy}", "a source or a url", ERR_POLICY},
	    {"{url: 'https://x.example/a', kind: policy}", "sha256", ERR_POLICY},
	    {"{url: 'https://x.example/a', kind: policy, sha256: "
	     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad}",
	        "name its folder with --downloads", ERR_POLICY},
	    {"{source: garbage, kind: policy, sha256: "
	     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad}",
	        "not the recipe's", ERR_TRUST},
	};
	AUTO(scratch) scratch = {0};

	scratch_enter(&scratch);
	scratch_put("garbage", span_text("\x30\x03garbage"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) cabinet = {0};
		AUTO(text) notes = {0};
		AUTO(text) recipe = {0};
		struct err err = {0};

		text_addf(&recipe, "id: a\nversion: 1\nexpires: 2027-01-01\ncontents:\n  - %s\n",
		    cases[i].contents);
		cr_assert_not(
		    build(text_string(&recipe), &cabinet, &notes, &err), "%s", cases[i].contents);
		cr_assert(strstr(err.text, "recipe.yaml:5:") && strstr(err.text, cases[i].expected),
		    "%s", err.text);
		cr_assert_eq(err.code, cases[i].code, "%s", err.text);
		cr_assert_null(cabinet.data);
	}
}

/* One root that OpenSSL cannot decode makes the file of roots of a whole host unusable. */
Test(pack, refuses_to_trust_what_openssl_cannot_decode_and_carries_it_as_distrusted)
{
	static const char *const stores[] = {"root", "intermediate", "trusted_publisher"};
	AUTO(scratch) scratch = {0};
	AUTO(bytes) der = {0};

	scratch_enter(&scratch);
	made_certificate(&der, &(struct made){.name = "M\xc3\xbcller", .ca = true});
	kit_replace(&der, "\xc3\xbc", "\xc3u");
	scratch_put("odd.cer", bytes_span(&der));
	for (size_t i = 0; i <= COUNT(stores); i++) {
		bool trusted = i < COUNT(stores);
		AUTO(bytes) cabinet = {0};
		AUTO(text) notes = {0};
		AUTO(text) recipe = {0};
		struct err err = {0};

		text_addf(&recipe,
		    "id: a\nversion: 1\nexpires: 2027-01-01\ncontents:\n"
		    "  - {source: odd.cer, kind: certificate, store: %s}\n",
		    trusted ? stores[i] : "disallowed");
		cr_assert_eq(
		    build(text_string(&recipe), &cabinet, &notes, &err), !trusted, "%s", err.text);
		if (trusted)
			cr_assert(strstr(err.text, "odd.cer: ") &&
			              strstr(err.text, "OpenSSL cannot decode it"),
			    "%s", err.text);
	}
}

Test(pack, refuses_recipes_without_one_end)
{
	static const char *const bad[] = {
	    "id: a\nversion: 1\ncontents: [{source: a, kind: policy}]\n",
	    ("id: a\nversion: 1\nexpires: 2027-01-01\nvalid_for: 1d\n"
	     "contents: [{source: a, kind: policy}]\n"),
	    "id: a\nversion: 0\nexpires: 2027-01-01\ncontents: [{source: a, kind: policy}]\n",
	    "id: ../a\nversion: 1\nexpires: 2027-01-01\ncontents: [{source: a, kind: policy}]\n",
	    "id: a\nversion: 1\nexpires: 2026-01-01\ncontents: [{source: a, kind: policy}]\n",
	};
	AUTO(scratch) scratch = {0};

	scratch_enter(&scratch);
	scratch_put("a", span_text("x: 1\n"));
	for (size_t i = 0; i < COUNT(bad); i++) {
		AUTO(bytes) cabinet = {0};
		AUTO(text) notes = {0};
		struct err err = {0};

		cr_assert_not(build(bad[i], &cabinet, &notes, &err), "%s", bad[i]);
		cr_assert_eq(err.code, ERR_POLICY);
		cr_assert(strstr(err.text, "recipe.yaml"), "%s", err.text);
	}
}

Test(pack, time_of_a_build_is_a_day_or_what_is_asked_for)
{
	int64_t time;
	struct err err = {0};

	unsetenv("SOURCE_DATE_EPOCH");
	cr_assert(pack_time(KIT_NOW, &time, &err));
	cr_assert_eq(time, 1795392000);
	setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
	cr_assert(pack_time(KIT_NOW, &time, &err));
	cr_assert_eq(time, 1700000000);
	setenv("SOURCE_DATE_EPOCH", "tomorrow", 1);
	cr_assert_not(pack_time(KIT_NOW, &time, &err));
	cr_assert_eq(err.code, ERR_USAGE);
}

/* --- extracting ----------------------------------------------------------------------- */

Test(extract, writes_files_and_follows_no_link)
{
	AUTO(scratch) scratch = {0};
	AUTO(kit_world) world = {0};
	AUTO(bundle) bundle = {0};
	AUTO(root) none = root_none();
	AUTO(bytes) content = {0};
	struct err err = {0};

	scratch_enter(&scratch);
	kit_world(&world);
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundle, &err), "%s", err.text);
	cr_assert(pack_extract(&bundle, "out/deep", &err), "%s", err.text);
	cr_assert(file_read(&none, "out/deep/root/first.cer", 100, &content, &err), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "the first certificate");
	cr_assert(file_read(&none, "out/deep/manifest.yaml", 10000, &content, &err));
	/* again, over what is there */
	cr_assert(pack_extract(&bundle, "out/deep", &err), "%s", err.text);

	/* a link where a folder should be, and one where a file should be */
	cr_assert_eq(mkdir("trap", 0700), 0);
	cr_assert_eq(mkdir("target", 0700), 0);
	cr_assert_eq(symlink("../target", "trap/root"), 0);
	cr_assert_not(pack_extract(&bundle, "trap", &err));
	cr_assert(strstr(err.text, "is there and is no folder"), "%s", err.text);
	cr_assert_eq(rmdir("target"), 0, "nothing was written into it");
	unlink("trap/root");
	scratch_put("victim", span_text("untouched"));
	cr_assert_eq(mkdir("trap/root", 0700), 0);
	cr_assert_eq(symlink("../../victim", "trap/root/first.cer"), 0);
	cr_assert(pack_extract(&bundle, "trap", &err), "%s", err.text);
	cr_assert(file_read(&none, "victim", 100, &content, &err));
	cr_assert_str_eq((char *)content.data, "untouched");
}
