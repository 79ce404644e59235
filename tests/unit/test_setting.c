/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/setting.h"

#define BYPASS(...)                                                                                \
	.bypass = (const char *[]){__VA_ARGS__},                                                   \
	.bypass_count = COUNT(((const char *[]){__VA_ARGS__}))
#define EXCEPTIONS(...)                                                                            \
	.exceptions = (struct proxy_exception[]){__VA_ARGS__},                                     \
	.exception_count = COUNT(((struct proxy_exception[]){__VA_ARGS__}))

Test(setting, equal_ones_need_not_be_written_alike)
{
	const struct proxy a = {.mode = PROXY_STATIC,
	    .server = {{.place = "proxy.example:1"}, {.place = "https://proxy.example:2"}},
	    BYPASS("<local>", "*.corp.example")};
	const struct proxy b = {.mode = PROXY_STATIC,
	    .server = {{.place = "HTTP://Proxy.Example:1/"}, {.place = "HTTPS://proxy.example:2/"}},
	    BYPASS("*.CORP.example", "<local>", "", "*.corp.example")};

	cr_assert(setting_equal(&a, &b));
}

/* Each of these was a note beside the value, or nothing, and so no difference. */
Test(setting, whatever_a_program_would_heed_makes_a_difference)
{
	const struct proxy plain = {.mode = PROXY_DIRECT};
	const struct proxy others[] = {
	    {.mode = PROXY_STATIC, .server[PROXY_ALL] = {.place = "socks5://a:1"}},
	    {.mode = PROXY_STATIC, .server[PROXY_FTP] = {.place = "a:1"}},
	    {.mode = PROXY_DIRECT, EXCEPTIONS({.name = "HTTP_PROXY", .value = "a:1"})},
	    {.mode = PROXY_DIRECT,
	        EXCEPTIONS(
	            {.name = "acquire::http::proxy::h", .value = "http://a:1", .kept = true})},
	    {.mode = PROXY_DIRECT, .fault = "apt stops"},
	    {.mode = PROXY_PER_USER},
	};
	const struct proxy login = {
	    .mode = PROXY_STATIC, .server[PROXY_HTTP] = {.place = "a:1", .login = "joe:x"}};
	const struct proxy bare = {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {.place = "a:1"}};

	for (size_t i = 0; i < COUNT(others); i++)
		cr_assert_not(setting_equal(&plain, &others[i]), "%zu", i);
	cr_assert_not(setting_equal(&login, &bare));
	cr_assert(setting_same_servers(&login, &bare));
}

Test(setting, record_reads_back_exactly)
{
	const struct proxy settings[] = {
	    {.mode = PROXY_DIRECT},
	    {.mode = PROXY_AUTO},
	    {.mode = PROXY_PER_USER},
	    {.mode = PROXY_PAC, .pac_url = "http://w.example/p.pac?a=b c,d"},
	    {.mode = PROXY_STATIC,
	        .server = {{.place = "http://a:1/", .login = "joe:p%40 =,\"\xff"},
	            {.place = "[fe80::1%25eth0]:2"}, {.place = "f"}, {.place = "socks5://a:1"}},
	        BYPASS("b,c d\n", "%41")},
	    {.mode = PROXY_DIRECT,
	        EXCEPTIONS({.name = "HTTP_PROXY", .value = "http://u:p=q@a:1"},
	            {.name = "NO_PROXY"}, {.name = "X", .value = ""})},
	};
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(settings); i++) {
		const char *text = setting_record(&settings[i], &arena);
		struct proxy again;

		cr_assert(setting_read(text, &arena, &again), "%s", text);
		cr_assert(setting_equal(&settings[i], &again), "%s", text);
		cr_assert_str_eq(setting_record(&again, &arena), text);
	}
}

