/* SPDX-License-Identifier: Apache-2.0 */
/* Confinement by namespaces(7), pivot_root(2), mount_namespaces(7), fsopen(2), capabilities(7). */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file/confined.h"

/* From linux/mount.h, which cannot be included together with some versions of sys/mount.h. */
enum {
	TREE_CLONE = 1,
	FROM_DESCRIPTOR = 4, /* MOVE_MOUNT_F_EMPTY_PATH */
	CLOSE_ON_EXEC = 1,   /* of fsopen and fsmount */
	CREATE = 6,          /* FSCONFIG_CMD_CREATE */
};

static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};

/* What update-ca-trust and the hooks of ca-certificates need: to write files of any owner. */
static const uint32_t needed =
    1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER | 1U << CAP_FSETID;

bool confine_shows(const struct root *root, const char *path)
{
	struct open_how how = {
	    .flags = O_PATH | O_CLOEXEC,
	    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int fd = confined_open(root->fd, path, &how);

	if (fd < 0)
		return errno != EXDEV;
	close(fd);
	return true;
}

pid_t confine_fork(void)
{
	struct clone_args args = {
	    .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
	    .exit_signal = SIGCHLD,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Clones the mount at `path`, without what is mounted below it. The clone is attached nowhere
 * yet. */
static int take_mount(int fd, const char *path)
{
	return (int)syscall(SYS_open_tree, fd, path,
	    TREE_CLONE | O_CLOEXEC | AT_SYMLINK_NOFOLLOW | (*path ? 0 : AT_EMPTY_PATH));
}

static bool put_mount(int tree, const char *path)
{
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, path, FROM_DESCRIPTOR) == 0;
}

/* Makes an empty file system with one folder, for the image. It is attached nowhere yet. */
static int make_top(void)
{
	int made = (int)syscall(SYS_fsopen, "tmpfs", CLOSE_ON_EXEC), top;

	if (made < 0 || syscall(SYS_fsconfig, made, CREATE, NULL, NULL, 0) != 0)
		return -1;
	top = (int)syscall(SYS_fsmount, made, CLOSE_ON_EXEC, 0);
	return top >= 0 && mkdirat(top, "image", 0755) == 0 ? top : -1;
}

/* Puts that file system in the place of the host's, and the image into it. */
static bool change_top(int top, int image)
{
	return put_mount(top, "/") && fchdir(top) == 0 && put_mount(image, "image") &&
	       syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
	       fchdir(image) == 0;
}

/* An image may hold the node of a disk of this host, and a node opens without any capability. All
 * other options of the mount stay. */
static bool restrict_mount(void)
{
	struct statvfs now;

	return statvfs(".", &now) == 0 && mount(NULL, ".", NULL,
	                                      MS_REMOUNT | MS_BIND | MS_NODEV | MS_NOSUID |
	                                          (now.f_flag & (ST_RDONLY | ST_NOEXEC)),
	                                      NULL) == 0;
}

/* The node is the host's own. Mounted read-only, its mode and owner cannot be changed, and it can
 * still be written to. */
static bool make_device(int tree, const char *name)
{
	int fd = open(name, O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return fd >= 0 && close(fd) == 0 && put_mount(tree, name) &&
	       mount(NULL, name, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC,
	           NULL) == 0;
}

/* Scripts write into /dev/null. An image without that folder gets none. */
static bool make_devices(const int trees[COUNT(devices)])
{
	struct stat st;

	if (lstat("/dev", &st) != 0 || !S_ISDIR(st.st_mode))
		return true;
	if (mount(
	        "tmpfs", "/dev", "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, "mode=755,size=64k") ||
	    chdir("/dev") != 0)
		return false;
	for (size_t i = 0; i < COUNT(devices); i++)
		if (trees[i] >= 0 && !make_device(trees[i], devices[i]))
			return false;
	return true;
}

/* The name of this machine does not concern the image. A new namespace begins with a copy of it. */
static bool name_machine(void)
{
	static const char host[] = "localhost", domain[] = "(none)";

	return sethostname(host, sizeof(host) - 1) == 0 &&
	       setdomainname(domain, sizeof(domain) - 1) == 0;
}

bool confine_enter(const struct root *root)
{
	/* by its descriptor: the owner of a folder above may have put another one at its path */
	int image = take_mount(root->fd, ""), trees[COUNT(devices)], top = make_top();
	int nodes = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < COUNT(devices); i++)
		trees[i] = take_mount(nodes, devices[i]);
	/* where this call is forbidden, the program cannot use keyrings either */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	return image >= 0 && top >= 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && change_top(top, image) &&
	       restrict_mount() && chroot(".") == 0 && make_devices(trees) && name_machine();
}

/* The number by which a filter knows the calls of this machine. Numbers of calls differ between
 * machines. */
#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define MACHINE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define MACHINE AUDIT_ARCH_S390X
#else
#define MACHINE 0 /* programs of images are not run on this machine */
#endif

/* seccomp(2), BPF of linux/filter.h. A socket that lies in a file is reached from every network
 * namespace: whoever listens there could hand over a descriptor of the host. So there are no
 * sockets, nor other ways to be given a descriptor. */
static bool forbid_descriptors(void)
{
	enum { X32_CALLS = 0x40000000, REFUSED = SECCOMP_RET_ERRNO | EACCES };
	const uint32_t number = offsetof(struct seccomp_data, nr);
	const uint32_t machine = offsetof(struct seccomp_data, arch);
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, machine),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_CALLS, 5, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 4, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 3, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 2, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_getfd, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	    BPF_STMT(BPF_RET | BPF_K, REFUSED),
	};
	struct sock_fprog program = {.len = COUNT(filter), .filter = filter};

	errno = ENOSYS;
	return MACHINE != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* A program that root runs gets the capabilities of the bounding set, and the inherited ones. */
bool confine_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) != 0)
		return false;
	for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (!(i < 32 && needed & 1U << i) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
			return false;
	data[0].permitted &= needed;
	data[0].effective = data[0].permitted;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){0};
	return syscall(SYS_capset, &header, data) == 0 && forbid_descriptors();
}
