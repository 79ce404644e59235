/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what stands in OpenSSL's folder; the names of hash links; and how links of others
 * close up when ours go. */
#include "host/linux/layouts/debian.h"

#include <stdio.h>
#include <stdlib.h>

struct target *targets_find(const struct targets *targets, const char *name)
{
	size_t low = 0, high = targets->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(targets->list[middle].name, name);

		if (order == 0)
			return &targets->list[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct target *targets_add(struct targets *targets, const char *name)
{
	targets->list =
	    mem_grow(targets->list, &targets->capacity, targets->count + 1, sizeof(*targets->list));
	targets->list[targets->count] =
	    (struct target){.name = arena_strdup(&targets->arena, name)};
	return &targets->list[targets->count++];
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct target *)a)->name, ((const struct target *)b)->name);
}

void targets_sort(struct targets *targets)
{
	if (targets->count > 1)
		qsort(targets->list, targets->count, sizeof(*targets->list), by_name);
}

void targets_release(struct targets *targets)
{
	free(targets->list);
	arena_release(&targets->arena);
	*targets = (struct targets){0};
}

bool debian_is_hash_link(const char *name, uint32_t *hash, unsigned *number)
{
	uint32_t value = 0;
	unsigned count = 0;

	for (size_t i = 0; i < 8; i++) {
		bool letter = name[i] >= 'a' && name[i] <= 'f';

		if (!letter && (name[i] < '0' || name[i] > '9'))
			return false;
		value = value << 4 | (uint32_t)(name[i] - (letter ? 'a' - 10 : '0'));
	}
	if (name[8] != '.' || !name[9] || (name[9] == '0' && name[10]))
		return false;
	for (name += 9; *name; name++) {
		if (*name < '0' || *name > '9' || count >= HASH_NUMBER_NONE / 10)
			return false;
		count = count * 10 + (unsigned)(*name - '0');
	}
	*hash = value;
	*number = count;
	return true;
}

void debian_hash_link_name(uint32_t hash, unsigned number, char out[HASH_LINK_NAME])
{
	uint8_t big[4] = {
	    (uint8_t)(hash >> 24), (uint8_t)(hash >> 16), (uint8_t)(hash >> 8), (uint8_t)hash};

	hex_write((struct span){big, sizeof(big)}, out);
	out[8] = '.';
	/* nearly always */
	if (number < 10)
		memcpy(out + 9, (char[]){(char)('0' + number), 0}, 2);
	else
		snprintf(out + 9, HASH_LINK_NAME - 9, "%u", number);
}

static bool has_certificate_name(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && (strcasecmp(end, ".pem") == 0 || strcasecmp(end, ".crt") == 0 ||
	                  strcasecmp(end, ".cer") == 0 || strcasecmp(end, ".crl") == 0);
}

bool debian_read_foreign(struct host *host, const char *folder, const char *name,
    uint8_t sha256[SHA256_SIZE], uint32_t *hash)
{
	AUTO(bytes) content = {0};
	char path[4096];
	struct err err = {0};

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	return file_read(&host->root, path, LINUX_SOURCE_MAX, &content, &err) &&
	       debian_single_certificate(bytes_span(&content), sha256, hash);
}

bool debian_is_linked_name(const char *name)
{
	/* the tool makes the bundle after the links, so the bundle will change */
	return has_certificate_name(name) && strcmp(name, DEBIAN_BUNDLE) != 0;
}

/* --- what others have linked behind ours --- */

/* One number of a hash that is taken. */
struct slot {
	const char *name, *target; /* NULL: it is no link */
	unsigned number;
	uint32_t hash;
	bool goes;   /* undoing takes it away, */
	bool theirs; /* or knows nothing of it */
	bool moved;
};

struct slots {
	struct slot *list;
	size_t count, capacity;
};

static const struct change *find_undone(const struct changes *undone, const char *name)
{
	const size_t start = strlen(DEBIAN_CERTS "/");

	for (size_t i = 0; i < undone->count; i++)
		if (strncmp(undone->list[i].place, DEBIAN_CERTS "/", start) == 0 &&
		    strcmp(undone->list[i].place + start, name) == 0)
			return &undone->list[i];
	return NULL;
}

/* What stands at the place is what the transaction has left there. */
static bool is_as_left(const struct change *change, const char *target)
{
	return target && change->before.type == FILE_LINK &&
	       span_equal(bytes_span(&change->before.content), span_text(target));
}

static int by_slot(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static bool list_slots(struct host *host, const struct changes *undone, struct slots *out,
    struct arena *arena, struct err *err)
{
	AUTO(folder) folder = {.fd = -1};
	char link[4096];

	if (!folder_open(&host->root, DEBIAN_CERTS, &folder, err))
		return false;
	for (size_t i = 0; i < folder.count; i++) {
		const char *name = folder.entries[i].name;
		struct slot slot = {.name = arena_strdup(arena, name)};
		const struct change *change;

		if (!debian_is_hash_link(name, &slot.hash, &slot.number))
			continue;
		if (folder_read_link(&folder, name, link, sizeof(link)))
			slot.target = arena_strdup(arena, link);
		change = find_undone(undone, name);
		slot.theirs = !change || !is_as_left(change, slot.target);
		slot.goes = !slot.theirs && change->after.type == FILE_ABSENT;
		out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
		out->list[out->count++] = slot;
	}
	if (out->count > 1)
		qsort(out->list, out->count, sizeof(*out->list), by_slot);
	return true;
}

static void add(struct changes *out, const char *name, const char *now, const char *want)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};

	if (now)
		before = (struct file_state){.type = FILE_LINK,
		    .uid = FILE_OWNER_SELF,
		    .gid = FILE_OWNER_SELF,
		    .content = bytes_copy(span_text(now))};
	if (want)
		after = (struct file_state){.type = FILE_LINK,
		    .uid = FILE_OWNER_SELF,
		    .gid = FILE_OWNER_SELF,
		    .content = bytes_copy(span_text(want))};
	changes_add(out, arena_printf(&out->arena, DEBIAN_CERTS "/%s", name), &before, &after);
}

