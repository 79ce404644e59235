/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layouts of p11-kit without its tool; with it, in tests/scenario/p11kit.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>

#include "formats/pem.h"
#include "made_certificate.h"
#include "model/cert.h"
#include "trust_system.h"

#define SOURCE  "etc/pki/ca-trust/source"
#define SHIPPED "usr/share/pki/ca-trust-source"
#define BUNDLE  "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"

static void make_fedora(struct trust_system *system)
{
	system_open(system);
	system_folder(system, SOURCE "/anchors");
	system_folder(system, SOURCE "/blocklist");
}

Test(p11kit, tells_sources_from_what_is_in_force)
{
	AUTO(trust_system) system = {0};

	make_fedora(&system);
	system_certificate(&system, SOURCE "/anchors/a.pem", 1);
	system_certificate(&system, SOURCE "/anchors/b.pem", 2);
	system_certificate(&system, SOURCE "/blocklist/c.crt", 3);
	system_write(&system, SOURCE "/README", "read me\n");
	system_certificate(&system, BUNDLE, 2);
	system_observe(&system);
	cr_assert_eq(system.have.count, 3);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PENDING);
	cr_assert_eq(system_item(&system, STORE_ROOT, 2)->presence, ITEM_PRESENT);
	cr_assert_eq(system_item(&system, STORE_DISALLOWED, 3)->presence, ITEM_PRESENT);
}

Test(p11kit, reads_the_persist_format)
{
	AUTO(trust_system) system = {0};
	AUTO(bytes) text = {0};
	static const char *const section[] = {
	    "# a comment\n[p11-kit-object-v1]\nclass: certificate\ntrusted: true\n",
	    "[p11-kit-object-v1]\nx-distrusted: true\n",
	    "[p11-kit-object-v1]\ntrusted: false\n",
	};

	make_fedora(&system);
	for (unsigned i = 0; i < COUNT(section); i++) {
		bytes_add(&text, section[i], strlen(section[i]));
		system_pem(i + 1, &text);
		bytes_add(&text, "\n", 1);
	}
	system_write(&system, "usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit",
	    (const char *)text.data);
	system_certificate(&system, BUNDLE, 1);
	system_observe(&system);
	cr_assert_eq(system.have.count, 2);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
	cr_assert(system_item(&system, STORE_ROOT, 1)->seen.system);
	cr_assert_eq(system_item(&system, STORE_DISALLOWED, 2)->presence, ITEM_PRESENT);
}

Test(p11kit, distrust_is_stronger)
{
	AUTO(trust_system) system = {0};
	struct err err = {0};

	make_fedora(&system);
	system_certificate(&system, SOURCE "/anchors/a.pem", 1);
	system_certificate(&system, SOURCE "/blocklist/a.pem", 1);
	system_observe(&system);
	cr_assert_null(system_item(&system, STORE_ROOT, 1));
	cr_assert_not(system_try(&system, STORE_ROOT, 1, &err));
	cr_assert(strstr(err.text, "blocklist/a.pem distrusts it"), "%s", err.text);
}

Test(p11kit, writes_sources_of_its_own)
{
	AUTO(trust_system) system = {0};

	make_fedora(&system);
	system_put(&system, STORE_ROOT, 1);
	system_put(&system, STORE_DISALLOWED, 2);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PENDING);
	cr_assert(
	    strstr(system_item(&system, STORE_ROOT, 1)->seen.location, "/anchors/trust-deployer-"));
	cr_assert(strstr(system_item(&system, STORE_DISALLOWED, 2)->seen.location,
	    "/blocklist/trust-deployer-"));
	cr_assert(strstr(text_string(&system.notes), "rebuild pending: run"), "%s",
	    text_string(&system.notes));
	system_drop(&system, STORE_DISALLOWED, 2);
	system_drop(&system, STORE_ROOT, 1);
	system_observe(&system);
	cr_assert_eq(system.have.count, 0);
}

