/* SPDX-License-Identifier: Apache-2.0 */
/* Real files of Windows: what is read is written the same, and damage to one of each format does
 * no harm. */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "formats/cab.h"
#include "formats/ctl_effect.h"
#include "formats/ctl_signature.h"
#include "formats/pem.h"
#include "formats/windows/certblob.h"
#include "formats/windows/regpol.h"
#include "formats/windows/urlcache.h"
#include "formats/windows/winproxy.h"
#include "flips.h"
#include "real_data.h"

/* --- the same bytes again --- */

static void each_in(const char *folder, const char *prefix,
    void (*function)(const char *name, const struct bytes *file))
{
	AUTO(root) none = root_none();
	AUTO(folder) entries = {.fd = -1};
	AUTO(text) path = {0};
	struct err err = {0};
	size_t count = 0;

	text_addf(&path, "%s/%s", data_folder(), folder);
	cr_assert(folder_open(&none, text_string(&path), &entries, &err), "%s", err.text);
	for (size_t i = 0; i < entries.count; i++) {
		AUTO(bytes) file = {0};

		if (strncmp(entries.entries[i].name, prefix, strlen(prefix)) != 0)
			continue;
		cr_assert(folder_read(&entries, entries.entries[i].name, 16 << 20, &file, &err));
		function(entries.entries[i].name, &file);
		count++;
	}
	cr_assert_gt(count, 0, "nothing in %s", folder);
}

static void same_proxy(const char *name, const struct bytes *file)
{
	AUTO(bytes) again = {0};
	struct winproxy winproxy;
	struct err err = {0};

	cr_assert(winproxy_looks(bytes_span(file)), "%s", name);
	cr_assert(winproxy_parse(bytes_span(file), &winproxy, &err), "%s: %s", name, err.text);
	cr_assert_eq(winproxy.kind == WINPROXY_WINHTTP, name[0] == 'W', "%s", name);
	winproxy_write(&winproxy, &again);
	cr_assert(span_equal(bytes_span(file), bytes_span(&again)), "%s", name);
}

Test(windows_real, proxy_settings_are_written_as_they_were_read)
{
	each_in("registry/values", "WinHttpSettings", same_proxy);
	each_in("registry/values", "DefaultConnectionSettings", same_proxy);
	each_in("registry/values", "SavedLegacySettings", same_proxy);
}

static void same_store(const char *name, const struct bytes *file)
{
	AUTO(bytes) again = {0};
	struct reader reader;
	struct span object;
	struct err err = {0};

	cr_assert(sst_begin(bytes_span(file), &reader, &err), "%s: %s", name, err.text);
	sst_write_begin(&again);
	for (;;) {
		struct reader elements;

		cr_assert(sst_next(&reader, &object, &err), "%s: %s", name, err.text);
		if (object.size == 0)
			break;
		elements = reader_of(object);
		while (elements.rest.size > 0) {
			struct certblob_element element;

			cr_assert(certblob_next(&elements, &element, &err), "%s", err.text);
			certblob_add(&again, element.property, element.data);
		}
	}
	sst_write_end(&again);
	cr_assert(span_equal(bytes_span(file), bytes_span(&again)), "%s", name);
}

Test(windows_real, serialised_stores_are_written_as_they_were_read)
{
	each_in("sst", "", same_store);
}

static void same_pol(const char *name, const struct bytes *file)
{
	AUTO(regpol) regpol = {0};
	AUTO(bytes) again = {0};
	struct err err = {0};

	if (!strstr(name, ".pol"))
		return;
	cr_assert(regpol_parse(bytes_span(file), &regpol, &err), "%s: %s", name, err.text);
	regpol_write(&regpol, &again);
	cr_assert(span_equal(bytes_span(file), bytes_span(&again)), "%s", name);
}

Test(windows_real, registry_pol_is_written_as_it_was_read)
{
	each_in("pol", "n", same_pol);
	each_in("pol", "m", same_pol);
}

/* --- property 24 --- */

struct known {
	struct bytes der;
	struct cert cert;
};

static struct known known[1024];
static size_t known_count;

static void know(struct span der)
{
	struct known *one = &known[known_count];
	struct err err = {0};

	cr_assert_lt(known_count, COUNT(known));
	one->der = bytes_copy(der);
	if (cert_parse(bytes_span(&one->der), &one->cert, &err))
		known_count++;
	else
		bytes_release(&one->der);
}

static void know_file(const char *name, const struct bytes *file)
{
	struct span rest = bytes_span(file);
	AUTO(bytes) der = {0};
	struct err err = {0};
	bool trusted;

	(void)name;
	if (file->size > 0 && file->data[0] == 0x30)
		know(rest);
	else if (pem_next_certificate(&rest, &der, &trusted, &err) && der.size > 0)
		know(bytes_span(&der));
}

