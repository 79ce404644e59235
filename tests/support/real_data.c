/* SPDX-License-Identifier: Apache-2.0 */
#include "real_data.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "formats/windows/certblob.h"

const char *data_folder(void)
{
	const char *data = getenv("TRUST_DEPLOYER_DATA");
	AUTO(root) none = root_none();

	data = data ? data : "../shared/data";
	if (file_type(&none, data) != FILE_FOLDER)
		cr_skip_test("skipped: no data folder");
	return data;
}

struct bytes read_data(const char *name)
{
	AUTO(root) none = root_none();
	AUTO(text) path = {0};
	struct bytes file = {0};
	struct err err = {0};

	text_addf(&path, "%s/%s", data_folder(), name);
	cr_assert(file_read(&none, text_string(&path), 16 << 20, &file, &err), "%s", err.text);
	return file;
}

bool sst_loads(struct span file, struct err *err)
{
	struct reader reader;
	struct span object;

	if (!sst_begin(file, &reader, err))
		return false;
	do {
		if (!sst_next(&reader, &object, err))
			return false;
	} while (object.size > 0);
	return true;
}
