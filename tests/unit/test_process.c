/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are run: hooks and tools of the host, whatever state this program was started in.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
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

static char *write_program(const char *content, size_t size)
{
	char *path = mem_strdup("/tmp/trust-deployer-unit.XXXXXX");
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, content, size), (ssize_t)size);
	cr_assert_eq(fchmod(fd, 0700), 0);
	close(fd);
	return path;
}

/* As update-ca-certificates' shell runs a hook. */
Test(process, may_be_a_script_that_names_no_interpreter)
{
	static const char script[] = "echo \"$0 $1\"; exit 3\n";
	char *path = write_program(script, sizeof(script) - 1);
	struct process process = {.argv = {path, "one"}, .timeout = 60, .output_max = 1000};
	AUTO(process_end) end = {0};
	AUTO(text) wanted = {0};
	struct err err = {0};

	cr_assert_not(process_run(&process, &end, &err));
	cr_assert(strstr(err.text, ": cannot be run: Exec format error"), "%s", err.text);
	process.may_be_script = true;
	err = (struct err){0};
	cr_assert(process_run(&process, &end, &err), "%s", err.text);
	text_addf(&wanted, "%s one\n", path);
	cr_assert_eq(end.status, 3);
	cr_assert_str_eq(text_string(&end.output), text_string(&wanted));
	unlink(path);
	free(path);
}

Test(process, of_another_machine_is_no_script)
{
	static const char other[] = "\177ELF\0\0\necho no";
	char *path = write_program(other, sizeof(other) - 1);
	const struct process process = {
	    .argv = {path}, .timeout = 60, .output_max = 1000, .may_be_script = true};
	AUTO(process_end) end = {0};
	struct err err = {0};

	cr_assert_not(process_run(&process, &end, &err));
	cr_assert(strstr(err.text, ": cannot be run: Exec format error"), "%s", err.text);
	unlink(path);
	free(path);
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

Test(process, that_says_too_much_is_cut_not_silenced)
{
	AUTO(process_end) end = sh("printf '%03000d' 7", 60);

	cr_assert_eq(end.output.size, 1000);
	cr_assert(end.output.full);
	cr_assert_eq(end.output.data[999], '0');
}

/* What a hook starts in the background holds its output open. */
Test(process, ends_with_the_program_not_with_what_it_left_behind)
{
	AUTO(process_end) end = sh("sleep 100 & echo done", 60);

	cr_assert_eq(end.status, 0);
	cr_assert_not(end.timed_out);
	cr_assert_str_eq(text_string(&end.output), "done\n");
}

/* /usr stands for an image: its programs find their libraries with it for their root folder. */
static bool open_image(struct root *out)
{
	struct err err = {0};

	if (geteuid() != 0 || !root_open("/usr", out, &err))
		return false;
	if (process_can_confine(out, &err) && file_is_regular(out, "/lib64/ld-linux-x86-64.so.2"))
		return true;
	root_release(out);
	return false;
}

static struct process_end sh_in(const struct root *image, const char *script, int timeout)
{
	const struct process process = {.argv = {"/bin/sh", "-c", script},
	    .root = image,
	    .timeout = timeout,
	    .output_max = 1000};
	struct process_end end = {0};
	struct err err = {0};

	cr_assert(process_run(&process, &end, &err), "%s", err.text);
	return end;
}

Test(process, of_an_image_ends_with_its_status)
{
	AUTO(root) image = {0};

	if (!open_image(&image))
		cr_skip_test("needs root, namespaces, and programs in /usr alone");

	AUTO(process_end) end = sh_in(&image, "test ! -e /usr && echo $$ && exit 3", 60);

	cr_assert_eq(end.status, 3);
	cr_assert_str_eq(text_string(&end.output), "2\n", "the second of its namespace, not %s",
	    text_string(&end.output));
}

Test(process, of_an_image_takes_no_longer_than_it_may)
{
	AUTO(root) image = {0};
	int64_t begun = clock_now();

	if (!open_image(&image))
		cr_skip_test("needs root, namespaces, and programs in /usr alone");

	AUTO(process_end)
	end = sh_in(&image, "trap '' TERM INT HUP; echo begun; while :; do sleep 100; done", 1);

	cr_assert(end.timed_out);
	cr_assert_str_eq(text_string(&end.output), "begun\n");
	cr_assert_lt(clock_now() - begun, 50);
}

/* Out of our process group, which is all that a program of the live host is ended by. */
Test(process, of_an_image_leaves_nothing_behind)
{
	AUTO(root) image = {0};
	char *name = NULL;

	if (!open_image(&image))
		cr_skip_test("needs root, namespaces, and programs in /usr alone");
	cr_assert_gt(asprintf(&name, "setsid --fork sleep 10%d; echo done", getpid()), 0);

	AUTO(process_end) end = sh_in(&image, name, 60);

	cr_assert_eq(end.status, 0);
	cr_assert_str_eq(text_string(&end.output), "done\n");
	free(name);
	cr_assert_gt(asprintf(&name, "pgrep -f -x 'sleep 10%d'", getpid()), 0);

	AUTO(process_end) left = sh(name, 60);

	cr_assert_eq(left.status, 1, "%s", text_string(&left.output));
	free(name);
}

/* Without a right of the machine's root there are no namespaces. */
Test(process, of_an_image_is_not_run_where_it_cannot_be_confined)
{
	AUTO(root) image = {0};
	struct err err = {0};

	if (!open_image(&image))
		cr_skip_test("needs root, namespaces, and programs in /usr alone");
	cr_assert_eq(setuid(65534), 0);
	cr_assert_not(process_can_confine(&image, &err));
	cr_assert_str_eq(err.text, "this system does not let a program be confined to the image"
	                           " (containers and chroots often forbid it): Operation not"
	                           " permitted");
}
