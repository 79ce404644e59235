/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hook of an image whose owner wants to know what it may, and to get out. What it finds goes to
 * /found in the image, one line each: "held" or "OUT" for what it should not be able to do. Where
 * the host's own are that it tries to reach, the image has in files: a path in /mark-path, a
 * process in /mark-process. With /hang it does not end.
 *
 *     hostile-hook key COMMAND...    runs the command with a key in its session keyring, which the
 *                                    hook looks for
 *
 * Linked statically, for it runs with the image as its root folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

static FILE *found;

static void tell(const char *what, long value)
{
	fprintf(found, "%s %ld\n", what, value);
	fflush(found);
}

static void must_fail(const char *what, int result)
{
	fprintf(found, "%s %s\n", result < 0 ? "held" : "OUT", what);
	fflush(found);
}

static unsigned long capabilities(void)
{
	unsigned long all = 0;

	for (unsigned long i = 0; i < 64; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			all |= 1UL << i;
	return all;
}

static long open_descriptors(void)
{
	long count = 0;

	for (int fd = 3; fd < 1024; fd++)
		count += fd != fileno(found) && fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Processes that can be seen: by number, as nothing else shows them. */
static long processes(void)
{
	long count = 0;

	for (pid_t pid = 1; pid < 70000; pid++)
		count += kill(pid, 0) == 0;
	return count;
}

static long interfaces(void)
{
	struct if_nameindex *list = if_nameindex();
	long count = 0;

	for (; list && list[count].if_index; count++)
		;
	return count;
}

static void tell_names(void)
{
	struct utsname names;

	if (uname(&names) == 0)
		fprintf(found, "host %s %s\n", names.nodename, names.domainname);
}

static void look(void)
{
	mode_t mask = umask(0);
	char input[64];
	ssize_t size = read(0, input, sizeof(input));
	int null;

	umask(mask);
	tell("euid", geteuid());
	tell("capabilities", (long)capabilities());
	tell("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	tell("umask", mask);
	tell("descriptors", open_descriptors());
	tell("processes", processes());
	tell("interfaces", interfaces());
	tell_names();
	tell("told", size > 0 && input[0] == '+');
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	tell("null", null >= 0 && write(null, "x", 1) == 1 && close(null) == 0);
}

/* The first line of a file of the image. */
static const char *line_of(const char *path, char *out, int size)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(out, size, file))
		exit(99);
	fclose(file);
	return out;
}

/* Upwards out of a chroot, by ever so many "..". */
static void climb(const char *mark)
{
	must_fail("chroot", chroot("/tmp"));
	for (int i = 0; i < 64; i++)
		if (chdir("..") != 0)
			break;
	must_fail("the host's file from above", open(mark + 1, O_RDONLY | O_CLOEXEC));
	must_fail("the host's file", open(mark, O_RDONLY | O_CLOEXEC));
}

static void reach(const char *mark)
{
	char path[4200], pid[32];
	struct utsname name = {0}; /* set to what it is, where this fails */

	snprintf(path, sizeof(path), "/proc/1/root%s", mark);
	must_fail("the host's file through /proc/1/root", open(path, O_RDONLY | O_CLOEXEC));
	must_fail(
	    "the host's sysctls", open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC));
	must_fail("what is mounted in the image", open("/mnt/mark", O_RDONLY | O_CLOEXEC));
	must_fail("a node of the image's own", open("/node", O_RDONLY | O_CLOEXEC));
	must_fail("the mode of the host's device", chmod("/dev/null", 0600));
	must_fail("the owner of the host's device", chown("/dev/null", 1, 1));
	must_fail("a process of the host",
	    kill((pid_t)strtol(line_of("/mark-process", pid, sizeof(pid)), NULL, 10), SIGKILL));
	must_fail("a key of who started it",
	    (int)syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "mark", 0));
	must_fail("the host's name",
	    uname(&name) == 0 ? sethostname(name.nodename, strlen(name.nodename)) : 0);
}

static void gain(void)
{
	must_fail("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
	must_fail("mount of processes", mount("none", "/tmp", "proc", 0, NULL));
	must_fail("umount", umount2("/", MNT_DETACH));
	must_fail("umount of /dev", umount2("/dev", MNT_DETACH));
	must_fail("mknod", mknod("/tmp/node", S_IFCHR | 0600, makedev(1, 1)));
	must_fail("a user namespace", unshare(CLONE_NEWUSER));
	/* whoever listens at a file of the image could hand over a descriptor */
	must_fail("a socket", socket(AF_UNIX, SOCK_STREAM, 0));
	must_fail("a pair of sockets", socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0}));
	/* what comes from within does not reach it; where nothing is confined, it is let be */
	must_fail("the end of the first process",
	    getpid() == 2 && (kill(1, SIGKILL) != 0 || kill(1, 0) == 0) ? -1 : 0);
	must_fail("ptrace", getpid() == 2 ? (int)ptrace(PTRACE_ATTACH, 1, NULL, NULL) : 0);
}

/* To outlive all: no signal with its parent, a session of its own, in the background. */
static _Noreturn void hang(void)
{
	flock(fileno(found), LOCK_EX); /* so that who looks for us finds us */
	prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	setsid();
	if (fork() == 0)
		setsid();
	for (;;)
		pause();
}

static int run_with_key(char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", "mark", "x", 1, KEY_SPEC_SESSION_KEYRING) < 0)
		return 98;
	execve(argv[0], argv, environ);
	return 97;
}

int main(int argc, char **argv)
{
	char mark[4096];

	if (argc > 2 && strcmp(argv[1], "key") == 0)
		return run_with_key(argv + 2);
	found = fopen("/found", "we");
	if (!found)
		return 99;
	look();
	climb(line_of("/mark-path", mark, sizeof(mark)));
	reach(mark);
	gain();
	if (access("/hang", F_OK) == 0)
		hang();
	return 7;
}
