/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The one way to read a file of the state. The files decide what is ours, which versions of bundles
 * are old and what a rollback writes, so they are judged as policies and the keyring are: a
 * privileged run refuses what an ordinary user could have written, by owner, mode, access list or
 * where a link leads.
 */
#include "base/file.h"

/* file_read_private, with the trust of the root. ERR_POLICY says what to do. */
bool judged_read(
    struct root *root, const char *path, size_t max, struct bytes *out, struct err *err) MUST_CHECK;
/* The same without reading. ERR_POLICY alone: another fault is told by who reads the file. */
bool judged_file(struct root *root, const char *path, struct err *err) MUST_CHECK;
