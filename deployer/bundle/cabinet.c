/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/cabinet.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef char *cabinet_write_fn(
    const struct cabinet_file *files, size_t count, bool mszip, unsigned char **out, size_t *size);

enum { PATH_CAP = 4096 };

/* The folder of this program, whatever its name was called by; "" when it cannot be told. */
static void program_folder(char out[PATH_CAP])
{
	ssize_t size = readlink("/proc/self/exe", out, PATH_CAP - 1);
	char *slash;

	out[size > 0 ? size : 0] = 0;
	slash = strrchr(out, '/');
	if (slash)
		*slash = 0;
}

/* Stays loaded: GLib's types, once registered, cannot be taken out of a process again. */
static cabinet_write_fn *load_from(const char *folder, const char *below, struct text *tried)
{
	char path[PATH_CAP + sizeof(CABINET_MODULE) + 32];
	void *module;

	snprintf(path, sizeof(path), "%s%s/" CABINET_MODULE, folder, below);
	if (access(path, F_OK) != 0) {
		text_addf(tried, "%s%s", tried->size ? ", " : "", path);
		return NULL;
	}
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module)
		text_addf(tried, "%s%s", tried->size ? ", " : "", dlerror());
	return module ? (cabinet_write_fn *)dlsym(module, CABINET_SYMBOL) : NULL;
}

static cabinet_write_fn *find_writer(struct err *err)
{
	AUTO(text) tried = {.limit = 300};
	char program[PATH_CAP];
	cabinet_write_fn *write = (cabinet_write_fn *)dlsym(RTLD_DEFAULT, CABINET_SYMBOL);

	program_folder(program);
	if (!write)
		write = load_from(program, "", &tried);
	/* as installed, also below another root (DESTDIR) */
	if (!write)
		write = load_from(program, "/../" LIBRARY_BESIDE "/trust-deployer", &tried);
	if (!write)
		write = load_from(LIBRARY_FOLDER, "/trust-deployer", &tried);
	if (!write)
		err_set(err, ERR_HOST,
		    "bundles cannot be built here: " CABINET_MODULE
		    " is missing or cannot be loaded (%s); install the package that holds it, and "
		    "libgcab (Debian: libgcab-1.0-0, RHEL: libgcab1); checking and applying work "
		    "without it",
		    text_escape_string(text_string(&tried)).text);
	return write;
}

bool cabinet_build(
    const struct cabinet_file *files, size_t count, bool mszip, struct bytes *out, struct err *err)
{
	cabinet_write_fn *write = find_writer(err);
	unsigned char *data = NULL;
	size_t size = 0;
	char *fault;

	if (!write)
		return false;
	fault = write(files, count, mszip, &data, &size);
	if (fault) {
		err_set(err, ERR_IO, "the cabinet cannot be written: %s",
		    text_escape_string(fault).text);
		free(fault);
		return false;
	}
	bytes_release(out);
	bytes_add(out, data, size);
	free(data);
	return true;
}
