/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/proxy.h"

#include "host/linux/proxy/targets.h"

#define HEADER "written by trust-deployer from its policy; changes here are overwritten"

static bool see(struct proxy_view *view, const struct target *target,
    struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out, struct err *err)
{
	if (!proxy_view_gather(view, &target->places, settings, err))
		return false;
	target->settle(settings, arena, out);
	return true;
}

static bool is_open_to_all(void *context, const char *file)
{
	struct proxy_view *view = context;

	return proxy_is_exposed(view->root, file);
}

/* A file of others: neither a part of ours nor a file in which we edit statements, by whatever
 * name. */
static bool is_of_others(void *context, const char *file)
{
	struct proxy_view *view = context;

	for (size_t i = 0; i < target_count; i++) {
		if (targets[i]->part && strcmp(file, targets[i]->part) == 0)
			return false;
		for (size_t j = 0; targets[i]->edits && targets[i]->places.files[j]; j++)
			if (proxy_view_is(view, file, targets[i]->places.files[j]))
				return false;
	}
	return true;
}

/* The target whose file it is by a link; NULL: there is none, or it is read by its own name. */
static const struct target *linked_target(
    struct proxy_view *view, const char *file, const char **name)
{
	for (size_t i = 0; i < target_count; i++)
		for (size_t j = 0; targets[i]->edits && targets[i]->places.files[j]; j++) {
			*name = targets[i]->places.files[j];
			if (strcmp(file, *name) != 0 && proxy_view_is(view, file, *name))
				return targets[i];
		}
	return NULL;
}

/* A link leads to the file of another target, and the log-ins are that target's. */
static bool is_of_target(void *context, const char *file)
{
	const char *name;

	return !linked_target(context, file, &name);
}

/* The one target from which, by links, all of it is read; or NULL. */
static const struct target *read_through(
    struct proxy_view *view, const struct target *target, const struct proxy_seen *seen)
{
	const struct target *through = NULL;
	const char *name;

	for (size_t i = 0; i < seen->from_count; i++) {
		const struct target *linked = linked_target(view, seen->from[i]->file, &name);

		if (!linked || (through && linked != through))
			return NULL;
		through = linked;
	}
	return through && through != target ? through : NULL;
}

/* The first deciding statement of each file. */
static const char *location_of(struct proxy_view *view, const struct target *target,
    const struct proxy_seen *seen, struct arena *arena)
{
	AUTO(text) text = {0};
	const char *name;

	for (size_t i = 0; i < seen->from_count; i++) {
		const struct proxy_setting *from = seen->from[i];
		bool known = false;

		for (size_t j = 0; j < i; j++)
			known = known || strcmp(seen->from[j]->file, from->file) == 0;
		if (known)
			continue;
		text_addf(&text, "%s%s:%u", text.size ? ", " : "",
		    text_escape_string(from->file).text, from->line);
		if (linked_target(view, from->file, &name))
			text_addf(&text, ", which is a link to %s", name);
	}
	return text.size ? arena_strdup(arena, text_string(&text)) : target_place(target);
}

/* Whether everybody could read a log-in that is put, or that is there already. */
static bool would_expose(struct host *host, const struct target *target, const char *secrets)
{
	if (target->part_private)
		return *secrets;
	return proxy_is_exposed(&host->root, target->part ? target->part : target_place(target));
}

static void observe_target(
    struct host *host, struct proxy_view *view, const struct target *target, struct items *have)
{
	struct item *item = items_add(have, key_proxy(target->id));
	const struct target *through;
	AUTO(proxy_settings) settings = {0};
	struct proxy_seen seen;
	struct err reason = {0};

	item->presence = ITEM_PRESENT;
	if (!see(view, target, &settings, &have->arena, &seen, &reason)) {
		item->seen.reading = READING_FAULT;
		item->note = arena_strdup(&have->arena, reason.text);
		item->seen.denied = reason.denied;
		item->seen.location = target_place(target);
		return;
	}
	item_set_setting(item, &seen.setting, &have->arena);
	item->seen.proxy.secrets = proxy_logins(&settings, is_open_to_all, view, &have->arena);
	item->seen.proxy.lasting = proxy_logins(&settings, is_of_others, view, &have->arena);
	item->seen.proxy.logins = proxy_logins(&settings, is_of_target, view, &have->arena);
	item->seen.exposed = would_expose(host, target, item->seen.proxy.secrets);
	item->note = seen.setting.fault;
	item->seen.location = location_of(view, target, &seen, &have->arena);
	item->takes_effect = target->takes_effect;
	through = read_through(view, target, &seen);
	if (through) {
		struct key key = key_proxy(through->id);

		item->seen.proxy.through = arena_copy(&have->arena, &key, sizeof(key));
	}
}

