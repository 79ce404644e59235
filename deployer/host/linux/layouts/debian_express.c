/* SPDX-License-Identifier: Apache-2.0 */
/* What policies want of certificates, as this layout can hold it, and what follows from that for
 * rebuilds. */
#include "host/linux/layouts/debian.h"

bool debian_know(struct debian *debian, struct host *host, const struct item *item,
    uint8_t sha256[SHA256_SIZE], struct err *err)
{
	return (hex_parse(item_fingerprint(item), sha256, SHA256_SIZE) ||
	           err_set(err, ERR_HOST, "%s: no fingerprint", item->key)) &&
	       (debian->seen || debian_look(debian, host, err));
}

/* A source that nobody has made into the trust store yet may hold what is to be trusted by nobody.
 * Where that source is not ours to take away, a rebuild for other items leaves it out. */
static void withhold(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;
	bool asked = false, listed = false;

	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		asked |= debian->sources.list[anchor->source].selected && !anchor->fault;
		listed |= debian_in_bundle(debian, anchor);
	}
	if (asked && !listed)
		digests_add(&debian->unlisted, sha256);
	if (!shown_find(&debian->shown, sha256))
		digests_add(&debian->unlinked, sha256);
}

/* Distrust is nothing but the absence of trust here: where no source names the certificate and
 * OpenSSL finds it neither in the bundle nor in the folder, there is nothing to do or to see. */
static void express_distrust(
    struct debian *debian, struct host *host, struct item *want, const uint8_t sha256[SHA256_SIZE])
{
	const char *stranger;

	/* a line of the configuration says it: the certificate itself is not needed */
	want->at_hand = true;
	if (sources_find(&debian->sources, sha256, NULL) || made_find(&debian->made, sha256) ||
	    shown_find(&debian->shown, sha256))
		return;
	want->holding = HOLD_ALREADY;
	want->note = "no source of this host trusts it";
	stranger = debian_find_stranger(debian, host, sha256);
	if (!stranger)
		return;
	want->warning = want->note = arena_printf(&debian->sources.arena,
	    "no program trusts it yet, but " DEBIAN_CERTS
	    "/%s holds it, and the next run of the distribution's own tool gives that file a hash "
	    "link: remove it",
	    text_escape_string(stranger).text);
}

bool debian_express(struct debian *debian, struct host *host, struct item *want, struct err *err)
{
	bool distrust = item_store(want) == STORE_DISALLOWED;
	uint8_t sha256[SHA256_SIZE];

	if (distrust != (want->presence == ITEM_PRESENT))
		return true;
	if (!debian_know(debian, host, want, sha256, err))
		return false;
	withhold(debian, sha256);
	if (distrust)
		express_distrust(debian, host, want, sha256);
	return true;
}
