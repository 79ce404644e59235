/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/proxy.h"

Test(proxy, redacts_what_stands_before_a_host)
{
	static const char *const cases[][2] = {
	    {"http://user:pass@proxy:8080", "http://***@proxy:8080"},
	    {"user:pass@proxy:8080", "***@proxy:8080"},
	    {"user@proxy", "***@proxy"},
	    {"static http=u:p@a:1 https=https://u:p@b:2 bypass=c",
	        "static http=***@a:1 https=https://***@b:2 bypass=c"},
	    {"http=http://u:p=q@a", "http=http://***@a"},
	    {"http://u:p@ss/w@rd@host:1/", "http://***@host:1/"},
	    {" a\thttp://u:p@b \n", " a\thttp://***@b \n"},
	    {"http=u:p@a:1/x://y", "http=***@a:1/x://y"},
	    {"u:p@a:1/x://y", "***@a:1/x://y"},
	    {"http_proxy=u:p=q@a", "http_proxy=***@a"},
	    {"http://u:p=q@a", "http://***@a"},
	    {"direct", "direct"},
	    {"pac http://wpad/proxy.pac", "pac http://wpad/proxy.pac"},
	    {"", ""},
	};
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert_str_eq(proxy_redact(cases[i][0], &arena), cases[i][1]);
}

Test(proxy, checks_servers)
{
	static const char *const good[] = {"proxy.corp.example:8080", "http://proxy:1",
	    "https://proxy:65535/", "10.0.0.1:3128", "[::1]:3128", "http://[2001:db8::1]:80",
	    "[1:2:3:4:5:6:7:8]:1", "[::ffff:10.0.0.1]:80", "HTTP://Proxy:80", "my_proxy:80",
	    "[1:2:3:4:5:6:7::]:1"};
	static const char *const bad[] = {"", ":", "proxy", "proxy:", ":80", "proxy:0",
	    "proxy:65536", "proxy:080", "proxy:80x", "socks5://proxy:1", "user:pass@proxy:80",
	    "http://u@proxy:80", "pro xy:80", "proxy:80\n", "-proxy:80", "proxy-:80", "a..b:80",
	    "10.0.0.300:80", "[::1]", "[:::1]:80", "[1:2]:80", "[1::2::3]:80", "[12345::]:80",
	    "::1:80", "[]:80", "[:]:1", "proxy:80/path", "proxy\"x:80", "*.a:80", ".a:80",
	    "[1:2:3:4:5:6:7:8:9]:1", "[::1]x:80", "[::10.0.0.256]:1", "pr\xc3\xb6xy:80"};
	struct err err = {0};

	for (size_t i = 0; i < COUNT(good); i++)
		cr_assert(proxy_check_server(good[i], &err), "%s: %s", good[i], err.text);
	for (size_t i = 0; i < COUNT(bad); i++) {
		cr_assert_not(proxy_check_server(bad[i], &err), "%s", bad[i]);
		cr_assert_eq(err.code, ERR_POLICY);
	}
}

Test(proxy, message_about_a_password_does_not_show_it)
{
	struct err err = {0};

	cr_assert_not(proxy_check_server("socks5://joe:s3cret@proxy:80", &err));
	cr_assert_not(strstr(err.text, "s3cret"));
	cr_assert_not(strstr(err.text, "joe"));
}

Test(proxy, knows_the_kinds_of_bypass_entries)
{
	static const struct {
		const char *entry;
		enum proxy_bypass kind;
	} cases[] = {
	    {"<local>", PROXY_BYPASS_LOCAL},
	    {"*", PROXY_BYPASS_ALL},
	    {"localhost", PROXY_BYPASS_HOST},
	    {"www.corp.example", PROXY_BYPASS_HOST},
	    {".corp.example", PROXY_BYPASS_DOMAIN},
	    {"*.corp.example", PROXY_BYPASS_DOMAIN},
	    {"intra*.corp.example", PROXY_BYPASS_GLOB},
	    {"10.*", PROXY_BYPASS_GLOB},
	    {"10.1.2.3", PROXY_BYPASS_ADDRESS},
	    {"::1", PROXY_BYPASS_ADDRESS},
	    {"[fe80::1]", PROXY_BYPASS_ADDRESS},
	    {"10.0.0.0/8", PROXY_BYPASS_NETWORK},
	    {"fd00::/8", PROXY_BYPASS_NETWORK},
	    {"host:8080", PROXY_BYPASS_PORT},
	    {"[::1]:80", PROXY_BYPASS_PORT},
	    {"*.corp.example:80", PROXY_BYPASS_PORT},
	    {"", PROXY_BYPASS_INVALID},
	    {"a b", PROXY_BYPASS_INVALID},
	    {"a,b", PROXY_BYPASS_INVALID},
	    {"10.0.0.0/33", PROXY_BYPASS_INVALID},
	    {"fd00::/129", PROXY_BYPASS_INVALID},
	    {"10.0.0.0/", PROXY_BYPASS_INVALID},
	    {"host/8", PROXY_BYPASS_INVALID},
	    {"a\nb", PROXY_BYPASS_INVALID},
	    {"a\"", PROXY_BYPASS_INVALID},
	    {"http://a", PROXY_BYPASS_INVALID},
	    {"host:", PROXY_BYPASS_INVALID},
	    {"10.0.0.999", PROXY_BYPASS_INVALID},
	    {"<locals>", PROXY_BYPASS_INVALID},
	    /* an absolute name is one; a range of addresses is none */
	    {"www.corp.example.", PROXY_BYPASS_HOST},
	    {"*.corp.example.", PROXY_BYPASS_DOMAIN},
	    {"192.168.1.1-20", PROXY_BYPASS_INVALID},
	    {"10.0.0.1.", PROXY_BYPASS_INVALID},
	    {"a..", PROXY_BYPASS_INVALID},
	    {".", PROXY_BYPASS_INVALID},
	};
	struct err err;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert_eq(
		    proxy_bypass_kind(cases[i].entry), cases[i].kind, "%s", cases[i].entry);
		cr_assert_eq(proxy_check_bypass(cases[i].entry, &err),
		    cases[i].kind != PROXY_BYPASS_INVALID);
	}
}
