/* SPDX-License-Identifier: Apache-2.0 */
/* Items as values of the registry: what is expected was written down from deployer/docs/formats.md
 * and from values that Windows and Wine wrote, not by the code under test. */
#include <criterion/criterion.h>

#include "formats/ctl.h"
#include "formats/windows/certblob.h"
#include "host/windows/encode/encode.h"
#include "made_ctl.h"

#define STORES_OF  "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\"
#define POLICY_OF  "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\"
#define SETTINGS   "Microsoft\\Windows\\CurrentVersion\\Internet Settings"
#define THUMBPRINT "A9993E364706816ABA3E25717850C26C9CD0D89D" /* of "abc" */

static struct encoded encode(const struct item *want, enum encode_holder holder)
{
	struct encoded out = {0};
	struct err err = {0};

	cr_assert(encode_item(want, holder, &out, &err), "%s", err.text);
	return out;
}

static void must_stand(const struct encoded *values, size_t i, const char *key, const char *name)
{
	cr_assert_lt(i, values->count);
	cr_assert_str_eq(values->list[i].key, key);
	cr_assert_str_eq(values->list[i].name, name);
}

static void must_hold(
    const struct registry_value *value, enum registry_type type, const void *data, size_t size)
{
	cr_assert_eq(value->type, type);
	cr_assert(span_equal(bytes_span(&value->data), (struct span){data, size}));
}

static struct item certificate(enum store store)
{
	static const uint8_t sha256[SHA256_SIZE];

	return (struct item){.key = key_certificate(store, sha256), .content = span_text("abc")};
}

static struct item proxy(enum proxy_target target, const struct proxy *setting)
{
	return (struct item){.key = key_proxy(target), .setting = setting, .value = "a proxy"};
}

Test(encode, certificates_stand_in_the_store_of_who_holds_them)
{
	static const char *const names[STORES][2] = {
	    [STORE_ROOT] = {STORES_OF "ROOT", POLICY_OF "Root"},
	    [STORE_INTERMEDIATE] = {STORES_OF "CA", POLICY_OF "CA"},
	    [STORE_DISALLOWED] = {STORES_OF "Disallowed", POLICY_OF "Disallowed"},
	    [STORE_TRUSTED_PUBLISHER] = {STORES_OF "TrustedPublisher",
	        POLICY_OF "TrustedPublisher"},
	};
	static const char blob[] = "\3\0\0\0\1\0\0\0\x14\0\0\0"
	                           "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e"
	                           "\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d"
	                           "\x20\0\0\0\1\0\0\0\3\0\0\0abc";

	for (unsigned i = 0; i < 2 * STORES; i++) {
		const enum encode_holder holder = i % 2 ? ENCODE_POLICY : ENCODE_MACHINE;
		struct item want = certificate((enum store)(i / 2));
		AUTO(encoded) values = encode(&want, holder);
		AUTO(text) key = {0};

		text_addf(&key, "%s\\Certificates\\" THUMBPRINT, names[i / 2][i % 2]);
		must_stand(&values, 0, text_string(&key), "Blob");
		must_hold(&values.list[0].value, REGISTRY_BINARY, blob, sizeof(blob) - 1);
		cr_assert_eq(values.count, 1);
		cr_assert_null(values.list[0].continues);
	}
}

Test(encode, each_store_has_a_place_that_is_ours)
{
	for (enum store store = 0; store < STORES; store++) {
		const struct encode_store *own = encode_own_store(store);

		cr_assert(own && own->store == store && !own->owner && !own->system);
	}
}

Test(encode, a_certificate_that_is_not_at_hand_is_an_error)
{
	struct item want = certificate(STORE_ROOT);
	AUTO(encoded) out = {0};
	struct err err = {0};

	want.content = (struct span){0};
	cr_assert_not(encode_item(&want, ENCODE_MACHINE, &out, &err));
	cr_assert_eq(err.code, ERR_HOST);
	cr_assert_eq(out.count, 0);
}

