/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/digest.h"
#include "made_certificate.h"
#include "state/floors.h"
#include "world.h"

enum { DAY = 86400, YEAR = 365 * DAY };

WORLD_SUITE(resolve)
TestSuite(floors, .init = open_world, .fini = close_world);

static const struct step *step_of(const struct outcome *out, size_t certificate)
{
	return world_step(&world, out, certificate);
}

Test(resolve, the_later_policy_wins_item_by_item)
{
	AUTO(outcome) out = {0};
	AUTO(text) first = {0};
	AUTO(text) second = {0};

	text_addf(&first,
	    "schema_version: 1\nname: one\ncertificates:\n"
	    "  - {store: root, state: present, sha256: %s, bundle: corp}\n"
	    "  - {store: root, state: present, sha256: %s, bundle: corp}\n" WORLD_PROXY_ONE,
	    world.hex[0], world.hex[1]);
	text_addf(&second,
	    "schema_version: 1\nname: two\ncertificates:\n"
	    "  - {store: root, state: absent, sha256: %s}\n"
	    "proxy: {mode: direct, targets: [apt]}\n",
	    world.hex[0]);
	world_policies(&world, text_string(&first), text_string(&second), NULL);
	world_check(&world, &out);
	cr_assert_eq(out.want.count, 4);
	cr_assert_eq(step_of(&out, 0)->want->presence, ITEM_ABSENT);
	cr_assert_str_eq(step_of(&out, 0)->want->asked.policy, "two");
	cr_assert_str_eq(step_of(&out, 0)->want->asked.origin.file, "2.yaml");
	cr_assert_eq(step_of(&out, 0)->want->asked.origin.line, 4);
	cr_assert_eq(step_of(&out, 1)->want->presence, ITEM_PRESENT);
	cr_assert_str_eq(step_of(&out, 1)->want->asked.policy, "one");
	cr_assert_str_eq(plan_find(&out.plan, "proxy/apt")->want->value, "direct");
	cr_assert_str_neq(plan_find(&out.plan, "proxy/dnf")->want->value, "direct");
}

Test(resolve, a_filtered_policy_says_nothing)
{
	AUTO(outcome) out = {0};

	world_letters(&world, "ab", "undeclared: {root: remove, remove_unowned: true}\n");
	world.policies.list[0].filtered = "another host";
	fake_trust(world.fake, "/usr", world.key[3]);
	fake_rebuild(world.fake);
	world_check(&world, &out);
	cr_assert_eq(out.want.count, 0);
	cr_assert_not(out.compliant);
	cr_assert_eq(outcome_verdict(&out), VERDICT_NOTHING_APPLIES);
	cr_assert_eq(outcome_exit_status(&out), 0);
	cr_assert_str_eq(out.policies[0].filtered, "another host");
}

Test(resolve, all_is_what_the_bundle_gives_and_a_rule_of_its_own_is_stronger)
{
	AUTO(outcome) out = {0};
	AUTO(text) policy = {0};

	text_addf(&policy,
	    "schema_version: 1\nname: corp\ncertificates:\n"
	    "  - {store: root, state: absent, sha256: %s}\n"
	    "  - {store: root, state: present, bundle: corp, all: true}\n",
	    world.hex[2]);
	world_policies(&world, text_string(&policy), NULL);
	world_check(&world, &out);
	cr_assert_eq(out.plan.count, WORLD_CERTIFICATES);
	cr_assert_eq(step_of(&out, 2)->want->presence, ITEM_ABSENT);
	cr_assert_eq(out.summary[RESULT_FAIL], WORLD_CERTIFICATES - 1);
	world_comply(&world);
	world_trusts(&world, "abdef");
}

