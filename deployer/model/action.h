/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a run does with an item. The plan decides it, the journal and the history remember it by
 * number, so the order stays.
 */
enum action { ACTION_KEEP, ACTION_ADD, ACTION_REPLACE, ACTION_REMOVE, ACTIONS };

/* "keep", "add", "replace", "remove" */
const char *action_name(enum action action);
