/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/facts.h"
#include "host/linux/certificates.h"

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
	const char *file = NULL;
	struct err err = {0};
	struct span text = {0};

	for (size_t i = 0; i < COUNT(paths) && !file; i++) {
		if (file_read(root, paths[i], FACTS_FILE_MAX, &content, &err))
			text = bytes_span(&content);
		file = text.size > 0 ? paths[i] : NULL;
	}
	return (struct os_release){.file = file,
	    .id = os_release_value(arena, text, "ID"),
	    .id_like = os_release_value(arena, text, "ID_LIKE"),
	    .version_id = os_release_value(arena, text, "VERSION_ID")};
}

#define HOSTNAME_FILE "/etc/hostname"

/* hostname(5): the first line that is neither empty nor a comment. Without one the image gets its
 * name when it starts, from the network or by default; with a "?" from its machine id. */
static const char *image_hostname(struct host *host, struct arena *arena)
{
	AUTO(bytes) content = {0};
	struct err err = {0};
	const char *at, *found = NULL;

	if (!file_read(&host->root, HOSTNAME_FILE, FACTS_FILE_MAX, &content, &err))
		return NULL;
	bytes_add(&content, "", 1);
	for (at = (const char *)content.data; *at && !found; at += strcspn(at, "\n")) {
		at += strspn(at, " \t\r\n");
		if (*at && *at != '#')
			found = arena_strndup(arena, at, strcspn(at, " \t\r\n"));
	}
	return found && !strchr(found, '?') ? found : NULL;
}

/* The name of the machine in e_machine of an ELF header; NULL when the file is no such program. */
static const char *machine_of(struct span elf)
{
	static const struct {
		unsigned machine;
		const char *name;
	} machines[] = {{3, "i686"}, {40, "armv7l"}, {62, "x86_64"}, {183, "aarch64"},
	    {243, "riscv64"}, {21, "ppc64le"}, {22, "s390x"}, {258, "loongarch64"}};
	static const char magic[] = {0x7f, 'E', 'L', 'F'};
	unsigned machine;

	if (elf.size < ELF_HEADER || memcmp(elf.data, magic, sizeof(magic)) != 0)
		return NULL;
	machine = elf.data[5] == 2 ? (unsigned)(elf.data[18] << 8 | elf.data[19])
	                           : (unsigned)(elf.data[19] << 8 | elf.data[18]);
	for (size_t i = 0; i < COUNT(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return NULL;
}

/* An image does not run, but its programs tell which machine they are for. */
static void add_image_architecture(struct host *host)
{
	static const char *const programs[] = {"/bin/sh", "/usr/bin/sh", "/sbin/init"};
	const char *found = NULL, *source = programs[0];

	for (size_t i = 0; i < COUNT(programs) && !found; i++) {
		AUTO(bytes) elf = {0};
		struct err err = {0};

		if (file_read(&host->root, programs[i], LINUX_SOURCE_MAX, &elf, &err))
			found = machine_of(bytes_span(&elf));
		if (found)
			source = programs[i];
	}
	facts_set(&host->facts, FACT_ARCHITECTURE, found, source);
}

static void add_machine(struct host *host)
{
	struct facts *facts = &host->facts;
	struct utsname name;
	AUTO(arena) arena = {0};

	if (host->root.confined || uname(&name) != 0) {
		facts_set(facts, FACT_HOSTNAME, image_hostname(host, &arena), HOSTNAME_FILE);
		add_image_architecture(host);
		return;
	}
	/* "(none)" is the kernel's word for a name that nobody has set */
	facts_set(facts, FACT_HOSTNAME,
	    *name.nodename && strcmp(name.nodename, "(none)") != 0 ? name.nodename : NULL, "uname");
	facts_set(facts, FACT_ARCHITECTURE, name.machine, "uname");
}

void linux_read_facts(struct host *host, const char *root)
{
	struct facts *facts = &host->facts;
	AUTO(arena) arena = {0};
	struct os_release release = linux_os_release(&host->root, &arena);
	const char *file = release.file ? release.file : "/etc/os-release";

	*facts = (struct facts){0};
	facts->root = host->root.confined ? arena_strdup(&facts->arena, root) : "";
	facts_set(facts, FACT_OS, os_words[OS_LINUX], "the system's files");
	facts_set(facts, FACT_DISTRIBUTION, release.file ? release.id : NULL, file);
	facts_set(facts, FACT_RELEASE, release.file ? release.version_id : NULL, file);
	add_machine(host);
}
