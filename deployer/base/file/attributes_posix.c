/* SPDX-License-Identifier: Apache-2.0 */
/* What a file has besides owner, mode and bytes: see parts.h. */
#include <errno.h>
#include <stdlib.h>
#include <sys/xattr.h>

#include "base/file/parts.h"

enum { VALUE_MAX = 65536, NAMES_MAX = 65536 }; /* XATTR_SIZE_MAX and XATTR_LIST_MAX of Linux */

#define ACCESS_LIST "system.posix_acl_access"

/* These vouch for bytes that are about to be others; the kernel makes them anew. Capabilities are
 * given to a program, as set-user-id is: nothing that is written here is one. */
static bool is_of_the_content(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0 ||
	       strcmp(name, "security.capability") == 0;
}

/* One entry of the list: the name with its NUL, the size as 32 bits little-endian, the value. */
static void add_entry(struct bytes *out, const char *name, const uint8_t *value, size_t size)
{
	bytes_add(out, name, strlen(name) + 1);
	bytes_add_little(out, size, 4);
	bytes_add(out, value, size);
}

/* False at the end, and with errno where the list is damaged. */
static bool next_entry(struct reader *list, const char **name, struct span *value)
{
	const uint8_t *end = list->rest.size ? memchr(list->rest.data, 0, list->rest.size) : NULL;

	errno = 0;
	if (list->rest.size == 0)
		return false;
	if (end) {
		*name = (const char *)list->rest.data;
		reader_take(list, (size_t)(end - list->rest.data) + 1);
		*value = reader_take(list, reader_u32le(list));
	}
	if (end && !list->failed)
		return true;
	errno = EINVAL;
	return false;
}

static bool has_attribute(struct span attributes, const char *wanted)
{
	struct reader list = reader_of(attributes);
	const char *name;
	struct span value;

	while (next_entry(&list, &name, &value))
		if (strcmp(name, wanted) == 0)
			return true;
	return false;
}

bool attributes_read(int fd, struct bytes *out)
{
	char names[NAMES_MAX];
	uint8_t value[VALUE_MAX];
	ssize_t size = flistxattr(fd, names, sizeof(names)), got = 0;
	bool ok = size >= 0 || errno == ENOTSUP;

	for (ssize_t at = 0; ok && at < size; at += (ssize_t)strlen(names + at) + 1) {
		if (is_of_the_content(names + at))
			continue;
		got = fgetxattr(fd, names + at, value, sizeof(value));
		if (got >= 0)
			add_entry(out, names + at, value, (size_t)got);
		/* it has gone meanwhile */
		ok = got >= 0 || errno == ENODATA;
	}
	return ok;
}

/* The file may have got this label from its folder already. Then it need not be set, and this user
 * may not be allowed to. */
static bool write_one(int fd, const char *name, struct span value)
{
	uint8_t *present = mem_alloc(VALUE_MAX);
	ssize_t size = fgetxattr(fd, name, present, VALUE_MAX);
	bool same = size >= 0 && span_equal(value, (struct span){present, (size_t)size});

	free(present);
	return same || fsetxattr(fd, name, value.data, value.size, 0) == 0;
}

bool attributes_write(int fd, struct span attributes)
{
	struct reader list = reader_of(attributes);
	const char *name;
	struct span value;

	/* the folder gives one to new files, which the old file did not have */
	if (!has_attribute(attributes, ACCESS_LIST) && fremovexattr(fd, ACCESS_LIST) != 0 &&
	    errno != ENODATA && errno != ENOTSUP)
		return false;
	while (next_entry(&list, &name, &value))
		if (!is_of_the_content(name) && !write_one(fd, name, value))
			return false;
	return errno == 0;
}

bool attributes_copy(int from, int to)
{
	AUTO(bytes) attributes = {0};

	return attributes_read(from, &attributes) && attributes_write(to, bytes_span(&attributes));
}
