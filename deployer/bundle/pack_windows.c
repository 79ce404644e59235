/* SPDX-License-Identifier: Apache-2.0 */
/* pack_build of pack.h, where there is no library that writes cabinets. */
#include "bundle/pack.h"

bool pack_time(int64_t clock, int64_t *out, struct err *err)
{
	(void)err;
	*out = clock - clock % 86400;
	return true;
}

bool pack_build(const struct recipe *recipe, int64_t now, struct bytes *cabinet, struct text *notes,
    struct err *err)
{
	(void)recipe, (void)now, (void)cabinet, (void)notes;
	return err_set(err, ERR_HOST,
	    "bundles are built on Linux, where their keys are; here they are verified, listed and "
	    "extracted");
}
