/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle_refused.h"

#include <criterion/criterion.h>

void refused(const struct kit_world *world, struct span bytes, const char *expected)
{
	AUTO(bundle) bundle = {0};
	struct err err = {0};

	cr_assert_not(kit_open(world, bytes, &bundle, &err), "expected: %s", expected);
	cr_assert_eq(err.code, ERR_TRUST, "%s", err.text);
	cr_assert_eq(err_exit_status(err.code), 4);
	cr_assert(strstr(err.text, expected), "\"%s\" is not in: %s", expected, err.text);
	cr_assert_null(bundle.file.data, "a refused bundle leaves nothing behind");
}

void refused_seal(const struct kit_world *world, struct kit_seal seal, const char *expected)
{
	AUTO(bytes) sealed = {0};

	kit_seal(bytes_span(&world->cabinet), &seal, &sealed);
	refused(world, bytes_span(&sealed), expected);
}

void refused_cabinet(
    const struct kit_world *world, const struct bytes *cabinet, const char *expected)
{
	AUTO(bytes) sealed = {0};
	struct kit_seal seal = {.signers = world->all, .count = 2};

	kit_seal(bytes_span(cabinet), &seal, &sealed);
	refused(world, bytes_span(&sealed), expected);
}

void refused_files(const struct kit_world *world, const struct cabinet_file *files, size_t count,
    const char *expected)
{
	AUTO(bytes) cabinet = {0};

	kit_cabinet(&cabinet, files, count, false);
	refused_cabinet(world, &cabinet, expected);
}
