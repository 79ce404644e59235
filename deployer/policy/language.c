/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy language as tables: what policy_parse reads, and what policy_schema prints. A row
 * that is added here is parsed, validated and in the schema.
 */
#include "policy/policy.h"
#include "policy/when.h"
#include "policy/words.h"

enum { LINE_MAX_SIZE = 200, DESCRIPTION_MAX = 4000, LINK_ORDER_MAX = 1000000 };

#define TABLE(rows, type)                                                                          \
	.list = (rows), .count = COUNT(rows), .size = sizeof(type),                                \
	.position = offsetof(type, position)
#define RULES(list) .rules = (list), .rule_count = COUNT(list)

/* The keys that a rule speaks of. */
#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* --- when --- */

static const struct field when_rows[] = {
    {"os", FIELD_CHOICES, offsetof(struct when_rule, os), .min = 1, .choices = os_words,
        .help = "Operating systems that the policy is for."},
    {"hostname", FIELD_TEXTS, offsetof(struct when_rule, hostname), .min = 1,
        .check = word_check_hostname, .pattern = WORD_HOSTNAME,
        .help = "Patterns of host names with * and ?, case ignored; ! in front excludes. A pattern "
                "without a dot is also held against the name up to its first dot."},
    {"facts", FIELD_NODE, offsetof(struct when_rule, facts), .check_node = when_check_facts,
        .node_schema = when_facts_schema, .only = "",
        .help = "Facts that must hold: a value, a list of values of which one must match, or "
                "{below: N} and {above: N}."},
};

static const struct field_rule when_rules[] = {
    {.any_of = KEYS("os", "hostname", "facts"),
        .why = "it is empty; name os, hostname or facts, or take it out: the policy is then for "
               "every host"},
};

static const struct fields when_fields = {
    .name = "when",
    .help = "Which hosts the policy is for; all keys must hold.",
    TABLE(when_rows, struct when_rule),
    .later = KEYS("distribution", "release", "percent", "any", "all", "none"),
    RULES(when_rules),
};

/* --- bundles and certificates --- */

static const struct field bundle_rows[] = {
    {"id", FIELD_TEXT, offsetof(struct bundle_rule, id), .required = true, .check = words_check_id,
        .pattern = WORD_ID, .help = "The bundle's id, as its manifest names it."},
    {"min_version", FIELD_UNSIGNED, offsetof(struct bundle_rule, min_version), .min = 1,
        .help = "Older versions are refused."},
    {"max_age", FIELD_DURATION, offsetof(struct bundle_rule, max_age),
        .help = "A bundle that was created longer ago is refused."},
    {"warn_before", FIELD_DURATION, offsetof(struct bundle_rule, warn_before),
        .help = "So long before the bundle expires a warning begins; 30d when the key is absent. "
                "Never longer than a third of the bundle's life."},
    {"sources", FIELD_TEXTS, offsetof(struct bundle_rule, sources), .check = word_check_url,
        .pattern = WORD_URL, .only = "",
        .help = "Where the bundle is fetched from, tried in order."},
};

static const struct fields bundle_fields = {
    .name = "bundle",
    .help = "What is demanded of a signed bundle. What several policies demand adds up.",
    TABLE(bundle_rows, struct bundle_rule),
};

