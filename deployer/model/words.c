/* SPDX-License-Identifier: Apache-2.0 */
#include "model/words.h"

#include <string.h>

enum { ID_MAX = 100 };

const char *const store_words[] = WORDS_LIST(STORE_VOCABULARY);
const char *const list_words[] = WORDS_LIST(LIST_VOCABULARY);
const char *const update_words[] = WORDS_LIST(UPDATE_VOCABULARY);
const char *const target_words[] = WORDS_LIST(TARGET_VOCABULARY);
const char *const switch_words[] = WORDS_LIST(SWITCH_VOCABULARY);
const char *const mode_words[] = WORDS_LIST(MODE_VOCABULARY);
const char *const replace_words[] = WORDS_LIST(REPLACE_VOCABULARY);
const char *const os_words[] = WORDS_LIST(OS_VOCABULARY);
const char *const severity_words[] = WORDS_LIST(SEVERITY_VOCABULARY);
const char *const action_words[] = WORDS_LIST(ACTION_VOCABULARY);

int words_find(const char *const *words, const char *text)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return -1;
}

bool words_check_id(const char *id, struct err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789._-";
	size_t size = strlen(id);

	if (size == 0 || size > ID_MAX || id[0] == '.' || id[0] == '-')
		return err_set(err, ERR_POLICY,
		    "an id has 1 to %d characters and does not begin with '.' or '-'", ID_MAX);
	if (strspn(id, allowed) != size)
		return err_set(
		    err, ERR_POLICY, "an id is made of letters, digits, '.', '_' and '-'");
	return true;
}
