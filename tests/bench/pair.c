/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures two commands against each other, in turn, as whole processes.
 *
 *     pair RUNS FIRST COMMAND-A... -- COMMAND-B...
 *
 * "{}" in an argument becomes the number of the run: FIRST, FIRST + 1 ... Both
 * must end with status 0; their output is thrown away, unless one fails. Prints one line of JSON:
 * median wall time of each in milliseconds, the median of the ratios A / B of
 * each pair, and the peak resident memory of each in KiB.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MAX_ARGUMENTS = 64, MAX_RUNS = 2000, ARGUMENT_CAP = 4096 };

struct command {
	char **argv;
	int argc;
	double ms[MAX_RUNS];
	long rss; /* KiB */
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void expand(char *to, const char *from, int run)
{
	const char *hole = strstr(from, "{}");

	if (hole)
		snprintf(to, ARGUMENT_CAP, "%.*s%d%s", (int)(hole - from), from, run, hole + 2);
	else
		snprintf(to, ARGUMENT_CAP, "%s", from);
}

/* What a run that failed has said. */
static void tell(int errors)
{
	char text[2000];
	ssize_t size = pread(errors, text, sizeof(text), 0);

	if (size > 0)
		fwrite(text, 1, (size_t)size, stderr);
}

static bool run_once(struct command *command, int errors, int run, double *ms)
{
	static char storage[MAX_ARGUMENTS][ARGUMENT_CAP];
	char *argv[MAX_ARGUMENTS + 1] = {0};
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status = -1, error;
	double started;
	pid_t pid;

	for (int i = 0; i < command->argc; i++) {
		expand(storage[i], command->argv[i], run);
		argv[i] = storage[i];
	}
	posix_spawn_file_actions_init(&actions);
	for (int fd = 0; fd < 2; fd++)
		posix_spawn_file_actions_addopen(
		    &actions, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, errors, 2);
	if (ftruncate(errors, 0) != 0 || lseek(errors, 0, SEEK_SET) != 0)
		return false;
	started = now_ms();
	error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (error == 0)
		wait4(pid, &status, 0, &usage);
	*ms = now_ms() - started;
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "pair: %s ended with %d in run %d\n", argv[0],
		    WIFEXITED(status) ? WEXITSTATUS(status) : -1, run);
		tell(errors);
		return false;
	}
	if (usage.ru_maxrss > command->rss)
		command->rss = usage.ru_maxrss;
	return true;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(const double *values, int count)
{
	double sorted[MAX_RUNS];

	memcpy(sorted, values, (size_t)count * sizeof(*values));
	qsort(sorted, (size_t)count, sizeof(*sorted), compare);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static bool measure(struct command *a, struct command *b, int runs, int first, double *ratios)
{
	int errors = memfd_create("errors", MFD_CLOEXEC);

	for (int i = 0; i < runs; i++) {
		/* who goes first changes from pair to pair */
		struct command *one = i % 2 ? b : a, *two = i % 2 ? a : b;

		if (!run_once(one, errors, first + i, &one->ms[i]) ||
		    !run_once(two, errors, first + i, &two->ms[i]))
			return false;
		ratios[i] = a->ms[i] / b->ms[i];
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct command a, b;
	static double ratios[MAX_RUNS];
	int runs = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
	int first = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;

	a.argv = argv + 3;
	while (3 + a.argc < argc && strcmp(a.argv[a.argc], "--") != 0)
		a.argc++;
	b.argv = a.argv + a.argc + 1;
	b.argc = argc - 4 - a.argc;
	if (runs < 1 || runs > MAX_RUNS || a.argc < 1 || b.argc < 1 || a.argc > MAX_ARGUMENTS ||
	    b.argc > MAX_ARGUMENTS) {
		fprintf(stderr, "usage: pair RUNS FIRST COMMAND-A... -- COMMAND-B...\n");
		return 3;
	}
	if (!measure(&a, &b, runs, first, ratios))
		return 1;
	printf(
	    "{\"a_ms\": %.4f, \"b_ms\": %.4f, \"ratio\": %.4f, \"a_kib\": %ld, \"b_kib\": %ld}\n",
	    median(a.ms, runs), median(b.ms, runs), median(ratios, runs), a.rss, b.rss);
	return 0;
}
