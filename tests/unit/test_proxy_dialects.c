/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "host/linux/proxy/targets.h"

struct reading {
	const char *text, *value;
};

/* The value that one file comes to. */
static const char *read_as(const struct target *target, const char *text, struct arena *arena)
{
	AUTO(proxy_settings) settings = {0};
	struct proxy_seen seen;

	target->places.parse(span_text(text), &settings);
	target->settle(&settings, arena, &seen);
	return setting_show(&seen.setting, arena);
}

static void check_readings(const struct target *target, const struct reading *list, size_t count)
{
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < count; i++) {
		const char *value = read_as(target, list[i].text, &arena);

		cr_expect_str_eq(value, list[i].value, "<<%s>>\n gives %s\n  want %s", list[i].text,
		    value, list[i].value);
	}
}

#define UPPER_A   "HTTP_PROXY=a:1\nHTTPS_PROXY=a:1\n"
#define BOTH_A    "static http=a:1 https=a:1"
#define NOT_UPPER " (HTTP_PROXY not set)"

Test(proxy_dialect, environment_is_read_as_pam_env_reads_it)
{
	static const struct reading list[] = {
	    {"", "direct"},
	    {"PATH=/bin\n", "direct"},
	    {"http_proxy=a:1\nhttps_proxy=a:1\n" UPPER_A, BOTH_A},
	    {"http_proxy=\"http://a:1/\"\nexport https_proxy='http://A:1'\n" UPPER_A, BOTH_A},
	    {"http_proxy=a:1", "static http=a:1" NOT_UPPER},
	    {"HTTP_PROXY=a:1", "direct (HTTP_PROXY=a:1)"},
	    {"http_proxy=\n", "direct"},
	    /* the last one counts */
	    {"http_proxy=b:1\nhttp_proxy=a:1\nhttps_proxy=a:1\n" UPPER_A, BOTH_A},
	    /* a name alone takes it away */
	    {"http_proxy=b:1\nhttp_proxy\n", "direct"},
	    {" \thttp_proxy=a:1 # why\n", "static http=a:1%20" NOT_UPPER},
	    {"#http_proxy=a:1\n", "direct"},
	    {"http_proxy=\"a#b\"\n", "static http=a" NOT_UPPER},
	    {"http_proxy=\"http://joe:pw#x@a:1\"\n", "static http=***" NOT_UPPER},
	    {"HTTP_PROXY=joe:pw#x@a:1\n", "direct (HTTP_PROXY=***)"},
	    {"all_proxy=socks5://a:1\nALL_PROXY=socks5://a:1\n", "static all=socks5://a:1"},
	    {"ftp_proxy=a:1\n", "static ftp=a:1 (FTP_PROXY not set)"},
	    /* a carriage return becomes part of the value there */
	    {"http_proxy=\"a:1\"\r\n", "static http=a:1%22%0d" NOT_UPPER},
	    {"http_proxy=a\\\n:1\n", "static http=a:1" NOT_UPPER},
	    {"http_proxy=a\\\n# comment\n:1\n", "static http=a:1" NOT_UPPER},
	    /* cut off by the end of the file */
	    {"http_proxy=a:1\\\n", "direct"},
	    {"http-proxy=a:1\n=x\nhttp_proxy =a:1\nexporthttp_proxy=a\n", "direct"},
	    {"http_proxy=a:1\nno_proxy=\"b, c,,.d e\"\n",
	        "static http=a:1 bypass=.d,b,c,e (HTTP_PROXY not set; NO_PROXY not set)"},
	    {"no_proxy=b\n", "direct"},
	    {"http_proxy=http://joe:s3cret@a:1\n", "static http=***@a:1" NOT_UPPER},
	    {"http_proxy=\"http://joe:s3 cr,et@a:1\"\n", "static http=***@a:1" NOT_UPPER},
	    {"http_proxy=\xc3\xa4\xff:1\n", "static http=%c3%a4%ff:1" NOT_UPPER},
	};

	check_readings(&TARGET_ENVIRONMENT_ROW, list, COUNT(list));
}

