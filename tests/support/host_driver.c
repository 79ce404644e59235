/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives a host without the engine: no policy, no bundle, no journal.
 *
 *     host-driver ROOT WORDS...
 *
 *     trust FILE           every certificate of a PEM file goes into the root store
 *     distrust FILE        the same with the disallowed store
 *     drop STORE/SHA256    what is observed under that key goes
 *     rebuild              the outputs, whatever else is asked for
 *     list                 prints what is observed afterwards: key, presence, location, note
 *     time                 prints how long observing takes
 *
 * Trust and distrust come first, then the outputs without what is to be
 * dropped, then the drops and the outputs again: the order of host.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "formats/pem.h"
#include "host/host.h"
#include "model/cert.h"

static const char *const presence_names[] = {
    "absent", "present", "pending", "stale", "partial", "disabled", "withheld", "closed"};

static void must(bool ok, const struct err *err)
{
	if (ok)
		return;
	fprintf(stderr, "host-driver: %s\n", err->text);
	exit(err_exit_status(err->code));
}

/* Carries changes out and moves them to `done`. */
static void carry_out(struct host *host, struct changes *changes, struct changes *done)
{
	struct err err = {0};

	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->list[i];
		AUTO(file_state) now = {0};

		must(host->ops->capture(host, change->place, &now, &err), &err);
		if (!file_state_equal(&now, &change->before)) {
			fprintf(stderr, "host-driver: %s is not as the change says it was\n",
			    change->place);
			exit(1);
		}
		must(host->ops->set(host, change->place, &change->after, &err), &err);
		printf("changed %s\n", change->place);
		changes_add(done, change->place, &change->before, &change->after);
	}
}

static void observe(struct host *host, struct items *have)
{
	const struct observing how = {0};
	struct err err = {0};

	must(host->ops->observe(host, ITEM_CERTIFICATE, &how, have, &err), &err);
	items_sort(have);
}

static const struct item *find(const struct items *have, const char *text)
{
	AUTO(arena) arena = {0};
	struct key key;

	return key_parse(arena_printf(&arena, "certificate/%s", text), &key)
	           ? items_find(have, &key)
	           : NULL;
}

static void put_file(struct host *host, const struct items *have, enum store store,
    const char *path, struct changes *out)
{
	struct root none = root_none();
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	AUTO(items) want = {0};
	struct err err = {0};
	struct span rest;
	struct cert cert;
	bool trusted;

	must(file_read(&none, path, 64 << 20, &content, &err), &err);
	rest = bytes_span(&content);
	for (;;) {
		struct item *item;
		const struct item *found;

		must(pem_next_certificate(&rest, &der, &trusted, &err), &err);
		if (der.size == 0)
			return;
		must(cert_parse(bytes_span(&der), &cert, &err), &err);
		item = items_add_certificate(&want, store, cert.sha256);
		item->presence = ITEM_PRESENT;
		item->content = bytes_span(&der);
		host->ops->express(host, item, &want.arena);
		if (item->asked.holding != HOLD_YES) {
			printf("not put %s: %s\n", key_text(&item->key).text, item->note);
			continue;
		}
		found = items_find(have, &item->key);
		if (!found || found->presence != ITEM_PRESENT)
			must(host->ops->put(host, item, found, out, &err), &err);
	}
}

static void rebuild(struct host *host, struct changes *sources, const struct changes *leaving)
{
	AUTO(changes) outputs = {.step = CHANGE_NO_STEP};
	AUTO(changes) done = {.step = CHANGE_NO_STEP};
	AUTO(text) notes = {0};
	struct err err = {0};

	carry_out(host, sources, &done);
	must(host->ops->derive(host, leaving, &outputs, &err), &err);
	carry_out(host, &outputs, &done);
	done.rebuild = sources->rebuild;
	must(host->ops->publish(host, &done, &notes, &err), &err);
	fputs(text_string(&notes), stdout);
}

static void list(struct host *host)
{
	AUTO(items) have = {0};

	observe(host, &have);
	for (size_t i = 0; i < have.count; i++)
		printf("%s %s %s | %s | %s\n", key_text(&have.list[i].key).text,
		    presence_names[have.list[i].presence],
		    have.list[i].seen.system ? "system" : "local", have.list[i].seen.location,
		    have.list[i].note ? have.list[i].note : "");
}

static void measure(struct host *host)
{
	double best = 1e12;

	for (int i = 0; i < 200; i++) {
		AUTO(items) have = {0};
		struct timespec from, to;
		double spent;

		clock_gettime(CLOCK_MONOTONIC, &from);
		observe(host, &have);
		clock_gettime(CLOCK_MONOTONIC, &to);
		spent =
		    (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
		best = spent < best ? spent : best;
		if (i == 199)
			printf("observed %zu items in %.0f ns, %.0f ns each\n", have.count, best,
			    best / (double)have.count);
	}
}

int main(int argc, char **argv)
{
	AUTO(changes) puts = {.step = 0};
	AUTO(changes) drops = {.step = 1};
	AUTO(items) have = {0};
	struct host host;
	struct err err = {0};
	bool asked = false, show = false, timed = false;

	if (argc < 3) {
		fputs("usage: host-driver ROOT [trust FILE | distrust FILE | drop KEY | rebuild |"
		      " list | time]...\n",
		    stderr);
		return 3;
	}
	must(host_open(argv[1], &host, &err), &err);
	host.run_tools = true;
	observe(&host, &have);
	for (int i = 2; i < argc; i++) {
		const char *word = argv[i];
		const struct item *item;

		show = show || strcmp(word, "list") == 0;
		timed = timed || strcmp(word, "time") == 0;
		asked = asked || (strcmp(word, "list") != 0 && strcmp(word, "time") != 0);
		if (i + 1 == argc)
			continue;
		if (strcmp(word, "trust") == 0)
			put_file(&host, &have, STORE_ROOT, argv[++i], &puts);
		else if (strcmp(word, "distrust") == 0)
			put_file(&host, &have, STORE_DISALLOWED, argv[++i], &puts);
		else if (strcmp(word, "drop") == 0) {
			item = find(&have, argv[++i]);
			if (!item) {
				fprintf(stderr, "host-driver: %s is not there\n", argv[i]);
				return 1;
			}
			drops.rebuild = drops.rebuild || item->presence == ITEM_STALE;
			struct item going = *item;

			/* of what is ours that alone goes, as a policy that is over has it */
			going.asked.remove_unowned =
			    !strstr(item->seen.location, "/trust-deployer-");
			must(host.ops->drop(&host, &going, &drops, &err), &err);
		}
	}
	if (asked) {
		rebuild(&host, &puts, &drops);
		rebuild(&host, &drops, NULL);
	}
	if (show)
		list(&host);
	if (timed)
		measure(&host);
	host_close(&host);
	return 0;
}
