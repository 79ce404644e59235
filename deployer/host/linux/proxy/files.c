/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/proxy/files.h"

#include <stdlib.h>

void proxy_view_release(struct proxy_view *view)
{
	for (size_t i = 0; i < COUNT(view->drafts); i++)
		text_release(&view->drafts[i].content);
	*view = (struct proxy_view){0};
}

static struct proxy_draft *draft_of(struct proxy_view *view, const char *path)
{
	for (size_t i = 0; i < COUNT(view->drafts); i++)
		if (view->drafts[i].path && strcmp(view->drafts[i].path, path) == 0)
			return &view->drafts[i];
	return NULL;
}

static struct proxy_draft *new_draft(struct proxy_view *view, const char *path)
{
	struct proxy_draft *draft = draft_of(view, path);

	for (size_t i = 0; !draft; i++)
		if (!view->drafts[i].path)
			draft = &view->drafts[i];
	text_release(&draft->content);
	draft->path = path;
	return draft;
}

struct proxy_draft *proxy_view_draft(
    struct proxy_view *view, const char *path, struct text *content)
{
	struct proxy_draft *draft = new_draft(view, path);

	draft->present = true;
	draft->content = TAKE(*content);
	return draft;
}

void proxy_view_draft_absent(struct proxy_view *view, const char *path)
{
	new_draft(view, path)->present = false;
}

static const struct file_state *staged_of(const struct proxy_view *view, const char *path)
{
	for (size_t i = 0; view->staged && i < view->staged->count; i++)
		if (strcmp(view->staged->list[i].place, path) == 0)
			return &view->staged->list[i].after;
	return NULL;
}

/* Takes "." and ".." out of an absolute path; ".." at the top stays at the top. */
static void straighten(char *path)
{
	char *to = path, *from = path;

	while (*(from += strspn(from, "/"))) {
		size_t size = strcspn(from, "/");

		if (size == 2 && strncmp(from, "..", 2) == 0) {
			while (to > path && *--to != '/')
				;
		} else if (size != 1 || *from != '.') {
			*to++ = '/';
			memmove(to, from, size);
			to += size;
		}
		from += size;
	}
	*to = 0;
}

/* Where the link at `path` leads, by its text alone; false when it is no link. */
static bool link_target(struct proxy_view *view, const char *path, char *out, size_t size)
{
	AUTO(file_state) state = {0};
	AUTO(arena) arena = {0};
	struct err ignored;
	const char *target;

	if (!file_capture(view->root, path, size, &state, &ignored) || state.type != FILE_LINK)
		return false;
	target = arena_strndup(&arena, (const char *)state.content.data, state.content.size);
	if (*target != '/')
		target =
		    arena_printf(&arena, "%.*s/%s", (int)(strrchr(path, '/') - path), path, target);
	if (strlen(target) >= size)
		return false;
	memcpy(out, target, strlen(target) + 1);
	straighten(out);
	return true;
}

/* True when this user cannot find out whether something stands at `path`, because a folder on the
 * way is closed. */
static bool is_closed(struct proxy_view *view, const char *path, struct err *err)
{
	AUTO(file_state) state = {0};
	struct err why = {0};

	if (file_capture(view->root, path, PROXY_FILE_MAX, &state, &why) || !why.denied)
		return false;
	*err = why;
	return true;
}

bool proxy_view_exists(struct proxy_view *view, const char *path)
{
	const struct proxy_draft *draft = draft_of(view, path);
	const struct file_state *staged = staged_of(view, path);
	struct err closed;

	if (draft)
		return draft->present;
	if (staged)
		return staged->type != FILE_ABSENT;
	/* the reader tells what may be there */
	return file_type(view->root, path) != FILE_ABSENT || is_closed(view, path, &closed);
}

bool proxy_view_is(struct proxy_view *view, const char *path, const char *file)
{
	char target[4096];

	return strcmp(path, file) == 0 ||
	       (link_target(view, path, target, sizeof(target)) && strcmp(target, file) == 0);
}

