/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/filekind.h"

#include <strings.h>

#include "model/der.h"

enum { HEAD = 1024, CABINET_SIZE_AT = 8 };

#define CERTIFICATE (1u << FILEKIND_WANT_CERTIFICATE)
#define KEY         (1u << FILEKIND_WANT_KEY)
#define BUNDLE      (1u << FILEKIND_WANT_BUNDLE)
#define DOCUMENT    (1u << FILEKIND_WANT_DOCUMENT)

static const struct row {
	const char *name;
	unsigned wants;     /* that it may be right for */
	const char *advice; /* what to do, or "" */
} rows[FILEKINDS] = {
    [FILEKIND_BINARY] = {"binary data of no known kind", CERTIFICATE, ""},
    [FILEKIND_TEXT] = {"text", DOCUMENT, ""},
    [FILEKIND_EMPTY] = {"empty", 0, "was it copied or downloaded whole?"},
    [FILEKIND_BLANK] = {"nothing but zeros and blanks", 0, "was it copied whole?"},
    [FILEKIND_UTF16] = {"UTF-16 text", 0, "save it as UTF-8, or: iconv -f UTF-16 -t UTF-8"},
    [FILEKIND_HTML] = {"an HTML page", 0,
        "was it downloaded through a proxy or a log-in page that answered instead?"},
    [FILEKIND_XML] = {"an XML document", 0, ""},
    [FILEKIND_PEM_CERTIFICATE] = {"a PEM certificate", CERTIFICATE, ""},
    [FILEKIND_PEM_BOTH] = {"a PEM file with a certificate and a private key", CERTIFICATE | KEY,
        ""},
    [FILEKIND_PEM_INDENTED] = {"PEM whose BEGIN line is indented", 0,
        "OpenSSL reads it only where -----BEGIN stands at the beginning of a line"},
    [FILEKIND_DER_CERTIFICATE] = {"a DER certificate", CERTIFICATE, ""},
    [FILEKIND_PRIVATE_KEY] = {"a private key", KEY, ""},
    [FILEKIND_DER_KEY] = {"a private key in DER", 0,
        "where the key is due: openssl pkey -inform DER writes it as PEM"},
    [FILEKIND_PUBLIC_KEY] = {"a public key", 0, ""},
    [FILEKIND_REQUEST] = {"a certificate request", 0, "a CA has to sign it first"},
    [FILEKIND_CRL] = {"a revocation list (CRL)", 0, ""},
    [FILEKIND_PKCS7] = {"a PKCS#7 file (.p7b, signed data)", 0,
        "take the certificates out of it: openssl pkcs7 -print_certs (with -inform DER)"},
    [FILEKIND_PKCS12] = {"a PKCS#12 file (.p12, .pfx)", 0,
        "take out what is needed: openssl pkcs12 -nokeys, or -nocerts for the key"},
    [FILEKIND_PEM_OTHER] = {"PEM of another kind", 0, ""},
    [FILEKIND_PGP] = {"an OpenPGP file", 0, ""},
    [FILEKIND_CABINET] = {"a cabinet", BUNDLE, ""},
    [FILEKIND_BUNDLE] = {"a signed bundle", BUNDLE, ""},
    [FILEKIND_JKS] = {"a Java key store", 0, "keytool -exportcert -rfc takes a certificate out"},
    [FILEKIND_ZIP] = {"a ZIP archive", 0, "unpack it first"},
    [FILEKIND_COMPRESSED] = {"a compressed file", 0, "unpack it first"},
    [FILEKIND_PROGRAM] = {"a program", 0, ""},
    [FILEKIND_PDF] = {"a PDF document", 0, ""},
};

static const char *const want_names[] = {
    [FILEKIND_WANT_CERTIFICATE] = "a certificate (PEM or DER)",
    [FILEKIND_WANT_KEY] = "a private key in PEM",
    [FILEKIND_WANT_BUNDLE] = "a bundle",
    [FILEKIND_WANT_DOCUMENT] = "a YAML file",
};