Test(resolve, all_but_one_is_said_by_distrusting_the_one)
{
	AUTO(outcome) out = {0};
	AUTO(text) policy = {0};
	char id[128];

	text_addf(&policy,
	    "schema_version: 1\nname: corp\ncertificates:\n"
	    "  - {store: root, state: present, bundle: corp, all: true}\n"
	    "  - {store: disallowed, state: present, bundle: corp, sha256: %s}\n",
	    world.hex[1]);
	world_policies(&world, text_string(&policy), NULL);
	world_check(&world, &out);
	cr_assert_eq(step_of(&out, 1)->result, RESULT_NOTAPPLICABLE);
	cr_assert_str_eq(step_of(&out, 1)->message, "1.yaml:5 distrusts it, which is stronger");
	snprintf(id, sizeof(id), "certificate/disallowed/%s", world.hex[1]);
	cr_assert_eq(plan_find(&out.plan, id)->action, ACTION_ADD);
	cr_assert_eq(out.summary[RESULT_NOTAPPLICABLE], 1);
}

Test(resolve, what_is_in_place_needs_no_keyring_and_its_bundle_was_not_checked)
{
	AUTO(outcome) out = {0};

	for (size_t i = 0; i < 3; i++)
		fake_trust(world.fake, "/usr", world.key[i]);
	fake_rebuild(world.fake);
	world_letters(&world, "abcD", "");
	/* asking for a bundle would ask for this keyring, which is not there */
	world.bundles.keyring_loaded = false;
	world.bundles.keyring_path = mem_strdup("/nonexistent/keyring.yaml");
	world_check(&world, &out);
	cr_assert(out.compliant);
	cr_assert_eq(out.summary[RESULT_NOTCHECKED], 1);
	cr_assert(plan_find(&out.plan, "bundle/corp"));
	cr_assert(strstr(plan_find(&out.plan, "bundle/corp")->message, "/nonexistent/keyring"));
}

Test(resolve, an_unusable_keyring_ends_the_run)
{
	AUTO(outcome) out = {0};
	struct err err = {0};

	world_letters(&world, "a", "");
	world.bundles.keyring_loaded = false;
	world.bundles.keyring_path = mem_strdup("/nonexistent/keyring.yaml");
	cr_assert_not(run_check(&world.run, &out, &err));
	cr_assert_eq(err.code, ERR_IO);
	cr_assert(strstr(err.text, "/nonexistent/keyring.yaml"), "%s", err.text);
}

Test(resolve, a_bundle_nobody_gave_fails_its_items_alone)
{
	AUTO(outcome) out = {0};

	fake_trust(world.fake, "/usr", world.key[0]);
	world_no_bundles(&world);
	world_letters(&world, "ab", "");
	world_apply(&world, &out);
	cr_assert_eq(step_of(&out, 0)->result, RESULT_FIXED);
	cr_assert_eq(step_of(&out, 1)->cause, CAUSE_NO_BUNDLE);
	cr_assert_eq(step_of(&out, 1)->action, ACTION_KEEP);
	cr_assert_not(out.refused);
	cr_assert_eq(outcome_exit_status(&out), 2);
	world_trusts(&world, "a");
}

Test(resolve, a_refused_bundle_leaves_the_host_as_it_is)
{
	AUTO(outcome) out = {0};
	size_t sets;

	fake_trust(world.fake, "/usr", world.key[0]);
	world_no_bundles(&world);
	fake_refused_bundle(&world.bundles, "corp.cab: 1 good signature, 2 are needed");
	world_letters(&world, "ab", "");
	sets = world.fake->sets;
	world_apply(&world, &out);
	cr_assert_eq(world.fake->sets, sets);
	cr_assert(out.refused);
	cr_assert_eq(outcome_exit_status(&out), 4);
	/* the bundle says why, once */
	cr_assert(strstr(step_of(&out, 1)->message, "is refused"), "%s", step_of(&out, 1)->message);
	cr_assert_eq(out.bundle_count, 1);
	cr_assert_not(out.bundles[0].pass);
	cr_assert(strstr(out.bundles[0].reason, "2 are needed"));
	outcome_release(&out);
	world_check(&world, &out);
	cr_assert_eq(outcome_exit_status(&out), 4);
}

