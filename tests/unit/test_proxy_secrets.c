/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"
#include "host/linux/programs.h"
#include "proxy_machine.h"

/* Whatever a host holds, no string of an item or a message shows the password. */
Test(proxy_secrets, never_shows_a_password)
{
	static const char *const urls[] = {"http://joe:hunter2@old:1", "joe:hunter2@old:1",
	    "http://joe:hun@hunter2@old:1", "http://joe:hunter2/x@old:1",
	    "https://joe:,hunter2@old:1", "http://joe:a%20hunter2@old:1/", "//joe:hunter2@old"};
	static const char *const shapes[][2] = {
	    {"/etc/environment", "http_proxy=\"%s\"\nHTTPS_PROXY=%s\nall_proxy=%s\nno_proxy=%s\n"},
	    {"/etc/environment.d/50.conf", "http_proxy=\"%s\"\nHTTPS_PROXY='%s'\nno_proxy=%s\n"},
	    {"/etc/systemd/system.conf.d/zz.conf",
	        "[Manager]\nDefaultEnvironment=\"http_proxy=%s\" 'HTTP_PROXY=%s'\n"},
	    {"/etc/apt/apt.conf.d/zz",
	        "Acquire::http::Proxy \"%s\";\nAcquire::https::Proxy::h \"%s\";\n"},
	    {"/etc/dnf/dnf.conf", "[main]\nproxy=%s\nproxy_username=joe\nproxy_password=hunter2\n"},
	    {"/etc/sysconfig/proxy", "PROXY_ENABLED=yes\nHTTP_PROXY=\"%s\"\nNO_PROXY=\"%s\"\n"},
	};

	for (size_t i = 0; i < COUNT(urls) * COUNT(shapes); i++) {
		AUTO(machine) machine = {0};
		AUTO(text) content = {0};
		const char *shape = shapes[i / COUNT(urls)][1];

		for (; *shape; shape++) {
			if (*shape == '%')
				text_add(&content, urls[i % COUNT(urls)]), shape++;
			else
				text_addf(&content, "%c", *shape);
		}
		machine_open(&machine);
		put_every_target(&machine);
		put_file(&machine, shapes[i / COUNT(urls)][0], text_string(&content));
		for (size_t j = 0; j < COUNT(every_target); j++) {
			const struct item *have = look(&machine, every_target[j]);
			struct err err = {0};

			cr_assert_not(strstr(have->value, "hunter2"), "%s", have->value);
			cr_assert_not(
			    strstr(have->seen.location, "hunter2"), "%s", have->seen.location);
			cr_assert(!have->note || !strstr(have->note, "hunter2"), "%s", have->note);
			if (!put(&machine, every_target[j], FULL, &err))
				cr_assert_not(strstr(err.text, "hunter2"), "%s", err.text);
		}
	}
}

static struct escaped said(const char *text, size_t size, size_t limit)
{
	AUTO(process_end) end = {.output.limit = limit};

	text_add_span(&end.output, (struct span){(const uint8_t *)text, size});
	return linux_said(&end);
}