/* Usages, dates and what limits them go; a name that somebody gave stays. */
Test(encode, an_enabled_entry_keeps_what_does_not_limit_its_trust)
{
	static const uint32_t properties[] = {CERTBLOB_SHA1, 9, 11, 104, 122, 126, 127, 32};
	static const uint32_t stay[] = {CERTBLOB_SHA1, 11, 32};
	AUTO(bytes) blob = {0};
	AUTO(bytes) expected = {0};
	AUTO(encoded) out = {0};
	struct err err = {0};

	for (size_t i = 0; i < COUNT(properties); i++)
		certblob_add(&blob, properties[i], span_text("data"));
	for (size_t i = 0; i < COUNT(stay); i++)
		certblob_add(&expected, stay[i], span_text("data"));
	cr_assert(encode_enabled("HKLM\\X", bytes_span(&blob), &out, &err), "%s", err.text);
	must_stand(&out, 0, "HKLM\\X", "Blob");
	must_hold(&out.list[0].value, REGISTRY_BINARY, expected.data, expected.size);
	blob.size--;
	cr_assert_not(encode_enabled("HKLM\\X", bytes_span(&blob), &out, &err));
	cr_assert_eq(err.code, ERR_FORMAT);
}

Test(encode, switches_are_numbers_and_are_read_as_the_words_that_they_came_from)
{
	static const struct {
		enum update_switch which;
		const char *word, *name;
		int64_t number; /* -1: the value goes */
	} cases[] = {
	    {UPDATE_ROOTS, "enabled", "DisableRootAutoUpdate", -1},
	    {UPDATE_ROOTS, "disabled", "DisableRootAutoUpdate", 1},
	    {UPDATE_DISALLOWED, "enabled", "EnableDisallowedCertAutoUpdate", 1},
	    {UPDATE_DISALLOWED, "disabled", "EnableDisallowedCertAutoUpdate", 0},
	    {UPDATE_DISALLOWED, "default", "EnableDisallowedCertAutoUpdate", -1},
	    {UPDATE_SOURCE, "default", "RootDirUrl", -1},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct item want = {
		    .key = key_update(cases[i].which), .value = cases[i].word};
		AUTO(encoded) values = encode(&want, ENCODE_MACHINE);
		const uint8_t number[4] = {(uint8_t)cases[i].number};
		AUTO(arena) arena = {0};

		cr_assert_eq(values.count, 1);
		must_stand(&values, 0,
		    cases[i].which == UPDATE_SOURCE ? STORES_OF "AuthRoot\\AutoUpdate"
		                                    : POLICY_OF "AuthRoot",
		    cases[i].name);
		if (cases[i].number < 0)
			must_hold(&values.list[0].value, REGISTRY_ABSENT, NULL, 0);
		else
			must_hold(&values.list[0].value, REGISTRY_DWORD, number, sizeof(number));
		cr_assert_str_eq(encode_update_word(cases[i].which, &values.list[0].value, &arena),
		    cases[i].word);
	}
}

Test(encode, a_source_is_text_and_no_more_than_printable_ascii)
{
	struct item want = {.key = key_update(UPDATE_SOURCE), .value = "http://a/"};
	AUTO(encoded) values = encode(&want, ENCODE_MACHINE);
	AUTO(encoded) none = {0};
	AUTO(arena) arena = {0};
	struct err err = {0};

	must_hold(&values.list[0].value, REGISTRY_STRING, "h\0t\0t\0p\0:\0/\0/\0a\0/\0\0", 20);
	cr_assert_str_eq(
	    encode_update_word(UPDATE_SOURCE, &values.list[0].value, &arena), "http://a/");
	want.value = "http://a/ b";
	cr_assert_not(encode_item(&want, ENCODE_MACHINE, &none, &err));
	cr_assert_eq(err.code, ERR_HOST);
	cr_assert(strstr(err.text, "auto_update/source"), "%s", err.text);
}

