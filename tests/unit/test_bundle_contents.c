/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on what bundles hold, and on their freshness, each by its name. The names are those of
 * the TUF and Uptane specifications and of what went wrong in other programs. Each must end in
 * ERR_TRUST, which is exit status 4, before anything of the bundle could be used.
 */
#include <criterion/criterion.h>

#include "bundle_refused.h"

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
	struct bundle_answer found;
	struct err err = {0};

	kit_world(&world);
	bundles_add(&bundles, "other.cab");
	bundles.list[0].tried = true;
	cr_assert(kit_open(&world, bytes_span(&world.bundle), &bundles.list[0].bundle, &err));
	cr_assert(bundles_find(&bundles, "example.corp", &found, &err), "%s", err.text);
	cr_assert(found.bundle);
	cr_assert(bundles_find(&bundles, "example.corp2", &found, &err), "%s", err.text);
	cr_assert_null(found.bundle);
	cr_assert_not(found.refused || found.unreachable);
	cr_assert(strstr(found.why.text, "other.cab holds example.corp"), "%s", found.why.text);
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

Test(attack, key_rotation)
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