static const struct field certificate_rows[] = {
    {"store", FIELD_CHOICE, offsetof(struct certificate_rule, store), .required = true,
        .choices = store_words, .help = "The trust store."},
    {"state", FIELD_CHOICE, offsetof(struct certificate_rule, state), .choices = state_words,
        .help = "Whether the certificate has to be in the store or must not be."},
    {"sha256", FIELD_SHA256, offsetof(struct certificate_rule, sha256),
        .help = "SHA-256 of the certificate's DER encoding; needed unless `all` is true."},
    {"label", FIELD_TEXT, offsetof(struct certificate_rule, label), .min = 1, .max = LINE_MAX_SIZE,
        .check = word_check_line, .pattern = WORD_LINE, .help = "Free text for people."},
    {"bundle", FIELD_TEXT, offsetof(struct certificate_rule, bundle), .check = words_check_id,
        .pattern = WORD_ID,
        .help = "Id of the bundle that the certificate comes from; without it, a certificate that "
                "is missing on the host can only be reported."},
    {"all", FIELD_BOOL, offsetof(struct certificate_rule, all),
        .help = "Every certificate that the bundle gives for this store."},
    {"allow_expired", FIELD_BOOL, offsetof(struct certificate_rule, allow_expired),
        .help = "Install it into `root` although it has expired."},
    {"allow_non_ca", FIELD_BOOL, offsetof(struct certificate_rule, allow_non_ca),
        .help = "Install it into `root` although it says that it is no certification authority."},
    {"remove_unowned", FIELD_BOOL, offsetof(struct certificate_rule, remove_unowned),
        .help = "With `state: absent`: remove it although this program did not put it there."},
    {"retain", FIELD_BOOL, offsetof(struct certificate_rule, retain), .only = "false",
        .help = "It stays when the policy is gone."},
    {"take_over", FIELD_BOOL, offsetof(struct certificate_rule, take_over), .only = "false",
        .help = "Set it also where another manager is recognised that sets it."},
    {"allow_essential", FIELD_BOOL, offsetof(struct certificate_rule, allow_essential),
        .only = "false",
        .help = "A root that the operating system needs may be removed or disallowed."},
};

static const struct field_rule certificate_rules[] = {
    {"all", true, .any_of = KEYS("bundle"),
        .why = "`all: true` needs the bundle whose certificates are meant"},
    {"all", true, .none_of = KEYS("sha256"),
        .why = "`all: true` means every certificate of the bundle; name one of the two"},
    {"all", true, .negated = true, .any_of = KEYS("sha256"),
        .why = "the key \"sha256\" is missing; or take every certificate of a bundle with `all: "
               "true`"},
    {"state", STATE_PRESENT, .none_of = KEYS("remove_unowned"),
        .why = "this goes with `state: absent` only"},
    {"state", STATE_ABSENT, .none_of = KEYS("allow_expired", "allow_non_ca"),
        .why = "this goes with `state: present` only"},
};

static const struct fields certificate_fields = {
    .name = "certificate",
    .help = "A certificate that must or must not be in a store.",
    TABLE(certificate_rows, struct certificate_rule),
    .later = KEYS("supersedes", "overlap", "thumbprint"),
    RULES(certificate_rules),
};

#define UNDECLARED(store_, word)                                                                   \
	{                                                                                          \
		word, FIELD_CHOICE, offsetof(struct undeclared_rule, store[store_]),               \
		    .choices = undeclared_words, .help = "The " word " store."                     \
	}
#define NEXT_UNDECLARED(store, word) , UNDECLARED(store, word)
#define WORD(store, word)            word
#define NEXT_WORD(store, word)       , word

static const struct field undeclared_rows[] = {
    STORE_VOCABULARY(UNDECLARED, NEXT_UNDECLARED),
    {"settings", FIELD_CHOICE, offsetof(struct undeclared_rule, settings),
        .choices = settings_words,
        .help = "Proxies and switches of the updates that this program has set and no policy names "
                "any more: keep them, or restore what was there before."},
    {"remove_unowned", FIELD_BOOL, offsetof(struct undeclared_rule, remove_unowned),
        .help = "`remove` also takes away what this program did not put there."},
};

static const struct field_rule undeclared_rules[] = {
    {.any_of = KEYS(STORE_VOCABULARY(WORD, NEXT_WORD), "settings"),
        .why = "neither a store nor the settings are named"},
};