/* The bytes are those that WinHTTP wrote under Wine, with the flags of Windows. */
Test(encode, winhttp_has_its_blob_for_both_kinds_of_programs)
{
	static const char blob[] = "\x18\0\0\0\0\0\0\0\3\0\0\0\x12\0\0\0proxy.example:8080"
	                           "\x16\0\0\0*.corp.example;<local>";
	const char *bypass[] = {"<local>", "*.corp.example"};
	struct proxy setting = {.mode = PROXY_STATIC, .bypass = bypass, .bypass_count = 2};
	struct item want = proxy(TARGET_WINHTTP, &setting);

	setting.server[PROXY_HTTP].place = setting.server[PROXY_HTTPS].place = "proxy.example:8080";
	AUTO(encoded) values = encode(&want, ENCODE_MACHINE);

	cr_assert_eq(values.count, 2);
	must_stand(&values, 0, "HKLM\\SOFTWARE\\" SETTINGS "\\Connections", "WinHttpSettings");
	must_stand(&values, 1, "HKLM\\SOFTWARE\\WOW6432Node\\" SETTINGS "\\Connections",
	    "WinHttpSettings");
	for (size_t i = 0; i < 2; i++) {
		must_hold(&values.list[i].value, REGISTRY_BINARY, blob, sizeof(blob) - 1);
		cr_assert_str_eq(values.list[i].continues, "WinHttpSettings");
	}
}

Test(encode, wininet_has_its_blob_twice_and_makes_it_count)
{
	static const char blob[] = "\x46\0\0\0\1\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0"
	                           "\x13\0\0\0http://pac/p.pac?ab"
	                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	struct proxy setting = {.mode = PROXY_PAC, .pac_url = "http://pac/p.pac?ab"};
	struct item want = proxy(TARGET_WININET_MACHINE, &setting);
	AUTO(encoded) machine = encode(&want, ENCODE_MACHINE);

	cr_assert_eq(machine.count, 3);
	for (size_t i = 0; i < 2; i++) {
		must_stand(&machine, i, "HKLM\\SOFTWARE\\" SETTINGS "\\Connections",
		    i ? "SavedLegacySettings" : "DefaultConnectionSettings");
		must_hold(&machine.list[i].value, REGISTRY_BINARY, blob, sizeof(blob));
		/* both go on from the first, so that they stay the same */
		cr_assert_str_eq(machine.list[i].continues, "DefaultConnectionSettings");
	}
	must_stand(&machine, 2, "HKLM\\SOFTWARE\\Policies\\" SETTINGS, "ProxySettingsPerUser");
	must_hold(&machine.list[2].value, REGISTRY_DWORD, "\0\0\0\0", 4);

	setting.mode = PROXY_PER_USER;
	AUTO(encoded) users = encode(&want, ENCODE_MACHINE);

	cr_assert_eq(users.count, 1);
	must_stand(&users, 0, "HKLM\\SOFTWARE\\Policies\\" SETTINGS, "ProxySettingsPerUser");
	must_hold(&users.list[0].value, REGISTRY_ABSENT, NULL, 0);
}

/* Whatever a policy says of a proxy, the value that is made of it says the same. */
Test(encode, a_proxy_is_read_back_as_it_was_wanted)
{
	static const char *const places[] = {
	    NULL, "a.example:1", "http://a.example:1", "https://b.example:2"};
	const char *bypass[] = {"*.corp.example", "10.*", "<local>"};
	AUTO(arena) arena = {0};

	for (unsigned i = 0; i < 3 * 4 * 4 * 4; i++) {
		const unsigned http = i % 4, https = i / 4 % 4, count = i / 16 % 4;
		struct proxy setting = {
		    .mode = (enum proxy_mode[]){PROXY_STATIC, PROXY_PAC, PROXY_AUTO}[i / 64],
		    .pac_url = i / 64 == 1 ? "http://pac/p.pac" : NULL};
		struct item want = proxy(TARGET_WININET_MACHINE, &setting);
		struct winproxy blob;
		struct err err = {0};
		struct proxy back;

		if (setting.mode == PROXY_STATIC) {
			setting.server[PROXY_HTTP].place = places[http];
			setting.server[PROXY_HTTPS].place = places[https];
			setting.bypass = bypass;
			setting.bypass_count = count;
		}
		AUTO(encoded) values = encode(&want, ENCODE_MACHINE);

		cr_assert(encode_read_blob(bytes_span(&values.list[0].value.data), WINPROXY_WININET,
		              &blob, &err),
		    "%s", err.text);
		back = encode_setting(&blob, &arena);
		cr_assert(setting_equal(&setting, &back), "%u: %s, not %s", i,
		    setting_show(&back, &arena), setting_show(&setting, &arena));
	}
}

