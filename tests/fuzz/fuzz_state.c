/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host remembers, as somebody else could have written it. The input is no file: it chooses
 * what is in a journal, a ledger, the floors, the hooks that are due or a history, field by field,
 * so that frames have the sizes and sums that they say (but where they are to lie), and a second
 * frame or an absurd place is reached at once. Besides not crashing: what is believed keeps the
 * rules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "state/floors.h"
#include "state/history.h"
#include "state/hooks.h"
#include "state/journal.h"
#include "state/ledger.h"
#include "state/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID "20261123T100000Z-0001"

static const char *const words[] = {"", "/", "/..", "/etc/../x", "/etc/ssl/certs/x",
    "/etc/ssl/certs", "/etc", "/etc/environment", "/etc/passwd", "/etc/ssl/certs//x",
    "/etc/ssl/certs/./x", "etc/x", "..", "HKLM", "HKLM\\", "HKLM\\..\\x", "HKLM\\A\\B\\",
    "HKLM\\A\\B\\x", "HKU\\a\\x", "C:\\x", "/state/ledger", "../../etc/passwd", "/x/ledger",
    "proxy/apt", "certificate/root/aa", "auto-update/root", "direct", "absent", "present",
    "static http=a:1", ID, "a/../../../../etc/x-0001", "99991231T235959Z-99999999999999",
    "2026-11-23T10:00:00Z", "9999-12-31T23:59:59Z", "18446744073709551615", "done", "apply",
    "rollback", "-----BEGIN CERTIFICATE-----\n"};

static const char *const places[] = {"/etc/ssl/certs/", "/etc/environment", "HKLM\\A\\B\\", NULL};

/* --- choosing --- */

static unsigned choose(struct reader *in, unsigned count)
{
	return in->rest.size ? reader_u8(in) % count : 0;
}

/* One of `one_in` times. */
static bool rarely(struct reader *in, unsigned one_in)
{
	return choose(in, one_in) == one_in - 1;
}

static uint64_t choose_number(struct reader *in)
{
	static const uint64_t numbers[] = {0, 1, 2, 255, 4095, 0x7fffffff, 0xffffffff, 1ull << 40,
	    INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX, 0xffff9eef00000000};
	unsigned at = choose(in, COUNT(numbers) + 4);

	return at < COUNT(numbers) ? numbers[at] : choose(in, 256) * 257u;
}

/* A word, or bytes of the input. */
static struct span choose_text(struct reader *in)
{
	unsigned at = choose(in, COUNT(words) + 8);
	size_t size;

	if (at < COUNT(words))
		return span_text(words[at]);
	size = choose(in, 256) * (rarely(in, 32) ? 40u : 1u);
	return reader_take(in, size < in->rest.size ? size : in->rest.size);
}

/* --- the journal --- */

static void put_number(struct bytes *out, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes_add(out, &(uint8_t){(uint8_t)(number >> (8 * i))}, 1);
}

static void put_blob(struct reader *in, struct span span, struct bytes *out)
{
	put_number(out, rarely(in, 64) ? choose_number(in) : span.size, 8);
	bytes_add(out, span.data, span.size);
	if (!rarely(in, 64))
		bytes_add(out, "", 1);
}

/* How many follow; and what is said of that. */
static unsigned put_count(struct reader *in, unsigned most, struct bytes *out)
{
	unsigned count = choose(in, most + 1);

	put_number(out, rarely(in, 16) ? choose_number(in) : count, 8);
	return count;
}

static void put_header(struct reader *in, struct bytes *out)
{
	put_number(out, choose_number(in), 8);
	put_blob(in, choose_text(in), out);
	for (unsigned i = put_count(in, 3, out); i > 0; i--)
		put_blob(in, choose_text(in), out);
}

