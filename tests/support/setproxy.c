/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets proxies of a system root without the engine: what a scenario then shows
 * to real consumers is what host/linux/proxy wrote, and nothing else.
 *
 *     setproxy ROOT VALUE TARGET...
 *
 * VALUE is what setting_read reads (model/setting.h). Each target's note goes to standard
 * output as "TARGET: NOTE".
 */
#include <stdio.h>
#include <string.h>

#include "host/linux/proxy.h"

static bool set_one(struct host *host, const char *target, const char *value, struct err *err)
{
	struct item want = {.key = key_proxy((enum proxy_target)words_find(target_words, target)),
	    .presence = ITEM_PRESENT};
	AUTO(arena) arena = {0};
	AUTO(changes) changes = {0};
	struct proxy setting;

	if (!setting_read(value, &arena, &setting))
		return err_set(err, ERR_USAGE, "%s is no setting", value);
	item_set_setting(&want, &setting, &arena);

	linux_proxy_express(host, &want, &arena);
	if (want.note)
		printf("%s: %s\n", target, want.note);
	if (want.asked.holding != HOLD_YES)
		return err_set(err, ERR_HOST, "%s cannot be held", target);
	if (!linux_proxy_put(host, &want, NULL, &changes, err))
		return false;
	for (size_t i = 0; i < changes.count; i++)
		if (!file_set(&host->root, changes.list[i].place, &changes.list[i].after, err))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct host host = {0};
	struct err err;
	int status = 0;

	if (argc < 4) {
		fputs("usage: setproxy ROOT VALUE TARGET...\n", stderr);
		return 3;
	}
	if (!root_open(argv[1], &host.root, &err)) {
		fprintf(stderr, "setproxy: %s\n", err.text);
		return 1;
	}
	for (int i = 3; i < argc && status == 0; i++)
		if (!set_one(&host, argv[i], argv[2], &err)) {
			fprintf(stderr, "setproxy: %s\n", err.text);
			status = 1;
		}
	root_release(&host.root);
	return status;
}
