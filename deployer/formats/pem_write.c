/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/pem.h"

enum { LINE = 64 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void pem_write_certificate(struct span der, struct bytes *out)
{
	bytes_reserve(out, out->size + der.size / 3 * 4 + der.size / 48 + 80);
	bytes_add(out, "-----BEGIN CERTIFICATE-----\n", 28);
	for (size_t at = 0; at < der.size; at += 48) {
		size_t size = der.size - at < 48 ? der.size - at : 48, used = 0;
		char line[LINE + 1];

		for (size_t i = at; i < at + size; i += 3) {
			unsigned bits = (unsigned)der.data[i] << 16;

			bits |= i + 1 < der.size ? (unsigned)der.data[i + 1] << 8 : 0;
			bits |= i + 2 < der.size ? (unsigned)der.data[i + 2] : 0;
			line[used++] = digits[bits >> 18];
			line[used++] = digits[bits >> 12 & 63];
			line[used++] = i + 1 < der.size ? digits[bits >> 6 & 63] : '=';
			line[used++] = i + 2 < der.size ? digits[bits & 63] : '=';
		}
		line[used++] = '\n';
		bytes_add(out, line, used);
	}
	bytes_add(out, "-----END CERTIFICATE-----\n", 26);
}
