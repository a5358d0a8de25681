/* The reader's lock: after it this process can compute, read and write what is open, and end. Nothing else.
 *
 * Must hold: no_new_privs, the limits, seccomp. Landlock is a second wall behind seccomp and is used where the kernel
 * has it. What a library needs from the system (gconv modules, locales) must have been loaded before. */
#include "base/status.h"
#include "jail/ring.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- limits ---- */

static bool limit(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit old;
	if (getrlimit(resource, &old) != 0)
		return false;
	if (old.rlim_max < most)
		most = old.rlim_max;
	return setrlimit(resource, &(struct rlimit){ most, most }) == 0;
}

static bool set_limits(void)
{
	bool held = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NPROC, 0) &&
	            limit(RLIMIT_NOFILE, RING_FD_LAST + 1);
#ifndef HUFU_SANITIZE
	/* AddressSanitizer reserves terabytes of shadow. */
	held = held && limit(RLIMIT_AS, (rlim_t)1 << 30);
#endif
	return held;
}

/* ---- Landlock ---- */

/* As in linux/landlock.h; the header of an older Debian knows less than the kernel may. */
struct ruleset {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

static bool landlock(void)
{
	enum { VERSION_QUERY = 1 };
	/* Access rights to files by interface version: 13 at first, then refer, truncate, and from 5 on ioctl. */
	static const unsigned char fs_rights[] = { 0, 13, 14, 15, 15, 16 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_QUERY);
	if (version <= 0)
		return true; /* the kernel has none: seccomp stands alone */
	size_t newest = LEN(fs_rights) - 1;
	unsigned rights = fs_rights[(size_t)version < newest ? (size_t)version : newest];
	struct ruleset rules = {
		.handled_access_fs = ((uint64_t)1 << rights) - 1,
		.handled_access_net = version >= 4 ? 3 : 0, /* bind and connect over TCP */
		.scoped = version >= 6 ? 3 : 0,             /* abstract sockets and signals */
	};
	size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd < 0)
		return false;
	bool held = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close(fd);
	return held;
}

/* ---- seccomp ---- */

static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(lseek),
	SCMP_SYS(pread64),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(fstat),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall),
#ifdef HUFU_SANITIZE
	/* Its own stack for reports, and the report itself. */
	SCMP_SYS(sigaltstack),
	SCMP_SYS(writev),
#endif
};

/* What the C library tries harmlessly on its way (stdio, gconv, qsort, locales): refused, not deadly. */
static const int refused[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(creat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(statx),
	SCMP_SYS(newfstatat),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),
	SCMP_SYS(ioctl),
	SCMP_SYS(fcntl),
	SCMP_SYS(sysinfo),
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(uname),
	SCMP_SYS(sched_getaffinity),
};

static bool add_rules(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < LEN(allowed); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0)
			return false;
	/* An architecture that lacks a call (open on arm64) cannot be asked for it: libseccomp passes such rules over.
	 */
	for (size_t i = 0; i < LEN(refused); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0) != 0)
			return false;
	const struct scmp_arg_cmp not_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp myself = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &not_exec) == 0 &&
	       seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &not_exec) == 0 &&
	       seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &myself) == 0;
}

static bool filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return false;
	bool held = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_rules(filter) &&
	            seccomp_load(filter) == 0;
	seccomp_release(filter);
	return held;
}

hufu_status jail_lock(void (*begin)(void))
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return HUFU_DENIED;
	/* Never inherit more than was meant for us. */
	if (syscall(SYS_close_range, RING_FD_LAST + 1, ~0U, 0) != 0)
		return HUFU_DENIED;
	/* Threads inherit what holds already; the limits and the filter are for all of them. */
	if (!landlock())
		return HUFU_DENIED;
	if (begin)
		begin();
	if (!set_limits() || !filter_calls())
		return HUFU_DENIED;
	return HUFU_OK;
}
