/* SPDX-License-Identifier: Apache-2.0 */
/* A function that returns false without an error is a fault of ours: it never ends as success, and
 * never without a word. */
#include <criterion/criterion.h>

#include "world.h"

static struct world world;
static struct host_ops silent; /* the fake host's, with a planted fault */

static void init(void)
{
	world_open(&world);
	silent = *world.host.ops;
	world.host.ops = &silent;
}

static void fini(void)
{
	world_close(&world);
}

TestSuite(guard, .init = init, .fini = fini);

static bool observe_silently(struct host *host, enum item_kind kind, const struct observing *how,
    struct items *have, struct err *err)
{
	(void)how, (void)host, (void)kind, (void)have, (void)err;
	return false;
}

static bool put_silently(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	(void)host, (void)want, (void)have, (void)out, (void)err;
	return false;
}

static void expect_internal(const struct err *err, const char *verb)
{
	cr_assert_eq(err_exit_status(err->code), 1, "%d", err->code);
	cr_assert(
	    strstr(err->text, "internal error: ") && strstr(err->text, verb), "%s", err->text);
}

Test(guard, a_run_that_fails_without_a_reason_is_an_internal_error)
{
	AUTO(outcome) check = {0};
	AUTO(outcome) apply = {0};
	struct err err = {0};

	world_letters(&world, "a", "");
	silent.observe = observe_silently;
	cr_assert_not(run_check(&world.run, &check, &err));
	expect_internal(&err, "check");
	err = (struct err){0};
	cr_assert_not(run_apply(&world.run, &apply, &err));
	expect_internal(&err, "apply");
	outcome_fail(&check, &err);
	cr_assert_eq(outcome_verdict(&check), VERDICT_ERROR);
	cr_assert_eq(check.exit_status, 1);
}

Test(guard, an_item_that_fails_without_a_reason_says_so)
{
	AUTO(outcome) out = {0};
	struct err err = {0};

	world_letters(&world, "a", "");
	silent.put = put_silently;
	cr_assert(run_apply(&world.run, &out, &err), "%s", err.text);
	cr_assert_not(out.compliant);
	cr_assert_eq(out.plan.steps[0].result, RESULT_ERROR);
	cr_assert(
	    strstr(out.plan.steps[0].message, "internal error"), "%s", out.plan.steps[0].message);
}
