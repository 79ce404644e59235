/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/journal.h"
#include "world.h"

WORLD_SUITE(apply)

/* In force before and after: must be in force at every instant. */
static void watch(struct fake *fake, void *context)
{
	(void)context;
	for (size_t i = 0; i < 4; i++)
		cr_assert(fake_trusts(fake, world.key[i]), "%zu", i);
}

Test(apply, adds_replaces_and_removes)
{
	AUTO(outcome) out = {0};

	world_start(&world);
	world_trusts(&world, "abcde");
	world.fake->watch = watch;
	world_apply(&world, &out);
	world_trusts(&world, "abcdf");
	cr_assert(out.compliant);
	cr_assert_eq(outcome_exit_status(&out), 0);
	cr_assert_eq(world_step(&world, &out, 0)->result, RESULT_PASS);
	cr_assert_eq(world_step(&world, &out, 3)->result, RESULT_PASS);
	cr_assert_eq(world_step(&world, &out, 4)->result, RESULT_FIXED);
	cr_assert_eq(world_step(&world, &out, 4)->action, ACTION_REMOVE);
	cr_assert_eq(world_step(&world, &out, 5)->result, RESULT_FIXED);
	cr_assert_eq(world_step(&world, &out, 5)->action, ACTION_ADD);
	cr_assert_eq(plan_find(&out.plan, "proxy/apt")->action, ACTION_REPLACE);
	cr_assert_eq(out.summary[RESULT_FIXED], 4);
	cr_assert_eq(out.changed, 4);
	cr_assert_str_eq(out.transaction, "20261123T100000Z-0002");
	cr_assert_str_eq(fake_read(world.fake, "/proxy"),
	    "apt=static http=two.example:2\ndnf=static http=two.example:2\n");
	world_agrees(&world);
}

Test(apply, a_second_run_changes_nothing)
{
	AUTO(outcome) out = {0};
	size_t sets;

	world_start(&world);
	world_comply(&world);
	sets = world.fake->sets;
	world_apply(&world, &out);
	cr_assert_eq(world.fake->sets, sets);
	cr_assert_eq(out.summary[RESULT_FIXED], 0);
	cr_assert_str_eq(out.transaction, "");
	cr_assert(out.compliant);
}

Test(apply, check_says_the_same_and_touches_nothing)
{
	AUTO(outcome) out = {0};
	size_t sets;

	world_start(&world);
	sets = world.fake->sets;
	world_check(&world, &out);
	cr_assert_eq(world.fake->sets, sets);
	cr_assert_not(out.compliant);
	cr_assert_eq(outcome_exit_status(&out), 2);
	cr_assert_eq(world_step(&world, &out, 4)->cause, CAUSE_UNWANTED);
	cr_assert_eq(world_step(&world, &out, 5)->cause, CAUSE_MISSING);
	cr_assert_eq(world_step(&world, &out, 5)->want->content.size, world.der[5].size);
}

Test(apply, keeps_the_undo_data_of_the_last_ones)
{
	AUTO(history) history = {0};
	struct err err = {0};
	size_t undoable = 0;

	for (unsigned i = 0; i < JOURNAL_KEPT + 5; i++) {
		world_letters(&world, i % 2 ? "A" : "a", "");
		world_comply(&world);
	}
	cr_assert(history_load(&world.root, "/var/state", NULL, &history, &err), "%s", err.text);
	cr_assert_eq(history.count, JOURNAL_KEPT + 5);
	for (size_t i = 0; i < history.count; i++) {
		cr_assert_eq(history.list[i].undoable, i >= 5);
		cr_assert_eq(history.list[i].changed[i % 2 ? ACTION_REMOVE : ACTION_ADD], 1);
		undoable += history.list[i].undoable;
	}
	cr_assert_eq(undoable, JOURNAL_KEPT);
}

Test(apply, one_item_that_fails_does_not_stop_the_others)
{
	/* observe twice, put six, folder, set six: each of the puts and sets of certificates */
	static const size_t calls[] = {3, 8, 10, 15};

	for (size_t i = 0; i < COUNT(calls); i++) {
		AUTO(outcome) out = {0};
		struct fake empty = {.calls = world.fake->calls};

		world_forget(&world);
		*world.fake = empty;
		world_letters(&world, "abcdef", "");
		world.fake->fail_at = world.fake->calls + calls[i];
		world_apply(&world, &out);
		cr_assert_eq(out.summary[RESULT_ERROR], 1, "call %zu", calls[i]);
		cr_assert_eq(out.summary[RESULT_FIXED], WORLD_CERTIFICATES - 1);
		cr_assert_eq(outcome_exit_status(&out), 2);
		world.fake->fail_at = 0;
		world_agrees(&world);
		world_comply(&world);
	}
}

