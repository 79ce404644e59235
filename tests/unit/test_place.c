/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "state/place.h"

static bool is_place(enum journal_frame kind, const char *place)
{
	const struct journal_record record = {.kind = kind, .place = place};
	struct err err = {0};
	bool ok = place_check(&record, &err);

	cr_assert(ok || err.code == ERR_FORMAT, "%s", place);
	return ok;
}

Test(place, a_place_is_a_normalised_path_or_one_of_the_registry)
{
	static const char *const good[] = {"/etc/environment", "/etc/ssl/certs/..x", "/etc/...",
	    "HKLM\\SOFTWARE\\", "HKLM\\SOFTWARE\\Key\\Value", "HKU\\alice\\Software\\Value"};
	static const char *const bad[] = {"", "/", "//", "/..", "/.", "/etc/..", "/etc/../x",
	    "/etc//x", "/etc/", "etc/x", "..", ".", "HKLM", "HKLM\\\\x", "HKLM\\..\\x",
	    "HKCU\\x\\y", "SOFTWARE\\x", "C:\\Windows\\x", "\\\\server\\share"};
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(good); i++)
		cr_expect(is_place(JOURNAL_SOURCES, good[i]), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		cr_expect(!is_place(JOURNAL_OUTPUTS, bad[i]), "%s", bad[i]);
	cr_expect(!is_place(JOURNAL_SOURCES, arena_printf(&arena, "/etc/%0256d", 1)));
	cr_expect(!is_place(JOURNAL_SOURCES, arena_printf(&arena, "HKLM\\%0256d\\x", 1)));
	cr_expect(is_place(JOURNAL_SOURCES, arena_printf(&arena, "HKLM\\x\\%0256d", 1)));
	cr_expect(is_place(JOURNAL_STATE, "/var/lib/trust-deployer/ledger"));
	cr_expect(is_place(JOURNAL_STATE, "C:\\ProgramData\\TrustDeployer\\state/ledger"));
	cr_expect(!is_place(JOURNAL_STATE, "/etc/passwd"));
}

static bool can_have_been(const char *place, struct file_state before, enum file_type after)
{
	const struct journal_record record = {
	    .kind = JOURNAL_SOURCES, .place = place, .before = before, .after = {.type = after}};
	struct err err = {0};

	return place_check(&record, &err);
}

Test(place, what_cannot_have_been_is_not_put_back)
{
	AUTO(bytes) target = bytes_copy(span_text("../x.crt"));
	AUTO(bytes) cut = bytes_copy((struct span){(const uint8_t *)"/x\0y", 4});
	struct file_state file = {.type = FILE_REGULAR}, dir = {.type = FILE_FOLDER},
	                  other = {.type = FILE_OTHER}, link = {.type = FILE_LINK},
	                  none = {.type = FILE_ABSENT};

	cr_expect(can_have_been("/etc/x", file, FILE_LINK));
	cr_expect(can_have_been("/etc/x", dir, FILE_ABSENT));
	cr_expect(can_have_been("HKLM\\A\\", none, FILE_FOLDER));
	cr_expect(can_have_been("HKLM\\A\\x", file, FILE_REGULAR));
	cr_expect_not(can_have_been("/etc/x", other, FILE_ABSENT));
	cr_expect_not(can_have_been("/etc/x", none, FILE_OTHER));
	cr_expect_not(can_have_been("/etc/x", dir, FILE_FOLDER));
	cr_expect_not(can_have_been("/etc/x", dir, FILE_REGULAR));
	cr_expect_not(can_have_been("/etc/x", file, FILE_FOLDER));
	cr_expect_not(can_have_been("HKLM\\A\\", file, FILE_ABSENT));
	cr_expect_not(can_have_been("HKLM\\A\\x", dir, FILE_ABSENT));
	cr_expect_not(can_have_been("HKLM\\A\\x", none, FILE_LINK));
	/* a link has a target, which is a path */
	cr_expect_not(can_have_been("/etc/x", link, FILE_ABSENT));
	link.content = cut;
	cr_expect_not(can_have_been("/etc/x", link, FILE_ABSENT));
	link.content = target;
	cr_expect(can_have_been("/etc/x", link, FILE_ABSENT));
}

static bool is_restored(const char *place, struct file_state before, struct file_state there,
    unsigned mode, unsigned uid, unsigned gid)
{
	const struct journal_record record = {
	    .kind = JOURNAL_SOURCES, .place = place, .before = before};
	struct file_state state = record_restorable(&record, &there);

	return state.type == before.type && state.mode == mode && state.uid == uid &&
	       state.gid == gid;
}

