/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "policy_texts.h"

static const char everything[] =
    HEAD("corp-baseline") "description: Corporate roots, proxy and CTL\nlink: "
                          "local\nlink_order: 1\n"
                          "enforced: false\nblock_inheritance: false\n"
                          "when:\n  os: [windows]\n  hostname: [\"ws-*\", \"!ws-lab-*\"]\n"
                          "bundles:\n  - id: example.corp.roots\n    min_version: 3\n    "
                          "max_age: 90d\n"
                          "certificates:\n  - store: root\n    state: present\n    "
                          "sha256: " SHA_A "\n"
                          "    label: Corp Root G2\n    bundle: example.corp.roots\n    "
                          "allow_expired: true\n"
                          "  - {store: intermediate, state: present, bundle: example.corp.roots, "
                          "all: true}\n"
                          "  - {store: trusted_publisher, state: absent, sha256: " SHA_B
                          ", remove_unowned: true}\n"
                          "undeclared:\n  root: report\n  intermediate: remove\n  "
                          "remove_unowned: true\n"
                          "proxy:\n  mode: static\n  http: proxy.corp.example:8080\n"
                          "  bypass: [\"<local>\", \"*.corp.example\", 10.0.0.0/8]\n  "
                          "targets: [apt, dnf]\n"
                          "ctl:\n  - list: disallowed\n    bundle: example.corp.ctl\n"
                          "    min_sequence: \"1401DBDEE7F1A4F449\"\n    max_age: 60d\n    "
                          "signer_chain: offline\n"
                          "auto_update:\n  roots: enabled\n  source: "
                          "http://pki.corp.example/ctl\n"
                          "waivers:\n  - item: certificate/root/" SHA_A
                          "\n    reason: being replaced\n"
                          "    owner: pki-team@corp.example\n    expires: 2027-01-31\n";

Test(policy, reads_every_key)
{
	AUTO(policies) policies = {0};
	const struct certificate_rule *certificates;
	const struct bundle_rule *bundles;
	char digest[SHA256_HEX];
	const struct policy *policy;
	struct err err;

	load_texts(&policies, (const char *const[]){everything, NULL});
	cr_assert(policies_check(&policies, &err), "%s", err.text);
	policy = &policies.list[0];
	cr_assert_str_eq(policy->name, "corp-baseline");
	cr_assert_str_eq(policy->link, "local");
	cr_assert_eq(policy->link_order, 1);
	cr_assert_not(policy->enforced || policy->block_inheritance);
	cr_assert_eq(policy->when.os.count, 1);
	cr_assert_eq(policy->when.os.list[0], 1);
	cr_assert_str_eq(policy->when.hostname.list[1], "!ws-lab-*");
	bundles = policy->bundles.list;
	cr_assert_eq(bundles->min_version, 3);
	cr_assert_eq(bundles->max_age, 90 * 86400);
	certificates = policy->certificates.list;
	cr_assert_eq(policy->certificates.count, 3);
	cr_assert_eq(certificates[0].position.line, 16);
	cr_assert_eq(certificates[0].position.column, 5);
	cr_assert(certificates[0].allow_expired && !certificates[0].allow_non_ca);
	cr_assert_eq(certificates[0].sha256.digest[0], 0x96);
	cr_assert(certificates[1].all && !certificates[1].sha256.given);
	cr_assert_eq(certificates[2].state, 1);
	cr_assert_eq(certificates[2].store, STORE_TRUSTED_PUBLISHER);
	cr_assert(certificates[2].remove_unowned);
	cr_assert_str_eq(policy->file, "1.yaml");
	digest_sha256_hex(span_text(everything), digest);
	cr_assert_str_eq(policy->sha256, digest);
}

Test(policy, reads_every_other_key)
{
	AUTO(policies) policies = {0};
	const struct waiver_rule *waivers;
	const struct ctl_rule *ctl;
	const struct policy *policy;

	load_texts(&policies, (const char *const[]){everything, NULL});
	policy = &policies.list[0];
	cr_assert_eq(policy->undeclared.store[STORE_ROOT], UNDECLARED_REPORT);
	cr_assert_eq(policy->undeclared.store[STORE_INTERMEDIATE], UNDECLARED_REMOVE);
	cr_assert_eq(policy->undeclared.store[STORE_DISALLOWED], UNDECLARED_UNSAID);
	cr_assert(policy->has_proxy && policy->has_auto_update);
	cr_assert_eq(policy->proxy.mode, PROXY_STATIC);
	cr_assert_null(policy->proxy.https);
	cr_assert_eq(policy->proxy.bypass.count, 3);
	cr_assert_str_eq(policy->proxy.targets.list[1], "dnf");
	ctl = policy->ctl.list;
	cr_assert_eq(ctl->list, CTL_DISALLOWED);
	cr_assert_eq(ctl->signer_chain, 1);
	cr_assert_eq(policy->auto_update.roots, SWITCH_ENABLED);
	cr_assert_eq(policy->auto_update.disallowed, SWITCH_UNSET);
	waivers = policy->waivers.list;
	cr_assert_eq(waivers->expires, 1801353600);
}

