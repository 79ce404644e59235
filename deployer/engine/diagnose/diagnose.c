/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/diagnose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/diagnose/probes.h"

enum { TEXT_MAX = 2048 };

static void ask_closed(struct diagnosing *d);

/* Within a severity the order of the rows is that of the findings: what explains others first. */
static const struct probe probes[] = {
    {"ctl_chain_incomplete", SEVERITY_ERROR,
        "The certificate that signed a trust list cannot be traced to its root without the "
        "network, so updates of the roots fail wherever the service cannot fetch the missing one.",
        "Install the missing intermediate in the machine's intermediate store, from a bundle.",
        ask_chain},
    {"ctl_signature_bad", SEVERITY_ERROR,
        "A trust list is not signed as it should be: it was altered, or is not Microsoft's.",
        "Find out who wrote it, and put Microsoft's list in its place.", ask_signature},
    {"ctl_damaged", SEVERITY_ERROR, "A trust list that this host keeps cannot be read.",
        "Put an undamaged list in its place, or delete the entry so that it is fetched again.",
        ask_damaged_list},
    {"machine_without_proxy", SEVERITY_ERROR,
        "Users reach the network through a proxy and the machine's services have none: what "
        "fetches roots and lists goes direct, and fails where only the proxy leads out.",
        "Give the machine the proxy that its users have.", ask_machine_direct},
    {"needed_root_disallowed", SEVERITY_ERROR,
        "A root that this host needs is disallowed: everything below it is refused.",
        "Take it out of the disallowed store, or stop needing it.", ask_needed_disallowed},
    {"store_damaged", SEVERITY_ERROR,
        "An entry of a certificate store cannot be read, or does not count as it stands, so it "
        "neither trusts nor distrusts.",
        "Mend what the message names, or delete the entry and put the certificate there again.",
        ask_damaged_store},
    {"store_unreadable", SEVERITY_ERROR,
        "A file or folder that the trust store consists of cannot be read, so what it holds is not "
        "known or does not count.",
        "Put back what belongs where the message says, or remove what stands there and run the "
        "distribution's own tool.",
        ask_unread_store},
    {"output_refused", SEVERITY_ERROR,
        "OpenSSL refuses the whole file of trusted certificates, so programs trust nothing of it.",
        "Do what the message says, and run update-ca-certificates, update-ca-trust or apply.",
        ask_refused_output},
    {"private_key", SEVERITY_ERROR,
        "A file among the sources of the trust store holds a private key.",
        "Have certificates alone in that file, and take the key for known to others.",
        ask_private_keys},
    {"keyring_expired", SEVERITY_ERROR, "The keyring has expired: every bundle is refused.",
        "Renew the keyring: one with a later date of expiry, on every host.", ask_keyring_expired},
    {"bundle_refused", SEVERITY_ERROR,
        "A rule of trust refuses a bundle that a policy names, so apply changes nothing.",
        "Publish a bundle that the keyring accepts.", ask_bundle_refused},
    {"bundle_missing", SEVERITY_ERROR, "No file holds a bundle that a policy names.",
        "Provide the bundle with --bundle or in the bundles folder.", ask_bundle_missing},
    {"bundle_unreachable", SEVERITY_ERROR,
        "The source of a bundle that a policy names cannot be reached.",
        "See that the file which the message names can be read from here.", ask_bundle_unreachable},
    {"ctl_anchor_missing", SEVERITY_WARNING,
        "The root that Microsoft's trust lists are anchored in is not in the root store.",
        "Install it in the machine's root store, from a bundle.", ask_anchor},
    {"ctl_signer_expired", SEVERITY_WARNING,
        "The certificate that signed the list in force has expired; the list itself is intact.",
        "Provide a newer list; until then nothing that is trusted changes.", ask_expired},
    {"ctl_stale", SEVERITY_WARNING, "The list of trusted roots is old.",
        "See to it that the host can fetch lists, or seed one from a bundle.", ask_stale},
    {"urlcache_disagrees", SEVERITY_WARNING,
        "The URL caches of two services hold different lists, so what is trusted depends on who "
        "asks.",
        "Empty the caches (certutil -urlcache * delete as each of them), or seed one list.",
        ask_caches_disagree},
    {"urlcache_older", SEVERITY_WARNING,
        "A service's URL cache holds a list that is older than the one in the registry.",
        "Empty that cache (certutil -urlcache * delete in its context).", ask_cache_older},
    {"urlcache_empty", SEVERITY_WARNING,
        "A URL cache has an entry for a list without the list: a download failed.",
        "See that this context can reach the network, then delete the entry.", ask_cache_empty},
    {"root_update_off", SEVERITY_WARNING, "The automatic update of roots is switched off.",
        "Switch it on, or bring roots by other means.", ask_roots_off},
    {"disallowed_update_off", SEVERITY_WARNING,
        "The automatic update of the list of disallowed certificates is switched off.",
        "Switch it on; it can be on while that of the roots is off.", ask_disallowed_off},
    {"update_redirected", SEVERITY_WARNING,
        "Roots and lists are fetched from another place than Windows Update.",
        "If the place is not kept up any more, take the setting away.", ask_redirected},
    {"winhttp_differs", SEVERITY_WARNING,
        "Services use one proxy and programs with WinINET another.", "Give both the same proxy.",
        ask_winhttp_differs},
    {"proxy_credentials", SEVERITY_WARNING,
        "A proxy setting holds a user name or password that everybody on the machine can read.",
        "Use a proxy that knows the machine by other means, and change the password.",
        ask_credentials},
    {"proxy_damaged", SEVERITY_WARNING, "A proxy setting cannot be read.",
        "Set it anew, or mend what the message names.", ask_damaged_proxy},
    {"proxy_one_consumer", SEVERITY_WARNING,
        "A proxy is set for some programs of this host and not for others.",
        "Set it for all of them, or for none.", ask_one_consumer},
    {"proxy_elsewhere", SEVERITY_INFO,
        "A file sets a proxy for a program that no policy reaches, so no item says what it is.",
        "Look at it by hand, or give the program its proxy by the environment.", ask_remarks},
    {"rebuild_pending", SEVERITY_WARNING,
        "The sources of the trust store say more than what is in force: a rebuild is due.",
        "Run update-ca-certificates or update-ca-trust, or apply (to an image with "
        "--run-image-tools).",
        ask_pending},
    {"output_stale", SEVERITY_WARNING,
        "Certificates are trusted although no source of the trust store holds them: the "
        "distribution's tool drops them when it runs next.",
        "If they are to stay, put them into the folder of local certificates or into a policy.",
        ask_leftover},
    {"sources_passed_over", SEVERITY_WARNING,
        "Files lie in the folders of local certificates, and the distribution's tool does not read "
        "them, for their name or place.",
        "Put each where the message says, one certificate a file, in PEM.", ask_remarks},
    {"source_without_link", SEVERITY_WARNING,
        "What somebody put into OpenSSL's folder has the name of the link of another source, which "
        "has none, so some programs do not trust that source.",
        "Give the file that is named another name, and run openssl rehash and apply.", ask_remarks},
    {"several_in_source", SEVERITY_WARNING,
        "A source holds several certificates. OpenSSL's folder takes one a file, so programs that "
        "read it do not trust them.",
        "Have one certificate a file.", ask_remarks},
    {"default_paths_alone", SEVERITY_WARNING,
        "What somebody put into OpenSSL's folder has a name or a form that only programs with "
        "OpenSSL's default paths, such as Python, read: they trust it, and others do not.",
        "If it is to stay, put it into the folder of local certificates or into a policy; else "
        "remove that file and its links.",
        ask_remarks},
    {"configuration_odd", SEVERITY_WARNING,
        "ca-certificates.conf has lines that the distribution's tool reads otherwise than they "
        "look.",
        "Mend the lines that are named: one name each, no blanks, no comment behind, Unix line "
        "ends.",
        ask_remarks},
    {"never_extracted", SEVERITY_WARNING,
        "Certificates lie among the anchors that the tool leaves out by its rules: nothing trusts "
        "them.",
        "Put the CA's certificate in their place, or change what the message names.", ask_withheld},
    {"unreadable", SEVERITY_WARNING,
        "Certificates are in force for root alone, because other users may not read where they "
        "stand.",
        "Give every user the right to read what the message names.", ask_unreadable},
    {"sources_unread", SEVERITY_WARNING,
        "Certificates lie in a folder that this distribution's tool does not read, so they count "
        "for nothing here.",
        "Put them into the folder that is named, or let a policy do it.", ask_remarks},
    {"key_name_mismatch", SEVERITY_WARNING,
        "An entry of a certificate store is not named by the thumbprint of its certificate.",
        "Delete the entry, and put the certificate there again.", ask_key_names},
    {"root_restricted", SEVERITY_WARNING,
        "Purposes of a root were switched off in the properties of its entry.",
        "If nobody meant that, enable its purposes in certlm.msc, or apply a policy that wants it.",
        ask_restricted},
    {"too_many_issuers", SEVERITY_WARNING,
        "The names of the trusted issuers pass the 16 KB that Schannel can send, so servers ask "
        "clients for certificates by a list that is cut off.",
        "Trust fewer roots, or have Schannel send no list (SendTrustedIssuerList 0).",
        ask_too_many_issuers},
    {"keyring_expiring", SEVERITY_WARNING, "The keyring expires within 90 days.",
        "Publish the next keyring in a bundle, signed by the threshold of both.",
        ask_keyring_expiring},
    {"bundle_expiring", SEVERITY_WARNING,
        "A bundle that a policy names expires soon, or will soon be older than max_age.",
        "Publish a newer one before that day.", ask_bundle_expiring},
    {"certificate_expiring", SEVERITY_WARNING,
        "A certificate that this program manages expires within 30 days, or has expired.",
        "Publish its successor in a bundle.", ask_certificate_expiring},
    {"not_compliant", SEVERITY_WARNING,
        "The host is not as its policies want it, and none of the causes above explains it.",
        "Run check with the same policies: it says of each item what is wrong and what to do.",
        ask_compliance},
    {"policy_not_read", SEVERITY_WARNING,
        "A file in a folder of policies is not read for its name.",
        "Give it a name in *.yaml or *.yml where it is to count, and another ending where it is "
        "not.",
        ask_policies_passed},
    {"other_state", SEVERITY_WARNING,
        "Another state knows of things here that this one knows nothing of.",
        "Name that state with --state; where it is lost or was used up by a copy, take out what "
        "is to go with `state: absent` and `remove_unowned`, and then the mark, where there is "
        "one.",
        ask_other_state},
    {"closed_to_user", SEVERITY_INFO,
        "A source of the trust store, a URL cache, or what a user has set, is closed to the user "
        "who asks.",
        "Run as an administrator.", ask_closed},
    {"autodetect_unanswered", SEVERITY_INFO,
        "Automatic detection of a proxy is on, and none was ever found.",
        "Switch it off where there is nothing to detect: each attempt costs time.", ask_autodetect},
    {"ctl_in_force", SEVERITY_INFO, "Which list is in force.", "", ask_in_force},
    {"roots_not_listed", SEVERITY_INFO,
        "Roots in the machine's stores that neither Microsoft's list nor a policy names.",
        "Declare them in a policy, or find out who put them there.", ask_not_listed},
    {"roots_not_fetched", SEVERITY_INFO,
        "Roots of the list that are not in the store: they are fetched when they are needed.", "",
        ask_not_fetched},
    {"roots_limited", SEVERITY_INFO,
        "Roots in the store whose trust the list limits by dates or usages.", "", ask_limited},
};