static bool begins(struct span file, const void *mark, size_t size)
{
	return file.size >= size && memcmp(file.data, mark, size) == 0;
}

static bool begins_word(struct span file, const char *word)
{
	return file.size >= strlen(word) &&
	       strncasecmp((const char *)file.data, word, strlen(word)) == 0;
}

static struct span skip_blanks(struct span file)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* U+FEFF in UTF-8 */

	if (begins(file, mark, sizeof(mark)))
		file = (struct span){file.data + sizeof(mark), file.size - sizeof(mark)};
	while (file.size > 0 && (strchr(" \t\r\n", *file.data) || !*file.data))
		file = (struct span){file.data + 1, file.size - 1};
	return file;
}

static bool looks_like_utf16(struct span file)
{
	size_t zeros[2] = {0}, size = file.size < HEAD ? file.size : HEAD;

	if (begins(file, "\xff\xfe", 2) || begins(file, "\xfe\xff", 2))
		return true;
	for (size_t i = 0; i < size; i++)
		zeros[i % 2] += file.data[i] == 0;
	/* nearly every second byte is zero, and none of the others */
	return size >= 8 && ((zeros[0] == 0 && zeros[1] > size * 3 / 8) ||
	                        (zeros[1] == 0 && zeros[0] > size * 3 / 8));
}

static bool is_text(struct span file)
{
	size_t size = file.size < HEAD ? file.size : HEAD;

	for (size_t i = 0; i < size; i++)
		if (file.data[i] < ' ' && !memchr("\t\n\r\f", file.data[i], 4))
			return false;
	return true;
}

/* --- PEM --- */

enum { HAS_CERTIFICATE = 1, HAS_KEY = 2 };

static enum filekind_word word_of_label(struct span label)
{
	static const struct {
		const char *text;
		enum filekind_word word;
	} labels[] = {
	    {"PRIVATE KEY", FILEKIND_PRIVATE_KEY},
	    {"CERTIFICATE REQUEST", FILEKIND_REQUEST},
	    {"PUBLIC KEY", FILEKIND_PUBLIC_KEY},
	    {"X509 CRL", FILEKIND_CRL},
	    {"PKCS7", FILEKIND_PKCS7},
	    {"CMS", FILEKIND_PKCS7},
	    {"PGP", FILEKIND_PGP},
	    {"CERTIFICATE", FILEKIND_PEM_CERTIFICATE},
	};

	for (size_t i = 0; i < COUNT(labels); i++)
		if (span_find(label, span_text(labels[i].text)))
			return labels[i].word;
	return FILEKIND_PEM_OTHER;
}

static bool is_indented(struct span file, const uint8_t *at)
{
	const uint8_t *start = at;

	while (start > file.data && start[-1] != '\n' && start[-1] != '\r')
		start--;
	for (const uint8_t *blank = start; blank < at; blank++)
		if (*blank != ' ' && *blank != '\t')
			return false;
	return start < at;
}

/* By the labels of its blocks; FILEKIND_BINARY when there is none. */
static enum filekind_word kind_of_pem(struct span file)
{
	static const char mark[] = "-----BEGIN ";
	enum filekind_word first = FILEKIND_BINARY;
	struct span rest = file;
	unsigned has = 0;
	const uint8_t *at;

	while ((at = span_find(rest, span_text(mark)))) {
		struct span label = {at + strlen(mark), 0};
		size_t left = (size_t)(rest.data + rest.size - label.data);
		enum filekind_word word;

		while (label.size < left && label.data[label.size] >= ' ' &&
		       label.data[label.size] != '-')
			label.size++;
		word = is_indented(file, at) ? FILEKIND_PEM_INDENTED : word_of_label(label);
		has |= word == FILEKIND_PEM_CERTIFICATE ? HAS_CERTIFICATE : 0;
		has |= word == FILEKIND_PRIVATE_KEY ? HAS_KEY : 0;
		first = first == FILEKIND_BINARY ? word : first;
		rest = (struct span){label.data, left};
	}
	return has == (HAS_CERTIFICATE | HAS_KEY) ? FILEKIND_PEM_BOTH
	       : has == HAS_CERTIFICATE           ? FILEKIND_PEM_CERTIFICATE
	                                          : first;
}

