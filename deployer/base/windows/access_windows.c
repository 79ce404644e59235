/* SPDX-License-Identifier: Apache-2.0 */
#include "base/windows/access.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>

/* Who may only make new things in a folder cannot replace what is there (in ProgramData everybody
 * may make things). */
enum {
	REPLACING_IN_ROOT = FILE_DELETE_CHILD | WRITE_DAC | WRITE_OWNER | GENERIC_ALL,
	REPLACING = REPLACING_IN_ROOT | DELETE,
	WRITING = REPLACING | FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE,
};
static const ACCESS_MASK masks[] = {[ACCESS_WRITE] = WRITING,
    [ACCESS_REPLACE] = REPLACING,
    [ACCESS_REPLACE_IN_ROOT] = REPLACING_IN_ROOT};

bool access_is_privileged(void)
{
	SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
	PSID administrators;
	BOOL member = FALSE;

	if (!AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID,
	        DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &administrators))
		return true;
	/* where it cannot be known, the stricter rule counts */
	if (!CheckTokenMembership(NULL, administrators, &member))
		member = TRUE;
	FreeSid(administrators);
	return member;
}

static bool is_this_user(PSID sid)
{
	union {
		TOKEN_USER user;
		BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} buffer;
	DWORD size = sizeof(buffer);
	HANDLE token;
	bool same;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	same = GetTokenInformation(token, TokenUser, &buffer, size, &size) &&
	       EqualSid(sid, buffer.user.User.Sid);
	CloseHandle(token);
	return same;
}

static bool is_trusted(PSID sid)
{
	static const wchar_t *const trusted[] = {
	    L"S-1-5-18",     /* SYSTEM */
	    L"S-1-5-32-544", /* Administrators */
	    L"S-1-3-4",      /* the owner, who is judged by himself */
	    /* TrustedInstaller */
	    L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
	};
	bool found = is_this_user(sid);
	wchar_t *text;

	if (found)
		return true;
	if (!ConvertSidToStringSidW(sid, &text))
		return false;
	for (size_t i = 0; i < COUNT(trusted) && !found; i++)
		found = wcscmp(text, trusted[i]) == 0;
	LocalFree(text);
	return found;
}

/* DOMAIN\NAME, or the number where it has no name here. */
static const char *account_name(PSID sid, struct arena *arena)
{
	wchar_t name[256], domain[256], *text;
	DWORD name_size = COUNT(name), domain_size = COUNT(domain);
	SID_NAME_USE use;
	const char *shown = "an unknown account";

	if (LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use))
		return arena_printf(arena, "%s%s%s", wide_to_text(domain, arena),
		    *domain ? "/" : "", wide_to_text(name, arena));
	if (ConvertSidToStringSidW(sid, &text)) {
		shown = wide_to_text(text, arena);
		LocalFree(text);
	}
	return shown;
}

/* An entry with a condition counts as if it held; both kinds have the account at the same place. */
static bool is_allowing(const ACE_HEADER *entry)
{
	return (entry->AceType == ACCESS_ALLOWED_ACE_TYPE ||
	           entry->AceType == ACCESS_ALLOWED_CALLBACK_ACE_TYPE) &&
	       !(entry->AceFlags & INHERIT_ONLY_ACE);
}

/* The first account that has one of the rights and should not have it; NULL: none. */
static PSID find_writer(PACL acl, ACCESS_MASK rights)
{
	for (DWORD i = 0; i < acl->AceCount; i++) {
		ACCESS_ALLOWED_ACE *entry;

		if (!GetAce(acl, i, (void **)&entry) || !is_allowing(&entry->Header) ||
		    !(entry->Mask & rights))
			continue;
		if (!is_trusted(&entry->SidStart))
			return &entry->SidStart;
	}
	return NULL;
}

bool access_check(HANDLE object, enum access_right right, const char *shown, struct err *err)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	AUTO(arena) arena = {0};
	PSID owner = NULL, writer = NULL;
	PACL acl = NULL;
	DWORD number;
	bool ok = false;

	if (!access_is_privileged())
		return true;
	number = GetSecurityInfo(object, SE_FILE_OBJECT,
	    OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &acl, NULL,
	    &descriptor);
	SetLastError(number);
	if (number != ERROR_SUCCESS)
		return err_windows(err, "%s: who may write to it cannot be told", shown);
	if (!owner || !is_trusted(owner))
		err_set(err, ERR_POLICY,
		    "%s belongs to %s; it decides what a privileged run does: give it to the "
		    "administrators (icacls PATH /setowner *S-1-5-32-544)",
		    shown, owner ? account_name(owner, &arena) : "nobody");
	else if (!acl || (writer = find_writer(acl, masks[right])))
		err_set(err, ERR_POLICY,
		    "%s may be written by %s; it decides what a privileged run does: leave it to "
		    "the administrators (icacls PATH /inheritance:r /grant *S-1-5-32-544:F "
		    "*S-1-5-18:F)",
		    shown, writer ? account_name(writer, &arena) : "everybody");
	else
		ok = true;
	LocalFree(descriptor);
	return ok;
}

static bool make(const wchar_t *path, SECURITY_ATTRIBUTES *attributes)
{
	DWORD there;

	if (CreateDirectoryW(path, attributes))
		return true;
	there = GetLastError() == ERROR_ALREADY_EXISTS ? GetFileAttributesW(path) : 0;
	return there != INVALID_FILE_ATTRIBUTES && (there & FILE_ATTRIBUTE_DIRECTORY);
}

bool access_make_folder(const wchar_t *path, enum access_kind kind)
{
	/* owned by the administrators; inherits nothing (P); administrators and SYSTEM have full
	 * access, here and below (OICI) */
	static const wchar_t *const descriptors[] = {
	    [ACCESS_SHARED] = L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
	    [ACCESS_PRIVATE] = L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
	};
	SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes)};
	DWORD number;
	bool ok;

	if (!access_is_privileged())
		return make(path, NULL);
	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
	        descriptors[kind], SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
		return false;
	ok = make(path, &attributes);
	number = GetLastError();
	LocalFree(attributes.lpSecurityDescriptor);
	SetLastError(number);
	return ok;
}