bool find_is_closed(const struct item *item)
{
	return item->seen.reading == READING_CLOSED;
}

/* Not a trouble of the host, but nobody must think that all was looked at. */
static void ask_closed(struct diagnosing *d)
{
	size_t count = 0;

	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (item->seen.denied) {
			find(d, "%s", item->note);
			count++;
			continue;
		}
		/* a cache stands there once for each list */
		if (!find_is_closed(item) ||
		    (item->key.kind == ITEM_CTL && item->key.which != CTL_AUTHROOT))
			continue;
		find(d, "%s is closed to this user, so what it holds is not known: %s",
		    item->label[0] ? item->label : key_text(&item->key).text, item->note);
		count++;
	}
	if (count)
		session_note(d->session,
		    "%zu place%s closed to this user and %s not looked at (-v names %s); run as an "
		    "administrator",
		    count, count == 1 ? " is" : "s are", count == 1 ? "was" : "were",
		    count == 1 ? "it" : "them");
}

size_t diagnose_cause_count(void)
{
	return COUNT(probes);
}

struct diagnose_cause diagnose_cause_at(size_t at)
{
	return (struct diagnose_cause){probes[at].cause, probes[at].meaning};
}

static const char *say(struct diagnosing *d, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));
static const char *say(struct diagnosing *d, const char *fmt, va_list args)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, args);
	return arena_strdup(&d->out->arena, text);
}

