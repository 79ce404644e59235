/* SPDX-License-Identifier: Apache-2.0 */
/* bundle verify, list and extract: nothing of a bundle is shown or written before it verified. */
#include <stdio.h>

#include "base/clock.h"
#include "base/digest.h"
#include "bundle/pack.h"
#include "formats/document.h"
#include "cli/inputs.h"
#include "model/cause.h"
#include "model/cert.h"
#include "model/item.h"

struct verified {
	const char *path;
	struct keyring keyring;
	struct bundle bundle;          /* when it verified */
	struct bundle_signer *signers; /* also when it did not, as far as could be read */
	size_t signer_count;
	char cabinet_sha256[SHA256_HEX];
	struct text notes;
	struct arena arena;
};

static void verified_release(struct verified *verified)
{
	bundle_release(&verified->bundle);
	keyring_release(&verified->keyring);
	text_release(&verified->notes);
	arena_release(&verified->arena);
}

static void add_text(struct output *output, const char *before, const char *foreign)
{
	output_addf(output, "%s%s", before, text_escape_string(foreign).text);
}

static bool judge(const struct args *args, struct verified *verified, struct bytes *file,
    int64_t clock, const struct floors *floors, struct err *err)
{
	int64_t now = floors_now(floors, clock);
	AUTO(bytes) next = {0};
	char text[CLOCK_TEXT];

	clock_write(now, text);
	if (now > clock + FLOORS_TOLERANCE)
		text_addf(&verified->notes,
		    "the clock runs behind signed data that this host has seen; dates are judged "
		    "as of %s\n",
		    text);
	if (!bundle_open(
	        args->operands.list[0], file, &verified->keyring, now, &verified->bundle, err))
		return false;
	verified->signers = verified->bundle.signers;
	verified->signer_count = verified->bundle.signer_count;
	digest_sha256_hex(verified->bundle.cabinet, verified->cabinet_sha256);
	/* judge the next keyring as each host will judge it */
	if (!floors_judge(floors, &verified->bundle, &verified->keyring, NULL, now, err) ||
	    !bundle_read_all(&verified->bundle, err) ||
	    !bundle_next_keyring(&verified->bundle, &verified->keyring, now, &next, err))
		return err_wrap(err, "%s", text_escape_string(verified->path).text);
	if (bundle_has_other_keyring(&verified->bundle, &verified->keyring))
		text_addf(&verified->notes,
		    "it " BUNDLE_OTHER_KEYRING
		    "; give that keyring version %llu, and raise the bundle's own version\n",
		    (unsigned long long)verified->keyring.version,
		    (unsigned long long)verified->keyring.version + 1);
	return true;
}

/* Tells people who have to find out why a bundle was refused who signed it. */
static void find_signers(struct verified *verified, struct bytes *copy)
{
	struct err ignored = {0};

	if (verified->signer_count ||
	    !bundle_signers(copy, &verified->keyring, &verified->bundle, &ignored))
		return;
	verified->signers = verified->bundle.signers;
	verified->signer_count = verified->bundle.signer_count;
	digest_sha256_hex(verified->bundle.cabinet, verified->cabinet_sha256);
}

/* When the bundle is refused, `err` is the refusal: ERR_TRUST. */
static bool verify(const struct args *args, struct verified *out, struct err *err)
{
	AUTO(root) root = root_none();
	AUTO(floors) floors = {0};
	AUTO(bytes) file = {0};
	AUTO(bytes) copy = {0};

	out->path = args->operands.list[0];
	if (!keyring_load(input_keyring(args), input_trust(args), &out->keyring, err))
		return err->code == ERR_IO
		           ? err_wrap(err, "the keyring, which says who may sign (--keyring)")
		           : false;
	if (!input_floors(args, &floors, &out->notes, err) ||
	    !file_read(&root, out->path, BUNDLE_MAX_BYTES, &file, err))
		return false;
	copy = bytes_copy(bytes_span(&file));
	if (judge(args, out, &file, input_now(args), &floors, err))
		return true;
	if (err->code == ERR_TRUST)
		find_signers(out, &copy);
	return false;
}

static void emit_signers(struct emit *e, const struct verified *verified)
{
	emit_key(e, "signers");
	emit_list(e);
	for (size_t i = 0; i < verified->signer_count; i++) {
		const struct bundle_signer *signer = &verified->signers[i];

		emit_map(e);
		emit_pair(e, "name", signer->name);
		emit_pair(e, "subject", signer->subject);
		emit_key(e, "spki_sha256");
		if (*signer->name)
			emit_hex(e, (struct span){signer->spki_sha256, SHA256_SIZE});
		else
			emit_null(e);
		emit_pair(e, "signature", signer->good ? "good" : "bad");
		emit_pair(e, "reason", signer->reason);
		if (signer->by)
			keyring_emit_may(e, signer->by);
		emit_end(e);
	}
	emit_end(e);
}