Test(resolve, what_all_would_have_named_is_not_removed)
{
	AUTO(outcome) out = {0};
	static const char policy[] = "schema_version: 1\nname: corp\ncertificates:\n"
	                             "  - {store: root, state: present, bundle: corp, all: true}\n"
	                             "undeclared: {root: remove, remove_unowned: true}\n";

	world_policies(&world, policy, NULL);
	world_comply(&world);
	world_trusts(&world, "abcdef");
	world_no_bundles(&world);
	world_apply(&world, &out);
	world_trusts(&world, "abcdef");
	cr_assert_not(out.compliant);
	cr_assert_eq(outcome_exit_status(&out), 2);
}

/* A bundle "odd" with one certificate for root, and a policy that names it. */
static void try_odd(const struct made *made, const char *extra, struct outcome *out)
{
	AUTO(bytes) der = {0};
	AUTO(text) policy = {0};
	char hex[SHA256_HEX];

	made_certificate(&der, made);
	digest_sha256_hex(bytes_span(&der), hex);
	fake_bundle(&world.bundles, "odd", 1, WORLD_NOW - DAY, WORLD_NOW + YEAR,
	    &(struct fake_member){"odd.cer", "root", bytes_span(&der)}, 1);
	text_addf(&policy,
	    "schema_version: 1\nname: corp\ncertificates:\n"
	    "  - {store: root, state: present, sha256: %s, bundle: odd%s}\n",
	    hex, extra);
	world_policies(&world, text_string(&policy), NULL);
	world_apply(&world, out);
	cr_assert_eq(out->plan.count, 1);
}

Test(resolve, roots_that_are_expired_or_no_ca_are_refused_unless_allowed)
{
	static const struct {
		struct made made;
		const char *extra;
		enum result result;
		enum cause cause;
	} cases[] = {
	    {{.name = "X1",
	         .ca = true,
	         .not_before = "20200101000000Z",
	         .not_after = "20210101000000Z"},
	        "", RESULT_FAIL, CAUSE_REFUSED_EXPIRED},
	    {{.name = "X2",
	         .ca = true,
	         .not_before = "20200101000000Z",
	         .not_after = "20210101000000Z"},
	        ", allow_expired: true", RESULT_FIXED, CAUSE_NONE},
	    {{.name = "X3", .leaf = true}, "", RESULT_FAIL, CAUSE_REFUSED_NOT_CA},
	    {{.name = "X4"}, "", RESULT_FAIL, CAUSE_REFUSED_NOT_CA},
	    {{.name = "X5"}, ", allow_non_ca: true", RESULT_FIXED, CAUSE_NONE},
	    /* v1 cannot say that it is a CA's; a self-issued one was made to be a root */
	    {{.name = "X6", .version1 = true}, "", RESULT_FIXED, CAUSE_NONE},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(outcome) out = {0};

		world_no_bundles(&world);
		world_forget(&world);
		*world.fake = (struct fake){0};
		try_odd(&cases[i].made, cases[i].extra, &out);
		cr_assert_eq(out.plan.steps[0].result, cases[i].result, "%s: %s",
		    cases[i].made.name, out.plan.steps[0].message);
		cr_assert_eq(out.plan.steps[0].cause, cases[i].cause, "%s", cases[i].made.name);
		cr_assert_eq(outcome_exit_status(&out), cases[i].result == RESULT_FAIL ? 2 : 0);
		cr_assert_str_eq(out.plan.steps[0].want->label,
		    cases[i].result == RESULT_FIXED ? cases[i].made.name : "");
	}
}

Test(resolve, a_certificate_that_is_none_fails_alone)
{
	AUTO(outcome) out = {0};
	AUTO(text) policy = {0};
	struct span garbage = span_text("no certificate at all");
	char hex[SHA256_HEX];

	digest_sha256_hex(garbage, hex);
	fake_bundle(&world.bundles, "odd", 1, WORLD_NOW - DAY, WORLD_NOW + YEAR,
	    &(struct fake_member){"odd.cer", "root", garbage}, 1);
	text_addf(&policy,
	    "schema_version: 1\nname: corp\ncertificates:\n"
	    "  - {store: root, state: present, sha256: %s, bundle: odd}\n"
	    "  - {store: root, state: present, sha256: %s, bundle: corp}\n"
	    "  - {store: root, state: present, sha256: %064d, bundle: corp}\n",
	    hex, world.hex[0], 7);
	world_policies(&world, text_string(&policy), NULL);
	world_apply(&world, &out);
	cr_assert_eq(out.summary[RESULT_FIXED], 1);
	cr_assert_eq(out.summary[RESULT_FAIL], 2);
	cr_assert_eq(outcome_exit_status(&out), 2);
	for (size_t i = 0; i < out.plan.count; i++)
		if (strcmp(key_fingerprint(&out.plan.steps[i].want->key).text, hex) == 0)
			cr_assert_eq(out.plan.steps[i].cause, CAUSE_MALFORMED);
		else if (out.plan.steps[i].result == RESULT_FAIL)
			cr_assert_eq(out.plan.steps[i].cause, CAUSE_NOT_IN_BUNDLE);
}

