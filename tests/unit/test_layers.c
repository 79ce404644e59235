/* SPDX-License-Identifier: Apache-2.0 */
/* Which of several policies counts: winners, losers with their places, and what nobody knows. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "policy/layers/layers.h"

#define SHA_A      "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"
#define HEAD(name) "schema_version: 1\nname: " name "\n"
#define DIRECT     "proxy: {mode: direct, targets: [apt]}\n"
#define SERVER(at) "proxy: {mode: static, http: '" at "', targets: [apt]}\n"

static struct policies policies;
static struct resultant resultant;

static void teardown(void)
{
	resultant_release(&resultant);
	policies_release(&policies);
}

TestSuite(layers, .fini = teardown);

/* Each text is the file "1.yaml", "2.yaml", … */
static void load(const char *const *texts)
{
	for (int i = 0; texts[i]; i++) {
		char file[16];
		struct err err = {0};

		snprintf(file, sizeof(file), "%d.yaml", i + 1);
		cr_assert(policy_parse(span_text(texts[i]), file, &policies, &err), "%s", err.text);
	}
}

static void settle(void)
{
	resultant_collect(&policies, &resultant);
	resultant_settle(&resultant);
}

static const struct ruling *ruling_on(enum subject subject, unsigned which, const char *name)
{
	const struct demand like = {.subject = subject, .which = which, .name = name};

	return resultant_find(&resultant, &like);
}

static const struct ruling *certificate(enum store store)
{
	struct fingerprint sha256;
	struct demand like = {
	    .subject = SUBJECT_CERTIFICATE, .which = store, .name = "", .sha256 = sha256.digest};

	cr_assert(hex_parse(SHA_A, sha256.digest, SHA256_SIZE));
	return resultant_find(&resultant, &like);
}

static void expect_at(const struct demand *demand, const char *file, unsigned line)
{
	cr_assert(demand);
	cr_expect_str_eq(demand->policy->file, file);
	cr_expect_eq(
	    demand->position.line, line, "%s:%u", demand->policy->file, demand->position.line);
}

/* --- strength --- */

Test(layers, the_later_policy_wins_and_the_losers_keep_their_places)
{
	const struct ruling *ruling;

	load((const char *const[]){
	    HEAD("a") DIRECT, HEAD("b") "\n" SERVER("b:1"), HEAD("c") "\n\n" SERVER("c:1"), NULL});
	settle();
	ruling = ruling_on(SUBJECT_PROXY, TARGET_APT, "");
	cr_assert_eq(ruling->count, 3);
	expect_at(ruling->winner, "3.yaml", 5);
	expect_at(ruling->list[0], "1.yaml", 3);
	expect_at(ruling->list[1], "2.yaml", 4);
	cr_expect_null(ruling->undecided);
	cr_expect_eq(ruling_choice(ruling), ruling->winner);
	cr_expect_null(ruling_on(SUBJECT_PROXY, TARGET_DNF, ""));
}

Test(layers, a_higher_level_wins_and_contradicts_nobody_below)
{
	struct err err = {0};

	load((const char *const[]){HEAD("a") SERVER("a:1"), HEAD("b") DIRECT, NULL});
	cr_expect_not(policies_check(&policies, &err));
	policies.list[0].level = 1;
	cr_expect(policies_check(&policies, &err), "%s", err.text);
	settle();
	expect_at(resultant_winner(&resultant, SUBJECT_PROXY, TARGET_APT, NULL), "1.yaml", 3);
}

Test(layers, what_one_policy_says_of_a_store_another_leaves_open)
{
	load((const char *const[]){HEAD("a") "undeclared: {root: remove, settings: restore}\n",
	    HEAD("b") "undeclared: {intermediate: fail}\n", NULL});
	settle();
	cr_expect_eq(
	    demand_undeclared(resultant_winner(&resultant, SUBJECT_UNDECLARED, STORE_ROOT, NULL)),
	    UNDECLARED_REMOVE);
	cr_expect_eq(demand_undeclared(resultant_winner(
	                 &resultant, SUBJECT_UNDECLARED, STORE_INTERMEDIATE, NULL)),
	    UNDECLARED_FAIL);
	cr_expect_eq(
	    demand_undeclared(resultant_winner(&resultant, SUBJECT_UNDECLARED, STORES, NULL)),
	    SETTINGS_RESTORE);
	cr_expect_null(resultant_winner(&resultant, SUBJECT_UNDECLARED, STORE_DISALLOWED, NULL));
}