static void emit_verification(struct output *output, enum notation notation,
    const struct verified *verified, const char *refusal)
{
	struct emit emit = emit_into(&output->bytes, notation), *e = &emit;

	emit_map(e);
	emit_pair(e, "schema", "trust-deployer/bundle/1");
	emit_pair(e, "file", verified->path);
	emit_pair(e, "result", result_words[refusal ? RESULT_FAIL : RESULT_PASS]);
	emit_pair(e, "reason", refusal ? refusal : "");
	emit_key(e, "threshold");
	emit_unsigned(e, verified->keyring.threshold);
	emit_key(e, "manifest");
	if (refusal)
		emit_null(e);
	else
		document_emit(e, &manifest_fields, &verified->bundle.manifest);
	emit_signers(e, verified);
	emit_pair(e, "cabinet_sha256", verified->cabinet_sha256);
	emit_pair(e, "sha256", refusal ? NULL : verified->bundle.sha256);
	emit_end(e);
}

static void tell_signers(struct output *output, const struct verified *verified)
{
	for (size_t i = 0; i < verified->signer_count; i++) {
		const struct bundle_signer *signer = &verified->signers[i];

		output_addf(output, "%s%s", i ? "           " : "signers    ",
		    signer->good ? "good  " : "bad   ");
		add_text(output, "", *signer->name ? signer->name : signer->subject);
		if (*signer->reason)
			add_text(output, ": ", signer->reason);
		output_add(output, "\n");
	}
}

static void tell_dates(struct output *output, const struct manifest *manifest)
{
	char created[CLOCK_TEXT], expires[CLOCK_TEXT];

	clock_write(manifest->created, created);
	clock_write(manifest->expires, expires);
	add_text(output, "bundle     ", manifest->id);
	output_addf(output, " version %llu\ncreated    %s\nexpires    %s\n",
	    (unsigned long long)manifest->version, created, expires);
}

/* The name of a certificate, and its last day. */
static void tell_certificate(
    struct output *output, struct bundle *bundle, const struct manifest_entry *entry)
{
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	char name[CERT_NAME_TEXT], time[CLOCK_TEXT];
	struct cert cert;

	/* every member was read and its digest checked, but this certificate may still be of no
	 * use */
	if (!bundle_read(bundle, entry, &der, &ignored) ||
	    !cert_parse(bytes_span(&der), &cert, &ignored))
		return;
	cert_name_text(cert.subject, name);
	clock_write(cert.not_after, time);
	add_text(output, "  ", name);
	output_addf(output, ", expires %.10s", time);
}

static void tell_members(struct output *output, struct bundle *bundle)
{
	const struct manifest *manifest = &bundle->manifest;
	const struct manifest_entry *entries = manifest->contents.list;

	for (size_t i = 0; i < manifest->contents.count; i++) {
		char sha256[SHA256_HEX];
		const char *of = entries[i].store >= 0  ? store_words[entries[i].store]
		                 : entries[i].list >= 0 ? list_words[entries[i].list]
		                                        : "";

		hex_write((struct span){entries[i].sha256.digest, SHA256_SIZE}, sha256);
		output_addf(output, "%-11s %-17s %8llu  %s  ", member_words[entries[i].kind], of,
		    (unsigned long long)entries[i].size, sha256);
		add_text(output, "", entries[i].file);
		if (entries[i].kind == MEMBER_CERTIFICATE)
			tell_certificate(output, bundle, &entries[i]);
		output_add(output, "\n");
	}
}

static void tell_notes(struct output *output, const struct text *notes)
{
	const char *line = text_string(notes);

	while (*line) {
		size_t size = strcspn(line, "\n");

		output_addf(output, "note       %.*s\n", (int)size, line);
		line += size + (line[size] == '\n');
	}
}

bool verb_bundle_verify(struct cli *cli, struct err *err)
{
	struct output *output = &cli->output;
	AUTO(verified) verified = {0};
	bool good = verify(&cli->args, &verified, err);
	enum notation notation;

	if (!good && err->code != ERR_TRUST)
		return false;
	if (input_notation(&cli->args, &notation)) {
		emit_verification(output, notation, &verified, good ? NULL : err->text);
		return good;
	}
	if (good && !cli->args.quiet)
		tell_dates(output, &verified.bundle.manifest);
	if (!cli->args.quiet) {
		tell_signers(output, &verified);
		tell_notes(output, &verified.notes);
	}
	if (good && !cli->args.quiet)
		output_addf(output,
		    "members    %zu, each with the size and digest of the manifest\n",
		    verified.bundle.manifest.contents.count);
	if (good && cli->args.verbose)
		tell_members(output, &verified.bundle);
	output_add(output, good ? "verified\n" : "refused\n");
	return good;
}

bool verb_bundle_list(struct cli *cli, struct err *err)
{
	AUTO(verified) verified = {0};
	enum notation notation;

	if (!verify(&cli->args, &verified, err))
		return false;
	if (input_notation(&cli->args, &notation))
		emit_verification(&cli->output, notation, &verified, NULL);
	else
		tell_members(&cli->output, &verified.bundle);
	return true;
}

bool verb_bundle_extract(struct cli *cli, struct err *err)
{
	const char *folder = cli->args.operands.list[1];
	AUTO(verified) verified = {0};

	if (!verify(&cli->args, &verified, err) || !pack_extract(&verified.bundle, folder, err))
		return false;
	if (!cli->args.quiet)
		output_addf(&cli->output, "%zu members and the manifest written to %s\n",
		    verified.bundle.manifest.contents.count, text_escape_string(folder).text);
	return true;
}
