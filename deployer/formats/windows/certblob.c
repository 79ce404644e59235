/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/windows/certblob.h"

#include "base/digest.h"

enum { ENCODING = 1, SST_HEADER = 8, SST_END = 12, PROPERTY_MAX = 0xffff };

static const uint8_t sst_header[SST_HEADER] = {0, 0, 0, 0, 'C', 'E', 'R', 'T'};

static const struct {
	uint32_t property;
	const char *name;
} names[] = {
    {CERTBLOB_SHA1, "sha1"},
    {CERTBLOB_MD5, "md5"},
    {9, "eku"},
    {11, "friendly_name"},
    {CERTBLOB_SIGNATURE_HASH, "signature_hash"},
    {20, "key_identifier"},
    {CERTBLOB_ISSUER_KEY_MD5, "issuer_public_key_md5"},
    {CERTBLOB_SUBJECT_KEY_MD5, "subject_public_key_md5"},
    {29, "subject_name_md5"},
    {CERTBLOB_CERTIFICATE, "certificate"},
    {CERTBLOB_CRL, "crl"},
    {CERTBLOB_CTL, "ctl"},
    {75, "ocsp_cache_prefix"},
    {83, "root_program_policies"},
    {89, "signature_algorithms"},
    {92, "key_length"},
    {98, "sha256"},
    {104, "disallowed_after"},
    {105, "root_program_chain_policies"},
    {122, "disallowed_eku"},
    {126, "not_before_after"},
    {127, "not_before_eku"},
};

const char *certblob_property_name(uint32_t property)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].property == property)
			return names[i].name;
	return NULL;
}

static bool is_object(uint32_t property)
{
	return property >= CERTBLOB_CERTIFICATE && property <= CERTBLOB_CTL;
}

bool certblob_next(struct reader *reader, struct certblob_element *out, struct err *err)
{
	size_t offset = reader->offset;
	uint32_t property = reader_u32le(reader), encoding = reader_u32le(reader);
	struct span data = reader_take(reader, reader_u32le(reader));

	if (reader->failed)
		return err_set(err, ERR_FORMAT, "offset 0x%zx: the blob is cut off", offset);
	if (encoding != ENCODING)
		return err_set(err, ERR_FORMAT,
		    "offset 0x%zx: an element whose encoding is %u and not 1", offset, encoding);
	*out = (struct certblob_element){property, data};
	return true;
}

bool certblob_certificate(struct span blob, struct span *out, struct err *err)
{
	struct reader reader = reader_of(blob);
	struct certblob_element element;
	struct span found = {0};

	while (reader.rest.size > 0) {
		if (!certblob_next(&reader, &element, err))
			return false;
		if (element.property == CERTBLOB_CERTIFICATE)
			found = element.data;
	}
	if (found.size == 0)
		return err_set(
		    err, ERR_FORMAT, "offset 0x%zx: the blob holds no certificate", reader.offset);
	*out = found;
	return true;
}

void certblob_add(struct bytes *out, uint32_t property, struct span data)
{
	bytes_add_little(out, property, 4);
	bytes_add_little(out, ENCODING, 4);
	bytes_add_little(out, data.size, 4);
	bytes_add(out, data.data, data.size);
}

void certblob_write(struct bytes *out, struct span certificate)
{
	uint8_t sha1[SHA1_SIZE];

	digest_sha1(certificate, sha1);
	certblob_add(out, CERTBLOB_SHA1, (struct span){sha1, SHA1_SIZE});
	certblob_add(out, CERTBLOB_CERTIFICATE, certificate);
}

bool certblob_looks(struct span file)
{
	struct reader reader = reader_of(file);
	struct certblob_element element = {0};
	struct err ignored = {0};

	while (reader.rest.size > 0)
		if (!certblob_next(&reader, &element, &ignored) || element.property > PROPERTY_MAX)
			return false;
	return is_object(element.property);
}

bool sst_looks(struct span file)
{
	return file.size >= SST_HEADER && memcmp(file.data, sst_header, SST_HEADER) == 0;
}

bool sst_begin(struct span file, struct reader *out, struct err *err)
{
	if (file.size > SST_MAX_BYTES || !sst_looks(file))
		return err_set(err, ERR_FORMAT, "serialised store: at byte 0: %s",
		    file.size > SST_MAX_BYTES ? "larger than any store" : "no header");
	*out = reader_of(file);
	(void)reader_take(out, SST_HEADER);
	return true;
}

bool sst_next(struct reader *reader, struct span *out, struct err *err)
{
	static const uint8_t end[SST_END];
	const uint8_t *start = reader->rest.data;
	struct certblob_element element = {0};

	if (reader->rest.size >= SST_END && memcmp(start, end, SST_END) == 0) {
		if (reader->rest.size > SST_END)
			return err_set(err, ERR_FORMAT,
			    "serialised store: at byte %zu: bytes behind its end",
			    reader->offset + SST_END);
		(void)reader_take(reader, SST_END);
		*out = (struct span){0};
		return true;
	}
	while (!is_object(element.property))
		if (!certblob_next(reader, &element, err))
			return err_wrap(err, "serialised store");
	*out = (struct span){start, (size_t)(reader->rest.data - start)};
	return true;
}

void sst_write_begin(struct bytes *out)
{
	bytes_add(out, "\0\0\0\0CERT", SST_HEADER);
}

void sst_write_end(struct bytes *out)
{
	static const uint8_t end[SST_END];

	bytes_add(out, end, sizeof(end));
}
