/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/proxy/settings.h"
#include "proxy_machine.h"

Test(linux_proxy, observes_what_is_there_and_nothing_else)
{
	AUTO(machine) machine = {0};

	machine_open(&machine);
	cr_assert_null(look(&machine, "environment"));
	cr_assert_eq(machine.have.count, 0);
	put_file(&machine, "/etc/hostname", "x\n");
	cr_assert_str_eq(look(&machine, "environment")->value, "direct");
	cr_assert_eq(machine.have.count, 1);
	put_every_target(&machine);
	for (size_t i = 0; i < COUNT(every_target); i++) {
		cr_assert(look(&machine, every_target[i]), "%s", every_target[i]);
		cr_assert_str_eq(look(&machine, every_target[i])->value, "direct");
		cr_assert_null(look(&machine, every_target[i])->note);
	}
	cr_assert_eq(machine.have.count, COUNT(every_target));
}

Test(linux_proxy, every_target_goes_there_and_back)
{
	static const char *const files[] = {"/etc/environment", "/etc/dnf/dnf.conf",
	    "/etc/systemd/system.conf", "/etc/apt/apt.conf.d/70debconf"};
	const char *before[COUNT(files)];
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_every_target(&machine);
	for (size_t i = 0; i < COUNT(files); i++)
		before[i] = file_text(&machine, files[i]);
	for (size_t i = 0; i < COUNT(every_target); i++) {
		make(&machine, every_target[i], FULL);
		make(&machine, every_target[i], "static http=other:1");
		make(&machine, every_target[i], "static https=other:1 bypass=a.example");
		make(&machine, every_target[i], "direct");
	}
	for (size_t i = 0; i < COUNT(files); i++)
		cr_assert_str_eq(file_text(&machine, files[i]), before[i], "%s", files[i]);
	cr_assert_str_eq(
	    file_text(&machine, "/etc/systemd/system.conf.d/99-trust-deployer-proxy.conf"),
	    "(absent)");
	cr_assert_str_eq(
	    file_text(&machine, "/etc/apt/apt.conf.d/99trust-deployer-proxy"), "(absent)");
}

Test(linux_proxy, all_targets_share_one_list_of_changes)
{
	AUTO(machine) machine = {0};
	struct err err;

	machine_open(&machine);
	put_every_target(&machine);
	put_link(&machine, "/usr/lib/environment.d/99-environment.conf", "/etc/environment");
	for (size_t i = 0; i < COUNT(every_target); i++)
		cr_assert(put(&machine, every_target[i], FULL, &err), "%s", err.text);
	carry_out(&machine);
	for (size_t i = 0; i < COUNT(every_target); i++) {
		struct item want = wanted(&machine, every_target[i], FULL);

		cr_assert_str_eq(look(&machine, every_target[i])->value, want.value);
	}
	/* environment is staged before environment_d, which reads it too, looks at it */
	for (size_t i = 0; i < COUNT(every_target); i++)
		cr_assert(put(&machine, every_target[i], "direct", &err), "%s", err.text);
	carry_out(&machine);
	for (size_t i = 0; i < COUNT(every_target); i++)
		cr_assert_str_eq(look(&machine, every_target[i])->value, "direct");
	cr_assert_str_eq(
	    file_text(&machine, "/etc/environment.d/99-trust-deployer-proxy.conf"), "(absent)");
}

Test(linux_proxy, keeps_mode_of_shared_files)
{
	AUTO(machine) machine = {0};
	AUTO(file_state) state = {0};
	struct err err;

	machine_open(&machine);
	put_file(&machine, "/etc/environment", "A=1\n");
	make(&machine, "environment", "static http=a:1");
	cr_assert(file_capture(&machine.host.root, "/etc/environment", 1 << 20, &state, &err));
	cr_assert_eq(state.mode, 0640);
}