bool linux_proxy_observe(struct host *host, struct items *have, struct err *err)
{
	struct proxy_view view = {.root = &host->root};

	(void)err;
	for (size_t i = 0; i < target_count; i++)
		if (target_is_here(host, targets[i]))
			observe_target(host, &view, targets[i], have);
	return true;
}

static void cannot_hold(struct item *want, enum holding holding, const char *note)
{
	want->asked.holding = holding;
	want->note = note;
}

void linux_proxy_express(struct host *host, struct item *want, struct arena *arena)
{
	const struct target *target = target_of((enum proxy_target)want->key.which);
	const char *refusal;
	struct proxy held;
	AUTO(text) note = {0};

	if (!target) {
		cannot_hold(want, HOLD_NOT_APPLICABLE, "not a proxy setting of Linux");
		return;
	}
	if (!target_is_here(host, target)) {
		cannot_hold(want, HOLD_NOT_APPLICABLE,
		    arena_printf(arena, "%s on this host", target->about));
		return;
	}
	want->takes_effect = target->takes_effect;
	/* what stood there before us can stand there again */
	if (want->asked.restores)
		return;
	if (want->setting->mode != PROXY_STATIC && want->setting->mode != PROXY_DIRECT) {
		cannot_hold(want, HOLD_NOT_EXPRESSIBLE,
		    arena_printf(arena, "the programs that read it know no %s",
		        want->setting->mode == PROXY_PAC    ? "proxy script (PAC)"
		        : want->setting->mode == PROXY_AUTO ? "automatic detection"
		                                            : "setting of each user"));
		return;
	}
	proxy_translate(want->setting, target->dialect, arena, &held, &note);
	if (!proxy_login_read(&host->root, &held, arena, &want->note, &want->asked.next)) {
		want->asked.holding = HOLD_CONFLICT;
		return;
	}
	refusal = target->refuses ? target->refuses(&held, arena, &note) : NULL;
	if (refusal) {
		/* also for a target that is there by default: else its readers had no proxy at
		 * all */
		want->asked.named = true;
		cannot_hold(want, HOLD_NOT_EXPRESSIBLE, refusal);
		return;
	}
	if (target->warns)
		want->asked.warning = target->warns(host, arena);
	if (want->asked.warning)
		text_addf(&note, "%s%s", note.size ? "; " : "", want->asked.warning);
	item_set_setting(want, &held, arena);
	want->note = note.size ? arena_strdup(arena, text_string(&note)) : NULL;
}

/* Drafts the shared file with the setting's statements as they should be. */
static bool draft_shared(struct proxy_view *view, const struct target *target,
    const struct proxy *want, struct arena *arena, struct err *err)
{
	const char *path = proxy_view_main(view, target->places.files);
	AUTO(proxy_settings) settings = {0};
	AUTO(proxy_settings) all = {0};
	struct proxy_edits edits = {0};
	AUTO(bytes) content = {0};
	AUTO(text) edited = {0};
	bool found;

	if (!proxy_view_gather(view, &target->places, &all, err))
		return false;
	if (!all.main || strcmp(all.main, path) != 0)
		return true; /* its consumer does not read it */
	if (!proxy_view_read(view, path, &content, &found, err))
		return false;
	target->places.parse(bytes_span(&content), &settings);
	target->edits(want, &settings, arena, &edits);
	proxy_edit_apply(bytes_span(&content), &settings, &edits, &edited);
	if (found || edited.size)
		proxy_view_draft(view, path, &edited);
	return true;
}

/* Drafts our part; the part is left out when the other files say what is wanted. */
static bool draft_part(struct proxy_view *view, const struct target *target,
    const struct proxy *want, const struct proxy *was, struct arena *arena, struct err *err)
{
	struct proxy_draft *draft;
	AUTO(proxy_settings) settings = {0};
	struct proxy_seen seen;
	AUTO(text) text = {0};

	proxy_view_draft_absent(view, target->part);
	if (!see(view, target, &settings, arena, &seen, err))
		return false;
	if (setting_equal(&seen.setting, want))
		return true;
	text_addf(&text, "%s " HEADER "\n", target->comment);
	target->write(want, &settings, arena, &text);
	draft = proxy_view_draft(view, target->part, &text);
	draft->secret = target->part_private && setting_has_login(want);
	draft->open = target->part_private && setting_has_login(was);
	return true;
}

