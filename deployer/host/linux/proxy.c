/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/proxy.h"

#include "host/linux/proxy/files.h"

#define HEADER "written by trust-deployer from its policy; changes here are overwritten"

#define PATHS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

struct target {
	const char *name;
	const char *about;        /* what it is, for "not on this host" */
	const char *const *marks; /* a host has the target when it has one of these */
	struct proxy_places places;
	proxy_settle *settle;
	enum proxy_dialect dialect;
	const char *takes_effect; /* as in struct item */
	const char *effect;       /* what it takes until a change works, or NULL */
	const char *suse_mark; /* a mark on SUSE alone: elsewhere its program reads other files */
	/* How it is written: statements of the file of `places.files`, a part of our own, or both.
	 */
	proxy_plan_edits *edits;
	const char *part;
	bool part_private;   /* its readers run as root: with a log-in nobody else may read it */
	const char *comment; /* in front of HEADER there */
	proxy_write *write;
	/* What no value may hold, because the syntax of its files cannot say it; not dnf's. */
	const char *unsayable;
};

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), more = strlen(end);

	return size >= more && strcmp(text + size - more, end) == 0;
}

/* conf_files_list() of systemd. */
static bool is_conf(const char *name)
{
	return *name != '.' && ends_with(name, ".conf");
}

/* GetListOfFilesInDir() of apt: "conf" or no extension, from a small alphabet. */
static bool is_apt_part(const char *name)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "0123456789_-.";

	return *name != '.' && strspn(name, alphabet) == strlen(name) &&
	       (!strchr(name, '.') || ends_with(name, ".conf"));
}

/* Our parts are named "99-trust…": behind the numbers that people use, and behind
 * systemd's own 99-environment.conf, which is /etc/environment once more. */
static const struct target targets[] = {
    {
        .name = "environment",
        .about = "no /etc",
        .marks = PATHS("/etc"),
        .places = {.files = PATHS("/etc/environment"), .parse = proxy_parse_environment},
        .settle = proxy_settle_variables,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "new processes",
        .edits = proxy_edit_environment,
        .unsayable = "#",
    },
    {
        .name = "environment_d",
        .about = "no systemd user manager",
        .marks = PATHS("/etc/environment.d", "/usr/lib/environment.d",
            "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"),
        .places = {.folders = PATHS("/etc/environment.d", "/run/environment.d",
                       "/usr/local/lib/environment.d", "/usr/lib/environment.d"),
            .is_part = is_conf,
            .parse = proxy_parse_environment_d},
        .settle = proxy_settle_variables,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "new processes",
        .part = "/etc/environment.d/99-trust-deployer-proxy.conf",
        .comment = "#",
        .write = proxy_write_environment_d,
        .unsayable = "",
    },
    {
        .name = "systemd",
        .about = "no systemd",
        .marks = PATHS("/usr/lib/systemd/systemd", "/lib/systemd/systemd",
            "/etc/systemd/system.conf", "/etc/systemd/system.conf.d"),
        .places = {.files = PATHS("/etc/systemd/system.conf", "/usr/lib/systemd/system.conf"),
            .folders = PATHS("/etc/systemd/system.conf.d", "/run/systemd/system.conf.d",
                "/usr/local/lib/systemd/system.conf.d", "/usr/lib/systemd/system.conf.d"),
            .is_part = is_conf,
            .parse = proxy_parse_manager},
        .settle = proxy_settle_variables,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "reboot",
        .effect = "services see a change after systemctl daemon-reexec and their own restart",
        .part = "/etc/systemd/system.conf.d/99-trust-deployer-proxy.conf",
        .part_private = true,
        .comment = "#",
        .write = proxy_write_manager,
        .unsayable = "",
    },
    {
        .name = "apt",
        .about = "no apt",
        .marks = PATHS("/etc/apt"),
        .places = {.files = PATHS("/etc/apt/apt.conf"),
            .files_last = true,
            .folders = PATHS("/etc/apt/apt.conf.d"),
            .is_part = is_apt_part,
            .parse = proxy_parse_apt},
        .settle = proxy_settle_apt,
        .dialect = PROXY_EXACT,
        .takes_effect = "at once",
        .edits = proxy_edit_apt,
        .part = "/etc/apt/apt.conf.d/99trust-deployer-proxy",
        .part_private = true,
        .comment = "//",
        .write = proxy_write_apt,
        .unsayable = "\"",
    },
    {
        .name = "dnf",
        .about = "no dnf or yum",
        .marks = PATHS("/etc/dnf", "/etc/yum.conf"),
        .places = {.files = PATHS("/etc/dnf/dnf.conf", "/etc/yum.conf"), .parse = proxy_parse_dnf},
        .settle = proxy_settle_dnf,
        .dialect = PROXY_NO_LIST,
        .takes_effect = "at once",
        .edits = proxy_edit_dnf,
    },
    {
        .name = "zypper",
        .about = "no zypper",
        .marks = PATHS("/etc/sysconfig/proxy"),
        .suse_mark = "/etc/zypp",
        .places = {.files = PATHS("/etc/sysconfig/proxy"), .parse = proxy_parse_env_file},
        .settle = proxy_settle_sysconfig,
        .dialect = PROXY_NO_PROXY,
        .takes_effect = "at once",
        .edits = proxy_edit_sysconfig,
        .unsayable = "\"\\$`",
    },
};

