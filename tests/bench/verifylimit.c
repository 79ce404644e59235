/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verifying a bundle costs over its limit, inside one process and in turn:
 * bundle_open() against SHA-256 of the same cabinet plus one raw check of a
 * signature by each signer's key, with the keys already decoded.
 *
 *     verifylimit RUNS BUNDLE KEYRING KEY...
 *
 * KEY are the private keys of the signers: with them the raw signatures are made. Prints
 * JSON: medians in microseconds, the median ratio, and the median of reading every member too.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "bundle/bundle.h"
#include "timing.h"

enum { MAX_RUNS = 2000, MAX_KEYS = 8, SIGNED_SIZE = 150 };

struct raw {
	EVP_PKEY *key;
	unsigned char text[SIGNED_SIZE], signature[1024];
	size_t size;
};

struct samples {
	double open[MAX_RUNS], limit[MAX_RUNS], ratio[MAX_RUNS], members[MAX_RUNS];
};

/* Signs a text of the size that signed attributes have. */
static bool make_raw(const char *path, struct raw *out)
{
	FILE *file = fopen(path, "r");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok;

	out->key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
	out->size = sizeof(out->signature);
	ok = out->key && context &&
	     EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, out->key) == 1 &&
	     EVP_DigestSign(context, out->signature, &out->size, out->text, SIGNED_SIZE) == 1;
	EVP_MD_CTX_free(context);
	if (file)
		fclose(file);
	return ok;
}

static bool check_raw(const struct raw *raw)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = context &&
	          EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, raw->key) == 1 &&
	          EVP_DigestVerify(context, raw->signature, raw->size, raw->text, SIGNED_SIZE) == 1;

	EVP_MD_CTX_free(context);
	return ok;
}

static bool limit(struct span cabinet, const struct raw *raws, size_t count, EVP_MD *md)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size;

	if (!EVP_Digest(cabinet.data, cabinet.size, digest, &size, md, NULL))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!check_raw(&raws[i]))
			return false;
	}
	return true;
}

static bool one_run(const char *path, struct keyring *keyring, const struct raw *raws,
    size_t raw_count, EVP_MD *md, struct samples *samples, size_t i, struct err *err)
{
	AUTO(bytes) file = {0};
	struct bundle bundle = {0};
	struct root root = root_none();
	double started, opened, checked, read;
	bool ok;

	if (!file_read(&root, path, BUNDLE_MAX_BYTES, &file, err))
		return false;
	started = now_us();
	if (!bundle_open(path, &file, keyring, clock_now(), &bundle, err))
		return false;
	opened = now_us();
	ok = limit(bundle.cabinet, raws, raw_count, md) ||
	     err_set(err, ERR_IO, "the yardstick failed");
	checked = now_us();
	ok = ok && bundle_read_all(&bundle, err);
	read = now_us();
	bundle_release(&bundle);
	samples->open[i] = opened - started;
	samples->limit[i] = checked - opened;
	samples->ratio[i] = samples->open[i] / samples->limit[i];
	samples->members[i] = read - checked;
	return ok;
}

static bool measure(int argc, char **argv, struct samples *samples, size_t runs, struct err *err)
{
	static struct raw raws[MAX_KEYS];
	AUTO(bytes) text = {0};
	struct keyring keyring = {0};
	struct root root = root_none();
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	size_t count = (size_t)argc - 4;
	bool ok = count <= MAX_KEYS && file_read(&root, argv[3], 1 << 20, &text, err) &&
	          keyring_parse(bytes_span(&text), argv[3], &keyring, err);

	for (size_t i = 0; ok && i < count; i++)
		ok = make_raw(argv[4 + i], &raws[i]) || err_set(err, ERR_IO, "%s", argv[4 + i]);
	for (size_t i = 0; ok && i < runs; i++)
		ok = one_run(argv[2], &keyring, raws, count, md, samples, i, err);
	keyring_release(&keyring);
	EVP_MD_free(md);
	return ok;
}

int main(int argc, char **argv)
{
	static struct samples samples;
	struct err err = {0};
	size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (argc < 5 || runs < 1 || runs > MAX_RUNS) {
		fprintf(stderr, "usage: verifylimit RUNS BUNDLE KEYRING KEY...\n");
		return 3;
	}
	if (!measure(argc, argv, &samples, runs, &err)) {
		fprintf(stderr, "verifylimit: %s\n", err.text);
		return 1;
	}
	printf("{\"open_us\": %.1f, \"limit_us\": %.1f, \"ratio\": %.4f, \"members_us\": %.1f}\n",
	    median(samples.open, runs), median(samples.limit, runs), median(samples.ratio, runs),
	    median(samples.members, runs));
	return 0;
}
