/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which layout a system has, and the one without a trust store.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>

#include "formats/pem.h"
#include "host/linux/layout.h"
#include "made_certificate.h"
#include "model/cert.h"
#include "trust_system.h"

static const char *name_of(struct trust_system *system)
{
	struct root root;
	struct err err = {0};
	const char *name;

	cr_assert(root_open(system->path, &root, &err), "%s", err.text);
	name = layout_choose(&root)->name;
	root_release(&root);
	return name;
}

static void make_debian(struct trust_system *system)
{
	system_open(system);
	system_write(system, "etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
	system_write(system, "etc/ca-certificates.conf", "");
	system_write(system, "usr/sbin/update-ca-certificates", "");
	system_folder(system, "usr/share/ca-certificates");
}

Test(layouts, a_stray_folder_does_not_make_debian_fedora)
{
	AUTO(trust_system) system = {0};

	make_debian(&system);
	system_folder(&system, "etc/pki/ca-trust/source/anchors");
	system_folder(&system, "etc/pki/trust/anchors");
	cr_assert_str_eq(name_of(&system), "debian");
	/* also where os-release does not say so */
	system_write(&system, "etc/os-release", "ID=homemade\n");
	cr_assert_str_eq(name_of(&system), "debian");
}

Test(layouts, a_stray_folder_makes_nothing_of_a_debian_without_ca_certificates)
{
	AUTO(trust_system) system = {0};

	system_open(&system);
	system_write(&system, "etc/os-release", "ID=debian\n");
	system_folder(&system, "etc/pki/ca-trust/source/anchors");
	cr_assert_str_eq(name_of(&system), "none");
	/* its tool does */
	system_write(&system, "usr/bin/update-ca-trust", "");
	cr_assert_str_eq(name_of(&system), "p11-kit");
}

Test(layouts, what_a_distribution_is_like_counts)
{
	static const struct {
		const char *release, *folder, *name;
	} systems[] = {
	    {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "etc/pki/ca-trust/source",
	        "p11-kit"},
	    {"ID=fedora\n", "usr/share/pki/ca-trust-source/anchors", "p11-kit"},
	    {"ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", "usr/share/pki/trust",
	        "p11-kit-suse"},
	    {"ID=manjaro\nID_LIKE=arch\n", "etc/ca-certificates/trust-source", "p11-kit-arch"},
	    {"ID=void\n", "etc/pki/trust", "p11-kit-suse"},
	};

	for (size_t i = 0; i < COUNT(systems); i++) {
		AUTO(trust_system) system = {0};

		system_open(&system);
		system_write(&system, "etc/os-release", systems[i].release);
		system_folder(&system, systems[i].folder);
		cr_assert_str_eq(name_of(&system), systems[i].name, "%s", systems[i].release);
	}
}

Test(layouts, a_stray_folder_is_told_when_it_holds_something)
{
	AUTO(trust_system) system = {0};
	const struct trust_layout *stray;
	struct err err = {0};
	struct root root;

	make_debian(&system);
	system_folder(&system, "etc/pki/ca-trust/source/anchors");
	cr_assert(root_open(system.path, &root, &err), "%s", err.text);
	cr_assert_null(layout_next_stray(&root, &debian_layout, NULL));
	system_certificate(&system, "etc/pki/ca-trust/source/anchors/corp.crt", 1);
	system_certificate(&system, "usr/local/share/ca-certificates/corp.crt", 1);
	stray = layout_next_stray(&root, &debian_layout, NULL);
	cr_assert_eq(stray, &fedora_layout);
	cr_assert_null(layout_next_stray(&root, &debian_layout, stray));
	root_release(&root);
}

Test(layouts, a_host_without_a_trust_store_says_why_it_holds_no_certificate)
{
	AUTO(trust_system) system = {0};

	system_open(&system);
	system_write(&system, "etc/os-release", "ID=debian\n");
	cr_assert_eq(system_want(&system, STORE_ROOT, 1)->asked.holding, HOLD_NOT_APPLICABLE);
	cr_assert(strstr(system_want(&system, STORE_ROOT, 1)->note, "package ca-certificates"));
	cr_assert_eq(system_want(&system, STORE_DISALLOWED, 1)->asked.holding, HOLD_ALREADY);
	system_observe(&system);
	cr_assert_eq(system.have.count, 0);
}

Test(layouts, a_bundle_file_alone_is_shown_and_left)
{
	AUTO(trust_system) system = {0};

	system_open(&system);
	system_write(&system, "etc/os-release", "ID=alpine\n");
	system_certificate(&system, "etc/ssl/certs/ca-certificates.crt", 1);
	system_observe(&system);
	cr_assert_eq(system.have.count, 1);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
	cr_assert(system_item(&system, STORE_ROOT, 1)->seen.unattributed);
	cr_assert_eq(system_want(&system, STORE_ROOT, 1)->asked.holding, HOLD_YES);
	cr_assert_eq(system_want(&system, STORE_ROOT, 2)->asked.holding, HOLD_NOT_APPLICABLE);
	cr_assert(strstr(
	    system_want(&system, STORE_ROOT, 2)->note, "/etc/ssl/certs/ca-certificates.crt"));
	/* distrust cannot be brought about, and is not called so */
	cr_assert_eq(system_want(&system, STORE_DISALLOWED, 1)->asked.holding, HOLD_CONFLICT);
	cr_assert(strstr(system_want(&system, STORE_DISALLOWED, 1)->note, "that file trusts it"));
	cr_assert_eq(system_want(&system, STORE_DISALLOWED, 2)->asked.holding, HOLD_ALREADY);
}

/* The path of a hash link to the certificate. */
static void make_link_name(unsigned serial, const char *number, char out[64])
{
	snprintf(out, 64, "etc/ssl/certs/%08x.%s", system_hash(serial), number);
}

static void expect_trusted_by(const char *number)
{
	AUTO(trust_system) system = {0};
	char path[64];

	system_open(&system);
	system_write(&system, "etc/os-release", "ID=alpine\n");
	make_link_name(1, number, path);
	system_certificate(&system, path, 1);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PARTIAL);
	cr_assert_eq(system_want(&system, STORE_DISALLOWED, 1)->asked.holding, HOLD_CONFLICT);
	cr_assert(strstr(system_want(&system, STORE_DISALLOWED, 1)->note, path));
	cr_assert_eq(system_want(&system, STORE_DISALLOWED, 2)->asked.holding, HOLD_ALREADY);
}