static const struct fields undeclared_fields = {
    .name = "undeclared",
    .help =
        "What happens to certificates that no policy names: keep them, report them, fail because "
        "of them, or remove those that this program put there; and to settings that none names any "
        "more. `keep` says nothing of them; `report` lists them, and the verdict stays; `fail` "
        "makes the host not compliant, and leaves them; `remove` has apply take away those that "
        "this program put there, and lists the others as not_owned. What the distribution ships is "
        "exempt: it is never reported and never fails, and goes with `remove_unowned` alone.",
    TABLE(undeclared_rows, struct undeclared_rule),
    RULES(undeclared_rules),
};

/* --- proxy --- */

static const struct field proxy_rows[] = {
    {"mode", FIELD_CHOICE, offsetof(struct proxy_rule, mode), .required = true,
        .choices = mode_words,
        .help = "No proxy, fixed servers, a proxy auto-configuration file, discovery, or, for "
                "wininet_machine alone, that each user's own setting counts."},
    {"http", FIELD_TEXT, offsetof(struct proxy_rule, http), .min = 1, .check = proxy_check_server,
        .pattern = WORD_SERVER, .help = "host:port of the proxy for http."},
    {"https", FIELD_TEXT, offsetof(struct proxy_rule, https), .min = 1, .check = proxy_check_server,
        .pattern = WORD_SERVER, .help = "host:port of the proxy for https."},
    {"pac_url", FIELD_TEXT, offsetof(struct proxy_rule, pac_url), .check = word_check_url,
        .pattern = WORD_URL, .help = "Address of the proxy auto-configuration file."},
    {"bypass", FIELD_TEXTS, offsetof(struct proxy_rule, bypass), .check = proxy_check_bypass,
        .pattern = WORD_BYPASS,
        .help =
            "What is reached without the proxy: <local>, names, patterns, addresses, networks."},
    {"credentials", FIELD_TEXT, offsetof(struct proxy_rule, credentials),
        .check = word_check_credentials, .pattern = WORD_CREDENTIALS,
        .help = "What becomes of a user name and password: `keep` what is there while host and "
                "port stay, `file:PATH` takes them from one line user:password of a file of mode "
                "0600 on the host, `none` takes them away. When the key is absent, a log-in that "
                "is there is a conflict, and nothing is changed. A log-in is written where the "
                "target's programs read it: for apt and systemd into a file of mode 0600, else "
                "into files that everybody can read, which the report notes. What stands in files "
                "of others is not touched."},
    {"targets", FIELD_TEXTS, offsetof(struct proxy_rule, targets), .min = 1,
        .choices = target_words,
        .help = "The places that are set; all that the host has when the key is absent."},
    {"probe", FIELD_TEXTS, offsetof(struct proxy_rule, probe), .check = word_check_url,
        .pattern = WORD_URL, .only = "",
        .help = "Addresses that must answer through a proxy that waits for confirmation."},
    {"on_change", FIELD_TEXTS, offsetof(struct proxy_rule, on_change), .choices = change_words,
        .only = "",
        .help = "What is done when a target was changed: systemd reads its files anew."},
};

static const struct field_rule proxy_rules[] = {
    {"mode", PROXY_STATIC, .any_of = KEYS("http", "https"),
        .why = "`mode: static` needs http, https or both"},
    {"mode", PROXY_STATIC, .none_of = KEYS("pac_url"), .why = "this goes with `mode: pac` only"},
    {"mode", PROXY_PAC, .any_of = KEYS("pac_url"), .why = "`mode: pac` needs pac_url"},
    {"mode", PROXY_PAC, .none_of = KEYS("http", "https", "bypass"),
        .why = "this goes with `mode: static` only"},
    {"mode", PROXY_DIRECT, .none_of = KEYS("http", "https", "bypass", "pac_url"),
        .why = "`mode: direct` has no servers"},
    {"mode", PROXY_PER_USER, .none_of = KEYS("http", "https", "bypass", "pac_url", "credentials"),
        .why = "`mode: per_user` leaves it to each user"},
    {"mode", PROXY_AUTO, .none_of = KEYS("http", "https", "bypass", "pac_url"),
        .why = "`mode: auto` finds them by itself"},
};