Test(place, gives_nothing_to_another_user)
{
	const struct file_state none = {.type = FILE_ABSENT},
	                        there = {.type = FILE_REGULAR, .uid = 7, .gid = 8},
	                        roots = {.type = FILE_REGULAR, .mode = 06755},
	                        dir = {.type = FILE_FOLDER, .mode = 03777},
	                        value = {.type = FILE_REGULAR,
	                            .mode = 07777,
	                            .uid = FILE_OWNER_SELF,
	                            .gid = FILE_OWNER_SELF};
	struct file_state theirs = {.type = FILE_REGULAR, .mode = 0640, .uid = 7, .gid = 8};

	cr_expect(is_restored("/x", roots, none, 0755, 0, 0));
	cr_expect(is_restored("/x", roots, roots, 0755, 0, 0));
	cr_expect(is_restored("/x", dir, none, 0755, 0, 0));
	cr_expect(is_restored("/x", theirs, none, 0640, FILE_OWNER_SELF, FILE_OWNER_SELF));
	cr_expect(is_restored("/x", theirs, roots, 0640, FILE_OWNER_SELF, FILE_OWNER_SELF));
	cr_expect(is_restored("/x", theirs, there, 0640, 7, 8));
	theirs.uid = 0;
	cr_expect(is_restored("/x", theirs, none, 0640, 0, FILE_OWNER_SELF));
	/* of a value of the registry that is its type */
	cr_expect(is_restored("HKLM\\A\\x", value, none, 07777, FILE_OWNER_SELF, FILE_OWNER_SELF));
}

Test(place, a_backend_writes_to_its_places_alone)
{
	static const char *const places[] = {"/etc/certs/", "/etc/flat/*", "/etc/environment",
	    "HKLM\\A\\B\\", "~/Windows/Cache/", "~/Windows/one.txt", NULL};
	static const struct {
		const char *place;
		enum file_type before, after;
		bool ok;
	} cases[] = {
	    {"/etc/certs/x", FILE_REGULAR, FILE_ABSENT, true},
	    {"/WINDOWS/cache/x", FILE_REGULAR, FILE_ABSENT, true},
	    {"/windows", FILE_ABSENT, FILE_FOLDER, true},
	    {"/WINDOWS/ONE.TXT", FILE_REGULAR, FILE_ABSENT, true},
	    {"/WINDOWS/ONE.TXTX", FILE_REGULAR, FILE_ABSENT, false},
	    {"/ETC/environment", FILE_REGULAR, FILE_ABSENT, false},
	    {"~/Windows/Cache/x", FILE_REGULAR, FILE_ABSENT, false},
	    {"/etc/certs/x/y", FILE_REGULAR, FILE_ABSENT, true},
	    {"/etc/certs", FILE_ABSENT, FILE_FOLDER, true},
	    {"/etc/flat/x", FILE_LINK, FILE_ABSENT, true},
	    {"/etc/flat/x/y", FILE_REGULAR, FILE_ABSENT, false},
	    {"/etc/flat/x", FILE_ABSENT, FILE_FOLDER, true},
	    {"/etc/flat", FILE_ABSENT, FILE_FOLDER, true},
	    {"/etc/flat", FILE_LINK, FILE_ABSENT, false},
	    {"/etc/environment", FILE_REGULAR, FILE_REGULAR, true},
	    {"/etc", FILE_ABSENT, FILE_FOLDER, true},
	    {"HKLM\\A\\B\\x", FILE_REGULAR, FILE_ABSENT, true},
	    {"HKLM\\A\\", FILE_ABSENT, FILE_FOLDER, true},
	    {"/etc", FILE_FOLDER, FILE_FOLDER, false},
	    {"/et", FILE_ABSENT, FILE_FOLDER, false},
	    {"/etc/certsx", FILE_REGULAR, FILE_ABSENT, false},
	    {"/etc/environment/x", FILE_REGULAR, FILE_ABSENT, false},
	    {"/tmp/x", FILE_REGULAR, FILE_ABSENT, false},
	    {"HKLM\\A\\x", FILE_REGULAR, FILE_ABSENT, false},
	    {"HKLM\\A\\", FILE_FOLDER, FILE_ABSENT, true},
	    /* what others lie in is made and taken away, and nothing else */
	    {"/etc/certs", FILE_LINK, FILE_ABSENT, false},
	    {"/etc/certs", FILE_REGULAR, FILE_ABSENT, false},
	    {"HKLM\\A\\B\\", FILE_ABSENT, FILE_FOLDER, true},
	    {"HKLM\\A\\B", FILE_REGULAR, FILE_ABSENT, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct journal_record record = {.kind = JOURNAL_SOURCES,
		    .place = cases[i].place,
		    .before = {.type = cases[i].before},
		    .after = {.type = cases[i].after}};
		struct err err = {0};

		cr_expect_eq(place_judge(&record, places, &err), cases[i].ok, "%s", cases[i].place);
	}
}

Test(place, only_below_some_lie_others)
{
	static const char *const places[] = {"/etc/certs/", "/etc/flat/*", "HKLM\\A\\", NULL};

	cr_expect(place_may_be_way("/etc/certs/x", places));
	cr_expect(place_may_be_way("/etc/certs/x/y", places));
	cr_expect_not(place_may_be_way("/etc/flat/x", places));
	cr_expect_not(place_may_be_way("HKLM\\A\\x", places));
	cr_expect(place_may_be_way("/x", NULL));
}