Test(proxy_dialect, environment_d_is_read_as_systemd_reads_it)
{
	static const struct reading list[] = {
	    {"", "direct"},
	    {"http_proxy=a:1", "static http=a:1" NOT_UPPER},
	    {"  http_proxy = \"a:1\"  \n", "static http=a:1" NOT_UPPER},
	    {"# http_proxy=b\n; http_proxy=b\nhttp_proxy='a:1'\n", "static http=a:1" NOT_UPPER},
	    {"http_proxy=\"a\\\n:1\"\n", "static http=a:1" NOT_UPPER},
	    {"http_proxy=a\\\n:1   \n", "static http=a:1" NOT_UPPER},
	    {"http_proxy=\"a\"':1'\n", "static http=a:1" NOT_UPPER},
	    {"http_proxy=\"a\\\"b\\c\"\n", "static http=a%22b%5cc" NOT_UPPER},
	    {"http_proxy=a:1\nHTTP_PROXY=${http_proxy}\n", "static http=a:1"},
	    {"http_proxy=a:1\nHTTP_PROXY=$http_proxy\n", "static http=a:1"},
	    {"http_proxy=$OTHER\n", "static http=%24other" NOT_UPPER},
	    {"http_proxy=a:1\r\n", "static http=a:1" NOT_UPPER},
	    {"http_proxy\nhttps_proxy=a:1", "static https=a:1 (HTTPS_PROXY not set)"},
	    {"http_proxy=\"a:1", "static http=a:1" NOT_UPPER},
	    {"http_proxy=a\\", "static http=a%5c" NOT_UPPER},
	    /* a variable without a value leaves what was there, but for an expansion to nothing */
	    {"http_proxy=a:1\nhttp_proxy=\n", "static http=a:1" NOT_UPPER},
	    {"http_proxy=a:1\nhttp_proxy=\"\"\n", "static http=a:1" NOT_UPPER},
	    {"http_proxy=a:1\nhttp_proxy=${http_proxy:+}\n", "direct"},
	    {"http_proxy=a:1\nhttp_proxy=${https_proxy}\n", "direct"},
	    {"http_proxy=${http_proxy:-a:1}\nHTTP_PROXY=${http_proxy:+a:1}\n", "static http=a:1"},
	    {"http_proxy=b:1\nhttp_proxy=${https_proxy:+a:1}\n", "direct"},
	};

	check_readings(&TARGET_ENVIRONMENT_D_ROW, list, COUNT(list));
}

Test(proxy_dialect, default_environment_is_read_as_systemd_reads_it)
{
	static const struct reading list[] = {
	    {"", "direct"},
	    {"DefaultEnvironment=http_proxy=a:1\n", "direct"},
	    {"[Manager]\nDefaultEnvironment=http_proxy=a:1 HTTP_PROXY=a:1\n", "static http=a:1"},
	    {"[Manager]\nDefaultEnvironment=\"http_proxy=a:1\" 'HTTP_PROXY=a:1'",
	        "static http=a:1"},
	    {"[Manager]\nDefaultEnvironment=http_proxy=a:1 \\\n# comment\n  HTTP_PROXY=a:1\n",
	        "static http=a:1"},
	    {"[Manager]\nDefaultEnvironment=http_proxy=a:1\nDefaultEnvironment=HTTP_PROXY=a:1\n",
	        "static http=a:1"},
	    {"[Manager]\nDefaultEnvironment=http_proxy=a:1\nDefaultEnvironment=\n", "direct"},
	    {"[Manager]\nDefaultEnvironment=http_proxy=a:1\n[Other]\nDefaultEnvironment=\n",
	        "static http=a:1" NOT_UPPER},
	    {"[Manager]\n#DefaultEnvironment=http_proxy=a:1\n", "direct"},
	    {"[Manager]\r\nDefaultEnvironment=http_proxy=a:1\r\n", "static http=a:1" NOT_UPPER},
	    {"[Manager]\nDefaultEnvironment=\"http_proxy=a%%20:1\"\n",
	        "static http=a%20:1" NOT_UPPER},
	    {"[Manager]\nDefaultEnvironment=http_proxy=a\\x3a1 junk =x\n",
	        "static http=a:1" NOT_UPPER},
	    {"[Manager]\nDefaultEnvironment=\"no_proxy=b c\" http_proxy=a:1",
	        "static http=a:1 bypass=b,c (HTTP_PROXY not set; NO_PROXY not set)"},
	    {"[Manager]\nDefaultEnvironment=http_proxy=a:1 \\", "static http=a:1" NOT_UPPER},
	};

	check_readings(&TARGET_SYSTEMD_ROW, list, COUNT(list));
}

