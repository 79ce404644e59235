/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's layout in a scratch system. That the outputs are those of Debian's own
 * tool is shown by tests/scenario/debian-equality.
 */
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/pem.h"
#include "host/linux/layouts/debian.h"
#include "host/linux/layouts/loader.h"
#include "made_certificate.h"
#include "remove_tree.h"
#include "trust_system.h"

Test(debian, edits_the_configuration_and_nothing_else)
{
	static const char conf[] = "# comment a.crt\n\na.crt\n!b.crt\n a.crt \nab.crt";
	AUTO(bytes) out = {0};

	conf_edit(span_text(conf), "a.crt", false, false, &out);
	cr_assert_str_eq(
	    (const char *)out.data, "# comment a.crt\n\n!a.crt\n!b.crt\n! a.crt \nab.crt");
	out.size = 0;
	conf_edit(span_text(conf), "b.crt", false, true, &out);
	cr_assert_str_eq(
	    (const char *)out.data, "# comment a.crt\n\na.crt\nb.crt\n a.crt \nab.crt");
	out.size = 0;
	/* a last line without newline is seen by nobody: it stays so */
	conf_edit(span_text(conf), "ab.crt", false, false, &out);
	cr_assert_str_eq(
	    (const char *)out.data, "# comment a.crt\n\na.crt\n!b.crt\n a.crt \nab.crt");
	out.size = 0;
	conf_deselect(span_text(conf), "ab.crt", false, &out);
	cr_assert_str_eq(
	    (const char *)out.data, "# comment a.crt\n\na.crt\n!b.crt\n a.crt \n!ab.crt\nab.crt");
	out.size = 0;
	conf_deselect(span_text(conf), "a.crt", false, &out);
	cr_assert_str_eq(
	    (const char *)out.data, "# comment a.crt\n\n!a.crt\n!b.crt\n! a.crt \nab.crt");
}

Test(debian, names_links_as_the_tool_does)
{
	char name[LINK_NAME], hash[HASH_LINK_NAME];
	uint32_t value;
	unsigned number;

	debian_link_name(&debian_store, "/x/mozilla/A b (c), d.crt", name);
	cr_assert_str_eq(name, "A_b_=c=__d.pem");
	debian_link_name(&debian_store, "/x/.crt", name);
	cr_assert_str_eq(name, ".crt.pem");
	debian_link_name(&alpine_store, "/x/mozilla/A b (c), d.crt", name);
	cr_assert_str_eq(name, "ca-cert-A_b_=c=__d.pem");
	debian_link_name(&alpine_store, "/x/corp.pem", name);
	cr_assert_str_eq(name, "ca-cert-corp.pem.pem");
	debian_hash_link_name(0x00c0ffee, 0, hash);
	cr_assert_str_eq(hash, "00c0ffee.0");
	debian_hash_link_name(0x9f2c11aa, 123, hash);
	cr_assert(debian_is_hash_link(hash, &value, &number));
	cr_assert_eq(value, 0x9f2c11aa);
	cr_assert_eq(number, 123);
	cr_assert_not(debian_is_hash_link("9f2c11aa.r0", &value, &number));
	cr_assert_not(debian_is_hash_link("9F2C11AA.0", &value, &number));
	cr_assert_not(debian_is_hash_link("9f2c11aa.01", &value, &number));
	cr_assert_not(debian_is_hash_link("9f2c11a.0", &value, &number));
}

Test(debian, knows_what_the_loader_of_files_reads)
{
	static const struct {
		const char *name;
		bool read;
	} rows[] = {{"9f2c11aa.0", true}, {"9f2c11aa.7", true}, {"9f2c11aa.007", true},
	    {"9F2c11AA.0", true}, {"9f2c11aa.r0", true}, {"9f2c11aa.99999999999999999999", true},
	    {"9f2c11aa.R0", false}, {"9f2c11aa.0x", false}, {"9f2c11aa.", false},
	    {"9f2c11aa.r", false}, {"9f2c11aa", false}, {"9f2c11a.0", false}, {"", false},
	    {"9f2c11ag.0", false}, {"9f2c11aa.pem", false}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t hash = 0;

		cr_assert_eq(loader_reads(rows[i].name, &hash), rows[i].read, "%s", rows[i].name);
		cr_assert_eq(hash, rows[i].read ? 0x9f2c11aa : 0);
	}
}

