/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cab.h"

#include <mspack.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"

/* A folder is kept unpacked once its members are asked for out of order, up to this size. */
enum { CAB_MAX_KEPT = 64 * 1024 * 1024 };

#define INPUT  "cabinet"
#define OUTPUT "member"

/* Our view of struct mspack_file, which the library never looks into: either a
 * place in the cabinet's bytes, or a sink that holds at most `limit` bytes. */
struct handle {
	struct span source;
	size_t position;
	struct bytes *sink;
	size_t limit;
};

struct cab_state {
	struct mspack_system system; /* first: the library hands it back as `self` */
	struct span file;
	struct bytes *sink;
	size_t limit;
	struct mscab_decompressor *library;
	struct mscabd_cabinet *cabinet;
	struct mscabd_file **files;        /* in the order of cab->members */
	const struct cab_member **by_name; /* sorted by name without case */
	size_t next;                       /* the member behind the one read last */
	struct bytes kept;                 /* all of folder `kept_folder`, when not empty */
	size_t kept_folder;
	/* After an error the library's decompressor cannot be used any more: 0.11 reads through a
	 * handle that it has closed. */
	bool broken;
	struct arena arena;
};

/* --- the library's window on the world ---------------------------------------------- */

static struct mspack_file *system_open(struct mspack_system *self, const char *name, int mode)
{
	struct cab_state *state = (struct cab_state *)self;
	struct handle *handle = mem_alloc(sizeof(*handle));

	(void)name;
	if (mode == MSPACK_SYS_OPEN_READ) {
		handle->source = state->file;
	} else {
		handle->sink = state->sink;
		handle->limit = state->limit;
	}
	return (struct mspack_file *)handle;
}

static void system_close(struct mspack_file *file)
{
	free(file);
}

static int system_read(struct mspack_file *file, void *buffer, int size)
{
	struct handle *handle = (struct handle *)file;
	size_t left = handle->source.size - handle->position;
	size_t take;

	if (size < 0 || !handle->source.data)
		return -1;
	take = (size_t)size < left ? (size_t)size : left;
	if (take)
		memcpy(buffer, handle->source.data + handle->position, take);
	handle->position += take;
	return (int)take;
}

static int system_write(struct mspack_file *file, void *buffer, int size)
{
	struct handle *handle = (struct handle *)file;

	if (size < 0 || !handle->sink || (size_t)size > handle->limit - handle->sink->size)
		return -1;
	bytes_add(handle->sink, buffer, (size_t)size);
	return size;
}

static int system_seek(struct mspack_file *file, off_t offset, int mode)
{
	struct handle *handle = (struct handle *)file;
	off_t base = mode == MSPACK_SYS_SEEK_START ? 0
	             : mode == MSPACK_SYS_SEEK_CUR ? (off_t)handle->position
	                                           : (off_t)handle->source.size;

	if (offset < -base || offset > (off_t)handle->source.size - base)
		return -1;
	handle->position = (size_t)(base + offset);
	return 0;
}

static off_t system_tell(struct mspack_file *file)
{
	return (off_t)((struct handle *)file)->position;
}

/* The library's messages say nothing that its error codes do not say. */
static void system_message(struct mspack_file *file, const char *format, ...)
{
	(void)file;
	(void)format;
}

/* Zeroed, so that the library never reads memory that nobody has written. */
static void *system_alloc(struct mspack_system *self, size_t size)
{
	(void)self;
	return calloc(1, size);
}

static void system_copy(void *from, void *to, size_t size)
{
	memcpy(to, from, size);
}

static const struct mspack_system memory_system = {
    .open = system_open,
    .close = system_close,
    .read = system_read,
    .write = system_write,
    .seek = system_seek,
    .tell = system_tell,
    .message = system_message,
    .alloc = system_alloc,
    .free = free,
    .copy = system_copy,
};

static const char *fault_text(int code)
{
	switch (code) {
	case MSPACK_ERR_SIGNATURE:
		return "does not begin with MSCF";
	case MSPACK_ERR_READ:
		return "ends too early";
	case MSPACK_ERR_SEEK:
		return "points outside itself";
	case MSPACK_ERR_DATAFORMAT:
		return "has a malformed header or directory";
	case MSPACK_ERR_CHECKSUM:
		return "has a block with a wrong checksum";
	case MSPACK_ERR_WRITE:
		return "unpacks to more than it declares";
	case MSPACK_ERR_NOMEMORY:
		return "needs more memory than there is";
	default:
		return "has damaged compressed data";
	}
}

/* --- the directory ------------------------------------------------------------------ */

