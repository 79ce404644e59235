/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A scratch Linux system whose trust store a Criterion test fills and drives
 * through the host's table. Certificates are made ones, told apart by their
 * serial number. The host is opened at the first look at it.
 */
#include "host/host.h"

struct trust_system {
	char path[64];
	bool opened;
	struct host host;
	struct items have, want;
	struct text notes; /* of the last publish */
	struct arena arena;
};

void system_open(struct trust_system *system);
void trust_system_release(struct trust_system *system);

/* Paths are below the system's root, without a "/" in front; missing folders are made. */
void system_folder(struct trust_system *system, const char *path);
void system_write(struct trust_system *system, const char *path, const char *text);
void system_write_bytes(struct trust_system *system, const char *path, const struct bytes *content);
void system_certificate(struct trust_system *system, const char *path, unsigned serial);
void system_pem(unsigned serial, struct bytes *out);
/* The hash of its subject, as OpenSSL names it in a folder. */
uint32_t system_hash(unsigned serial);
void system_expect(struct trust_system *system, const char *path, const char *text);
/* The file that we add for a certificate when no other one has its name. */
const char *system_own_path(struct trust_system *system, const char *folder, unsigned serial);
/* Removes the file that we added for a certificate, as if somebody had. */
void system_remove_own(struct trust_system *system, const char *folder, unsigned serial);

void system_observe(struct trust_system *system);
/* What was observed of that certificate, or NULL. */
const struct item *system_item(struct trust_system *system, enum store store, unsigned serial);
/* A wanted item that went through express. */
struct item *system_want(struct trust_system *system, enum store store, unsigned serial);
/* Asks put for its changes and forgets them. */
bool system_try(
    struct trust_system *system, enum store store, unsigned serial, struct err *err) MUST_CHECK;
/* Put or drop, then derive and publish, each carried out. */
void system_put(struct trust_system *system, enum store store, unsigned serial);
void system_drop(struct trust_system *system, enum store store, unsigned serial);
void system_rebuild(struct trust_system *system);
