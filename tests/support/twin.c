/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for the program where one of before is compared with it (tests/support/against). For
 * each call it makes two copies of the scenario's folder, runs the program of before over the one
 * and that of now over the other, and compares what both said and left. A mount namespace puts each
 * copy where the folder stands, and the clock stands still, so that both see the same. Then it
 * becomes the program of now, with the arguments and descriptors that it was given.
 *
 * It lies in BASE/.twin. The scenario's folder is the one below BASE that the current folder is in,
 * or else the first that an argument names. What cannot be copied is compared where it is if the
 * call only reads, by what is said alone; else the program of now runs alone, and the log says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 60 /* seconds for one run */ };

/* Calls that write nothing, so that both programs may run in place. */
static const char *const reading[] = {
    "check", "diagnose", "explain", "status", "history", "show", "policy", "man", "help"};

struct twin {
	char base[PATH_MAX / 4], call[PATH_MAX / 2], folder[NAME_MAX + 1], cwd[PATH_MAX];
	bool in_place;
	char **argv;
};

struct path {
	char text[PATH_MAX];
};

__attribute__((format(printf, 1, 2))) static struct path path(const char *format, ...)
{
	struct path out = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(out.text, sizeof(out.text), format, args);
	va_end(args);
	return out;
}

/* `against WHAT` about this call: as it ended. */
static int ask(const struct twin *twin, const char *what)
{
	struct path against = path("%s/.twin/against", twin->base);
	struct path folder = path("%s/%s", twin->base, twin->folder);
	int status = -1, null;
	pid_t pid = fork();

	if (pid == 0) {
		null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		execl(against.text, against.text, what, twin->call, folder.text, NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* --- what a call is --- */

static bool find_base(struct twin *twin)
{
	ssize_t size = readlink("/proc/self/exe", twin->base, sizeof(twin->base) - 1);
	char *end = size > 0 ? strstr(twin->base, "/.twin/") : NULL;

	if (end)
		*end = 0;
	return end && snprintf(twin->call, sizeof(twin->call), "%s/.twin/calls/%d", twin->base,
	                  (int)getpid()) < (int)sizeof(twin->call);
}

static bool take_folder(struct twin *twin, const char *text)
{
	const char *found = strstr(text, twin->base);
	struct stat st;

	if (!found || found[strlen(twin->base)] != '/')
		return false;
	found += strlen(twin->base) + 1;
	snprintf(twin->folder, sizeof(twin->folder), "%.*s", (int)strcspn(found, "/"), found);
	return *twin->folder && stat(path("%s/%s", twin->base, twin->folder).text, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

static bool has_folder(struct twin *twin)
{
	if (getcwd(twin->cwd, sizeof(twin->cwd)) && take_folder(twin, twin->cwd))
		return true;
	for (char **arg = twin->argv + 1; *arg; arg++) {
		if (take_folder(twin, *arg))
			return true;
	}
	return false;
}

/* Is there a line with the text in a file of /proc? */
static bool told(const char *file, const char *text, const char *but)
{
	FILE *in = fopen(file, "re");
	char line[2 * PATH_MAX];
	bool found = false;

	while (in && !found && fgets(line, sizeof(line), in))
		found = strstr(line, text) && !(but && strstr(line, but));
	if (in)
		fclose(in);
	return found;
}

static bool only_reads(char **argv)
{
	bool reads = false;

	for (size_t i = 0; argv[1] && i < sizeof(reading) / sizeof(*reading); i++)
		reads = reads || strcmp(argv[1], reading[i]) == 0;
	for (char **arg = argv; reads && *arg; arg++)
		reads = strncmp(*arg, "--report", 8) != 0;
	return reads;
}

/* NULL, or why nothing is compared. */
static const char *prepare(struct twin *twin)
{
	const char *why = NULL;
	struct stat in;

	if (told("/proc/self/status", "TracerPid:", "TracerPid:\t0\n"))
		return "a debugger counts its system calls";
	if (fstat(0, &in) == 0 && (isatty(0) || S_ISFIFO(in.st_mode)))
		return "its input is a terminal or a pipe";
	if (!has_folder(twin))
		return "it is about no folder of a scenario";
	if (mkdir(twin->call, 0700) != 0 || mkdir(path("%s/before", twin->call).text, 0700) != 0 ||
	    mkdir(path("%s/now", twin->call).text, 0700) != 0)
		return "there is no room for copies";
	if (told("/proc/self/mountinfo", path(" %s/%s", twin->base, twin->folder).text, NULL))
		why = "file systems are mounted in the folder";
	else if (geteuid() != 0)
		why = "an ordinary user runs it";
	else if (ask(twin, "copy") != 0)
		why = "the folder cannot be copied by this user";
	twin->in_place = why && only_reads(twin->argv);
	return twin->in_place ? NULL : why;
}

/* --- the runs --- */

static bool enter(const struct twin *twin, const char *which)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount(path("%s/%s/%s", twin->call, which, twin->folder).text,
	           path("%s/%s", twin->base, twin->folder).text, NULL, MS_BIND, NULL) == 0 &&
	       chdir(twin->cwd) == 0;
}

/* What the program says goes to a file, and both to one where both went to one. What is closed
 * stays so, and a device such as /dev/full is the same. */
static void redirect(const struct twin *twin, const char *which)
{
	static const char *const names[] = {"", "stdout", "stderr"};
	struct stat st[3], null;
	off_t at = lseek(0, 0, SEEK_CUR);
	int in;

	stat("/dev/null", &null);
	for (int fd = 1; fd < 3; fd++) {
		if (fstat(fd, &st[fd]) != 0 ||
		    (S_ISCHR(st[fd].st_mode) && st[fd].st_rdev != null.st_rdev && !isatty(fd)))
			continue;
		if (fd == 2 && st[1].st_dev == st[2].st_dev && st[1].st_ino == st[2].st_ino)
			dup2(1, 2);
		else
			dup2(open(path("%s/%s/%s", twin->call, which, names[fd]).text,
			         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
			    fd);
	}
	if (fstat(0, st) == 0 && S_ISREG(st->st_mode)) {
		in = open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC);
		dup2(in, 0);
		lseek(0, at, SEEK_SET);
	}
}

static int run_privately(const struct twin *twin, const char *which, const char *now)
{
	struct path program = path("%s/.twin/%s", twin->base, which);
	int status = -1;
	pid_t pid = fork();
	FILE *out;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!twin->in_place && !enter(twin, which))
			_exit(127);
		redirect(twin, which);
		setenv("LD_PRELOAD", path("%s/.twin/clock.so", twin->base).text, 1);
		setenv("TWIN_NOW", now, 1);
		alarm(LIMIT);
		execv(program.text, twin->argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	out = fopen(path("%s/%s/status", twin->call, which).text, "we");
	if (out) {
		fprintf(out, WIFEXITED(status) ? "exit %d\n" : "signal %d\n",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		fclose(out);
	}
	return status;
}

/* --- what they said and left --- */

/* The line for the log. */
static const char *judge(struct twin *twin)
{
	struct path call = path("%s/call", twin->call);
	char clock[32];
	int status[2];
	FILE *out = fopen(call.text, "we");

	if (!out)
		return "there is no room for copies";
	fprintf(out, "in %s: trust-deployer", twin->cwd);
	for (char **arg = twin->argv + 1; *arg; arg++)
		fprintf(out, " %s", *arg);
	fputc('\n', out);
	fclose(out);
	snprintf(clock, sizeof(clock), "%lld", (long long)time(NULL));
	status[0] = run_privately(twin, "before", clock);
	status[1] = run_privately(twin, "now", clock);
	if (WIFSIGNALED(status[0]) && WIFSIGNALED(status[1]) && WTERMSIG(status[0]) == SIGALRM &&
	    WTERMSIG(status[1]) == SIGALRM)
		return "neither ends by itself within a minute";
	if (ask(twin, "compare") != 0)
		return "DIFFERS";
	return twin->in_place ? "SAID" : "SAME";
}

int main(int argc, char **argv)
{
	struct twin twin = {.argv = argv};
	const char *line;
	int log;

	if (argc < 1 || !find_base(&twin)) {
		fprintf(stderr, "twin: is to be started by tests/support/against\n");
		return 127;
	}
	line = prepare(&twin);
	line = line ? line : judge(&twin);
	log = open(path("%s/.twin/log", twin.base).text, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (log < 0 || dprintf(log, "%s\n", line) < 0) {
		fprintf(stderr, "twin: %s/.twin/log cannot be written\n", twin.base);
		return 127;
	}
	ask(&twin, "forget");
	execv(path("%s/.twin/now", twin.base).text, argv);
	perror("twin");
	return 127;
}
