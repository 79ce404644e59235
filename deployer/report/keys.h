/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which key of a JSON report is which member of the model, in the order of the contract
 * (interface.md section 5). formats/json.c writes by these tables and read.c reads by them: a key
 * that is added here is written and read.
 */
#include "report/model.h"

#define REPORT_SCHEMA "trust-deployer/report/1"

enum report_type {
	REPORT_FIXED,         /* the text `fixed`, no member */
	REPORT_TEXT,          /* const char *, never NULL */
	REPORT_TEXT_OR_NULL,  /* const char * */
	REPORT_LINES,         /* const char *, a line an element of the list */
	REPORT_TEXTS,         /* struct report_texts */
	REPORT_WORD,          /* an enum whose words are `words` */
	REPORT_CAUSE,         /* enum cause */
	REPORT_BOOL,          /* bool */
	REPORT_COUNT,         /* size_t */
	REPORT_NUMBER,        /* uint64_t */
	REPORT_TIME,          /* int64_t */
	REPORT_TIME_OR_EMPTY, /* the same; "" for 0 */
	REPORT_TIME_OR_NULL,  /* the same; null for 0 */
	REPORT_ID,            /* struct key */
	REPORT_KIND,          /* of the struct report_item around it; read: compared with its key */
	REPORT_NEXT,          /* its `next`; "" for what is done */
	REPORT_ORIGIN,        /* its `file` and `line`: "FILE:LINE" */
	REPORT_MAP,           /* a struct in place, with the rows `keys` */
	REPORT_LIST,          /* a pointer and a count of structs of `size`, with the rows `keys` */
};

struct report_key {
	const char *key; /* NULL ends a table */
	enum report_type type;
	size_t offset;
	const char *fixed;
	const char *const *words;
	const struct report_key *keys;
	size_t size;
};

/* What every list of structs in the model begins as. */
struct report_list {
	void *list;
	size_t count;
};

/* Of struct report. */
extern const struct report_key report_keys[];
/* Of struct report_host, which other verbs show too. */
extern const struct report_key report_host_keys[];
