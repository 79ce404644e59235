/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looking at a trust list costs over its limit, inside one process and in turn: unpacking its
 * cabinet, parsing every entry and checking the signature, against OpenSSL's d2i_PKCS7 and
 * PKCS7_verify alone of the list that was unpacked already.
 *
 *     ctllimit RUNS CABINET     prints JSON: medians in microseconds and the median ratio
 *     ctllimit 0 LIST           decodes and verifies once, by OpenSSL alone: the yardstick of a
 * process
 */
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "formats/ctl_signature.h"
#include "timing.h"

enum { MAX_RUNS = 2000 };

struct samples {
	double ours[MAX_RUNS], limit[MAX_RUNS], ratio[MAX_RUNS];
};

static PKCS7 *decode(struct span list)
{
	const unsigned char *at = list.data;

	return d2i_PKCS7(NULL, &at, (long)list.size);
}

/* The content without its header, as it was signed (formats.md h.3). */
static bool verify(PKCS7 *p7)
{
	const ASN1_STRING *sequence = p7->d.sign->contents->d.other->value.sequence;
	const unsigned char *at = ASN1_STRING_get0_data(sequence);
	long length = 0, size = ASN1_STRING_length(sequence);
	int tag, class;
	BIO *bio;
	bool good;

	if (ASN1_get_object(&at, &length, &tag, &class, size) & 0x80)
		return false;
	bio = BIO_new_mem_buf(at, (int)length);
	good = PKCS7_verify(p7, NULL, NULL, bio, NULL, PKCS7_NOVERIFY | PKCS7_BINARY) == 1;
	BIO_free_all(bio);
	return good;
}

static bool look(struct span file, struct bytes *list)
{
	struct ctl_signature signature;
	AUTO(ctl) ctl = {0};
	struct err err = {0};

	bytes_release(list);
	if (!ctl_unpack(file, list, &err) || !ctl_parse(bytes_span(list), &ctl, &err))
		return false;
	ctl_check_signature(&ctl, &signature);
	return signature.signature == CTL_SIGNATURE_GOOD && ctl.entry_count > 0;
}

static bool measure(struct span file, size_t runs, struct samples *samples)
{
	AUTO(bytes) list = {0};
	bool ok = true;

	for (size_t i = 0; ok && i < runs; i++) {
		double started = now_us(), looked, verified;
		PKCS7 *p7;

		ok = look(file, &list);
		looked = now_us();
		p7 = decode(bytes_span(&list));
		ok = ok && p7 && verify(p7);
		verified = now_us();
		PKCS7_free(p7);
		samples->ours[i] = looked - started;
		samples->limit[i] = verified - looked;
		samples->ratio[i] = samples->ours[i] / samples->limit[i];
	}
	return ok;
}

int main(int argc, char **argv)
{
	static struct samples samples;
	AUTO(root) none = root_none();
	AUTO(bytes) file = {0};
	struct err err = {0};
	size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : MAX_RUNS + 1;

	if (argc != 3 || runs > MAX_RUNS) {
		fprintf(stderr, "usage: ctllimit RUNS FILE\n");
		return 3;
	}
	if (!file_read(&none, argv[2], CTL_MAX_BYTES, &file, &err)) {
		fprintf(stderr, "ctllimit: %s\n", err.text);
		return 1;
	}
	if (runs == 0) {
		PKCS7 *p7 = decode(bytes_span(&file));
		bool good = p7 && verify(p7);

		PKCS7_free(p7);
		return !good;
	}
	if (!measure(bytes_span(&file), runs, &samples)) {
		fprintf(stderr, "ctllimit: %s: is not a cabinet of a signed list\n", argv[2]);
		return 1;
	}
	printf("{\"ours_us\": %.1f, \"limit_us\": %.1f, \"ratio\": %.4f}\n",
	    median(samples.ours, runs), median(samples.limit, runs), median(samples.ratio, runs));
	return 0;
}
