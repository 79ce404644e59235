/* SPDX-License-Identifier: Apache-2.0 */
/* Trust lists that are kept once they were read. */
#include <criterion/criterion.h>

#include "bundle_kit.h"
#include "formats/ctl.h"
#include "made_ctl.h"

/* A list is read once, in whatever form and however often it is met. */
Test(ctls, one_list_is_one_whatever_it_lies_in)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) list = {0};
	AUTO(bytes) other = {0};
	struct bytes cabinets[2] = {0};
	AUTO(ctls) ctls = {0};
	const struct ctl *first, *second;
	struct err err = {0};

	made_pki(&pki);
	made_ctl(&list, &pki, &(struct made_ctl){.entries = 3, .sequence = 5});
	made_ctl(&other, &pki, &(struct made_ctl){.entries = 3, .sequence = 6});
	for (int i = 0; i < 2; i++) {
		const struct cabinet_file file = {"authroot.stl", bytes_span(&list)};

		kit_cabinet(&cabinets[i], &file, 1, i == 1);
	}
	first = ctls_read(&ctls, bytes_span(&cabinets[0]), &err);
	cr_assert(first, "%s", err.text);
	cr_assert(span_equal(first->file, bytes_span(&list)));
	second = ctls_read(&ctls, bytes_span(&other), &err);
	cr_assert(second && second != first);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(ctls_read(&ctls, bytes_span(&list), &err), first);
		cr_assert_eq(ctls_read(&ctls, bytes_span(&cabinets[1]), &err), first);
		cr_assert_eq(ctls_read(&ctls, bytes_span(&cabinets[0]), &err), first);
		cr_assert_eq(ctls_read(&ctls, bytes_span(&other), &err), second);
	}
	cr_assert_eq(first->entry_count, 3, "it borrows from what is kept");
	cr_assert_eq(ctls.count, 4);
	for (int i = 0; i < 2; i++)
		bytes_release(&cabinets[i]);
}

Test(ctls, what_is_no_list_is_told_each_time_and_not_kept)
{
	const struct cabinet_file file = {"authroot.stl", span_text("no list")};
	AUTO(bytes) cabinet = {0};
	AUTO(ctls) ctls = {0};

	kit_cabinet(&cabinet, &file, 1, false);
	for (int i = 0; i < 4; i++) {
		struct err err = {0};

		cr_assert_null(
		    ctls_read(&ctls, i % 2 ? bytes_span(&cabinet) : span_text("no list"), &err));
		cr_assert_eq(err.code, ERR_FORMAT);
	}
	cr_assert_eq(ctls.count, 0);
}
