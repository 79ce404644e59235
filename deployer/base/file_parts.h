/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What file_posix.c, folder_posix.c and store_posix.c share; nobody else includes this.
 */
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

/* openat below the root, confined to it where the root is; -1 with errno. */
int file_open_in(const struct root *root, const char *path, int flags, unsigned mode);

enum file_type file_type_of_mode(unsigned mode);

/* Reads to the end into `out`; the size of fstat is a hint, never a promise. */
bool file_read_open(int fd, size_t max, struct bytes *out, struct stat *st, struct err *err);

/* All of it, or false with errno. */
bool file_write_all(int fd, struct span content);

/* For messages: where the path is for the person who reads them. */
const char *file_shown(const struct root *root, const char *path, struct escaped *out);
#define SHOWN(root, path) file_shown(root, path, &(struct escaped){0})
