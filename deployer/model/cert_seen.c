/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "model/cert.h"
#include "model/der.h"

/* The first error says most; those behind it only tell which part it was in. */
static bool refuse(struct err *err)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	ERR_clear_error();
	return err_set(err, ERR_FORMAT, "certificate: OpenSSL cannot decode it: %s",
	    reason ? reason : "it does not say why");
}

static void label_of(const X509 *x, char out[CERT_NAME_TEXT])
{
	const unsigned char *name;
	size_t size;

	if (X509_NAME_get0_der(X509_get_subject_name(x), &name, &size) != 1)
		size = 0;
	cert_name_text((struct span){name, size}, out);
}

static int64_t end_of(const X509 *x)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(x)) != 1)
		days = seconds = 0;
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + seconds;
}

static bool ask(struct span der, bool trusted, struct cert_seen *out, struct err *err)
{
	const unsigned char *end = der.data;
	struct cert_seen seen;
	X509 *x;

	ERR_clear_error();
	x = trusted ? d2i_X509_AUX(NULL, &end, (long)der.size)
	            : d2i_X509(NULL, &end, (long)der.size);
	if (!x)
		return refuse(err);
	seen.rejects =
	    trusted && X509_check_trust(x, X509_TRUST_SSL_SERVER, 0) == X509_TRUST_REJECTED;
	if (trusted) {
		/* the certificate alone, without what follows it, is its identity */
		X509_free(x);
		end = der.data;
		x = d2i_X509(NULL, &end, (long)der.size);
		if (!x)
			return refuse(err);
	}
	seen.size = (size_t)(end - der.data);
	seen.hash = (uint32_t)X509_subject_name_hash(x);
	seen.not_after = end_of(x);
	label_of(x, seen.label);
	X509_free(x);
	ERR_clear_error();
	digest_sha256((struct span){der.data, seen.size}, seen.sha256);
	*out = seen;
	return true;
}

bool cert_see(struct span der, bool trusted, struct cert_seen *out, struct err *err)
{
	struct err ignored = {0};
	struct cert cert;
	size_t size = der_size(der);

	/* nothing follows the certificate, so that there are no trust settings */
	if (trusted && size == der.size)
		trusted = false;
	if (trusted || size == 0 || !cert_parse((struct span){der.data, size}, &cert, &ignored) ||
	    cert.doubtful || !cert_name_hash(cert.subject, &out->hash))
		return ask(der, trusted, out, err);
	out->size = size;
	out->rejects = false;
	out->not_after = cert.not_after;
	memcpy(out->sha256, cert.sha256, SHA256_SIZE);
	cert_name_text(cert.subject, out->label);
	return true;
}

static bool say_ca(const X509 *x)
{
	int at = X509_get_ext_by_NID(x, NID_basic_constraints, -1);
	const ASN1_OCTET_STRING *value;
	struct der der;
	struct element whole, ca;

	if (at < 0)
		return X509_get_version(x) == X509_VERSION_1 &&
		       X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
	value = X509_EXTENSION_get_data(X509_get_ext(x, at));
	der =
	    der_of((struct span){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)});
	if (!der_take(&der, DER_SEQUENCE, &whole) || !der_end(&der))
		return false;
	der = der_of(whole.content);
	return der_optional(&der, DER_BOOLEAN, &ca) && ca.content.size == 1 && *ca.content.data;
}

bool cert_is_ca(struct span der)
{
	const unsigned char *end = der.data;
	X509 *x = d2i_X509(NULL, &end, (long)der.size);
	bool ca = x && say_ca(x);

	X509_free(x);
	ERR_clear_error();
	return ca;
}
