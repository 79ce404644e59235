/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FAKE_DEATH = 9 };

static const char *const sources[] = {"/src/", "/usr/"};
static const enum proxy_target targets[] = {TARGET_APT, TARGET_DNF};

static struct fake_place *find_place(const struct fake *fake, const char *path)
{
	for (size_t i = 0; i < fake->count; i++)
		if (strcmp(fake->places[i].path, path) == 0)
			return (struct fake_place *)&fake->places[i];
	return NULL;
}

static void remove_place(struct fake *fake, const char *path)
{
	struct fake_place *place = find_place(fake, path);

	if (place)
		*place = fake->places[--fake->count];
}

static void write_place(
    struct fake *fake, const char *path, enum file_type type, unsigned mode, struct span content)
{
	struct fake_place *place = find_place(fake, path);

	if (!place) {
		assert(fake->count < FAKE_PLACES);
		place = &fake->places[fake->count++];
	}
	assert(strlen(path) < FAKE_PATH && content.size < FAKE_CONTENT);
	*place = (struct fake_place){.type = type, .mode = mode, .size = content.size};
	snprintf(place->path, sizeof(place->path), "%s", path);
	if (content.size)
		memcpy(place->content, content.data, content.size);
}

void fake_write(struct fake *fake, const char *path, const char *content)
{
	write_place(fake, path, FILE_REGULAR, 0644, span_text(content));
}

void fake_erase(struct fake *fake, const char *path)
{
	remove_place(fake, path);
}

const char *fake_read(const struct fake *fake, const char *path)
{
	const struct fake_place *place = find_place(fake, path);

	return place ? place->content : NULL;
}

/* "root/96bc…" as a name of one part, and back. */
static void name_of_key(const char *key, char out[FAKE_PATH])
{
	snprintf(out, FAKE_PATH, "%s", key);
	*strchr(out, '/') = '-';
}

static bool key_of_place(const struct fake_place *place, char out[FAKE_PATH])
{
	for (size_t i = 0; i < COUNT(sources); i++) {
		size_t size = strlen(sources[i]);

		if (strncmp(place->path, sources[i], size) != 0 || place->type != FILE_REGULAR ||
		    !strchr(place->path + size, '-') || place->path[size] == '.')
			continue;
		snprintf(out, FAKE_PATH, "%s", place->path + size);
		*strchr(out, '-') = '/';
		return true;
	}
	return false;
}

void fake_trust(struct fake *fake, const char *folder, const char *key)
{
	char name[FAKE_PATH], path[2 * FAKE_PATH];

	name_of_key(key, name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fake_write(fake, path, key);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The keys of all sources but those that `leaving` takes away, sorted, without duplicates. */
static size_t list_keys(
    const struct fake *fake, const struct changes *leaving, char keys[][FAKE_PATH])
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < fake->count; i++) {
		bool goes = false;

		for (size_t j = 0; j < leaving->count; j++)
			goes |= leaving->list[j].after.type == FILE_ABSENT &&
			        strcmp(leaving->list[j].place, fake->places[i].path) == 0;
		if (!goes && key_of_place(&fake->places[i], keys[count]))
			count++;
	}
	qsort(keys, count, sizeof(*keys), compare_text);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || strcmp(keys[kept - 1], keys[i]) != 0)
			memmove(keys[kept++], keys[i], sizeof(*keys));
	return kept;
}

bool fake_trusts(const struct fake *fake, const char *key)
{
	const char *bundle = fake_read(fake, "/out/bundle");
	char line[FAKE_PATH + 1];

	snprintf(line, sizeof(line), "%s\n", key);
	return bundle && strstr(bundle, line);
}

/* Counts, and fails or dies where the test wants it. */
static bool call(struct fake *fake, const char *what, struct err *err)
{
	fake->calls++;
	if (fake->die_at == fake->calls && fake->die_half)
		_exit(FAKE_DEATH);
	if (fake->fail_at == fake->calls)
		return err_set(err, ERR_IO, "%s was told to fail", what);
	return true;
}