static const struct fields proxy_fields = {
    .name = KIND_PROXY,
    .help = "The machine's proxy.",
    TABLE(proxy_rows, struct proxy_rule),
    RULES(proxy_rules),
};

/* --- ctl and auto_update --- */

static const struct field ctl_rows[] = {
    {"list", FIELD_CHOICE, offsetof(struct ctl_rule, list), .required = true, .choices = list_words,
        .help = "The certificate trust list."},
    {"bundle", FIELD_TEXT, offsetof(struct ctl_rule, bundle), .check = words_check_id,
        .pattern = WORD_ID, .help = "Id of the bundle that brings it; check only when absent."},
    {"min_sequence", FIELD_TEXT, offsetof(struct ctl_rule, min_sequence),
        .check = word_check_sequence, .pattern = WORD_SEQUENCE,
        .help = "The lowest sequence number that will do, in hexadecimal and in quotes."},
    {"max_age", FIELD_DURATION, offsetof(struct ctl_rule, max_age),
        .help = "A list that was issued longer ago fails."},
    {"signer_chain", FIELD_CHOICE, offsetof(struct ctl_rule, signer_chain),
        .choices = signer_chain_words,
        .help = "Whether the signer's chain must build from this host's own stores."},
    {"replace", FIELD_CHOICE, offsetof(struct ctl_rule, replace), .choices = replace_words,
        .help = "Which lists the bundle's one may take the place of: older ones, also other issues "
                "of the same list, or any."},
    {"anchor", FIELD_SHA256, offsetof(struct ctl_rule, anchor),
        .help = "SHA-256 of a root that may anchor the list besides Microsoft's own; for lists of "
                "one's own making."},
};

static const struct fields ctl_fields = {
    .name = KIND_CTL,
    .help = "A certificate trust list of Microsoft's that Windows keeps.",
    TABLE(ctl_rows, struct ctl_rule),
};

#define ROW_UPDATE_ROOTS                                                                           \
	FIELD_CHOICE, offsetof(struct auto_update_rule, roots),                                    \
	    .choices = switch_words, .help = "Automatic update of program roots."
#define ROW_UPDATE_DISALLOWED                                                                      \
	FIELD_CHOICE, offsetof(struct auto_update_rule, disallowed),                               \
	    .choices = switch_words, .help = "Automatic update of the disallowed list."
#define ROW_UPDATE_SOURCE                                                                          \
	FIELD_TEXT, offsetof(struct auto_update_rule, source),                                     \
	    .check = word_check_source, .pattern = WORD_SOURCE,                                    \
	    .help = "Where the lists are fetched from (RootDirUrl); `" WORDS_DEFAULT               \
	            "` removes the redirection."
#define UPDATE(update, word)                                                                       \
	{                                                                                          \
		word, ROW_##update                                                                 \
	}
#define NEXT_UPDATE(update, word) , UPDATE(update, word)

static const struct field auto_update_rows[] = {UPDATE_VOCABULARY(UPDATE, NEXT_UPDATE)};

static const struct field_rule auto_update_rules[] = {
    {.any_of = KEYS(UPDATE_VOCABULARY(WORD, NEXT_WORD)), .why = "it sets nothing"},
};

static const struct fields auto_update_fields = {
    .name = KIND_AUTO_UPDATE,
    .help = "Automatic root update of Windows.",
    TABLE(auto_update_rows, struct auto_update_rule),
    RULES(auto_update_rules),
};

/* --- waivers and the whole --- */