static void put_state(struct reader *in, struct bytes *out)
{
	static const uint32_t owners[] = {0, FILE_OWNER_SELF, 1000, 65534};

	put_number(out, choose(in, FILE_OTHER + 2u), 1);
	put_number(out, choose(in, 256) * 16u + choose(in, 16), 4);
	put_number(out, owners[choose(in, COUNT(owners))], 4);
	put_number(out, owners[choose(in, COUNT(owners))], 4);
}

static void put_batch(struct reader *in, struct bytes *out)
{
	uint8_t sha256[SHA256_SIZE] = {0};

	for (unsigned i = put_count(in, 3, out); i > 0; i--) {
		put_blob(in, choose_text(in), out);
		put_state(in, out);
		put_blob(in, choose_text(in), out);
		put_state(in, out);
		bytes_add(out, sha256, sizeof(sha256));
	}
}

static void put_items(struct reader *in, struct bytes *out)
{
	for (unsigned i = put_count(in, 5, out); i > 0; i--) {
		for (unsigned j = 0; j < 4; j++)
			put_blob(in, choose_text(in), out);
		put_number(out, choose(in, 8), 1);
		put_number(out, choose(in, 2), 1);
	}
}

static void put_more(struct reader *in, struct bytes *out)
{
	for (unsigned i = put_count(in, 3, out); i > 0; i--) {
		put_number(out, rarely(in, 8) ? choose_number(in) : choose(in, 4), 8);
		put_blob(in, choose_text(in), out);
	}
}

static void put_labels(struct reader *in, struct bytes *out)
{
	for (unsigned i = put_count(in, 5, out); i > 0; i--)
		put_blob(in, choose_text(in), out);
}

static void put_nothing(struct reader *in, struct bytes *out)
{
	(void)in, (void)out;
}

static void make_journal(struct reader *in, struct bytes *out)
{
	static void (*const frames[])(struct reader * in, struct bytes * out) = {put_nothing,
	    put_header, put_batch, put_batch, put_batch, put_items, put_more, put_more, put_labels,
	    put_nothing, put_batch};

	while (in->rest.size > 0) {
		unsigned kind = choose(in, COUNT(frames));
		AUTO(bytes) payload = {0};
		uint8_t sha256[SHA256_SIZE];

		frames[kind](in, &payload);
		if (rarely(in, 64))
			bytes_add(&payload, "x", 1);
		digest_sha256(bytes_span(&payload), sha256);
		bytes_add(out, "TDJ1", 4);
		put_number(out, kind, 4);
		put_number(out, rarely(in, 64) ? choose_number(in) : payload.size, 8);
		bytes_add(out, sha256, sizeof(sha256));
		bytes_add(out, payload.data, payload.size);
	}
}

/* --- what is JSON --- */

struct member {
	const char *key, *proper;     /* a value that is good, as JSON */
	const struct member *members; /* or NULL: it is no object of these, */
	bool is_list;                 /* nor a list of such */
};

static const struct member text_members[] = {{"place", "\"/etc/environment\"", NULL, false},
    {"before", "\"a\"", NULL, false}, {"after", "\"\"", NULL, false}, {"link", "true", NULL, false},
    {0}};
static const struct member ledger_members[] = {{"id", "\"proxy/apt\"", NULL, false},
    {"policy", "\"p\"", NULL, false}, {"transaction", "\"" ID "\"", NULL, false},
    {"before", "\"direct\"", NULL, false}, {"after", "\"auto\"", NULL, false},
    {"texts", NULL, text_members, true}, {0}};
static const struct member bundle_members[] = {{"example.roots", "\"7\"", NULL, false}, {0}};
static const struct member floor_members[] = {
    {"newest_signed", "\"2026-11-23T10:00:00Z\"", NULL, false}, {"keyring", "\"3\"", NULL, false},
    {"bundles", NULL, bundle_members, false}, {0}};