/* What hooks and tools say, wherever it is cut. */
Test(proxy_secrets, are_not_said_for_a_program)
{
	static const char *const texts[] = {"cannot connect to http://joe:hunter2@old:8080/",
	    "proxy 'http://joe:hunter2@old:1' (https_proxy=joe:hunter2@old:1)\nfailed",
	    "> Proxy-Authorization: Basic hunter2\r\n> Host: old:1\n",
	    "proxy-authorization:\thunter2 hunter2", "+ curl -sS -U joe:hunter2 -x old:1 http://a/",
	    "+ curl -Ujoe:hunter2 -u 'ann:hunter2 hunter2' http://a/",
	    "curl --proxy-user \"joe:hunter2 hunter2\" a",
	    "wget --proxy-user=joe --proxy-password=hunter2 a",
	    "http_proxy=http://joe:hunter2 hunter2@old:1 in vain",
	    "+ export 'https_proxy=http://joe:hunter2/ hunter2@old:1'", "HTTPS_PROXY=joe:hunter2 x",
	    "at \"socks5h://joe:hunter2", "http://joe:1hunter2 y@old", "http://joe:1234567hunter2",
	    "java -Dhttp.proxyUser=joe -Dhttp.proxyPassword=hunter2 -jar a",
	    "+ keytool -import -storepass hunter2 -file a", "PROXY_PASSWORD='hunter2 hunter2'",
	    "{\"password\": \"hunter2\"}", "password:hunter2", "--proxy-pass hunter2",
	    "headers: {'User-Agent': 'x', 'Proxy-Authorization': 'Basic hunter2=='}",
	    "{\"Proxy-Authorization\": \"Basic hunter2==\"}", "{\"password\" : \"hunter2\"}",
	    "+ PROXY_PASSWORD='it'\\''hunter2'", "+ PROXY_AUTH=user:hunter2", "proxy_pwd=hunter2",
	    "proxies http://h:80,http://user:hunter2", "http://joe:1234;hunter2",
	    "http://joe:123 45hunter2@old", "{\\\"password\\\": \\\"a hunter2\\\"}",
	    "the password is hunter2", "X-Password => hunter2", "proxy password = hunter2",
	    "password hunter2", "Authorization=Basic hunter2", "credential=bob:hunter2",
	    "login=bob:hunter2", "password(\"hunter2\")", "token: hunter2", "API_KEY=hunter2",
	    "Kennwort: hunter2"};
	static const char *const harmless[] = {"sort -u a --user-agent=b",
	    "curl: (7) Failed to connect to http://old:8080: refused", "http://[::1]:3128/a, then",
	    "see https://old.example/a:b and 'http://old:1'", "http_proxy=\"http://old:8080\"",
	    "all_proxy=old:1 no_proxy=a,b:2", "the login failed, token expired",
	    "all passed: 3 tests, bypass=a, passing: 2", "http://old: refused", "(http://old:80)."};
	static const char nul[] = "http://joe:\0hunter2@old:1";
	AUTO(text) far = {0};

	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t limit = 1; limit <= strlen(texts[i]) + 1; limit++) {
			struct escaped shown = said(texts[i], strlen(texts[i]), limit);

			cr_assert_not(strstr(shown.text, "hunt"), "%zu: %s", limit, shown.text);
		}
	cr_assert_not(strstr(said(nul, sizeof(nul) - 1, 0).text, "hunter2"));
	/* the end of the log-in lies behind what fits into a message */
	while (far.size < 150)
		text_add(&far, "far away ");
	text_add(&far, "http://joe:hunter2hunter2hunter2hunter2hunter2hunter2@old:1");
	cr_assert_not(strstr(said(far.data, far.size, 0).text, "hunter2"));
	cr_assert_str_eq(
	    said(texts[0], strlen(texts[0]), 0).text, ": cannot connect to http://***@old:8080/");
	for (size_t i = 0; i < COUNT(harmless); i++)
		cr_assert_str_eq(
		    said(harmless[i], strlen(harmless[i]), 0).text + strlen(": "), harmless[i]);
}

Test(proxy_secrets, a_password_on_the_host_is_drift)
{
	AUTO(machine) machine = {0};
	struct item want;

	machine_open(&machine);
	put_file(&machine, "/etc/environment",
	    "http_proxy=http://joe:pw@a:1\nHTTP_PROXY=http://joe:pw@a:1\n");
	want = wanted(&machine, "environment", "static http=a:1");
	cr_assert_str_eq(look(&machine, "environment")->value, "static http=***@a:1");
	cr_assert_str_neq(look(&machine, "environment")->value, want.value);
	make(&machine, "environment", "static http=a:1");
	cr_assert_not(strstr(file_text(&machine, "/etc/environment"), "pw"));
}
