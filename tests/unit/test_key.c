/* SPDX-License-Identifier: Apache-2.0 */
#include "model/key.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const char *const ids[] = {
    "certificate/disallowed/0000000000000000000000000000000000000000000000000000000000000000",
    "certificate/root/0000000000000000000000000000000000000000000000000000000000000000",
    "certificate/root/bfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "certificate/root/bundle:a",
    "certificate/root/bundle:b.c-d_e",
    "certificate/root/c000000000000000000000000000000000000000000000000000000000000000",
    ("certificate/trusted_publisher/"
     "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"),
    "proxy/apt",
    "proxy/environment",
    "proxy/environment_d",
    "proxy/wininet_machine",
    "proxy/wininet_user/S-1-5-21",
    "proxy/winhttp",
    "ctl/authroot",
    "auto_update/source",
    "bundle/example.corp",
    "keyring",
    "hook/jks-keystore",
};

static const char *const not_ids[] = {
    "",
    "certificate",
    "certificate/",
    "certificate/root",
    "certificate/root/",
    "certificate/roots/0000000000000000000000000000000000000000000000000000000000000000",
    "certificate/root/000000000000000000000000000000000000000000000000000000000000000",
    "certificate/root/00000000000000000000000000000000000000000000000000000000000000000",
    "certificate/root/000000000000000000000000000000000000000000000000000000000000000A",
    "certificate/root/bundle:",
    "certificate/root/bundle:.a",
    "proxy",
    "proxy/",
    "proxy/apt/",
    "proxy/apt/x",
    "proxy/wininet_user",
    "proxy/wininet_user/",
    "ctl/authroots",
    "auto_update/",
    "bundle/",
    "bundle/a b",
    "keyring/",
    "keyrings",
    "hook/",
};

Test(key, an_id_is_read_as_it_is_written)
{
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct key key, again;

		cr_assert(key_parse(ids[i], &key), "%s", ids[i]);
		cr_assert_str_eq(key_id(&key).text, ids[i]);
		cr_assert(key_parse(key_id(&key).text, &again) && key_equal(&key, &again));
	}
}

Test(key, what_is_no_id_is_refused)
{
	for (size_t i = 0; i < COUNT(not_ids); i++) {
		struct key key;

		cr_assert_not(key_parse(not_ids[i], &key), "%s", not_ids[i]);
	}
}

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

/* Reports and the ledger are in that order. */
Test(key, keys_of_a_kind_are_in_the_order_of_their_texts)
{
	for (size_t i = 0; i < COUNT(ids); i++)
		for (size_t j = 0; j < COUNT(ids); j++) {
			struct key a, b;
			int order;

			cr_assert(key_parse(ids[i], &a) && key_parse(ids[j], &b));
			order = a.kind != b.kind ? sign((int)a.kind - (int)b.kind)
			                         : sign(strcmp(ids[i], ids[j]));
			cr_assert_eq(sign(key_compare(&a, &b)), order, "%s %s", ids[i], ids[j]);
			cr_assert_eq(key_equal(&a, &b), order == 0);
		}
}

Test(key, a_certificate_in_another_store_is_another_key)
{
	const uint8_t sha256[SHA256_SIZE] = {1};

	for (unsigned from = 0; from < STORES; from++)
		for (unsigned to = 0; to < STORES; to++) {
			struct key key = key_certificate((enum store)from, sha256);
			struct key there = key_in_store(&key, (enum store)to);

			cr_assert_eq(key_equal(&key, &there), from == to);
			cr_assert(key_is_certificate(&there, (enum store)to));
			cr_assert_str_eq(key_fingerprint(&key).text, key_fingerprint(&there).text);
		}
}
