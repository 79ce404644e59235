/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where this host keeps what the program reads by default, and what it remembers (interface.md
 * sections 1 and 9). On Windows the installation may have set other places, in the values Policy,
 * Bundles and Keyring of HKLM\SOFTWARE\TrustDeployer, which only administrators can write.
 * Environment variables are not asked, since anybody can set them.
 */
#include "base/mem.h"

/* As people are told. */
#ifdef _WIN32
#define PLACE_POLICIES "%ProgramData%\\TrustDeployer\\policy.d"
#define PLACE_KEYRING  "%ProgramData%\\TrustDeployer\\keyring.yaml"
#define PLACE_BUNDLES  "%ProgramData%\\TrustDeployer\\bundles"
#define PLACE_STATE    "%ProgramData%\\TrustDeployer\\state"
#define PLACE_LOCK     "%ProgramData%\\TrustDeployer\\state\\lock"
#else
#define PLACE_POLICIES "/etc/trust-deployer/policy.d"
#define PLACE_KEYRING  "/etc/trust-deployer/keyring.yaml"
#define PLACE_BUNDLES  "/var/lib/trust-deployer/bundles"
#define PLACE_STATE    "/var/lib/trust-deployer"
#define PLACE_LOCK     "/run/trust-deployer.lock"
#endif

struct places {
	const char *policies, *keyring, *bundles, *state; /* paths with '/' */
	struct arena arena;
};

void places_find(struct places *out);
void places_release(struct places *places);
