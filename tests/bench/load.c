/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has OpenSSL load a file of certificates as curl does.
 *
 *     load FILE
 */
#include <openssl/x509_vfy.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	X509_STORE *store = X509_STORE_new();
	X509_LOOKUP *lookup = store ? X509_STORE_add_lookup(store, X509_LOOKUP_file()) : NULL;

	if (argc != 2 || !lookup ||
	    X509_load_cert_crl_file(lookup, argv[1], X509_FILETYPE_PEM) <= 0) {
		fprintf(stderr, "usage: load FILE, which OpenSSL loads\n");
		return 1;
	}
	X509_STORE_free(store);
	return 0;
}