/* --- DER --- */

/* The bytes that the outermost SEQUENCE says it has; 0 when the file does not begin with one. */
static uint64_t sequence_size(struct span file, size_t *header)
{
	uint64_t size = 0;
	size_t octets;

	if (file.size < 2 || file.data[0] != DER_SEQUENCE)
		return 0;
	octets = file.data[1] & 0x7f;
	*header = 2;
	if (!(file.data[1] & 0x80))
		return 2 + octets;
	if (octets < 1 || octets > 4 || file.size < 2 + octets)
		return 0;
	*header += octets;
	for (size_t i = 0; i < octets; i++)
		size = size << 8 | file.data[2 + i];
	return size + *header;
}

static bool is_version(const struct element *element)
{
	return element->tag == DER_INTEGER && element->content.size == 1 &&
	       *element->content.data <= 3;
}

static bool begins_with_oid(struct span content, const void *oid, size_t size)
{
	struct der der = der_of(content);
	struct element element;

	return der_take(&der, DER_OID, &element) && element.content.size >= size &&
	       memcmp(element.content.data, oid, size) == 0;
}

/* Version and what follows: private keys and PKCS#12. */
static enum filekind_word kind_of_versioned(struct der *der)
{
	/* 1.2.840.113549.1.7, the content types of PKCS#7 */
	static const uint8_t pkcs7[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
	struct element second;

	if (!der_next(der, &second))
		return FILEKIND_BINARY;
	if (second.tag == DER_SEQUENCE && begins_with_oid(second.content, pkcs7, sizeof(pkcs7)))
		return FILEKIND_PKCS12;
	return FILEKIND_DER_KEY;
}

/* By what stands at the front of the outermost SEQUENCE. */
static enum filekind_word kind_of_der(struct span content)
{
	/* 1.2.840.113549.1.7.2, signed data */
	static const uint8_t signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
	struct der der = der_of(content), inside;
	struct element first, second;

	if (begins_with_oid(content, signed_data, sizeof(signed_data)))
		return FILEKIND_PKCS7;
	if (!der_next(&der, &first))
		return FILEKIND_BINARY;
	if (is_version(&first))
		return kind_of_versioned(&der);
	if (first.tag != DER_SEQUENCE || !der_next(&der, &second))
		return FILEKIND_BINARY;
	if (second.tag == DER_BIT_STRING)
		return FILEKIND_PUBLIC_KEY;
	if (second.tag == DER_OCTET_STRING)
		return FILEKIND_DER_KEY; /* encrypted, PKCS#8 */
	if (second.tag != DER_SEQUENCE)
		return FILEKIND_BINARY;
	/* [0] version, serial number: a certificate; version, name: a request or a CRL */
	inside = der_inside(&der, first.content);
	if (!der_next(&inside, &first))
		return FILEKIND_BINARY;
	if (first.tag == 0xa0 || (first.tag == DER_INTEGER && !is_version(&first)))
		return FILEKIND_DER_CERTIFICATE;
	return FILEKIND_BINARY;
}

/* --- all together --- */

static enum filekind_word kind_by_magic(struct span file)
{
	static const struct {
		const char *mark;
		size_t size;
		enum filekind_word word;
	} marks[] = {
	    {"MSCF", 4, FILEKIND_CABINET},
	    {"PK\3\4", 4, FILEKIND_ZIP},
	    {"\x1f\x8b", 2, FILEKIND_COMPRESSED},
	    {"BZh", 3, FILEKIND_COMPRESSED},
	    {"\xfd"
	     "7zXZ",
	        5, FILEKIND_COMPRESSED},
	    {"\x28\xb5\x2f\xfd", 4, FILEKIND_COMPRESSED},
	    {"\x7f"
	     "ELF",
	        4, FILEKIND_PROGRAM},
	    {"MZ", 2, FILEKIND_PROGRAM},
	    {"#!", 2, FILEKIND_PROGRAM},
	    {"%PDF", 4, FILEKIND_PDF},
	    {"\xfe\xed\xfe\xed", 4, FILEKIND_JKS},
	};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (begins(file, marks[i].mark, marks[i].size))
			return marks[i].word;
	return FILEKIND_BINARY;
}

static enum filekind_word kind_of_text(struct span file)
{
	struct span text = skip_blanks(file);
	enum filekind_word pem = kind_of_pem(file);

