/* SPDX-License-Identifier: Apache-2.0 */
#include "state/floors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "state/judged.h"
#include "state/place.h"

enum { FLOORS_MAX_BYTES = 1024 * 1024, FLOORS_MAX_DIGITS = 20 };

/* JSON's numbers are doubles, so 64-bit versions are written as text. */
static bool parse_version(const cJSON *json, uint64_t *out)
{
	const char *text = cJSON_GetStringValue(json);
	char *end;

	if (!text || strspn(text, "0123456789") != strlen(text) || !text[0] ||
	    strlen(text) > FLOORS_MAX_DIGITS)
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0;
}

static struct floor *add_floor(struct floors *floors, const char *id)
{
	struct floor *floor;

	floors->list =
	    mem_grow(floors->list, &floors->capacity, floors->count + 1, sizeof(*floors->list));
	floor = &floors->list[floors->count++];
	*floor = (struct floor){.id = arena_strdup(&floors->arena, id)};
	return floor;
}

static struct floor *find_floor(const struct floors *floors, const char *id)
{
	for (size_t i = 0; i < floors->count; i++)
		if (strcmp(floors->list[i].id, id) == 0)
			return &floors->list[i];
	return NULL;
}

/* The version that the digest is about stands beside it: who lowers a floor by hand changes the
 * version only. Earlier versions of this program did not remember contents. */
static bool read_contents(const cJSON *contents, struct floors *floors)
{
	uint64_t version;

	for (const cJSON *member = contents ? contents->child : NULL; member;
	     member = member->next) {
		const char *sha256 =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(member, "sha256"));
		struct floor *floor = find_floor(floors, member->string);

		if (!parse_version(cJSON_GetObjectItemCaseSensitive(member, "version"), &version) ||
		    !sha256 || strlen(sha256) + 1 != SHA256_HEX)
			return false;
		if (floor && floor->version == version)
			memcpy(floor->contents, sha256, SHA256_HEX);
	}
	return true;
}

static bool read_floors(const cJSON *json, struct floors *floors)
{
	const cJSON *bundles = cJSON_GetObjectItemCaseSensitive(json, "bundles");
	const cJSON *keyring = cJSON_GetObjectItemCaseSensitive(json, "keyring");
	const char *time =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "newest_signed"));
	uint64_t version;

	/* earlier versions did not remember the keyring's */
	if (!cJSON_IsObject(bundles) || !time || !clock_parse(time, &floors->newest_signed) ||
	    (keyring && !parse_version(keyring, &floors->keyring)))
		return false;
	for (const cJSON *member = bundles->child; member; member = member->next) {
		if (!parse_version(member, &version))
			return false;
		add_floor(floors, member->string)->version = version;
	}
	return read_contents(cJSON_GetObjectItemCaseSensitive(json, "contents"), floors);
}

bool floors_load(struct root *root, const char *path, struct floors *out, struct err *err)
{
	AUTO(floors) floors = {0};
	AUTO(bytes) file = {0};
	cJSON *json;
	bool ok = true;

	if (file_type(root, path) != FILE_ABSENT) {
		if (!judged_read(root, path, FLOORS_MAX_BYTES, &file, err))
			return false;
		json = cJSON_ParseWithLength((const char *)file.data, file.size);
		ok = json && read_floors(json, &floors);
		cJSON_Delete(json);
	}
	/* A damaged file is never taken for an empty one: that would let an old bundle in. */
	if (!ok)
		return err_set(err, ERR_FORMAT,
		    "%s: the record of bundle versions is damaged; restore it, or remove it to"
		    " accept any version once more",
		    place_shown(root, path).text);
	*out = TAKE(floors);
	return true;
}

uint64_t floors_version(const struct floors *floors, const char *id)
{
	const struct floor *floor = find_floor(floors, id);
	uint64_t own = floor ? floor->version : 0;
	uint64_t above = floors->above ? floors_version(floors->above, id) : 0;

	return own > above ? own : above;
}

int64_t floors_now(const struct floors *floors, int64_t clock)
{
	int64_t now = floors->above ? floors_now(floors->above, clock) : clock;

	return now < floors->newest_signed ? floors->newest_signed : now;
}

uint64_t floors_keyring(const struct floors *floors)
{
	uint64_t above = floors->above ? floors->above->keyring : 0;

	return floors->keyring > above ? floors->keyring : above;
}

