/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `openssl rehash` 3.0 would make of a folder. For each subject's hash it keeps the links
 * whose number is lower than the number of links needed, gives the others the lowest numbers
 * that are free, in the order of the files' names, and passes over a certificate that another
 * file of that hash holds already. Differences: several links of one hash to one file are
 * cut down to the lowest, a link at which OpenSSL stops reading goes, unless it leads into a folder
 * that is not there now and may be again, nothing but links is ever replaced, the bundle gets no
 * link, and a file of others that nobody trusts by this folder gets none either. CRLs are left
 * alone; so is what OpenSSL's loader of files alone finds (loader.h), as far as the numbers allow.
 */
#include "host/linux/layouts/debian.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/der.h"
#include "formats/pem.h"

enum { LINKS_MAX = 40 };

/* One file to which links of one hash lead. */
struct hashed {
	uint32_t hash;
	const char *file;
	unsigned number; /* the lowest link that leads to it now, or HASH_NUMBER_NONE */
	bool needed;
	bool foreign; /* rehash would not make this link: OpenSSL trusts by it, so it stays */
	bool away;    /* the folder of its file is not there: it stays, behind those that lead on */
	bool idle;    /* a file of others that nobody has linked: trust in it is not ours to give */
	bool own;     /* by the link of one of our sources */
	bool theirs;  /* or as a file of the folder that comes from no source */
	bool behind;  /* only OpenSSL's loader of files finds it, */
	bool fixed;   /* and no number can change that */
	bool joins;   /* or it gets one, where it would be hidden otherwise */
	unsigned was; /* when behind: its number now */
	uint8_t sha256[SHA256_SIZE]; /* when needed, idle or behind */
	size_t order;                /* of its first mention */
};

struct table {
	struct hashed *list;
	size_t count, capacity;
};

static struct hashed *mention(struct table *table, uint32_t hash, const char *file)
{
	table->list =
	    mem_grow(table->list, &table->capacity, table->count + 1, sizeof(*table->list));
	table->list[table->count] = (struct hashed){
	    .hash = hash, .file = file, .number = HASH_NUMBER_NONE, .order = table->count};
	return &table->list[table->count++];
}

/* Each link and each file of the folder, in the order of their names. */
static void collect(struct host *host, const char *folder, const struct sources *sources,
    const struct targets *targets, struct table *table)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->list[i];
		const struct source *source = target->source;
		uint8_t sha256[SHA256_SIZE];
		struct hashed *hashed;
		unsigned number;
		uint32_t hash;

		if (!target->other && !target->want)
			continue;
		if (!target->other && debian_is_hash_link(target->name, &hash, &number)) {
			mention(table, hash, target->want)->number = number;
			continue;
		}
		if (!debian_is_linked_name(target->name))
			continue;
		if (source && !source->hashed)
			continue;
		if (source) {
			hash = source->hash;
			memcpy(sha256, sources->anchors[source->first].sha256, sizeof(sha256));
		} else if (!debian_read_foreign(host, folder, target->name, sha256, &hash)) {
			continue;
		}
		hashed = mention(table, hash, target->name);
		hashed->needed = true;
		hashed->own = source && linux_is_own(source->path);
		hashed->theirs = !source;
		memcpy(hashed->sha256, sha256, sizeof(sha256));
	}
}