static const struct target *find_target(const char *name)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (strcmp(targets[i].name, name) == 0)
			return &targets[i];
	return NULL;
}

static bool is_suse(const struct facts *facts)
{
	return facts->distribution &&
	       (strstr(facts->distribution, "suse") || strncmp(facts->distribution, "sle", 3) == 0);
}

static bool has_target(struct host *host, const struct target *target)
{
	for (const char *const *mark = target->marks; *mark; mark++)
		if (file_type(&host->root, *mark) != FILE_ABSENT)
			return true;
	return target->suse_mark && is_suse(&host->facts) &&
	       file_type(&host->root, target->suse_mark) != FILE_ABSENT;
}

static bool see(struct proxy_view *view, const struct target *target,
    struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out, struct err *err)
{
	if (!proxy_view_gather(view, &target->places, settings, err))
		return false;
	target->settle(settings, arena, out);
	return true;
}

/* Where the setting would stand. */
static const char *main_place(const struct target *target)
{
	return target->places.files ? target->places.files[0] : target->places.folders[0];
}

/* The first deciding statement of each file. */
static const char *location_of(
    const struct target *target, const struct proxy_seen *seen, struct arena *arena)
{
	AUTO(text) text = {0};

	for (size_t i = 0; i < seen->from_count; i++) {
		const struct proxy_setting *from = seen->from[i];
		bool known = false;

		for (size_t j = 0; j < i; j++)
			known = known || strcmp(seen->from[j]->file, from->file) == 0;
		if (!known)
			text_addf(&text, "%s%s:%u", text.size ? ", " : "",
			    text_escape_string(from->file).text, from->line);
	}
	return text.size ? arena_strdup(arena, text_string(&text)) : main_place(target);
}

static bool is_open_to_all(void *context, const char *file)
{
	struct proxy_view *view = context;

	return proxy_is_exposed(view->root, file);
}

/* A file of others: neither a part of ours nor one whose statements we edit, by whichever name. */
static bool is_of_others(void *context, const char *file)
{
	struct proxy_view *view = context;

	for (size_t i = 0; i < COUNT(targets); i++) {
		if (targets[i].part && strcmp(file, targets[i].part) == 0)
			return false;
		for (size_t j = 0; targets[i].edits && targets[i].places.files[j]; j++)
			if (proxy_view_is(view, file, targets[i].places.files[j]))
				return false;
	}
	return true;
}

/* By a link the file of another target is meant, whose log-ins those are. */
static bool is_of_target(void *context, const char *file)
{
	struct proxy_view *view = context;

	for (size_t i = 0; i < COUNT(targets); i++)
		for (size_t j = 0; targets[i].edits && targets[i].places.files[j]; j++)
			if (strcmp(file, targets[i].places.files[j]) != 0 &&
			    proxy_view_is(view, file, targets[i].places.files[j]))
				return false;
	return true;
}

/* Whether everybody could read a log-in that is put, or that is there already. */
static bool would_expose(struct host *host, const struct target *target, const char *secrets)
{
	if (target->part_private)
		return *secrets;
	return proxy_is_exposed(&host->root, target->part ? target->part : main_place(target));
}

static void observe_target(
    struct host *host, struct proxy_view *view, const struct target *target, struct items *have)
{
	struct item *item = items_add(have, ITEM_PROXY, target->name);
	AUTO(proxy_settings) settings = {0};
	struct proxy_seen seen;
	struct err reason = {0};

	item->presence = ITEM_PRESENT;
	if (!see(view, target, &settings, &have->arena, &seen, &reason)) {
		item->value = "unreadable";
		item->note = arena_strdup(&have->arena, reason.text);
		item->location = main_place(target);
		return;
	}
	item_set_setting(item, &seen.setting, &have->arena);
	item->secrets = proxy_logins(&settings, is_open_to_all, view, &have->arena);
	item->lasting = proxy_logins(&settings, is_of_others, view, &have->arena);
	item->logins = proxy_logins(&settings, is_of_target, view, &have->arena);
	item->exposed = would_expose(host, target, item->secrets);
	item->note = seen.setting.fault;
	item->location = location_of(target, &seen, &have->arena);
}

bool linux_proxy_observe(struct host *host, struct items *have, struct err *err)
{
	struct proxy_view view = {.root = &host->root};

	(void)err;
	for (size_t i = 0; i < COUNT(targets); i++)
		if (has_target(host, &targets[i]))
			observe_target(host, &view, &targets[i], have);
	return true;
}

static void cannot_hold(struct item *want, enum holding holding, const char *note)
{
	want->holding = holding;
	want->note = note;
}