bool cab_name_check(const char *name, struct err *err)
{
	size_t size = strlen(name);

	if (size == 0 || size > CAB_MAX_NAME)
		return err_set(err, ERR_FORMAT, "the name has %zu bytes, allowed are 1 to %d", size,
		    CAB_MAX_NAME);
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/' && part != name;
		size = strcspn(part, "/");
		if (size == 0 || (size == 1 && *part == '.'))
			return err_set(err, ERR_FORMAT, "the name %s has an empty part or \".\"",
			    text_escape_string(name).text);
	}
	if (strstr(name, ".."))
		return err_set(
		    err, ERR_FORMAT, "the name %s has \"..\" in it", text_escape_string(name).text);
	for (const char *c = name; *c; c++) {
		bool alphanumeric = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		                    (*c >= '0' && *c <= '9');

		if (!alphanumeric && !strchr("._-/", *c))
			return err_set(err, ERR_FORMAT,
			    "the name %s has a character that is not a letter, digit, '.', '_',"
			    " '-' or '/'",
			    text_escape_string(name).text);
	}
	return true;
}

static size_t folder_index(const struct mscabd_cabinet *cabinet, const struct mscabd_folder *wanted)
{
	size_t index = 0;

	for (const struct mscabd_folder *f = cabinet->folders; f && f != wanted; f = f->next)
		index++;
	return index;
}

/* Members fill their folder one after the other: so what is declared bounds what is
 * unpacked, and none lies inside another. */
static bool check_place(const struct mscabd_file *file, const struct mscabd_file *before,
    uint64_t *total, struct err *err)
{
	uint64_t expected = before && before->folder == file->folder
	                        ? (uint64_t)before->offset + before->length
	                        : 0;

	if (file->offset != expected)
		return err_set(err, ERR_FORMAT,
		    "it lies at %u of its folder, the member before it ends at %llu", file->offset,
		    (unsigned long long)expected);
	*total += file->length;
	if (*total > CAB_MAX_UNPACKED)
		return err_set(err, ERR_FORMAT, "with it the members unpack to more than %d bytes",
		    CAB_MAX_UNPACKED);
	return true;
}

static bool read_member(struct cab *cab, struct mscabd_file *file, struct err *err)
{
	struct cab_state *state = cab->state;
	char *name = arena_strdup(&state->arena, file->filename);

	for (char *c = name; *c; c++)
		if (*c == '\\')
			*c = '/';
	if (!cab_name_check(name, err))
		return false;
	cab->members[cab->count] = (struct cab_member){
	    .name = name,
	    .size = file->length,
	    .folder = folder_index(state->cabinet, file->folder),
	};
	state->files[cab->count] = file;
	state->by_name[cab->count] = &cab->members[cab->count];
	cab->count++;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	const struct cab_member *const *left = a, *const *right = b;

	return strcasecmp((*left)->name, (*right)->name);
}

/* Names that differ in case alone would be one file on Windows. */
static bool check_duplicates(struct cab *cab, struct err *err)
{
	const struct cab_member **order = cab->state->by_name;

	qsort(order, cab->count, sizeof(*order), compare_names);
	for (size_t i = 1; i < cab->count; i++)
		if (compare_names(&order[i - 1], &order[i]) == 0)
			return err_set(
			    err, ERR_FORMAT, "cabinet: two members are named %s", order[i]->name);
	return true;
}

static bool read_directory(struct cab *cab, struct err *err)
{
	struct cab_state *state = cab->state;
	const struct mscabd_cabinet *cabinet = state->cabinet;
	const struct mscabd_file *before = NULL;
	uint64_t total = 0;
	size_t count = 0;

	if (cabinet->flags & (MSCAB_HDR_PREVCAB | MSCAB_HDR_NEXTCAB))
		return err_set(
		    err, ERR_FORMAT, "cabinet: is one of a set; only single ones are read");
	if (cabinet->length != cab->file.size)
		return err_set(err, ERR_FORMAT, "cabinet: declares %llu bytes but has %zu",
		    (unsigned long long)cabinet->length, cab->file.size);
	for (const struct mscabd_file *file = cabinet->files; file; file = file->next)
		count++;
	if (count > CAB_MAX_MEMBERS)
		return err_set(err, ERR_FORMAT, "cabinet: has %zu members, allowed are %d", count,
		    CAB_MAX_MEMBERS);
	cab->members = arena_alloc(&state->arena, count * sizeof(*cab->members));
	state->files = arena_alloc(&state->arena, count * sizeof(struct mscabd_file *));
	state->by_name = arena_alloc(&state->arena, count * sizeof(*state->by_name));
	for (struct mscabd_file *file = cabinet->files; file; file = file->next) {
		if (!check_place(file, before, &total, err) || !read_member(cab, file, err))
			return err_wrap(err, "cabinet: member %zu", cab->count + 1);
		before = file;
	}
	return check_duplicates(cab, err);
}

