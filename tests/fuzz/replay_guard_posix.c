/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_guard.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static const char *what;

static void tell(void)
{
	if (write(STDOUT_FILENO, what, strlen(what)) < 0)
		_exit(1);
}

static void tell_and_die(int number)
{
	(void)number;
	tell();
	_exit(1);
}

void guard_start(const char *current)
{
	what = current;
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(tell);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = tell_and_die}, NULL);
}

void guard_limit(unsigned seconds)
{
	alarm(seconds);
}
