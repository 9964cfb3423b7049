#include "sandbox.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif
#ifdef HIVELINT_SECCOMP
#include <seccomp.h>

#include <initializer_list>
#endif

namespace hivelint::helper {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

template<typename Resource> // which differs between systems
void limit(Resource what, rlim_t most) {
    const rlimit both = {most, most};
    static_cast<void>(::setrlimit(what, &both));
}

} // namespace

void limit_self() {
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    constexpr rlim_t kMemory = rlim_t{2} << 30;
    limit(RLIMIT_CORE, 0);
    if (!kSanitized) { // that takes address space by the terabyte
        limit(RLIMIT_AS, kMemory);
    }
}

void drop_root() {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() != 0) {
        return;
    }
    const bool dropped =
        ::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
    // Root of a container of its own, who is nobody in particular outside, may have no other user.
    if (!dropped && errno != EINVAL && errno != EPERM) {
        ::_exit(1);
    }
}

void shut_in() {
    constexpr rlim_t kMemory = rlim_t{2} << 30;
    limit(RLIMIT_FSIZE, kMemory); // memory as a file is one; others cannot be opened for writing
#ifdef HIVELINT_SECCOMP
    scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == nullptr) {
        ::_exit(1);
    }
    bool well = true;
    for (const int call :
         {SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
          SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat),
          SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(fcntl),
          SCMP_SYS(fadvise64), SCMP_SYS(getcwd), SCMP_SYS(dup), SCMP_SYS(dup2),
          SCMP_SYS(memfd_create), SCMP_SYS(getdents64), SCMP_SYS(mmap), SCMP_SYS(munmap),
          SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex),
          SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(set_robust_list),
          SCMP_SYS(rseq), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
          SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid),
          SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(sysinfo),
          SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
          SCMP_SYS(sigaltstack), SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group),
          // to have no root's rights any more
          SCMP_SYS(setgroups), SCMP_SYS(setgid), SCMP_SYS(setuid),
          // what is spoken over a socket that is open already
          SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
          SCMP_SYS(shutdown), SCMP_SYS(poll), SCMP_SYS(ppoll)}) {
        well = well && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
    }
    // For reading alone.
    constexpr scmp_datum_t kWriting = O_ACCMODE | O_CREAT | O_TRUNC;
    well = well && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                                      SCMP_A2_64(SCMP_CMP_MASKED_EQ, kWriting, O_RDONLY)) == 0;
    well = well && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
                                      SCMP_A1_64(SCMP_CMP_MASKED_EQ, kWriting, O_RDONLY)) == 0;
    // A thread, as compressors have them, but no process.
    well = well && ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    constexpr scmp_datum_t kThread = 0x0001'0000; // CLONE_THREAD
    well = well && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                      SCMP_A0_64(SCMP_CMP_MASKED_EQ, kThread, kThread)) == 0;
    if (!well || ::seccomp_load(filter) != 0) {
        ::_exit(1);
    }
    ::seccomp_release(filter);
#endif
}

} // namespace hivelint::helper