Test(proxy_dialect, sysconfig_counts_when_it_is_enabled)
{
	static const struct reading list[] = {
	    {"", "direct"},
	    {"HTTP_PROXY=\"http://a:1/\"\n", "direct"},
	    {"PROXY_ENABLED=\"no\"\nHTTP_PROXY=\"http://a:1/\"\n", "direct"},
	    {"PROXY_ENABLED=\"yes\"\nHTTP_PROXY=\"http://a:1/\"\nHTTPS_PROXY=\"\"\n"
	     "FTP_PROXY=\"b:1\"\nNO_PROXY=\"localhost, 127.0.0.1\"\n",
	        "static http=a:1 ftp=b:1 bypass=127.0.0.1,localhost"},
	    {"PROXY_ENABLED=yes\nHTTPS_PROXY='http://u:p@a:1'\n", "static https=***@a:1"},
	    {"PROXY_ENABLED=yes\nHTTP_PROXY=\"\"\n", "direct"},
	};

	check_readings(&TARGET_ZYPPER_ROW, list, COUNT(list));
}

Test(proxy_dialect, dnf_has_one_proxy)
{
	static const struct reading list[] = {
	    {"", "direct"},
	    {"[main]\ngpgcheck=1\n", "direct"},
	    {"proxy=http://a:1\n", "direct"},
	    {"[main]\nproxy=http://a:1\n", BOTH_A},
	    {"[main]\nproxy = http://a:1/ \r\n", BOTH_A},
	    {"[main]\nproxy=_none_\n", "direct"},
	    {"[main]\nproxy=\n", "direct"},
	    {"[main]\n#proxy=b\n;proxy=b\nproxy=a:1", BOTH_A},
	    {"[main]\nproxy=b:1\nproxy=a:1\n", BOTH_A},
	    {"[main]\nproxy=a:1\n[updates]\nproxy=b:1\n", BOTH_A},
	    {"[updates]\nproxy=b:1\n[main]\nproxy=a:1\n", BOTH_A},
	    {"[main]\nproxy=http://a:1\nproxy_username=joe\nproxy_password=s3cret\n",
	        "static http=***@a:1 https=***@a:1"},
	    {"[main]\nproxy=http://a:1\nproxy_password=s3cret\n",
	        "static http=***@a:1 https=***@a:1"},
	    {"[main]\nproxy=http://joe:s3cret@a:1\n", "static http=***@a:1 https=***@a:1"},
	    {"[main]\nexclude=a\n proxy=b\nproxy=a:1\n", BOTH_A},
	    {"\xef\xbb\xbf[main]\nproxy=\"http://a:1\"\n", BOTH_A},
	    {"[main] # comment\nproxy='http://a:1'\n", BOTH_A},
	    {"[main]\nproxy=_NONE_\n", "direct"},
	    {"[main]\nproxy=None\n", "direct"},
	    {"[main]\nproxy=http://a:1\nproxy_username=None\n", BOTH_A},
	    /* lines that begin with a blank go on with the value, quotes go after that */
	    {"[main]\nproxy=a:1\n \n\t\nx=1\n", BOTH_A},
	    {"[main]\nproxy=\"a:1\"\n \nx=1\n", BOTH_A},
	    {"[main]\nx=1\n \n y\nproxy=a:1\n", BOTH_A},
	    {"[main]\nproxy=a:1\n [updates]\nproxy=b:1\n", BOTH_A},
	    {" [main]\nproxy=a:1\n", BOTH_A},
	};

	check_readings(&TARGET_DNF_ROW, list, COUNT(list));
}

