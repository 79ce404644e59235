/* SPDX-License-Identifier: Apache-2.0 */
/* Signing bundles, and the keys it is done with. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <unistd.h>

#include "bundle_kit.h"
#include "scratch.h"

static void put_key(const char *path, const struct kit_signer *signer, const char *passphrase)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *text;
	long size;

	cr_assert(PEM_write_bio_PKCS8PrivateKey(memory, signer->key.key,
	    passphrase ? EVP_aes_256_cbc() : NULL, passphrase,
	    passphrase ? (int)strlen(passphrase) : 0, NULL, NULL));
	size = BIO_get_mem_data(memory, &text);
	scratch_put(path, (struct span){(uint8_t *)text, (size_t)size});
	BIO_free(memory);
}

Test(sign, adds_signers_one_by_one_and_keeps_the_others)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) signed_bytes = {0};
	AUTO(bundle) bundle = {0};
	struct err err = {0};

	kit_world(&world);
	signed_bytes = bytes_copy(bytes_span(&world.cabinet));
	cr_assert(sign_add(&signed_bytes, &world.signers[0].key, &err), "%s", err.text);
	cr_assert_not(kit_open(&world, bytes_span(&signed_bytes), &bundle, &err));
	cr_assert(strstr(err.text, "1 of the 2"), "%s", err.text);
	cr_assert(sign_add(&signed_bytes, &world.signers[1].key, &err), "%s", err.text);
	cr_assert(sign_add(&signed_bytes, &world.signers[2].key, &err), "%s", err.text);
	cr_assert(kit_open(&world, bytes_span(&signed_bytes), &bundle, &err), "%s", err.text);
	cr_assert_eq(bundle.signer_count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_assert(bundle.signers[i].good, "%s", bundle.signers[i].reason);
	cr_assert_not(sign_add(&signed_bytes, &world.signers[1].key, &err));
	cr_assert_eq(err.code, ERR_USAGE);
	cr_assert(strstr(err.text, "already"), "%s", err.text);
}

/* Signing with CMS_REUSE_DIGEST would put our name under the digest that another signer claims. */
Test(sign, never_takes_anothers_word_for_the_digest)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) other = {0};
	AUTO(bytes) cms = {0};
	AUTO(bytes) trap = {0};
	AUTO(bundle) bundle = {0};
	const struct cabinet_file file = {"root/evil.cer", span_text("evil")};
	struct err err = {0};

	kit_world(&world);
	kit_contents(&other, "example.corp", 13, &file, 1);
	kit_sign(bytes_span(&other), &(struct kit_seal){.signers = world.all, .count = 1}, &cms);
	kit_join(bytes_span(&world.cabinet), bytes_span(&cms), &trap);
	cr_assert(sign_add(&trap, &world.signers[1].key, &err), "%s", err.text);
	cr_assert_not(kit_open(&world, bytes_span(&trap), &bundle, &err));
	cr_assert(strstr(err.text, "1 of the 2"), "%s", err.text);
	cr_assert(strstr(err.text, "one: it was made over other content"), "%s", err.text);
}

Test(sign, with_every_kind_of_key)
{
	static const char *const kinds[] = {"RSA-2048", "P-256", "P-384", "P-521"};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		AUTO(kit_world) world = {0};
		AUTO(kit_signer) signer = kit_signer("k", kinds[i], 9);
		const struct kit_signer *only = &signer;
		AUTO(bundle) bundle = {0};
		struct err err = {0};

		kit_world(&world);
		kit_keyring(&world.keyring_text, 1, NULL, 1, &only, 1);
		keyring_release(&world.keyring);
		cr_assert(
		    keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &world.keyring, &err));
		cr_assert(sign_add(&world.cabinet, &signer.key, &err), "%s", err.text);
		cr_assert(kit_open(&world, bytes_span(&world.cabinet), &bundle, &err), "%s: %s",
		    kinds[i], err.text);
	}
}

Test(sign, says_that_ed25519_cannot)
{
	AUTO(kit_world) world = {0};
	AUTO(kit_signer) signer = kit_signer("k", "ED25519", 9);
	struct err err = {0};

	kit_world(&world);
	if (sign_add(&world.cabinet, &signer.key, &err))
		cr_skip_test("skipped: this OpenSSL can");
	cr_assert_eq(err.code, ERR_USAGE);
	cr_assert(strstr(err.text, "cannot sign with Ed25519 in CMS"), "%s", err.text);
}

