/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/journal.h"
#include "world.h"

WORLD_SUITE(repair)
TestSuite(rollback, .init = open_world, .fini = close_world);

/* In force before and after: must be in force at every instant. */
static void watch(struct fake *fake, void *context)
{
	(void)context;
	for (size_t i = 0; i < 4; i++)
		cr_assert(fake_trusts(fake, world.key[i]), "%zu", i);
}

/* Whichever call fails: trust is whole, and a plain run repairs what is left. */
Test(repair, any_call_may_fail)
{
	size_t failures = 0;

	for (size_t n = 1;; n++) {
		AUTO(outcome) out = {0};
		struct err err = {0};
		bool ok;
		size_t calls;

		world_start(&world);
		calls = world.fake->calls;
		world.fake->watch = watch;
		world.fake->fail_at = calls + n;
		ok = run_apply(&world.run, &out, &err);
		if (world.fake->calls < calls + n) {
			cr_assert(ok && out.compliant);
			break;
		}
		failures++;
		watch(world.fake, NULL);
		/* nobody is told that all is well when it is not */
		cr_assert(!ok || !out.compliant || out.notes.size, "call %zu", n);
		world.fake->fail_at = 0;
		world_comply(&world);
		world_trusts(&world, "abcdf");
		world_agrees(&world);
	}
	cr_assert_gt(failures, 20);
	cr_log_info("%zu calls failed in turn", failures);
}

static void die_everywhere(bool half, bool by_rollback)
{
	size_t deaths = 0;

	for (size_t n = 1;; n++) {
		struct fake *before;
		AUTO(outcome) out = {0};

		world_start(&world);
		before = world_snapshot(&world);
		if (!world_die(&world, n, half, false)) {
			free(before);
			break;
		}
		deaths++;
		watch(world.fake, NULL);
		world.fake->watch = watch;
		if (by_rollback) {
			struct err err = {0};
			AUTO(journal_names) names = {0};

			cr_assert(journal_names(&world.root, "/var/state", &names, &err));
			/* with nothing begun, the last transaction would be undone */
			if (names.open_count) {
				world_rollback(&world, NULL, &out);
				cr_assert_null(fake_difference(before, world.fake), "call %zu: %s",
				    n, fake_difference(before, world.fake));
				world_agrees(&world);
			}
		}
		world_comply(&world);
		world_trusts(&world, "abcdf");
		world_agrees(&world);
		free(before);
	}
	cr_assert_gt(deaths, 20);
	cr_log_info("died at %zu calls", deaths);
}

Test(repair, killed_anywhere_the_next_run_repairs)
{
	die_everywhere(false, false);
	die_everywhere(true, false);
}

Test(repair, killed_anywhere_rollback_repairs)
{
	die_everywhere(false, true);
	die_everywhere(true, true);
}

static bool has_open_transaction(void)
{
	AUTO(journal_names) names = {0};
	struct err err = {0};

	cr_assert(journal_names(&world.root, "/var/state", &names, &err), "%s", err.text);
	return names.open_count > 0;
}

/* False when the rollback ended before the call of that number. */
static bool die_in_rollback(size_t n, bool half)
{
	AUTO(outcome) out = {0};
	struct fake *before;
	bool died;

	world_start(&world);
	before = world_snapshot(&world);
	world_comply(&world);
	died = world_die(&world, n, half, true);
	if (died && has_open_transaction()) {
		world_rollback(&world, NULL, &out);
		cr_assert_null(fake_difference(before, world.fake), "call %zu", n);
	}
	world_comply(&world);
	world_trusts(&world, "abcdf");
	world_agrees(&world);
	free(before);
	return died;
}

Test(rollback, killed_anywhere_the_next_one_goes_on)
{
	size_t whole = 0, half = 0;

	while (die_in_rollback(whole + 1, false))
		whole++;
	while (die_in_rollback(half + 1, true))
		half++;
	cr_assert_gt(whole, 10);
	cr_assert_gt(half, 10);
}

