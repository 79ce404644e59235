/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The files of a proxy target as they are, or as they would be: changes that a run has staged, and
 * drafts that it considers, come before what is on disk.
 */
#include "host/changes.h"
#include "host/linux/proxy/settings.h"

struct proxy_draft {
	const char *path;
	bool present;
	bool secret; /* nobody but its owner may read it */
	bool open;   /* it held a secret before, and holds none now */
	struct text content;
};

struct proxy_view {
	struct root *root;
	const struct changes *staged; /* or NULL */
	struct proxy_draft drafts[2]; /* unused ones have no path */
};
void proxy_view_release(struct proxy_view *view);

/* Considers that `path` has this content (moved; the draft is the view's), or is absent. */
struct proxy_draft *proxy_view_draft(
    struct proxy_view *view, const char *path, struct text *content);
void proxy_view_draft_absent(struct proxy_view *view, const char *path);

/* The content as it would be; `found` tells whether there is such a file. A link to nothing
 * or to /dev/null is none. */
bool proxy_view_read(struct proxy_view *view, const char *path, struct bytes *out, bool *found,
    struct err *err) MUST_CHECK;
bool proxy_view_exists(struct proxy_view *view, const char *path);
/* Whether `path` is that file, or a link to it. */
bool proxy_view_is(struct proxy_view *view, const char *path, const char *file);

/* Appends the changes that make the drafts so, with the folders that they take. ERR_HOST for what
 * is no file. */
bool proxy_view_stage(struct proxy_view *view, struct changes *out, struct err *err) MUST_CHECK;

/* Where a target's settings stand. */
struct proxy_places {
	const char *const *files; /* NULL-terminated; the first that exists is read, alone */
	bool files_last;          /* after the folders, not before them */
	/* The file that is read after the folders, which these may name; NULL for none. */
	const char *(*main_of)(const struct proxy_settings *parts, struct arena *arena);
	const char *const *folders; /* of parts, NULL-terminated; the first wins for equal names */
	bool (*is_part)(const char *name);
	proxy_parse *parse;
	bool includes; /* statements named PROXY_SETTING_INCLUDE have a file read in their place */
};

/* Parses all files of a target in reading order. */
bool proxy_view_gather(struct proxy_view *view, const struct proxy_places *places,
    struct proxy_settings *out, struct err *err) MUST_CHECK;
/* The one of `files` that counts: the first that exists, else the first. */
const char *proxy_view_main(struct proxy_view *view, const char *const *files);
