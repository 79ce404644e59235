/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"

/* A child on its way to becoming the program. */
struct start {
	int input, output;
	int failure; /* its errno comes through here; closed by a successful exec */
	int reader;  /* the end of that for this program */
};

/* The child must not inherit what this program has open: a folder of the host is a way out of a
 * chroot. All of it is closed, by the exec or at once. */
static void close_inherited(bool by_exec)
{
	enum { FIRST = 3, CLOEXEC = 1 << 2 /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */ };
	struct rlimit limit = {.rlim_cur = 1024};

	if (syscall(SYS_close_range, FIRST, ~0U, by_exec ? CLOEXEC : 0) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	for (int fd = FIRST; (rlim_t)fd < limit.rlim_cur && fd < 1 << 20; fd++)
		if (by_exec)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
		else
			close(fd);
}

static _Noreturn void tell_failure(const struct start *start, int number)
{
	if (write(start->failure, &number, sizeof(number)) < 0)
		_exit(126);
	_exit(127);
}

/* The first process of the namespaces. All others end when it ends, and so with this program. The
 * program that it waits for lacks the capabilities to take its place. */
static _Noreturn void stand_first(pid_t child)
{
	int status = 0;

	close_inherited(false);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Enters the image. Returns a negative number where it cannot. */
static void confine(const struct root *root, const struct start *start)
{
	pid_t child;

	if (!confine_enter(root))
		tell_failure(start, -errno);
	child = fork();
	if (child < 0)
		tell_failure(start, errno);
	if (child > 0)
		stand_first(child);
	if (!confine_drop())
		tell_failure(start, -errno);
}

/* This program may have been killed before it could have its child end with it: then nobody reads
 * what failed. A parent in another namespace has no number here. */
static bool is_alone(const struct start *start)
{
	struct pollfd reader = {.fd = start->failure};

	close(start->reader);
	return poll(&reader, 1, 0) > 0 && reader.revents & POLLERR;
}

static bool is_confined(const struct process *process)
{
	return process->root && process->root->confined;
}

/* As bash judges it: text as far as its first line goes. */
static bool is_text(const char *path)
{
	char start[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, start, sizeof(start));
	const char *end = size > 0 ? memchr(start, '\n', (size_t)size) : NULL;

	if (fd >= 0)
		close(fd);
	return size >= 0 && !memchr(start, 0, end ? (size_t)(end - start) : (size_t)size);
}

/* execve(2) itself: a build that measures coverage puts a function in its place that first writes
 * its counters, into the image. Returns with errno. */
static void run_program(const char *path, const char *const *argv, const char *const *environment)
{
	syscall(SYS_execve, path, argv, environment);
}

/* Returns with errno. */
static void execute(const struct process *process, const char *const *environment)
{
	enum { INTERPRETER, SCRIPT, OTHERS };
	static const char shell[] = "/bin/sh";
	const char *argv[PROCESS_ARGUMENTS + OTHERS] = {
	    [INTERPRETER] = shell, [SCRIPT] = process->argv[0]};

	run_program(process->argv[0], process->argv, environment);
	if (errno != ENOEXEC || !process->may_be_script)
		return;
	if (is_text(process->argv[0])) {
		memcpy(&argv[OTHERS], &process->argv[1],
		    sizeof(process->argv) - sizeof(process->argv[0]));
		run_program(shell, argv, environment);
	}
	errno = ENOEXEC;
}

/* Between fork and exec: only what is async-signal-safe. */
static _Noreturn void become(const struct process *process, const struct start *start)
{
	static const char *const environment[] = {
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
	    NULL};
	struct sigaction normal = {.sa_handler = SIG_DFL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sigaction(SIGPIPE, &normal, NULL);
	setsid();
	umask(022);
	close_inherited(true);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* should we be killed without a chance to end it */
	if (is_alone(start))
		_exit(127);
	if (is_confined(process))
		confine(process->root, start);
	if (!process->argv[0])
		_exit(0);
	if (chdir(process->folder ? process->folder : "/") == 0 && dup2(start->input, 0) == 0 &&
	    dup2(start->output, 1) == 1 && dup2(start->output, 2) == 2)
		execute(process, environment);
	tell_failure(start, errno);
}

/* A file in memory rather than a pipe: nobody must wait for anybody to read. */
static int open_input(struct span input)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	while (fd >= 0 && input.size > 0) {
		ssize_t done = write(fd, input.data, input.size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			close(fd);
			return -1;
		}
		input = (struct span){input.data + done, input.size - (size_t)done};
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes what is there, and keeps as much of it as there is room for; false at its end. */
static bool drain(int fd, struct text *out)
{
	uint8_t buffer[4096];
	ssize_t got = read(fd, buffer, sizeof(buffer));
	size_t size = got > 0 ? (size_t)got : 0, room = out->limit - out->size;

	text_add_span(out, (struct span){buffer, size < room ? size : room});
	out->full = out->full || size > room;
	return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

/* How this program handles signals while a child runs. */
struct signals {
	sigset_t held, before;
	struct sigaction child;
	int told;  /* readable when this program is to end */
	int ended; /* readable when a child has ended */
};

/* Holds back the signals that are to end this program until the child is ended too. The child's end
 * is told by SIGCHLD: pidfds are younger (Linux 5.3) and forbidden in some containers. Whoever
 * started us may ignore SIGCHLD, and then nobody would learn the child's status. */
static bool hold_signals(struct signals *signals)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	struct sigaction normal = {.sa_handler = SIG_DFL};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigemptyset(&signals->held);
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct sigaction now;

		if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&signals->held, ends[i]);
	}
	signals->told = signalfd(-1, &signals->held, SFD_CLOEXEC);
	signals->ended = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	sigaddset(&signals->held, SIGCHLD);
	sigaction(SIGCHLD, &normal, &signals->child);
	sigprocmask(SIG_BLOCK, &signals->held, &signals->before);
	return signals->told >= 0 && signals->ended >= 0;
}

/* One that came while the child ran takes effect here. */
static void release_signals(const struct signals *signals)
{
	if (signals->told >= 0)
		close(signals->told);
	if (signals->ended >= 0)
		close(signals->ended);
	sigaction(SIGCHLD, &signals->child, NULL);
	sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

/* Not reaped: its number must stay taken until its group is killed. */
static bool has_ended(pid_t child, int ended)
{
	struct signalfd_siginfo told;
	siginfo_t info = {0};

	while (read(ended, &told, sizeof(told)) == sizeof(told))
		;
	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	       info.si_pid == child;
}

/* Reads until the program has ended, the time is over, or this program is to end: what it left in
 * the background may hold the pipe open for ever. */
static void follow(const struct process *process, pid_t child, int output,
    const struct signals *signals, struct process_end *out)
{
	int64_t deadline = milliseconds() + (int64_t)process->timeout * 1000;
	struct pollfd wait[] = {{.fd = output, .events = POLLIN},
	    {.fd = signals->ended, .events = POLLIN}, {.fd = signals->told, .events = POLLIN}};
	bool ended = false;

	for (;;) {
		int64_t left = deadline - milliseconds();
		bool had_ended = ended;

		if (left <= 0) {
			out->timed_out = true;
			return;
		}
		if (poll(wait, COUNT(wait), ended ? 0 : (int)left) < 0 && errno != EINTR)
			return;
		if (wait[2].revents)
			return;
		ended = ended || (wait[1].revents && has_ended(child, signals->ended));
		if (wait[0].revents && !drain(output, &out->output))
			wait[0].fd = -1;
		/* the program may have written something after the pipe was looked at in the same
		 * poll */
		if (had_ended && !(wait[0].fd >= 0 && wait[0].revents & POLLIN))
			return;
	}
}

static void reap(pid_t child, struct process_end *out)
{
	int status = 0;

	/* the group first, as its number is free for others once the child is reaped */
	kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	out->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The child's errno when it did not become the program, else 0. */
static int start_failure(int fd)
{
	int number = 0;
	ssize_t got;

	do
		got = read(fd, &number, sizeof(number));
	while (got < 0 && errno == EINTR);
	return got == sizeof(number) ? number : 0;
}

static int run_held(const struct process *process, struct start *start, int output, int failure,
    const struct signals *signals, struct process_end *out)
{
	pid_t child;
	int number;

	start->reader = failure;
	child = is_confined(process) ? confine_fork() : fork();
	if (child < 0)
		return is_confined(process) ? -errno : errno;
	if (child == 0)
		become(process, start);
	close(start->output);
	close(start->failure);
	start->output = start->failure = -1;
	number = start_failure(failure);
	if (!number)
		follow(process, child, output, signals, out);
	reap(child, out);
	return number;
}

static int run(const struct process *process, struct start *start, int output, int failure,
    struct process_end *out)
{
	struct signals signals;
	int number = EMFILE;

	if (hold_signals(&signals))
		number = run_held(process, start, output, failure, &signals, out);
	release_signals(&signals);
	return number;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void tell(const struct process *process, int number, struct err *err)
{
	errno = number < 0 ? -number : number;
	if (number < 0 || !process->argv[0])
		err_errno(err, "this system does not let a program be confined to the image"
		               " (containers and chroots often forbid it)");
	else
		err_errno(err, "%s: cannot be run", text_escape_string(process->argv[0]).text);
	err->code = ERR_HOST;
}

bool process_run(const struct process *process, struct process_end *out, struct err *err)
{
	AUTO(process_end) end = {.output = {.limit = process->output_max}};
	int output[2] = {-1, -1}, failure[2] = {-1, -1}, number = 0;
	struct start start = {.input = open_input(process->input)};

	if (start.input < 0 || pipe2(output, O_CLOEXEC) != 0 || pipe2(failure, O_CLOEXEC) != 0)
		number = errno;
	if (!number) {
		fcntl(output[0], F_SETFL, O_NONBLOCK);
		start.output = output[1];
		start.failure = failure[1];
		number = run(process, &start, output[0], failure[0], &end);
		output[1] = start.output;
		failure[1] = start.failure;
	}
	close_all((int[]){start.input, output[0], output[1], failure[0], failure[1]}, 5);
	if (number) {
		tell(process, number, err);
		return false;
	}
	*out = TAKE(end);
	return true;
}

bool process_can_confine(const struct root *root, struct err *err)
{
	const struct process nothing = {.root = root, .timeout = 60};
	AUTO(process_end) end = {0};

	return process_run(&nothing, &end, err);
}

struct escaped process_said(const struct process_end *end)
{
	const char *said = text_string(&end->output);
	size_t size = end->output.size, at = 2;
	char line[200] = ": ";

	while (size > 0 && (uint8_t)said[size - 1] <= ' ')
		size--;
	if (size == 0)
		return text_escape_string(" and said nothing");
	for (size_t i = 0; i < size && at < sizeof(line); i++)
		line[at++] = said[i] == '\n' || said[i] == '\t' ? ' ' : said[i];
	return text_escape((struct span){(const uint8_t *)line, at});
}

void process_end_release(struct process_end *end)
{
	text_release(&end->output);
	*end = (struct process_end){0};
}
