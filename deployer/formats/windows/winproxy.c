/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/windows/winproxy.h"

static const struct version {
	uint32_t number;
	enum winproxy_kind kind;
	size_t tail; /* at least */
} versions[] = {
    {0x18, WINPROXY_WINHTTP, 0},
    {0x28, WINPROXY_WINHTTP, 0},
    {0x46, WINPROXY_WININET, 32},
    {0x3c, WINPROXY_WININET, 28},
};

static const struct version *find_version(uint32_t number)
{
	for (size_t i = 0; i < COUNT(versions); i++)
		if (versions[i].number == number)
			return &versions[i];
	return NULL;
}

static const struct version *default_version(enum winproxy_kind kind)
{
	for (size_t i = 0; i < COUNT(versions); i++)
		if (versions[i].kind == kind)
			return &versions[i];
	return NULL;
}

static bool fail(const struct reader *reader, const char *fault, struct err *err)
{
	return err_set(err, ERR_FORMAT, "offset 0x%zx: %s", reader->offset, fault);
}

/* Nothing is demanded of the tail: its meaning is inferred. */
static struct span detected_url(struct span tail)
{
	struct reader reader = reader_of(tail);
	uint32_t mark = reader_u32le(&reader);
	struct span url = reader_take(&reader, reader_u32le(&reader));

	return mark == 0 || reader.failed ? (struct span){0} : url;
}

bool winproxy_parse(struct span blob, struct winproxy *out, struct err *err)
{
	struct reader reader = reader_of(blob);
	struct winproxy winproxy = {.version = reader_u32le(&reader)};
	const struct version *version = find_version(winproxy.version);

	if (blob.size > WINPROXY_MAX_BYTES)
		return fail(&reader, "larger than any setting", err);
	if (reader.failed)
		return fail(&reader, "the setting is cut off", err);
	if (!version)
		return err_set(
		    err, ERR_FORMAT, "offset 0x0: version 0x%x is not known", winproxy.version);
	winproxy.kind = version->kind;
	winproxy.counter = reader_u32le(&reader);
	winproxy.flags = reader_u32le(&reader);
	winproxy.proxy = reader_take(&reader, reader_u32le(&reader));
	winproxy.bypass = reader_take(&reader, reader_u32le(&reader));
	if (winproxy.kind == WINPROXY_WININET)
		winproxy.pac_url = reader_take(&reader, reader_u32le(&reader));
	if (reader.failed)
		return fail(&reader, "the setting is cut off", err);
	if (winproxy.kind == WINPROXY_WINHTTP && reader.rest.size > 0)
		return fail(&reader, "bytes behind the setting", err);
	winproxy.tail = reader.rest;
	winproxy.detected = detected_url(reader.rest);
	*out = winproxy;
	return true;
}

bool winproxy_looks(struct span file)
{
	struct winproxy winproxy;
	struct err ignored = {0};

	return winproxy_parse(file, &winproxy, &ignored);
}

static void add_string(struct bytes *out, struct span text)
{
	bytes_add_little(out, text.size, 4);
	bytes_add(out, text.data, text.size);
}

void winproxy_write(const struct winproxy *winproxy, struct bytes *out)
{
	static const uint8_t zeros[32];
	const struct version *version = find_version(winproxy->version);

	if (!version)
		version = default_version(winproxy->kind);
	bytes_add_little(out, version->number, 4);
	bytes_add_little(out, winproxy->counter, 4);
	bytes_add_little(out, winproxy->flags, 4);
	add_string(out, winproxy->proxy);
	add_string(out, winproxy->bypass);
	if (version->kind == WINPROXY_WINHTTP)
		return;
	add_string(out, winproxy->pac_url);
	if (winproxy->tail.size > 0)
		bytes_add(out, winproxy->tail.data, winproxy->tail.size);
	else
		bytes_add(out, zeros, version->tail);
}
