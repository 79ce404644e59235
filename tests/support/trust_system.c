/* SPDX-License-Identifier: Apache-2.0 */
#include "trust_system.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "formats/pem.h"
#include "made_certificate.h"
#include "model/cert.h"
#include "remove_tree.h"

static void must(bool ok, const char *what, const struct err *err)
{
	if (ok)
		return;
	fprintf(stderr, "trust_system: %s: %s\n", what, err->text);
	abort();
}

void system_open(struct trust_system *system)
{
	snprintf(system->path, sizeof(system->path), "/tmp/trust-system-XXXXXX");
	must(mkdtemp(system->path) != NULL, system->path, &(struct err){0});
}

void trust_system_release(struct trust_system *system)
{
	if (system->opened)
		host_close(&system->host);
	items_release(&system->have);
	items_release(&system->want);
	text_release(&system->notes);
	arena_release(&system->arena);
	remove_tree(system->path);
}

static const char *absolute(struct trust_system *system, const char *path)
{
	return arena_printf(&system->arena, "%s/%s", system->path, path);
}

void system_folder(struct trust_system *system, const char *path)
{
	struct root none = root_none();
	struct err err = {0};

	must(file_make_folders(&none, absolute(system, path), 0755, &err), path, &err);
	root_release(&none);
}

void system_write(struct trust_system *system, const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');
	struct err err = {0};

	system_folder(system, arena_strndup(&system->arena, path, (size_t)(slash - path)));
	must(file_replace(absolute(system, path), span_text(text), 0644, &err), path, &err);
}

void system_write_bytes(struct trust_system *system, const char *path, const struct bytes *content)
{
	system_write(system, path,
	    arena_strndup(&system->arena, (const char *)content->data, content->size));
}

static struct span der_of_serial(unsigned serial, struct bytes *out)
{
	char name[32];

	snprintf(name, sizeof(name), "Made %u", serial);
	made_certificate(out, &(struct made){.name = name, .serial = serial, .ca = true});
	return bytes_span(out);
}

void system_pem(unsigned serial, struct bytes *out)
{
	AUTO(bytes) der = {0};

	pem_write_certificate(der_of_serial(serial, &der), out);
}

void system_certificate(struct trust_system *system, const char *path, unsigned serial)
{
	AUTO(bytes) pem = {0};

	system_pem(serial, &pem);
	system_write(system, path, (const char *)pem.data);
}

uint32_t system_hash(unsigned serial)
{
	AUTO(bytes) pem = {0};
	AUTO(bytes) der = {0};
	struct err err = {0};
	struct cert_seen seen;
	struct span rest;
	bool trusted;

	system_pem(serial, &pem);
	rest = bytes_span(&pem);
	must(pem_next_certificate(&rest, &der, &trusted, &err) &&
	         cert_see(bytes_span(&der), false, &seen, &err),
	    "a made certificate", &err);
	return seen.hash;
}

void system_expect(struct trust_system *system, const char *path, const char *text)
{
	struct root none = root_none();
	AUTO(bytes) content = {0};
	struct err err = {0};

	must(file_read(&none, absolute(system, path), 1 << 20, &content, &err), path, &err);
	root_release(&none);
	if (span_equal(bytes_span(&content), span_text(text)))
		return;
	fprintf(stderr, "trust_system: %s is\n%s", path, (const char *)content.data);
	abort();
}

const char *system_own_path(struct trust_system *system, const char *folder, unsigned serial)
{
	AUTO(bytes) der = {0};
	char hex[SHA256_HEX];

	digest_sha256_hex(der_of_serial(serial, &der), hex);
	return arena_printf(&system->arena, "%s/trust-deployer-%.7s.crt", folder, hex);
}

void system_remove_own(struct trust_system *system, const char *folder, unsigned serial)
{
	const char *path = absolute(system, system_own_path(system, folder, serial));

	must(remove(path) == 0, path, &(struct err){0});
}

static struct host *host_of(struct trust_system *system)
{
	struct err err = {0};

	if (!system->opened)
		must(host_open(system->path, &system->host, &err), "host_open", &err);
	system->opened = true;
	return &system->host;
}

void system_observe(struct trust_system *system)
{
	struct host *host = host_of(system);
	const struct observing how = {0};
	struct err err = {0};

	items_release(&system->have);
	system->have = (struct items){0};
	must(
	    host->ops->observe(host, ITEM_CERTIFICATE, &how, &system->have, &err), "observe", &err);
	items_sort(&system->have);
}

const struct item *system_item(struct trust_system *system, enum store store, unsigned serial)
{
	struct item *want = system_want(system, store, serial);

	return items_find(&system->have, &want->key);
}

struct item *system_want(struct trust_system *system, enum store store, unsigned serial)
{
	struct host *host = host_of(system);
	AUTO(bytes) der = {0};
	struct span span = der_of_serial(serial, &der);
	uint8_t sha256[SHA256_SIZE];
	struct item *item;

	digest_sha256(span, sha256);
	item = items_add_certificate(&system->want, store, sha256);
	item->presence = ITEM_PRESENT;
	item->content.data = arena_copy(&system->arena, span.data, span.size);
	item->content.size = span.size;
	host->ops->express(host, item, &system->want.arena);
	return item;
}

static void carry_out(struct host *host, struct changes *changes)
{
	struct err err = {0};

	for (size_t i = 0; i < changes->count; i++)
		must(host->ops->set(host, changes->list[i].place, &changes->list[i].after, &err),
		    changes->list[i].place, &err);
}

static void finish(struct trust_system *system, struct changes *changes)
{
	struct host *host = host_of(system);
	struct err err = {0};

	carry_out(host, changes);
	must(host->ops->derive(host, NULL, changes, &err), "derive", &err);
	carry_out(host, changes);
	text_release(&system->notes);
	system->notes = (struct text){0};
	must(host->ops->publish(host, changes, &system->notes, &err), "publish", &err);
}

bool system_try(struct trust_system *system, enum store store, unsigned serial, struct err *err)
{
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	struct host *host = host_of(system);

	return host->ops->put(host, system_want(system, store, serial),
	    system_item(system, store, serial), &changes, err);
}

void system_put(struct trust_system *system, enum store store, unsigned serial)
{
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	struct host *host = host_of(system);
	struct err err = {0};

	system_observe(system);
	must(host->ops->put(host, system_want(system, store, serial), NULL, &changes, &err), "put",
	    &err);
	finish(system, &changes);
}

void system_drop(struct trust_system *system, enum store store, unsigned serial)
{
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	struct host *host = host_of(system);
	const struct item *have;
	struct item going;
	struct err err = {0};

	system_observe(system);
	have = system_item(system, store, serial);
	must(have != NULL, "nothing to drop", &err);
	going = *have;
	going.asked.remove_unowned = true;
	must(host->ops->drop(host, &going, &changes, &err), "drop", &err);
	finish(system, &changes);
}

void system_rebuild(struct trust_system *system)
{
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};

	finish(system, &changes);
}
