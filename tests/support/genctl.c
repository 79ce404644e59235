/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes trust lists of a demonstration PKI that is made for them, and that PKI's root and
 * intermediate (DER).
 *
 *     genctl LIST ROOT INTERMEDIATE [without-intermediate]
 *     genctl family FOLDER [embed-root]
 *
 * A family is what the founding incident was made of: root.crt, pca.crt, and lists of one PKI:
 * first.stl without the intermediate, second.stl the same one issued again with it, older.stl,
 * newer.stl, tampered.stl, and disallowed.stl.
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

static void put_in(const char *folder, const char *name, struct span content)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	put(path, content);
}

static int family(const char *folder, bool embed_root)
{
	static const struct {
		const char *name;
		struct made_ctl made;
	} lists[] = {
	    {"first.stl", {.this_update = "110125205412Z", .sequence = 5, .without_pca = true}},
	    {"second.stl", {.this_update = "110125205412Z", .sequence = 5}},
	    {"older.stl", {.this_update = "100927165108Z", .sequence = 4}},
	    {"newer.stl", {.this_update = "110218005058Z", .sequence = 6}},
	    {"disallowed.stl", {.this_update = "110218005058Z", .sequence = 2, .disallowed = true}},
	};
	AUTO(made_pki) pki = {0};

	made_pki(&pki);
	put_in(folder, "root.crt", bytes_span(&pki.root));
	put_in(folder, "pca.crt", bytes_span(&pki.pca));
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct made_ctl made = lists[i].made;
		AUTO(bytes) list = {0};

		made.entries = 12;
		made.with_root = embed_root;
		made_ctl(&list, &pki, &made);
		put_in(folder, lists[i].name, bytes_span(&list));
		if (i > 0)
			continue;
		/* the last byte is of the signature */
		list.data[list.size - 1] ^= 1;
		put_in(folder, "tampered.stl", bytes_span(&list));
	}
	return 0;
}

int main(int argc, char **argv)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) list = {0};

	if (argc >= 3 && strcmp(argv[1], "family") == 0)
		return family(argv[2], argc > 3);

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
