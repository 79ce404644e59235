/* SPDX-License-Identifier: Apache-2.0 */
/* JSON reports: what is read is written, and read again as the same; every format holds it. */
#include <stdint.h>
#include <stdlib.h>

#include "report/events.h"
#include "report/read.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_all(const struct report *report)
{
	static const struct report_style style = {.color = true, .verbose = true};
	AUTO(events) events = {0};

	for (size_t i = 0; i < report_kind_count; i++) {
		AUTO(bytes) bytes = {0};

		if (report_kinds[i].write)
			report_kinds[i].write(report, &style, &bytes);
	}
	events_make(report, &events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct report_style style;
	AUTO(report) report = {0};
	AUTO(report) again = {0};
	AUTO(bytes) first = {0};
	AUTO(bytes) second = {0};
	struct err err = {0};

	if (!report_read((struct span){data, size}, &report, &err)) {
		if (!err.text[0])
			abort();
		return 0;
	}
	write_all(&report);
	report_json(&report, &style, &first);
	if (!report_read(bytes_span(&first), &again, &err))
		abort();
	report_json(&again, &style, &second);
	if (!span_equal(bytes_span(&first), bytes_span(&second)))
		abort();
	return 0;
}
