/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of formats/pem share; for them alone.
 */
#include <openssl/types.h>

#include "base/bytes.h"

/* What OpenSSL makes of a file: it refuses it whole; it finds no certificate; it has some. */
enum pem_loaded { PEM_REFUSED, PEM_EMPTY, PEM_LOADED };

/* Loads the file as X509_load_cert_crl_file does, in a library context or the default one (NULL).
 * The reason is left in OpenSSL's queue of errors. */
enum pem_loaded pem_load(struct span file, OSSL_LIB_CTX *context);

/* The callback for OpenSSL: nobody is asked. */
int pem_no_passphrase(char *buffer, int size, int writing, void *context);
