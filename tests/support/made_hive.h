/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The smallest registry hive: a base block, and one bin with a root key and its security. */
#include "base/bytes.h"

/* Appends a hive of version 1.`minor`. */
void made_hive(unsigned minor, struct bytes *out);
/* Makes the checksum of the base block right again. */
void made_hive_sum(uint8_t *base_block);
