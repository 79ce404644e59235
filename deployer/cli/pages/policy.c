/* SPDX-License-Identifier: Apache-2.0 */
/* The pages about documents (policy, keyring, recipe), from the tables that read them. */
#include <stdio.h>

#include "bundle/keyring.h"
#include "bundle/recipe.h"
#include "cli/pages/pages.h"
#include "cli/pages/roff.h"
#include "policy/policy.h"

static const char policy_example[] = "schema_version: 1\n"
                                     "name: corp-baseline\n"
                                     "when:\n"
                                     "  os: [linux]\n"
                                     "bundles:\n"
                                     "  - id: example.corp.roots\n"
                                     "    min_version: 3\n"
                                     "certificates:\n"
                                     "  - store: root\n"
                                     "    state: present\n"
                                     "    bundle: example.corp.roots\n"
                                     "    all: true\n"
                                     "proxy:\n"
                                     "  mode: static\n"
                                     "  http: proxy.corp.example:8080\n"
                                     "  https: proxy.corp.example:8080\n"
                                     "  bypass: [\"<local>\", \"*.corp.example\"]\n";

static const char keyring_example[] = "schema_version: 1\n"
                                      "version: 1\n"
                                      "expires: 2035-01-01T00:00:00Z\n"
                                      "threshold: 2\n"
                                      "signers:\n"
                                      "  - name: release-1\n"
                                      "    certificate: |\n"
                                      "      -----BEGIN CERTIFICATE-----\n"
                                      "      MIIBhTCCASugAwIBAgIUZ...\n"
                                      "      -----END CERTIFICATE-----\n"
                                      "  - name: release-2\n"
                                      "    may: {ids: [\"example.corp.*\"], "
                                      "kinds: [certificate, policy]}\n"
                                      "    certificate: |\n"
                                      "      -----BEGIN CERTIFICATE-----\n"
                                      "      MIIBhjCCASugAwIBAgIUF...\n"
                                      "      -----END CERTIFICATE-----\n";

static const char recipe_example[] = "schema_version: 1\n"
                                     "id: example.corp.roots\n"
                                     "version: 1\n"
                                     "valid_for: 180d\n"
                                     "contents:\n"
                                     "  - source: roots/*.crt\n"
                                     "    kind: certificate\n"
                                     "    store: root\n"
                                     "  - source: keyring-2.yaml\n"
                                     "    kind: keyring\n"
                                     "  - source: policy/*.yaml\n"
                                     "    kind: policy\n";

static const char *type_text(enum field_type type)
{
	static const char *const texts[] = {
	    [FIELD_TEXT] = "text",
	    [FIELD_BOOL] = "true or false",
	    [FIELD_UNSIGNED] = "number",
	    [FIELD_CHOICE] = "word",
	    [FIELD_TIME] = "time or date",
	    [FIELD_DURATION] = "duration such as 90d, 12h, 8w",
	    [FIELD_SHA256] = "SHA-256, 64 hexadecimal digits",
	    [FIELD_TEXTS] = "list of texts",
	    [FIELD_CHOICES] = "list of words",
	    [FIELD_STRUCT] = "map",
	    [FIELD_STRUCTS] = "list of maps",
	    [FIELD_NODE] = "map",
	};

	return texts[type];
}

static void add_field(struct output *out, const char *path, const struct field *field)
{
	AUTO(text) term = {0};
	AUTO(text) help = {0};

	text_addf(&term, "%s%s", path, field->name);
	text_addf(&help, "%s", field->help ? field->help : "");
	text_addf(&help, " (%s%s", type_text(field->type), field->required ? ", required" : "");
	for (size_t i = 0, shown = 0; field->choices && field->choices[i]; i++)
		if (*field->choices[i])
			text_addf(&help, "%s%s", shown++ ? ", " : ": ", field->choices[i]);
	if (field->type == FIELD_CHOICE && !field->required && field->fallback >= 0 &&
	    *field->choices[field->fallback])
		text_addf(&help, "; default %s", field->choices[field->fallback]);
	text_add(&help, ")");
	if (field->only)
		text_addf(&help, " Comes with a later version: until then %s%s is refused.",
		    *field->only ? "anything but " : "the key", field->only);
	roff_term(out, text_string(&term), text_string(&help));
}

/* Keys in their order, those of a map below it. */
static void add_fields(struct output *out, const char *path, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];
		AUTO(text) below = {0};

		add_field(out, path, field);
		if (!field->of)
			continue;
		text_addf(
		    &below, "%s%s%s.", path, field->name, field->type == FIELD_STRUCTS ? "[]" : "");
		add_fields(out, text_string(&below), field->of);
	}
}

static void begin_page(struct output *out, const char *title, const char *name, const char *is)
{
	output_addf(out, ".TH %s 5 " ROFF_DATE " \"trust-deployer " VERSION "\"\n", title);
	roff_section(out, "NAME");
	roff_text(out, name);
	output_add(out, " \\- ");
	roff_text(out, is);
	output_add(out, "\n");
	roff_section(out, "DESCRIPTION");
}