Test(proxy_dialect, apt_conf_is_read_as_apt_reads_it)
{
	static const struct reading list[] = {
	    {"", "direct"},
	    {"Acquire::http::Proxy \"http://a:1\";", BOTH_A},
	    {"acquire::HTTP::proxy \"http://a:1/\";\n", BOTH_A},
	    {"Acquire { http { Proxy \"http://a:1\"; }; };", BOTH_A},
	    {"Acquire\n{\n http::Proxy\n  \"http://a:1\"\n;\n}\n", BOTH_A},
	    {"Acquire::http { Proxy \"http://a:1\" }", BOTH_A},
	    /* what comes behind "//" is a comment */
	    {"Acquire::http::Proxy http://a:1;", "direct"},
	    {"Acquire::http::Proxy \"false\";", "direct"},
	    {"Acquire::http::Proxy \"none\"; Acquire::https::Proxy \"http://\";", "direct"},
	    {"Acquire::http::Proxy::h \"http://b:1\";", "direct (acquire::http::proxy::h=b:1)"},
	    {"Acquire::http::Proxy \"http://a:1\"; Acquire::https::Proxy \"DIRECT\";",
	        "static http=a:1"},
	    {"Acquire::http::Proxy \"DIRECT\";", "direct"},
	    {"Acquire::https::Proxy \"http://a:1\";", "static https=a:1"},
	    {"// Acquire::http::Proxy \"b\";\n# Acquire::http::Proxy \"b\";\n"
	     "/* Acquire::http::Proxy \"b\";\n*/ Acquire::http::Proxy /* x */ \"http://a:1\"; // y",
	        BOTH_A},
	    {"Acquire::http::Proxy \"http://b:1\";\nAcquire::http::Proxy \"http://a:1\";", BOTH_A},
	    {"Acquire::http::Proxy \"http://b:1\";\n#clear Acquire::http::Proxy;", "direct"},
	    {"Acquire::http::Proxy \"http://b:1\";\n#clear acquire;", "direct"},
	    {"Acquire::http::Proxy \"http://a:1\";\n#clear Acquire::http::Pro;", BOTH_A},
	    {"Acquire::http::Proxy \"http://a:1\"; Acquire::http::Proxy::Host \"DIRECT\";",
	        BOTH_A " bypass=host"},
	    {"Acquire::http::Proxy \"http://a:1\"; Acquire::https::Proxy::host \"DIRECT\";",
	        BOTH_A " (acquire::https::proxy::host=direct)"},
	    {"Acquire::http::Proxy { host \"DIRECT\"; other \"http://u:pw@b:1\"; };"
	     "Acquire::http::Proxy \"http://a:1\";",
	        BOTH_A " bypass=host (acquire::http::proxy::other=***@b:1)"},
	    {"Acquire::http::Proxy \"http://a:1\"; Acquire::http::Proxy:: \"x\";", BOTH_A},
	    {"Acquire::http::Proxy \"http://joe:s3cret@a:1\";",
	        "static http=***@a:1 https=***@a:1"},
	    {"Acquire::http::Proxy \"http://a:1\";\nAcquire::http::Proxy-Auto-Detect \"/bin/x\";",
	        "auto (acquire::http::proxy-auto-detect=/bin/x)"},
	    {"Acquire::ftp::Proxy \"http://a:1\";", "static ftp=a:1"},
	    {"Acquire::ftp::Proxy \"DIRECT\"; Acquire::ftp::Proxy::h \"DIRECT\";", "direct"},
	    {"DPkg::Post-Invoke { \"rm -f /x;y || true\"; };\nAcquire::http::Proxy \"http://a:1\";",
	        BOTH_A},
	    {"Acquire::http::Proxy \"http://a:1", "direct"},
	    {"}};\"{", "direct"},
	    {"Acquire::http::Proxy \"\";", "direct"},
	};

	check_readings(&TARGET_APT_ROW, list, COUNT(list));
}

struct editing {
	const char *before, *after;
};

static void check_editing(
    const struct target *target, const struct proxy *want, const struct editing *list, size_t count)
{
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < count; i++) {
		AUTO(proxy_settings) settings = {0};
		struct proxy_edits edits = {0};
		AUTO(text) out = {0};

		target->places.parse(span_text(list[i].before), &settings);
		target->edits(want, &settings, &arena, &edits);
		proxy_edit_apply(span_text(list[i].before), &settings, &edits, &out);
		cr_expect_str_eq(text_string(&out), list[i].after,
		    "<<%s>>\n gives <<%s>>\n want <<%s>>", list[i].before, text_string(&out),
		    list[i].after);
	}
}

static const struct proxy direct = {.mode = PROXY_DIRECT};
static const struct proxy plain = {
    .mode = PROXY_STATIC, .server = {{.place = "a:1"}, {.place = "a:1"}}};
