/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and kills it, and whatever it started, with SIGKILL right
 * after its Nth system call, counted from the end of its exec over all its
 * processes.
 *
 *     killat N COMMAND...      ends with 137 when it killed, else as the command ended
 *
 * N = 0 kills never and prints the number of calls on standard error.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <linux/ptrace.h>
#include <unistd.h>

enum { MAX_PROCESSES = 256, KILLED = 137 };

struct trace {
	pid_t processes[MAX_PROCESSES];
	size_t count;
	pid_t main;
	int status; /* as the main process ended */
	bool started;
	unsigned long calls, limit;
};

static pid_t start(char **command)
{
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	return pid;
}

static void add(struct trace *trace, pid_t pid)
{
	for (size_t i = 0; i < trace->count; i++) {
		if (trace->processes[i] == pid)
			return;
	}
	if (trace->count == MAX_PROCESSES) {
		fprintf(stderr, "killat: more than %d processes\n", MAX_PROCESSES);
		exit(1);
	}
	trace->processes[trace->count++] = pid;
}

static void forget(struct trace *trace, pid_t pid)
{
	for (size_t i = 0; i < trace->count; i++) {
		if (trace->processes[i] == pid)
			trace->processes[i--] = trace->processes[--trace->count];
	}
}

static void kill_all(struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++)
		kill(trace->processes[i], SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

/* Whether the stop is the end of a system call; its beginning is not counted. */
static bool is_end_of_call(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_EXIT;
}

/* Takes note of one stop; returns the signal to pass on. */
static int note_stop(struct trace *trace, pid_t pid, int status)
{
	int signal_number = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC && pid == trace->main)
		trace->started = true;
	if (signal_number == (SIGTRAP | 0x80)) {
		if (trace->started && is_end_of_call(pid))
			trace->calls++;
		return 0;
	}
	/* a new process stops once by SIGSTOP before it runs */
	return event || signal_number == SIGTRAP || signal_number == SIGSTOP ? 0 : signal_number;
}

static bool follow(struct trace *trace)
{
	while (trace->count > 0) {
		int status, pass;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			break;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == trace->main)
				trace->status = status;
			forget(trace, pid);
			continue;
		}
		add(trace, pid);
		pass = note_stop(trace, pid, status);
		if (trace->limit && trace->calls >= trace->limit) {
			kill_all(trace);
			return true;
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)pass);
	}
	return false;
}

int main(int argc, char **argv)
{
	struct trace trace = {0};
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: killat N COMMAND...\n");
		return 3;
	}
	trace.limit = strtoul(argv[1], NULL, 10);
	trace.main = start(argv + 2);
	if (trace.main < 0 || waitpid(trace.main, &status, 0) < 0 || !WIFSTOPPED(status)) {
		fprintf(stderr, "killat: cannot trace\n");
		return 1;
	}
	add(&trace, trace.main);
	ptrace(PTRACE_SETOPTIONS, trace.main, NULL,
	    (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC |
	                       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE));
	ptrace(PTRACE_SYSCALL, trace.main, NULL, NULL);
	if (follow(&trace))
		return KILLED;
	if (!trace.limit)
		fprintf(stderr, "%lu\n", trace.calls);
	return WIFEXITED(trace.status) ? WEXITSTATUS(trace.status) : 128 + WTERMSIG(trace.status);
}
