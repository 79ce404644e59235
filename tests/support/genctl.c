/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a trust list of a demonstration PKI that is made for it, and that PKI's root and
 * intermediate (DER).
 *
 *     genctl LIST ROOT INTERMEDIATE [without-intermediate]
 */
#include <stdio.h>
#include <stdlib.h>

#include "made_ctl.h"

static void put(const char *path, struct span content)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(content.data, 1, content.size, file) != content.size ||
	    fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) list = {0};

	if (argc < 4) {
		fprintf(stderr, "usage: genctl LIST ROOT INTERMEDIATE [without-intermediate]\n");
		return 3;
	}
	made_pki(&pki);
	made_ctl(&list, &pki,
	    &(struct made_ctl){.entries = 12, .nested = true, .without_pca = argc > 4});
	put(argv[1], bytes_span(&list));
	put(argv[2], bytes_span(&pki.root));
	put(argv[3], bytes_span(&pki.pca));
	return 0;
}
