/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cause.h"

#include <string.h>

const char *const result_words[] = WORDS_LIST(RESULT_VOCABULARY);
const char *const verdict_words[] = WORDS_LIST(VERDICT_VOCABULARY);

static const struct cause_row rows[CAUSES] = {
    [CAUSE_NONE] = {"", "It is as the policy wants it.", "", SEVERITY_INFO},
    [CAUSE_MISSING] = {"missing", "The policy wants it and it is not there.",
        "Run apply to add it.", SEVERITY_INFO},
    [CAUSE_REBUILD_PENDING] = {"rebuild_pending",
        "It is in the sources of the trust store, but the store has not been rebuilt from them.",
        "Run apply to rebuild the store.", SEVERITY_WARNING},
    [CAUSE_STALE_OUTPUT] = {"stale_output",
        "It is in force, but no source of the trust store holds it: the next rebuild by the "
        "distribution's own tool drops it.",
        "Run apply to put it into the sources.", SEVERITY_WARNING},
    [CAUSE_PARTLY_TRUSTED] = {"partly_trusted",
        "Some programs of this host trust it, and others do not.",
        "Run apply to have all of them trust it.", SEVERITY_WARNING},
    [CAUSE_DIFFERENT] = {"different", "It is there with another value.",
        "Run apply to set the policy's value.", SEVERITY_INFO},
    [CAUSE_UNWANTED] = {"unwanted", "It is there and the policy wants it absent.",
        "Run apply to remove it.", SEVERITY_INFO},
    [CAUSE_UNDECLARED] = {"undeclared", "It is there and no policy names it.",
        "Declare it in a policy, remove it where it came from, or let `undeclared` of this store "
        "say keep.",
        SEVERITY_INFO},
    [CAUSE_NOT_OWNED] = {"not_owned",
        "It would have to be removed, but this program did not put it there.",
        "Remove it where it came from, or set remove_unowned in the rule.", SEVERITY_INFO},
    [CAUSE_SUPERSEDED] = {"superseded",
        "An earlier policy installed it, and no policy names it any more.",
        "Set `undeclared` of this store to remove, and run apply.", SEVERITY_INFO},
    [CAUSE_NO_BUNDLE] = {"no_bundle", "No verified bundle gives its bytes.",
        "Provide the bundle with --bundle or in the bundles folder.", SEVERITY_WARNING},
    [CAUSE_NOT_IN_BUNDLE] = {"not_in_bundle",
        "The bundle that the policy names does not hold this certificate.",
        "Correct the fingerprint, or publish a bundle that holds it.", SEVERITY_INFO},
    [CAUSE_REFUSED_EXPIRED] = {"refused_expired",
        "The certificate has expired and is not installed as a root.",
        "Replace it, or set allow_expired in the rule.", SEVERITY_INFO},
    [CAUSE_REFUSED_NOT_CA] = {"refused_not_ca",
        "The certificate is not a CA's and is not installed as a root.",
        "Name the right certificate, or set allow_non_ca in the rule.", SEVERITY_INFO},
    [CAUSE_MALFORMED] = {"malformed", "What is there cannot be read.",
        "Repair or remove the file that is named.", SEVERITY_WARNING},
    [CAUSE_CANNOT_HOLD] = {"cannot_hold", "This kind of host has no such setting.", "",
        SEVERITY_INFO},
    [CAUSE_NOT_EXPRESSIBLE] = {"not_expressible",
        "It is held as far as the setting there can say it.", "", SEVERITY_INFO},
    [CAUSE_WAIVED] = {"waived", "A waiver exempts it for now.", "", SEVERITY_INFO},
    [CAUSE_WRITE_FAILED] = {"write_failed", "The change could not be carried out.",
        "Mend what the message names, and run apply again.", SEVERITY_INFO},
    [CAUSE_CONFLICT] = {"conflict",
        "What the policy wants is refused by something else on the host.",
        "Resolve the conflict that the message names.", SEVERITY_WARNING},
    [CAUSE_OUTDATED] = {"outdated", "The list is older than the policy wants it.",
        "Run apply where a bundle brings a newer list; else publish one.", SEVERITY_WARNING},
    [CAUSE_BAD_SIGNATURE] = {"bad_signature", "The list is not signed as it should be.",
        "Find out who wrote it; apply replaces it where a bundle brings the list.",
        SEVERITY_WARNING},
    [CAUSE_CHAIN_INCOMPLETE] = {"chain_incomplete",
        "The certificate that signed the list cannot be traced to its root without the network.",
        "Have the policy install the missing intermediate from a bundle.", SEVERITY_WARNING},
    [CAUSE_SIGNER_EXPIRED] = {"signer_expired",
        "The certificate that signed the list has expired; the list itself is intact.", "",
        SEVERITY_INFO},
    [CAUSE_OTHER_ISSUE] = {"other_issue",
        "The bundle holds a list that may not take the place of this one.", "", SEVERITY_INFO},
    [CAUSE_REFUSED_LIST] = {"refused_list",
        "The list in the bundle is not one that Microsoft signed for this purpose.",
        "Publish a bundle with the list as Microsoft serves it.", SEVERITY_INFO},
    [CAUSE_NEVER_EXTRACTED] = {"never_extracted",
        "The tool that rebuilds the trust store leaves it out by its rules, however often it runs.",
        "Name the CA's certificate in its place, or change what the message names.",
        SEVERITY_WARNING},
    [CAUSE_UNREADABLE] = {"unreadable",
        "It is in force for root alone: other users may not read where it stands.",
        "Give every user the right to read what the message names.", SEVERITY_WARNING},
    [CAUSE_PRIVATE_KEY] = {"private_key",
        "The file that it lies in among the sources of the trust store holds a private key too.",
        "Have the certificate alone in that file, and take the key for known to others.",
        SEVERITY_ERROR},
    [CAUSE_RESTRICTED] = {"restricted",
        "It is there, and the properties of its entry switch it off or limit what it is trusted"
        " for.",
        "Run apply to enable it.", SEVERITY_INFO},
    [CAUSE_CLOCK] = {"clock", "The clock runs behind signed data that this host has seen.",
        "Set the clock.", SEVERITY_WARNING},
    [CAUSE_REFUSED] = {"refused",
        "A rule of trust refuses the bundle: its signatures, version, dates or contents.",
        "Publish a bundle that the keyring accepts.", SEVERITY_ERROR},
    [CAUSE_UNREACHABLE] = {"unreachable", "Its source cannot be reached.",
        "See that the file which the message names can be read from here.", SEVERITY_WARNING},
    [CAUSE_EXPIRING] = {"expiring", "It expires soon.", "Renew it before that day.",
        SEVERITY_WARNING},
    [CAUSE_EXPIRED] = {"expired", "It has expired.", "Renew it.", SEVERITY_ERROR},
    [CAUSE_STALE] = {"stale", "It will soon be older than the policy's max_age.",
        "Publish a newer version before that day.", SEVERITY_WARNING},
    [CAUSE_ROTATED] = {"rotated", "A bundle brings the next keyring.", "Run apply to take it.",
        SEVERITY_WARNING},
    [CAUSE_UNDECIDED] = {"undecided",
        "It is not known whether the policy that names it is for this host: it is left as it is.",
        "Give the host a name (an image in /etc/hostname), or take `when.hostname` out of the "
        "policy.",
        SEVERITY_WARNING},
    [CAUSE_HOOK_DUE] = {"hook_due",
        "A hook of the distribution's tool has failed or was not run, so what it keeps (Java's "
        "keystore, say) may not fit the trust store.",
        "Run apply, which runs it again.", SEVERITY_WARNING},
    [CAUSE_WRONG_NAME] = {"wrong_name",
        "It is not read: the policies of a folder are called *.yaml or *.yml, in lower case.",
        "Give it such a name where it is to count, and another ending where it is not.",
        SEVERITY_WARNING},
    [CAUSE_OTHER_STATE] = {"other_state",
        "Another state knows of things here that this one knows nothing of.",
        "Name that state with --state; where it is lost, take out what is to go with `state: "
        "absent` and `remove_unowned`, and then the mark, where there is one.",
        SEVERITY_WARNING},
    [CAUSE_NEXT_KEYRING] = {"next_keyring",
        "The next keyring does not accept the bundle as it is signed.",
        "Have the signers of the next keyring sign the bundle too (`bundle sign`).",
        SEVERITY_WARNING},
};

const struct cause_row *cause_row(enum cause cause)
{
	return &rows[cause];
}

int cause_find(const char *word)
{
	for (int i = 0; i < CAUSES; i++)
		if (strcmp(rows[i].word, word) == 0)
			return i;
	return -1;
}