static int by_hash_and_file(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	int order = (x->hash > y->hash) - (x->hash < y->hash);

	if (order == 0)
		order = strcmp(x->file, y->file);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_hash_and_order(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	int order = (x->hash > y->hash) - (x->hash < y->hash);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* Several mentions of one file below one hash become one. */
static void merge_mentions(struct table *table)
{
	size_t kept = 0;

	qsort(table->list, table->count, sizeof(*table->list), by_hash_and_file);
	for (size_t i = 0; i < table->count; i++) {
		struct hashed *now = &table->list[i];
		struct hashed *last = kept ? &table->list[kept - 1] : NULL;

		if (!last || last->hash != now->hash || strcmp(last->file, now->file) != 0) {
			table->list[kept++] = *now;
			continue;
		}
		last->number = now->number < last->number ? now->number : last->number;
		if (now->needed && !last->needed) {
			last->needed = true;
			last->own = now->own;
			last->theirs = now->theirs;
			memcpy(last->sha256, now->sha256, sizeof(now->sha256));
		}
	}
	table->count = kept;
	qsort(table->list, table->count, sizeof(*table->list), by_hash_and_order);
}

/* The same certificate under another name needs no link. A link that somebody has made stays where
 * ours shows the same: it must be there when ours goes. */
static void pass_over_duplicates(struct hashed *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i && list[i].needed; j++) {
			struct hashed *passed = &list[i];

			if (!list[j].needed || list[j].foreign ||
			    memcmp(list[i].sha256, list[j].sha256, SHA256_SIZE) != 0)
				continue;
			if (list[j].own && list[i].theirs && list[i].number != HASH_NUMBER_NONE)
				passed = &list[j];
			passed->needed = false;
		}
}

/* Whether a file of the folder leads through its links to a folder that is missing now: its
 * contents may come back with it, as with a file system that is not mounted. */
static bool is_away(
    struct host *host, const char *folder, const struct targets *targets, const char *file)
{
	AUTO(arena) arena = {0};
	const char *path;

	for (int links = 0; !strchr(file, '/'); links++) {
		const struct target *target = targets_find(targets, file);

		if (!target || !target->now || links == LINKS_MAX)
			return false;
		file = target->now;
	}
	path = *file == '/' ? file : arena_printf(&arena, "%s/%s", folder, file);
	return !file_is_regular(&host->root, path) &&
	       file_type(&host->root,
	           arena_strndup(&arena, path, (size_t)(strrchr(path, '/') - path))) == FILE_ABSENT;
}

/* Whether OpenSSL finds something that is not shunned by that entry, and only by its loader of
 * files. */
static bool is_loaded(const struct debian *debian, const char *name, struct hashed *hashed)
{
	const struct shown_list *shown = &debian->shown;
	bool found = false;

	hashed->joins = true;
	for (size_t i = 0; shown->beyond_count > 0 && i < shown->count; i++) {
		const struct shown *one = &shown->list[i];

		if (!one->beyond || one->beside || strcmp(one->name, name) != 0 ||
		    digests_have(&debian->shunned, one->sha256))
			continue;
		found = true;
		hashed->fixed = one->fixed;
		memcpy(hashed->sha256, one->sha256, SHA256_SIZE);
		hashed->joins =
		    hashed->joins && !one->fixed && !digests_have(&debian->unlinked, one->sha256);
	}
	return found;
}

/* A link for which rehash has no file. It stays when it leads OpenSSL to a certificate: one of
 * several in a file, in a file outside of the folder, or in a file without an ending. It loses its
 * number when OpenSSL, which reads links in their order, would stop there. */
static void judge_foreign(struct debian *debian, struct host *host, const char *folder,
    const struct targets *targets, struct hashed *hashed)
{
	const struct target *file = targets_find(targets, hashed->file);
	char path[4096], name[HASH_LINK_NAME];

	if (hashed->number == HASH_NUMBER_NONE || (file && file->source && file->source->hashed))
		return;
	debian_hash_link_name(hashed->hash, hashed->number, name);
	hashed->behind = is_loaded(debian, name, hashed);
	if (hashed->behind) {
		hashed->was = hashed->number;
		hashed->number = HASH_NUMBER_NONE;
		hashed->needed = false;
		return;
	}
	if (hashed->needed ||
	    snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return;
	if (shown_holds(host, path, hashed->hash, &debian->shunned))
		hashed->needed = hashed->foreign = true;
	else if (is_away(host, folder, targets, hashed->file))
		hashed->away = true;
	else if (!shown_goes_on(host, path))
		hashed->number = HASH_NUMBER_NONE;
}

static bool is_taken(const struct hashed *list, size_t count, unsigned number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].number == number)
			return true;
	return false;
}

static void want_link(
    struct targets *targets, const struct targets *known, const struct hashed *hashed)
{
	char name[HASH_LINK_NAME];
	struct target *target;

	debian_hash_link_name(hashed->hash, hashed->number, name);
	target = targets_find(known, name);
	if (!target)
		target = targets_add(targets, name);
	target->want = arena_strdup(&targets->arena, hashed->file);
}

