/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "report/report.h"

#define AT(member) offsetof(struct args, member)

enum { SECONDS_MAX = 86400 };

const struct option options[OPTIONS] = {
    [OPTION_POLICY] = {"policy", 'p', {0}, OPTION_LIST, HINT_FILE, AT(policies), "PATH",
        "policy file, folder of *.yaml, or bundle:ID for the policies of a verified bundle; "
        "with --root too one of this machine",
        PLACE_POLICIES},
    [OPTION_BUNDLE] = {"bundle", 'b', {0}, OPTION_LIST, HINT_FILE, AT(bundles), "PATH",
        "signed bundle, or folder of *.cab; with --root too one of this machine", PLACE_BUNDLES},
    [OPTION_KEYRING] = {"keyring", 'k', {0}, OPTION_VALUE, HINT_FILE, AT(keyring), "FILE",
        "who may sign bundles; with --root too a file of this machine", PLACE_KEYRING},
    [OPTION_ROOT] = {"root", 'r', {0}, OPTION_VALUE, HINT_FOLDER, AT(root), "DIR",
        "act on the system image at DIR instead of this host", "/"},
    [OPTION_STATE] = {"state", 0, {0}, OPTION_VALUE, HINT_FOLDER, AT(state), "DIR",
        "ledger, journal and version floors; with --root too a folder of this machine",
        PLACE_STATE "; of an image /var/lib/trust-deployer or, of a Windows volume, "
                    "/ProgramData/TrustDeployer/state below it"},
    [OPTION_FLOORS] = {"floors", 0, {0}, OPTION_VALUE, HINT_FILE, AT(floors), "FILE",
        "with --root: a file of version floors that count too",
        "floors of this host, in " PLACE_STATE},
    [OPTION_TRUST_FILESYSTEM] = {"trust-filesystem", 0, {0}, OPTION_FLAG, HINT_NONE,
        AT(trust_filesystem), NULL,
        "believe the owners and modes that a network or FUSE file system tells of policies, "
        "keyring and state",
        NULL},
    [OPTION_NOW] = {"now", 0, {0}, OPTION_TIME, HINT_NONE, AT(now), "TIME",
        "judge dates as of this time, such as 2026-11-23T10:00:00Z", "the clock"},
    [OPTION_OUTPUT] = {"output", 'o', {0}, OPTION_WORD, HINT_NONE, AT(output), "FORMAT",
        "what standard output gets", OUTPUT_DEFAULT},
    [OPTION_REPORT] = {"report", 0, {0}, OPTION_LIST, HINT_REPORT, AT(reports), "KIND:PATH",
        "also write a report file, which holds this run alone; it is replaced in one step; KIND is",
        NULL},
    [OPTION_DRY_RUN] = {"dry-run", 'n', {"what-if", "noop"}, OPTION_FLAG, HINT_NONE, AT(dry_run),
        NULL, "change nothing: exactly what check does", NULL},
    [OPTION_DETAILED_EXITCODE] = {"detailed-exitcode", 0, {0}, OPTION_FLAG, HINT_NONE,
        AT(detailed_exitcode), NULL,
        "exit with 8 when something was changed and the host is compliant now", NULL},
    [OPTION_LOCK_WAIT] = {"lock-wait", 0, {0}, OPTION_SECONDS, HINT_NONE, AT(lock_wait), "SECONDS",
        "wait so long for another run to end", "0"},
    [OPTION_RUN_IMAGE_TOOLS] = {"run-image-tools", 0, {0}, OPTION_FLAG, HINT_NONE,
        AT(run_image_tools), NULL,
        "with --root: run the image's own rebuild tools and hooks, confined to it; without it they "
        "are named, and nothing of the image is run",
        NULL},
    [OPTION_ALL] = {"all", 0, {0}, OPTION_FLAG, HINT_NONE, AT(all), NULL,
        "take back everything that this program put on the host and still owns", NULL},
    [OPTION_DISCARD] = {"discard", 0, {0}, OPTION_VALUE, HINT_NONE, AT(discard), "ID",
        "set the journal of that transaction aside without carrying it out", NULL},
    [OPTION_OUT] = {"out", 0, {0}, OPTION_VALUE, HINT_FILE, AT(out), "FILE",
        "write the bundle to FILE", NULL},
    [OPTION_SIGNER] = {"signer", 0, {0}, OPTION_LIST, HINT_FILE, AT(signers), "CERT",
        "certificate of a signer (PEM or DER); the n-th goes with the n-th --key", NULL},
    [OPTION_KEY] = {"key", 0, {0}, OPTION_LIST, HINT_FILE, AT(keys), "FILE",
        "private key of a signer: a PEM file, or a pkcs11: URI", NULL},
    [OPTION_PASSPHRASE_FILE] = {"passphrase-file", 0, {0}, OPTION_VALUE, HINT_FILE,
        AT(passphrase_file), "FILE", "first line is the passphrase of the keys",
        "asked for on the terminal"},
    [OPTION_DOWNLOADS] = {"downloads", 0, {0}, OPTION_VALUE, HINT_FOLDER, AT(downloads), "DIR",
        "holds what the recipe's urls lead to, under any name", NULL},
    [OPTION_AS] = {"as", 0, {0}, OPTION_VALUE, HINT_SHOW_TYPE, AT(as), "TYPE",
        "what the file is, when the guess is wrong", "guessed from the content"},
    [OPTION_ROOTS] = {"roots", 0, {0}, OPTION_VALUE, HINT_FILE, AT(roots), "FILE",
        "certificates (PEM or DER) that may anchor the signer of a trust list", NULL},
    [OPTION_INTERMEDIATES] = {"intermediates", 0, {0}, OPTION_VALUE, HINT_FILE, AT(intermediates),
        "FILE", "certificates that a policy would add, to build the signer's chain with", NULL},
    [OPTION_QUIET] = {"quiet", 'q', {0}, OPTION_FLAG, HINT_NONE, AT(quiet), NULL,
        "the verdict, and of a run one line for each cause; no progress", NULL},
    [OPTION_VERBOSE] = {"verbose", 'v', {0}, OPTION_FLAG, HINT_NONE, AT(verbose), NULL,
        "also what is as wanted", NULL},
    [OPTION_NO_COLOR] = {"no-color", 0, {0}, OPTION_FLAG, HINT_NONE, AT(no_color), NULL,
        "no colour, also on a terminal", NULL},
    [OPTION_NO_PROGRESS] = {"no-progress", 0, {0}, OPTION_FLAG, HINT_NONE, AT(no_progress), NULL,
        "no progress, also on a terminal", NULL},
    [OPTION_HELP] = {"help", 'h', {0}, OPTION_FLAG, HINT_NONE, AT(help), NULL,
        "print help, also of one verb", NULL},
    [OPTION_VERSION] = {"version", 'V', {0}, OPTION_FLAG, HINT_NONE, AT(version), NULL,
        "print the version", NULL},
};