static void must_continue(const struct winproxy *there, uint32_t version, uint32_t counter)
{
	const struct winproxy ours = {
	    .kind = there->kind, .counter = 1, .flags = 3, .proxy = span_text("a:1")};
	AUTO(bytes) old = {0};
	AUTO(bytes) blob = {0};
	struct winproxy is;
	struct err err = {0};

	winproxy_write(there, &old);
	winproxy_write(&ours, &blob);
	encode_continue(&blob, bytes_span(&old));
	cr_assert(winproxy_parse(bytes_span(&blob), &is, &err), "%s", err.text);
	cr_assert_eq(is.version, version, "0x%x", is.version);
	cr_assert_eq(is.counter, counter, "%u", is.counter);
	cr_assert_eq(is.tail.size, version == 0x46 ? 32 : version == 0x3c ? 28 : 0);
	cr_assert(is.flags == 3 && span_equal(is.proxy, span_text("a:1")));
}

Test(encode, a_blob_goes_on_from_the_one_that_is_there)
{
	const struct winproxy cases[] = {
	    {.kind = WINPROXY_WINHTTP, .version = 0x28, .counter = 9, .flags = 1},
	    {.kind = WINPROXY_WININET, .version = 0x46, .counter = 9, .flags = 9},
	    {.kind = WINPROXY_WININET, .version = 0x3c, .counter = UINT32_MAX, .flags = 1},
	    {.kind = WINPROXY_WININET,
	        .version = 0x46,
	        .counter = 1,
	        .flags = 8,
	        .tail = span_text("\4\0\0\0what detection left there before....")},
	};

	must_continue(&cases[0], 0x28, 0);
	must_continue(&cases[1], 0x46, 10);
	must_continue(&cases[2], 0x3c, 0);
	must_continue(&cases[3], 0x46, 2);
}

Test(encode, a_blob_that_cannot_be_read_or_is_anothers_is_taken_for_none)
{
	const struct winproxy of_winhttp = {.kind = WINPROXY_WINHTTP, .version = 0x28};
	const struct winproxy ours = {.kind = WINPROXY_WININET, .counter = 1, .flags = 1};
	AUTO(bytes) other = {0};
	AUTO(bytes) blob = {0};
	AUTO(bytes) before = {0};

	winproxy_write(&of_winhttp, &other);
	winproxy_write(&ours, &blob);
	before = bytes_copy(bytes_span(&blob));
	encode_continue(&blob, bytes_span(&other));
	encode_continue(&blob, span_text("F"));
	cr_assert(span_equal(bytes_span(&blob), bytes_span(&before)));
}

Test(encode, a_list_comes_with_the_time_of_its_issue)
{
	/* 2011-01-25T20:54:12Z as a FILETIME */
	static const char time[] = "\x00\xb2\xce\x04\xd2\xbc\xcb\x01";
	AUTO(made_pki) pki = {0};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	struct item want = {.key = key_list(CTL_DISALLOWED)};
	struct err err = {0};

	made_pki(&pki);
	made_ctl(
	    &file, &pki, &(struct made_ctl){.disallowed = true, .this_update = "110125205412Z"});
	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	want.ctl = &ctl;
	AUTO(encoded) values = encode(&want, ENCODE_MACHINE);

	cr_assert_eq(values.count, 2);
	must_stand(&values, 0, STORES_OF "AuthRoot\\AutoUpdate", "DisallowedCertEncodedCtl");
	must_hold(&values.list[0].value, REGISTRY_BINARY, file.data, file.size);
	must_stand(&values, 1, STORES_OF "AuthRoot\\AutoUpdate", "DisallowedCertLastSyncTime");
	must_hold(&values.list[1].value, REGISTRY_BINARY, time, 8);
}

Test(encode, what_windows_does_not_have_is_told_before_and_refused_after)
{
	struct proxy setting = {.mode = PROXY_DIRECT};
	struct item want = proxy(TARGET_APT, &setting);
	AUTO(arena) arena = {0};
	AUTO(encoded) out = {0};
	struct err err = {0};

	encode_express(&want, "10.0", &arena);
	cr_assert_eq(want.asked.holding, HOLD_NOT_APPLICABLE);
	cr_assert_not(encode_item(&want, ENCODE_MACHINE, &out, &err));
	cr_assert_eq(err.code, ERR_HOST);
	cr_assert(strstr(err.text, "proxy/apt"), "%s", err.text);
}
