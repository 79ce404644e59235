/* SPDX-License-Identifier: Apache-2.0 */
/* Facts: the list by itself, and what an image tells of itself. */
#include <criterion/criterion.h>

#include "trust_system.h"

static struct trust_system image;

static void setup(void)
{
	system_open(&image);
}

static void teardown(void)
{
	trust_system_release(&image);
}

TestSuite(facts, .init = setup, .fini = teardown);

static const struct fact *find(const char *name)
{
	const struct facts *facts = &image.host.facts;

	for (size_t i = 0; i < facts->count; i++)
		if (strcmp(facts->list[i].name, name) == 0)
			return &facts->list[i];
	return NULL;
}

/* NULL for a value: it is not known. */
static void expect(const char *name, const char *value, const char *source)
{
	const struct fact *fact = find(name);

	cr_assert(fact, "%s is not in the list", name);
	cr_expect(value ? fact->value && strcmp(fact->value, value) == 0 : !fact->value, "%s is %s",
	    name, fact->value ? fact->value : "not known");
	cr_expect_str_eq(fact->source, source, "%s is from %s", name, fact->source);
}

Test(facts, have_one_value_a_name)
{
	AUTO(facts) facts = {0};

	cr_expect_null(facts_value(&facts, "site"));
	cr_expect_not(facts_say(&facts, "site", ""));
	facts_set(&facts, "site", "berlin", "a");
	facts_set(&facts, "ou", "", "b");
	facts_set(&facts, "site", "hamburg", "c");
	cr_expect_eq(facts.count, 2);
	cr_expect_str_eq(facts_value(&facts, "site"), "hamburg");
	cr_expect_str_eq(facts.list[0].source, "c");
	cr_expect(facts_say(&facts, "site", "hamburg"));
	cr_expect_not(facts_say(&facts, "site", "berlin"));
	cr_expect(facts_say(&facts, "ou", ""));
}

Test(facts, that_are_not_known_are_listed_with_where_they_were_looked_for)
{
	AUTO(facts) facts = {0};

	facts_set(&facts, "site", NULL, "a");
	cr_expect_eq(facts.count, 1);
	cr_expect_null(facts_value(&facts, "site"));
	cr_expect_not(facts_say(&facts, "site", ""));
}

Test(facts, of_an_image_name_the_files_that_tell_them)
{
	system_write(&image, "usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
	system_write(&image, "etc/hostname", "# the name\nws-1\n");
	/* the machine is 258, which takes no byte of zero */
	system_write(&image, "usr/bin/sh",
	    "\x7f"
	    "ELF\x01\x01\x01.........\x03.\x02\x01 a program");
	system_observe(&image);
	expect(FACT_OS, "linux", "the system's files");
	expect(FACT_DISTRIBUTION, "debian", "/usr/lib/os-release");
	expect(FACT_RELEASE, "12", "/usr/lib/os-release");
	expect(FACT_HOSTNAME, "ws-1", "/etc/hostname");
	expect(FACT_ARCHITECTURE, "loongarch64", "/usr/bin/sh");
}

Test(facts, of_an_image_that_tells_nothing_are_not_known)
{
	system_folder(&image, "etc");
	system_observe(&image);
	expect(FACT_DISTRIBUTION, NULL, "/etc/os-release");
	expect(FACT_RELEASE, NULL, "/etc/os-release");
	expect(FACT_HOSTNAME, NULL, "/etc/hostname");
	expect(FACT_ARCHITECTURE, NULL, "/bin/sh");
}