/* Options of the contract that a later version brings. */
static const char *const later_options[] = {"facts", "compare", "proxy", "deadline", "max-size",
    "from", "name", "format", "confirm-within", "account", "keep", "online", "recover",
    "force-ownership", "threshold", "expires", "facts-dir", "baseline", "rows", "sqlite"};

void args_release(struct args *args)
{
	struct strings *const lists[] = {&args->operands, &args->policies, &args->bundles,
	    &args->reports, &args->signers, &args->keys};

	for (size_t i = 0; i < COUNT(lists); i++)
		free(lists[i]->list);
	places_release(&args->places);
	*args = (struct args){0};
}

static void strings_add(struct strings *strings, const char *string)
{
	strings->list =
	    mem_grow(strings->list, &strings->capacity, strings->count + 1, sizeof(string));
	strings->list[strings->count++] = string;
}

/* Every message ends with where to read more. */
static bool usage_error(const struct args *args, struct err *err, const char *fmt, ...) PRINTF(3);
static bool usage_error(const struct args *args, struct err *err, const char *fmt, ...)
{
	AUTO(text) text = {.limit = 400};
	char what[300];
	va_list list;

	va_start(list, fmt);
	vsnprintf(what, sizeof(what), fmt, list);
	va_end(list);
	text_addf(&text, "%s; see trust-deployer %s%s--help", what,
	    args->verb ? args->verb->name : "", args->verb ? " " : "");
	return err_set(err, ERR_USAGE, "%s", text_string(&text));
}

