/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The hooks that are due (host/hooks) in the state folder: JSON lines ("hooks"), one a hook,
 * replaced whole; no file where none is due. It names hooks and what they are to be told, and
 * chooses no program: the host runs what lies in its own folder of hooks.
 */
#include "base/file.h"
#include "host/hooks.h"

/* A missing file is none; a damaged one is ERR_FORMAT with the line. */
bool hooks_load(struct root *root, const char *path, struct hooks *out, struct err *err) MUST_CHECK;
/* Replaces the list; without any hook that is due the file is removed. A file that has the same
 * content already stays untouched. */
bool hooks_store(
    const struct hooks *hooks, struct root *root, const char *path, struct err *err) MUST_CHECK;
