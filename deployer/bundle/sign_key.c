/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where private keys come from: PEM files, stores of OpenSSL providers, and the
 * pkcs11 engine. The ENGINE calls are deprecated, but it is the engine that
 * distributions with OpenSSL 3.0 ship for PKCS#11 (Debian 12: libengine-pkcs11-openssl).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "bundle/sign.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <unistd.h>

#include "base/file.h"
#include "formats/filekind.h"
#include "formats/pem.h"
#include "model/cert.h"

/* A secret, of which no copies are left: it is overwritten before it is released. */
struct secret {
	char text[SIGN_MAX_PASSPHRASE];
	const char *key; /* the name of the key in the prompt, as on the command line */
	bool given;      /* else a terminal is asked */
	bool asked;      /* the key wanted one */
};

static void secret_release(struct secret *secret)
{
	OPENSSL_cleanse(secret, sizeof(*secret));
}

static bool read_secret(const char *path, struct secret *out, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(bytes) content = {0};
	size_t size;
	bool ok = file_read(&none, path, SIGN_MAX_PASSPHRASE, &content, err);

	size = ok ? strcspn((char *)content.data, "\r\n") : 0;
	if (ok && size >= sizeof(out->text))
		ok = err_set(
		    err, ERR_IO, "%s: the passphrase is too long", text_escape_string(path).text);
	if (ok) {
		memcpy(out->text, content.data, size);
		out->text[size] = 0;
		out->given = true;
	}
	if (content.data)
		OPENSSL_cleanse(content.data, content.capacity);
	return ok || err_wrap(err, "passphrase file");
}

/* pem_password_cb of OpenSSL. */
static int give_secret(char *buffer, int size, int writing, void *context)
{
	struct secret *secret = context;
	size_t length;

	secret->asked = true;
	if (!secret->given) {
		AUTO(text) prompt = {0};

		text_addf(&prompt, "Passphrase of %s: ", text_escape_string(secret->key).text);
		if (!isatty(STDIN_FILENO) || EVP_read_pw_string(secret->text, sizeof(secret->text),
		                                 text_string(&prompt), writing) != 0)
			return -1;
		secret->given = true;
	}
	length = strlen(secret->text);
	if (size < 0 || length > (size_t)size)
		return -1;
	memcpy(buffer, secret->text, length);
	return (int)length;
}

/* --- the kinds of key ----------------------------------------------------------------- */

static bool refuse_key(const struct secret *secret, const char *advice, struct err *err)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (secret->asked && !secret->given)
		return err_set(err, ERR_USAGE,
		    "needs a passphrase and there is no terminal to ask on; give"
		    " --passphrase-file");
	/* then OpenSSL's own text does not help: "pkcs12 cipherfinal error" */
	if (secret->asked && !advice)
		return err_set(err, ERR_IO, "the passphrase does not open it");
	return err_set(err, ERR_IO, "cannot be opened (%s)%s",
	    reason ? reason : "no private key in it", advice);
}

static bool read_key_file(const char *path, struct secret *secret, EVP_PKEY **out, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(bytes) content = {0};
	BIO *memory;

	if (!file_read(&none, path, SIGN_MAX_KEY_FILE, &content, err))
		return err_wrap(err, "key");
	memory = BIO_new_mem_buf(content.data, (int)content.size);
	if (memory)
		*out = PEM_read_bio_PrivateKey(memory, NULL, give_secret, secret);
	BIO_free(memory);
	if (!*out) {
		refuse_key(secret,
		    secret->asked ? NULL : "; a PEM file with a private key is expected", err);
		filekind_refuse(bytes_span(&content), FILEKIND_WANT_KEY, err);
		err_wrap(err, "key %s", text_escape_string(path).text);
	}
	OPENSSL_cleanse(content.data, content.capacity);
	return *out != NULL;
}

/* The first private key of a store, by whichever provider knows the URI's scheme. */
static EVP_PKEY *read_store(const char *uri, UI_METHOD *ui, struct secret *secret)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, ui, secret, NULL, NULL);
	EVP_PKEY *key = NULL;

	if (store)
		(void)OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (!info && OSSL_STORE_error(store))
			break;
		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	return key;
}