Test(layouts, a_folder_of_hash_links_counts_without_a_trust_store_too)
{
	expect_trusted_by("0");
}

/* OpenSSL's default paths find it, and its search by number does not. */
Test(layouts, a_hash_link_behind_a_gap_counts_too)
{
	expect_trusted_by("7");
	expect_trusted_by("007");
}

/* A file by the name of the second's hash that holds both. */
static void write_beside(struct trust_system *system, const char *number, char path[64])
{
	AUTO(bytes) pem = {0};

	make_link_name(2, number, path);
	system_pem(2, &pem);
	system_pem(1, &pem);
	system_write_bytes(system, path, &pem);
}

/* OpenSSL takes every certificate of a file that it has come to, whatever name it was looking for.
 */
Test(layouts, what_a_file_of_another_hash_holds_is_trusted)
{
	static const char *const numbers[] = {"0", "7"};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		AUTO(trust_system) system = {0};
		char path[64];

		system_open(&system);
		system_write(&system, "etc/os-release", "ID=alpine\n");
		write_beside(&system, numbers[i], path);
		system_observe(&system);
		cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PARTIAL);
		cr_assert_eq(
		    system_want(&system, STORE_DISALLOWED, 1)->asked.holding, HOLD_CONFLICT);
		cr_assert(strstr(system_want(&system, STORE_DISALLOWED, 1)->note, path));
	}
}

Test(layouts, debian_distrusts_nothing_that_a_file_of_another_hash_holds)
{
	static const char *const numbers[] = {"0", "7"};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		AUTO(trust_system) system = {0};
		struct err err = {0};
		char path[64];

		make_debian(&system);
		write_beside(&system, numbers[i], path);
		system_observe(&system);
		cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PARTIAL);
		cr_assert_eq(system_want(&system, STORE_DISALLOWED, 1)->asked.holding, HOLD_YES);
		cr_assert_not(system_try(&system, STORE_DISALLOWED, 1, &err));
		cr_assert(strstr(err.text, path), "%s", err.text);
		/* where it is wanted, that is not enough */
		system_put(&system, STORE_ROOT, 1);
		system_observe(&system);
		cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
		cr_assert(strstr(system_item(&system, STORE_ROOT, 1)->seen.location,
		    "ca-certificates/trust-deployer-"));
	}
}

/* Of serial 1, in a block called CERTIFICATE, with trust settings that reject it for TLS servers.
 */