Test(resolve, nothing_is_passed_over_in_silence)
{
	AUTO(outcome) out = {0};
	AUTO(text) policy = {0};

	text_addf(&policy,
	    "schema_version: 1\nname: corp\ncertificates:\n"
	    "  - {store: intermediate, state: present, sha256: %s, bundle: corp}\n"
	    "ctl:\n  - {list: authroot, max_age: 60d}\n"
	    "auto_update: {roots: enabled, disallowed: disabled, source: "
	    "'http://pki.corp.example/ctl'}\n"
	    "proxy: {mode: direct, targets: [zypper]}\n",
	    world.hex[0]);
	world_policies(&world, text_string(&policy), NULL);
	world_check(&world, &out);
	cr_assert_eq(out.summary[RESULT_NOTAPPLICABLE], 5);
	/* a proxy rule that no target of the host can hold */
	cr_assert_eq(out.summary[RESULT_FAIL], 1);
	for (size_t i = 0; i < out.plan.count; i++)
		cr_assert_not_null(out.plan.steps[i].message);
}

/* ---- floors ---- */

static void rule(const char *demand)
{
	AUTO(text) rest = {0};

	text_addf(&rest, "bundles:\n  - {id: corp%s}\n", demand);
	world_letters(&world, "a", text_string(&rest));
}

static void give(uint64_t version, int64_t created, int64_t expires)
{
	world_no_bundles(&world);
	world_bundle(&world, version, created, expires);
}

static void expect_refused(const char *says)
{
	AUTO(outcome) out = {0};
	size_t sets = world.fake->sets;

	world_apply(&world, &out);
	cr_assert(out.refused, "%s", says);
	cr_assert_eq(outcome_exit_status(&out), 4);
	cr_assert_eq(world.fake->sets, sets);
	cr_assert(strstr(out.bundles[0].reason, says), "%s", out.bundles[0].reason);
}