static void know_blob(const char *name, const struct bytes *file)
{
	struct span der;
	struct err err = {0};

	cr_assert(certblob_certificate(bytes_span(file), &der, &err), "%s: %s", name, err.text);
	know(der);
}

/* By OpenSSL alone. */
static void key_md5(struct span der, uint8_t out[EVP_MAX_MD_SIZE])
{
	const unsigned char *at = der.data;
	X509 *x = d2i_X509(NULL, &at, (long)der.size);

	cr_assert(x && X509_pubkey_digest(x, EVP_md5(), out, NULL));
	X509_free(x);
}

static size_t issuers_found, issuers_wanted;

static void check_issuer(const char *name, const struct bytes *file)
{
	struct reader reader = reader_of(bytes_span(file));
	struct certblob_element element;
	struct span wanted = {0}, der;
	uint8_t md5[EVP_MAX_MD_SIZE];
	struct err err = {0};
	struct cert cert;
	bool any = false, right = false;

	while (reader.rest.size > 0 && certblob_next(&reader, &element, &err))
		if (element.property == CERTBLOB_ISSUER_KEY_MD5)
			wanted = element.data;
	if (wanted.size == 0)
		return;
	issuers_wanted++;
	cr_assert(
	    certblob_certificate(bytes_span(file), &der, &err) && cert_parse(der, &cert, &err));
	for (size_t i = 0; i < known_count; i++) {
		if (!span_equal(known[i].cert.subject, cert.issuer))
			continue;
		any = true;
		key_md5(bytes_span(&known[i].der), md5);
		right |= span_equal(wanted, (struct span){md5, 16});
	}
	/* an authority may have had several keys under one name */
	cr_assert(right || !any, "%s: property 24 is the key of no issuer that is known", name);
	issuers_found += right;
}

Test(windows_real, property_24_is_the_key_of_the_issuer)
{
	each_in("certs/program-2025-06", "", know_file);
	each_in("certs/program-removed", "", know_file);
	each_in("certs/microsoft", "", know_file);
	each_in("certs/ctl-embedded", "", know_file);
	each_in("registry/values", "CertBlob_", know_blob);
	each_in("registry/values", "CertBlob_", check_issuer);
	cr_log_info("property 24: %zu of %zu issuers are at hand", issuers_found, issuers_wanted);
	cr_assert_geq(issuers_found, 5, "%zu of %zu", issuers_found, issuers_wanted);
	while (known_count > 0)
		bytes_release(&known[--known_count].der);
}

/* --- what lists mean --- */

static size_t disallowed_count, unlisted_count;
static struct ctl disallowed;

static void check_disallowed(struct span object)
{
	struct span der;
	struct cert cert;
	struct err err = {0};

	cr_assert(certblob_certificate(object, &der, &err), "%s", err.text);
	/* one of them is too odd for the strict reader */
	if (!cert_parse(der, &cert, &err))
		return;
	if (ctl_disallows(&disallowed, &cert))
		disallowed_count++;
	else
		unlisted_count++;
}

/* formats.md a.5: the list and the store that Windows makes of it. */
Test(windows_real, the_disallowed_list_names_the_certificates_of_its_store)
{
	AUTO(bytes) list = read_data("ctl/disallowed/20210316T072924Z.stl");
	AUTO(bytes) store = read_data("sst/disallowedcert_2021-01.sst");
	AUTO(bytes) root = read_data("certs/microsoft/MicrosoftRootCertificateAuthority_2010.crt");
	struct reader reader;
	struct span object = {0};
	struct err err = {0};
	struct cert cert;

	cr_assert(ctl_parse(bytes_span(&list), &disallowed, &err), "%s", err.text);
	cr_assert(sst_begin(bytes_span(&store), &reader, &err), "%s", err.text);
	while (sst_next(&reader, &object, &err) && object.size > 0)
		check_disallowed(object);
	cr_assert_eq(
	    unlisted_count, 0, "%zu of %zu", unlisted_count, unlisted_count + disallowed_count);
	cr_assert_geq(disallowed_count, 79);
	cr_assert(cert_parse(bytes_span(&root), &cert, &err), "%s", err.text);
	cr_assert_not(ctl_disallows(&disallowed, &cert));
	ctl_release(&disallowed);
}

