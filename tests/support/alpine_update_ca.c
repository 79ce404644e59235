/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of update-ca-certificates as Alpine has it (update-ca.c of its package ca-certificates),
 * to judge by where there is no Alpine. Written from what that program does, sharing nothing with
 * the program under test:
 *
 *   - of /etc/ca-certificates.conf each line that begins with neither '#' nor '!' is the name of a
 *     file in /usr/share/ca-certificates, whatever is in it;
 *   - of /usr/local/share/ca-certificates each file counts whose name has no dot in front, in the
 *     order of the folder;
 *   - each is copied into the bundle file as it is, and a newline behind it;
 *   - each gets the link ca-cert-NAME.pem: ".crt" taken off, ',' and ' ' are '_', '(' and ')' '=';
 *   - links of /etc/ssl/certs into one of the two folders that are not among those go;
 *   - then run-parts /etc/ca-certificates/update.d.
 *
 * It works on the paths themselves: run it in a namespace.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIPPED "/usr/share/ca-certificates/"
#define LOCAL   "/usr/local/share/ca-certificates/"
#define CERTS   "/etc/ssl/certs/"

struct link {
	char *name, *target;
};

static struct link *links;
static size_t link_count;

static char *link_name(const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	size_t size = strlen(base);
	char *name;

	if (size > 4 && strcmp(base + size - 4, ".crt") == 0)
		size -= 4;
	if (asprintf(&name, "ca-cert-%.*s.pem", (int)size, base) < 0)
		abort();
	for (char *at = name; *at; at++)
		*at = *at == ',' || *at == ' ' ? '_' : *at == '(' || *at == ')' ? '=' : *at;
	return name;
}

static void take(const char *folder, const char *name, FILE *bundle)
{
	char path[8192], buffer[4096];
	struct stat st;
	FILE *file;
	size_t got;

	snprintf(path, sizeof(path), "%s%s", folder, name);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || !(file = fopen(path, "r"))) {
		fprintf(stderr, "WARNING: %s cannot be read\n", path);
		return;
	}
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		fwrite(buffer, 1, got, bundle);
	fputc('\n', bundle);
	fclose(file);
	links = realloc(links, (link_count + 1) * sizeof(*links));
	if (!links)
		abort();
	links[link_count++] = (struct link){link_name(path), strdup(path)};
}

static void take_shipped(FILE *bundle)
{
	FILE *conf = fopen("/etc/ca-certificates.conf", "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	while (conf && (size = getline(&line, &room, conf)) >= 0) {
		if (size > 0 && line[size - 1] == '\n')
			line[size - 1] = 0;
		if (line[0] != '#' && line[0] != '!')
			take(SHIPPED, line, bundle);
	}
	free(line);
	if (conf)
		fclose(conf);
}

static void take_local(FILE *bundle)
{
	DIR *folder = opendir(LOCAL);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			take(LOCAL, entry->d_name, bundle);
	if (folder)
		closedir(folder);
}

static const struct link *find(const char *name)
{
	for (size_t i = link_count; i-- > 0;)
		if (strcmp(links[i].name, name) == 0)
			return &links[i];
	return NULL;
}

static void set_links(void)
{
	DIR *folder = opendir(CERTS);
	const struct dirent *entry;
	char path[8192], target[4096];

	while (folder && (entry = readdir(folder))) {
		const struct link *wanted = find(entry->d_name);
		ssize_t size;

		snprintf(path, sizeof(path), CERTS "%s", entry->d_name);
		size = readlink(path, target, sizeof(target) - 1);
		target[size > 0 ? size : 0] = 0;
		if ((strncmp(target, SHIPPED, strlen(SHIPPED)) == 0 ||
		        strncmp(target, LOCAL, strlen(LOCAL)) == 0) &&
		    (!wanted || strcmp(wanted->target, target) != 0))
			unlink(path);
	}
	if (folder)
		closedir(folder);
	for (size_t i = 0; i < link_count; i++) {
		snprintf(path, sizeof(path), CERTS "%s", links[i].name);
		if (symlink(links[i].target, path) != 0 && readlink(path, target, 1) < 0)
			fprintf(stderr, "WARNING: %s is no link\n", path);
	}
}

int main(void)
{
	FILE *bundle = fopen(CERTS "bundle.new", "w");

	if (!bundle)
		return 1;
	take_shipped(bundle);
	take_local(bundle);
	if (fclose(bundle) != 0 || chmod(CERTS "bundle.new", 0644) != 0 ||
	    rename(CERTS "bundle.new", CERTS "ca-certificates.crt") != 0)
		return 1;
	set_links();
	execl("/usr/bin/run-parts", "run-parts", "/etc/ca-certificates/update.d", (char *)NULL);
	return 1;
}