Test(policy, has_defaults)
{
	AUTO(policies) policies = {0};
	const struct policy *policy;

	load_texts(&policies, (const char *const[]){HEAD("least"), NULL});
	policy = &policies.list[0];
	cr_assert_str_eq(policy->link, "local");
	cr_assert_eq(policy->link_order, 1);
	cr_assert_str_eq(policy->description, "");
	cr_assert_not(policy->has_proxy || policy->has_auto_update || policy->enforced);
	cr_assert_null(policy->filtered);
}

Test(policy, takes_a_certificate_to_be_present_and_without_bundle)
{
	AUTO(policies) policies = {0};
	const struct certificate_rule *rule;

	load_texts(&policies,
	    (const char *const[]){
	        HEAD("a") "certificates:\n  - {store: root, sha256: " SHA_A "}\n", NULL});
	rule = policies.list[0].certificates.list;
	cr_assert_eq(rule->state, 0);
	cr_assert_null(rule->bundle);
}

/* Words that are more than free text, from both sides of their limits. The places and messages of
 * whole documents are in tests/fixtures/policy, held against the program by a scenario. */
static const struct {
	const char *key, *value;
	bool good;
} words[] = {
    {"link", "local", true},
    {"link", "domain", true},
    {"link", "site:Main Office", true},
    {"link", "ou:Corp/Sales", true},
    {"link", "site:", false},
    {"link", "site:a/b", false},
    {"link", "ou:/a", false},
    {"link", "ou:a/", false},
    {"link", "ou:a/ b", false},
    {"link", "Local", false},
    {"link", "forest", false},
    {"when", "{hostname: [a-1.b_c, '*', '?x']}", true},
    {"when", "{hostname: ['']}", false},
    {"when", "{hostname: ['!']}", false},
    {"when", "{hostname: ['!!a']}", false},
    {"when", "{hostname: ['a b']}", false},
    {"when", "{facts: {a: 1, b.c-d: x}}", true},
    {"when", "{facts: {a: {below: -5, above: -10}}}", true},
    {"when", "{facts: {}}", false},
    {"when", "{facts: [a]}", false},
    {"when", "{facts: {a b: 1}}", false},
    {"when", "{facts: {1a: 1}}", false},
    {"when", "{facts: {a: }}", false},
    {"when", "{facts: {a: [~]}}", false},
    {"when", "{facts: {a: [[1]]}}", false},
    {"when", "{facts: {a: {}}}", false},
    {"when", "{facts: {a: {below: 007}}}", false},
    {"when", "{facts: {a: {below: '7'}}}", false},
    {"when", "{facts: {a: {below: [1]}}}", false},
    {"when", "{facts: {a: {below: 1234567890123456}}}", false},
    {"bundles", "[{id: a}]", true},
    {"bundles", "[{id: _a-b.C1}]", true},
    {"bundles", "[{id: .a}]", false},
    {"bundles", "[{id: -a}]", false},
    {"bundles", "[{id: a/b}]", false},
    {"bundles", "[{id: ä}]", false},
    {"bundles", "[]", true},
    {"bundles", "[{}]", false},
    {"certificates", "[{store: root, sha256: " SHA_A ", label: ' x'}]", false},
    {"certificates", "[{store: root, sha256: " SHA_A ", label: \"a\\nb\"}]", false},
    {"proxy", "{mode: auto}", true},
    {"proxy", "{mode: direct}", true},
    {"proxy", "{mode: auto, bypass: [a.example]}", false},
    {"proxy", "{mode: pac, pac_url: 'file:///etc/proxy.pac'}", true},
    {"proxy", "{mode: pac, pac_url: 'http:///proxy.pac'}", false},
    {"proxy", "{mode: pac, pac_url: 'http://a b/'}", false},
    {"proxy", "{mode: pac, pac_url: 'file://'}", false},
    {"proxy", "{mode: pac, pac_url: 'http://h.example/p@q'}", true},
    {"proxy", "{mode: pac, pac_url: default}", false},
    {"proxy", "{mode: direct, targets: [apt, apt]}", false},
    {"proxy", "{mode: direct, targets: []}", false},
    {"ctl", "[{list: authroot, min_sequence: 1401}]", true},
    {"ctl", "[{list: authroot, min_sequence: ''}]", false},
    {"ctl", "[{list: authroot, min_sequence: 14G1}]", false},
    {"proxy", "{mode: direct, on_change: [], probe: []}", true},
    {"proxy", "{mode: direct, on_change: [daemon-reexec]}", true},
    {"proxy", "{mode: direct, on_change: [reboot]}", false},
    {"proxy", "{mode: direct, probe: ['http://crl.corp.example/']}", true},
    {"proxy", "{mode: direct, probe: [crl]}", false},
    {"ctl", "[{list: authroot, signer_chain: ''}]", false},
    {"auto_update", "{source: default}", true},
    {"auto_update", "{source: Default}", false},
    {"auto_update", "{source: 'https://u@pki.example/'}", false},
    {"auto_update", "{roots: unset}", false},
    {"waivers", "[{item: proxy/apt, reason: r, expires: 2027-01-31}]", true},
    {"waivers", "[{item: ctl/pinrules, reason: r, expires: 2027-01-31}]", true},
    {"waivers", "[{item: auto_update/source, reason: r, expires: 2027-01-31}]", true},
    {"waivers", "[{item: 'certificate/root/bundle:a.b', reason: r, expires: 2027-01-31}]", true},
    {"waivers", "[{item: 'certificate/root/bundle:', reason: r, expires: 2027-01-31}]", false},
    {"waivers", "[{item: bundle/example.corp, reason: r, expires: 2027-01-31}]", true},
    {"waivers", "[{item: bundle/, reason: r, expires: 2027-01-31}]", false},
    {"waivers", "[{item: proxy/, reason: r, expires: 2027-01-31}]", false},
    {"waivers", "[{item: certificate/root, reason: r, expires: 2027-01-31}]", false},
    {"waivers", "[{item: certificate/roots/" SHA_A ", reason: r, expires: 2027-01-31}]", false},
    {"waivers", "[{item: certificate/root/" SHA_A "0, reason: r, expires: 2027-01-31}]", false},
    {"waivers", "[{item: proxy/apt, reason: '', expires: 2027-01-31}]", false},
};

