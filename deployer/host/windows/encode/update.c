/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Windows keeps its roots and its list of disallowed certificates up to date (formats.md e):
 *
 *     auto_update/roots         enabled, disabled             DisableRootAutoUpdate, 1 is off
 *     auto_update/disallowed    enabled, disabled, default    EnableDisallowedCertAutoUpdate
 *     auto_update/source        a URL, default                RootDirUrl
 *
 * The first two are policies; by default the disallowed list goes with the roots. RootDirUrl is
 * none: it stays until somebody takes it away. Beside it stand the trust lists themselves, each
 * with the time of the last look for a newer one.
 */
#include "base/clock.h"
#include "formats/ctl.h"
#include "host/windows/encode/kinds.h"

#define POLICY "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\AuthRoot"
#define STATE  "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\AuthRoot\\AutoUpdate"

/* What the number 1 means, what any other means, and what holds when the value is missing
 * (`unset`). */
static const char *say_switch(const struct registry_value *value, enum list_switch one,
    enum list_switch other, const char *unset)
{
	uint32_t number;

	if (value->type == REGISTRY_ABSENT)
		return unset;
	return switch_words[registry_number(value, &number) && number == 1 ? one : other];
}

static const char *say_roots(const struct registry_value *value, struct arena *arena)
{
	(void)arena;
	return say_switch(value, SWITCH_DISABLED, SWITCH_ENABLED, switch_words[SWITCH_ENABLED]);
}

static const char *say_disallowed(const struct registry_value *value, struct arena *arena)
{
	(void)arena;
	return say_switch(value, SWITCH_ENABLED, SWITCH_DISABLED, WORDS_DEFAULT);
}

static const char *say_source(const struct registry_value *value, struct arena *arena)
{
	const char *text = registry_text(value, arena);

	return text && *text ? text : WORDS_DEFAULT;
}

static bool take_roots(const char *want, struct registry_value *out)
{
	if (strcmp(want, switch_words[SWITCH_DISABLED]) == 0)
		registry_set_number(out, 1);
	return true;
}

static bool take_disallowed(const char *want, struct registry_value *out)
{
	if (strcmp(want, WORDS_DEFAULT) != 0)
		registry_set_number(out, strcmp(want, switch_words[SWITCH_ENABLED]) == 0);
	return true;
}

static bool take_source(const char *want, struct registry_value *out)
{
	for (const char *c = want; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	if (strcmp(want, WORDS_DEFAULT) != 0)
		registry_set_text(out, want);
	return true;
}

static const struct {
	struct encode_place place;
	const char *(*say)(const struct registry_value *value, struct arena *arena);
	/* `out` is absent, and stays so where that says it. False when it cannot be said. */
	bool (*take)(const char *want, struct registry_value *out);
} switches[UPDATE_SWITCHES] = {
    [UPDATE_ROOTS] = {{POLICY, "DisableRootAutoUpdate"}, say_roots, take_roots},
    [UPDATE_DISALLOWED] = {{POLICY, "EnableDisallowedCertAutoUpdate"}, say_disallowed,
        take_disallowed},
    [UPDATE_SOURCE] = {{STATE, "RootDirUrl"}, say_source, take_source},
};

struct encode_place encode_update_place(enum update_switch which)
{
	return switches[which].place;
}

const char *encode_update_word(
    enum update_switch which, const struct registry_value *value, struct arena *arena)
{
	return switches[which].say(value, arena);
}

bool encode_update(
    const struct item *want, enum encode_holder holder, struct encoded *out, struct err *err)
{
	const struct encode_place *place = &switches[want->key.which].place;
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};

	(void)holder;
	if (!switches[want->key.which].take(want->value, &value))
		return err_set(err, ERR_HOST, "%s: cannot hold \"%s\"", key_id(&want->key).text,
		    text_escape_string(want->value).text);
	encoded_add(out, place->key, place->name, &value);
	return true;
}

/* --- trust lists --- */

static const struct {
	const char *value, *time;
} lists[CTL_UNKNOWN] = {
    [CTL_AUTHROOT] = {"EncodedCtl", "LastSyncTime"},
    [CTL_DISALLOWED] = {"DisallowedCertEncodedCtl", "DisallowedCertLastSyncTime"},
    [CTL_PINRULES] = {"PinRulesEncodedCtl", "PinRulesLastSyncTime"},
};

struct encode_place encode_list_place(enum ctl_list list)
{
	return (struct encode_place){STATE, lists[list].value};
}

void encode_express_list(struct item *want, const char *release, struct arena *arena)
{
	(void)arena;
	if (strncmp(release, "5.", 2) == 0 && want->asked.bundle) {
		want->asked.holding = HOLD_NOT_APPLICABLE;
		want->note = "lists are not put into Windows XP or Server 2003: the form of their"
		             " caches is known for reading alone";
	}
}

/* The time of its issue stands for the last look, so that Windows looks for a newer one as soon as
 * it can. */
bool encode_list(
    const struct item *want, enum encode_holder holder, struct encoded *out, struct err *err)
{
	AUTO(registry_value) list = {.type = REGISTRY_BINARY};
	AUTO(registry_value) time = {.type = REGISTRY_BINARY};

	(void)holder;
	if (!want->ctl)
		return err_set(err, ERR_HOST, "the list itself is not at hand");
	bytes_add(&list.data, want->ctl->file.data, want->ctl->file.size);
	bytes_add_little(&time.data, clock_to_filetime(want->ctl->this_update), 8);
	encoded_add(out, STATE, lists[want->key.which].value, &list);
	encoded_add(out, STATE, lists[want->key.which].time, &time);
	return true;
}