Test(linux_proxy, writes_no_file_that_it_could_not_read_again)
{
	AUTO(machine) machine = {0};
	AUTO(arena) arena = {0};
	struct err err = {0};

	machine_open(&machine);
	put_file(&machine, "/etc/environment",
	    arena_printf(&arena, "A=1\n#%0*d\n", PROXY_FILE_MAX - 20, 1));
	cr_assert(look(&machine, "environment"));
	cr_assert_not(put(&machine, "environment", "static http=proxy.example:3128", &err));
	cr_expect(strstr(err.text, "/etc/environment would be larger than"), "%s", err.text);
}

Test(linux_proxy, says_where_a_setting_stands)
{
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_file(
	    &machine, "/etc/environment", "A=1\nhttp_proxy=a:1\nHTTP_PROXY=a:1\nall_proxy=b\n");
	cr_assert_str_eq(look(&machine, "environment")->seen.location, "/etc/environment:2");
	put_file(&machine, "/etc/apt/apt.conf", "\nAcquire {\n http::Proxy \"http://a:1\"; };\n");
	cr_assert_str_eq(look(&machine, "apt")->seen.location, "/etc/apt/apt.conf:3");
	put_file(&machine, "/etc/environment.d/10-a.conf", "http_proxy=b:1\n");
	put_file(&machine, "/etc/environment.d/20-b.conf", "# x\nhttps_proxy=b:1\n");
	cr_assert_str_eq(look(&machine, "environment_d")->seen.location,
	    "/etc/environment.d/10-a.conf:1, /etc/environment.d/20-b.conf:2");
}

Test(linux_proxy, overrides_foreign_parts_without_touching_them)
{
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_every_target(&machine);
	put_file(&machine, "/etc/apt/apt.conf.d/95proxies",
	    "Acquire::http::Proxy \"http://joe:s3cret@old:1\";\nAcquire::http::Proxy::x "
	    "\"DIRECT\";\n"
	    "Acquire::http::Proxy-Auto-Detect \"/usr/bin/auto\";\n");
	put_file(&machine, "/etc/systemd/system.conf.d/50-proxy.conf",
	    "[Manager]\nDefaultEnvironment=http_proxy=old:1 FOO=bar\n");
	put_file(&machine, "/etc/environment.d/50-proxy.conf", "http_proxy=old:1\nno_proxy=x\n");
	for (size_t i = 0; i < COUNT(every_target); i++) {
		make(&machine, every_target[i], FULL);
		make(&machine, every_target[i], "direct");
	}
	cr_assert(strstr(file_text(&machine, "/etc/apt/apt.conf.d/95proxies"), "s3cret"));
	cr_assert(
	    strstr(file_text(&machine, "/etc/systemd/system.conf.d/50-proxy.conf"), "FOO=bar"));
}