	if (text.size == 0)
		return FILEKIND_BLANK;
	if (begins_word(text, "<!doctype html") || begins_word(text, "<html") ||
	    begins_word(text, "<head"))
		return FILEKIND_HTML;
	if (begins_word(text, "<?xml"))
		return span_find(text, span_text("<html")) ? FILEKIND_HTML : FILEKIND_XML;
	if (pem != FILEKIND_BINARY)
		return pem;
	return is_text(file) ? FILEKIND_TEXT : FILEKIND_BINARY;
}

static uint64_t cabinet_size(struct span file)
{
	uint64_t size = 0;

	for (size_t i = 4; i-- > 0 && file.size >= CABINET_SIZE_AT + 4;)
		size = size << 8 | file.data[CABINET_SIZE_AT + i];
	return size;
}

struct filekind filekind_of(struct span file)
{
	static const char trailer[] = "TRUSTDB1";
	struct filekind kind = {.size = file.size};
	uint64_t whole = 0;
	size_t header = 0;

	if (file.size == 0) {
		kind.word = FILEKIND_EMPTY;
		return kind;
	}
	kind.word = kind_by_magic(file);
	if (kind.word == FILEKIND_CABINET) {
		whole = cabinet_size(file);
		if (file.size > whole + 16 &&
		    begins((struct span){file.data + file.size - 16, 16}, trailer, strlen(trailer)))
			kind.word = FILEKIND_BUNDLE;
	} else if (!is_text(file) && (whole = sequence_size(file, &header)) != 0) {
		struct span inside = {file.data + header, file.size - header};

		if (whole < file.size)
			inside.size = (size_t)whole - header;
		kind.word = kind_of_der(inside);
	} else if (kind.word == FILEKIND_BINARY) {
		kind.word = looks_like_utf16(file) ? FILEKIND_UTF16 : kind_of_text(file);
	}
	kind.whole = whole > file.size ? whole : 0;
	return kind;
}

void filekind_tell(const struct filekind *kind, struct text *out)
{
	const char *what = rows[kind->word].name;

	/* a SEQUENCE that promises more than there is may be of any kind */
	if (kind->whole && kind->word == FILEKIND_BINARY)
		what = "a DER file";
	text_add(out, what);
	if (kind->whole)
		text_addf(out, ", cut off after %zu of %llu bytes", kind->size,
		    (unsigned long long)kind->whole);
}

bool filekind_refuse(struct span file, enum filekind_want want, struct err *err)
{
	struct filekind kind = filekind_of(file);
	bool right = rows[kind.word].wants & (1u << want);
	AUTO(text) what = {0};

	if (want == FILEKIND_WANT_BUNDLE && kind.word == FILEKIND_CABINET && !kind.whole &&
	    cabinet_size(file) < file.size)
		return err_set(err, err->code,
		    "is a cabinet with a signature that is cut off: %llu bytes follow the cabinet, "
		    "and the trailer of a bundle is not among them; copy it again, whole",
		    (unsigned long long)(file.size - cabinet_size(file)));
	if (right && !kind.whole)
		return false;
	filekind_tell(&kind, &what);
	text_addf(&what, "%s%s", right ? "" : ", not ", right ? "" : want_names[want]);
	if (kind.whole)
		text_add(&what, "; copy it again, whole");
	else if (*rows[kind.word].advice)
		text_addf(&what, "; %s", rows[kind.word].advice);
	return err_set(err, err->code, "is %s", text_string(&what));
}