static size_t count_loaded(const struct bytes *content)
{
	struct span rest = loader_begin(bytes_span(content));
	AUTO(bytes) der = {0};
	struct cert_seen seen;
	size_t count = 0;

	while (loader_next(&rest, &der, &seen))
		count++;
	return count;
}

/* In each case OpenSSL 3.0.19 was asked by X509_LOOKUP_store. */
Test(debian, reads_files_as_the_loader_does)
{
	AUTO(bytes) one = {0};
	AUTO(bytes) two = {0};
	AUTO(bytes) pem = {0};
	AUTO(bytes) content = {0};

	made_certificate(&one, &(struct made){.name = "One", .ca = true});
	made_certificate(&two, &(struct made){.name = "Two", .ca = true});
	pem_write_certificate(bytes_span(&two), &pem);
	cr_assert_eq(count_loaded(&content), 0);
	bytes_add(&content, one.data, one.size);
	cr_assert_eq(count_loaded(&content), 1, "DER");
	bytes_add(&content, pem.data, pem.size);
	cr_assert_eq(count_loaded(&content), 2, "PEM behind DER");
	bytes_add(&content, one.data, one.size);
	cr_assert_eq(count_loaded(&content), 3, "DER behind PEM");
	bytes_add(&content, "hello\n", 6);
	cr_assert_eq(count_loaded(&content), 3, "text behind it");
	content.size = 0;
	bytes_add(&content, "hello\n", 6);
	bytes_add(&content, one.data, one.size);
	cr_assert_eq(count_loaded(&content), 0, "DER behind text");
	content.size = 0;
	bytes_add(&content, "0 text\n", 7);
	bytes_add(&content, pem.data, pem.size);
	cr_assert_eq(count_loaded(&content), 1, "PEM behind text");
	content.size = 0;
	bytes_add(&content, one.data, one.size - 1);
	cr_assert_eq(count_loaded(&content), 0, "DER that is cut off");
}

/* A system with one shipped and selected, one shipped and deselected root. */
static void make_debian(struct trust_system *system)
{
	system_open(system);
	system_certificate(system, "usr/share/ca-certificates/x/one.crt", 1);
	system_certificate(system, "usr/share/ca-certificates/x/two.crt", 2);
	system_write(
	    system, "etc/ca-certificates.conf", "# kept\nx/one.crt\n!x/two.crt\nx/gone.crt\n");
	system_folder(system, "usr/local/share/ca-certificates");
}

Test(debian, sees_sources_that_are_not_in_force)
{
	AUTO(trust_system) system = {0};

	make_debian(&system);
	system_observe(&system);
	cr_assert_eq(system.have.count, 2, "%zu", system.have.count);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PENDING);
	cr_assert_eq(system_item(&system, STORE_DISALLOWED, 2)->presence, ITEM_PRESENT);
	system_rebuild(&system);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
	cr_assert(system_item(&system, STORE_ROOT, 1)->seen.system);
}

Test(debian, puts_and_drops_a_root)
{
	AUTO(trust_system) system = {0};

	make_debian(&system);
	system_put(&system, STORE_ROOT, 3);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 3)->presence, ITEM_PRESENT);
	cr_assert_not(system_item(&system, STORE_ROOT, 3)->seen.system);
	system_drop(&system, STORE_ROOT, 3);
	system_observe(&system);
	cr_assert_null(system_item(&system, STORE_ROOT, 3));
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
}

Test(debian, drops_what_is_not_ours_together_with_what_is)
{
	AUTO(trust_system) system = {0};

	make_debian(&system);
	system_put(&system, STORE_ROOT, 3);
	system_certificate(&system, "usr/local/share/ca-certificates/corp.crt", 3);
	system_rebuild(&system);
	system_drop(&system, STORE_ROOT, 3);
	system_observe(&system);
	cr_assert_null(system_item(&system, STORE_ROOT, 3));
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
}

