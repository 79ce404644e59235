/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of regf.h share: cells, and the fields in them. Offsets of cells count from the
 * first bin, as in the file; a cell's fields count from behind its size. Nobody else includes this.
 */
#include "formats/regf/regf.h"

#define REGF_NONE 0xffffffffu

enum { BASE_BLOCK = 4096, BIN = 4096, BIN_HEAD = 32, CELL_HEAD = 4 };

/* Base block. */
enum {
	BASE_PRIMARY = 4,
	BASE_SECONDARY = 8,
	BASE_TIME = 12,
	BASE_MAJOR = 20,
	BASE_MINOR = 24,
	BASE_TYPE = 28,
	BASE_FORMAT = 32,
	BASE_ROOT = 36,
	BASE_SIZE = 40,
	BASE_CHECKSUM = 508,
};

/* Key. */
enum {
	NK_FLAGS = 2,
	NK_TIME = 4,
	NK_PARENT = 16,
	NK_SUBKEYS = 20,
	NK_SUBKEY_LIST = 28,
	NK_VOLATILE_LIST = 32,
	NK_VALUES = 36,
	NK_VALUE_LIST = 40,
	NK_SECURITY = 44,
	NK_CLASS = 48,
	NK_LONGEST_SUBKEY = 52,
	NK_LONGEST_VALUE = 60,
	NK_LARGEST_DATA = 64,
	NK_NAME_SIZE = 72,
	NK_CLASS_SIZE = 74,
	NK_NAME = 76,
	NK_IS_ROOT = 4,
	NK_ASCII = 0x20, /* the name has a byte a character */
};

/* Value. */
enum {
	VK_NAME_SIZE = 2,
	VK_SIZE = 4,
	VK_DATA = 8,
	VK_TYPE = 12,
	VK_FLAGS = 16,
	VK_NAME = 20,
	VK_ASCII = 1,
};
#define VK_INLINE 0x80000000u

/* Security and big data; lists begin with a signature and a count too. */
enum { SK_NEXT = 4, SK_BEFORE = 8, SK_USERS = 12, SK_SIZE = 16, SK_DESCRIPTOR = 20 };
enum { LIST_COUNT = 2, LIST_ENTRIES = 4, DB_LIST = 4, DB_CELL = 8 };

static inline uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void set16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static inline void set32(uint8_t *at, uint32_t value)
{
	set16(at, value & 0xffff);
	set16(at + 2, value >> 16);
}

static inline void set64(uint8_t *at, uint64_t value)
{
	set32(at, (uint32_t)value);
	set32(at + 4, (uint32_t)(value >> 32));
}

/* The content of a cell in use, and its size. */
static inline uint8_t *cell_at(const struct regf *regf, uint32_t at)
{
	return regf->file.data + BASE_BLOCK + at + CELL_HEAD;
}

static inline uint32_t cell_size(const struct regf *regf, uint32_t at)
{
	return 0u - get32(regf->file.data + BASE_BLOCK + at) - CELL_HEAD;
}

static inline bool cell_is(const uint8_t *cell, const char *signature)
{
	return cell[0] == (uint8_t)signature[0] && cell[1] == (uint8_t)signature[1];
}

/* "li" has offsets alone, the others a hint behind each. */
static inline uint32_t list_step(const uint8_t *list)
{
	return cell_is(list, "li") || cell_is(list, "ri") ? 4 : 8;
}

/* Whether data of this size is a db. */
static inline bool is_big(const struct regf *regf, uint32_t size)
{
	return regf->minor > 3 && size > REGF_SEGMENT;
}

void regf_list_add(struct regf_list *list, uint32_t at);
/* XOR of the 127 words before it; 0 and -1 have no meaning of their own. */
uint32_t regf_checksum(const uint8_t *base_block);
/* Notes a free cell. */
void regf_note_gap(struct regf *regf, uint32_t at, uint32_t size);

/* A cell of at least `size` bytes of content, zeroed; all pointers into the file are old then.
 * REGF_NONE where the hive would become too large. */
uint32_t regf_alloc(struct regf *regf, uint32_t size);
void regf_free(struct regf *regf, uint32_t at);

/* For edits. ERR_HOST: the hive is full. */
bool regf_no_room(struct err *err);
/* The key changed at that time. */
void regf_stamp(struct regf *regf, uint32_t key, uint64_t filetime);
/* Raises a field of the key that holds the greatest of something. */
void regf_grow_field(struct regf *regf, uint32_t key, size_t field, uint32_t value);
/* ERR_HOST for a new name that has other characters than printable ASCII, or too many. */
bool regf_check_name(const char *name, struct err *err) MUST_CHECK;