Test(rollback, restores_everything_as_it_was)
{
	AUTO(outcome) out = {0};
	AUTO(bytes) ledger = {0};
	AUTO(bytes) again = {0};
	struct err err = {0};
	struct fake *before;

	world_start(&world);
	before = world_snapshot(&world);
	cr_assert(file_read(&world.root, "/var/state/ledger", 1 << 20, &ledger, &err));
	world_comply(&world);
	cr_assert_not_null(fake_difference(before, world.fake));
	world_rollback(&world, NULL, &out);
	cr_assert_null(fake_difference(before, world.fake));
	cr_assert(file_read(&world.root, "/var/state/ledger", 1 << 20, &again, &err));
	cr_assert(span_equal(bytes_span(&ledger), bytes_span(&again)));
	cr_assert(out.compliant);
	cr_assert_eq(out.plan.count, 4);
	cr_assert_eq(world_step(&world, &out, 4)->action, ACTION_ADD);
	cr_assert_eq(world_step(&world, &out, 5)->action, ACTION_REMOVE);
	cr_assert_str_eq(out.transaction, "20261123T100000Z-0003");
	world_agrees(&world);
	free(before);
}

Test(rollback, goes_back_to_an_id_and_history_tells)
{
	AUTO(outcome) out = {0};
	AUTO(history) history = {0};
	const struct history_item *item;
	struct err err = {0};
	struct fake *before = world_snapshot(&world);

	world_letters(&world, "a", "");
	world_comply(&world);
	world_letters(&world, "ab", "");
	world_comply(&world);
	world_letters(&world, "abc", "");
	world_comply(&world);
	world_rollback(&world, "20261123T100000Z-0001", &out);
	cr_assert_null(fake_difference(before, world.fake));
	cr_assert_eq(out.plan.count, 3);
	world_comply(&world);
	cr_assert(history_load(&world.root, "/var/state", NULL, &history, &err), "%s", err.text);
	cr_assert_eq(history.count, 5);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(history.list[i].outcome, HISTORY_ROLLED_BACK);
		cr_assert_eq(history.list[i].changed[ACTION_ADD], 1);
		cr_assert_not(history.list[i].undoable);
	}
	cr_assert_str_eq(history.list[3].mode, "rollback");
	cr_assert_str_eq(history.list[3].undoes,
	    "20261123T100000Z-0003 20261123T100000Z-0002 20261123T100000Z-0001");
	cr_assert_eq(history.list[4].outcome, HISTORY_DONE);
	cr_assert_eq(history.list[4].changed[ACTION_ADD], 3);
	cr_assert_str_eq(history.list[4].policies[0], "corp");
	cr_assert_eq(
	    history_of_item(&history, history.count, history.list[4].items[0].id, &item), 4);
	/* the rollback has them, too, and what it took back */
	cr_assert_eq(history.list[3].changed[ACTION_REMOVE], 3);
	cr_assert_eq(history_of_item(&history, 4, item->id, &item), 3);
	cr_assert_eq(item->action, ACTION_REMOVE);
	cr_assert_str_eq(item->before, WORDS_PRESENT);
	cr_assert_str_eq(item->after, WORDS_ABSENT);
	cr_assert_lt(history_of_item(&history, 3, item->id, &item), 3);
	cr_assert_eq(item->action, ACTION_ADD);
	free(before);
}

Test(rollback, refuses_what_is_not_there)
{
	AUTO(outcome) out = {0};
	struct err err = {0};

	cr_assert_not(run_rollback(&world.run, NULL, &out, &err));
	cr_assert_eq(err.code, ERR_USAGE);
	world_letters(&world, "a", "");
	world_comply(&world);
	cr_assert_not(run_rollback(&world.run, "nonsense\x1b", &out, &err));
	cr_assert_eq(err.code, ERR_USAGE);
	cr_assert_null(strchr(err.text, 0x1b));
	world_rollback(&world, NULL, &out);
	outcome_release(&out);
	cr_assert_not(run_rollback(&world.run, "20261123T100000Z-0001", &out, &err));
	cr_assert_eq(err.code, ERR_HOST);
}

