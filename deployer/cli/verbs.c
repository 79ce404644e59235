/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include "base/nearest.h"

#define BIT(name)     OPTION_BIT(OPTION_##name)
#define OPTIONS_PLAIN (BIT(QUIET) | BIT(VERBOSE) | BIT(NO_COLOR) | BIT(NO_PROGRESS))
#define OPTIONS_INPUTS                                                                             \
	(BIT(POLICY) | BIT(BUNDLE) | BIT(KEYRING) | BIT(ROOT) | BIT(STATE) | BIT(FLOORS) |         \
	    BIT(TRUST_FILESYSTEM) | BIT(NOW))
#define OPTIONS_REPORT (BIT(OUTPUT) | BIT(REPORT) | OPTIONS_PLAIN)
#define OPTIONS_SIGN   (BIT(OUT) | BIT(SIGNER) | BIT(KEY) | BIT(PASSPHRASE_FILE) | BIT(QUIET))
#define OPTIONS_VERIFY (BIT(KEYRING) | BIT(STATE) | BIT(TRUST_FILESYSTEM) | BIT(NOW) | BIT(QUIET))

const struct verb verbs[] = {
    {"check", "", 0, 0, OPTIONS_INPUTS | OPTIONS_REPORT | BIT(RUN_IMAGE_TOOLS), FORMAT_ALL,
        "compare the host with the policy and report",
        "Compares and changes nothing, not even its own state: it is the dry run of apply. It "
        "needs no "
        "privilege for what everybody may read. Ends with 0 when all is as wanted and with 2 when "
        "not. With --run-image-tools it tells what apply with that option does, and runs nothing.",
        OPERAND_NONE, false, verb_check},
    {"apply", "", 0, 0,
        OPTIONS_INPUTS | OPTIONS_REPORT | BIT(DRY_RUN) | BIT(DETAILED_EXITCODE) | BIT(LOCK_WAIT) |
            BIT(RUN_IMAGE_TOOLS),
        FORMAT_ALL, "make the host match the policy",
        "Makes the host match, looks again, and reports. Items are independent: one that fails "
        "does not "
        "stop the others. New certificates are added and in force before old ones go. Nothing is "
        "removed "
        "that this program did not put there, unless the policy says remove_unowned. When there is "
        "nothing "
        "to do, no file of the host is written, and of the state only what a bundle is new in. A "
        "run that was killed is repaired by the next one. Of "
        "an "
        "image no program is run without --run-image-tools: hooks that are left out are named "
        "until apply has run them, and what its "
        "own tool alone brings into force is rebuild_pending.",
        OPERAND_NONE, false, verb_apply},
    {"rollback", "[ID]", 0, 1,
        BIT(ROOT) | BIT(STATE) | BIT(TRUST_FILESYSTEM) | BIT(NOW) | BIT(ALL) | BIT(DISCARD) |
            BIT(LOCK_WAIT) | BIT(RUN_IMAGE_TOOLS) | OPTIONS_REPORT,
        FORMAT_ALL, "undo the last transaction, or every one back to ID",
        "Puts back what stood there before, byte for byte, with modes, access lists and extended "
        "attributes. A file that is gone comes back as root's, and none runs as somebody else: a "
        "journal gives nothing to another user. From a file that somebody else has edited since, "
        "our lines are taken "
        "out and theirs stay. Where these cannot be told apart the file is left alone and named: "
        "that is a failure, what is in it stays ours, and the transaction can be rolled back "
        "again. "
        "The last 20 transactions can be rolled back; history lists them. The next apply, also "
        "that of a timer, makes the host match the policy again.\n\n"
        "With --all everything that this program did to the host and still owns goes back: first "
        "all transactions that are kept, then what the ledger knows of older ones. That is how to "
        "leave the product.\n\n"
        "A journal that breaks a rule, because it is damaged or because somebody else wrote it, is "
        "refused whole: it names no place but those that this program writes to. Then no run "
        "changes the host until --discard ID sets it aside: it is kept under another name, "
        "nothing of it is carried out, and history tells of it.",
        OPERAND_TRANSACTION, false, verb_rollback},
    {"explain", "ITEM", 1, 1, OPTIONS_INPUTS | BIT(OUTPUT) | OPTIONS_PLAIN, FORMAT_TREE,
        "tell everything known about one item",
        "Tells what is wanted and by which policy and line, what is there and where, whether it is "
        "ours, "
        "and what was done to it. ITEM is an id as reports print it, such as proxy/apt or "
        "certificate/root/96bc..., bundle/ID or keyring, a SHA-256 digest as openssl x509 "
        "-fingerprint -sha256 prints it, or a label; the beginning is enough where only one has "
        "it. It is also the target "
        "of a proxy, such as apt, or the path of a file where the item stands or that holds its "
        "certificate. It needs no "
        "policy; without one it tells what is there and judges nothing.",
        OPERAND_ITEM, false, verb_explain},
    {"diagnose", "", 0, 0, OPTIONS_INPUTS | BIT(OUTPUT) | OPTIONS_PLAIN, FORMAT_TREE,
        "find why trust or its update fails on this host",
        "Asks a table of known causes and tells those that it finds: what was seen and where, what "
        "to do, "
        "and a policy that would cure it. It changes nothing and needs no policy; where there are "
        "policies it knows what is wanted. Ends with 2 when a cause was found. With -v also what "
        "is "
        "in "
        "force, which is no trouble.",
        OPERAND_NONE, false, verb_diagnose},
    {"status", "", 0, 0,
        BIT(BUNDLE) | BIT(KEYRING) | BIT(ROOT) | BIT(STATE) | BIT(TRUST_FILESYSTEM) | BIT(NOW) |
            BIT(OUTPUT) | OPTIONS_PLAIN,
        FORMAT_TREE, "tell what is in force here, without a policy",
        "Tells of each program that reads a proxy which one it has, where it stands and who set "
        "it; what the certificate stores hold; the last run that changed "
        "something; bundles and keyring with the days "
        "that they are still good for; and what waits to be done. It needs no policy, compares "
        "with none, and changes nothing.",
        OPERAND_NONE, false, verb_status},
    {"history", "", 0, 0, BIT(ROOT) | BIT(STATE) | BIT(OUTPUT) | BIT(QUIET) | BIT(VERBOSE),
        FORMAT_TREE, "list transactions: id, time, what changed, outcome",
        "Lists what was done to this host, oldest first: how many items were added (+), changed "
        "(~) and "
        "removed (-), how it ended, and which policies asked for it. With -v also the items.",
        OPERAND_NONE, false, verb_history},
    {"bundle build", "RECIPE", 1, 1, OPTIONS_SIGN | BIT(NOW) | BIT(DOWNLOADS), 0,
        "make a bundle, optionally signing it",
        "Collects what the recipe names into one file: a cabinet with a manifest, and behind it "
        "the "
        "signatures. Sources are paths or globs relative to the recipe; PEM files are split into "
        "their certificates. What a url leads to is not fetched: it is looked for by its SHA-256 "
        "among "
        "the files of --downloads. The same recipe, sources and time give the same bytes: --now "
        "dates "
        "the "
        "bundle, else SOURCE_DATE_EPOCH, else the start of today in UTC.\n\n"
        "Each --signer goes with the --key at the same place. A key is a PEM file or a URI that "
        "OpenSSL can open, such as pkcs11:token=release;object=key.",
        OPERAND_FILE, false, verb_bundle_build},
    {"bundle sign", "FILE", 1, 1, OPTIONS_SIGN, 0, "add a signature to a bundle",
        "Adds a signature and keeps those that are there. Without --out FILE itself is replaced. "
        "What "
        "is signed is checked first: manifest, members, sizes and digests.",
        OPERAND_FILE, false, verb_bundle_sign},
    {"bundle verify", "FILE", 1, 1, OPTIONS_VERIFY | BIT(VERBOSE) | BIT(OUTPUT), FORMAT_TREE,
        "check a bundle against a keyring",
        "Checks signatures, threshold, dates, the version floor of this host, the manifest and "
        "every "
        "member, and tells of each signer whether it counts, and why not. Ends with 4 when the "
        "bundle "
        "is refused.",
        OPERAND_FILE, false, verb_bundle_verify},
    {"bundle list", "FILE", 1, 1, OPTIONS_VERIFY | BIT(OUTPUT), FORMAT_TREE,
        "list the members of a verified bundle",
        "Verifies the bundle and lists its members: kind, store or list, size, SHA-256, name, and "
        "of "
        "a certificate its subject and when it expires. In the other formats it prints the "
        "manifest "
        "with the verification.",
        OPERAND_FILE, false, verb_bundle_list},
    {"bundle extract", "FILE DIR", 2, 2, OPTIONS_VERIFY, 0, "unpack a verified bundle",
        "Verifies the bundle and writes manifest.yaml and every member below DIR, which is made "
        "when "
        "it is missing.",
        OPERAND_FILE, false, verb_bundle_extract},
    {"policy validate", "PATH...", 1, -1, BIT(QUIET), 0, "check policy files",
        "Checks each file, and each *.yaml of a folder, and then whether they agree with each "
        "other. "
        "What is wrong is printed one line each, as file:line:column: what.",
        OPERAND_FILE, false, verb_policy_validate},
    {"policy schema", "", 0, 0, 0, 0, "print the JSON Schema of the policy language",
        "Prints a JSON Schema (2020-12) for editors and validators, made from the table that also "
        "reads "
        "policies.",
        OPERAND_NONE, false, verb_policy_schema},
    {"show", "FILE", 1, 1, BIT(AS) | BIT(ROOTS) | BIT(INTERMEDIATES) | BIT(NOW) | BIT(OUTPUT),
        FORMAT_TREE, "decode a file of a known format",
        "Says what a file holds: a bundle, a cabinet, a trust list (CTL) of Microsoft, a "
        "certificate, a "
        "certificate blob, a serialised store (.sst), an entry of the URL cache, Registry.pol, a "
        "proxy setting of the registry, or "
        "a "
        "keyring or recipe as it was understood. The type is guessed from the content. Of a "
        "trust "
        "list the signature is checked, and with --roots also the chain of its signer: from what "
        "is "
        "embedded, and with --intermediates from what a policy would add. Otherwise it is what the "
        "file says of itself; bundle verify checks.",
        OPERAND_FILE, false, verb_show},
    {"completion", "SHELL", 1, 1, OPTIONS_ALWAYS, 0, "print completion for bash, zsh or fish",
        "Prints a completion script on standard output. The package installs them; for a shell of "
        "your own:\n\n"
        "bash: source <(trust-deployer completion bash)\n\n"
        "zsh: trust-deployer completion zsh > ~/.zfunc/_trust-deployer, with ~/.zfunc in fpath\n\n"
        "fish: trust-deployer completion fish > ~/.config/fish/completions/trust-deployer.fish",
        OPERAND_SHELL, false, verb_completion},
    {"man", "[PAGE]", 0, 1, OPTIONS_ALWAYS, 0, "print a manual page",
        "Prints a manual page from the tables of the program, in the format that man reads: "
        "trust-deployer when none is named. Where the pages are not installed:\n\n"
        "trust-deployer man trust-deployer-policy | man -l -",
        OPERAND_PAGE, false, verb_man},
    {"help", "[VERB]", 0, 2, OPTIONS_ALWAYS, 0, "print help, also of one verb",
        "The same as --help: of the program, of a group of verbs such as bundle, or of one verb.",
        OPERAND_VERB, false, verb_help},
    {"version", "", 0, 0, OPTIONS_ALWAYS, 0, "print the version", "The same as --version.",
        OPERAND_NONE, false, verb_version},
    {"complete", "WHAT [WORD...]", 1, -1, OPTIONS_ALWAYS, 0, "print what completion offers",
        "Prints items or transactions, one a line. The words are those of the command line that "
        "is being completed; its --root and --state count.",
        OPERAND_NONE, true, verb_complete},
};
const size_t verb_count = COUNT(verbs);