Test(layers, the_waiver_that_lasts_longest_counts_and_of_equal_ones_the_later)
{
#define WAIVER(item, until) "waivers: [{item: " item ", reason: r, owner: o, expires: " until "}]\n"
	load((const char *const[]){HEAD("a") WAIVER("proxy/apt", "2027-01-31"),
	    HEAD("b") "\n" WAIVER("proxy/apt", "2027-01-01"),
	    HEAD("c") "\n\n" WAIVER("proxy/dnf", "2027-01-01"),
	    HEAD("d") WAIVER("proxy/dnf", "2027-01-01"), NULL});
	settle();
	expect_at(resultant_winner(&resultant, SUBJECT_WAIVER, 0, "proxy/apt"), "1.yaml", 3);
	expect_at(resultant_winner(&resultant, SUBJECT_WAIVER, 0, "proxy/dnf"), "4.yaml", 3);
	cr_expect_null(resultant_winner(&resultant, SUBJECT_WAIVER, 0, "proxy/zypper"));
}

/* Stands for a bundle that gives one certificate. */
static bool expand_one(
    void *context, const struct demand *demand, struct resultant *out, struct err *err)
{
	struct demand one = *demand;

	(void)err;
	one.subject = SUBJECT_CERTIFICATE;
	one.name = "";
	one.sha256 = ((const struct fingerprint *)context)->digest;
	resultant_add(out, &one);
	return true;
}

Test(layers, a_rule_of_its_own_is_stronger_than_all_of_a_bundle_in_its_policy)
{
	struct fingerprint sha256;
	struct err err = {0};

	cr_assert(hex_parse(SHA_A, sha256.digest, SHA256_SIZE));
	load((const char *const[]){HEAD("a") "certificates:\n"
	                                     "  - {store: root, state: absent, sha256: " SHA_A "}\n"
	                                     "  - {store: root, bundle: x, all: true}\n",
	    NULL});
	resultant_collect(&policies, &resultant);
	cr_assert(resultant_expand(&resultant, expand_one, &sha256, &err));
	resultant_settle(&resultant);
	cr_assert_eq(resultant.ruling_count, 1);
	expect_at(resultant.rulings[0].winner, "1.yaml", 4);
	expect_at(resultant.rulings[0].list[0], "1.yaml", 5);
}

/* --- what is not known --- */

Test(layers, a_policy_for_other_hosts_says_nothing)
{
	load((const char *const[]){HEAD("a") DIRECT, HEAD("b") SERVER("b:1"), NULL});
	policies.list[1].filtered = "when.hostname";
	settle();
	cr_expect_eq(ruling_on(SUBJECT_PROXY, TARGET_APT, "")->count, 1);
	expect_at(resultant_winner(&resultant, SUBJECT_PROXY, TARGET_APT, NULL), "1.yaml", 3);
}

static void undecide(size_t policy)
{
	policies.list[policy].filtered = "when.hostname";
	policies.list[policy].undecided = true;
}

Test(layers, what_may_not_be_for_this_host_counts_against_another_demand)
{
	const struct ruling *ruling;

	load((const char *const[]){HEAD("a") SERVER("a:1"), HEAD("b") DIRECT, NULL});
	undecide(0);
	settle();
	ruling = ruling_on(SUBJECT_PROXY, TARGET_APT, "");
	expect_at(ruling->winner, "2.yaml", 3);
	expect_at(ruling->undecided, "1.yaml", 3);
	cr_expect_eq(ruling_choice(ruling), ruling->undecided);
	cr_expect_not_null(resultant_next(&resultant, SUBJECT_PROXY, NULL));
	cr_expect_null(resultant_next(
	    &resultant, SUBJECT_PROXY, resultant_next(&resultant, SUBJECT_PROXY, NULL)));
}

Test(layers, what_may_not_be_for_this_host_changes_nothing_where_it_wants_the_same)
{
	load((const char *const[]){
	    HEAD("a") SERVER("http://A:1"), HEAD("b") SERVER("a:1"), HEAD("c") "\n" DIRECT, NULL});
	undecide(0);
	policies.list[2].filtered = "when.os";
	settle();
	cr_expect_null(ruling_on(SUBJECT_PROXY, TARGET_APT, "")->undecided);
}

Test(layers, what_may_not_be_for_this_host_gives_way_to_a_higher_level)
{
	load((const char *const[]){HEAD("a") SERVER("a:1"), HEAD("b") DIRECT, NULL});
	undecide(0);
	policies.list[1].level = 1;
	settle();
	cr_expect_null(ruling_on(SUBJECT_PROXY, TARGET_APT, "")->undecided);
}

Test(layers, nobody_but_an_undecided_policy_leaves_no_winner)
{
	const struct ruling *ruling;

	load((const char *const[]){HEAD("a") "undeclared: {root: remove}\n" DIRECT, NULL});
	undecide(0);
	settle();
	ruling = ruling_on(SUBJECT_PROXY, TARGET_APT, "");
	cr_expect_null(ruling->winner);
	expect_at(ruling->undecided, "1.yaml", 4);
	cr_expect_null(resultant_winner(&resultant, SUBJECT_UNDECLARED, STORE_ROOT, NULL));
	cr_expect_not(resultant_has(&resultant, SUBJECT_PROXY));
}

/* --- distrust --- */