/* Dies behind the call instead. */
static bool done(struct fake *fake)
{
	if (fake->die_at == fake->calls && !fake->die_half)
		_exit(FAKE_DEATH);
	return true;
}

static void observe_sources(const struct fake *fake, struct items *have)
{
	for (size_t i = 0; i < fake->count; i++) {
		char key[FAKE_PATH];
		struct item *item;

		if (!key_of_place(&fake->places[i], key))
			continue;
		item = items_add(have, fake_key(key));
		item->presence = fake_trusts(fake, key) ? ITEM_PRESENT : ITEM_PENDING;
		item->seen.location = arena_strdup(&have->arena, fake->places[i].path);
		item->seen.system = item->seen.location[1] == 'u';
	}
}

static void observe_outputs(const struct fake *fake, struct items *have)
{
	static const struct changes none;
	char keys[FAKE_PLACES][FAKE_PATH];
	size_t count = list_keys(fake, &none, keys);
	AUTO(arena) arena = {0};
	const char *bundle = fake_read(fake, "/out/bundle");
	char *rest = arena_strdup(&arena, bundle ? bundle : "");

	for (char *line; (line = strsep(&rest, "\n")) && rest;) {
		struct item *item;

		if (bsearch(line, keys, count, sizeof(*keys), compare_text))
			continue;
		item = items_add(have, fake_key(line));
		item->presence = ITEM_STALE;
		item->seen.location = "/out/bundle";
	}
}

static const char *proxy_value(const char *file, const char *target, struct arena *arena)
{
	size_t size = strlen(target);

	for (const char *line = file; line && *line; line = strchr(line, '\n') + 1)
		if (strncmp(line, target, size) == 0 && line[size] == '=')
			return arena_strndup(
			    arena, line + size + 1, strcspn(line + size + 1, "\n"));
	return "direct";
}

static bool fake_observe(struct host *host, enum item_kind kind, const struct observing *how,
    struct items *have, struct err *err)
{
	struct fake *fake = host->data;

	(void)how;
	if (!call(fake, "observe", err))
		return false;
	if (kind == ITEM_CERTIFICATE) {
		observe_sources(fake, have);
		observe_outputs(fake, have);
		return done(fake);
	}
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct item *item = items_add(have, key_proxy(targets[i]));
		struct proxy setting;

		item->presence = ITEM_PRESENT;
		item->value =
		    proxy_value(fake_read(fake, "/proxy"), target_words[targets[i]], &have->arena);
		if (setting_read(item->value, &have->arena, &setting))
			item_set_setting(item, &setting, &have->arena);
		item->seen.location = "/proxy";
	}
	return done(fake);
}

static void fake_express(struct host *host, struct item *want, struct arena *arena)
{
	(void)host;
	if (want->key.kind == ITEM_CERTIFICATE && item_store(want) == STORE_INTERMEDIATE) {
		want->asked.holding = HOLD_NOT_APPLICABLE;
		want->note = arena_strdup(arena, "this host has no store for intermediates");
	}
	for (size_t i = 0; want->key.kind == ITEM_PROXY && i < COUNT(targets); i++)
		if (targets[i] == want->key.which)
			return;
	if (want->key.kind == ITEM_PROXY) {
		want->asked.holding = HOLD_NOT_APPLICABLE;
		want->note = arena_strdup(arena, "this host has no such program");
	}
}

static void capture_place(const struct fake *fake, const char *path, struct file_state *out)
{
	const struct fake_place *place = find_place(fake, path);

	*out = (struct file_state){.type = FILE_ABSENT};
	if (!place)
		return;
	out->type = place->type;
	out->mode = place->mode;
	out->uid = out->gid = 0;
	bytes_add(&out->content, place->content, place->size);
}

static void add_change(struct fake *fake, struct changes *out, const char *path,
    enum file_type type, unsigned mode, struct span content)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {.type = type, .mode = mode};

	capture_place(fake, path, &before);
	bytes_add(&after.content, content.data, content.size);
	changes_add(out, path, &before, &after);
}

