/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A Linux host: a trust layout (layout.h) and the files of proxies (proxy.h). linux.c is the
 * backend that host_open finds; it joins the two and knows neither.
 */
#include "host/host.h"

/* Opens `host`, whose root is open, as Linux. ERR_HOST when nothing there looks like it. */
bool linux_open(struct host *host, struct err *err) MUST_CHECK;