Test(apply, a_shared_file_fails_all_its_steps_and_is_left_as_it_was)
{
	AUTO(outcome) out = {0};

	fake_rebuild(world.fake);
	fake_write(world.fake, "/proxy", "apt=auto\n");
	world_letters(&world, "", WORLD_PROXY_ONE);
	/* observe twice, put twice, set */
	world.fake->fail_at = world.fake->calls + 5;
	world_apply(&world, &out);
	cr_assert_eq(out.summary[RESULT_ERROR], 2);
	cr_assert_str_eq(fake_read(world.fake, "/proxy"), "apt=auto\n");
	cr_assert_str_eq(out.transaction, "");
	cr_assert_eq(plan_find(&out.plan, "proxy/apt")->cause, CAUSE_WRITE_FAILED);
	world_agrees(&world);
}

Test(apply, what_cannot_be_published_is_rolled_back_whole)
{
	AUTO(outcome) out = {0};
	struct err err = {0};
	struct fake *before;

	world_start(&world);
	before = world_snapshot(&world);
	world.fake->fail_publish = true;
	cr_assert_not(run_apply(&world.run, &out, &err));
	cr_assert_eq(err.code, ERR_PUBLISH);
	cr_assert(strstr(err.text, "rolled back"), "%s", err.text);
	cr_assert(strstr(err.text, "the distribution's tool failed"), "%s", err.text);
	cr_assert_null(fake_difference(before, world.fake));
	cr_assert_not(out.compliant);
	cr_assert_geq(out.summary[RESULT_ERROR], 1);
	world_agrees(&world);
	free(before);
	world.fake->fail_publish = false;
	world_comply(&world);
	world_agrees(&world);
}

Test(apply, never_carries_out_what_is_waived)
{
	AUTO(outcome) out = {0};
	AUTO(text) waiver = {0};

	text_addf(&waiver,
	    "waivers:\n  - {item: certificate/%s, reason: r, owner: o, expires: 2027-01-31}\n",
	    world.key[1]);
	world_letters(&world, "ab", text_string(&waiver));
	world_apply(&world, &out);
	world_trusts(&world, "a");
	cr_assert(out.compliant);
	cr_assert_eq(world_step(&world, &out, 1)->result, RESULT_NOTCHECKED);
	cr_assert(world_step(&world, &out, 1)->waived);
	outcome_release(&out);
	world.run.now += 90 * 86400;
	world_apply(&world, &out);
	world_trusts(&world, "ab");
}

Test(apply, never_removes_what_it_did_not_put_there)
{
	AUTO(outcome) out = {0};

	fake_trust(world.fake, "/usr", world.key[0]);
	fake_trust(world.fake, "/src", world.key[1]);
	fake_rebuild(world.fake);
	world_letters(&world, "ABc", "undeclared: {root: remove}\n");
	world_apply(&world, &out);
	world_trusts(&world, "abc");
	cr_assert_eq(world_step(&world, &out, 0)->cause, CAUSE_NOT_OWNED);
	cr_assert_eq(world_step(&world, &out, 0)->result, RESULT_FAIL);
	cr_assert_eq(outcome_exit_status(&out), 2);
	outcome_release(&out);
	/* dropped from the policy: ours goes, the others stay */
	world_letters(&world, "", "undeclared: {root: remove}\n");
	world_apply(&world, &out);
	world_trusts(&world, "ab");
	cr_assert(out.compliant);
	world_agrees(&world);
	outcome_release(&out);
	world_letters(&world, "", "undeclared: {root: remove, remove_unowned: true}\n");
	world_apply(&world, &out);
	world_trusts(&world, "");
	cr_assert(out.compliant);
}

Test(apply, removes_an_item_from_every_place_it_stands_in)
{
	fake_trust(world.fake, "/usr", world.key[0]);
	fake_trust(world.fake, "/src", world.key[0]);
	fake_rebuild(world.fake);
	world_letters(&world, "", "undeclared: {root: remove, remove_unowned: true}\n");
	world_comply(&world);
	world_trusts(&world, "");
}

Test(apply, heals_outputs_and_owns_nothing_by_that)
{
	AUTO(outcome) out = {0};
	AUTO(ledger) ledger = {0};
	struct err err = {0};

	fake_trust(world.fake, "/usr", world.key[0]);
	world_letters(&world, "a", "");
	world_check(&world, &out);
	cr_assert_eq(world_step(&world, &out, 0)->cause, CAUSE_REBUILD_PENDING);
	outcome_release(&out);
	world_apply(&world, &out);
	cr_assert_eq(world_step(&world, &out, 0)->result, RESULT_FIXED);
	world_trusts(&world, "a");
	cr_assert(ledger_load(&world.root, "/var/state/ledger", &ledger, &err));
	cr_assert_eq(ledger.count, 0);
	outcome_release(&out);
	fake_write(world.fake, "/out/bundle", FAKE_STRAY "\n");
	world_letters(&world, "a", "undeclared: {root: remove}\n");
	world_apply(&world, &out);
	cr_assert(out.compliant);
	cr_assert_not(fake_trusts(world.fake, FAKE_STRAY));
	world_trusts(&world, "a");
}