Test(linux_proxy, names_a_foreign_part_that_would_win)
{
	static const struct {
		const char *target, *file, *content;
	} cases[] = {
	    {"apt", "/etc/apt/apt.conf.d/zz-proxy", "\nAcquire::http::Proxy \"http://old:1\";\n"},
	    {"environment_d", "/etc/environment.d/zz.conf", "\nhttp_proxy=old:1\n"},
	    {"systemd", "/etc/systemd/system.conf.d/zz.conf",
	        "[Manager]\nDefaultEnvironment=http_proxy=old:1\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(machine) machine = {0};
		struct err err = {0};

		machine_open(&machine);
		put_every_target(&machine);
		put_file(&machine, cases[i].file, cases[i].content);
		for (size_t j = 0; j < 2; j++) {
			cr_assert_not(put(&machine, cases[i].target, j ? "direct" : FULL, &err));
			cr_assert_eq(err.code, ERR_HOST);
			cr_assert(strstr(err.text, cases[i].file), "%s", err.text);
			cr_assert(strstr(err.text, ":2 "), "%s", err.text);
			cr_assert_eq(machine.changes.count, 0);
		}
	}
}

Test(linux_proxy, a_later_part_that_is_shadowed_by_etc_does_not_count)
{
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_every_target(&machine);
	put_file(&machine, "/usr/lib/environment.d/zz.conf", "http_proxy=old:1\n");
	cr_assert_str_neq(look(&machine, "environment_d")->value, "direct");
	put_link(&machine, "/etc/environment.d/zz.conf", "/dev/null");
	cr_assert_str_eq(look(&machine, "environment_d")->value, "direct");
	make(&machine, "environment_d", FULL);
}

Test(linux_proxy, apt_skips_the_files_that_apt_skips)
{
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_every_target(&machine);
	put_file(&machine, "/etc/apt/apt.conf.d/99proxy.disabled", "Acquire::http::Proxy \"a:1\";");
	put_file(&machine, "/etc/apt/apt.conf.d/99proxy~", "Acquire::http::Proxy \"a:1\";");
	put_file(&machine, "/etc/apt/apt.conf.d/.99proxy", "Acquire::http::Proxy \"a:1\";");
	cr_assert_str_eq(look(&machine, "apt")->value, "direct");
	put_file(&machine, "/etc/apt/apt.conf.d/99proxy.conf", "Acquire::http::Proxy \"a:1\";");
	cr_assert_str_eq(look(&machine, "apt")->value, "static http=a:1 https=a:1");
}

Test(linux_proxy, yum_conf_counts_where_there_is_no_dnf)
{
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_file(&machine, "/etc/yum.conf", "[main]\nproxy=http://old:1\n");
	cr_assert_str_eq(look(&machine, "dnf")->value, "static http=old:1 https=old:1");
	make(&machine, "dnf", "static http=a:1 https=a:1");
	cr_assert_str_eq(file_text(&machine, "/etc/yum.conf"), "[main]\nproxy=http://a:1\n");
	put_file(&machine, "/etc/dnf/dnf.conf", "[main]\n");
	cr_assert_str_eq(look(&machine, "dnf")->value, "direct");
}

Test(linux_proxy, says_what_cannot_be_held)
{
	static const char *const cases[][3] = {
	    {"winhttp", "direct", "not a proxy setting of Linux"},
	    {"dnf", "direct", "no dnf or yum on this host"},
	    {"environment", "pac http://w/p.pac",
	        "the programs that read it know no proxy script (PAC)"},
	    {"environment", "auto", "the programs that read it know no automatic detection"},
	};
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_file(&machine, "/etc/environment", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct item want = wanted(&machine, cases[i][0], cases[i][1]);

		cr_assert_eq(
		    want.asked.holding, i < 2 ? HOLD_NOT_APPLICABLE : HOLD_NOT_EXPRESSIBLE);
		cr_assert_str_eq(want.note, cases[i][2]);
	}
}

Test(linux_proxy, says_what_of_a_bypass_list_is_lost)
{
	AUTO(machine) machine = {0};
	struct item want;

	machine_open(&machine);
	put_every_target(&machine);
	want = wanted(&machine, "apt", FULL);
	cr_assert_str_eq(want.value,
	    "static http=proxy.corp.example:8080 https=proxy.corp.example:8443 bypass=localhost");
	cr_assert_str_eq(want.note, "*.corp.example, 10.0.0.0/8, <local> cannot be said to apt, "
	                            "which knows exact host names alone: connections there use the "
	                            "proxy");
	want = wanted(&machine, "environment", FULL);
	cr_assert_str_eq(want.value,
	    "static http=proxy.corp.example:8080 https=proxy.corp.example:8443 "
	    "bypass=.corp.example,10.0.0.0/8,localhost");
	cr_assert(strstr(want.note, "<local> cannot be said in no_proxy"), "%s", want.note);
	cr_assert(strstr(want.note, "10.0.0.0/8 in no_proxy is understood by curl 7.86"));
	want = wanted(&machine, "dnf", FULL);
	cr_assert_str_eq(
	    want.value, "static http=proxy.corp.example:8443 https=proxy.corp.example:8443");
	cr_assert(strstr(want.note, "one proxy for http and https"), "%s", want.note);
	want =
	    wanted(&machine, "environment", "static http=a:1 bypass=[0:0::1],10.0.0.1,localhost");
	cr_assert_str_eq(want.value, "static http=a:1 bypass=10.0.0.1,::1,[::1],localhost");
	cr_assert_null(want.note);
	want = wanted(&machine, "environment", "static http=a:1 bypass=x,*");
	cr_assert_str_eq(want.value, "static http=a:1 bypass=*");
	cr_assert(strstr(want.note, "but not by wget"), "%s", want.note);
	want = wanted(&machine, "environment", "static http=a:1 bypass=www.example.");
	cr_assert_str_eq(want.value, "static http=a:1 bypass=www.example");
	cr_assert(strstr(want.note, "www.example in no_proxy means also the hosts below it"));
	want = wanted(&machine, "environment", "static http=a:1 bypass=fd00::/8");
	cr_assert(strstr(want.note, "fd00::/8 in no_proxy is understood by Go, but not by curl"));
	want = wanted(&machine, "zypper", "static http=a:1 bypass=in*.x,h:80");
	cr_assert_str_eq(want.value, "static http=a:1 bypass=h:80");
}

Test(linux_proxy, a_file_that_cannot_be_read_is_an_item_with_a_reason)
{
	AUTO(machine) machine = {0};
	struct err err = {0};
	char *large = mem_alloc(300 * 1024 + 1);

	machine_open(&machine);
	memset(large, '#', 300 * 1024);
	put_file(&machine, "/etc/environment", large);
	free(large);
	cr_assert_eq(look(&machine, "environment")->seen.reading, READING_FAULT);
	cr_assert(strstr(look(&machine, "environment")->note, "/etc/environment"));
	cr_assert_not(put(&machine, "environment", "direct", &err));
	cr_assert_eq(machine.changes.count, 0);
}

Test(linux_proxy, does_not_replace_a_link)
{
	AUTO(machine) machine = {0};
	struct err err = {0};

	machine_open(&machine);
	put_file(&machine, "/etc/real", "http_proxy=a:1\n");
	put_link(&machine, "/etc/environment", "real");
	cr_assert_str_neq(look(&machine, "environment")->value, "direct");
	cr_assert_not(put(&machine, "environment", "direct", &err));
	cr_assert(strstr(err.text, "symbolic link"), "%s", err.text);
	cr_assert_eq(machine.changes.count, 0);
}

Test(linux_proxy, drop_takes_the_setting_away)
{
	AUTO(machine) machine = {0};
	struct err err;

	machine_open(&machine);
	put_every_target(&machine);
	for (size_t i = 0; i < COUNT(every_target); i++) {
		make(&machine, every_target[i], "static http=a:1 https=a:1");
		cr_assert(linux_proxy_drop(&machine.host, look(&machine, every_target[i]),
		              &machine.changes, &err),
		    "%s", err.text);
		carry_out(&machine);
		cr_assert_str_eq(look(&machine, every_target[i])->value, "direct");
	}
}

Test(linux_proxy, says_what_is_still_to_be_done)
{
	AUTO(machine) machine = {0};
	AUTO(text) notes = {0};
	struct err err;

	machine_open(&machine);
	put_every_target(&machine);
	cr_assert(put(&machine, "apt", "static http=a:1", &err), "%s", err.text);
	linux_proxy_notes(&machine.changes, &notes);
	cr_assert_str_eq(text_string(&notes), "");
	cr_assert(put(&machine, "systemd", "static http=a:1", &err), "%s", err.text);
	cr_assert_null(wanted(&machine, "systemd", "static http=a:1").note);
	linux_proxy_notes(&machine.changes, &notes);
	cr_assert(strstr(text_string(&notes), "proxy/systemd: services see a change after"));
}

Test(linux_proxy, environment_d_takes_away_what_another_part_sets)
{
	AUTO(machine) machine = {0};

	machine_open(&machine);
	put_every_target(&machine);
	put_file(&machine, "/etc/environment.d/50-corp.conf",
	    "http_proxy=old:1\nall_proxy=old:1\nftp_proxy=old:1\nno_proxy=x\n");
	make(&machine, "environment_d", "direct");
	cr_assert(strstr(file_text(&machine, "/etc/environment.d/99-trust-deployer-proxy.conf"),
	    "\nhttp_proxy=${http_proxy:+}\n"));
	make(&machine, "environment_d", "static https=a:1");
	/* as it was written before, systemd ignored it */
	put_file(&machine, "/etc/environment.d/99-trust-deployer-proxy.conf", "http_proxy=\"\"\n");
	cr_assert_str_neq(look(&machine, "environment_d")->value, "direct");
}

Test(linux_proxy, says_that_pam_env_reads_no_binary_file)
{
	static const struct {
		struct span content;
		const char *says;
	} cases[] = {
	    {{(const uint8_t *)"\xff\xfe"
	                       "A\0=\0"
	                       "1\0\n\0",
	         10},
	        "/etc/environment:1: is UTF-16 text"},
	    {{(const uint8_t *)"\xfe\xff\0A\0=\0"
	                       "1\0\n",
	         10},
	        "/etc/environment:1: is UTF-16 text"},
	    {{(const uint8_t *)"A=1\nB=\0\nC=1\n", 12}, "/etc/environment:2: holds a NUL byte"},
	    {{(const uint8_t *)"A=1\nB=1\0", 8}, "/etc/environment:2: holds a NUL byte"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(machine) machine = {0};
		struct err err = {0};

		machine_open(&machine);
		put_bytes(&machine, "/etc/environment", cases[i].content);
		cr_assert_not(put(&machine, "environment", "static http=a:1", &err));
		cr_assert(strstr(err.text, cases[i].says), "%s", err.text);
		cr_assert_eq(machine.changes.count, 0);
	}
}

Test(linux_proxy, apt_follows_its_includes)
{
	AUTO(machine) machine = {0};
	struct err err = {0};

	machine_open(&machine);
	put_every_target(&machine);
	put_file(&machine, "/srv/inc", "Acquire::http::Proxy \"http://old:1\";\n");
	put_file(&machine, "/etc/apt/apt.conf.d/10inc",
	    "Acquire::http::Proxy \"http://x:1\";\n#include \"/srv/inc\";\n");
	cr_assert_str_eq(look(&machine, "apt")->value, "static http=old:1 https=old:1");
	make(&machine, "apt", "static http=a:1");
	put_file(&machine, "/etc/apt/apt.conf.d/zz-inc", "#include \"/srv/inc\";\n");
	cr_assert_not(put(&machine, "apt", "static http=a:1", &err));
	cr_assert(strstr(err.text, "/srv/inc:1 "), "%s", err.text);
	/* in itself, and of nothing */
	put_file(&machine, "/srv/inc", "#include \"/srv/inc\";\n");
	cr_assert_not(put(&machine, "apt", "static http=a:1", &err));
	cr_assert(strstr(err.text, "/srv/inc:1: #include goes too deep"), "%s", err.text);
	put_file(&machine, "/etc/apt/apt.conf.d/10inc", "\n#include \"/srv/none\";\n");
	cr_assert_not(put(&machine, "apt", "static http=a:1", &err));
	cr_assert(strstr(err.text, "/etc/apt/apt.conf.d/10inc:2: #include of a file that is not"),
	    "%s", err.text);
	put_file(&machine, "/etc/apt/apt.conf.d/10inc", "\n#include \"/srv/\";\n");
	cr_assert_not(put(&machine, "apt", "static http=a:1", &err));
	cr_assert(
	    strstr(err.text, "/etc/apt/apt.conf.d/10inc:2: #include of a folder"), "%s", err.text);
}
