/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a policy's `credentials: file:PATH`: one line, user:password, that nobody but its
 * owner can read. It lies below the root of the system that is set up.
 */
#include <string.h>

#include "host/linux/proxy/settings.h"

enum { LOGIN_MAX = 1024 };

void proxy_login_encode(struct text *out, const char *text)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text; text++)
		text_addf(out, strchr(plain, *text) ? "%c" : "%%%02X", (unsigned char)*text);
}

static const char *fault_of(const struct file_state *state)
{
	const char *line = (const char *)state->content.data;
	size_t size = state->content.size;

	if (state->type == FILE_ABSENT)
		return "there is no such file";
	if (state->type != FILE_REGULAR)
		return "it is no regular file";
	if (state->mode & 0177)
		return "its mode must be 0600: chmod it";
	size -= size && line[size - 1] == '\n';
	if (size == 0 || size > LOGIN_MAX || line[0] == ':' || !memchr(line, ':', size))
		return "it must hold one line, user:password";
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)line[i] < 0x20)
			return "it must hold one line, user:password, without control characters";
	return NULL;
}

static const char *login_of(const struct file_state *state, struct arena *arena)
{
	const char *line =
	    arena_strndup(arena, (const char *)state->content.data, state->content.size);
	size_t user = strcspn(line, ":"), size = strcspn(line, "\n");
	AUTO(text) login = {0};

	proxy_login_encode(&login, arena_strndup(arena, line, user));
	text_add(&login, ":");
	proxy_login_encode(&login, arena_strndup(arena, line + user + 1, size - user - 1));
	return arena_strdup(arena, text_string(&login));
}

bool proxy_login_read(struct root *root, struct proxy *setting, struct arena *arena,
    const char **why, const char **next)
{
	AUTO(file_state) state = {0};
	struct err err = {0};
	const char *fault, *login;

	if (setting->login != LOGIN_FILE)
		return true;
	if (!file_capture(root, setting->login_file, 2 * LOGIN_MAX, &state, &err)) {
		*why = arena_strdup(arena, err.text);
		if (err.denied) {
			*why = arena_printf(arena,
			    "%s is closed to this user, so whether the log-in is as wanted is not"
			    " known",
			    text_escape_string(setting->login_file).text);
			*next = "Run this as root.";
		}
		return false;
	}
	if (state.type == FILE_REGULAR &&
	    !folder_check_private(root, setting->login_file, FILE_TRUST_DISKS, &err)) {
		*why = arena_strdup(arena, err.text);
		return false;
	}
	fault = fault_of(&state);
	if (fault) {
		*why = arena_printf(arena, "the log-in cannot be taken from %s: %s",
		    text_escape_string(setting->login_file).text, fault);
		return false;
	}
	login = login_of(&state, arena);
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		if (setting->server[i].place)
			setting->server[i].login = login;
	return true;
}

bool proxy_is_exposed(struct root *root, const char *path)
{
	AUTO(file_state) state = {0};
	struct err err = {0};

	return !file_capture(root, path, PROXY_FILE_MAX, &state, &err) ||
	       state.type != FILE_REGULAR || (state.mode & 04);
}

static bool has_login(const struct proxy_setting *setting, struct arena *arena)
{
	static const char password[] = "proxy_password";
	size_t size = strlen(setting->name), end = sizeof(password) - 1;

	if (!setting->value || !*setting->value || !strcasestr(setting->name, "proxy"))
		return false;
	return setting->cut || setting_server(setting->value, arena).login ||
	       (size >= end && strcmp(setting->name + size - end, password) == 0);
}

const char *proxy_logins(const struct proxy_settings *settings, proxy_is_meant *is_meant,
    void *context, struct arena *arena)
{
	AUTO(text) text = {0};

	for (size_t i = 0; i < settings->count; i++)
		if (has_login(&settings->list[i], arena) &&
		    is_meant(context, settings->list[i].file))
			text_addf(&text, "%s%s:%u", text.size ? ", " : "",
			    text_escape_string(settings->list[i].file).text,
			    settings->list[i].line);
	return arena_strdup(arena, text_string(&text));
}