Test(apply, one_writer_at_a_time)
{
	AUTO(outcome) out = {0};
	struct err err = {0};
	int lock;

	world_letters(&world, "a", "");
	cr_assert(file_make_folders(&world.root, "/run", 0755, &err));
	cr_assert(file_make_folders(&world.root, "/var/state/journal", 0700, &err));
	/* that of an image: its /run travels with it */
	cr_assert(file_lock(&world.root, "/var/state/lock", 0, &lock, &err), "%s", err.text);
	cr_assert_not(run_apply(&world.run, &out, &err));
	cr_assert_eq(err.code, ERR_LOCKED);
	cr_assert_not(run_rollback(&world.run, NULL, &out, &err));
	cr_assert_eq(err.code, ERR_LOCKED);
	world_check(&world, &out);
	file_unlock(lock);
	world_comply(&world);
}

/* A small generator of its own, so that a seed means the same everywhere. */
static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

struct trial {
	bool kept[WORLD_CERTIFICATES]; /* in force before and to be so after */
};

static void watch_trial(struct fake *fake, void *context)
{
	const struct trial *trial = context;

	for (size_t i = 0; i < WORLD_CERTIFICATES; i++)
		cr_assert(!trial->kept[i] || fake_trusts(fake, world.key[i]), "%zu", i);
}

static void random_policy(uint64_t *random, char letters[WORLD_CERTIFICATES + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < WORLD_CERTIFICATES; i++) {
		uint32_t choice = next_random(random) % 4;

		if (choice < 3)
			letters[count++] = (char)((choice ? 'a' : 'A') + (int)i);
	}
	letters[count] = 0;
}

/* One random policy onto whatever is there; what goes and what stays is worked out here once
 * more, from the rules alone. */
static void try_policy(uint64_t *random)
{
	struct trial trial = {0};
	char letters[WORLD_CERTIFICATES + 1];
	bool remove = next_random(random) % 2;
	AUTO(outcome) out = {0};
	size_t sets;

	random_policy(random, letters);
	for (size_t i = 0; i < WORLD_CERTIFICATES; i++) {
		AUTO(arena) arena = {0};
		const char *source =
		    fake_read(world.fake, arena_printf(&arena, "/src/root-%s", world.hex[i]));
		const char *shipped =
		    fake_read(world.fake, arena_printf(&arena, "/usr/root-%s", world.hex[i]));
		bool ours = source && strcmp(source, world.key[i]) != 0;
		bool goes =
		    ours && !shipped &&
		    (strchr(letters, 'A' + (int)i) || (remove && !strchr(letters, 'a' + (int)i)));

		trial.kept[i] = fake_trusts(world.fake, world.key[i]) && !goes;
	}
	world_letters(&world, letters, remove ? "undeclared: {root: remove}\n" : "");
	world.fake->watch = watch_trial;
	world.fake->watch_context = &trial;
	world_apply(&world, &out);
	watch_trial(world.fake, &trial);
	for (const char *letter = letters; *letter; letter++)
		if (*letter >= 'a')
			cr_assert(fake_trusts(world.fake, world.key[*letter - 'a']));
	world_agrees(&world);
	sets = world.fake->sets;
	outcome_release(&out);
	world_apply(&world, &out);
	cr_assert_eq(world.fake->sets, sets);
	world.fake->watch = NULL;
}

Test(apply, trust_is_never_less_than_before_and_after_have_in_common)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint64_t random = seed;
		struct fake empty = {.calls = world.fake->calls};

		world_forget(&world);
		*world.fake = empty;
		for (size_t i = 0; i < WORLD_CERTIFICATES; i++)
			if (next_random(&random) % 4 == 0)
				fake_trust(world.fake, next_random(&random) % 2 ? "/usr" : "/src",
				    world.key[i]);
		fake_rebuild(world.fake);
		for (unsigned round = 0; round < 6; round++)
			try_policy(&random);
	}
}

/* What a policy has set stays when it is gone, unless another one says otherwise. */
Test(apply, settings_that_nobody_names_any_more_are_restored)
{
	static const char *const policies[] = {
	    "schema_version: 1\nname: a\nproxy: {mode: static, http: 'a:1', targets: [apt]}\n",
	    "schema_version: 1\nname: a\nundeclared: {settings: keep}\n",
	    "schema_version: 1\nname: a\nundeclared: {settings: restore}\n",
	};
	static const size_t changed[] = {1, 0, 1}, owned[] = {1, 1, 0};

	for (size_t i = 0; i < COUNT(policies); i++) {
		AUTO(outcome) out = {0};

		world_policies(&world, policies[i], NULL);
		world_apply(&world, &out);
		cr_assert(out.compliant, "%zu", i);
		cr_assert_eq(out.changed, changed[i], "%zu: %zu", i, out.changed);
		cr_assert_eq(out.ledger.count, owned[i], "%zu: %zu", i, out.ledger.count);
	}
}