static void put_certificate(struct fake *fake, const struct item *want, struct changes *out)
{
	char name[FAKE_PATH], path[2 * FAKE_PATH];

	assert(want->content.size > 0);
	if (!find_place(fake, "/src") && !changes_find(out, "/src"))
		add_change(fake, out, "/src", FILE_FOLDER, 0755, (struct span){0});
	name_of_key(key_text(&want->key).text, name);
	snprintf(path, sizeof(path), "/src/%s", name);
	add_change(fake, out, path, FILE_REGULAR, 0644, want->content);
}

/* One file holds all targets, so a second step edits what the first one made of it. */
static void put_proxy(struct fake *fake, const struct item *want, struct changes *out)
{
	struct change *change = changes_find(out, "/proxy");
	AUTO(arena) arena = {0};
	AUTO(text) file = {0};
	AUTO(bytes) old = {0};
	const char *now =
	    change ? (const char *)change->after.content.data : fake_read(fake, "/proxy");

	for (size_t i = 0; i < COUNT(targets); i++) {
		bool mine = targets[i] == want->key.which;
		const char *value =
		    mine ? want->value : proxy_value(now, target_words[targets[i]], &arena);

		if (strcmp(value, "direct") != 0)
			text_addf(&file, "%s=%s\n", target_words[targets[i]], value);
	}
	if (!change) {
		add_change(fake, out, "/proxy", FILE_REGULAR, 0644, span_text(text_string(&file)));
		return;
	}
	old = TAKE(change->after.content);
	bytes_add(&change->after.content, file.data, file.size);
}

static bool fake_put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	struct fake *fake = host->data;

	(void)have;
	if (!call(fake, "put", err))
		return false;
	if (want->key.kind == ITEM_PROXY)
		put_proxy(fake, want, out);
	else
		put_certificate(fake, want, out);
	return done(fake);
}

static bool fake_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	struct fake *fake = host->data;

	if (!call(fake, "drop", err))
		return false;
	add_change(fake, out, have->seen.location, FILE_ABSENT, 0, (struct span){0});
	return done(fake);
}

static void link_path(const char *key, char out[2 * FAKE_PATH])
{
	char name[FAKE_PATH];

	name_of_key(key, name);
	snprintf(out, 2 * FAKE_PATH, "/out/link-%s", name);
}

static void derive(struct fake *fake, const struct changes *leaving, struct changes *out)
{
	char keys[FAKE_PLACES][FAKE_PATH], path[2 * FAKE_PATH], key[FAKE_PATH];
	size_t count = list_keys(fake, leaving, keys);
	AUTO(text) bundle = {0};

	for (size_t i = 0; i < count; i++) {
		link_path(keys[i], path);
		add_change(fake, out, path, FILE_LINK, 0777, span_text(keys[i]));
		text_addf(&bundle, "%s\n", keys[i]);
	}
	add_change(fake, out, "/out/bundle", FILE_REGULAR, 0644, span_text(text_string(&bundle)));
	for (size_t i = 0; i < fake->count; i++) {
		if (fake->places[i].type != FILE_LINK)
			continue;
		snprintf(
		    key, sizeof(key), "%.*s", (int)fake->places[i].size, fake->places[i].content);
		if (!bsearch(key, keys, count, sizeof(*keys), compare_text))
			add_change(
			    fake, out, fake->places[i].path, FILE_ABSENT, 0, (struct span){0});
	}
}

static bool fake_derive(
    struct host *host, const struct changes *leaving, struct changes *out, struct err *err)
{
	if (!call(host->data, "derive", err))
		return false;
	derive(host->data, leaving, out);
	return done(host->data);
}

static void apply_change(struct fake *fake, const char *path, const struct file_state *state)
{
	if (state->type == FILE_ABSENT)
		remove_place(fake, path);
	else
		write_place(fake, path, state->type, state->mode, bytes_span(&state->content));
}

