/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's trust settings, which stand behind the certificate in a TRUSTED CERTIFICATE:
 * X509_CERT_AUX of x509.h, SEQUENCE { trust SEQUENCE OF OID OPTIONAL, reject [0] SEQUENCE OF OID
 * OPTIONAL, alias UTF8String OPTIONAL, ... }.
 */
#include "cli/show/shows.h"
#include "model/cert.h"
#include "model/der.h"

enum { DER_REJECT = 0xa0 };

bool show_trust(struct emit *e, struct span block, struct err *err)
{
	size_t size = der_size(block);
	struct der der = der_of((struct span){block.data + size, block.size - size});
	struct element settings, oids = {0}, alias;
	struct cert_seen seen;
	bool there;

	if (!cert_see(block, true, &seen, err))
		return false;
	/* it may be left out; then nothing is restricted */
	der = der_of(
	    der_optional(&der, DER_SEQUENCE, &settings) ? settings.content : (struct span){0});
	there = der_optional(&der, DER_SEQUENCE, &oids);
	show_pair_oids(e, "trusted_purposes", there, oids.content);
	there = der_optional(&der, DER_REJECT, &oids);
	show_pair_oids(e, "rejected_purposes", there, oids.content);
	emit_key(e, "alias");
	if (der_optional(&der, DER_UTF8_STRING, &alias))
		emit_span(e, alias.content);
	else
		emit_null(e);
	emit_key(e, "rejected_for_servers");
	emit_bool(e, seen.rejects);
	return true;
}