Test(debian, selects_and_deselects_what_is_shipped)
{
	AUTO(trust_system) system = {0};

	make_debian(&system);
	system_put(&system, STORE_ROOT, 2);
	system_put(&system, STORE_DISALLOWED, 1);
	system_expect(
	    &system, "etc/ca-certificates.conf", "# kept\n!x/one.crt\nx/two.crt\nx/gone.crt\n");
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 2)->presence, ITEM_PRESENT);
	cr_assert_eq(system_item(&system, STORE_DISALLOWED, 1)->presence, ITEM_PRESENT);
	cr_assert_null(system_item(&system, STORE_ROOT, 1));
	system_drop(&system, STORE_DISALLOWED, 1);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
}

Test(debian, writes_no_configuration_that_it_could_not_read_again)
{
	AUTO(trust_system) system = {0};
	AUTO(text) conf = {0};
	struct err err = {0};

	make_debian(&system);
	text_addf(&conf, "#%0*d\nx/one.crt\n", LINUX_SOURCE_MAX - 12, 1);
	system_write(&system, "etc/ca-certificates.conf", text_string(&conf));
	system_observe(&system);
	cr_assert_not(system_try(&system, STORE_DISALLOWED, 1, &err));
	cr_expect(strstr(err.text, "would be larger than"), "%s", err.text);
}

Test(debian, cannot_distrust_what_the_administrator_trusts)
{
	AUTO(trust_system) system = {0};
	struct err err = {0};

	make_debian(&system);
	system_certificate(&system, "usr/local/share/ca-certificates/theirs.crt", 4);
	system_observe(&system);
	cr_assert_not(system_try(&system, STORE_DISALLOWED, 4, &err));
	cr_assert_eq(err.code, ERR_HOST);
	cr_assert(strstr(err.text, "theirs.crt trusts it"), "%s", err.text);
}

Test(debian, gives_a_longer_name_where_another_certificate_has_it)
{
	static const char folder[] = "usr/local/share/ca-certificates";
	AUTO(trust_system) system = {0};

	make_debian(&system);
	system_certificate(&system, system_own_path(&system, folder, 3), 4);
	system_put(&system, STORE_ROOT, 3);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 3)->presence, ITEM_PRESENT);
	cr_assert_eq(system_item(&system, STORE_ROOT, 4)->presence, ITEM_PRESENT);
	cr_assert_eq(strlen(system_item(&system, STORE_ROOT, 3)->seen.location),
	    strlen(system_item(&system, STORE_ROOT, 4)->seen.location) + 1);
}

Test(debian, has_nothing_to_do_to_distrust_what_nobody_trusts)
{
	AUTO(trust_system) system = {0};
	struct item *want;

	make_debian(&system);
	system_observe(&system);
	want = system_want(&system, STORE_DISALLOWED, 5);
	cr_assert_eq(want->asked.holding, HOLD_ALREADY);
	want = system_want(&system, STORE_DISALLOWED, 1);
	cr_assert_eq(want->asked.holding, HOLD_YES);
	cr_assert(want->asked.at_hand, "a line of the configuration needs no certificate");
	cr_assert_eq(
	    system_want(&system, STORE_INTERMEDIATE, 5)->asked.holding, HOLD_NOT_APPLICABLE);
}

Test(debian, shows_what_is_in_force_without_a_source)
{
	AUTO(trust_system) system = {0};

	make_debian(&system);
	system_put(&system, STORE_ROOT, 3);
	system_remove_own(&system, "usr/local/share/ca-certificates", 3);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 3)->presence, ITEM_STALE);
	/* a rebuild of ours keeps it: nobody asked for it to go */
	system_rebuild(&system);
	system_observe(&system);
	cr_assert_eq(system_item(&system, STORE_ROOT, 3)->presence, ITEM_STALE);
	system_drop(&system, STORE_ROOT, 3);
	system_observe(&system);
	cr_assert_null(system_item(&system, STORE_ROOT, 3));
}

/* The tool copies a source that OpenSSL reads nothing of. What is kept behind it is its own lines.
 */