static const struct target *find_link(const struct targets *known, uint32_t hash, unsigned number)
{
	char name[HASH_LINK_NAME];

	debian_hash_link_name(hash, number, name);
	return targets_find(known, name);
}

static bool is_file(const struct targets *known, uint32_t hash, unsigned number)
{
	const struct target *target = find_link(known, hash, number);

	return target && target->other;
}

static bool is_there(const struct targets *known, uint32_t hash, unsigned number)
{
	const struct target *target = find_link(known, hash, number);

	return target && (target->now || target->other);
}

static unsigned lowest_free(
    const struct targets *known, const struct hashed *list, size_t count, unsigned from)
{
	while (is_taken(list, count, from) || is_file(known, list->hash, from))
		from++;
	return from;
}

/* Of the links that lead nowhere for now, the one with the lowest number; or NULL. */
static struct hashed *next_away(struct hashed *list, size_t count)
{
	struct hashed *next = NULL;

	for (size_t i = 0; i < count; i++)
		if (list[i].away && (!next || list[i].number < next->number))
			next = &list[i];
	return next;
}

/* They come behind the links that OpenSSL reads, since it looks at none behind one that leads
 * nowhere; and without a gap, at which it would stop when they lead somewhere again. */
static void number_away(
    struct targets *targets, const struct targets *known, struct hashed *list, size_t count)
{
	struct hashed *away;

	while ((away = next_away(list, count))) {
		away->away = false;
		away->number = lowest_free(known, list, count, 0);
		want_link(targets, known, away);
	}
}

/* What only the loader of files finds stays under its number where no search by number leads to it.
 * Otherwise it gets a number under which nothing stands, and gets it first, so that it can be found
 * at every instant. */
static void number_behind(struct targets *targets, const struct targets *known, struct hashed *list,
    size_t count, bool needed)
{
	unsigned end = lowest_free(known, list, count, 0);

	for (size_t i = 0; i < count; i++) {
		unsigned number = list[i].was, first = needed ? end + !list[i].fixed : 0;

		if (!list[i].behind)
			continue;
		if (number < first || is_taken(list, count, number))
			for (number = first;
			     is_taken(list, count, number) || is_there(known, list->hash, number);)
				number++;
		list[i].number = number;
		want_link(targets, known, &list[i]);
	}
}

/* OpenSSL asks the loader of files when the search by number has found no certificate of that
 * subject. So what only the loader finds now would be lost with the first that gets a number: it
 * gets a number too or, where it cannot, none gets one. */
static bool is_kept_free(
    const struct debian *debian, struct hashed *list, size_t count, bool *needed)
{
	struct digests digests = {0};
	bool found = shown_has(&debian->shown, list->hash), hides;

	*needed = false;
	for (size_t i = 0; i < count; i++)
		if (list[i].needed && !list[i].foreign)
			digests_add(&digests, list[i].sha256);
	for (size_t i = 0; i < count; i++)
		*needed = *needed || list[i].needed;
	hides = *needed && debian_hides(debian, list->hash, &digests);
	for (size_t i = 0; i < count && *needed && !hides && !found; i++)
		if (list[i].behind && list[i].joins && !digests_have(&digests, list[i].sha256)) {
			list[i].behind = false;
			list[i].needed = list[i].foreign = true;
		}
	free(digests.list);
	return hides;
}

static void keep_numbers(
    struct targets *targets, const struct targets *known, struct hashed *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].behind)
			list[i].number = list[i].was;
		if (list[i].number != HASH_NUMBER_NONE)
			want_link(targets, known, &list[i]);
	}
}

/* How many entries of the hash OpenSSL reaches, as the folder is now. */
static unsigned count_reached(const struct targets *known, uint32_t hash)
{
	unsigned count = 0;

	while (is_there(known, hash, count))
		count++;
	return count;
}

/* How many numbers from 0 on are in use, with those that files have, when each link that is needed
 * has one: a higher number would leave a gap. */
static unsigned count_slots(const struct targets *known, const struct hashed *list, size_t count)
{
	unsigned needed = 0, slots = 0;

	for (size_t i = 0; i < count; i++)
		needed += list[i].needed;
	for (; needed > 0; slots++)
		needed -= !is_file(known, list->hash, slots);
	return slots;
}

