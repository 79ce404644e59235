/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registry hives for tests:
 *
 *     hive new FILE [MINOR]    an empty one of version 1.MINOR (5), without formats/regf
 *     hive edit FILE           by the commands on standard input, with formats/regf
 *     hive dump FILE           all keys and values, one a line, as they lie
 *     hive dirty FILE          as Windows leaves it when it loses power
 *     hive log FILE LOG        a log with one entry that FILE has not got
 *
 * Commands, a line each, with tabs between their parts; PATH counts from the root, with '\'
 * between keys:
 *
 *     key PATH
 *     set PATH NAME TYPE HEX-or-@FILE     makes the keys on the way
 *     delete PATH NAME
 *     prune PATH                          an empty key
 *
 * A dump says "PATH<tab>" for a key and "PATH<tab>NAME<tab>TYPE<tab>HEX" for a value.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "formats/regf/regf.h"
#include "made_hive.h"

/* 2026-01-01T00:00:00Z */
enum { FIXED_TIME_HIGH = 0x1dc7a9c };
static const uint64_t fixed_time = (uint64_t)FIXED_TIME_HIGH << 32;

static int fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->text);
	return 1;
}

static bool load(const char *path, struct regf *out, struct err *err)
{
	struct root none = root_none();
	AUTO(bytes) file = {0};

	return file_read(&none, path, REGF_MAX_BYTES, &file, err) && regf_open(&file, out, err);
}

/* The key at `path`, made where `make`. */
static bool walk_to(struct regf *regf, const char *path, bool make, uint32_t *out, struct err *err)
{
	uint32_t key = regf->root;

	while (*path) {
		size_t size = strcspn(path, "\\");
		char name[512];

		snprintf(name, sizeof(name), "%.*s", (int)size, path);
		if (!regf_find_key(regf, key, path, size, &key) &&
		    (!make ? !err_set(err, ERR_USAGE, "no key %s", path)
		           : !regf_add_key(regf, key, name, fixed_time, &key, err)))
			return false;
		path += size + (path[size] == '\\');
	}
	*out = key;
	return true;
}

static bool read_data(const char *text, struct bytes *out, struct err *err)
{
	struct root none = root_none();
	size_t size = strlen(text) / 2;

	if (*text == '@')
		return file_read(&none, text + 1, REGF_DB_MAX, out, err);
	bytes_reserve(out, size);
	out->size = size;
	return hex_parse(text, out->data, size) || err_set(err, ERR_USAGE, "no hexadecimal");
}

static bool set_value(struct regf *regf, const char *const *part, struct err *err)
{
	AUTO(bytes) data = {0};
	uint32_t key;

	return read_data(part[4], &data, err) && walk_to(regf, part[1], true, &key, err) &&
	       regf_set_value(regf, key, part[2], (uint32_t)strtoul(part[3], NULL, 10),
	           bytes_span(&data), fixed_time, err);
}

static bool carry_out(struct regf *regf, char *line, struct err *err)
{
	const char *part[5] = {"", "", "", "", ""};
	uint32_t key;

	for (size_t i = 0; i < COUNT(part) && line; i++)
		part[i] = strsep(&line, "\t");
	if (strcmp(part[0], "set") == 0)
		return set_value(regf, part, err);
	if (!walk_to(regf, part[1], strcmp(part[0], "key") == 0, &key, err))
		return false;
	if (strcmp(part[0], "delete") == 0)
		regf_delete_value(regf, key, part[2], fixed_time);
	else if (strcmp(part[0], "prune") == 0)
		return regf_delete_key(regf, key, fixed_time, err);
	return true;
}

static int edit(const char *path)
{
	AUTO(regf) regf = {0};
	struct err err = {0};
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	bool ok = load(path, &regf, &err);

	while (ok && (size = getline(&line, &room, stdin)) > 0) {
		if (line[size - 1] == '\n')
			line[size - 1] = 0;
		ok = line[0] == 0 || carry_out(&regf, line, &err) || err_wrap(&err, "%s", line);
	}
	free(line);
	if (!ok)
		return fail(&err);
	regf_seal(&regf, fixed_time);
	return file_replace(path, bytes_span(&regf.file), 0644, &err) ? 0 : fail(&err);
}