static struct slot *find_free(struct slot *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].goes)
			return &list[i];
	return NULL;
}

/* Whether OpenSSL finds nothing in it by a number, as in a file in DER; or, for a file, nothing but
 * what goes, because only our links lead to it. It may have stood behind a gap before us, and there
 * it stays: nobody loses anything, and a link in front of a file would even have more programs
 * trust it than before us. */
static bool shows_nothing(struct host *host, const struct slot *slot, const struct digests *going)
{
	const struct digests none = {0};
	AUTO(arena) arena = {0};

	return !shown_holds(host, arena_printf(&arena, DEBIAN_CERTS "/%s", slot->name), slot->hash,
	    slot->target ? &none : going);
}

/* The numbers of one hash that OpenSSL reads. Links of others move down into the numbers that ours
 * leave free: first each gets its new place, then the old one goes, so that each can be found at
 * every instant. What is no link stays, and gets a link in front of it. */
static void close_up(struct host *host, struct slot *list, size_t count, struct changes *out)
{
	struct digests going = {0};
	size_t last = 0; /* behind the last one that undoing changes and that stays */

	for (size_t i = 0; i < count; i++) {
		uint8_t sha256[SHA256_SIZE];
		uint32_t hash;

		if (list[i].goes &&
		    debian_read_foreign(host, DEBIAN_CERTS, list[i].name, sha256, &hash))
			digests_add(&going, sha256);
	}
	for (size_t i = 0; i < count; i++) {
		struct slot *from = &list[i], *to = find_free(list, i);

		if (!from->theirs && !from->goes)
			last = i + 1;
		if (!from->theirs || !to || shows_nothing(host, from, &going))
			continue;
		add(out, to->name, to->target, from->target ? from->target : from->name);
		to->goes = false;
		from->goes = from->moved = from->target != NULL;
	}
	for (size_t i = last; i < count; i++)
		if (list[i].moved && list[i].goes)
			add(out, list[i].name, list[i].target, NULL);
	free(going.list);
}

bool debian_close_up(
    struct host *host, const struct changes *undone, struct changes *out, struct err *err)
{
	AUTO(arena) arena = {0};
	struct slots slots = {0};
	bool ok = list_slots(host, undone, &slots, &arena, err);

	for (size_t i = 0, next; i < slots.count; i = next) {
		size_t read = 0;

		for (next = i; next < slots.count && slots.list[next].hash == slots.list[i].hash;)
			next++;
		while (i + read < next && slots.list[i + read].number == read)
			read++;
		close_up(host, &slots.list[i], read, out);
	}
	free(slots.list);
	return ok;
}

/* Whether OpenSSL reached the file of that number before, and reaches it as the folder is now. */
static bool is_reached(
    const struct debian *debian, const struct targets *targets, uint32_t hash, unsigned number)
{
	const struct shown_list *shown = &debian->shown;
	char name[HASH_LINK_NAME];
	bool found = false;

	debian_hash_link_name(hash, number, name);
	for (size_t i = 0; i < shown->count && !found; i++)
		found = !shown->list[i].beyond && strcmp(shown->list[i].name, name) == 0;
	for (unsigned i = 0; found && i < number; i++) {
		const struct target *target;

		debian_hash_link_name(hash, i, name);
		target = targets_find(targets, name);
		if (!target || (!target->now && !target->other))
			return false;
	}
	return found;
}

/* The first of the lower numbers that nothing is to have, or NULL. */
static struct target *find_gap(const struct targets *targets, uint32_t hash, unsigned number)
{
	char name[HASH_LINK_NAME];

	for (unsigned i = 0; i < number; i++) {
		struct target *target;

		debian_hash_link_name(hash, i, name);
		target = targets_find(targets, name);
		if (target && !target->want && !target->other)
			return target;
	}
	return NULL;
}

void debian_fill_gaps(const struct debian *debian, struct host *host, struct targets *targets)
{
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < targets->count; i++) {
		const struct target *file = &targets->list[i];
		struct target *gap;
		unsigned number;
		const char *path;
		uint32_t hash;

		if (!file->other || !debian_is_hash_link(file->name, &hash, &number) ||
		    !is_reached(debian, targets, hash, number))
			continue;
		gap = find_gap(targets, hash, number);
		path = arena_printf(&arena, DEBIAN_CERTS "/%s", file->name);
		if (gap && shown_holds(host, path, hash, &debian->going) &&
		    shown_holds(host, path, hash, &debian->given_back))
			gap->want = file->name;
	}
}
