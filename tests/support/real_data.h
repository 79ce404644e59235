/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Real files of Microsoft's and others, from TRUST_DEPLOYER_DATA or beside the checkout. A test
 * that asks for one is skipped where they are not there.
 */
#include "base/file.h"
#include "base/text.h"

const char *data_folder(void);
/* A file below it. */
struct bytes read_data(const char *name);
/* Whether a serialised store is read to its end. */
bool sst_loads(struct span file, struct err *err);
