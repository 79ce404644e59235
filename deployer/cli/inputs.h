/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What verbs have in common: where inputs come from by default, the clock, the notation of `-o`.
 * Nothing is opened before it is asked for.
 */
#include "bundle/bundle.h"
#include "cli/cli.h"
#include "formats/emit.h"
#include "state/floors.h"

struct history;
struct history_entry;

/* --now, else the clock. */
int64_t input_now(const struct args *args);
const char *input_keyring(const struct args *args);
/* What --trust-filesystem says: who may be able to write the files that decide. */
enum file_trust input_trust(const struct args *args);
/* --state, else that of this host. */
const char *input_state(const struct args *args);

/* NOTATION_TEXT and false for text. */
bool input_notation(const struct args *args, enum notation *out) MUST_CHECK;

/* The runs on the host or image that the options name, from its state folder. */
bool input_history(const struct args *args, struct history *out, struct err *err) MUST_CHECK;

/* What both `history` and `status` tell of a run, as pairs of an open map. */
void input_emit_run(struct emit *emit, const struct history_entry *entry);

/* Floors of this host, for verbs without a root. A state folder that this user may not read is a
 * line in `notes`, and empty floors. */
bool input_floors(
    const struct args *args, struct floors *out, struct text *notes, struct err *err) MUST_CHECK;
