/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Files that look like certificates and lie where the distribution's tool does not read them.
 */
#include "host/host.h"

/* Tells, as the cause sources_passed_over, of each file in the folders below `folder` whose name
 * looks like a certificate's. With `taken` also of the files in `folder` itself, except those with
 * that ending, which are read. `why` follows "FILE is not read: ". Links are followed. Names that
 * begin with a dot are passed over (mounts of Kubernetes keep their versions there), and so is what
 * cannot be opened. A few levels and files suffice. */
void passed_remark(
    struct host *host, const char *folder, const char *taken, const char *why, struct remarks *out);