Test(p11kit, distrusts_by_both_names_of_the_blocklist_where_the_older_is_there)
{
	AUTO(trust_system) system = {0};
	unsigned old = 0, new = 0;

	system_open(&system);
	system_folder(&system, "etc/pki/trust/anchors");
	system_folder(&system, "etc/pki/trust/blacklist");
	system_put(&system, STORE_DISALLOWED, 1);
	system_observe(&system);
	for (size_t i = 0; i < system.have.count; i++) {
		old += strstr(system.have.list[i].seen.location, "/blacklist/") != NULL;
		new += strstr(system.have.list[i].seen.location, "/blocklist/") != NULL;
	}
	cr_assert_eq(old, 1);
	cr_assert_eq(new, 1);
	system_drop(&system, STORE_DISALLOWED, 1);
	system_observe(&system);
	cr_assert_eq(system.have.count, 0);
}

Test(p11kit, drops_what_is_not_ours_together_with_what_is)
{
	AUTO(trust_system) system = {0};

	make_fedora(&system);
	system_put(&system, STORE_ROOT, 1);
	system_certificate(&system, SOURCE "/anchors/corp.pem", 1);
	system_certificate(&system, SHIPPED "/anchors/shipped.pem", 1);
	system_drop(&system, STORE_ROOT, 1);
	system_observe(&system);
	cr_assert_null(system_item(&system, STORE_ROOT, 1));
	cr_assert(system_item(&system, STORE_DISALLOWED, 1));
	cr_assert_eq(system.have.count, 1);
}

Test(p11kit, shows_what_is_shipped_while_there_is_no_bundle)
{
	AUTO(trust_system) system = {0};

	make_fedora(&system);
	system_certificate(&system, SHIPPED "/anchors/a.pem", 1);
	system_certificate(&system, SHIPPED "/anchors/b.pem", 2);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PENDING);
	cr_assert(system_item(&system, STORE_ROOT, 1)->seen.system);
	/* when one of them is there, the other one waits still: nothing limits it */
	system_certificate(&system, BUNDLE, 1);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
	cr_assert_eq(system_item(&system, STORE_ROOT, 2)->presence, ITEM_PENDING);
	/* where a file distrusts what it does not show, the bundle alone tells */
	system_write(&system, SHIPPED "/more.p11-kit", "[p11-kit-object-v1]\nx-distrusted: true\n");
	system_observe(&system);
	cr_assert_null(system_item(&system, STORE_ROOT, 2));
}

static void link_by_hash(struct trust_system *system, const char *folder, unsigned serial,
    uint32_t hash, unsigned number)
{
	char path[256], file[32];

	snprintf(file, sizeof(file), "by-hand-%u.pem", serial);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	system_certificate(system, path, serial);
	snprintf(path, sizeof(path), "%s/%s/%08x.%u", system->path, folder, hash, number);
	cr_assert_eq(symlink(file, path), 0);
}

Test(p11kit, sees_what_a_folder_of_hash_links_alone_trusts)
{
	static const char made[] = "etc/pki/ca-trust/extracted/pem/directory-hash";
	AUTO(trust_system) system = {0};

	make_fedora(&system);
	system_certificate(&system, SOURCE "/blocklist/c.crt", 3);
	link_by_hash(&system, made, 1, system_hash(1), 0);
	link_by_hash(&system, "etc/ssl/certs", 2, system_hash(2), 0);
	link_by_hash(&system, made, 3, system_hash(3), 0);
	/* behind a gap the default paths find it; by another's hash OpenSSL does when it looks for
	 * that, and whoever has the key can issue a certificate of such a name */
	link_by_hash(&system, made, 4, system_hash(4), 1);
	link_by_hash(&system, made, 5, system_hash(5) ^ 1, 0);
	system_observe(&system);
	/* the tool takes it out when it runs; of another folder it takes nothing */
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_STALE);
	cr_assert(strstr(system_item(&system, STORE_ROOT, 1)->seen.limits, made));
	cr_assert_eq(system_item(&system, STORE_ROOT, 2)->presence, ITEM_PARTIAL);
	cr_assert_str_eq(
	    system_item(&system, STORE_ROOT, 2)->seen.location, "/etc/ssl/certs/by-hand-2.pem");
	cr_assert_eq(system_item(&system, STORE_DISALLOWED, 3)->presence, ITEM_PENDING);
	cr_assert(system_item(&system, STORE_ROOT, 3)->seen.deselected);
	cr_assert_eq(system_item(&system, STORE_ROOT, 4)->presence, ITEM_STALE);
	cr_assert(
	    strstr(system_item(&system, STORE_ROOT, 4)->seen.limits, "OpenSSL's default paths"));
	cr_assert_eq(system_item(&system, STORE_ROOT, 5)->presence, ITEM_STALE);
	cr_assert(strstr(system_item(&system, STORE_ROOT, 5)->seen.limits, made));
}

