/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Programs of the host, such as the distribution's tool: whether they may be run, and what they
 * said. */
#include "base/process.h"
#include "host/host.h"

/* Whether programs of the host may be run: of an image they are its owner's, and are run only where
 * the command line says so, this system can confine them, and they are shown all these places.
 * ERR_HOST with the reason, also in a rehearsal; nothing of the image is run to find out. */
bool linux_may_run(const struct host *host, const char *const *places, struct err *err) MUST_CHECK;

/* What a program said, for the end of a message, as process_said() has it, without the log-ins in
 * it: in URLs, in headers of HTTP as curl -v shows them, and behind the options that curl and wget
 * take them by. */
struct escaped linux_said(const struct process_end *end);