struct finding *find(struct diagnosing *d, const char *fmt, ...)
{
	struct diagnosis *out = d->out;
	struct finding *finding;
	va_list args;

	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	finding = &out->list[out->count++];
	*finding = (struct finding){.cause = d->row->cause,
	    .severity = d->row->severity,
	    .remedy = d->row->remedy,
	    .policy = ""};
	va_start(args, fmt);
	finding->message = say(d, fmt, args);
	va_end(args);
	return finding;
}

void find_evidence(struct diagnosing *d, const char *name, const char *fmt, ...)
{
	struct finding *finding = &d->out->list[d->out->count - 1];
	va_list args;

	if (finding->evidence_count == EVIDENCE_MAX)
		return;
	va_start(args, fmt);
	finding->evidence[finding->evidence_count++] = (struct evidence){name, say(d, fmt, args)};
	va_end(args);
}

void find_remedy(struct diagnosing *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	d->out->list[d->out->count - 1].remedy = say(d, fmt, args);
	va_end(args);
}

const struct item *find_item(const struct diagnosing *d, struct key key)
{
	return items_find(d->have, &key);
}

const char *find_owner(const struct diagnosing *d, const struct item *item)
{
	AUTO(arena) arena = {0};
	const struct ledger_entry *entry = ledger_find(d->ledger, item_id(item, &arena));

	return entry ? entry->policy : NULL;
}

