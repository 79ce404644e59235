/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Files that look like certificates and lie where the distribution's tool does not read them.
 */
#include "host/host.h"

/* Tells, as the cause sources_passed_over, each file in the folders below `folder` that has the
 * name of a certificate, and with `taken` also those of `folder` itself: then one with that ending
 * is read and is not told. `why` follows "FILE is not read: ". Links are followed, what has a dot
 * in front is passed over (mounts of Kubernetes keep their versions there), and so is what cannot
 * be opened; some levels and some files are enough. */
void passed_remark(
    struct host *host, const char *folder, const char *taken, const char *why, struct remarks *out);