static const struct proxy with_ftp = {
    .mode = PROXY_STATIC, .server = {{.place = "a:1"}, {.place = "a:1"}, {.place = "f"}}};

#define LINES_A                                                                                    \
	"http_proxy=\"http://a:1\"\nHTTP_PROXY=\"http://a:1\"\n"                                   \
	"https_proxy=\"http://a:1\"\nHTTPS_PROXY=\"http://a:1\"\n"

Test(proxy_edit, environment_keeps_foreign_bytes)
{
	static const struct editing to_static[] = {
	    {"", LINES_A},
	    {"PATH=/bin", "PATH=/bin\n" LINES_A},
	    {"# \xff\r\nPATH=\"/bin\"\r\n", "# \xff\r\nPATH=\"/bin\"\r\n" LINES_A},
	    {LINES_A, LINES_A},
	    {"A=1\nhttp_proxy=b\nhttp_proxy=c\nB=2\nno_proxy=x\nftp_proxy=f\n",
	        "A=1\nhttp_proxy=\"http://a:1\"\nB=2\n"
	        "HTTP_PROXY=\"http://a:1\"\nhttps_proxy=\"http://a:1\"\n"
	        "HTTPS_PROXY=\"http://a:1\"\n"},
	};
	static const struct editing to_direct[] = {
	    {"", ""},
	    {"A=1\n" LINES_A "no_proxy=x\nNO_PROXY=x\nall_proxy=y\nB=2", "A=1\nB=2"},
	    {"export http_proxy=b # keep me\nA=1\n", "# keep me\nA=1\n"},
	    {"http_proxy=b\\\n:1\nA=1\n", "A=1\n"},
	    {"http_proxy=b", ""},
	};

	check_editing(&TARGET_ENVIRONMENT_ROW, &plain, to_static, COUNT(to_static));
	check_editing(&TARGET_ENVIRONMENT_ROW, &direct, to_direct, COUNT(to_direct));
}

/* Each of these makes its consumer stop reading. */
Test(proxy_dialect, text_that_is_not_utf8_is_a_fault)
{
	static const struct {
		const struct target *target;
		const char *text;
		bool good;
	} list[] = {
	    {&TARGET_ENVIRONMENT_D_ROW, "A=1\nNAME=J\xfcrgen\n", false},
	    {&TARGET_ENVIRONMENT_D_ROW, "# J\xfcrgen\nJ\xfcrgen=1\nNAME=J\xc3\xbcrgen\n", true},
	    {&TARGET_ENVIRONMENT_D_ROW, "NAME=\xed\xa0\x80\n", false},
	    {&TARGET_SYSTEMD_ROW, "[Manager]\nLogTarget=\xfc\n", false},
	    {&TARGET_SYSTEMD_ROW, "[Manager]\n# \xfc\n", true},
	    {&TARGET_DNF_ROW, "[main]\nproxy_password=\xfc\n", false},
	    {&TARGET_DNF_ROW, "[main]\n# \xfc\nname=\xfc\nproxy_password=\xc3\xbc\n", true},
	    {&TARGET_ENVIRONMENT_ROW, "NAME=J\xfcrgen\n", true},
	    {&TARGET_APT_ROW, "APT::X \"\xfc\";\n", true},
	};

	for (size_t i = 0; i < COUNT(list); i++) {
		AUTO(proxy_settings) settings = {0};

		list[i].target->places.parse(span_text(list[i].text), &settings);
		cr_expect_eq(settings.fault == NULL, list[i].good, "<<%s>>", list[i].text);
	}
}

Test(proxy_edit, dnf_puts_the_proxy_into_main)
{
	static const struct editing to_static[] = {
	    {"", "[main]\nproxy=http://a:1\n"},
	    {"[main]\ngpgcheck=1\n[x]\ny=1\n", "[main]\nproxy=http://a:1\ngpgcheck=1\n[x]\ny=1\n"},
	    {"[main]", "[main]\nproxy=http://a:1\n"},
	    {"[x]\ny=1", "[x]\ny=1\n[main]\nproxy=http://a:1\n"},
	    {"[main]\n# c\nproxy=b\nz=1\n", "[main]\n# c\nproxy=http://a:1\nz=1\n"},
	    {"[main]\nproxy=b\n  goes on\nproxy_username=u\nproxy_password=p\nz=1\n",
	        "[main]\nproxy=http://a:1\nz=1\n"},
	    {"[main]\nproxy_username=u\nz=1\n[x]\nproxy=keep\n",
	        "[main]\nproxy=http://a:1\nz=1\n[x]\nproxy=keep\n"},
	};
	static const struct editing to_direct[] = {
	    {"[main]\nproxy=b\nproxy_username=u\nproxy_password=p\nz=1\n", "[main]\nz=1\n"},
	    {"[main]\nz=1", "[main]\nz=1"},
	};

	check_editing(&TARGET_DNF_ROW, &plain, to_static, COUNT(to_static));
	check_editing(&TARGET_DNF_ROW, &direct, to_direct, COUNT(to_direct));
}

