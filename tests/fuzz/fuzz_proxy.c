/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dialects of host/linux/proxy: the first byte chooses one, the rest is a
 * file. What any file comes to must be canonical in form and show no password.
 * An edited file that reads as it was meant must not change by editing it again;
 * one that does not (an open quote swallows what is added) is refused by
 * linux_proxy_put, which reads it back.
 */
#include <stdlib.h>

#include "host/linux/proxy/targets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dialect {
	const struct target *target;
	const char *want; /* of those that are edited in place */
} dialects[] = {
    {&TARGET_ENVIRONMENT_ROW, "static http=a:1 https=b:2 bypass=.c,d"},
    {&TARGET_ENVIRONMENT_D_ROW, NULL},
    {&TARGET_SYSTEMD_ROW, NULL},
    {&TARGET_APT_ROW, "direct"},
    {&TARGET_DNF_ROW, "static http=a:1 https=a:1"},
    {&TARGET_ZYPPER_ROW, NULL},
};

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static struct proxy setting_of(const struct dialect *dialect, struct span file,
    struct proxy_settings *settings, struct arena *arena)
{
	const char *shown, *record;
	struct proxy_seen seen;
	struct proxy again;

	dialect->target->places.parse(file, settings);
	for (size_t i = 0; i < settings->count; i++)
		expect(settings->list[i].start <= settings->list[i].end &&
		       settings->list[i].end <= file.size && settings->list[i].line > 0);
	dialect->target->settle(settings, arena, &seen);
	shown = setting_show(&seen.setting, arena);
	record = setting_record(&seen.setting, arena);
	/* what the ledger keeps reads back as the same */
	if (strncmp(record, "exact ", 6) == 0)
		expect(setting_read(record, arena, &again) && setting_equal(&again, &seen.setting));
	/* nothing that could break out of a line, and before a server "***" alone */
	for (const char *c = shown; *c; c++)
		expect(*c >= 0x20 && *c < 0x7f);
	for (const char *at = strchr(shown, '@'); at; at = strchr(at + 1, '@'))
		expect(at - shown >= 3 && memcmp(at - 3, "***", 3) == 0);
	return seen.setting;
}

static void edit(
    const struct dialect *dialect, struct span file, struct text *out, struct arena *arena)
{
	AUTO(proxy_settings) settings = {0};
	struct proxy_edits edits = {0};
	struct proxy want;

	expect(setting_read(dialect->want, arena, &want));
	dialect->target->places.parse(file, &settings);
	dialect->target->edits(&want, &settings, arena, &edits);
	proxy_edit_apply(file, &settings, &edits, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(proxy_settings) settings = {0};
	AUTO(proxy_settings) again = {0};
	AUTO(text) once = {0};
	AUTO(text) twice = {0};
	AUTO(arena) arena = {0};
	const struct dialect *dialect;
	struct proxy seen, want;
	struct span file = {data + 1, size - 1};

	if (size == 0 || size > 16384)
		return 0;
	dialect = &dialects[data[0] % COUNT(dialects)];
	setting_of(dialect, file, &settings, &arena);
	if (!dialect->want)
		return 0;
	edit(dialect, file, &once, &arena);
	file = (struct span){(const uint8_t *)text_string(&once), once.size};
	seen = setting_of(dialect, file, &again, &arena);
	expect(setting_read(dialect->want, &arena, &want));
	if (!setting_equal(&seen, &want))
		return 0;
	edit(dialect, file, &twice, &arena);
	expect(span_equal(file, (struct span){(const uint8_t *)text_string(&twice), twice.size}));
	return 0;
}