/* An older keyring may hold a key that was withdrawn since. */
static bool check_keyring(
    const struct floors *floors, const struct keyring *keyring, int64_t now, struct err *err)
{
	uint64_t newest = floors_keyring(floors);
	char date[CLOCK_TEXT];

	if (now >= keyring->expires) {
		clock_write(keyring->expires, date);
		err_set(err, ERR_TRUST, "the keyring expired at %s", date);
		err->rule = REFUSAL_KEYRING_EXPIRED;
		return false;
	}
	if (keyring->version >= newest)
		return true;
	err_set(err, ERR_TRUST,
	    "the keyring is version %" PRIu64 ", and this host has used version %" PRIu64
	    " already: put that one back",
	    keyring->version, newest);
	err->rule = REFUSAL_KEYRING_OLDER;
	return false;
}

static bool check_time(int64_t created, int64_t now, struct err *err)
{
	int64_t latest = (now > FLOORS_EPOCH ? now : FLOORS_EPOCH) + FLOORS_MAX_AHEAD;
	char date[CLOCK_TEXT];

	if (created <= latest)
		return true;
	clock_write(created, date);
	return err_set(
	    err, ERR_TRUST, "it was created at %s, which is too far in the future", date);
}

static bool check_contents(
    const struct floors *floors, const struct manifest *manifest, struct err *err)
{
	const struct floor *floor = find_floor(floors, manifest->id);

	if (floors->above && !check_contents(floors->above, manifest, err))
		return false;
	if (!floor || floor->version != manifest->version || !*floor->contents)
		return true;
	if (strcmp(floor->contents, manifest->digest) == 0)
		return true;
	err_set(err, ERR_TRUST,
	    "bundle %s: this host has used version %" PRIu64
	    " already, and that one had other contents: what is changed needs a higher version",
	    manifest->id, manifest->version);
	err->rule = REFUSAL_OTHER_CONTENTS;
	return false;
}

bool floors_judge(const struct floors *floors, const struct bundle *bundle,
    const struct keyring *keyring, const struct bundle_demand *rule, int64_t now, struct err *err)
{
	const struct manifest *manifest = &bundle->manifest;
	struct bundle_demand demand = rule ? *rule : (struct bundle_demand){0};

	demand.floor = floors_version(floors, manifest->id);
	demand.now = now;
	return check_keyring(floors, keyring, now, err) &&
	       check_time(manifest->created, now, err) && bundle_judge(bundle, &demand, err) &&
	       check_contents(floors, manifest, err);
}

void floors_see_time(struct floors *floors, const struct bundle *bundle)
{
	if (bundle->manifest.created > floors->newest_signed)
		floors->newest_signed = bundle->manifest.created;
}

bool floors_raise(struct floors *floors, const struct bundle *bundle)
{
	const struct manifest *manifest = &bundle->manifest;
	struct floor *floor = find_floor(floors, manifest->id);

	if (floor && (floor->version > manifest->version ||
	                 (floor->version == manifest->version && *floor->contents)))
		return false;
	if (!floor)
		floor = add_floor(floors, manifest->id);
	floor->version = manifest->version;
	memcpy(floor->contents, manifest->digest, sizeof(floor->contents));
	return true;
}

bool floors_raise_keyring(struct floors *floors, uint64_t version)
{
	if (floors->keyring >= version)
		return false;
	floors->keyring = version;
	return true;
}

static void add_contents(cJSON *contents, const struct floor *floor, const char *version)
{
	cJSON *one = mem_checked(cJSON_AddObjectToObject(contents, floor->id));

	cJSON_AddStringToObject(one, "version", version);
	cJSON_AddStringToObject(one, "sha256", floor->contents);
}

bool floors_store(const struct floors *floors, struct root *root, const char *path, struct err *err)
{
	cJSON *json = mem_checked(cJSON_CreateObject());
	cJSON *bundles = mem_checked(cJSON_CreateObject());
	cJSON *contents = mem_checked(cJSON_CreateObject());
	char text[FLOORS_MAX_DIGITS + CLOCK_TEXT];
	char *line;
	bool ok;

	clock_write(floors->newest_signed, text);
	cJSON_AddStringToObject(json, "newest_signed", text);
	if (floors->keyring > 0) {
		snprintf(text, sizeof(text), "%" PRIu64, floors->keyring);
		cJSON_AddStringToObject(json, "keyring", text);
	}
	cJSON_AddItemToObject(json, "bundles", bundles);
	cJSON_AddItemToObject(json, "contents", contents);
	for (size_t i = 0; i < floors->count; i++) {
		snprintf(text, sizeof(text), "%" PRIu64, floors->list[i].version);
		cJSON_AddStringToObject(bundles, floors->list[i].id, text);
		if (*floors->list[i].contents)
			add_contents(contents, &floors->list[i], text);
	}
	line = mem_checked(cJSON_Print(json));
	cJSON_Delete(json);
	ok = file_store(root, path, span_text(line), err);
	cJSON_free(line);
	return ok;
}

void floors_release(struct floors *floors)
{
	free(floors->list);
	arena_release(&floors->arena);
	*floors = (struct floors){0};
}