static EVP_PKEY *read_engine(const char *uri, UI_METHOD *ui, struct secret *secret, ENGINE **out)
{
	ENGINE *engine;
	EVP_PKEY *key;

	ENGINE_load_builtin_engines();
	engine = ENGINE_by_id("pkcs11");
	if (!engine)
		return NULL;
	if (!ENGINE_init(engine)) {
		ENGINE_free(engine);
		return NULL;
	}
	/* ENGINE_init holds a reference of its own */
	ENGINE_free(engine);
	if (secret->given)
		(void)ENGINE_ctrl_cmd_string(engine, "PIN", secret->text, 0);
	key = ENGINE_load_private_key(engine, uri, ui, secret);
	if (key)
		*out = engine;
	else
		ENGINE_finish(engine);
	return key;
}

static bool read_key_uri(
    const char *uri, struct secret *secret, struct sign_key *out, struct err *err)
{
	UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(give_secret, 0);

	out->key = read_store(uri, ui, secret);
	if (!out->key && strncmp(uri, "pkcs11:", 7) == 0)
		out->key = read_engine(uri, ui, secret, &out->engine);
	UI_destroy_method(ui);
	if (out->key)
		return true;
	refuse_key(secret,
	    "; it needs an OpenSSL provider that knows this URI, or the pkcs11 engine"
	    " (Debian: libengine-pkcs11-openssl) with PKCS11_MODULE_PATH set",
	    err);
	return err_wrap(err, "key %s", text_escape_string(uri).text);
}

/* "pkcs11:…", "file:…": a scheme of two letters or more, so that C:\key.pem is a path. */
static bool is_uri(const char *key)
{
	size_t scheme =
	    strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return scheme >= 2 && key[scheme] == ':';
}

/* --- the certificate ------------------------------------------------------------------ */

static bool refuse_certificate(const char *path, struct span content, struct err *err)
{
	filekind_refuse(content, FILEKIND_WANT_CERTIFICATE, err);
	return err_wrap(err, "certificate %s", text_escape_string(path).text);
}

static bool read_certificate(const char *path, X509 **out, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	struct span rest, found;
	struct cert cert;
	const unsigned char *at;
	bool trusted;

	if (!file_read(&none, path, SIGN_MAX_KEY_FILE, &content, err))
		return err_wrap(err, "certificate");
	rest = bytes_span(&content);
	if (!pem_next_certificate(&rest, &der, &trusted, err))
		return refuse_certificate(path, bytes_span(&content), err);
	found = bytes_span(der.size ? &der : &content);
	if (!cert_parse(found, &cert, err))
		return refuse_certificate(path, bytes_span(&content), err);
	at = found.data;
	*out = d2i_X509(NULL, &at, (long)found.size);
	return *out || err_set(err, ERR_FORMAT, "certificate %s: OpenSSL cannot decode it",
	                   text_escape_string(path).text);
}

/* The rule of keyrings, told before a signature is made that no keyring accepts. */
static bool is_allowed(const EVP_PKEY *key)
{
	static const int curves[] = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
	char name[64] = "";
	size_t size;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return EVP_PKEY_get_bits(key) >= 2048;
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	if (!EVP_PKEY_get_group_name(key, name, sizeof(name), &size))
		return false;
	for (size_t i = 0; i < COUNT(curves); i++)
		if (OBJ_txt2nid(name) == curves[i])
			return true;
	return false;
}

static bool check_pair(const struct sign_key *key, struct err *err)
{
	if (!is_allowed(key->key))
		return err_set(err, ERR_USAGE,
		    "the key is none of RSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521,"
		    " Ed25519");
	if (X509_check_private_key(key->certificate, key->key) != 1)
		return err_set(
		    err, ERR_USAGE, "the key and the certificate do not belong together");
	return true;
}

bool sign_key_open(const char *certificate, const char *key, const char *passphrase_file,
    struct sign_key *out, struct err *err)
{
	AUTO(sign_key) opened = {0};
	AUTO(secret) secret = {.key = key};
	bool ok = (!passphrase_file || read_secret(passphrase_file, &secret, err)) &&
	          read_certificate(certificate, &opened.certificate, err) &&
	          (is_uri(key) ? read_key_uri(key, &secret, &opened, err)
	                       : read_key_file(key, &secret, &opened.key, err)) &&
	          check_pair(&opened, err);

	ERR_clear_error();
	if (ok)
		*out = TAKE(opened);
	return ok;
}

void sign_key_release(struct sign_key *key)
{
	X509_free(key->certificate);
	EVP_PKEY_free(key->key);
	if (key->engine)
		ENGINE_finish(key->engine);
	*key = (struct sign_key){0};
}
