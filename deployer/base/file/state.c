/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

void file_state_release(struct file_state *state)
{
	bytes_release(&state->content);
	bytes_release(&state->attributes);
	*state = (struct file_state){0};
}

struct file_state file_state_copy(const struct file_state *state)
{
	struct file_state copy = *state;

	copy.content = bytes_copy(bytes_span(&state->content));
	copy.attributes = bytes_copy(bytes_span(&state->attributes));
	return copy;
}

struct file_state file_state_with(const struct file_state *like, struct bytes *content)
{
	return (struct file_state){.type = FILE_REGULAR,
	    .mode = like->mode,
	    .uid = like->uid,
	    .gid = like->gid,
	    .content = TAKE(*content)};
}