bool cab_open(struct span file, struct cab *out, struct err *err)
{
	AUTO(cab) cab = {.file = file};
	int selftest;

	MSPACK_SYS_SELFTEST(selftest);
	if (selftest != MSPACK_ERR_OK)
		return err_set(err, ERR_HOST, "libmspack was built with another size of off_t");
	if (file.size > CAB_MAX_BYTES)
		return err_set(err, ERR_FORMAT, "cabinet: has %zu bytes, allowed are %d", file.size,
		    CAB_MAX_BYTES);
	cab.state = mem_alloc(sizeof(*cab.state));
	cab.state->system = memory_system;
	cab.state->file = file;
	cab.state->library = mspack_create_cab_decompressor(&cab.state->system);
	if (!cab.state->library)
		return err_set(err, ERR_HOST, "libmspack cannot be set up");
	cab.state->cabinet = cab.state->library->open(cab.state->library, INPUT);
	if (!cab.state->cabinet)
		return err_set(err, ERR_FORMAT, "cabinet: %s",
		    fault_text(cab.state->library->last_error(cab.state->library)));
	if (!read_directory(&cab, err))
		return false;
	*out = TAKE(cab);
	return true;
}

const struct cab_member *cab_find(const struct cab *cab, const char *name)
{
	size_t low = 0, high = cab->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct cab_member *member = cab->state->by_name[middle];
		int order = strcasecmp(name, member->name);

		if (order == 0)
			return strcmp(name, member->name) == 0 ? member : NULL;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* --- the members -------------------------------------------------------------------- */

static bool extract(struct cab *cab, size_t index, struct bytes *out, struct err *err)
{
	struct cab_state *state = cab->state;
	struct mscabd_file *file = state->files[index];
	size_t before = out->size;
	int code;

	if (state->broken)
		return err_set(err, ERR_FORMAT,
		    "cabinet: %s: not read, since the cabinet has shown to be damaged",
		    cab->members[index].name);
	state->sink = out;
	state->limit = before + file->length;
	bytes_reserve(out, state->limit);
	code = state->library->extract(state->library, file, OUTPUT);
	state->sink = NULL;
	state->next = index + 1;
	state->broken = code != MSPACK_ERR_OK || out->size - before != file->length;
	if (code != MSPACK_ERR_OK)
		return err_set(
		    err, ERR_FORMAT, "cabinet: %s: %s", cab->members[index].name, fault_text(code));
	if (out->size - before != file->length)
		return err_set(err, ERR_FORMAT,
		    "cabinet: %s: unpacks to %zu bytes, declared are %u", cab->members[index].name,
		    out->size - before, file->length);
	return true;
}

/* Going back inside a compressed stream means to begin it again; whoever reads out of
 * order gets the whole folder unpacked once instead. */
static bool keep_folder(struct cab *cab, size_t folder, struct err *err)
{
	struct cab_state *state = cab->state;
	AUTO(bytes) kept = {0};

	for (size_t i = 0; i < cab->count; i++)
		if (cab->members[i].folder == folder && !extract(cab, i, &kept, err))
			return false;
	bytes_release(&state->kept);
	state->kept = TAKE(kept);
	state->kept_folder = folder;
	return true;
}

static uint64_t folder_size(const struct cab *cab, size_t folder)
{
	uint64_t size = 0;

	for (size_t i = 0; i < cab->count; i++)
		if (cab->members[i].folder == folder)
			size += cab->members[i].size;
	return size;
}

bool cab_read(struct cab *cab, const struct cab_member *member, size_t max, struct bytes *out,
    struct err *err)
{
	struct cab_state *state = cab->state;
	size_t index = (size_t)(member - cab->members);
	AUTO(bytes) content = {0};

	if (member->size > max)
		return err_set(err, ERR_FORMAT, "cabinet: %s has %llu bytes, allowed are %zu",
		    member->name, (unsigned long long)member->size, max);
	if (index < state->next && !(state->kept.size && state->kept_folder == member->folder) &&
	    folder_size(cab, member->folder) <= CAB_MAX_KEPT &&
	    !keep_folder(cab, member->folder, err))
		return false;
	if (state->kept.size && state->kept_folder == member->folder)
		bytes_add(&content, state->kept.data + state->files[index]->offset, member->size);
	else if (!extract(cab, index, &content, err))
		return false;
	bytes_release(out);
	*out = TAKE(content);
	return true;
}

void cab_release(struct cab *cab)
{
	struct cab_state *state = cab->state;

	if (state && state->library) {
		if (state->cabinet)
			state->library->close(state->library, state->cabinet);
		mspack_destroy_cab_decompressor(state->library);
	}
	if (state) {
		bytes_release(&state->kept);
		arena_release(&state->arena);
	}
	free(state);
	*cab = (struct cab){0};
}