static const struct member history_members[] = {{"id", "\"" ID "\"", NULL, false},
    {"time", "\"2026-11-23T10:00:00Z\"", NULL, false}, {"mode", "\"apply\"", NULL, false},
    {"policies", "[\"p\"]", NULL, false}, {"add", "3", NULL, false}, {"failed", "1", NULL, false},
    {"outcome", "\"done\"", NULL, false}, {"undoes", "\"\"", NULL, false}, {0}};

static const struct member hook_members[] = {{"hook", "\"jks\"", NULL, false},
    {"why", "\"x\"", NULL, false}, {"links", "[\"a.pem\"]", NULL, false}, {0}};

static void put_json_text(struct span text, struct text *out)
{
	text_addf(out, "\"");
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < ' ' || strchr("\"\\", text.data[i]))
			text_addf(out, "\\u%04x", text.data[i]);
		else
			text_addf(out, "%c", text.data[i]);
	text_addf(out, "\"");
}

static void put_object(struct reader *in, const struct member *members, struct text *out);

static void put_value(struct reader *in, const struct member *member, struct text *out)
{
	static const char *const odd[] = {"null", "[]", "{}", "[[[[]]]]", "-1", "1e400", "NaN",
	    "18446744073709551616", "\"\\u0000\"", "\"\\ud800\"", "[1,{\"place\":1}]"};

	if (rarely(in, 8)) {
		text_addf(out, "%s", odd[choose(in, COUNT(odd))]);
	} else if (member->members) {
		unsigned count = member->is_list ? choose(in, 4) : 1;

		text_addf(out, "%s", member->is_list ? "[" : "");
		for (unsigned i = 0; i < count; i++) {
			text_addf(out, "%s", i ? "," : "");
			put_object(in, member->members, out);
		}
		text_addf(out, "%s", member->is_list ? "]" : "");
	} else if (choose(in, 2)) {
		text_addf(out, "%s", member->proper);
	} else {
		put_json_text(choose_text(in), out);
	}
}

static void put_object(struct reader *in, const struct member *members, struct text *out)
{
	const char *comma = "";

	text_addf(out, "{");
	for (const struct member *member = members; member->key; member++)
		for (unsigned times = rarely(in, 16) ? choose(in, 3) : 1; times > 0; times--) {
			text_addf(out, "%s\"%s\":", comma, member->key);
			put_value(in, member, out);
			comma = ",";
		}
	text_addf(out, "}");
}

static void make_lines(struct reader *in, const struct member *members, struct bytes *out)
{
	AUTO(text) text = {0};

	do {
		put_object(in, members, &text);
		text_addf(&text, "%s", rarely(in, 16) ? "" : "\n");
	} while (in->rest.size > 0);
	bytes_add(out, text_string(&text), text.size);
}

/* --- what is believed --- */

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void try_record(const struct journal_record *record)
{
	static const enum file_type there[] = {FILE_ABSENT, FILE_REGULAR, FILE_FOLDER};
	struct err err = {0};

	must(place_check(record, &err));
	for (size_t i = 0; i < COUNT(there); i++) {
		const struct file_state now = {.type = there[i], .uid = 1000, .gid = 1000};
		struct file_state back = record_restorable(record, &now);

		must(!changes_is_file(record->place) || back.type == FILE_ABSENT ||
		     ((back.mode & 07000) == 0 && back.uid != 65534 && back.gid != 65534));
	}
}

static void try_journal(struct root *root)
{
	AUTO(transaction) transaction = {0};
	struct err err = {0};

	if (!transaction_load(root, "/state", ID, true, &transaction, &err)) {
		must(strstr(err.text, "--discard " ID) != NULL);
		return;
	}
	for (size_t i = 0; i < transaction.count; i++)
		try_record(&transaction.records[i]);
	if (!transaction_judge(&transaction, places, &err))
		return;
	for (size_t i = 0; i < transaction.count; i++) {
		const char *place = transaction.records[i].place;

		must(transaction.records[i].kind == JOURNAL_STATE ||
		     strncmp(place, "/etc", 4) == 0 || strncmp(place, "HKLM\\", 5) == 0);
		must(strstr(place, "/../") == NULL);
	}
}

