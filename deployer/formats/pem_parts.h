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

/* Why OpenSSL refuses the block that begins at the front of `block`, in the words of whoever has
 * to mend it. */
const char *pem_fault(struct span block);

/* Where to go on behind a block that OpenSSL refuses, which begins at `begin`: at the next BEGIN.
 * Each of them is read to the same END, so of a great many in front of one only the last count; and
 * nothing follows without an END. Else a file of a few MB would take hours. */
void pem_skip_refused(struct span *rest, const uint8_t *begin);

/* The callback for OpenSSL: nobody is asked. */
int pem_no_passphrase(char *buffer, int size, int writing, void *context);