Test(rollback, leaves_alone_what_others_changed_since)
{
	AUTO(outcome) out = {0};
	AUTO(arena) arena = {0};
	const char *place = arena_printf(&arena, "/src/root-%s", world.hex[5]);

	world_start(&world);
	world_comply(&world);
	fake_write(world.fake, place, "not ours any more");
	fake_write(world.fake, "/src/root-" FAKE_STRAY_DIGITS, "new");
	fake_rebuild(world.fake);
	world_rollback(&world, NULL, &out);
	cr_assert_str_eq(fake_read(world.fake, place), "not ours any more");
	cr_assert_not(out.compliant);
	cr_assert_eq(outcome_exit_status(&out), 2);
	cr_assert(strstr(text_string(&out.notes), place), "%s", text_string(&out.notes));
	/* the outputs follow from what is there now */
	cr_assert(fake_trusts(world.fake, world.key[5]));
	cr_assert(fake_trusts(world.fake, FAKE_STRAY));
	cr_assert(fake_trusts(world.fake, world.key[4]));
}

/* Sets the last of two transactions aside. */
static void lose_the_newest(void)
{
	AUTO(outcome) out = {0};
	AUTO(outcome) aside = {0};

	world_start(&world);
	world_apply(&world, &out);
	world_trusts(&world, "abcdf");
	world.run.discard = out.transaction;
	world_rollback(&world, NULL, &aside);
	world.run.discard = NULL;
}

static bool is_ours(size_t certificate)
{
	AUTO(ledger) ledger = {0};
	AUTO(arena) arena = {0};
	struct err err = {0};

	cr_assert(ledger_load(&world.root, "/var/state/ledger", &ledger, &err), "%s", err.text);
	return ledger_find(&ledger, arena_printf(&arena, "certificate/%s", world.key[certificate]));
}

Test(rollback, of_an_older_one_keeps_what_a_lost_one_made)
{
	AUTO(outcome) out = {0};

	lose_the_newest();
	world_rollback(&world, NULL, &out);
	world_trusts(&world, "abcf");
	cr_expect(is_ours(5));
	cr_expect_not(is_ours(3));
	cr_expect_not(is_ours(4));
}

Test(rollback, of_all_takes_back_what_a_lost_one_made)
{
	AUTO(outcome) out = {0};

	lose_the_newest();
	world.run.all = true;
	world_rollback(&world, NULL, &out);
	world_trusts(&world, "abc");
	cr_expect_not(is_ours(5));
	world_agrees(&world);
}

/* Else it would be passed over, and an older one be undone in its stead. */
Test(rollback, refuses_a_journal_that_is_no_regular_file)
{
	static const enum file_type types[] = {FILE_LINK, FILE_FOLDER};

	for (size_t i = 0; i < COUNT(types); i++) {
		AUTO(outcome) out = {0};
		AUTO(outcome) aside = {0};
		AUTO(file_state)
		state = {.type = types[i], .mode = 0700, .content = bytes_copy(span_text("x"))};
		const struct file_state gone = {.type = FILE_ABSENT};
		struct err err = {0};
		char path[JOURNAL_PATH];

		world_start(&world);
		world_apply(&world, &out);
		cr_assert(journal_path("/var/state", out.transaction, JOURNAL_DONE, path, &err));
		cr_assert(file_remove(&world.root, path, &err), "%s", err.text);
		cr_assert(file_set(&world.root, path, &state, &err), "%s", err.text);
		cr_expect_not(run_rollback(&world.run, NULL, &aside, &err), "%zu", i);
		cr_expect_eq(err.code, ERR_FORMAT);
		cr_expect(strstr(err.text, "it is no regular file"), "%s", err.text);
		world.run.discard = out.transaction;
		world_rollback(&world, NULL, &aside);
		world.run.discard = NULL;
		cr_assert(
		    journal_path("/var/state", out.transaction, JOURNAL_DISCARDED, path, &err));
		cr_expect_eq(file_type(&world.root, path), types[i]);
		cr_assert(file_set(&world.root, path, &gone, &err), "%s", err.text);
	}
}
