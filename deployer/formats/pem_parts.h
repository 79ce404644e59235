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

/* What OpenSSL reads of a line at once: LINESIZE of pem_lib.c, without the NUL. */
enum { PEM_READ_AT_ONCE = 254 };

/* Where OpenSSL begins a block that it found in `text`: at the first line that begins with
 * "-----BEGIN " and ends with dashes (get_name() of pem_lib.c); the end of `text` when none does.
 */
const uint8_t *pem_find_begin(struct span text);

/* The callback for OpenSSL: nobody is asked. */
int pem_no_passphrase(char *buffer, int size, int writing, void *context);
