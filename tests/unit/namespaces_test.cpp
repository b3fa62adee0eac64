// The helpers of namespaces.hpp, and tests that they do bring failures back.
#include "namespaces.hpp"

#include <cstdlib>
#include <ctime>
#include <doctest/doctest.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

void Report::check(bool good, std::string_view what) {
    if (!good) text_ += std::string(what) + '\n';
}

void Report::equal(std::string_view got, std::string_view wanted, std::string_view what) {
    check(got == wanted,
          std::string(what) + ": got \"" + std::string(got) + "\", wanted \"" + std::string(wanted) + '"');
}

void Report::contains(std::string_view text, std::string_view part, std::string_view what) {
    check(text.find(part) != std::string_view::npos,
          std::string(what) + ": \"" + std::string(text) + "\" lacks \"" + std::string(part) + '"');
}

bool can_unshare(int flags) {
    const int child = start_child([flags] { ::_exit(::unshare(flags) == 0 ? 0 : 1); });
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    const char* const ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL("needs root: namespaces cannot be made here");
    MESSAGE("SKIPPED, NOT TESTED: needs root to make namespaces");
    return false;
}

namespace {

void prepare(int flags, Report& report) {
    report.check(::unshare(flags) == 0, "unshare");
    if ((flags & CLONE_NEWNS) == 0 || !report.text().empty()) return;
    report.check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "make mounts private");
    if ((flags & CLONE_NEWNET) != 0) report.check(::mount("sysfs", "/sys", "sysfs", 0, nullptr) == 0, "mount sysfs");
}

void send(int pipe, const Report& report) {
    if (::write(pipe, report.text().data(), report.text().size()) < 0) ::_exit(99);
}

[[noreturn]] void child_main(int flags, const std::function<void(Report&)>& body, int pipe) {
    Report report;
    prepare(flags, report);
    if (report.text().empty() && (flags & CLONE_NEWPID) != 0) {
        // Only children are in the new namespace. Its end is handed on as ours.
        const int first = start_child([&] {
            Report inner;
            body(inner);
            send(pipe, inner);
        });
        int status = 0;
        ::waitpid(first, &status, 0);
        if (WIFSIGNALED(status)) ::kill(::getpid(), WTERMSIG(status));
    } else if (report.text().empty()) {
        body(report);
    }
    send(pipe, report);
    ::_exit(0);
}

// Until the last writer has closed the pipe.
std::string read_report(int pipe, int child) {
    std::string out;
    char piece[4096];
    const plumb::Until until(std::chrono::seconds(60));
    for (;;) {
        pollfd entry{pipe, POLLIN, 0};
        if (::poll(&entry, 1, until.milliseconds_left()) == 0) {
            ::kill(child, SIGKILL);
            return out + "timed out\n";
        }
        const ssize_t count = ::read(pipe, piece, sizeof piece);
        if (count <= 0) return out;
        out.append(piece, static_cast<std::size_t>(count));
    }
}

int remove_one(const char* path, const struct stat*, int, struct FTW*) {
    return ::remove(path);
}

}  // namespace

std::string in_namespaces(int flags, const std::function<void(Report&)>& body, int* ending) {
    int ends[2];
    if (::pipe(ends) != 0) return "pipe";
    const int child = start_child([&] {
        ::close(ends[0]);
        child_main(flags, body, ends[1]);
    });
    ::close(ends[1]);
    std::string out = read_report(ends[0], child);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (ending != nullptr) *ending = status;
    if (ending == nullptr && status != 0) out += "the child ended with wait status " + std::to_string(status) + '\n';
    return out;
}

int start_child(const std::function<void()>& body) {
    const int child = ::fork();
    if (child != 0) return child;
    for (const int signo : {SIGINT, SIGILL, SIGFPE, SIGSEGV, SIGTERM, SIGABRT}) ::signal(signo, SIG_DFL);  // doctest's
    body();
    ::_exit(0);
}

bool eventually(const std::function<bool()>& condition) {
    const plumb::Until until(std::chrono::seconds(20));
    while (!condition()) {
        if (until.milliseconds_left() == 0) return false;
        const timespec pause{0, 2'000'000};
        ::nanosleep(&pause, nullptr);
    }
    return true;
}

bool is_asleep(int pid) {
    const auto text = plumb::read_file("/proc/" + std::to_string(pid) + "/stat", 8192);
    return text.has_value() && text->find(") S ") != std::string::npos;
}

ScratchDirectory::ScratchDirectory() : path_("/tmp/mvinit-test-XXXXXX") {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
}

ScratchDirectory::~ScratchDirectory() {
    ::nftw(path_.c_str(), remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

TEST_CASE("what fails in a child is brought back") {
    CHECK(in_namespaces(0, [](Report&) {}) == "");
    CHECK(in_namespaces(0, [](Report& report) { report.check(false, "one"); }) == "one\n");
    CHECK(in_namespaces(0, [](Report& report) { report.equal("a", "b", "x"); }) == "x: got \"a\", wanted \"b\"\n");
    CHECK(in_namespaces(0, [](Report& report) { report.contains("abc", "d", "x"); }) == "x: \"abc\" lacks \"d\"\n");
    CHECK(in_namespaces(0, [](Report&) { ::_exit(3); }) == "the child ended with wait status 768\n");
    CHECK(in_namespaces(0, [](Report&) { ::kill(::getpid(), SIGKILL); }) == "the child ended with wait status 9\n");
}