static void try_ledger(struct root *root)
{
	AUTO(ledger) ledger = {0};
	AUTO(bytes) written = {0};
	AUTO(ledger) again = {0};
	struct err err = {0};
	struct file_state file = {.type = FILE_REGULAR, .mode = 0600};

	if (!ledger_load(root, "/state/ledger", &ledger, &err))
		return;
	for (size_t i = 0; i < ledger.count; i++)
		for (size_t j = 0; j < ledger.list[i].text_count; j++)
			must(!place_fault(ledger.list[i].texts[j].place));
	(void)!ledger_judge(&ledger, places, &err);
	ledger_write(&ledger, &written);
	file.content = written;
	must(file_set(root, "/state/ledger", &file, &err) &&
	     ledger_load(root, "/state/ledger", &again, &err) && again.count == ledger.count);
}

static void try_floors(struct root *root)
{
	AUTO(floors) floors = {0};
	struct err err = {0};

	if (!floors_load(root, "/state/floors", &floors, &err))
		return;
	must(floors_now(&floors, 0) >= floors.newest_signed);
	for (size_t i = 0; i < floors.count; i++)
		(void)floors_version(&floors, floors.list[i].id);
}

static void try_hooks(struct root *root)
{
	AUTO(hooks) hooks = {0};
	AUTO(hooks) again = {0};
	struct err err = {0};

	if (!hooks_load(root, "/state/hooks", &hooks, &err))
		return;
	for (size_t i = 0; i < hooks.count; i++) {
		must(!strchr(hooks.list[i].name, '/'));
		for (size_t j = 0; j < hooks.list[i].link_count; j++)
			must(!strchr(hooks.list[i].links[j], '/'));
	}
	must(hooks_store(&hooks, root, "/state/hooks", &err) &&
	     hooks_load(root, "/state/hooks", &again, &err) && again.count == hooks.count);
}

static void try_history(struct root *root)
{
	AUTO(history) history = {0};
	struct err err = {0};

	if (!history_load(root, "/state", NULL, &history, &err))
		return;
	for (size_t i = 0; i < history.count; i++) {
		AUTO(journal) next = {0};

		journal_begin(&next, root, "/state", history.list[i].time, history.list[i].id,
		    "apply", history.list[i].policies, history.list[i].policy_count);
		must(journal_is_id(next.id));
	}
}

/* --- one input --- */

static char top[64];

static void remove_top(void)
{
	rmdir(top);
}

static void open_imagined(struct root *out)
{
	static const struct file_state folder = {.type = FILE_FOLDER, .mode = 0755};
	struct err err = {0};

	if (!top[0]) {
		snprintf(top, sizeof(top), "/tmp/trust-deployer-fuzz.XXXXXX");
		must(mkdtemp(top) && atexit(remove_top) == 0);
	}
	must(root_open(top, out, &err));
	root_imagine(out);
	must(file_set(out, "/state", &folder, &err) &&
	     file_set(out, "/state/journal", &folder, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *path;
		const struct member *members;
		void (*judge)(struct root *root);
	} files[] = {
	    {"/state/journal/" ID ".open", NULL, try_journal},
	    {"/state/ledger", ledger_members, try_ledger},
	    {"/state/floors", floor_members, try_floors},
	    {"/state/history", history_members, try_history},
	    {"/state/hooks", hook_members, try_hooks},
	};
	struct reader in = reader_of((struct span){data, size});
	unsigned at = choose(&in, COUNT(files));
	AUTO(file_state) file = {.type = FILE_REGULAR, .mode = 0600};
	AUTO(root) root = {0};
	struct err err = {0};

	open_imagined(&root);
	if (files[at].members)
		make_lines(&in, files[at].members, &file.content);
	else
		make_journal(&in, &file.content);
	must(file_set(&root, files[at].path, &file, &err));
	files[at].judge(&root);
	try_history(&root);
	return 0;
}
