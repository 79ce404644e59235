/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "host/changes.h"

static struct file_state text_file(const char *text)
{
	return (struct file_state){
	    .type = FILE_REGULAR, .mode = 0644, .content = bytes_copy(span_text(text))};
}

Test(changes, leaves_out_what_is_equal)
{
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	struct file_state a = text_file("x"), b = text_file("x");

	b.uid = b.gid = FILE_OWNER_SELF;
	changes_add(&changes, "/a", &a, &b);
	cr_assert_eq(changes.count, 0);
	cr_assert_null(a.content.data, "both states are taken over");
	a = text_file("x");
	b = text_file("x");
	b.mode = 0600;
	changes_add(&changes, "/a", &a, &b);
	cr_assert_eq(changes.count, 1);
	cr_assert_eq(changes.link_count, 0, "nobody asked for it");
}

Test(changes, share_a_place_and_remember_who_asked)
{
	AUTO(changes) changes = {.step = 7};
	struct file_state before = {0}, after = text_file("one\n");
	struct change *change;

	cr_assert_null(changes_find(&changes, "/etc/x"));
	changes_add(&changes, "/etc/x", &before, &after);
	changes.step = 8;
	change = changes_find(&changes, "/etc/x");
	cr_assert(change);
	bytes_add(&change->after.content, "two\n", 4);
	before = text_file("ignored");
	after = text_file("three\n");
	changes_add(&changes, "/etc/x", &before, &after);
	cr_assert_eq(changes.count, 1);
	cr_assert_eq(changes.list[0].before.type, FILE_ABSENT, "what was there first stays");
	cr_assert_str_eq((const char *)changes.list[0].after.content.data, "three\n");
	cr_assert_eq(changes.link_count, 3);
	cr_assert_eq(changes.links[0].step, 7);
	cr_assert_eq(changes.links[2].step, 8);
	cr_assert_eq(changes.links[2].change, 0);
}

Test(changes, finds_each_of_thousands)
{
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	char place[64];

	for (int i = 0; i < 5000; i++) {
		struct file_state before = {0}, after = text_file("x");

		snprintf(place, sizeof(place), "/etc/ssl/certs/%08x.0", i * 7919);
		changes_add(&changes, place, &before, &after);
	}
	cr_assert_eq(changes.count, 5000);
	for (int i = 0; i < 5000; i++) {
		snprintf(place, sizeof(place), "/etc/ssl/certs/%08x.0", i * 7919);
		cr_assert_eq(changes_find(&changes, place), &changes.list[i]);
	}
	cr_assert_null(changes_find(&changes, "/etc/ssl/certs/ffffffff.0"));
}
