/* SPDX-License-Identifier: Apache-2.0 */
/* Files and lines that the distribution's tool ignores, silently or with a message that nobody
 * reads. */
#include "formats/pem.h"
#include "host/linux/layouts/debian.h"
#include "host/linux/passed.h"

enum { TOLD_MAX = 20, LINE_MAX_SHOWN = 80 };

/* Only a folder can hold certificates. Where this user may not look into it, the items tell. */
static bool remark_folder(struct host *host, struct remarks *out)
{
	AUTO(folder) folder = {.fd = -1};
	struct err why = {0};

	if (folder_open(&host->root, DEBIAN_LOCAL, &folder, &why))
		return true;
	if (!why.denied)
		remarks_add(out, "store_unreadable", DEBIAN_LOCAL,
		    "The folder of local certificates cannot be looked into: %s.", why.text);
	return false;
}

/* Why a line does not mean what it seems to mean, or NULL. */
static const char *oddity(struct host *host, const struct conf_line *line, bool first)
{
	struct span whole = line->whole;
	bool ended = whole.data[whole.size - 1] == '\n';
	AUTO(arena) arena = {0};
	const char *name;

	if (first && whole.size >= 3 && memcmp(whole.data, "\xef\xbb\xbf", 3) == 0)
		return "begins with a byte order mark, which is part of the name to the tool";
	if (!ended)
		return "is the last and lacks its newline, so the tool does not see it";
	if (line->name.size == 0)
		return NULL;
	if (line->name.data[line->name.size - 1] == '\r')
		return "ends in CR, which is part of the name to the tool";
	name = arena_strndup(&arena, (const char *)line->name.data, line->name.size);
	if (file_is_regular(&host->root, arena_printf(&arena, DEBIAN_SHIPPED "/%s", name)))
		return NULL;
	if (*name == '!')
		return "has blanks before \"!\", so that the tool takes it for the name of a file";
	if (*name == '/')
		return "names an absolute path; names count from " DEBIAN_SHIPPED;
	if (strchr(name, '#'))
		return "has a comment behind the name, which is part of the name to the tool";
	return line->deselected ? NULL : "names a file that is not there";
}

static bool remark_conf(struct host *host, struct remarks *out, struct err *err)
{
	AUTO(bytes) conf = {0};
	struct conf_line line;
	size_t number = 0, told = 0;
	struct span rest;

	if (file_type(&host->root, DEBIAN_CONF) != FILE_REGULAR)
		return true;
	if (!file_read(&host->root, DEBIAN_CONF, LINUX_SOURCE_MAX, &conf, err))
		return false;
	rest = bytes_span(&conf);
	while (conf_next(&rest, false, &line) && told < TOLD_MAX) {
		const char *odd = oddity(host, &line, ++number == 1);
		struct span shown = line.whole;

		if (!odd)
			continue;
		shown.size = shown.size > LINE_MAX_SHOWN ? LINE_MAX_SHOWN : shown.size;
		while (shown.size > 0 && shown.data[shown.size - 1] < ' ')
			shown.size--;
		told++;
		remarks_add(out, "configuration_odd", DEBIAN_CONF, DEBIAN_CONF ":%zu (\"%s\") %s.",
		    number, text_escape(shown).text, odd);
	}
	return true;
}

static void remark_sources(const struct debian *debian, struct remarks *out)
{
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < debian->sources.count; i++) {
		const struct source *source = &debian->sources.list[i];

		if (source->blocked)
			remarks_add(out, "source_without_link", source->path, "%s.",
			    debian_blocked_text(debian, source, &arena));
		if (source->selected && source->loads && source->count > 1)
			remarks_add(out, "several_in_source", source->path, "%s.",
			    debian_several_text(source, &arena));
	}
}

/* What programs trust only by OpenSSL's loader of files. A certificate of a source goes with the
 * source. */
static void remark_beyond(const struct debian *debian, struct remarks *out)
{
	const struct shown_list *list = &debian->shown;

	for (size_t i = 0; i < list->count; i++) {
		const struct shown *shown = &list->list[i];

		if (!shown->beyond || shown->beside || shown->source || shown->rejects ||
		    shown_find(list, shown->sha256))
			continue;
		remarks_add(out, "default_paths_alone", shown->file,
		    "%s%s%s has programs with OpenSSL's default paths, such as Python, trust "
		    "\"%s\", and no others.",
		    text_escape_string(shown->file).text,
		    shown->link ? ", by the link " DEBIAN_CERTS "/" : "",
		    shown->link ? shown->name : "", text_escape_string(shown->label).text);
	}
}

bool debian_remark(struct debian *debian, struct host *host, struct remarks *out, struct err *err)
{
	bool alpine = debian->store->every_local_file;

	remark_sources(debian, out);
	remark_beyond(debian, out);
	if (remark_folder(host, out))
		passed_remark(host, DEBIAN_LOCAL, alpine ? NULL : ".crt",
		    alpine ? "Alpine's update-ca-certificates reads no folder below " DEBIAN_LOCAL
		             ": move it there"
		           : "update-ca-certificates takes files that end in \".crt\", in lower "
		             "case, alone",
		    out);
	return alpine || remark_conf(host, out, err);
}