static bool from_memory(struct proxy_view *view, const char *path, struct bytes *out, bool *found)
{
	const struct proxy_draft *draft = draft_of(view, path);
	const struct file_state *staged = staged_of(view, path);

	if (!draft && (!staged || staged->type == FILE_LINK))
		return false;
	*found = draft ? draft->present : staged->type == FILE_REGULAR;
	bytes_release(out);
	if (draft && draft->present)
		bytes_add(out, text_string(&draft->content), draft->content.size);
	else if (*found)
		bytes_add(out, staged->content.data, staged->content.size);
	return true;
}

bool proxy_view_read(
    struct proxy_view *view, const char *path, struct bytes *out, bool *found, struct err *err)
{
	char target[4096];
	enum file_type type;

	if (from_memory(view, path, out, found))
		return true;
	type = file_type(view->root, path);
	if (type == FILE_ABSENT && is_closed(view, path, err))
		return false;
	if (type == FILE_LINK && link_target(view, path, target, sizeof(target))) {
		if (from_memory(view, target, out, found))
			return true;
		if (strcmp(target, "/dev/null") == 0)
			type = FILE_ABSENT;
		else if (file_type(view->root, target) == FILE_ABSENT)
			type = FILE_ABSENT;
	}
	*found = type != FILE_ABSENT;
	return !*found || file_read(view->root, path, PROXY_FILE_MAX, out, err);
}

const char *proxy_view_main(struct proxy_view *view, const char *const *files)
{
	for (const char *const *file = files; *file; file++)
		if (proxy_view_exists(view, *file))
			return *file;
	return files[0];
}

static bool gather_file(struct proxy_view *view, const struct proxy_places *places,
    const char *path, unsigned depth, struct proxy_settings *out, struct err *err);

/* apt reads no deeper (ReadConfigFile() of apt-pkg/contrib/configuration.cc). */
enum { INCLUDE_DEPTH_MAX = 10 };

/* Why apt fails at an included path, or NULL. */
static const char *include_fault(struct proxy_view *view, const char *path, unsigned depth)
{
	if (depth >= INCLUDE_DEPTH_MAX)
		return "#include goes too deep";
	return proxy_view_exists(view, path) ? NULL : "#include of a file that is not there";
}

/* Puts the statements of included files where they are included, from `first` on. */
static bool gather_included(struct proxy_view *view, const struct proxy_places *places,
    size_t first, unsigned depth, struct proxy_settings *out, struct err *err)
{
	AUTO(arena) arena = {0};
	size_t count = out->count - first;
	const struct proxy_setting *own;

	if (count == 0)
		return true;
	own = arena_copy(&arena, out->list + first, count * sizeof(*own));
	out->count = first;
	for (size_t i = 0; i < count; i++) {
		const char *fault;

		if (strcmp(own[i].name, PROXY_SETTING_INCLUDE) != 0) {
			proxy_settings_add(out, span_text(own[i].name),
			    own[i].value ? &(struct span){(const uint8_t *)own[i].value,
			                       strlen(own[i].value)}
			                 : NULL,
			    own[i]);
			out->list[out->count - 1].file = own[i].file;
			continue;
		}
		if (*own[i].value != '/' || own[i].value[strlen(own[i].value) - 1] == '/')
			return err_set(err, ERR_HOST,
			    "%s:%u: #include of a folder or of a relative path is not followed "
			    "here: name each file by its whole path",
			    text_escape_string(own[i].file).text, own[i].line);
		fault = include_fault(view, own[i].value, depth);
		out->file = own[i].file;
		if (fault)
			proxy_settings_refuse(out, own[i].line, fault);
		else if (!gather_file(view, places, own[i].value, depth + 1, out, err))
			return false;
	}
	return true;
}

static bool gather_file(struct proxy_view *view, const struct proxy_places *places,
    const char *path, unsigned depth, struct proxy_settings *out, struct err *err)
{
	AUTO(bytes) content = {0};
	size_t first = out->count;
	bool found;

	if (!proxy_view_read(view, path, &content, &found, err))
		return false;
	if (!found)
		return true;
	out->file = arena_strdup(&out->arena, path);
	places->parse(bytes_span(&content), out);
	if (out->full)
		return err_set(err, ERR_HOST, "%s: more than %d settings are not read", out->file,
		    PROXY_SETTINGS_MAX);
	for (size_t i = first; places->includes && i < out->count; i++)
		if (strcmp(out->list[i].name, PROXY_SETTING_INCLUDE) == 0 && out->list[i].value)
			return gather_included(view, places, first, depth, out, err);
	return true;
}