static void write_rejected(struct trust_system *system, const char *path)
{
	static const uint8_t settings[] = {
	    0x30, 0x0c, 0xa0, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
	AUTO(bytes) pem = {0};
	AUTO(bytes) der = {0};
	struct err err = {0};
	struct span rest;
	bool trusted;

	system_pem(1, &pem);
	rest = bytes_span(&pem);
	cr_assert(pem_next_certificate(&rest, &der, &trusted, &err));
	bytes_add(&der, settings, sizeof(settings));
	pem.size = 0;
	pem_write_certificate(bytes_span(&der), &pem);
	system_write_bytes(system, path, &pem);
}

/* X509_LOOKUP_hash_dir and the loader of files read them so; the bundle's reader does not. */
Test(layouts, trust_settings_behind_a_certificate_of_any_label_count_in_a_folder)
{
	static const char *const numbers[] = {"0", "7"};
	char path[64];

	for (size_t i = 0; i < COUNT(numbers); i++) {
		AUTO(trust_system) system = {0};

		system_open(&system);
		system_write(&system, "etc/os-release", "ID=alpine\n");
		make_link_name(1, numbers[i], path);
		write_rejected(&system, path);
		system_observe(&system);
		cr_assert_null(system_item(&system, STORE_ROOT, 1));
	}
}

Test(layouts, debian_has_a_conflict_with_trust_settings_of_any_label)
{
	static const char *const places[] = {NULL, "usr/local/share/ca-certificates/theirs.crt"};

	for (size_t i = 0; i < COUNT(places); i++) {
		AUTO(trust_system) system = {0};
		struct err err = {0};
		char path[64];

		make_debian(&system);
		make_link_name(1, "0", path);
		write_rejected(&system, places[i] ? places[i] : path);
		system_observe(&system);
		cr_assert_not(system_try(&system, STORE_ROOT, 1, &err));
		cr_assert(strstr(err.text, places[i] ? places[i] : path), "%s", err.text);
		cr_assert(strstr(err.text, "OpenSSL's trust settings"), "%s", err.text);
	}
}

/* Another of the name of serial 1. */
static void write_namesake(struct trust_system *system, const char *path)
{
	AUTO(bytes) pem = {0};
	AUTO(bytes) der = {0};

	made_certificate(&der, &(struct made){.name = "Made 1", .serial = 99, .ca = true});
	pem_write_certificate(bytes_span(&der), &pem);
	system_write_bytes(system, path, &pem);
}

/* OpenSSL's default paths ask the folder for a name of which the bundle has none. */
Test(layouts, debian_refuses_a_root_that_hides_one_of_the_folder)
{
	static const char *const numbers[] = {"0", "7"};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		AUTO(trust_system) system = {0};
		struct err err = {0};
		char path[64];

		make_debian(&system);
		make_link_name(1, numbers[i], path);
		write_namesake(&system, path);
		system_observe(&system);
		cr_assert_not(system_try(&system, STORE_ROOT, 1, &err));
		cr_assert(strstr(err.text, path), "%s", err.text);
		cr_assert(strstr(err.text, "holds another of the same name"), "%s", err.text);
		/* a source that nobody has made into the bundle yet waits too */
		system_certificate(&system, "usr/local/share/ca-certificates/theirs.crt", 1);
		system_put(&system, STORE_ROOT, 3);
		system_observe(&system);
		cr_assert_eq(system_item(&system, STORE_ROOT, 3)->presence, ITEM_PRESENT);
		cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PENDING);
		cr_assert(strstr(system_item(&system, STORE_ROOT, 1)->note, path));
	}
}

Test(layouts, debian_takes_a_root_whose_namesake_has_a_source)
{
	AUTO(trust_system) system = {0};
	char path[64];

	make_debian(&system);
	make_link_name(1, "0", path);
	write_namesake(&system, path);
	write_namesake(&system, "usr/local/share/ca-certificates/theirs.crt");
	system_put(&system, STORE_ROOT, 1);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
}

/* A file of two blocks, of which OpenSSL reads at most the first, and a link to it. */
static void link_damaged(
    struct trust_system *system, const char *path, struct span first, const char *second)
{
	AUTO(text) content = {0};
	char link[256];

	text_addf(&content, "%.*s%s", (int)first.size, (const char *)first.data, second);
	system_write(system, "etc/ssl/certs/x.pem", text_string(&content));
	snprintf(link, sizeof(link), "%s/%s", system->path, path);
	cr_assert_eq(symlink("x.pem", link), 0);
}

#define DAMAGED "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

/* OpenSSL looks at no link behind one whose file it cannot read to its end. */
Test(layouts, debian_puts_a_link_that_openssl_cannot_read_behind_ours)
{
	AUTO(trust_system) system = {0};
	AUTO(trust_system) other = {0};
	AUTO(bytes) namesake = {0};
	AUTO(bytes) der = {0};
	AUTO(bytes) pem = {0};
	char path[64];

	/* what stands behind the damage counts for nobody */
	make_debian(&system);
	make_link_name(1, "7", path);
	system_pem(1, &pem);
	bytes_add(&pem, "", 1);
	link_damaged(&system, path, span_text(DAMAGED), (const char *)pem.data);
	system_put(&system, STORE_ROOT, 1);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
	/* what stands in front of it does, and hides ours from its number on */
	make_debian(&other);
	make_link_name(1, "0", path);
	made_certificate(&der, &(struct made){.name = "Made 1", .serial = 99, .ca = true});
	pem_write_certificate(bytes_span(&der), &namesake);
	link_damaged(&other, path, bytes_span(&namesake), DAMAGED);
	write_namesake(&other, "usr/local/share/ca-certificates/theirs.crt");
	system_put(&other, STORE_ROOT, 1);
	system_observe(&other);
	cr_assert_eq(system_item(&other, STORE_ROOT, 1)->presence, ITEM_PRESENT);
}