Test(sign, puts_no_name_under_what_is_no_bundle)
{
	AUTO(kit_world) world = {0};
	AUTO(bytes) bytes = bytes_copy(span_text("not a cabinet"));
	AUTO(text) manifest = {0};
	AUTO(bytes) cabinet = {0};
	struct cabinet_file file = {"root/a.cer", span_text("a")};
	struct err err = {0};

	kit_world(&world);
	cr_assert_not(sign_add(&bytes, &world.signers[0].key, &err));
	cr_assert_eq(err.code, ERR_FORMAT);
	kit_manifest(&manifest, "example.corp", 12, &file, 1);
	file.content = span_text("b");

	const struct cabinet_file files[] = {
	    {"manifest.yaml", span_text(text_string(&manifest))}, file};

	kit_cabinet(&cabinet, files, 2, true);
	cr_assert_not(sign_add(&cabinet, &world.signers[0].key, &err));
	cr_assert(strstr(err.text, "another SHA-256"), "%s", err.text);
}

Test(sign, opens_keys_with_and_without_a_passphrase)
{
	AUTO(scratch) scratch = {0};
	AUTO(kit_world) world = {0};
	AUTO(sign_key) plain = {0};
	AUTO(sign_key) locked = {0};
	AUTO(sign_key) stored = {0};
	AUTO(sign_key) none = {0};
	AUTO(text) uri = {0};
	struct err err = {0};

	scratch_enter(&scratch);
	kit_world(&world);
	scratch_put("one.crt", bytes_span(&world.signers[0].pem));
	scratch_put("two.crt", bytes_span(&world.signers[1].pem));
	put_key("one.key", &world.signers[0], NULL);
	put_key("locked.key", &world.signers[0], "open sesame");
	scratch_put("passphrase", span_text("open sesame\n"));
	scratch_put("wrong", span_text("open cereal\n"));
	cr_assert(sign_key_open("one.crt", "one.key", NULL, &plain, &err), "%s", err.text);
	cr_assert(
	    sign_key_open("one.crt", "locked.key", "passphrase", &locked, &err), "%s", err.text);
	text_addf(&uri, "file:%s/one.key", scratch.path);
	cr_assert(sign_key_open("one.crt", text_string(&uri), NULL, &stored, &err), "%s", err.text);
	cr_assert(sign_add(&world.cabinet, &locked, &err), "%s", err.text);

	cr_assert_not(sign_key_open("one.crt", "locked.key", "wrong", &none, &err));
	cr_assert(strstr(err.text, "the passphrase does not open it"), "%s", err.text);
	cr_assert_not(sign_key_open("two.crt", "one.key", NULL, &none, &err));
	cr_assert_eq(err.code, ERR_USAGE);
	cr_assert(strstr(err.text, "do not belong together"), "%s", err.text);
	cr_assert_not(sign_key_open("one.crt", "one.crt", NULL, &none, &err));
	cr_assert(strstr(err.text, "is a PEM certificate, not a private key"), "%s", err.text);
	cr_assert_not(sign_key_open("one.key", "one.key", NULL, &none, &err));
	cr_assert_null(none.key);
}

Test(sign, asks_for_no_passphrase_without_a_terminal)
{
	AUTO(scratch) scratch = {0};
	AUTO(kit_world) world = {0};
	AUTO(sign_key) none = {0};
	struct err err = {0};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	scratch_enter(&scratch);
	kit_world(&world);
	scratch_put("one.crt", bytes_span(&world.signers[0].pem));
	put_key("locked.key", &world.signers[0], "open sesame");
	cr_assert_eq(dup2(null, STDIN_FILENO), STDIN_FILENO);
	cr_assert_not(sign_key_open("one.crt", "locked.key", NULL, &none, &err));
	cr_assert_eq(err.code, ERR_USAGE);
	cr_assert(strstr(err.text, "--passphrase-file"), "%s", err.text);
	close(null);
}

Test(sign, refuses_weak_keys)
{
	static const char *const weak[] = {"RSA-1024", "P-224", "secp256k1"};
	AUTO(scratch) scratch = {0};

	scratch_enter(&scratch);
	for (size_t i = 0; i < COUNT(weak); i++) {
		AUTO(kit_signer) signer = kit_signer("weak", weak[i], 1);
		AUTO(sign_key) none = {0};
		struct err err = {0};

		scratch_put("weak.crt", bytes_span(&signer.pem));
		put_key("weak.key", &signer, NULL);
		cr_assert_not(
		    sign_key_open("weak.crt", "weak.key", NULL, &none, &err), "%s", weak[i]);
		cr_assert_eq(err.code, ERR_USAGE);
	}
}