Test(proxy_edit, sysconfig_keeps_its_comments_and_ftp)
{
	static const struct editing to_static[] = {
	    {"## Type: yesno\nPROXY_ENABLED=\"no\"\n## d\nHTTP_PROXY=\"\"\nHTTPS_PROXY=\"\"\n"
	     "FTP_PROXY=\"f\"\nNO_PROXY=\"localhost\"\n",
	        "## Type: yesno\nPROXY_ENABLED=\"yes\"\n## d\nHTTP_PROXY=\"http://a:1\"\n"
	        "HTTPS_PROXY=\"http://a:1\"\nFTP_PROXY=\"f\"\nNO_PROXY=\"\"\n"},
	};
	static const struct editing to_direct[] = {
	    {"PROXY_ENABLED=\"yes\"\nHTTP_PROXY=\"b\"\n",
	        "PROXY_ENABLED=\"no\"\nHTTP_PROXY=\"b\"\n"},
	};

	check_editing(&TARGET_ZYPPER_ROW, &with_ftp, to_static, COUNT(to_static));
	check_editing(&TARGET_ZYPPER_ROW, &direct, to_direct, COUNT(to_direct));
}

Test(proxy_edit, apt_conf_loses_its_proxy_alone)
{
	static const struct editing list[] = {
	    {"Acquire::http::Proxy \"b\";\n", ""},
	    {"A::B \"c\";\n  Acquire::http::Proxy \"b\"; // was here\nD \"e\";\n",
	        "A::B \"c\";\n   // was here\nD \"e\";\n"},
	    {"Acquire {\n  http {\n    Proxy \"b\";\n    Timeout \"5\";\n    Proxy::h \"DIRECT\";\n"
	     "  };\n};\n",
	        "Acquire {\n  http {\n    Timeout \"5\";\n  };\n};\n"},
	    {"Acquire::http::Proxy \"b\"; Acquire::https::Proxy \"b\"; X \"y\";\n", "  X \"y\";\n"},
	    {"Acquire::ftp::Proxy \"ftp://b\";\nAcquire::http::Pipeline-Depth \"0\";\n",
	        "Acquire::http::Pipeline-Depth \"0\";\n"},
	    {"Acquire::ftp::Proxy \"b\";\nAcquire::http::Pipeline-Depth \"0\";\n",
	        "Acquire::ftp::Proxy \"b\";\nAcquire::http::Pipeline-Depth \"0\";\n"},
	};

	check_editing(&TARGET_APT_ROW, &direct, list, COUNT(list));
}

/* What is written is read back as meant, in every dialect that writes whole parts. */
Test(proxy_write, reads_back_as_meant)
{
	static const struct target *const dialects[] = {
	    &TARGET_ENVIRONMENT_D_ROW, &TARGET_SYSTEMD_ROW, &TARGET_APT_ROW};
	static const char *const values[] = {"direct", "static http=a:1", "static https=a:1",
	    "static http=a:1 https=https://b.example:2 bypass=10.0.0.1,www.example",
	    "static http=[fe80::1%25eth0]:3128 https=a:1"};
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(dialects) * COUNT(values); i++) {
		static const struct proxy_settings none = {0};
		AUTO(text) out = {0};
		struct proxy proxy;

		cr_assert(setting_read(values[i % COUNT(values)], &arena, &proxy));
		dialects[i / COUNT(values)]->write(&proxy, &none, &arena, &out);
		cr_expect_str_eq(read_as(dialects[i / COUNT(values)], text_string(&out), &arena),
		    values[i % COUNT(values)], "%s", text_string(&out));
	}
}