Test(floors, a_version_once_used_is_the_lowest)
{
	rule("");
	give(5, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
	give(4, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	expect_refused("4");
	give(5, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
	give(6, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
	give(5, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	expect_refused("5");
}

Test(floors, a_check_does_not_move_them)
{
	AUTO(outcome) out = {0};

	rule("");
	give(5, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_check(&world, &out);
	cr_assert_eq(file_type(&world.root, "/var"), FILE_ABSENT);
	give(4, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
}

Test(floors, a_run_that_is_rolled_back_does_not_move_them)
{
	AUTO(outcome) out = {0};
	struct err err = {0};

	rule("");
	give(5, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world.fake->fail_publish = true;
	cr_assert_not(run_apply(&world.run, &out, &err));
	world.fake->fail_publish = false;
	give(4, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
}

Test(floors, the_rules_of_the_policy_hold)
{
	rule(", min_version: 3");
	give(2, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	expect_refused("3");
	rule(", max_age: 90d");
	give(2, WORLD_NOW - 91 * DAY, WORLD_NOW + YEAR);
	expect_refused("");
	give(2, WORLD_NOW - 89 * DAY, WORLD_NOW + YEAR);
	world_comply(&world);
}

/* Whatever was signed once, there is always room for a next version. */
Test(floors, no_version_leaps_to_the_end)
{
	AUTO(floors) floors = {0};
	struct err err = {0};
	const uint64_t leap = 1ULL << 48;

	rule("");
	give(UINT64_MAX, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	expect_refused("jump");
	give(leap + 1, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	expect_refused("jump");
	give(leap, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
	give(leap + 1, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
	cr_assert(floors_load(&world.root, "/var/state/floors", &floors, &err), "%s", err.text);
	cr_assert_eq(floors_version(&floors, "corp"), leap + 1);
	cr_assert_eq(floors.newest_signed, WORLD_NOW - DAY);
}

Test(floors, versions_are_kept_to_the_last_digit)
{
	AUTO(floors) floors = {0};
	AUTO(floors) read = {0};
	struct bundle bundle = {.manifest = {.id = "a\"b", .version = UINT64_MAX - 1}};
	struct err err = {0};

	manifest_digest(&bundle.manifest);
	cr_assert(floors_raise(&floors, &bundle));
	cr_assert_not(floors_raise(&floors, &bundle));
	cr_assert(floors_store(&floors, &world.root, "/floors", &err), "%s", err.text);
	cr_assert(floors_load(&world.root, "/floors", &read, &err), "%s", err.text);
	cr_assert_eq(floors_version(&read, "a\"b"), UINT64_MAX - 1);
	cr_assert_eq(floors_version(&read, "a"), 0);
}

Test(floors, a_clock_that_runs_behind_unlocks_nothing)
{
	AUTO(outcome) out = {0};

	rule("");
	give(5, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
	/* a year back: this one would not have expired */
	world.run.now = WORLD_NOW - YEAR;
	give(5, WORLD_NOW - YEAR - DAY, WORLD_NOW - 30 * DAY);
	world_apply(&world, &out);
	cr_assert_eq(outcome_exit_status(&out), 4);
	cr_assert(strstr(out.bundles[0].reason, "expired at"), "%s", out.bundles[0].reason);
	cr_assert(strstr(text_string(&out.notes), "set the clock"), "%s", text_string(&out.notes));
}

Test(floors, a_bundle_tells_the_time_to_the_other_one)
{
	AUTO(outcome) out = {0};
	struct fake_member member = {"x.cer", "root", bytes_span(&world.der[0])};

	world_no_bundles(&world);
	fake_bundle(&world.bundles, "old", 1, WORLD_NOW - 2 * YEAR, WORLD_NOW - DAY, &member, 1);
	fake_bundle(&world.bundles, "new", 1, WORLD_NOW, WORLD_NOW + YEAR, &member, 1);
	world.run.now = WORLD_NOW - YEAR;
	world_letters(&world, "", "bundles: [{id: old}, {id: new}]\n");
	world_check(&world, &out);
	cr_assert_eq(outcome_exit_status(&out), 4);
	cr_assert_not(out.bundles[0].pass);
	cr_assert(out.bundles[1].pass);
}

Test(floors, one_bad_date_does_not_expire_everything_for_good)
{
	rule("");
	give(5, WORLD_NOW + 100LL * YEAR, WORLD_NOW + 200LL * YEAR);
	expect_refused("future");
	give(5, WORLD_NOW - DAY, WORLD_NOW + YEAR);
	world_comply(&world);
}

Test(floors, damage_is_not_taken_for_nothing_remembered)
{
	static const char *const cases[] = {
	    "",
	    "{}",
	    "[1]",
	    "{\"bundles\":{}}",
	    "{\"newest_signed\":\"2026-11-23\",\"bundles\":{\"a\":5}}",
	    "{\"newest_signed\":\"2026-11-23\",\"bundles\":{\"a\":\"-5\"}}",
	    "{\"newest_signed\":\"2026-11-23\",\"bundles\":{\"a\":\"99999999999999999999\"}}",
	    "{\"newest_signed\":\"yesterday\",\"bundles\":{}}",
	};

	world_letters(&world, "", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(outcome) out = {0};
		struct err err = {0};

		cr_assert(file_make_folders(&world.root, "/var/state", 0700, &err));
		cr_assert(file_store(&world.root, "/var/state/floors", span_text(cases[i]), &err));
		cr_assert_not(run_check(&world.run, &out, &err), "%s", cases[i]);
		cr_assert_eq(err.code, ERR_FORMAT);
	}
}