Test(debian, keeps_what_stands_behind_a_block_that_nobody_reads)
{
	AUTO(trust_system) system = {0};
	AUTO(bytes) pem = {0};
	AUTO(bytes) indented = {0};

	make_debian(&system);
	system_pem(6, &pem);
	for (size_t i = 0; i < pem.size; i++) {
		bytes_add(&indented, "  ", i == 0 || pem.data[i - 1] == '\n' ? 2 : 0);
		bytes_add(&indented, &pem.data[i], 1);
	}
	system_write_bytes(&system, "usr/local/share/ca-certificates/indented.crt", &indented);
	system_put(&system, STORE_ROOT, 3);
	system_remove_own(&system, "usr/local/share/ca-certificates", 3);
	for (int i = 0; i < 2; i++) {
		system_rebuild(&system);
		system_observe(&system);
		cr_assert_eq(system_item(&system, STORE_ROOT, 3)->presence, ITEM_STALE);
		cr_assert_eq(system_item(&system, STORE_ROOT, 1)->presence, ITEM_PRESENT);
	}
}

Test(debian, tells_odd_files_and_goes_on)
{
	AUTO(trust_system) system = {0};
	size_t noted = 0;

	make_debian(&system);
	system_write(&system, "usr/local/share/ca-certificates/bad.crt", "garbage\n");
	system_write(&system, "usr/local/share/ca-certificates/cut.crt",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n");
	system_certificate(&system, "usr/local/share/ca-certificates/good.crt", 6);
	system_rebuild(&system);
	system_observe(&system);
	for (size_t i = 0; i < system.have.count; i++)
		noted += system.have.list[i].note != NULL;
	cr_assert_eq(noted, 2);
	cr_assert_eq(system_item(&system, STORE_ROOT, 6)->presence, ITEM_PRESENT);
}

/* The certificates that OpenSSL reads from a text, one after the other. */
static void read_by_openssl(struct span text, struct bytes *out)
{
	BIO *bio = BIO_new_mem_buf(text.data, (int)text.size);
	char *name, *header;
	unsigned char *data;
	long size;

	while (PEM_read_bio(bio, &name, &header, &data, &size) == 1) {
		bytes_add(out, data, strstr(name, "CERTIFICATE") ? (size_t)size : 0);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	ERR_clear_error();
	BIO_free(bio);
}

/* A source with a key in it, say, is not copied whole. */
Test(debian, copies_the_certificates_that_openssl_reads_of_a_source)
{
	static const char *const between[] = {"", "text\n",
	    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n", "  -----BEGIN CERTIFICATE-----\nc2VjcmV0\n",
	    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"};
	size_t compared = 0;

	for (size_t i = 0; i < 2 * COUNT(between); i++) {
		AUTO(bytes) one = {0};
		AUTO(bytes) other = {0};
		AUTO(bytes) file = {0};
		AUTO(bytes) copy = {0};
		AUTO(bytes) theirs = {0};
		AUTO(bytes) ours = {0};
		const char *text = between[i / 2];
		bool ended = i % 2;
		struct err err = {0};

		made_certificate(&one, &(struct made){.name = "One", .ca = true});
		made_certificate(&other, &(struct made){.name = "Other", .ca = true});
		pem_write_certificate(bytes_span(&one), &file);
		file.size -= ended ? 0 : strlen("-----END CERTIFICATE-----\n");
		bytes_add(&file, text, strlen(text));
		pem_write_certificate(bytes_span(&other), &file);
		/* else the tool is not to put it into the bundle at all */
		if (!pem_loads(bytes_span(&file), &err))
			continue;
		compared++;
		read_by_openssl(bytes_span(&file), &theirs);
		debian_add_certificates(bytes_span(&file), NULL, &copy);
		read_by_openssl(bytes_span(&copy), &ours);
		cr_expect(span_equal(bytes_span(&ours), bytes_span(&theirs)), "%zu", i);
		cr_expect_not(span_find(bytes_span(&copy), span_text("PRIVATE KEY")), "%zu", i);
	}
	cr_assert_geq(compared, 6);
}
