/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "made_certificate.h"
#include "state/journal.h"

enum { YEAR = 365 * 86400 };

static void make_certificates(struct world *world)
{
	static const char *const names[WORLD_CERTIFICATES] = {"A", "B", "C", "D", "E", "F"};

	for (size_t i = 0; i < WORLD_CERTIFICATES; i++) {
		made_certificate(&world->der[i], &(struct made){.name = names[i], .ca = true});
		digest_sha256_hex(bytes_span(&world->der[i]), world->hex[i]);
		snprintf(world->key[i], sizeof(world->key[i]), "root/%s", world->hex[i]);
	}
}

void world_open(struct world *world)
{
	struct err err = {0};

	*world = (struct world){0};
	/* a disk would make every durable write cost milliseconds */
	snprintf(world->folder, sizeof(world->folder), "%s/trust-deployer-unit.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	cr_assert_not_null(mkdtemp(world->folder));
	world->fake = fake_open(&world->host);
	cr_assert(root_open(world->folder, &world->root, &err), "%s", err.text);
	cr_assert(root_open(world->folder, &world->host.root, &err), "%s", err.text);
	world->run = (struct run){
	    .now = WORLD_NOW,
	    .policies = &world->policies,
	    .bundles = &world->bundles,
	    .host = &world->host,
	    .state_root = &world->root,
	    .state = "/var/state",
	};
	make_certificates(world);
	world_bundle(world, 1, WORLD_NOW - 86400, WORLD_NOW + YEAR);
}

static void remove_below(struct world *world, const char *path)
{
	AUTO(folder) list = {.fd = -1};
	const struct file_state gone = {.type = FILE_ABSENT};
	struct err err = {0};

	cr_assert(folder_open(&world->root, path[0] ? path : "/", &list, &err), "%s", err.text);
	for (size_t i = 0; i < list.count; i++) {
		AUTO(arena) arena = {0};
		const char *whole = arena_printf(&arena, "%s/%s", path, list.entries[i].name);

		if (list.entries[i].type == FILE_FOLDER)
			remove_below(world, whole);
		cr_assert(file_set(&world->root, whole, &gone, &err), "%s", err.text);
	}
}

void world_forget(struct world *world)
{
	remove_below(world, "");
}

void world_close(struct world *world)
{
	world_forget(world);
	rmdir(world->folder);
	policies_release(&world->policies);
	bundles_release(&world->bundles);
	for (size_t i = 0; i < WORLD_CERTIFICATES; i++)
		bytes_release(&world->der[i]);
	root_release(&world->root);
	root_release(&world->host.root);
	fake_close(world->fake, &world->host);
}

void world_policies(struct world *world, ...)
{
	struct err err = {0};
	va_list args;
	const char *text;
	unsigned number = 1;
	char file[32];

	policies_release(&world->policies);
	va_start(args, world);
	while ((text = va_arg(args, const char *))) {
		snprintf(file, sizeof(file), "%u.yaml", number++);
		cr_assert(
		    policy_parse(span_text(text), file, &world->policies, &err), "%s", err.text);
	}
	va_end(args);
}

void world_letters(struct world *world, const char *letters, const char *rest)
{
	AUTO(text) policy = {0};

	text_add(&policy, "schema_version: 1\nname: corp\n");
	if (letters[0])
		text_add(&policy, "certificates:\n");
	for (; *letters; letters++) {
		bool present = *letters >= 'a';

		text_addf(&policy, "  - {store: root, state: %s, sha256: %s%s}\n",
		    present ? "present" : "absent", world->hex[*letters - (present ? 'a' : 'A')],
		    present ? ", bundle: corp" : "");
	}
	text_add(&policy, rest);
	world_policies(world, text_string(&policy), NULL);
}

void world_no_bundles(struct world *world)
{
	bundles_release(&world->bundles);
}

void world_bundle(struct world *world, uint64_t version, int64_t created, int64_t expires)
{
	struct fake_member members[WORLD_CERTIFICATES];
	char names[WORLD_CERTIFICATES][16];

	for (size_t i = 0; i < WORLD_CERTIFICATES; i++) {
		snprintf(names[i], sizeof(names[i]), "roots/%c.cer", (char)('a' + i));
		members[i] = (struct fake_member){names[i], "root", bytes_span(&world->der[i])};
	}
	fake_bundle(
	    &world->bundles, "corp", version, created, expires, members, WORLD_CERTIFICATES);
}

void world_check(struct world *world, struct outcome *out)
{
	struct err err = {0};

	cr_assert(run_check(&world->run, out, &err), "%s", err.text);
}

void world_apply(struct world *world, struct outcome *out)
{
	struct err err = {0};

	cr_assert(run_apply(&world->run, out, &err), "%s", err.text);
}

void world_rollback(struct world *world, const char *id, struct outcome *out)
{
	struct err err = {0};

	cr_assert(run_rollback(&world->run, id, out, &err), "%s", err.text);
}

void world_comply(struct world *world)
{
	AUTO(outcome) out = {0};

	world_apply(world, &out);
	for (size_t i = 0; i < out.plan.count; i++)
		cr_assert(out.plan.steps[i].result != RESULT_FAIL &&
		              out.plan.steps[i].result != RESULT_ERROR,
		    "%s: %s: %s", key_id(&step_item(&out.plan.steps[i])->key).text,
		    cause_row(out.plan.steps[i].cause)->word,
		    out.plan.steps[i].message ? out.plan.steps[i].message : "");
	cr_assert(out.compliant);
}

static void run_in_child(struct world *world, bool rollback)
{
	struct outcome out;
	struct err err = {0};

	if (rollback)
		_exit(run_rollback(&world->run, NULL, &out, &err) ? 0 : 1);
	_exit(run_apply(&world->run, &out, &err) ? 0 : 1);
}

bool world_die(struct world *world, size_t call, bool half, bool rollback)
{
	int status;
	pid_t child;

	world->fake->die_at = world->fake->calls + call;
	world->fake->die_half = half;
	child = fork();
	cr_assert_geq(child, 0);
	if (child == 0)
		run_in_child(world, rollback);
	cr_assert_eq(waitpid(child, &status, 0), child);
	world->fake->die_at = 0;
	cr_assert(WIFEXITED(status));
	cr_assert(
	    WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9, "exit %d", WEXITSTATUS(status));
	return WEXITSTATUS(status) == 9;
}

static void expect_ours(struct world *world, const struct ledger *ledger, size_t *sources)
{
	for (size_t i = 0; i < WORLD_CERTIFICATES; i++) {
		AUTO(arena) arena = {0};
		const char *place = arena_printf(&arena, "/src/root-%s", world->hex[i]);
		const char *id = arena_printf(&arena, "certificate/%s", world->key[i]);
		const char *content = fake_read(world->fake, place);
		/* what an administrator put there is his key, not a certificate */
		bool ours = content && strcmp(content, world->key[i]) != 0;

		cr_assert_eq(ledger_find(ledger, id) != NULL, ours,
		    "%s: the ledger %s it, %s is %s", id, ours ? "lacks" : "has", place,
		    content ? content : "not there");
		*sources += ours;
	}
}

void world_agrees(struct world *world)
{
	AUTO(ledger) ledger = {0};
	AUTO(journal_names) names = {0};
	AUTO(history) history = {0};
	struct err err = {0};
	size_t sources = 0, certificates = 0;

	cr_assert(ledger_load(&world->root, "/var/state/ledger", &ledger, &err), "%s", err.text);
	expect_ours(world, &ledger, &sources);
	for (size_t i = 0; i < ledger.count; i++)
		certificates += ledger.list[i].id[0] == 'c';
	cr_assert_eq(certificates, sources);
	cr_assert(journal_names(&world->root, "/var/state", &names, &err), "%s", err.text);
	cr_assert_eq(names.open_count, 0);
	cr_assert_null(fake_read(world->fake, "/src/" FILE_TEMPORARY));
	cr_assert_null(fake_read(world->fake, "/out/" FILE_TEMPORARY));
	cr_assert(history_load(&world->root, "/var/state", NULL, &history, &err), "%s", err.text);
}

void world_trusts(struct world *world, const char *letters)
{
	for (size_t i = 0; i < WORLD_CERTIFICATES; i++)
		cr_assert_eq(fake_trusts(world->fake, world->key[i]),
		    strchr(letters, 'a' + (int)i) != NULL, "%c", (char)('a' + i));
}

void world_start(struct world *world)
{
	struct fake empty = {.calls = world->fake->calls};

	world_forget(world);
	*world->fake = empty;
	fake_trust(world->fake, "/usr", world->key[0]);
	fake_trust(world->fake, "/usr", world->key[1]);
	fake_trust(world->fake, "/src", world->key[2]);
	fake_rebuild(world->fake);
	world_letters(world, "de", WORLD_PROXY_ONE);
	world_comply(world);
	world_letters(world, "adEf", WORLD_PROXY_TWO);
}

const struct step *world_step(
    const struct world *world, const struct outcome *out, size_t certificate)
{
	AUTO(arena) arena = {0};
	const struct step *step =
	    plan_find(&out->plan, arena_printf(&arena, "certificate/%s", world->key[certificate]));

	cr_assert_not_null(step);
	return step;
}

struct fake *world_snapshot(const struct world *world)
{
	struct fake *copy = malloc(sizeof(*copy));

	cr_assert_not_null(copy);
	*copy = *world->fake;
	return copy;
}
