/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/windows/urlcache.h"

#include "base/digest.h"
#include "base/utf16.h"
#include "model/words.h"

enum { HEADER_VISTA = 0x70, HEADER_XP = 0x18, MARK = 0x20020101 };

/* Types of objects; behind these come the trust lists, in the order of enum ctl_list. */
static const char *const types[] = {"none", "blob", "crl", "ocsp", NULL};

bool urlcache_looks(struct span file)
{
	struct reader reader = reader_of(file);
	uint32_t size = reader_u32le(&reader), mark = reader_u32le(&reader);

	return !reader.failed && mark == MARK && (size == HEADER_VISTA || size == HEADER_XP);
}

static bool fail(const struct reader *reader, const char *fault, struct err *err)
{
	return err_set(err, ERR_FORMAT, "URL cache entry: at byte %zu: %s", reader->offset, fault);
}

/* The fields between the sync time and the end of the long header. */
static uint32_t read_long_header(struct reader *reader, struct urlcache *out)
{
	uint32_t etag;

	(void)reader_u32le(reader); /* 0x18: size of the pre-fetch structure */
	out->object_type = reader_u32le(reader);
	(void)reader_take(reader, 0x28 - 0x20);
	out->this_update = reader_u64le(reader);
	out->next_update = reader_u64le(reader);
	(void)reader_take(reader, 0x58 - 0x38);
	out->last_modified = reader_u64le(reader);
	out->max_age = reader_u32le(reader);
	etag = reader_u32le(reader);
	(void)reader_take(reader, HEADER_VISTA - 0x68);
	return etag;
}

/* A string of `size` bytes whose last two are its NUL; empty when there is none. */
static bool take_string(struct reader *reader, size_t size, struct span *out)
{
	*out = reader_take(reader, size);
	return size == 0 || (!reader->failed && size % 2 == 0 && out->data[size - 1] == 0 &&
	                        out->data[size - 2] == 0);
}

bool urlcache_parse(struct span file, struct urlcache *out, struct err *err)
{
	struct reader reader = reader_of(file);
	struct urlcache entry = {0};
	uint32_t header, url, etag = 0;

	if (file.size > URLCACHE_MAX_BYTES)
		return fail(&reader, "larger than any entry", err);
	if (!urlcache_looks(file))
		return fail(&reader, "not the header of an entry", err);
	header = reader_u32le(&reader);
	(void)reader_take(&reader, 8);
	url = reader_u32le(&reader);
	entry.last_sync = reader_u64le(&reader);
	entry.windows_xp = header == HEADER_XP;
	if (!entry.windows_xp)
		etag = read_long_header(&reader, &entry);
	entry.content_size = reader_u32le(&reader);
	if (reader.failed)
		return fail(&reader, "ends within its header", err);
	if (url == 0 || !take_string(&reader, url, &entry.url))
		return fail(&reader, "the URL is cut or does not end with its NUL", err);
	if (!take_string(&reader, etag, &entry.etag))
		return fail(&reader, "the ETag is cut or does not end with its NUL", err);
	if (reader.rest.size > 0)
		return fail(&reader, "bytes behind the entry", err);
	*out = entry;
	return true;
}

void urlcache_write(const struct urlcache *entry, struct bytes *out)
{
	const struct {
		uint64_t value;
		unsigned size;
	} fields[] = {
	    {HEADER_VISTA, 4},
	    {MARK, 4},
	    {1, 4},
	    {entry->url.size, 4},
	    {entry->last_sync, 8},
	    {0x28, 4}, /* pre-fetch: size, type, error, reserved, dates */
	    {entry->object_type, 4},
	    {0, 8},
	    {entry->this_update, 8},
	    {entry->next_update, 8},
	    {entry->last_modified, 8},
	    {0x10, 4}, /* flush: size, seconds, time */
	    {0xffffffff, 4},
	    {0, 8},
	    {0x20, 4}, /* response: size, HTTP, validated, date, age, ETag, proxy */
	    {1, 2},
	    {0x8000, 2},
	    {entry->last_modified, 8},
	    {entry->max_age, 4},
	    {entry->etag.size, 4},
	    {0, 8},
	    {entry->content_size, 4},
	};

	for (size_t i = 0; i < COUNT(fields); i++)
		bytes_add_little(out, fields[i].value, fields[i].size);
	bytes_add(out, entry->url.data, entry->url.size);
	bytes_add(out, entry->etag.data, entry->etag.size);
}

void urlcache_name(const char *url, char out[URLCACHE_NAME])
{
	AUTO(bytes) utf16 = {0};
	uint8_t md5[MD5_SIZE];

	utf16_from_text(&utf16, url);
	digest_md5(bytes_span(&utf16), md5);
	hex_write_upper((struct span){md5, MD5_SIZE}, out);
}

const char *urlcache_type_word(uint32_t object_type)
{
	size_t list = object_type - COUNT(types);

	if (object_type < COUNT(types))
		return types[object_type];
	return list < CTL_UNKNOWN ? list_words[list] : NULL;
}