/* Verbs of the contract that come with a later version. */
static const char *const later_verbs[] = {"rsop", "fetch", "mirror", "policy export", "policy test",
    "export gpo", "report render", "report merge", "report diff", "import", "keyring make",
    "keyring show", "keyring add", "keyring remove", "keyring rotate", "bundle resign",
    "bundle diff", "confirm"};

/* How many words of `name` the arguments start with in full; 0 when it is another verb. */
static int words_of(const char *name, int argc, char **argv)
{
	size_t first = strcspn(name, " ");

	if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], name, first) != 0)
		return 0;
	if (!name[first])
		return 1;
	return argc > 1 && strcmp(argv[1], name + first + 1) == 0 ? 2 : 0;
}

const struct verb *verb_find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < verb_count; i++) {
		*words = words_of(verbs[i].name, argc, argv);
		if (*words)
			return &verbs[i];
	}
	return NULL;
}

static bool is_first_of(const char *name, const char *word)
{
	size_t size = strlen(word);

	return strncmp(name, word, size) == 0 && name[size] == ' ';
}

bool verb_is_group(const char *word)
{
	for (size_t i = 0; i < verb_count; i++)
		if (is_first_of(verbs[i].name, word))
			return true;
	return false;
}

bool verb_nearest(const char *words, struct text *out)
{
	const char *names[2 * COUNT(verbs) + 1] = {0};
	char groups[COUNT(verbs)][32];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < verb_count; i++) {
		size_t first = strcspn(verbs[i].name, " ");

		if (verbs[i].hidden)
			continue;
		names[count++] = verbs[i].name;
		if (!verbs[i].name[first] || first >= sizeof(groups[i]))
			continue;
		memcpy(groups[i], verbs[i].name, first);
		groups[i][first] = 0;
		names[count++] = groups[i];
	}
	nearest = nearest_word(words, names);
	text_add(out, nearest ? nearest : "");
	return nearest != NULL;
}

const char *verb_later(int argc, char **argv)
{
	for (size_t i = 0; i < COUNT(later_verbs); i++)
		if (words_of(later_verbs[i], argc, argv))
			return later_verbs[i];
	for (size_t i = 0; i < COUNT(later_verbs) && argc > 0 && !verb_is_group(argv[0]); i++)
		if (is_first_of(later_verbs[i], argv[0]))
			return argv[0];
	return NULL;
}
