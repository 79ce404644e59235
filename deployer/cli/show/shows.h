/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What `show` makes of each type of file. A row decodes bytes and adds the keys of
 * interface.md section 8 to an open map. Nothing is verified or trusted here: it is
 * what the file says of itself.
 */
#include "base/text.h"
#include "cli/args.h"
#include "formats/emit.h"

struct show_input {
	const char *path;
	struct span file;
	const struct args *args; /* --now, --roots, --intermediates */
};

struct show_type {
	const char *name;
	/* Whether the bytes look like it; rows are asked in their order. */
	bool (*looks)(struct span file);
	bool (*show)(struct emit *emit, const struct show_input *input, struct err *err);
};

extern const struct show_type show_types[];
extern const size_t show_type_count;

/* The first row that the bytes look like, or NULL. */
const struct show_type *show_guess(struct span file);

/* A trust list; cli/show/ctl.c. */
bool show_ctl(struct emit *emit, const struct show_input *input, struct err *err) MUST_CHECK;

/* What OpenSSL is to trust a certificate for: the bytes of a TRUSTED CERTIFICATE;
 * cli/show/trusted.c. */
bool show_trust(struct emit *emit, struct span block, struct err *err) MUST_CHECK;

/* Files of Windows; cli/show/windows.c. */
bool show_urlcache(struct emit *emit, const struct show_input *input, struct err *err) MUST_CHECK;
bool show_certblob(struct emit *emit, const struct show_input *input, struct err *err) MUST_CHECK;
bool show_sst(struct emit *emit, const struct show_input *input, struct err *err) MUST_CHECK;
bool show_winproxy(struct emit *emit, const struct show_input *input, struct err *err) MUST_CHECK;
bool show_regpol(struct emit *emit, const struct show_input *input, struct err *err) MUST_CHECK;

/* Emit a key and a value that is made of bytes or built as text. */
void show_pair_hex(struct emit *emit, const char *key, struct span bytes);
void show_pair_text(struct emit *emit, const char *key, struct text *text); /* releases it */
/* A list of OIDs, one behind the other, or null. */
void show_pair_oids(struct emit *emit, const char *key, bool there, struct span oids);