Test(p11kit, reads_a_folder_once_whatever_leads_to_it)
{
	static const char made[] = "etc/pki/ca-trust/extracted/pem/directory-hash";
	AUTO(trust_system) system = {0};
	char path[256];

	make_fedora(&system);
	link_by_hash(&system, made, 1, system_hash(1), 0);
	system_folder(&system, "etc/ssl");
	snprintf(path, sizeof(path), "%s/etc/ssl/certs", system.path);
	cr_assert_eq(symlink("../pki/ca-trust/extracted/pem/directory-hash", path), 0);
	system_observe(&system);
	cr_assert_eq(system.have.count, 1);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_STALE);
}

Test(p11kit, refuses_a_distrust_that_a_file_of_somebodys_would_undo)
{
	AUTO(trust_system) system = {0};
	struct err err = {0};

	make_fedora(&system);
	link_by_hash(&system, "etc/ssl/certs", 1, system_hash(1), 0);
	system_observe(&system);
	cr_assert_not(system_try(&system, STORE_DISALLOWED, 1, &err));
	cr_assert(
	    strstr(err.text, "/etc/ssl/certs/by-hand-1.pem trusts it by the link"), "%s", err.text);
}

Test(p11kit, trusts_nothing_of_a_bundle_that_openssl_refuses)
{
	/* SEQUENCE { INTEGER 1 } */
	static const char odd[] =
	    "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
	AUTO(trust_system) system = {0};
	AUTO(bytes) bundle = {0};
	const struct item *item;
	size_t errors = 0;

	make_fedora(&system);
	system_certificate(&system, SOURCE "/anchors/a.pem", 1);
	system_write(&system, SOURCE "/anchors/odd.pem", odd);
	system_pem(1, &bundle);
	bytes_add(&bundle, odd, sizeof(odd));
	system_write(&system, BUNDLE, (const char *)bundle.data);
	system_observe(&system);
	item = system_item(&system, STORE_ROOT, 1);
	cr_assert_eq(item->presence, ITEM_PENDING);
	cr_assert(strstr(item->seen.limits, "OpenSSL refuses the whole of /" BUNDLE) &&
	              strstr(item->seen.limits, "/" SOURCE "/anchors/odd.pem"),
	    "%s", item->seen.limits);
	for (size_t i = 0; i < system.have.count; i++)
		errors += system.have.list[i].seen.severity == SEVERITY_ERROR &&
		          strstr(system.have.list[i].note, "/anchors/odd.pem: ");
	cr_assert_eq(errors, 1);
}

/* The tool did not run, or failed: what was distrusted by us is still in force. */
Test(p11kit, shows_what_is_blocked_and_still_in_the_bundle)
{
	AUTO(trust_system) system = {0};

	make_fedora(&system);
	system_certificate(&system, SHIPPED "/anchors/a.pem", 1);
	system_certificate(&system, BUNDLE, 1);
	system_drop(&system, STORE_ROOT, 1);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_STALE);
	cr_assert_eq(system_item(&system, STORE_DISALLOWED, 1)->presence, ITEM_PENDING);
}

/* The same when the only source was ours, and went with the distrust. */
Test(p11kit, shows_what_is_distrusted_without_a_source_and_still_in_the_bundle)
{
	AUTO(trust_system) system = {0};
	const struct item *root;

	make_fedora(&system);
	system_put(&system, STORE_ROOT, 1);
	system_certificate(&system, BUNDLE, 1);
	system_put(&system, STORE_DISALLOWED, 1);
	system_observe(&system);
	root = system_item(&system, STORE_ROOT, 1);
	cr_assert(root);
	cr_assert_eq(root->presence, ITEM_STALE);
	cr_assert(root->seen.deselected);
	cr_assert(
	    strstr(root->seen.location, "/blocklist/trust-deployer-"), "%s", root->seen.location);
	cr_assert_eq(system_item(&system, STORE_DISALLOWED, 1)->presence, ITEM_PENDING);
}