/* The parts of all folders. Of several with one name the part in the first folder counts. */
struct parts {
	struct part {
		const char *name, *path;
		size_t folder;
	} * list;
	size_t count, capacity;
	struct arena arena;
};

static void parts_release(struct parts *parts)
{
	free(parts->list);
	arena_release(&parts->arena);
}

static void add_part(struct parts *parts, const char *folder, size_t rank, const char *name)
{
	struct part part = {arena_strdup(&parts->arena, name),
	    arena_printf(&parts->arena, "%s/%s", folder, name), rank};

	parts->list =
	    mem_grow(parts->list, &parts->capacity, parts->count + 1, sizeof(*parts->list));
	parts->list[parts->count++] = part;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->folder > right->folder) - (left->folder < right->folder);
}

static bool is_in(const char *path, const char *folder, const char **name)
{
	size_t size = strlen(folder);

	*name = path + size + 1;
	return strncmp(path, folder, size) == 0 && path[size] == '/' && !strchr(*name, '/');
}

static bool list_parts(struct proxy_view *view, const struct proxy_places *places, size_t rank,
    struct parts *parts, struct err *err)
{
	const char *path = places->folders[rank], *name;
	AUTO(folder) folder = {0};

	if (!folder_open(view->root, path, &folder, err))
		return false;
	for (size_t i = 0; i < folder.count; i++)
		if (places->is_part(folder.entries[i].name) &&
		    (folder.entries[i].type == FILE_REGULAR || folder.entries[i].type == FILE_LINK))
			add_part(parts, path, rank, folder.entries[i].name);
	/* a new part, which only drafts and staged changes know; to list it twice does no harm */
	for (size_t i = 0; i < COUNT(view->drafts); i++)
		if (view->drafts[i].path && is_in(view->drafts[i].path, path, &name) &&
		    !folder_find(&folder, name))
			add_part(parts, path, rank, name);
	for (size_t i = 0; view->staged && i < view->staged->count; i++)
		if (is_in(view->staged->list[i].place, path, &name) && places->is_part(name) &&
		    !folder_find(&folder, name))
			add_part(parts, path, rank, name);
	return true;
}

static bool gather_parts(struct proxy_view *view, const struct proxy_places *places,
    struct proxy_settings *out, struct err *err)
{
	AUTO(parts) parts = {0};

	for (size_t i = 0; places->folders && places->folders[i]; i++)
		if (!list_parts(view, places, i, &parts, err))
			return false;
	if (parts.count)
		qsort(parts.list, parts.count, sizeof(*parts.list), compare_parts);
	for (size_t i = 0; i < parts.count; i++) {
		bool hidden = i > 0 && strcmp(parts.list[i - 1].name, parts.list[i].name) == 0;

		if (!hidden && !gather_file(view, places, parts.list[i].path, 0, out, err))
			return false;
	}
	return true;
}

static bool gather_last(struct proxy_view *view, const struct proxy_places *places,
    struct proxy_settings *out, struct err *err)
{
	const char *main = places->main_of ? places->main_of(out, &out->arena)
	                                   : proxy_view_main(view, places->files);

	if (main && *main != '/')
		return err_set(err, ERR_HOST,
		    "apt's parts name apt.conf by a relative path (%s), which is not followed "
		    "here: give Dir::Etc::Main its whole path",
		    text_escape_string(main).text);
	out->main = main;
	return !main || gather_file(view, places, main, 0, out, err);
}

bool proxy_view_gather(struct proxy_view *view, const struct proxy_places *places,
    struct proxy_settings *out, struct err *err)
{
	if (places->files && !places->files_last) {
		out->main = proxy_view_main(view, places->files);
		if (!gather_file(view, places, out->main, 0, out, err))
			return false;
	}
	return gather_parts(view, places, out, err) &&
	       (!places->files || !places->files_last || gather_last(view, places, out, err));
}
