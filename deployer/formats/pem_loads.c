/* SPDX-License-Identifier: Apache-2.0 */
/* The part of pem.h that asks OpenSSL about a file as a whole. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "formats/pem.h"
#include "formats/pem_parts.h"

/* A block that needs a passphrase is of no use in a trust store; nobody is asked. */
int pem_no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

enum pem_loaded pem_load(struct span file, OSSL_LIB_CTX *context)
{
	BIO *bio = BIO_new_mem_buf(file.data, file.size > INT_MAX ? INT_MAX : (int)file.size);
	STACK_OF(X509_INFO) *all =
	    PEM_X509_INFO_read_bio_ex(bio, NULL, pem_no_passphrase, NULL, context, NULL);
	enum pem_loaded loaded = all ? PEM_EMPTY : PEM_REFUSED;

	for (int i = 0; all && i < sk_X509_INFO_num(all); i++)
		if (sk_X509_INFO_value(all, i)->x509 || sk_X509_INFO_value(all, i)->crl)
			loaded = PEM_LOADED;
	BIO_free(bio);
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	return loaded;
}

/* Without providers OpenSSL parses a file as it always does but leaves the public keys encoded:
 * they are five sixths of the time. A key that it cannot decode is no reason for it to refuse a
 * certificate (x509_pubkey_ex_d2i_ex). Private keys need a provider, so a file that does not load
 * here may load yet. */
static bool loads_without_keys(struct span file)
{
	OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *none = context ? OSSL_PROVIDER_load(context, "null") : NULL;
	bool loads = none && pem_load(file, context) == PEM_LOADED;

	OSSL_PROVIDER_unload(none);
	OSSL_LIB_CTX_free(context);
	ERR_clear_error();
	return loads;
}

struct span pem_of_file(struct span file)
{
	const uint8_t *end = file.data + file.size, *at = file.data;

	while (at < end && (at = memchr(at, 0, (size_t)(end - at)))) {
		if (at == file.data || at[-1] == '\n')
			return (struct span){file.data, (size_t)(at - file.data)};
		at++;
	}
	return file;
}

bool pem_loads(struct span whole, struct err *err)
{
	struct span file = pem_of_file(whole);
	enum pem_loaded loaded = loads_without_keys(file) ? PEM_LOADED : pem_load(file, NULL);
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	ERR_clear_error();
	if (loaded == PEM_EMPTY)
		err_set(err, ERR_FORMAT, "no certificate in it");
	else if (loaded == PEM_REFUSED)
		err_set(err, ERR_FORMAT, "%s", reason ? reason : "it does not say why");
	return loaded == PEM_LOADED;
}