static bool name_matches(const struct option *option, const char *name, size_t size)
{
	const char *const names[] = {option->name, option->aliases[0], option->aliases[1]};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i] && strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
			return true;
	return false;
}

static bool is_later(const char *name, size_t size)
{
	for (size_t i = 0; i < COUNT(later_options); i++)
		if (strlen(later_options[i]) == size && memcmp(later_options[i], name, size) == 0)
			return true;
	return false;
}

static bool take_time(
    struct args *args, const struct option *option, const char *value, struct err *err)
{
	if (!clock_parse(value, &args->now))
		return usage_error(args, err,
		    "--%s: '%s' is no time; write it as 2026-11-23T10:00:00Z or 2026-11-23",
		    option->name, text_escape_string(value).text);
	return true;
}

/* A run takes less than a day; more can only be a typing error. */
static bool take_seconds(
    struct args *args, const struct option *option, const char *value, struct err *err)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long seconds = strtoul(value, NULL, 10);

	if (value[digits] || digits > 6 || seconds > SECONDS_MAX)
		return usage_error(args, err, "--%s: '%s' is no number of seconds up to %d",
		    option->name, text_escape_string(value).text, SECONDS_MAX);
	*(unsigned *)(void *)((char *)args + option->offset) = (unsigned)seconds;
	return true;
}

static bool take_word(
    struct args *args, const struct option *option, const char *value, struct err *err)
{
	const struct report_kind *kind = report_find(value);
	AUTO(text) known = {0};

	if (kind && kind->uses & args->verb->formats) {
		args->output = value;
		return true;
	}
	report_add_kinds(&known, args->verb->formats, ", ");
	return usage_error(args, err, "--%s: '%s' is none of %s", option->name,
	    text_escape_string(value).text, text_string(&known));
}

/* Stores an option; `value` is NULL for a flag. */
static bool take(struct args *args, const struct option *option, const char *value, struct err *err)
{
	size_t id = (size_t)(option - options);
	char *place = (char *)args + option->offset;

	if (option->type != OPTION_FLAG && option->type != OPTION_LIST && args->given[id])
		return usage_error(args, err, "--%s is given twice", option->name);
	if (value && !*value)
		return usage_error(args, err, "--%s: the value is empty", option->name);
	args->given[id] = true;
	switch (option->type) {
	case OPTION_FLAG:
		*(bool *)(void *)place = true;
		return true;
	case OPTION_VALUE:
		*(const char **)(void *)place = value;
		return true;
	case OPTION_LIST:
		strings_add((struct strings *)(void *)place, value);
		return true;
	case OPTION_TIME:
		return take_time(args, option, value, err);
	case OPTION_SECONDS:
		return take_seconds(args, option, value, err);
	case OPTION_WORD:
		return take_word(args, option, value, err);
	}
	return true;
}

/* True when the verb at hand takes the option; without a verb only --help and --version are. */
static bool is_taken(const struct args *args, const struct option *option)
{
	uint64_t taken = OPTIONS_ALWAYS | (args->verb ? args->verb->options : 0);

	return taken & OPTION_BIT(option - options);
}

