/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the message resource of the Event Log from the program's own table of events, for windmc.
 * A program of the build machine: it is linked from the two tables alone.
 *
 *     messages >messages.mc
 *
 * A text is what the number means, and below it what the record says: %1 is the message, %2 and
 * further are its fields in the order of event_fields. A "%" of the meaning itself is doubled.
 */
#include <stdio.h>

#include "report/events_table.h"

/* Severity and facility are zero, or their bits would become part of the number. The level stands
 * in the record. */
static void print_head(void)
{
	puts(";/* printed by packaging/windows/messages.c */\n"
	     "MessageIdTypedef=DWORD\n"
	     "SeverityNames=(Success=0x0:STATUS_SEVERITY_SUCCESS)\n"
	     "FacilityNames=(None=0x0:FACILITY_NONE)\n"
	     "LanguageNames=(English=0x409:MSG00409)\n");
}

static void print_text(const char *text)
{
	for (; *text; text++)
		printf("%s%c", *text == '%' ? "%" : "", *text);
}

static void print_event(unsigned id, const char *word, const char *meaning)
{
	printf("MessageId=%u\nSeverity=Success\nFacility=None\nSymbolicName=EVENT_%u\n"
	       "Language=English\n",
	    id, id);
	print_text(word);
	printf("%s", *word ? ": " : "");
	print_text(meaning);
	printf("%%n%%n%%1%%n");
	for (unsigned i = 0; i < EVENT_FIELDS; i++)
		printf("%%n%%%u", 2 + i);
	printf("\n.\n\n");
}

int main(void)
{
	print_head();
	for (unsigned i = 0; i < EVENTS; i++)
		print_event(event_row((enum event)i)->id, "", event_row((enum event)i)->meaning);
	for (unsigned i = 0; i < CAUSES; i++)
		print_event(event_of_cause((enum cause)i), event_cause_word((enum cause)i),
		    cause_row((enum cause)i)->meaning);
	return fflush(stdout) != 0 || ferror(stdout);
}
