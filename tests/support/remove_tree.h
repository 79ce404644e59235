/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Takes away a folder that a test made, with all that is below it.
 */
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

static inline int remove_entry_of_tree(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline bool remove_tree(const char *path)
{
	return nftw(path, remove_entry_of_tree, 16, FTW_DEPTH | FTW_PHYS) == 0;
}