const struct item *find_list(const struct diagnosing *d, enum ctl_list list)
{
	const struct item *best = NULL;

	/* the one in force is first */
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (item->key.kind != ITEM_CTL || item->key.which != list || !item->seen.list ||
		    item->seen.personal)
			continue;
		if (!item->seen.evidence)
			return item;
		if (!best || ctl_sequence_compare(item->seen.list->ctl->sequence,
		                 best->seen.list->ctl->sequence) > 0)
			best = item;
	}
	return best;
}

/* Stable: within a severity the table's order stays. */
static void sort(struct diagnosis *out)
{
	struct finding *sorted = mem_alloc((out->count + 1) * sizeof(*sorted));
	size_t count = 0;

	for (unsigned severity = SEVERITY_ERROR; severity < SEVERITIES; severity++)
		for (size_t i = 0; i < out->count; i++)
			if (out->list[i].severity == severity) {
				out->causes += severity != SEVERITY_INFO;
				sorted[count++] = out->list[i];
			}
	free(out->list);
	out->list = sorted;
	out->capacity = count + 1;
}

/* The time is the one asked for, even when signed data is newer: nothing is decided by it. */
static bool observe(struct session *session, struct err *err)
{
	struct outcome *seen = session->out;

	session->how.lists = session->how.thorough = true;
	session->rules = (struct plan_rules){.ledger = &seen->ledger};
	return session_look(session, &seen->have, err) &&
	       resolve_want(&session->resolver, &seen->have, &seen->want, &session->rules, err) &&
	       lists_examine(
	           &session->resolver, &seen->want, &seen->have, session->run->now, true, err);
}

static bool ask_host(struct run *run, struct remarks *out, struct err *err)
{
	return !run->host->ops->remark || run->host->ops->remark(run->host, out, err);
}

bool run_diagnose(struct run *run, struct diagnosis *out, struct err *err)
{
	AUTO(outcome) seen = {0};
	AUTO(remarks) remarks = {0};
	struct session session;
	bool ok = session_open(&session, run, &seen, RUN_DIAGNOSE, err) &&
	          session_load(&session, true, err) && observe(&session, err) &&
	          ask_host(run, &remarks, err);

	*out = (struct diagnosis){.time = run->now, .facts = &run->host->facts};
	if (ok) {
		struct diagnosing d = {.session = &session,
		    .have = &seen.have,
		    .want = &seen.want,
		    .remarks = &remarks,
		    .ledger = &seen.ledger,
		    .now = run->now,
		    .out = out};

		for (size_t i = 0; i < COUNT(probes); i++) {
			d.row = &probes[i];
			d.row->ask(&d);
		}
		sort(out);
		out->notes = TAKE(seen.notes);
	}
	session_release(&session);
	return ok;
}

void diagnosis_release(struct diagnosis *diagnosis)
{
	free(diagnosis->list);
	text_release(&diagnosis->notes);
	arena_release(&diagnosis->arena);
	*diagnosis = (struct diagnosis){0};
}