Test(policy, judges_words)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		AUTO(policies) policies = {0};
		AUTO(text) text = {0};
		struct err err = {0};
		bool good;

		text_addf(&text, HEAD("a") "%s: %s\n", words[i].key, words[i].value);
		good = policy_parse(span_text(text.data), "p", &policies, &err);
		cr_expect_eq(policies.count, good, "%s", words[i].value);
		/* the word is a good one, though it is not carried out yet */
		good = good || strstr(err.text, " comes with a later version");
		cr_expect_eq(good, words[i].good, "%s: %s: %s", words[i].key, words[i].value,
		    policies.count ? "accepted" : err.text);
		cr_expect(good || strncmp(err.text, "p:3:", 4) == 0, "%s", err.text);
	}
}

/* --- loading --- */

static char folder[64];

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "policy-test.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(at(name), "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_folder(void)
{
	static const char *const names[] = {"10-b.yaml", "9-a.yaml", "note.txt", ".hidden.yaml",
	    "link.yaml", "sub.yaml", ".yaml", "yaml", "95-d.yml"};

	for (size_t i = 0; i < COUNT(names); i++)
		if (unlink(at(names[i])) != 0)
			rmdir(at(names[i]));
	rmdir(folder);
}

TestSuite(policy_load, .init = make_folder, .fini = remove_folder);

Test(policy_load, reads_a_folder_in_name_order)
{
	AUTO(policies) policies = {0};
	char path[80];
	struct err err;

	put("9-a.yaml", HEAD("a"));
	put("10-b.yaml", HEAD("b"));
	put("note.txt", "not: [yaml");
	put(".hidden.yaml", "not: [yaml");
	put(".yaml", "not: [yaml");
	put("yaml", "not: [yaml");
	put("95-d.yml", HEAD("d"));
	cr_assert_eq(mkdir(at("sub.yaml"), 0700), 0);
	cr_assert_eq(symlink("9-a.yaml", at("link.yaml")), 0);
	snprintf(path, sizeof(path), "%s/", folder);
	cr_assert(policy_load(path, FILE_TRUST_ANYBODY, &policies, &err), "%s", err.text);
	cr_assert_eq(policies.count, 4);
	cr_assert_str_eq(policies.list[0].name, "b");
	cr_assert_str_eq(policies.list[0].file, at("10-b.yaml"));
	cr_assert_str_eq(policies.list[1].name, "a");
	cr_assert_str_eq(policies.list[2].name, "d");
	cr_assert_str_eq(policies.list[3].file, at("link.yaml"));
}

Test(policy_load, reads_all_files_also_when_one_is_at_fault)
{
	AUTO(policies) policies = {0};
	struct err err;

	put("10-b.yaml", HEAD("b") "colour: red\n");
	put("9-a.yaml", HEAD("a") "enforced: true\n");
	cr_assert_not(policy_load(folder, FILE_TRUST_ANYBODY, &policies, &err));
	cr_assert(strstr(err.text, "10-b.yaml:3:1: unknown key"), "%s", err.text);
	cr_assert(strstr(text_string(&policies.faults), "9-a.yaml:3:11: enforced"), "%s",
	    text_string(&policies.faults));
}

