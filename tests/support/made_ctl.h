/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Trust lists for tests, signed by a demonstration PKI shaped like Microsoft's:
 * a root, the "Demo List PCA" (usages 10.3.1 and 10.3.9, and an AIA address in the Publisher that
 * says where it is), and the "Demo List Publisher" (usage 10.3.9 alone).
 */
#include "base/bytes.h"

#define MADE_PCA_URL "http://pki.example/certs/demo-list-pca.crt"

struct made_pki {
	struct bytes root, pca, publisher; /* DER */
	void *publisher_key;               /* EVP_PKEY */
};

struct made_ctl {
	bool without_pca;        /* as in the founding incident */
	bool with_root;          /* the root is embedded too */
	bool disallowed;         /* the disallowed list, not authroot */
	bool pin_usage;          /* the usage of pin rules, which nothing else here fits */
	bool nested;             /* a nested signature besides */
	unsigned entries;        /* made-up identifiers, with attributes when authroot */
	const char *this_update; /* "110125205412Z"; NULL: 260101000000Z */
	uint8_t sequence;        /* last byte of the number */
	/* Put as they are, DER: attributes of the first entry, and a list of extensions. */
	struct span attributes, extensions;
};

/* Valid from 2010-01-01 on: root and PCA to 2050, the Publisher to 2035. Any failure aborts. */
void made_pki(struct made_pki *out);
void made_pki_release(struct made_pki *pki);
/* Appends the list. */
void made_ctl(struct bytes *out, const struct made_pki *pki, const struct made_ctl *made);
/* Appends tag, length and content. */
void made_der(struct bytes *out, uint8_t tag, struct span content);
/* Appends attribute 1.3.6.1.4.1.311.10.11.N with that value. */
void made_property(struct bytes *out, uint8_t property, struct span value);
