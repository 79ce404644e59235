/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/linux.h"

#include <sys/utsname.h>
#include <unistd.h>

enum { FACTS_FILE_MAX = 64 * 1024, ELF_HEADER = 20 };

/* The value of NAME=value in os-release(5), without its quotes; "" when it is not there. */
static const char *os_release_value(struct arena *arena, struct span text, const char *name)
{
	size_t size = strlen(name);

	while (text.size > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.size);
		size_t line = end ? (size_t)(end - text.data) : text.size;
		const char *value = (const char *)text.data + size + 1;
		size_t left = line > size ? line - size - 1 : 0;

		if (line > size && memcmp(text.data, name, size) == 0 && text.data[size] == '=') {
			if (left >= 2 && (*value == '"' || *value == '\'') &&
			    value[left - 1] == *value)
				value++, left -= 2;
			return arena_strndup(arena, value, left);
		}
		line += end != NULL;
		text = (struct span){text.data + line, text.size - line};
	}
	return "";
}

struct os_release linux_os_release(struct root *root, struct arena *arena)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
	AUTO(bytes) content = {0};
	struct err err = {0};
	struct span text = {0};

	for (size_t i = 0; i < COUNT(paths) && text.size == 0; i++)
		if (file_read(root, paths[i], FACTS_FILE_MAX, &content, &err))
			text = bytes_span(&content);
	return (struct os_release){.known = text.size > 0,
	    .id = os_release_value(arena, text, "ID"),
	    .id_like = os_release_value(arena, text, "ID_LIKE"),
	    .version_id = os_release_value(arena, text, "VERSION_ID")};
}

/* hostname(5): the first line that is neither empty nor a comment. Without one the image gets its
 * name when it starts, from the network or by default; with a "?" from its machine id. */
static const char *image_hostname(struct host *host)
{
	AUTO(bytes) content = {0};
	struct err err = {0};
	const char *at, *found = NULL;

	if (!file_read(&host->root, "/etc/hostname", FACTS_FILE_MAX, &content, &err))
		return NULL;
	bytes_add(&content, "", 1);
	for (at = (const char *)content.data; *at && !found; at += strcspn(at, "\n")) {
		at += strspn(at, " \t\r\n");
		if (*at && *at != '#')
			found = arena_strndup(&host->facts.arena, at, strcspn(at, " \t\r\n"));
	}
	return found && !strchr(found, '?') ? found : NULL;
}

/* An image does not run, but its programs say what they are for: e_machine of the ELF header. */
static const char *image_architecture(struct host *host)
{
	static const struct {
		unsigned machine;
		const char *name;
	} machines[] = {{3, "i686"}, {40, "armv7l"}, {62, "x86_64"}, {183, "aarch64"},
	    {243, "riscv64"}, {21, "ppc64le"}, {22, "s390x"}, {258, "loongarch64"}};
	static const char *const programs[] = {"/bin/sh", "/usr/bin/sh", "/sbin/init"};

	for (size_t i = 0; i < COUNT(programs); i++) {
		AUTO(bytes) elf = {0};
		struct err err = {0};
		unsigned machine;

		if (!file_read(&host->root, programs[i], LINUX_SOURCE_MAX, &elf, &err) ||
		    elf.size < ELF_HEADER ||
		    memcmp(elf.data,
		        "\x7f"
		        "ELF",
		        4) != 0)
			continue;
		machine = elf.data[5] == 2 ? (unsigned)(elf.data[18] << 8 | elf.data[19])
		                           : (unsigned)(elf.data[19] << 8 | elf.data[18]);
		for (size_t j = 0; j < COUNT(machines); j++)
			if (machines[j].machine == machine)
				return machines[j].name;
	}
	return NULL;
}

void linux_read_facts(struct host *host, const char *root)
{
	struct facts *facts = &host->facts;
	struct utsname name;
	bool live = !host->root.confined;
	bool known = live && uname(&name) == 0;
	/* the kernel's word for a name that nobody has set */
	bool named = known && *name.nodename && strcmp(name.nodename, "(none)") != 0;
	struct os_release release;

	*facts = (struct facts){.os = "linux"};
	release = linux_os_release(&host->root, &facts->arena);
	facts->distribution = release.known ? release.id : NULL;
	facts->release = release.known ? release.version_id : NULL;
	facts->root = live ? "" : arena_strdup(&facts->arena, root);
	facts->hostname = named   ? arena_strdup(&facts->arena, name.nodename)
	                  : known ? NULL
	                          : image_hostname(host);
	facts->architecture =
	    known ? arena_strdup(&facts->arena, name.machine) : image_architecture(host);
}
