/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Programs of the host, such as the distribution's tool: whether they may be run, and what they
 * said. */
#include "base/process.h"
#include "host/host.h"

/* Whether programs of the host may be run. The programs of an image are its owner's: they are
 * run only where the command line says so, this system can confine them, and they can see all
 * these places. ERR_HOST with the reason, also in a rehearsal; nothing of the image is run to
 * find out. */
bool linux_may_run(const struct host *host, const char *const *places, struct err *err) MUST_CHECK;

/* What a program said, for the end of a message, as process_said() has it, but without log-ins: in
 * URLs, in headers of HTTP as curl -v shows them, behind the options of curl and wget, and what is
 * called a password. */
struct escaped linux_said(const struct process_end *end);