/* On Windows 32-bit programs have a setting of their own: also with another log-in. */
Test(setting, of_others_is_compared_and_recorded_as_a_setting)
{
	AUTO(arena) arena = {0};
	struct proxy views[] = {
	    {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:x", false}, BYPASS("b", "c")},
	    {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:y", false}, BYPASS("b", "c")},
	    {.mode = PROXY_STATIC,
	        .server[PROXY_HTTP] = {"http://A:1", "joe:x", false},
	        BYPASS("C", "b")}};
	struct proxy_exception ones[COUNT(views)];
	struct proxy settings[COUNT(views)], again;

	for (size_t i = 0; i < COUNT(views); i++) {
		ones[i] = setting_of_others("32-bit programs", &views[i], &arena);
		settings[i] = (struct proxy){
		    .mode = PROXY_DIRECT, .exceptions = &ones[i], .exception_count = 1};
		cr_assert(setting_read(setting_record(&settings[i], &arena), &arena, &again));
		cr_assert(setting_equal(&settings[i], &again));
		cr_assert(setting_has_login(&again));
	}
	cr_assert_not(setting_equal(&settings[0], &settings[1]));
	cr_assert(setting_equal(&settings[0], &settings[2]));
	cr_assert_str_eq(setting_show(&settings[0], &arena),
	    "direct (32-bit programs: static http=***@a:1 bypass=b,c)");
	/* as it was recorded before such a setting had a form of its own */
	cr_assert(setting_read("exact direct except=32-bit%20programs=direct", &arena, &again));
	cr_assert(setting_names_server(&again));
	cr_assert_not(setting_read("exact direct other=x", &arena, &again));
	cr_assert_not(setting_read("exact direct other=x=y", &arena, &again));
}

Test(setting, what_version_0_1_recorded_is_read)
{
	static const char *const good[] = {"direct", "auto",
	    "pac http://wpad.corp.example/p.pac?A,b", "static http=a:1",
	    "static https=[::1]:3128 bypass=a",
	    "static http=a:1 https=https://b:2 bypass=*.corp.example,<local>"};
	/* hidden, or more than one reading: it cannot be put back */
	static const char *const bad[] = {"", "absent", "unreadable", "static http=***@a:1",
	    "static http=a:1 (upper-case names: direct)", "direct x", "pac", "pac a b", "static x",
	    "static http=a http=b", "static  http=a", "static bypass=a bypass=b",
	    "static http=a; for 32-bit programs: direct"};
	AUTO(arena) arena = {0};
	struct proxy setting;

	for (size_t i = 0; i < COUNT(good); i++) {
		cr_assert(setting_read(good[i], &arena, &setting), "%s", good[i]);
		cr_assert_str_eq(setting_show(&setting, &arena), good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert_not(setting_read(bad[i], &arena, &setting), "%s", bad[i]);
}

Test(setting, what_was_recorded_is_told_from_another_login)
{
	const struct {
		struct proxy was, is;
		bool same;
	} cases[] = {
	    {{.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:x", false}},
	        {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"http://A:1/", "joe:x", false}},
	        true},
	    {{.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:x", false}},
	        {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:y", false}}, false},
	    {{.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", NULL, false}},
	        {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"b:1", NULL, false}}, false},
	    /* what nobody could use is recorded as people saw it */
	    {{.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:x", false}, .fault = "f"},
	        {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:x", false}, .fault = "f"},
	        true},
	    {{.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", NULL, true}, .fault = "f"},
	        {.mode = PROXY_STATIC, .server[PROXY_HTTP] = {"a:1", "joe:x", false}}, false},
	    {{.mode = PROXY_DIRECT, BYPASS("a")}, {.mode = PROXY_DIRECT}, true},
	};
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *record = setting_record(&cases[i].was, &arena);

		cr_assert_eq(
		    setting_is_recorded(&cases[i].is, record), cases[i].same, "%s", record);
	}
}

Test(setting, shows_nothing_of_a_login)
{
	static const char *const texts[] = {"http://joe:hunter2@a:1", "joe:hunter2@a:1",
	    "http://joe:hunter2", "joe:hunter2%40a:1", "http://joe:hun@hunter2@a:1",
	    "//joe:hunter2@a", "HTTP://JOE:hunter2/x@a:1"};
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct proxy setting = {.mode = PROXY_STATIC,
		    .server[PROXY_HTTP] = setting_server(texts[i], &arena),
		    BYPASS(texts[i], "hunter2@x"),
		    EXCEPTIONS(setting_exception("HTTP_PROXY", texts[i], &arena),
		        setting_exception("NO_PROXY", texts[i], &arena))};
		struct proxy both = setting;
		struct proxy_exception other = setting_of_others("others", &setting, &arena);
		const char *record;

		both.exceptions = &other;
		both.exception_count = 1;
		cr_assert_not(strstr(setting_show(&both, &arena), "hun"));
		record = setting_record(&both, &arena);
		cr_assert_not(strstr(setting_show_record(record, &arena), "hun"), "%s", record);
		record = setting_record(&setting, &arena);

		cr_assert_not(strstr(setting_show(&setting, &arena), "hun"), "%s",
		    setting_show(&setting, &arena));
		cr_assert_not(strstr(setting_show_record(record, &arena), "hun"), "%s", record);
	}
}

static struct proxy with_login(const char *place, const char *login)
{
	return (struct proxy){
	    .mode = PROXY_STATIC, .server[PROXY_HTTP] = {.place = place, .login = login}};
}

Test(setting, a_login_is_never_lost_unasked)
{
	static const struct {
		enum proxy_login login;
		const char *place, *kept; /* kept NULL: a conflict; "": nothing is kept */
	} cases[] = {
	    {LOGIN_UNSAID, "a:1", NULL},
	    {LOGIN_UNSAID, "b:1", NULL},
	    {LOGIN_KEEP, "a:1", "joe:x"},
	    {LOGIN_KEEP, "http://A:1/", "joe:x"},
	    {LOGIN_KEEP, "a:2", NULL},
	    {LOGIN_KEEP, "b:1", NULL},
	    {LOGIN_NONE, "a:1", ""},
	    {LOGIN_NONE, "b:1", ""},
	};
	struct proxy have = with_login("a:1", "joe:x");
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct proxy want = with_login(cases[i].place, NULL);
		const char *why = NULL, *login;
		bool ok;

		want.login = cases[i].login;
		ok = setting_adopt(&want, &have, &arena, &why);
		cr_assert_eq(ok, cases[i].kept != NULL, "%zu", i);
		cr_assert_eq(why == NULL, ok);
		login = want.server[PROXY_HTTP].login;
		cr_assert(!ok || strcmp(login ? login : "", cases[i].kept) == 0, "%zu", i);
	}
}

Test(setting, what_no_policy_can_say_stays_with_static_and_goes_with_direct)
{
	const struct proxy have = {.mode = PROXY_STATIC,
	    .server = {[PROXY_HTTP] = {.place = "a:1"}, [PROXY_FTP] = {.place = "f:1"}},
	    EXCEPTIONS({.name = "own", .value = "http://o:1", .host = "ppa", .kept = true},
	        {.name = "HTTP_PROXY", .value = "x:1"})};
	struct proxy want = with_login("b:1", NULL), direct = {.mode = PROXY_DIRECT};
	struct proxy past = {.mode = PROXY_STATIC, .server = {{.place = "b:1"}}, BYPASS("PPA")};
	const char *why = NULL;
	AUTO(arena) arena = {0};

	cr_assert(setting_adopt(&want, &have, &arena, &why));
	cr_assert_eq(want.exception_count, 1);
	cr_assert_str_eq(want.exceptions[0].name, "own");
	cr_assert_str_eq(want.server[PROXY_FTP].place, "f:1");
	cr_assert(setting_adopt(&direct, &have, &arena, &why));
	cr_assert_eq(direct.exception_count, 0);
	/* a host that the policy wants direct has no proxy of its own any more */
	cr_assert(setting_adopt(&past, &have, &arena, &why));
	cr_assert_eq(past.exception_count, 0);
}