/* " (did you mean --policy?)" into `out`, or nothing. */
static void suggest_option(const struct args *args, const char *shown, struct text *out)
{
	const char *names[OPTIONS + 1] = {0};
	AUTO(text) name = {0};
	const char *nearest;
	size_t count = 0;

	if (strncmp(shown, "--", 2) != 0)
		return;
	for (size_t i = 0; i < OPTIONS; i++)
		if (is_taken(args, &options[i]))
			names[count++] = options[i].name;
	text_add_span(&name, (struct span){(const uint8_t *)shown + 2, strcspn(shown + 2, "=")});
	nearest = nearest_word(text_string(&name), names);
	if (nearest)
		text_addf(out, " (did you mean --%s?)", nearest);
}

static bool refuse(const struct args *args, const char *shown, bool later, struct err *err)
{
	struct escaped escaped = text_escape_string(shown);
	AUTO(text) meant = {0};

	if (later)
		return usage_error(args, err, "option %s comes with a later version", escaped.text);
	suggest_option(args, shown, &meant);
	if (args->verb)
		return usage_error(args, err, "%s takes no option %s%s", args->verb->name,
		    escaped.text, text_string(&meant));
	return usage_error(args, err, "unknown option %s%s; options stand behind the verb",
	    escaped.text, text_string(&meant));
}

/* The value behind an option, from the same argument or the next one. */
static bool next_value(const struct args *args, const struct option *option, int argc, char **argv,
    int *at, const char **out, struct err *err)
{
	if (*at + 1 >= argc)
		return usage_error(args, err, "--%s needs a value: --%s %s", option->name,
		    option->name, option->metavar);
	if (argv[*at + 1][0] == '-' && argv[*at + 1][1])
		return usage_error(args, err,
		    "--%s needs a value, and '%s' looks like an option; if it is the value, write "
		    "--%s=%s",
		    option->name, text_escape_string(argv[*at + 1]).text, option->name,
		    text_escape_string(argv[*at + 1]).text);
	*out = argv[++*at];
	return true;
}

static bool take_long(struct args *args, int argc, char **argv, int *at, struct err *err)
{
	const char *name = argv[*at] + 2;
	size_t size = strcspn(name, "=");
	const char *value = name[size] ? name + size + 1 : NULL;

	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *option = &options[i];

		if (!name_matches(option, name, size) || !is_taken(args, option))
			continue;
		if (option->type == OPTION_FLAG && value)
			return usage_error(args, err, "--%s takes no value", option->name);
		if (option->type != OPTION_FLAG && !value &&
		    !next_value(args, option, argc, argv, at, &value, err))
			return false;
		return take(args, option, value, err);
	}
	return refuse(args, argv[*at], is_later(name, size), err);
}

/* One argument of letters: "-q", "-qv", "-o json", "-ojson". */
static bool take_letters(struct args *args, int argc, char **argv, int *at, struct err *err)
{
	for (const char *letter = argv[*at] + 1; *letter; letter++) {
		const struct option *option = NULL;
		const char *value = NULL;
		char shown[] = {'-', *letter, 0};

		for (size_t i = 0; i < OPTIONS && !option; i++)
			if (options[i].letter == *letter && is_taken(args, &options[i]))
				option = &options[i];
		if (!option)
			return refuse(args, shown, false, err);
		if (option->type == OPTION_FLAG) {
			if (!take(args, option, NULL, err))
				return false;
			continue;
		}
		if (letter[1])
			value = letter + 1;
		else if (!next_value(args, option, argc, argv, at, &value, err))
			return false;
		return take(args, option, value, err);
	}
	return true;
}

static bool take_all(struct args *args, int argc, char **argv, int at, struct err *err)
{
	bool ended = false;

	for (; at < argc; at++) {
		const char *arg = argv[at];

		if (ended || arg[0] != '-' || !arg[1])
			strings_add(&args->operands, arg);
		else if (strcmp(arg, "--") == 0)
			ended = true;
		else if (arg[1] == '-' ? !take_long(args, argc, argv, &at, err)
		                       : !take_letters(args, argc, argv, &at, err))
			return false;
	}
	return true;
}