static const struct field waiver_rows[] = {
    {"item", FIELD_TEXT, offsetof(struct waiver_rule, item), .required = true,
        .check = word_check_item, .pattern = WORD_ITEM,
        .help = "The item's id, as reports show it."},
    {"reason", FIELD_TEXT, offsetof(struct waiver_rule, reason), .required = true, .min = 1,
        .max = DESCRIPTION_MAX, .help = "Why the item is left alone."},
    {"owner", FIELD_TEXT, offsetof(struct waiver_rule, owner), .min = 1, .max = LINE_MAX_SIZE,
        .check = word_check_line, .pattern = WORD_LINE, .help = "Whom to ask."},
    {"expires", FIELD_TIME, offsetof(struct waiver_rule, expires), .required = true,
        .help = "From then on the item counts again."},
};

static const struct fields waiver_fields = {
    .name = "waiver",
    .help = "An item that is not judged and not changed for a time.",
    TABLE(waiver_rows, struct waiver_rule),
};

static const struct field policy_rows[] = {
    {"schema_version", FIELD_UNSIGNED, offsetof(struct policy, schema_version), .required = true,
        .min = 1, .max = 1, .help = "Version of the policy language."},
    {"name", FIELD_TEXT, offsetof(struct policy, name), .required = true, .min = 1,
        .max = LINE_MAX_SIZE, .check = word_check_line, .pattern = WORD_LINE,
        .help = "Name of the policy, unique among those that are used together."},
    {"description", FIELD_TEXT, offsetof(struct policy, description), .max = DESCRIPTION_MAX,
        .help = "What the policy is for."},
    {"link", FIELD_TEXT, offsetof(struct policy, link), .check = word_check_link,
        .pattern = WORD_LINK, .only = LINK_LOCAL,
        .help = "Where the policy is linked, as in Group Policy; local when absent."},
    {"link_order", FIELD_UNSIGNED, offsetof(struct policy, link_order), .fallback = 1, .min = 1,
        .max = LINK_ORDER_MAX, .only = "1", .help = "Inside one container the lowest wins."},
    {"enabled", FIELD_BOOL, offsetof(struct policy, enabled), .fallback = 1, .only = "true",
        .help = "False: the policy counts nowhere."},
    {"enforced", FIELD_BOOL, offsetof(struct policy, enforced), .only = "false",
        .help = "The policy beats everything below it."},
    {"block_inheritance", FIELD_BOOL, offsetof(struct policy, block_inheritance), .only = "false",
        .help = "Higher policies that are not enforced do not pass."},
    {"when", FIELD_STRUCT, offsetof(struct policy, when), .of = &when_fields,
        .help = "Filter; absent means every host."},
    {"bundles", FIELD_STRUCTS, offsetof(struct policy, bundles), .of = &bundle_fields,
        .help = "What is demanded of signed bundles."},
    {"certificates", FIELD_STRUCTS, offsetof(struct policy, certificates),
        .of = &certificate_fields, .help = "Certificates in the trust stores."},
    {"undeclared", FIELD_STRUCT, offsetof(struct policy, undeclared), .of = &undeclared_fields,
        .help = "Certificates that no policy names."},
    {KIND_PROXY, FIELD_STRUCT, offsetof(struct policy, proxy), .of = &proxy_fields,
        .help = "The machine's proxy."},
    {KIND_CTL, FIELD_STRUCTS, offsetof(struct policy, ctl), .of = &ctl_fields,
        .help = "Cached certificate trust lists (Windows)."},
    {KIND_AUTO_UPDATE, FIELD_STRUCT, offsetof(struct policy, auto_update),
        .of = &auto_update_fields, .help = "Automatic root update (Windows)."},
    {"waivers", FIELD_STRUCTS, offsetof(struct policy, waivers), .of = &waiver_fields,
        .help = "Items that are left alone for a time."},
};

const struct fields policy_fields = {
    .name = "policy",
    .help = "What a host's trust stores, proxy settings and cached trust lists have to be.",
    .list = policy_rows,
    .count = COUNT(policy_rows),
    .size = sizeof(struct policy),
    .position = FIELDS_NO_OFFSET,
};
