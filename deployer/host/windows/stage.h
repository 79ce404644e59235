/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The registry of a Windows host as places that are captured and set, and the one loop that turns
 * encoded values (host/windows/encode) into changes of them. Which stores and settings there are is
 * not known here.
 *
 * A place of the registry, as the engine's journal names it (changes.h):
 *
 *     HKLM\SOFTWARE\...\KEY\          a key: FILE_FOLDER
 *     HKLM\SOFTWARE\...\KEY\NAME      a value: FILE_REGULAR, its type as mode, its data as content
 *
 * What windows_set() makes of them is seen at once by those who read the registry. It is that of a
 * volume when the registry's commit() returns true: each hive is replaced once a run, as a whole.
 * On the Windows that runs it is everybody's at once, and durable when commit() returns.
 */
#include "host/host.h"
#include "host/windows/encode/encode.h"
#include "host/windows/registry.h"

struct windows {
	struct registry registry;
};

static inline struct registry *windows_registry(struct host *host)
{
	return &((struct windows *)host->data)->registry;
}

/* What stands at a place of the registry, or at a file's path; and making it so: struct host_ops,
 * capture and set. */
bool windows_capture(
    struct host *host, const char *place, struct file_state *out, struct err *err) MUST_CHECK;
bool windows_set(struct host *host, const char *place, const struct file_state *state,
    struct err *err) MUST_CHECK;

/* Appends what makes the registry hold the values (their data are taken over), and the keys that
 * they need. */
bool windows_stage(
    struct host *host, struct encoded *values, struct changes *out, struct err *err) MUST_CHECK;
/* Appends that the value goes, and with it the key at `path` where `out` leaves that empty. */
bool windows_stage_gone(struct host *host, const char *path, const char *name, struct changes *out,
    struct err *err) MUST_CHECK;
/* False in `out` for a key of 32-bit programs where there are none: these have a registry of their
 * own on 64-bit Windows alone. */
bool windows_has_view(struct host *host, const char *path, bool *out, struct err *err) MUST_CHECK;