static void end_page(struct output *out, const struct fields *fields, const char *also)
{
	roff_section(out, "KEYS");
	add_fields(out, "", fields);
	roff_section(out, "SEE ALSO");
	output_addf(out, ".BR trust-deployer (1),\n%s", also);
}

void page_policy(struct output *out)
{
	begin_page(out, "TRUST-DEPLOYER-POLICY", "trust-deployer-policy",
	    "the policy files of trust-deployer");
	roff_text(out,
	    "A policy is one YAML document in UTF-8, in a strict subset: no anchors, aliases, tags "
	    "or merge keys; unknown and duplicate keys are errors. It says which certificates a "
	    "host shall trust or distrust, and which proxy its programs shall use. Several "
	    "policies add up. They may say the same about an item; two that say different things "
	    "about it are an error.\n\n"
	    "A policy that decides what a privileged run does, and the folder it lies in, must not "
	    "be writable by ordinary users.\n");
	roff_section(out, "EXAMPLE");
	roff_example(out, policy_example);
	end_page(out, &policy_fields, ".BR trust-deployer-recipe (5)\n");
}

void page_keyring(struct output *out)
{
	begin_page(out, "TRUST-DEPLOYER-KEYRING", "trust-deployer-keyring",
	    "who may sign bundles for trust-deployer");
	roff_text(out,
	    "The keyring is one YAML document that names the keys that may sign bundles, and how "
	    "many of them must. It must reach a host by a way that is trusted, and must not be "
	    "writable by ordinary users; what is signed may then lie anywhere. What counts of a "
	    "signer is the public key in its certificate: names and dates in it do not. One key "
	    "counts "
	    "once, however often it signs; a keyring that names it twice, also in another "
	    "encoding, is refused. RSA keys have an exponent of at least 65537.\n\n"
	    "`may` limits a signer: its signature does not count on a bundle whose id it may not "
	    "sign, or that has a member of another kind. A signer without kind keyring cannot help "
	    "to rotate the keyring.\n");
	roff_section(out, "EXAMPLE");
	roff_example(out, keyring_example);
	roff_section(out, "MAKING KEYS");
	roff_text(out, "Each signer makes a key and a certificate of it, and hands out the "
	               "certificate:\n");
	roff_example(out,
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \\\n"
	    "    -keyout release-1.key -out release-1.crt -days 3650 -subj /CN=release-1\n");
	roff_text(out,
	    "The text of the certificate goes into the keyring, below `certificate: |` "
	    "and indented by six blanks. RSA of 2048 bits or more and ECDSA on P-256, P-384 "
	    "and P-521 are accepted. A key may stay in a token: --key takes a pkcs11: URI.\n");
	roff_section(out, "EXPIRY AND ROTATION");
	roff_text(out,
	    "From the day of `expires` on every bundle is refused (exit status 4). Hosts keep what "
	    "they have, and nothing new reaches them. So publish the next keyring long before: "
	    "with the version that follows, as a member of kind keyring in a bundle that a policy "
	    "names, signed by the threshold of the old keyring and by that of the new one. The "
	    "next apply puts it in the place of the old one. A host that was off until after the "
	    "expiry needs the file by hand.\n\n"
	    "A signer who is not in the next keyring counts nothing on a host that has it, also on "
	    "bundles that were published before. So let the new signers sign every other bundle "
	    "first (bundle sign). A host that has not rotated yet refuses what the new "
	    "signers alone have signed: until every host has, let a threshold of both keyrings "
	    "sign each bundle, and keep the keyring in the bundle that brings it. status tells "
	    "which "
	    "version a host has. rollback does not take a rotation back.\n");
	end_page(out, &keyring_fields, ".BR trust-deployer-recipe (5)\n");
}

void page_recipe(struct output *out)
{
	begin_page(out, "TRUST-DEPLOYER-RECIPE", "trust-deployer-recipe",
	    "what goes into a bundle of trust-deployer");
	roff_text(out,
	    "A recipe is one YAML document from which `bundle build` makes a bundle: a cabinet "
	    "with a manifest, and behind it the signatures. The same recipe, sources and time give "
	    "the same bytes. Names of files are relative to the recipe.\n\n"
	    "Give each new bundle of a series a higher version: a host that has used version 12 "
	    "refuses 11 and below. To take something back, publish the old content under a new "
	    "version. What a host remembers of versions is in the file floors of its state "
	    "folder; moving that file away makes one host forget all of it, and is meant for "
	    "emergencies.\n");
	roff_section(out, "EXAMPLE");
	roff_example(out, recipe_example);
	roff_example(out,
	    "trust-deployer bundle build recipe.yaml --out corp.cab \\\n"
	    "    --signer release-1.crt --key release-1.key\n"
	    "trust-deployer bundle sign corp.cab --signer release-2.crt --key release-2.key\n");
	end_page(out, &recipe_fields, ".BR trust-deployer-keyring (5)\n");
}