static bool check_operands(const struct args *args, struct err *err)
{
	const struct verb *verb = args->verb;
	size_t count = args->operands.count;

	if (count < (size_t)verb->least)
		return usage_error(args, err, "%s needs %s", verb->name, verb->operands);
	if (verb->most >= 0 && count > (size_t)verb->most)
		return usage_error(args, err, "%s: '%s' is one operand too many", verb->name,
		    text_escape_string(args->operands.list[verb->most]).text);
	return true;
}

/* Says that the words are no verb, and which one they are near to. */
static bool no_verb(const struct args *args, const char *words, struct err *err)
{
	AUTO(text) nearest = {0};

	if (verb_nearest(words, &nearest))
		return usage_error(args, err, "'%s' is no verb (did you mean %s?)",
		    text_escape_string(words).text, text_string(&nearest));
	return usage_error(args, err, "'%s' is no verb", text_escape_string(words).text);
}

static bool unknown_verb(const struct args *args, int argc, char **argv, struct err *err)
{
	const char *later = verb_later(argc - 1, argv + 1);
	AUTO(text) words = {0};
	AUTO(text) nearest = {0};

	if (argc < 2)
		return usage_error(args, err, "no verb given");
	if (later)
		return usage_error(args, err, "'%s' comes with a later version", later);
	if (argc == 2 && verb_is_group(argv[1]))
		return usage_error(args, err, "'%s' needs a second word", argv[1]);
	text_add(&words, argv[1]);
	if (verb_is_group(argv[1]) ||
	    (argc > 2 && *argv[2] != '-' && !verb_nearest(argv[1], &nearest)))
		text_addf(&words, " %s", argv[2]);
	return no_verb(args, text_string(&words), err);
}

/* Help and version come first, whatever the rest of the line says. */
static bool wants_help(struct args *args, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		args->help =
		    args->help || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0;
		args->version = args->version || strcmp(argv[i], "--version") == 0 ||
		                strcmp(argv[i], "-V") == 0;
	}
	return args->help || args->version;
}

/* For a command line that is refused: the reports that it names, and the format of its standard
 * output, wherever the fault is. */
static void find_reports(struct args *args, int argc, char **argv, int at)
{
	AUTO(args) found = {.verb = args->verb};
	struct strings reports;

	for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
		struct err told = {0};
		bool good = argv[at][0] != '-' || !argv[at][1] ||
		            (argv[at][1] == '-' ? take_long(&found, argc, argv, &at, &told)
		                                : take_letters(&found, argc, argv, &at, &told));

		(void)good;
	}
	args->output = found.output;
	reports = found.reports;
	found.reports = args->reports;
	args->reports = reports;
}

static void default_output(struct args *args)
{
	if (!args->output)
		args->output = OUTPUT_DEFAULT;
}

bool args_parse(int argc, char **argv, struct args *out, struct err *err)
{
	AUTO(args) args = {0};
	int words = 0;

	/* "help VERB" is "VERB --help" */
	if (argc > 2 && strcmp(argv[1], "help") == 0 && argv[2][0] != '-') {
		args.help = true;
		argc--;
		argv++;
	}
	args.verb = verb_find(argc - 1, argv + 1, &words);
	if (wants_help(&args, argc, argv)) {
		if (!args.verb && argc > 1 && verb_is_group(argv[1]))
			args.word = argv[1];
		else if (!args.verb && argc > 1 && argv[1][0] != '-')
			return unknown_verb(&args, argc, argv, err);
		*out = TAKE(args);
		return true;
	}
	if (!args.verb && argc > 1 && argv[1][0] == '-')
		return refuse(&args, argv[1], false, err);
	if (!args.verb)
		return unknown_verb(&args, argc, argv, err);
	if (!take_all(&args, argc, argv, 1 + words, err) || !check_operands(&args, err)) {
		find_reports(&args, argc, argv, 1 + words);
		default_output(&args);
		*out = TAKE(args);
		return false;
	}
	default_output(&args);
	places_find(&args.places);
	*out = TAKE(args);
	return true;
}
