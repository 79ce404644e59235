/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/when.h"

/* The comparisons of `when.facts`. */
#define BELOW "below"
#define ABOVE "above"

static bool is_whole_number(const struct yaml_node *node)
{
	const char *digits = node->text + (*node->text == '-');
	size_t size = strlen(digits);

	return !node->quoted && size > 0 && size <= 15 && strspn(digits, "0123456789") == size &&
	       (*digits != '0' || (size == 1 && digits == node->text));
}

static bool check_value(const struct yaml *yaml, const struct yaml_node *node, struct err *err)
{
	if (node->kind != YAML_SCALAR)
		return yaml_error(yaml, node, err,
		    "facts: a value, a list of values, or {below: N} and {above: N} are expected");
	if (!node->quoted &&
	    (node->size == 0 || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0))
		return yaml_error(
		    yaml, node, err, "facts: there is no value; give one or take the key out");
	return true;
}

static bool check_range(const struct yaml *yaml, const struct yaml_node *range, struct err *err)
{
	if (!range->first)
		return yaml_error(
		    yaml, range, err, "facts: a comparison needs below, above or both");
	for (const struct yaml_node *node = range->first; node; node = node->next) {
		if (strcmp(node->key, BELOW) != 0 && strcmp(node->key, ABOVE) != 0)
			return yaml_error_key(yaml, node, err,
			    "unknown comparison \"%s\"; use below or above",
			    text_escape_string(node->key).text);
		if (node->kind != YAML_SCALAR || !is_whole_number(node))
			return yaml_error(yaml, node, err,
			    "%s: a whole number of at most 15 digits is expected", node->key);
	}
	return true;
}

static bool check_fact(const struct yaml *yaml, const struct yaml_node *fact, struct err *err)
{
	if (fact->kind == YAML_MAP)
		return check_range(yaml, fact, err);
	if (fact->kind == YAML_SCALAR)
		return check_value(yaml, fact, err);
	if (!fact->first)
		return yaml_error(yaml, fact, err, "facts: the list is empty");
	for (const struct yaml_node *node = fact->first; node; node = node->next)
		if (!check_value(yaml, node, err))
			return false;
	return true;
}

static bool is_fact_name(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char others[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-";

	return strspn(name, first) > 0 && strspn(name, others) == strlen(name);
}

bool when_check_facts(const struct yaml *yaml, const struct yaml_node *facts, struct err *err)
{
	if (facts->kind != YAML_MAP || !facts->first)
		return yaml_error(yaml, facts, err,
		    "facts: a map of at least one fact is expected, such as {role: desktop}");
	for (const struct yaml_node *node = facts->first; node; node = node->next) {
		if (!is_fact_name(node->key))
			return yaml_error_key(yaml, node, err,
			    "\"%s\" is no name of a fact: letters, digits, '_', '.' and '-'",
			    text_escape_string(node->key).text);
		if (!check_fact(yaml, node, err))
			return false;
	}
	return true;
}

#define FACT_NAME  "^[A-Za-z_][A-Za-z0-9_.-]*$"
#define FACT_VALUE "{\"type\":[\"string\",\"number\",\"boolean\"]}"
#define FACT_BOUND "{\"type\":\"integer\",\"minimum\":-999999999999999,\"maximum\":999999999999999}"

const char when_facts_schema[] =
    "{\"type\":\"object\",\"minProperties\":1,\"propertyNames\":{\"pattern\":\"" FACT_NAME "\"},"
    "\"additionalProperties\":{\"anyOf\":[" FACT_VALUE
    ",{\"type\":\"array\",\"minItems\":1,\"items\":" FACT_VALUE "},"
    "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":false,"
    "\"properties\":{\"" BELOW "\":" FACT_BOUND ",\"" ABOVE "\":" FACT_BOUND "}}]}}";

/* --- filtering --- */

static const char *judge_os(
    const struct when_rule *when, const struct facts *facts, struct arena *arena)
{
	const char *os = facts_value(facts, FACT_OS);

	for (size_t i = 0; i < when->os.count; i++)
		if (os && strcmp(os_words[when->os.list[i]], os) == 0)
			return NULL;
	return when->os.count == 0 ? NULL
	                           : arena_printf(arena, "when.os: this host runs %s",
	                                 os && *os ? os : "an unknown system");
}

/* Against the whole name; a pattern without a dot also against the name up to its first dot. */
static bool matches_host(const char *glob, const char *hostname, const char *shorter)
{
	return text_glob(glob, hostname, true) ||
	       (!strchr(glob, '.') && text_glob(glob, shorter, true));
}

/* Exclusions beat everything; with exclusions alone, every other host is meant. */
static const char *judge_hostname(
    const struct when_rule *when, const char *hostname, struct arena *arena)
{
	const char *shorter = arena_strndup(arena, hostname, strcspn(hostname, "."));
	struct escaped shown = text_escape_string(hostname);
	bool wanted = false, named = false;

	for (size_t i = 0; i < when->hostname.count; i++) {
		const char *glob = when->hostname.list[i];
		bool exclude = *glob == '!';
		bool match = matches_host(glob + exclude, hostname, shorter);

		if (exclude && match)
			return arena_printf(
			    arena, "when.hostname: \"%s\" excludes \"%s\"", glob, shown.text);
		wanted = wanted || !exclude;
		named = named || (!exclude && match);
	}
	return !wanted || named
	           ? NULL
	           : arena_printf(arena, "when.hostname: no pattern matches \"%s\"", shown.text);
}

static void filter(struct policy *policy, const struct facts *facts, struct arena *arena)
{
	const struct when_rule *when = &policy->when;
	const char *hostname = facts_value(facts, FACT_HOSTNAME);

	policy->filtered = judge_os(when, facts, arena);
	policy->undecided = !policy->filtered && when->hostname.count > 0 && !hostname;
	if (policy->undecided)
		policy->filtered = "when.hostname: the name of this host is not known";
	else if (!policy->filtered && when->hostname.count > 0)
		policy->filtered = judge_hostname(when, hostname, arena);
}

void policies_filter(struct policies *policies, const struct facts *facts)
{
	for (size_t i = 0; i < policies->count; i++)
		filter(&policies->list[i], facts, &policies->arena);
	policies->filtered = true;
}