/* What a line of /etc/environment may not hold. */
static bool check_lines(
    const struct proxy *setting, struct item *want, struct arena *arena, struct text *note)
{
	size_t size = proxy_environment_line(setting, arena);

	if (size > PROXY_PAM_LINE_MAX) {
		/* also where the target is one by default: else logins had no proxy at all */
		want->named = true;
		cannot_hold(want, HOLD_NOT_EXPRESSIBLE,
		    arena_printf(arena,
		        "a line of /etc/environment would have %zu bytes; pam_env of Linux-PAM "
		        "before 1.7 reads none of 8192 and more, nor any behind it: shorten the "
		        "bypass list",
		        size + 1));
		return false;
	}
	if (size > PROXY_PAM_LINE_OLD_MAX)
		text_addf(note,
		    "%sa line of /etc/environment has %zu bytes, and pam_env of Linux-PAM before "
		    "1.4 does not read lines of 1024 and more",
		    note->size ? "; " : "", size + 1);
	return true;
}

void linux_proxy_express(struct host *host, struct item *want, struct arena *arena)
{
	const struct target *target = find_target(want->key);
	struct proxy held;
	AUTO(text) note = {0};

	if (!target) {
		cannot_hold(want, HOLD_NOT_APPLICABLE, "not a proxy setting of Linux");
		return;
	}
	if (!has_target(host, target)) {
		cannot_hold(want, HOLD_NOT_APPLICABLE,
		    arena_printf(arena, "%s on this host", target->about));
		return;
	}
	want->takes_effect = target->takes_effect;
	/* as it was before us it can be again, whatever it was */
	if (want->restores)
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
	if (!proxy_login_read(&host->root, &held, arena, &want->note, &want->next)) {
		want->holding = HOLD_CONFLICT;
		return;
	}
	if (target->edits == proxy_edit_environment && !check_lines(&held, want, arena, &note))
		return;
	item_set_setting(want, &held, arena);
	want->note = note.size ? arena_strdup(arena, text_string(&note)) : NULL;
}

/* Drafts the shared file with the setting's statements as they should be. */
static bool draft_shared(struct proxy_view *view, const struct target *target,
    const struct proxy *want, struct arena *arena, struct err *err)
{
	const char *path = proxy_view_main(view, target->places.files);
	AUTO(proxy_settings) settings = {0};
	struct proxy_edits edits = {0};
	AUTO(bytes) content = {0};
	AUTO(text) edited = {0};
	bool found;

	if (!proxy_view_read(view, path, &content, &found, err))
		return false;
	target->places.parse(bytes_span(&content), &settings);
	target->edits(want, &settings, arena, &edits);
	proxy_edit_apply(bytes_span(&content), &settings, &edits, &edited);
	if (found || edited.size)
		proxy_view_draft(view, path, &edited);
	return true;
}

/* Drafts our part; without one when what the other files say is what is wanted. */
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

/* Why the syntax of the target's files cannot hold the setting, or NULL. */
static const char *unsayable(
    const struct target *target, const struct proxy *want, struct arena *arena)
{
	return target->edits == proxy_edit_dnf ? proxy_unsayable_dnf(want, arena)
	                                       : proxy_unsayable(want, target->unsayable, arena);
}

/* Reads the drafts back as the consumer would. `fault`: of the files as they are, whose lines are
 * counted as people see them. */
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
	why = unsayable(target, want, arena);
	if (why)
		return err_set(err, ERR_HOST, "%s cannot hold it: %s", main_place(target), why);
	if (seen.setting.fault)
		return err_set(err, ERR_HOST, "%s could not use what would be written: %s",
		    target->name, seen.setting.fault);
	for (size_t i = 0; i < seen.from_count; i++) {
		const char *file = seen.from[i]->file;

		if (!target->part || strcmp(file, target->part) == 0)
			continue;
		return err_set(err, ERR_HOST,
		    "%s:%u sets the proxy of %s and is read after %s, so it would win: take it out "
		    "there, or rename that file so that it sorts before ours",
		    text_escape_string(file).text, seen.from[i]->line, target->name, target->part);
	}
	if (strcmp(setting_show(&seen.setting, arena), setting_show(want, arena)) == 0)
		return err_set(
		    err, ERR_HOST, "%s would read another log-in than is to be set", target->name);
	return err_set(err, ERR_HOST, "%s would read \"%s\" instead of \"%s\"", target->name,
	    text_escape_string(setting_show(&seen.setting, arena)).text,
	    text_escape_string(setting_show(want, arena)).text);
}

bool linux_proxy_put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	const struct target *target = find_target(want->key);
	AUTO(proxy_view) view = {.root = &host->root, .staged = out};
	AUTO(arena) arena = {0};

	AUTO(proxy_settings) settings = {0};
	struct proxy_seen before;

	(void)have;
	if (!target)
		return err_set(err, ERR_HOST, "proxy/%s: cannot hold \"%s\"", want->key,
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
	for (size_t i = 0; i < COUNT(targets); i++)
		for (size_t j = 0; targets[i].effect && j < done->count; j++)
			if (strcmp(done->list[j].place, targets[i].part) == 0)
				text_addf(
				    notes, "proxy/%s: %s\n", targets[i].name, targets[i].effect);
}
