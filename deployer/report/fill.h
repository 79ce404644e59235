/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A run's outcome as a report. Here alone the formats meet the engine.
 */
#include "engine/run.h"
#include "report/model.h"

/* Texts stay those of the outcome, which must outlive the report. */
void report_fill(const struct outcome *outcome, struct report *out);
/* The host alone, as verbs that are no run show it; its texts stay those of the facts. */
struct report_host report_host(const struct facts *facts);
