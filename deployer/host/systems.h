/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which backends this build has: systems_posix.c those of Linux, and of images of Windows;
 * systems_windows.c Windows, live and as an image.
 */
#include "base/err.h"

struct host;

/* Opens `host`, whose root is open at `root` ("/": the live system), by the backend that knows it.
 */
bool systems_open(struct host *host, const char *root, struct err *err) MUST_CHECK;
