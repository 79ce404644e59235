/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trailer, CMS and verification against a fixed keyring; what a signature would
 * keep from being reached is looked at without one. The corpus has bundles signed by both keys,
 * whose private halves are gone: nothing but these very cabinets may ever verify.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/digest.h"
#include "bundle/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char keyring_text[] =
    "schema_version: 1\n"
    "version: 1\n"
    "expires: 2100-01-01\n"
    "threshold: 2\n"
    "signers:\n"
    "  - name: one\n"
    "    certificate: |\n"
    "      -----BEGIN CERTIFICATE-----\n"
    "      MIIBcjCCARmgAwIBAgIURuXU+tApjsDmA0uXYiiOtqNV5HIwCgYIKoZIzj0EAwIw\n"
    "      DjEMMAoGA1UEAwwDb25lMCAXDTI2MTEyNDAzMTU1MVoYDzIxMjYxMDMxMDMxNTUx\n"
    "      WjAOMQwwCgYDVQQDDANvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQvq09h\n"
    "      wkfp8nBwdHgD7Vefc0NofTl40JzRyOD4hIKVjAK1VH/gK02Q0gSLGTUuEDKUOuHS\n"
    "      QMlqBz30Kj3EPR4Go1MwUTAdBgNVHQ4EFgQUcchXf+V+ByCsDbEos6TEwFoXAKIw\n"
    "      HwYDVR0jBBgwFoAUcchXf+V+ByCsDbEos6TEwFoXAKIwDwYDVR0TAQH/BAUwAwEB\n"
    "      /zAKBggqhkjOPQQDAgNHADBEAiB/DEzDw0T0L81u+JoNfSXkTcIdtdP4wXxGYR3Y\n"
    "      2zXuAgIgYMwLraDcyzdg6OsV/3MHyRGX/1wyv+echrjnWBnJCMs=\n"
    "      -----END CERTIFICATE-----\n"
    "  - name: two\n"
    "    certificate: |\n"
    "      -----BEGIN CERTIFICATE-----\n"
    "      MIIBczCCARmgAwIBAgIUeb7E43KNONA5u7meB+wQTR/WVTswCgYIKoZIzj0EAwIw\n"
    "      DjEMMAoGA1UEAwwDdHdvMCAXDTI2MTEyNDAzMTU1MVoYDzIxMjYxMDMxMDMxNTUx\n"
    "      WjAOMQwwCgYDVQQDDAN0d28wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATMjnDZ\n"
    "      A+nYo48EJuJSuM+DBV4waDRw2udHIotEYaQUg66cQRLDwm52vN0gwk3LXxekfsgI\n"
    "      u0RZDk3hAc4vYBN3o1MwUTAdBgNVHQ4EFgQUDpzOZvXEtB75lxmkJbbjv5A8BM4w\n"
    "      HwYDVR0jBBgwFoAUDpzOZvXEtB75lxmkJbbjv5A8BM4wDwYDVR0TAQH/BAUwAwEB\n"
    "      /zAKBggqhkjOPQQDAgNIADBFAiEAwfZhX7WizOvsqCJOB4x32GOjhkE8Lb2bqlgT\n"
    "      V79pveMCIAyxBKVW+8TiV8v9BmUGkHDJ6RdVTu6nMJvPxKAw63IV\n"
    "      -----END CERTIFICATE-----\n";

/* SHA-256 of the corpus's cabinets. */
static const char *const cabinets[] = {
    "2cb9dce4926da24aeb0eca9ba8de72b8d1147b202f16109b4b0f0a6419511e53",
    "4235b9e7e80a643add989b81cc753e85f81bb97ed9a57827b4c38f4d4a3c1da9",
};

static void check_known(const struct bundle *bundle)
{
	char hex[SHA256_HEX];

	digest_sha256_hex(bundle->cabinet, hex);
	for (size_t i = 0; i < COUNT(cabinets); i++)
		if (strcmp(hex, cabinets[i]) == 0)
			return;
	abort();
}

/* The bytes as a CMS alone, so that the fuzzer need not keep a trailer right. */
static void try_cms(struct span span, const struct keyring *keyring)
{
	AUTO(arena) arena = {0};
	struct cms_content content = {.bytes = span_text("content")};
	struct bundle_signer *signers;
	size_t count;
	struct err err = {0};

	if (cms_verify(span, &content, keyring, &arena, &signers, &count, &err) &&
	    cms_threshold(signers, count, keyring, NULL, &err))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(keyring) keyring = {0};
	AUTO(bundle) verified = {0};
	AUTO(bundle) inspected = {0};
	AUTO(bytes) copy = bytes_copy((struct span){data, size});
	AUTO(bytes) second = bytes_copy((struct span){data, size});
	struct err err = {0};

	if (!keyring_parse(span_text(keyring_text), "keyring.yaml", &keyring, &err))
		abort();
	try_cms((struct span){data, size}, &keyring);
	if (bundle_open("input", &copy, &keyring, 1800000000, &verified, &err)) {
		check_known(&verified);
		if (!bundle_read_all(&verified, &err))
			abort();
	} else if (err.code != ERR_TRUST) {
		abort();
	}
	err = (struct err){0};
	if (bundle_inspect("input", &second, &inspected, &err))
		(void)!bundle_read_all(&inspected, &err);
	return 0;
}
