/* SPDX-License-Identifier: Apache-2.0 */
/* Files that p11-kit ignores without a word. */
#include "host/linux/layouts/p11kit/p11kit.h"
#include "host/linux/passed.h"

/* A plain certificate outside of the folders of anchors says nothing about trust. Distributions put
 * links of their own there, and a file for p11-kit may mean just that. */
static bool says_nothing(
    const struct p11kit *p11kit, struct host *host, const struct p11kit_anchor *anchor)
{
	const char *end = strrchr(anchor->path, '.');
	size_t count;
	const struct p11kit_anchor *first = p11kit_find(&p11kit->sources, anchor->sha256, &count);

	if (anchor->verdict != VERDICT_NONE || anchor->shipped || anchor->fault ||
	    (end && strcmp(end, ".p11-kit") == 0) ||
	    file_type(&host->root, anchor->path) != FILE_REGULAR)
		return false;
	for (size_t i = 0; i < count; i++)
		if (first[i].verdict != VERDICT_NONE)
			return false;
	return true;
}

void p11kit_remark(const struct p11kit *p11kit, struct host *host, struct remarks *out)
{
	static const char *const folders[] = {"anchors", "blocklist"};
	const char *source = p11kit->paths->source;
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < p11kit->sources.count; i++) {
		const struct p11kit_anchor *anchor = &p11kit->sources.list[i];

		if (says_nothing(p11kit, host, anchor))
			remarks_add(out, "sources_passed_over", anchor->path,
			    "%s says of \"%s\" neither that it is trusted nor that it is not: move "
			    "it to %s/anchors, if it is to be trusted.",
			    text_escape_string(anchor->path).text,
			    text_escape_string(anchor->label).text, source);
	}
	for (size_t i = 0; i < COUNT(folders); i++) {
		const char *folder = arena_printf(&arena, "%s/%s", source, folders[i]);

		passed_remark(host, folder, NULL,
		    arena_printf(&arena, "p11-kit reads no folder below %s: move it there", folder),
		    out);
	}
}
