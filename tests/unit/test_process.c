/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are run: hooks and tools of the host, whatever state this program was started in.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"

static struct process_end sh(const char *script, int timeout)
{
	const struct process process = {
	    .argv = {"/bin/sh", "-c", script}, .timeout = timeout, .output_max = 1000};
	struct process_end end = {0};
	struct err err = {0};

	cr_assert(process_run(&process, &end, &err), "%s", err.text);
	return end;
}

Test(process, is_waited_for_and_its_status_known)
{
	AUTO(process_end) end = sh("sleep 0.2; echo said; exit 3", 60);

	cr_assert_eq(end.status, 3);
	cr_assert_str_eq(text_string(&end.output), "said\n");
	cr_assert_not(end.timed_out);
}

/* Some supervisors ignore SIGCHLD, which children inherit: the kernel then keeps no status. */
Test(process, status_is_known_where_sigchld_is_ignored)
{
	const struct sigaction ignoring = {.sa_handler = SIG_IGN};
	struct sigaction now;

	sigaction(SIGCHLD, &ignoring, NULL);

	AUTO(process_end) end = sh("exit 3", 60);

	cr_assert_eq(end.status, 3);
	sigaction(SIGCHLD, NULL, &now);
	cr_assert(now.sa_handler == SIG_IGN, "and is left as it was");
}

Test(process, has_nothing_open_that_we_were_given)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	cr_assert_eq(dup2(fd, 57), 57);

	AUTO(process_end) end = sh("test -e /proc/self/fd/1 && test ! -e /proc/self/fd/57", 60);

	cr_assert_eq(end.status, 0, "%s", text_string(&end.output));
}

Test(process, has_a_umask_of_its_own)
{
	mode_t before = umask(0);

	AUTO(process_end) end = sh("umask", 60);

	umask(before);
	cr_assert_str_eq(text_string(&end.output), "0022\n");
}

Test(process, is_not_waited_for_longer_than_it_may_take)
{
	AUTO(process_end) end = sh("echo begun; sleep 100", 1);

	cr_assert(end.timed_out);
	cr_assert_str_eq(text_string(&end.output), "begun\n");
}

/* What a hook starts in the background holds its output open. */
Test(process, ends_with_the_program_not_with_what_it_left_behind)
{
	AUTO(process_end) end = sh("sleep 100 & echo done", 60);

	cr_assert_eq(end.status, 0);
	cr_assert_not(end.timed_out);
	cr_assert_str_eq(text_string(&end.output), "done\n");
}