void fake_rebuild(struct fake *fake)
{
	static const struct changes none;
	AUTO(changes) out = {.step = CHANGE_NO_STEP};

	derive(fake, &none, &out);
	for (size_t i = 0; i < out.count; i++)
		apply_change(fake, out.list[i].place, &out.list[i].after);
}

static bool fake_publish(
    struct host *host, const struct changes *changed, struct text *notes, struct err *err)
{
	struct fake *fake = host->data;

	(void)changed;
	(void)notes;
	if (!call(fake, "publish", err)) {
		err->code = ERR_PUBLISH;
		return false;
	}
	fake->publishes++;
	if (fake->fail_publish)
		return err_set(err, ERR_PUBLISH, "the distribution's tool failed");
	return done(fake);
}

static bool fake_capture(
    struct host *host, const char *place, struct file_state *out, struct err *err)
{
	if (!call(host->data, "capture", err))
		return false;
	capture_place(host->data, place, out);
	return done(host->data);
}

static bool has_children(const struct fake *fake, const char *path)
{
	size_t size = strlen(path);

	for (size_t i = 0; i < fake->count; i++)
		if (strncmp(fake->places[i].path, path, size) == 0 &&
		    fake->places[i].path[size] == '/')
			return true;
	return false;
}

static bool fake_set(
    struct host *host, const char *place, const struct file_state *state, struct err *err)
{
	struct fake *fake = host->data;
	char temporary[2 * FAKE_PATH];
	const struct fake_place *now = find_place(fake, place);

	fake->sets++;
	if (fake->die_at == fake->calls + 1 && fake->die_half) {
		snprintf(temporary, sizeof(temporary), "%.*s/" FILE_TEMPORARY,
		    (int)(strrchr(place, '/') - place), place);
		fake_write(fake, temporary, "half");
	}
	if (!call(fake, "set", err))
		return false;
	if (state->type == FILE_ABSENT && now && now->type == FILE_FOLDER &&
	    has_children(fake, place))
		return err_set(err, ERR_IO, "%s is not empty", place);
	apply_change(fake, place, state);
	if (fake->watch)
		fake->watch(fake, fake->watch_context);
	return done(fake);
}

static bool fake_sync(struct host *host, struct err *err)
{
	return call(host->data, "sync", err) && done(host->data);
}

static const struct host_ops fake_ops = {
    .name = "fake",
    .kinds = 1u << ITEM_CERTIFICATE | 1u << ITEM_PROXY,
    .lock_folder = "/run",
    .places = (const char *const[]){"/", NULL},
    .observe = fake_observe,
    .express = fake_express,
    .put = fake_put,
    .drop = fake_drop,
    .derive = fake_derive,
    .publish = fake_publish,
    .capture = fake_capture,
    .set = fake_set,
    .sync = fake_sync,
};

static struct fact fake_facts[] = {{FACT_OS, "linux", "fake"}, {FACT_HOSTNAME, "fake", "fake"}};
struct fake *fake_open(struct host *host)
{
	struct fake *fake =
	    mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert(fake != MAP_FAILED);
	*host = (struct host){.ops = &fake_ops, .data = fake};
	host->facts = (struct facts){.list = fake_facts, .count = COUNT(fake_facts), .root = ""};
	return fake;
}

void fake_close(struct fake *fake, struct host *host)
{
	munmap(fake, sizeof(*fake));
	host->data = NULL;
}

const char *fake_difference(const struct fake *a, const struct fake *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct fake_place *place = &a->places[i];
		const struct fake_place *other = find_place(b, place->path);

		if (!other || other->type != place->type || other->mode != place->mode ||
		    other->size != place->size ||
		    memcmp(other->content, place->content, place->size) != 0)
			return place->path;
	}
	for (size_t i = 0; i < b->count; i++)
		if (!find_place(a, b->places[i].path))
			return b->places[i].path;
	return NULL;
}