/* Gives numbers to the files of one hash. A link behind a gap is not counted: else a link of ours
 * would fill the gap, and leave it again when it goes. */
static void number_bucket(const struct debian *debian, struct targets *targets,
    const struct targets *known, struct hashed *list, size_t count)
{
	unsigned next = 0, slots, reached = count_reached(known, list->hash);
	bool needed;

	pass_over_duplicates(list, count);
	if (is_kept_free(debian, list, count, &needed)) {
		keep_numbers(targets, known, list, count);
		return;
	}
	slots = count_slots(known, list, count);
	for (size_t i = 0; i < count; i++)
		if (!list[i].away && (list[i].number >= reached || list[i].number >= slots))
			list[i].number = HASH_NUMBER_NONE;
	for (size_t i = 0; i < count; i++)
		if (list[i].away)
			list[i].number += HASH_NUMBER_NONE;
	for (size_t i = 0; i < count; i++) {
		if (list[i].away || (list[i].number == HASH_NUMBER_NONE && !list[i].needed))
			continue;
		if (list[i].number == HASH_NUMBER_NONE)
			list[i].number = next = lowest_free(known, list, count, next);
		want_link(targets, known, &list[i]);
	}
	number_away(targets, known, list, count);
	number_behind(targets, known, list, count, needed);
}

/* Whether a file without a link is to get none: nobody is to trust what it holds, or the file is
 * somebody's. It gets none also when OpenSSL finds the certificate by another file: when that file
 * goes, which may be ours, trust goes too. */
static bool is_idle(struct debian *debian, struct host *host, const struct targets *targets,
    const struct hashed *hashed)
{
	const struct target *file = targets_find(targets, hashed->file);

	if (!hashed->needed || hashed->number != HASH_NUMBER_NONE || (file && file->source))
		return false;
	return digests_have(&debian->unlinked, hashed->sha256) ||
	       (file && debian_is_taken(host, file->name, file->now));
}

/* What is in the folder and needs no link of its own. */
static void judge_all(struct debian *debian, struct host *host, const char *folder,
    const struct targets *targets, struct hashed *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		judge_foreign(debian, host, folder, targets, &list[i]);
		list[i].idle = is_idle(debian, host, targets, &list[i]);
		list[i].needed = list[i].needed && !list[i].idle;
	}
}

/* Files that stay without a link, and whose certificates OpenSSL finds by no other file either. */
static void note_idle(struct debian *debian, const struct hashed *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool linked = !list[i].idle || (shown_find(&debian->shown, list[i].sha256) &&
		                                   !digests_have(&debian->going, list[i].sha256));

		for (size_t j = 0; j < count && !linked; j++)
			linked = list[j].needed && !list[j].foreign &&
			         memcmp(list[i].sha256, list[j].sha256, SHA256_SIZE) == 0;
		if (!linked && debian->idle_count++ < DEBIAN_NAMED_MAX)
			text_addf(&debian->idle, "%s%s", debian->idle.size ? ", " : "",
			    text_escape_string(list[i].file).text);
	}
}

void debian_rehash(struct debian *debian, struct host *host, const char *folder,
    const struct sources *sources, struct targets *targets)
{
	struct table table = {0};
	struct targets known;
	uint32_t hash;
	unsigned number;

	collect(host, folder, sources, targets, &table);
	for (size_t i = 0; i < targets->count; i++)
		if (!targets->list[i].other &&
		    debian_is_hash_link(targets->list[i].name, &hash, &number))
			targets->list[i].want = NULL;
	if (table.count > 0)
		merge_mentions(&table);
	judge_all(debian, host, folder, targets, table.list, table.count);
	/* new links stand behind the sorted ones, which must stay sorted for searching */
	targets->list = mem_grow(targets->list, &targets->capacity, targets->count + table.count,
	    sizeof(*targets->list));
	known = *targets;
	for (size_t i = 0, next; i < table.count; i = next) {
		for (next = i + 1; next < table.count; next++)
			if (table.list[next].hash != table.list[i].hash)
				break;
		number_bucket(debian, targets, &known, &table.list[i], next - i);
		note_idle(debian, &table.list[i], next - i);
	}
	free(table.list);
	targets_sort(targets);
}