Test(layers, distrust_is_stronger_than_trust_whichever_policy_came_later)
{
	load((const char *const[]){HEAD("a") "certificates: [{store: disallowed, sha256: " SHA_A
	                                     "}]\n",
	    HEAD("b") "\ncertificates: [{store: root, sha256: " SHA_A "}]\n", NULL});
	settle();
	expect_at(resultant_distrust(&resultant, certificate(STORE_ROOT)), "1.yaml", 3);
	cr_expect_null(resultant_distrust(&resultant, certificate(STORE_DISALLOWED)));
}

Test(layers, distrust_that_is_to_be_absent_is_none)
{
	load((const char *const[]){
	    HEAD("a") "certificates: [{store: disallowed, state: absent, sha256: " SHA_A "}]\n",
	    HEAD("b") "certificates: [{store: root, sha256: " SHA_A "}]\n", NULL});
	settle();
	cr_expect_null(resultant_distrust(&resultant, certificate(STORE_ROOT)));
}

Test(layers, without_a_policy_nothing_is_said)
{
	resultant_collect(NULL, &resultant);
	resultant_settle(&resultant);
	cr_expect_eq(resultant.ruling_count, 0);
	cr_expect_null(resultant_winner(&resultant, SUBJECT_PROXY, TARGET_APT, NULL));
}

/* --- against a model --- */

enum { MODEL_RUNS = 20000, MODEL_POLICIES = 6, MODEL_THINGS = 3 };

struct said {
	bool is, undecided, filtered;
	unsigned level, value;
};

static unsigned next_random(uint64_t *seed, unsigned below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % below;
}

/* The rule in the words of the head of layers.h, without sorting: the index of the policy that
 * wins `thing`, or -1; and whether an undecided one stands against it. */
static int model_winner(
    const struct said said[MODEL_POLICIES][MODEL_THINGS], unsigned thing, int *undecided)
{
	int winner = -1;

	*undecided = -1;
	for (int i = 0; i < MODEL_POLICIES; i++) {
		const struct said *one = &said[i][thing];
		int *best = one->undecided ? undecided : &winner;

		if (one->is && (!one->filtered || one->undecided) &&
		    (*best < 0 || one->level >= said[*best][thing].level))
			*best = i;
	}
	if (winner >= 0 && *undecided >= 0 &&
	    (said[winner][thing].level > said[*undecided][thing].level ||
	        said[winner][thing].value == said[*undecided][thing].value))
		*undecided = -1;
	return winner;
}

static void make_said(struct said said[MODEL_POLICIES][MODEL_THINGS], uint64_t *seed)
{
	for (size_t i = 0; i < MODEL_POLICIES; i++) {
		struct said all = {.level = next_random(seed, 3),
		    .undecided = next_random(seed, 4) == 0,
		    .filtered = next_random(seed, 4) == 0};

		for (size_t j = 0; j < MODEL_THINGS; j++) {
			said[i][j] = all;
			said[i][j].is = next_random(seed, 3) > 0;
			said[i][j].value = next_random(seed, 2);
		}
	}
}

static void check_against_model(uint64_t seed)
{
	static const enum proxy_target things[MODEL_THINGS] = {
	    TARGET_APT, TARGET_DNF, TARGET_ZYPPER};
	struct policy list[MODEL_POLICIES] = {0};
	struct proxy_rule rules[2] = {{.mode = PROXY_DIRECT}, {.mode = PROXY_AUTO}};
	struct said said[MODEL_POLICIES][MODEL_THINGS];
	AUTO(resultant) merged = {0};

	make_said(said, &seed);
	for (size_t i = 0; i < MODEL_POLICIES; i++) {
		list[i].level = said[i][0].level;
		list[i].undecided = said[i][0].undecided;
		for (size_t j = 0; j < MODEL_THINGS; j++)
			if (said[i][j].is && (!said[i][j].filtered || said[i][j].undecided))
				resultant_add(&merged, &(struct demand){.subject = SUBJECT_PROXY,
				                           .which = things[j],
				                           .rule = &rules[said[i][j].value],
				                           .policy = &list[i]});
	}
	resultant_settle(&merged);
	for (unsigned j = 0; j < MODEL_THINGS; j++) {
		const struct demand like = {
		    .subject = SUBJECT_PROXY, .which = things[j], .name = ""};
		const struct ruling *ruling = resultant_find(&merged, &like);
		int undecided, winner = model_winner(said, j, &undecided);

		cr_assert_eq(ruling && ruling->winner ? ruling->winner->policy - list : -1, winner,
		    "seed %llu, thing %u", (unsigned long long)seed, j);
		cr_assert_eq(ruling && ruling->undecided ? ruling->undecided->policy - list : -1,
		    undecided, "seed %llu, thing %u", (unsigned long long)seed, j);
	}
}

Test(layers, agree_with_a_model_over_random_policies)
{
	for (uint64_t seed = 1; seed <= MODEL_RUNS; seed++)
		check_against_model(seed);
}