/* As many as `openssl asn1parse` counts of attributes 104, 122 and 126. */
Test(windows_real, limits_of_the_program_roots)
{
	AUTO(bytes) file = read_data("ctl/authroot/20250616T175611Z_seen20250626.stl");
	size_t disabled = 0, usages = 0, never = 0, early = 0;
	AUTO(ctl) ctl = {0};
	struct err err = {0};

	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	for (size_t i = 0; i < ctl.entry_count; i++) {
		unsigned now = ctl_limits(&ctl.entries[i], 4102444800); /* 2100 */
		unsigned then = ctl_limits(&ctl.entries[i], 0);

		disabled += (now & CTL_LIMIT_DISABLED) != 0;
		usages += (now & CTL_LIMIT_USAGES) != 0;
		never += (now & CTL_LIMIT_NOT_BEFORE) != 0;
		early += (then & (CTL_LIMIT_DISABLED | CTL_LIMIT_NOT_BEFORE)) != 0;
	}
	cr_assert_eq(disabled, 170, "%zu", disabled);
	cr_assert_eq(usages, 27, "%zu", usages);
	cr_assert_eq(never, 273, "%zu", never);
	/* the empty dates alone hold whatever the time: two and six, some on the same roots */
	cr_assert(early >= 6 && early <= 8, "%zu", early);
}

/* --- damage to one real file of each format --- */

static bool try_ctl(struct span file, struct err *err)
{
	struct ctl_signature signature;
	AUTO(ctl) ctl = {0};

	if (!ctl_parse(file, &ctl, err))
		return false;
	ctl_check_signature(&ctl, &signature);
	return true;
}

static bool try_cabinet(struct span file, struct err *err)
{
	AUTO(bytes) list = {0};
	AUTO(ctl) ctl = {0};

	return ctl_unpack(file, &list, err) && ctl_parse(bytes_span(&list), &ctl, err);
}

static bool try_blob(struct span file, struct err *err)
{
	struct span der;
	struct cert cert;

	return certblob_certificate(file, &der, err) && cert_parse(der, &cert, err);
}

static bool try_proxy(struct span file, struct err *err)
{
	struct winproxy winproxy;

	return winproxy_parse(file, &winproxy, err);
}

static bool try_entry(struct span file, struct err *err)
{
	struct urlcache entry;

	return urlcache_parse(file, &entry, err);
}

static bool try_pol(struct span file, struct err *err)
{
	AUTO(regpol) regpol = {0};

	return regpol_parse(file, &regpol, err);
}

static const struct {
	const char *file;
	bool (*parse)(struct span file, struct err *err);
	bool
	    cut_may_do; /* a setting of WinINET ends in a tail of any length, a store in elements */
} damaged[] = {
    {"ctl/disallowed/20210316T072924Z.stl", try_ctl, false},
    {"ctl/disallowed/20210316T072924Z.cab", try_cabinet, false},
    {"registry/values/"
     "CertBlob_CA_27AC9369FAF25207BB2627CEFACCBE4EF9C319B8_regipy_NTUSER_BAGMRU.bin",
        try_blob, false},
    {"sst/rootsupd_2013-04_roots.sst", sst_loads, false},
    {"registry/values/DefaultConnectionSettings_plaso_NTUSER.bin", try_proxy, true},
    {"registry/values/WinHttpSettings_v28_proxy_proxyconf.bin", try_proxy, false},
    {"urlcache/user-2017-08/MetaData/77EC63BDA74BD0D0E0426DC8F8008506", try_entry, false},
    {"urlcache/xp-2015-06/MetaData/94308059B57B3142E455B38A6EB92015", try_entry, false},
    {"pol/moj0krr.pol", try_pol, true}, /* a cut between two records is a file */
};

Test(windows_real, every_cut_and_many_flips_of_one_file_per_format, .timeout = 300)
{
	uint64_t seed = 20110125;

	for (size_t i = 0; i < COUNT(damaged); i++) {
		AUTO(bytes) file = read_data(damaged[i].file);
		struct err err = {0};

		cr_assert(
		    damaged[i].parse(bytes_span(&file), &err), "%s: %s", damaged[i].file, err.text);
		for (size_t n = 0; n < file.size + FLIPS; n++) {
			size_t size = n < file.size ? n : file.size;
			uint8_t *exact = malloc(size + 1);
			bool good;

			memcpy(exact, file.data, size);
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			if (size == file.size)
				exact[(seed >> 33) % size] ^= (uint8_t)(1u << (seed >> 29 & 7));
			err = (struct err){0};
			good = damaged[i].parse((struct span){exact, size}, &err);
			cr_assert(size == file.size || !good || damaged[i].cut_may_do,
			    "%s cut to %zu bytes", damaged[i].file, size);
			cr_assert(good || err.code == ERR_FORMAT, "%s", damaged[i].file);
			free(exact);
		}
	}
}