static void dump_values(const struct regf *regf, uint32_t key, const char *path)
{
	AUTO(regf_list) values = {0};

	regf_values(regf, key, &values);
	for (size_t i = 0; i < values.count; i++) {
		AUTO(text) name = {0};
		AUTO(bytes) data = {0};
		struct regf_value value = regf_value_at(regf, values.at[i]);
		char *hex = mem_alloc(2 * (size_t)value.size + 1);

		regf_value_name(regf, values.at[i], &name);
		regf_read_value(regf, &value, &data);
		hex_write(bytes_span(&data), hex);
		printf("%s\t%s\t%u\t%s\n", path, text_string(&name), value.type, hex);
		free(hex);
	}
}

static void dump_key(const struct regf *regf, uint32_t key, const char *path)
{
	AUTO(regf_list) keys = {0};

	printf("%s\t\n", path);
	dump_values(regf, key, path);
	regf_subkeys(regf, key, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		AUTO(text) below = {0};

		text_addf(&below, "%s%s", path, *path ? "\\" : "");
		regf_key_name(regf, keys.at[i], &below);
		dump_key(regf, keys.at[i], text_string(&below));
	}
}

static int dump(const char *path)
{
	AUTO(regf) regf = {0};
	struct err err = {0};

	if (!load(path, &regf, &err))
		return fail(&err);
	dump_key(&regf, regf.root, "");
	return 0;
}

static int make_new(const char *path, unsigned minor)
{
	AUTO(bytes) file = {0};
	struct err err = {0};

	made_hive(minor, &file);
	return file_replace(path, bytes_span(&file), 0644, &err) ? 0 : fail(&err);
}

/* A copy of the base block with other sequence numbers. */
static bool base_with(
    const char *path, uint8_t primary, uint8_t secondary, struct bytes *file, struct err *err)
{
	struct root none = root_none();

	if (!file_read(&none, path, REGF_MAX_BYTES, file, err))
		return false;
	file->data[4] = (uint8_t)(file->data[4] + primary);
	file->data[8] = (uint8_t)(file->data[8] + secondary);
	made_hive_sum(file->data);
	return true;
}

static int make_dirty(const char *path)
{
	AUTO(bytes) file = {0};
	struct err err = {0};

	return base_with(path, 1, 0, &file, &err) &&
	               file_replace(path, bytes_span(&file), 0644, &err)
	           ? 0
	           : fail(&err);
}

/* The entry's sequence number is the hive's own: it is carried over once the hive is past it. */
static int make_log(const char *path, const char *log)
{
	enum { HEAD = 512, ENTRY = 512, TYPE_ENTRIES = 6 };
	AUTO(bytes) file = {0};
	struct err err = {0};

	if (!base_with(path, 0, 0, &file, &err))
		return fail(&err);
	file.data[28] = TYPE_ENTRIES;
	made_hive_sum(file.data);
	memset(file.data + HEAD, 0, ENTRY);
	memcpy(file.data + HEAD, "HvLE", 4);
	file.data[HEAD + 5] = ENTRY >> 8;
	memcpy(file.data + HEAD + 12, file.data + 4, 4);
	return file_replace(log, (struct span){file.data, HEAD + ENTRY}, 0644, &err) ? 0
	                                                                             : fail(&err);
}

int main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "new") == 0)
		return make_new(argv[2], argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 5);
	if (argc == 3 && strcmp(argv[1], "edit") == 0)
		return edit(argv[2]);
	if (argc == 3 && strcmp(argv[1], "dump") == 0)
		return dump(argv[2]);
	if (argc == 3 && strcmp(argv[1], "dirty") == 0)
		return make_dirty(argv[2]);
	if (argc == 4 && strcmp(argv[1], "log") == 0)
		return make_log(argv[2], argv[3]);
	fprintf(stderr,
	    "usage: hive new FILE [MINOR] | edit FILE | dump FILE | dirty FILE | log FILE LOG\n");
	return 3;
}