Test(policy_load, refuses_a_folder_without_policies)
{
	AUTO(policies) policies = {0};
	struct err err;

	put("note.txt", "x");
	cr_assert_not(policy_load(folder, FILE_TRUST_ANYBODY, &policies, &err));
	cr_assert_eq(err.code, ERR_POLICY);
	cr_assert(
	    strstr(err.text, ": the folder holds no *.yaml and no *.yml file"), "%s", err.text);
}

Test(policy_load, says_that_a_file_is_not_there)
{
	AUTO(policies) policies = {0};
	struct err err;

	cr_assert_not(policy_load(at("none.yaml"), FILE_TRUST_ANYBODY, &policies, &err));
	cr_assert_eq(err.code, ERR_IO);
	cr_assert(strstr(err.text, "none.yaml: No such file or directory"), "%s", err.text);
}

Test(policy_load, refuses_what_others_may_write)
{
	AUTO(policies) policies = {0};
	struct err err;

	if (geteuid() != 0)
		cr_skip_test("only a privileged run judges the mode");
	put("9-a.yaml", HEAD("a"));
	cr_assert(policy_load(at("9-a.yaml"), FILE_TRUST_DISKS, &policies, &err), "%s", err.text);
	cr_assert_eq(chmod(at("9-a.yaml"), 0646), 0);
	cr_assert_not(policy_load(folder, FILE_TRUST_DISKS, &policies, &err));
	cr_assert_eq(err.code, ERR_POLICY);
	cr_assert(strstr(err.text, "0646"), "%s", err.text);
	cr_assert(policy_load(folder, FILE_TRUST_ANYBODY, &policies, &err), "%s", err.text);
}

Test(policy, prints_a_schema_that_names_every_key)
{
	AUTO(text) text = {0};
	static const char *const names[] = {"\"$schema\"", "draft/2020-12/schema", "\"$defs\"",
	    "\"allow_non_ca\"", "\"min_sequence\"", "\"signer_chain\"",
	    "\"additionalProperties\":\tfalse", "\"wininet_machine\""};

	policy_schema(&text);
	for (size_t i = 0; i < COUNT(names); i++)
		cr_assert(strstr(text_string(&text), names[i]), "%s", names[i]);
	for (size_t i = 0; i < policy_fields.count; i++)
		cr_assert(strstr(text_string(&text), policy_fields.list[i].name));
}

/* One run of the editor is enough for all of them. */
Test(policy, tells_every_fault_of_a_document)
{
	static const char text[] = HEAD("a") "enforced: true\n"
	                                     "colour: red\n"
	                                     "certificates:\n"
	                                     "  - {stoer: root, sha256: 12}\n"
	                                     "  - {store: root, state: gone, sha256: " SHA_A "}\n"
	                                     "  - here\n"
	                                     "undeclared: {}\n";
	static const char others[] =
	    "p:4:1: unknown key \"colour\"; the keys of a policy are schema_version, name, "
	    "description, link, link_order, enabled, enforced, block_inheritance, when, bundles, "
	    "certificates, undeclared, proxy, ctl, auto_update or waivers\n"
	    "p:6:6: unknown key \"stoer\"; did you mean \"store\"?\n"
	    "p:6:27: sha256: a SHA-256 of 64 hexadecimal digits is expected, not 2 characters\n"
	    "p:7:26: state: \"gone\" is not known; use present or absent\n"
	    "p:8:5: certificate: a map (\"key: value\" lines) is expected, not a single value\n"
	    "p:9:13: undeclared: neither a store nor the settings are named\n";
	AUTO(policies) policies = {0};
	struct err err = {0};

	cr_assert_not(policy_parse(span_text(text), "p", &policies, &err));
	cr_assert(strncmp(err.text, "p:3:11: enforced: true comes with", 33) == 0, "%s", err.text);
	cr_assert_str_eq(text_string(&policies.faults), others);
	cr_assert_eq(policies.count, 0);
}

Test(policy, tells_at_most_twenty_faults)
{
	AUTO(policies) policies = {0};
	AUTO(text) text = {0};
	struct err err = {0};
	size_t lines = 0;

	text_add(&text, HEAD("a") "bundles:\n");
	for (int i = 0; i < 100; i++)
		text_add(&text, "  - {id: a b}\n");
	cr_assert_not(policy_parse(span_text(text.data), "p", &policies, &err));
	for (const char *at = text_string(&policies.faults); *at; at++)
		lines += *at == '\n';
	cr_assert_eq(lines, 19, "%zu", lines);
	cr_assert(strncmp(err.text, "p:4:10: ", 8) == 0, "%s", err.text);
}
