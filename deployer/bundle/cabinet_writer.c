/* SPDX-License-Identifier: Apache-2.0 */
/* The module cabinet-writer.so; see cabinet.h. Nothing of the program is linked into it. */
#include "bundle/cabinet.h"

#include <libgcab.h>
#include <stdlib.h>
#include <string.h>

/* The same bytes whatever the clock, the zone and the sources' times are. */
static void make_plain(GCabFile *file)
{
	g_autoptr(GDateTime) date = g_date_time_new_utc(1980, 1, 1, 0, 0, 0);

	gcab_file_set_date_time(file, date);
	gcab_file_set_attributes(file, 0);
}

static gboolean add_files(
    GCabFolder *folder, const struct cabinet_file *files, size_t count, GError **error)
{
	for (size_t i = 0; i < count; i++) {
		g_autoptr(GBytes) content =
		    g_bytes_new_static(files[i].content.data, files[i].content.size);
		g_autoptr(GCabFile) file = gcab_file_new_with_bytes(files[i].name, content);

		make_plain(file);
		if (!gcab_folder_add_file(folder, file, FALSE, NULL, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_cabinet(const struct cabinet_file *files, size_t count, bool mszip,
    GOutputStream *stream, GError **error)
{
	g_autoptr(GCabCabinet) cabinet = gcab_cabinet_new();
	g_autoptr(GCabFolder) folder =
	    gcab_folder_new(mszip ? GCAB_COMPRESSION_MSZIP : GCAB_COMPRESSION_NONE);

	return add_files(folder, files, count, error) &&
	       gcab_cabinet_add_folder(cabinet, folder, error) &&
	       gcab_cabinet_write_simple(cabinet, stream, NULL, NULL, NULL, error) &&
	       g_output_stream_close(stream, NULL, error);
}

char *trust_deployer_write_cabinet(
    const struct cabinet_file *files, size_t count, bool mszip, unsigned char **out, size_t *size)
{
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	g_autoptr(GError) error = NULL;
	GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM(stream);

	if (!write_cabinet(files, count, mszip, stream, &error))
		return strdup(error ? error->message : "libgcab gives no reason");
	*size = g_memory_output_stream_get_data_size(memory);
	*out = malloc(*size + 1);
	if (!*out)
		return strdup("out of memory");
	memcpy(*out, g_memory_output_stream_get_data(memory), *size);
	return NULL;
}
