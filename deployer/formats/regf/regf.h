/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A registry hive file (regf 1.2 to 1.6): read whole, checked whole, edited in memory.
 *
 *     0     base block     "regf", two sequence numbers, version, offset of the root key, checksum
 *     4096  bins           "hbin", each a multiple of 4096 bytes, each filled with cells:
 *           cell           i32 size, negative while in use; a multiple of 8
 *             nk  key      sk  its security      vk  value: data inline, in a cell, or in a db
 *             lf lh li ri  lists of subkeys      db  data above 16,344 bytes, in
 *                                                    segments, from 1.4 on
 *
 * regf_open() follows every reference there is, so the readers cannot fail: a reference leads to
 * a cell in use, no cell serves twice, every key knows its parent, nothing is cut off. A hive that
 * Windows did not finish writing is refused (ERR_HOST); it alone can finish it.
 *
 * An edit changes the bytes in memory in place, and leaves them a whole hive. regf_seal() ends a
 * series of edits. Names are UTF-8 here, compared as the registry does, without regard to case.
 * What lies in free cells is used again, and bins are added behind the last.
 *
 * It refuses to be more than trust needs: no new keys with names outside ASCII or with security of
 * their own (they get that of the key above), no classes, no recursive deletion.
 *
 *     regf_open → regf_find_key … → [regf_add_key, regf_set_value … → regf_seal] → regf_release
 *
 * Source: M. Suhanov, "Windows registry file format specification" (public), held against real
 * hives; libregf, reglookup and hivexregedit read the same from what is written.
 */
#include "base/text.h"

enum {
	REGF_MAX_BYTES = 1024 * 1024 * 1024,
	REGF_SEGMENT = 16344,            /* more than this is a db from 1.4 on */
	REGF_VALUE_MAX = 1024 * 1024,    /* before 1.4 */
	REGF_DB_MAX = 256 * 1024 * 1024, /* from 1.4 on */
	REGF_NAME_MAX = 255,             /* of a key, in characters */
};

struct regf_free {
	uint32_t at, size;
};

struct regf {
	struct bytes file;
	uint32_t root;         /* keys are named by the offset of their cell */
	uint32_t minor;        /* of the version */
	struct regf_free *gap; /* free cells */
	size_t gap_count, gap_capacity;
	bool edited;
};

struct regf_value {
	uint32_t at;   /* offset of its cell */
	uint32_t type; /* REG_… */
	uint32_t size;
};

struct regf_list {
	uint32_t *at; /* of keys or of values */
	size_t count, capacity;
};

/* Takes `file` over. ERR_FORMAT with the offset where it is damaged; ERR_HOST where the sequence
 * numbers say that Windows has not finished it. */
bool regf_open(struct bytes *file, struct regf *out, struct err *err) MUST_CHECK;
void regf_release(struct regf *regf);
/* Whether the transaction log `log` (of a .LOG1 or .LOG2 file) holds what is not in the hive yet.
 */
bool regf_log_is_pending(const struct regf *regf, struct span log);

/* The subkey of that name (`size` bytes). */
bool regf_find_key(
    const struct regf *regf, uint32_t key, const char *name, size_t size, uint32_t *out) MUST_CHECK;
bool regf_find_value(
    const struct regf *regf, uint32_t key, const char *name, struct regf_value *out) MUST_CHECK;
/* Appends; in the order of the file. */
void regf_subkeys(const struct regf *regf, uint32_t key, struct regf_list *out);
void regf_values(const struct regf *regf, uint32_t key, struct regf_list *out);
/* The value whose cell is there, as regf_values lists them. */
struct regf_value regf_value_at(const struct regf *regf, uint32_t at);
void regf_list_release(struct regf_list *list);
/* Append the name in UTF-8; a lone surrogate becomes U+FFFD. The default value's name is "". */
void regf_key_name(const struct regf *regf, uint32_t key, struct text *out);
void regf_value_name(const struct regf *regf, uint32_t at, struct text *out);
void regf_read_value(const struct regf *regf, const struct regf_value *value, struct bytes *out);
/* FILETIME of the last change to the key. */
uint64_t regf_key_time(const struct regf *regf, uint32_t key);

/* Whether both have the same keys and values, whatever their bytes, order of values and times. */
bool regf_same(const struct regf *a, const struct regf *b);

/* Each makes it so and stamps `filetime` on the key that changed; ERR_HOST, with nothing changed,
 * where the hive cannot hold it. `name` must not be there yet. */
bool regf_add_key(struct regf *regf, uint32_t parent, const char *name, uint64_t filetime,
    uint32_t *out, struct err *err) MUST_CHECK;
/* ERR_HOST when the key has values or subkeys. */
bool regf_delete_key(
    struct regf *regf, uint32_t key, uint64_t filetime, struct err *err) MUST_CHECK;
bool regf_set_value(struct regf *regf, uint32_t key, const char *name, uint32_t type,
    struct span data, uint64_t filetime, struct err *err) MUST_CHECK;
/* A missing value is deleted already. */
void regf_delete_value(struct regf *regf, uint32_t key, const char *name, uint64_t filetime);
/* Counts the sequence numbers up and makes the checksum right. */
void regf_seal(struct regf *regf, uint64_t filetime);