/* Reads the drafts back as the consumer would. `fault` is about the files as they are; people see
 * their lines. */
static bool check_drafts(struct proxy_view *view, const struct target *target,
    const struct proxy *want, const char *fault, struct arena *arena, struct err *err)
{
	AUTO(proxy_settings) settings = {0};
	struct proxy_seen seen;
	const char *why;

	if (!see(view, target, &settings, arena, &seen, err))
		return false;
	if (setting_equal(&seen.setting, want))
		return true;
	if (fault)
		return err_set(err, ERR_HOST, "%s: mend that file first", fault);
	why = target->why_unsayable ? target->why_unsayable(want, arena)
	                            : proxy_unsayable(want, target->unsayable, arena);
	if (why)
		return err_set(err, ERR_HOST, "%s cannot hold it: %s", target_place(target), why);
	if (seen.setting.fault)
		return err_set(err, ERR_HOST, "%s could not use what would be written: %s",
		    target_words[target->id], seen.setting.fault);
	for (size_t i = 0; i < seen.from_count; i++) {
		const char *file = seen.from[i]->file;

		if (!target->part || strcmp(file, target->part) == 0)
			continue;
		return err_set(err, ERR_HOST,
		    "%s:%u sets the proxy of %s and is read after %s, so it would win: take it out "
		    "there%s",
		    text_escape_string(file).text, seen.from[i]->line, target_words[target->id],
		    target->part,
		    settings.main && strcmp(file, settings.main) == 0
		        ? ""
		        : ", or rename that file so that it sorts before ours");
	}
	if (setting_looks_same(&seen.setting, want))
		return err_set(err, ERR_HOST, "%s would read another log-in than is to be set",
		    target_words[target->id]);
	return err_set(err, ERR_HOST, "%s would read \"%s\" instead of \"%s\"",
	    target_words[target->id], text_escape_string(setting_show(&seen.setting, arena)).text,
	    text_escape_string(setting_show(want, arena)).text);
}

bool linux_proxy_put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	const struct target *target = target_of((enum proxy_target)want->key.which);
	AUTO(proxy_view) view = {.root = &host->root, .staged = out};
	AUTO(arena) arena = {0};

	AUTO(proxy_settings) settings = {0};
	struct proxy_seen before;

	(void)have;
	if (!target)
		return err_set(err, ERR_HOST, "%s: cannot hold \"%s\"", key_id(&want->key).text,
		    text_escape_string(want->value).text);
	if (!want->setting)
		return err_set(err, ERR_HOST,
		    "what stood there before us (%s) comes back with its files alone, and somebody "
		    "has edited our lines in them since: set it by hand",
		    text_escape_string(want->value).text);
	if (!see(&view, target, &settings, &arena, &before, err))
		return false;
	if (target->edits && !draft_shared(&view, target, want->setting, &arena, err))
		return false;
	if (target->part && !draft_part(&view, target, want->setting, &before.setting, &arena, err))
		return false;
	return check_drafts(&view, target, want->setting, before.setting.fault, &arena, err) &&
	       proxy_view_stage(&view, out, err);
}

bool linux_proxy_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	static const struct proxy nothing = {.mode = PROXY_DIRECT};
	struct item direct = *have;

	direct.setting = &nothing;
	return linux_proxy_put(host, &direct, have, out, err);
}

void linux_proxy_notes(const struct changes *done, struct text *notes)
{
	for (size_t i = 0; i < target_count; i++)
		for (size_t j = 0; targets[i]->effect && j < done->count; j++)
			if (strcmp(done->list[j].place, targets[i]->part) == 0)
				text_addf(notes, "proxy/%s: %s\n", target_words[targets[i]->id],
				    targets[i]->effect);
}

/* Appends the list, but for its NULL. */
static const char **copy_list(const char **out, const char *const *list)
{
	while (*list)
		*out++ = *list++;
	return out;
}

static size_t size_of(const char *const *list)
{
	size_t size = 0;

	while (list[size])
		size++;
	return size;
}

const char *const *linux_proxy_places(const char *const *others, struct arena *arena)
{
	size_t size = size_of(others);
	const char **list, **end;

	for (size_t i = 0; i < target_count; i++)
		size += size_of(targets[i]->writes);
	list = arena_alloc(arena, (size + 1) * sizeof(*list));
	end = copy_list(list, others);
	for (size_t i = 0; i < target_count; i++)
		end = copy_list(end, targets[i]->writes);
	return list;
}
