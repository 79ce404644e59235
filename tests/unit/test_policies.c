/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "formats/document.h"
#include "policy_texts.h"

/* --- filters --- */

static const char *filtered_for(
    const char *when, const char *os, const char *hostname, struct policies *policies)
{
	AUTO(facts) facts = {0};
	struct err err;
	AUTO(text) text = {0};

	facts_set(&facts, FACT_OS, os, "test");
	facts_set(&facts, FACT_HOSTNAME, hostname, "test");
	text_addf(&text, HEAD("a") "when: %s\n", when);
	cr_assert(policy_parse(span_text(text.data), "p", policies, &err), "%s", err.text);
	policies_filter(policies, &facts);
	return policies->list[policies->count - 1].filtered;
}

Test(policy, filters_by_system_and_name)
{
	static const struct {
		const char *when, *os, *hostname, *reason;
	} cases[] = {
	    {"{os: [linux]}", "linux", "a", NULL},
	    {"{os: [linux, windows]}", "windows", "a", NULL},
	    {"{os: [windows]}", "linux", "a", "when.os: this host runs linux"},
	    {"{os: [windows]}", "", "a", "when.os: this host runs an unknown system"},
	    {"{hostname: ['ws-*']}", "linux", "ws-1", NULL},
	    {"{hostname: ['ws-*']}", "linux", "WS-1.corp.example", NULL},
	    {"{hostname: [ws-1]}", "linux", "ws-1.corp.example", NULL},
	    {"{hostname: ['ws-1.*']}", "linux", "ws-1",
	        "when.hostname: no pattern matches \"ws-1\""},
	    {"{hostname: ['ws-?']}", "linux", "ws-12",
	        "when.hostname: no pattern matches \"ws-12\""},
	    {"{hostname: ['ws-*', '!ws-lab-*']}", "linux", "ws-lab-1",
	        "when.hostname: \"!ws-lab-*\" excludes \"ws-lab-1\""},
	    {"{hostname: ['!ws-lab-*', 'ws-*']}", "linux", "WS-LAB-1",
	        "when.hostname: \"!ws-lab-*\" excludes \"WS-LAB-1\""},
	    {"{hostname: ['!lab']}", "linux", "srv", NULL},
	    {"{hostname: ['!lab']}", "linux", "lab.corp.example",
	        "when.hostname: \"!lab\" excludes \"lab.corp.example\""},
	    {"{hostname: ['a*']}", "linux", "", "when.hostname: no pattern matches \"\""},
	    {"{hostname: ['a*']}", "linux", NULL,
	        "when.hostname: the name of this host is not known"},
	    {"{hostname: ['!a*']}", "linux", NULL,
	        "when.hostname: the name of this host is not known"},
	    {"{os: [windows], hostname: ['a*']}", "linux", NULL, "when.os: this host runs linux"},
	    {"{os: [linux]}", "linux", NULL, NULL},
	    {"{os: [linux], hostname: [b]}", "linux", "a",
	        "when.hostname: no pattern matches \"a\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(policies) policies = {0};
		const char *reason =
		    filtered_for(cases[i].when, cases[i].os, cases[i].hostname, &policies);

		if (!cases[i].reason)
			cr_expect_null(reason, "%s: %s", cases[i].when, reason);
		else
			cr_expect(reason && strcmp(reason, cases[i].reason) == 0, "%s: %s",
			    cases[i].when, reason ? reason : "applies");
	}
}

Test(policy, what_is_not_known_is_undecided)
{
	AUTO(policies) policies = {0};

	filtered_for("{hostname: [a]}", "linux", NULL, &policies);
	cr_expect(policies.list[0].undecided);
	filtered_for("{hostname: [a]}", "linux", "b", &policies);
	cr_expect_not(policies.list[1].undecided);
	filtered_for("{os: [windows], hostname: [a]}", "linux", NULL, &policies);
	cr_expect_not(policies.list[2].undecided);
}

/* --- conflicts --- */

#define ROOT_A "certificates:\n  - store: root\n    sha256: " SHA_A "\n"
/* what it is called and where it comes from is no other demand */
#define ROOT_A_MORE "    label: Corp Root\n    bundle: x\n"
#define NO_ROOT_A   "certificates:\n  - {store: root, state: absent, sha256: " SHA_A "}\n"
#define DIS_A       "certificates:\n  - {store: disallowed, sha256: " SHA_A "}\n"
#define ALL(of)     "certificates:\n  - {store: root, all: true, bundle: " of "}\n"
#define APT         "proxy: {mode: direct, targets: [apt]}\n"
#define DNF         "proxy: {mode: direct, targets: [dnf]}\n"
#define AGAINST     " is wanted in two ways that contradict each other; see also 1.yaml:"
#define LIST(of)    "proxy: {mode: static, http: 'a:1', targets: [apt], bypass: [" of "]}\n"
#define PROXY(of)   "proxy: {mode: static, http: '" of "', targets: [apt]}\n"

struct conflict {
	const char *first, *second, *message; /* NULL: none */
};

static const struct conflict conflicts[] = {
    {HEAD("a"), HEAD("b"), NULL},
    {HEAD("a"), HEAD("a"),
        "2.yaml:1:1: the policy name \"a\" is declared twice; see also 1.yaml:1"},
    {HEAD("a") ROOT_A, HEAD("b") ROOT_A, NULL},
    {HEAD("a") ROOT_A, HEAD("b") ROOT_A ROOT_A_MORE, NULL},
    {HEAD("a") ROOT_A, HEAD("b") ROOT_A "    allow_expired: true\n",
        "2.yaml:4:5: certificate/root/" SHA_A AGAINST "4"},
    {HEAD("a"), HEAD("b") ROOT_A "  - {store: root, sha256: " SHA_A "}\n",
        "2.yaml:6:5: certificate/root/" SHA_A " is declared twice; see also 2.yaml:4"},
    {HEAD("a") ROOT_A, HEAD("b") NO_ROOT_A, "2.yaml:4:5: certificate/root/" SHA_A AGAINST "4"},
    {HEAD("a") ROOT_A, HEAD("b") DIS_A,
        "2.yaml:4:5: certificate " SHA_A " is both trusted and disallowed; see also 1.yaml:4"},
    {HEAD("a") NO_ROOT_A, HEAD("b") DIS_A, NULL},
    {HEAD("a") ALL("x"), HEAD("b") ALL("x"), NULL},
    {HEAD("a") ALL("x"), HEAD("b") ALL("y"), NULL},
    {HEAD("a") ALL("x"), HEAD("b") NO_ROOT_A, NULL},
    {HEAD("a") APT, HEAD("b") APT, NULL},
    {HEAD("a") APT, HEAD("b") "proxy: {mode: direct}\n", NULL},
    {HEAD("a") PROXY("a:1"), HEAD("b") PROXY("a:1"), NULL},
    {HEAD("a") PROXY("a:1"), HEAD("b") PROXY("a:2"), "2.yaml:3:8: proxy/apt" AGAINST "3"},
    {HEAD("a") PROXY("p.corp:1"), HEAD("b") PROXY("http://P.corp:1/"), NULL},
    {HEAD("a") PROXY("http://p.corp:1"), HEAD("b") PROXY("https://p.corp:1"),
        "2.yaml:3:8: proxy/apt" AGAINST "3"},
    {HEAD("a") LIST("a.example, '*.b.example', a.example"),
        HEAD("b") LIST("'*.B.example', A.example"), NULL},
    {HEAD("a") LIST("a.example"), HEAD("b") LIST("a.example, b.example"),
        "2.yaml:3:8: proxy/apt" AGAINST "3"},
    {HEAD("a") LIST("a.example"), HEAD("b") LIST("a.example], credentials: keep, probe: ["),
        "2.yaml:3:8: proxy/apt" AGAINST "3"},
    {HEAD("a") APT, HEAD("b") DNF, NULL},
    {HEAD("a") "proxy: {mode: auto}\n", HEAD("b") DNF, "2.yaml:3:8: proxy/dnf" AGAINST "3"},
    {HEAD("a") "when: {os: [linux]}\n" APT, HEAD("b") "when: {os: [windows]}\n" PROXY("a:1"), NULL},
    {HEAD("a") "when: {os: [linux]}\n" APT, HEAD("b") PROXY("a:1"),
        "2.yaml:3:8: proxy/apt" AGAINST "4"},
    {HEAD("a") "when: {hostname: [x]}\n" APT, HEAD("b") "when: {hostname: [y]}\n" PROXY("a:1"),
        NULL},
    {HEAD("a") "when: {hostname: [x]}\n" APT, HEAD("b") PROXY("a:1"),
        "2.yaml:3:8: proxy/apt" AGAINST "4"},
    {HEAD("a") "undeclared: {root: report}\n", HEAD("b") "undeclared: {root: remove}\n",
        "2.yaml:3:13: undeclared.root" AGAINST "3"},
    {HEAD("a") "undeclared: {root: report}\n", HEAD("b") "undeclared: {root: report}\n", NULL},
    {HEAD("a") "undeclared: {root: keep}\n", HEAD("b") "undeclared: {root: keep}\n", NULL},
    {HEAD("a") "undeclared: {root: keep}\n", HEAD("b") "undeclared: {root: remove}\n",
        "2.yaml:3:13: undeclared.root" AGAINST "3"},
    {HEAD("a") "undeclared: {disallowed: fail}\n", HEAD("b") "undeclared: {disallowed: keep}\n",
        "2.yaml:3:13: undeclared.disallowed" AGAINST "3"},
    {HEAD("a") "undeclared: {root: keep}\n", HEAD("b") "undeclared: {intermediate: remove}\n",
        NULL},
    {HEAD("a") "undeclared: {root: remove}\n",
        HEAD("b") "undeclared: {root: remove, remove_unowned: true}\n",
        "2.yaml:3:13: undeclared.root" AGAINST "3"},
    {HEAD("a") "undeclared: {settings: keep}\n", HEAD("b") "undeclared: {settings: restore}\n",
        "2.yaml:3:13: undeclared.settings" AGAINST "3"},
    {HEAD("a") "undeclared: {root: report}\n", HEAD("b") "undeclared: {intermediate: report}\n",
        NULL},
    {HEAD("a") "ctl: [{list: authroot}]\n", HEAD("b") "ctl: [{list: authroot}]\n", NULL},
    {HEAD("a") "ctl: [{list: authroot}]\n", HEAD("b") "ctl: [{list: authroot, max_age: 60d}]\n",
        "2.yaml:3:7: ctl/authroot" AGAINST "3"},
    {HEAD("a") "auto_update: {roots: enabled}\n", HEAD("b") "auto_update: {roots: disabled}\n",
        "2.yaml:3:14: auto_update/roots" AGAINST "3"},
    {HEAD("a") "auto_update: {source: 'http://a/'}\n",
        HEAD("b") "auto_update: {source: 'http://a/'}\n", NULL},
    {HEAD("a") "auto_update: {source: 'http://a/'}\n", HEAD("b") "auto_update: {source: default}\n",
        "2.yaml:3:14: auto_update/source" AGAINST "3"},
    {HEAD("a") "auto_update: {roots: enabled}\n", HEAD("b") "auto_update: {source: default}\n",
        NULL},
    {HEAD("a") "bundles: [{id: x}]\n", HEAD("b") "bundles: [{id: x, min_version: 2}]\n", NULL},
    {HEAD("a"), HEAD("b") "bundles:\n  - id: x\n  - id: x\n",
        "2.yaml:5:5: bundle x is declared twice; see also 2.yaml:4"},
    {HEAD("a"), HEAD("b") "ctl: [{list: authroot}, {list: authroot}]\n",
        "2.yaml:3:25: ctl/authroot is declared twice; see also 2.yaml:3"},
    {HEAD("a"),
        HEAD("b") "waivers:\n"
                  "  - {item: proxy/apt, reason: r, expires: 2027-01-31}\n"
                  "  - {item: proxy/apt, reason: r, expires: 2027-01-31}\n",
        "2.yaml:5:5: the waiver of proxy/apt is declared twice; see also 2.yaml:4"},
};

Test(policies, name_both_places_of_a_conflict)
{
	for (size_t i = 0; i < COUNT(conflicts); i++) {
		const struct conflict *test = &conflicts[i];
		AUTO(policies) policies = {0};
		struct err err = {0};
		bool good;

		load_texts(&policies, (const char *const[]){test->first, test->second, NULL});
		good = policies_check(&policies, &err);
		cr_expect_eq(good, !test->message, "case %zu: %s", i, err.text);
		cr_expect(!test->message || err.code == ERR_POLICY, "case %zu", i);
		if (test->message)
			cr_expect_str_eq(err.text, test->message, "case %zu:\n  got  %s\n  want %s",
			    i, err.text, test->message);
	}
}

Test(policies, are_compared_as_they_apply_to_a_host)
{
	static const char *const texts[] = {HEAD("a") "when: {hostname: ['x*']}\n" APT,
	    HEAD("b") "when: {hostname: ['*y']}\n" PROXY("a:1"), NULL};
	AUTO(facts) facts = {0};
	AUTO(policies) policies = {0};
	struct err err;

	facts_set(&facts, FACT_HOSTNAME, "xy", "test");
	load_texts(&policies, texts);
	cr_assert(policies_check(&policies, &err), "%s", err.text);
	policies_filter(&policies, &facts);
	cr_assert_not(policies_check(&policies, &err));
	cr_assert_str_eq(err.text, "2.yaml:4:8: proxy/apt" AGAINST "4");
	facts_set(&facts, FACT_HOSTNAME, "xz", "test");
	policies_filter(&policies, &facts);
	cr_assert(policies_check(&policies, &err), "%s", err.text);
}

Test(policies, are_compared_in_time_that_does_not_explode)
{
	AUTO(policies) policies = {0};
	AUTO(text) text = {0};
	struct err err;

	text_add(&text, HEAD("many") "certificates:\n");
	for (unsigned i = 0; i < 40000; i++)
		text_addf(&text, "  - {store: root, sha256: %064x}\n", i);
	text_addf(&text, "  - {store: root, sha256: %064x}\n", 12345);
	cr_assert(policy_parse(span_text(text.data), "p", &policies, &err), "%s", err.text);
	cr_assert_not(policies_check(&policies, &err));
	cr_assert(strstr(err.text, "p:40004:5: certificate/root/"), "%s", err.text);
	cr_assert(strstr(err.text, "see also p:12349"), "%s", err.text);
}

/* --- writing --- */

static void show(const struct policy *policy, struct bytes *out)
{
	struct emit emit = emit_into(out, NOTATION_LINE);

	document_emit(&emit, &policy_fields, policy);
}

Test(policy, what_is_written_reads_back)
{
	static const char text[] =
	    HEAD("corp") "description: \"# no: comment\"\n"
	                 "when: {os: [linux], hostname: ['ws-*', '!ws-9']}\n"
	                 "bundles:\n  - {id: example.roots, min_version: 3, max_age: 90d}\n"
	                 "certificates:\n"
	                 "  - {store: root, state: present, bundle: example.roots, all: true}\n"
	                 "  - {store: disallowed, state: absent, sha256: " SHA_A
	                 ", label: 'no', remove_unowned: true}\n"
	                 "undeclared: {root: remove, settings: restore}\n"
	                 "proxy: {mode: static, http: 'p.example:8080', bypass: ['*.example', "
	                 "10.0.0.0/8], targets: [apt]}\n"
	                 "auto_update: {roots: disabled}\n"
	                 "waivers:\n  - {item: proxy/apt, reason: 'a: b', owner: 'x@y', expires: "
	                 "2027-01-31}\n";
	const char *const texts[] = {text, NULL};
	AUTO(policies) first = {0};
	AUTO(policies) again = {0};
	AUTO(bytes) written = {0};
	AUTO(bytes) before = {0};
	AUTO(bytes) after = {0};
	struct err err = {0};

	load_texts(&first, texts);
	document_write(&policy_fields, &first.list[0], &written);
	cr_assert(policy_parse(bytes_span(&written), "w", &again, &err), "%s\n%s", err.text,
	    (char *)written.data);
	show(&first.list[0], &before);
	show(&again.list[0], &after);
	cr_assert_str_eq((char *)before.data, (char *)after.data);
	cr_assert_null(strstr((char *)written.data, "null"));
	cr_assert_null(strstr((char *)written.data, "link"));
	cr_assert(
	    strstr((char *)written.data, "\n    sha256: " SHA_A "\n"), "%s", (char *)written.data);
}
