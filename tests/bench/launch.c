// Starts a program as PID 1 of new namespaces, in a root of its own, and reports when. Small and static, so that what
// its child still has to give back at execve is little, and the same for all.
//
//   launch ROOT NET-FD CPU PRIORITY [TARGET=SOURCE]... -- PROGRAM ARGUMENT...
//
// ROOT: a directory for the mounts. NET-FD: a network namespace; -1: ours. CPU: to be bound to. PRIORITY: of
// SCHED_FIFO; 0: not. TARGET: a path without leading slash. SOURCE: a file or directory to be seen there, read-only
// unless TARGET ends in "!"; or tmpfs, sysfs, cgroup2; or null, the device.
// Told on stdout, times as CLOCK_MONOTONIC in ns: "pid N"; "kill NS" before each signal asked for on stdin by a line
// with its number, "begin NS" for a line with 0: just before execve; "end NS STATUS". The end of stdin kills PID 1, and
// so does our end.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What a container has not got either: modules, the clock, the kernel's log and ports are the whole machine's.
static const int withheld[] = {16, 17, 25, 34, 36};  // SYS_MODULE, SYS_RAWIO, SYS_TIME, SYSLOG, BLOCK_SUSPEND

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void need(long result, const char* what, const char* subject) {
    if (result >= 0) return;
    fprintf(stderr, "launch: %s %s: %s\n", what, subject, strerror(errno));
    _exit(124);
}

static void make_place(char* path, const char* source) {
    struct stat status;
    for (char* slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
    if (source && stat(source, &status) == 0 && !S_ISDIR(status.st_mode)) {
        close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    } else {
        mkdir(path, 0755);
    }
}

// Kinds of file systems that a target may name as its source.
static int is_kind(const char* source) {
    static const char* const kinds[] = {"tmpfs", "sysfs", "cgroup2"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
        if (strcmp(source, kinds[i]) == 0) return 1;
    }
    return 0;
}

static void bind_place(const char* path, const char* source, int writable) {
    need(mount(source, path, NULL, MS_BIND, NULL), "bind", source);
    if (!writable) need(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "remount", path);
}

static void place(char* word) {
    char* source = strchr(word, '=');
    need(source ? 0 : -1, "understand", word);
    *source++ = 0;
    const size_t length = strlen(word);
    const int writable = word[length - 1] == '!';
    if (writable) word[length - 1] = 0;
    if (strcmp(source, "null") == 0) {
        need(mknod(word, S_IFCHR | 0666, makedev(1, 3)), "make", word);
    } else if (is_kind(source)) {
        make_place(word, NULL);
        const char* options = strcmp(source, "tmpfs") == 0 ? "mode=755" : NULL;
        need(mount(source, word, source, MS_NOSUID | MS_NODEV * (options == NULL), options), "mount", word);
    } else {
        make_place(word, source);
        bind_place(word, source, writable);
    }
}

static void enter(const char* root, int network) {
    if (network >= 0) need(setns(network, CLONE_NEWNET), "enter", "the network namespace");
    need(unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC), "unshare", "namespaces");
    need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private", "/");
    need(mount("root", root, "tmpfs", 0, "mode=755"), "mount a tmpfs on", root);
    need(chdir(root), "enter", root);
}

// Only a process inside the new pid namespace can mount its /proc; /proc/sys is every namespace's.
static void become_root(void) {
    need(mkdir("proc", 0755), "make", "/proc");
    need(mkdir("old", 0755), "make", "/old");
    need(mount("proc", "proc", "proc", 0, NULL), "mount", "/proc");
    need(mount("proc/sys", "proc/sys", NULL, MS_BIND, NULL), "bind", "/proc/sys");
    need(mount(NULL, "proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "remount", "/proc/sys");
    if (mount("dev/null", "proc/sysrq-trigger", NULL, MS_BIND, NULL) != 0 && errno != ENOENT) {
        need(-1, "cover", "/proc/sysrq-trigger");
    }
    need(syscall(SYS_pivot_root, ".", "old"), "pivot_root", ".");
    need(chdir("/"), "enter", "/");
    need(umount2("/old", MNT_DETACH), "unmount", "/old");
    rmdir("/old");
}

static _Noreturn void be_first(char** program, uint64_t* begun) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    become_root();
    for (size_t i = 0; i < sizeof withheld / sizeof *withheld; ++i) prctl(PR_CAPBSET_DROP, withheld[i], 0, 0, 0);
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    if (!getenv("BENCH_DEBUG")) dup2(null, 2);
    unsetenv("BENCH_DEBUG");
    closefrom(3);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    *begun = now();
    execve(program[0], program, environ);
    fprintf(stderr, "launch: execute %s: %s\n", program[0], strerror(errno));
    _exit(124);
}

static void schedule(int cpu, int priority) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    need(sched_setaffinity(0, sizeof set, &set), "bind to", "the processor");
    const struct sched_param parameters = {priority};
    if (priority > 0) need(sched_setscheduler(0, SCHED_FIFO, &parameters), "be scheduled", "in real time");
}

// Not told before the application had its turn: we may be on its processor. A short poll, as PID 1 may end by it.
static void send_signal(int child, int number, struct pollfd* end, uint64_t* ended) {
    const uint64_t asked = now();
    kill(child, number);
    if (poll(end, 1, 2) > 0) *ended = now();
    printf("kill %llu\n", (unsigned long long)asked);
}

// Until PID 1 has ended, all of its namespace with it.
static void attend(int child, int handle, const uint64_t* begun) {
    struct pollfd both[2] = {{.fd = handle, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    uint64_t ended = 0;
    int status = 0;
    for (;;) {
        if (poll(both, 2, -1) < 0) continue;
        if (both[0].revents) break;
        char line[32] = {0};
        const ssize_t length = read(0, line, sizeof line - 1);
        const int number = atoi(line);
        if (length <= 0) {
            kill(child, SIGKILL);
            both[1].fd = -1;
        } else if (number == 0) {
            printf("begin %llu\n", (unsigned long long)*begun);
        } else {
            send_signal(child, number, both, &ended);
        }
        fflush(stdout);
    }
    if (ended == 0) ended = now();
    waitpid(child, &status, 0);
    printf("end %llu %d\n", (unsigned long long)ended, status);
}

int main(int count, char** words) {
    if (count < 7) return 124;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    uint64_t* begun = mmap(NULL, sizeof *begun, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    enter(words[1], atoi(words[2]));
    schedule(atoi(words[3]), atoi(words[4]));
    int next = 5;
    for (; next < count && strcmp(words[next], "--") != 0; ++next) place(words[next]);
    const pid_t child = fork();
    need(child, "fork", "");
    if (child == 0) be_first(words + next + 1, begun);
    const int handle = (int)syscall(SYS_pidfd_open, child, 0);
    need(handle, "open", "a pidfd");
    printf("pid %d\n", child);
    fflush(stdout);
    attend(child, handle, begun);
    return 0;
}
