/* SPDX-License-Identifier: Apache-2.0 */
/* Written apart from formats/regf, from the description of the format alone. */
#include "made_hive.h"

enum { WHOLE = 8192, ROOT = 32, ROOT_SIZE = 88, SECURITY = ROOT + ROOT_SIZE };

static void put(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* Administrators own it, and everybody may do everything. */
static const uint8_t descriptor[] = {1, 0, 4, 0x80, 0x14, 0, 0, 0, 0x24, 0, 0, 0, 0, 0, 0, 0, 0x34,
    0, 0, 0, /* owner */ 1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, /* group */ 1, 2, 0,
    0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0, /* list */ 2, 0, 0x1c, 0, 1, 0, 0, 0, 0, 2, 0x14,
    0, 0x3f, 0, 0x0f, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};

static void put_root(uint8_t *bin)
{
	static const uint32_t none = 0xffffffff;
	uint8_t *nk = bin + ROOT + 4;

	put(bin + ROOT, 0u - ROOT_SIZE);
	nk[0] = 'n';
	nk[1] = 'k';
	nk[2] = 0x2c; /* root, not to be deleted, name in ASCII */
	put(nk + 28, none);
	put(nk + 32, none);
	put(nk + 40, none);
	put(nk + 44, SECURITY);
	put(nk + 48, none);
	nk[72] = 4;
	memcpy(nk + 76, "ROOT", 4);
}

static void put_security(uint8_t *bin)
{
	uint32_t size = (4 + 20 + sizeof(descriptor) + 7) / 8 * 8;
	uint8_t *sk = bin + SECURITY + 4;

	put(bin + SECURITY, 0u - size);
	memcpy(sk, "sk", 2);
	put(sk + 4, SECURITY);
	put(sk + 8, SECURITY);
	put(sk + 12, 1);
	put(sk + 16, sizeof(descriptor));
	memcpy(sk + 20, descriptor, sizeof(descriptor));
	put(bin + SECURITY + size, 4096 - SECURITY - size);
}

void made_hive_sum(uint8_t *base_block)
{
	uint8_t sum[4] = {0};

	for (int i = 0; i < 508; i++)
		sum[i % 4] ^= base_block[i];
	memcpy(base_block + 508, sum, sizeof(sum));
}

void made_hive(unsigned minor, struct bytes *out)
{
	static const uint8_t zeros[WHOLE];
	size_t start = out->size;
	uint8_t *base;

	bytes_add(out, zeros, sizeof(zeros));
	base = out->data + start;
	memcpy(base, "regf", 4);
	put(base + 4, 1);
	put(base + 8, 1);
	put(base + 20, 1);
	put(base + 24, minor);
	put(base + 32, 1);
	put(base + 36, ROOT);
	put(base + 40, 4096);
	put(base + 44, 1);
	memcpy(base + 4096, "hbin", 4);
	put(base + 4096 + 8, 4096);
	put_root(base + 4096);
	put_security(base + 4096);
	made_hive_sum(base);
}
