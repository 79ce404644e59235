/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Finds the item that a person means: by its id or the beginning of one, by its digest or the
 * beginning of one (SHA-256, in either case, with the colons that openssl prints), by
 * its label, by the last parts of its id, of which that of a proxy is the target, or by the path of
 * a file where it stands.
 *
 *     search_offer … → search_settle → search_release
 */
#include "base/text.h"

struct search {
	const char *wanted;
	struct search_item {
		const char *id, *label;
		/* where it was seen, "/etc/environment:3, /etc/other:1", or "" */
		const char *place;
	} * list;
	size_t count, capacity;
};

/* Something that may be meant; texts are borrowed, and NULL counts as "". The same id may be
 * offered again. */
void search_offer(struct search *search, const struct search_item *item);
/* The id of the item that is meant. ERR_HOST when no item is, naming similar ones, or when several
 * are, naming some. */
bool search_settle(const struct search *search, const char **out, struct err *err) MUST_CHECK;
void search_release(struct search *search);
