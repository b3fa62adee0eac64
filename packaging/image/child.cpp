#include "packaging/image/child.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr int second = 1000;  // in milliseconds

class Actions {
public:
    Actions(const std::string& directory, const Streams& streams) {
        posix_spawn_file_actions_init(&actions_);
        if (streams.in < 0)
            posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        else
            posix_spawn_file_actions_adddup2(&actions_, streams.in, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, streams.out, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, streams.errors, STDERR_FILENO);
        if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    }
    ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

// A process group of its own, so that what it starts in turn can be ended with it; no signal blocked.
class Attributes {
public:
    Attributes() {
        sigset_t none;
        ::sigemptyset(&none);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setsigmask(&attributes_, &none);
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

std::string take(int memory_file) {
    std::string text = text_of(memory_file);
    ::close(memory_file);
    return text;
}

}  // namespace

std::vector<char*> pointers(Strings& words) {
    std::vector<char*> out;
    for (std::string& each : words) out.push_back(each.data());
    out.push_back(nullptr);
    return out;
}

int memory_file(const std::string& program) {
    const int descriptor = ::memfd_create("said", MFD_CLOEXEC);
    if (descriptor < 0) fail_errno("make memory file for", program, "is there memory left?");
    return descriptor;
}

std::string text_of(int memory_file) {
    std::string text(static_cast<std::size_t>(::lseek(memory_file, 0, SEEK_END)), '\0');
    std::size_t at = 0;
    ssize_t length = 0;
    // A read takes no more than 2 GiB at once.
    while ((length = ::pread(memory_file, text.data() + at, text.size() - at, static_cast<off_t>(at))) > 0)
        at += static_cast<std::size_t>(length);
    text.resize(at);
    return text;
}

Child::~Child() {
    if (!runs()) return;
    ::kill(-process_, SIGTERM);
    wait();
}

int Child::start(Strings words, Strings variables, const std::string& directory, const Streams& streams) {
    const Actions actions(directory, streams);
    const Attributes attributes;
    const SignalsHeld held;
    pid_t process = -1;
    const int error = ::posix_spawnp(&process, words[0].c_str(), actions.get(), attributes.get(),
                                     pointers(words).data(), pointers(variables).data());
    if (error != 0) return error;
    process_ = process;
    doomed_ = Doomed::program(process);
    return 0;
}

int Child::wait(const std::function<void()>& meanwhile) {
    constexpr int signal_base = 128;
    if (meanwhile) {
        pollfd end{static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)), POLLIN, 0};
        while (end.fd >= 0 && ::poll(&end, 1, second) == 0) meanwhile();
        if (end.fd >= 0) ::close(end.fd);
    }
    siginfo_t ignored{};
    while (::waitid(P_PID, static_cast<id_t>(process_), &ignored, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    // Once it is reaped, its number may be another's.
    const SignalsHeld held;
    int status = 0;
    const bool known = ::waitpid(std::exchange(process_, -1), &status, 0) > 0;
    doomed_.spare();
    if (!known) return signal_base;  // somebody else has reaped it: nothing tells that it did well
    return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

Said run_program(const Strings& words, const Strings& variables, const std::string& directory,
                 const std::function<void()>& meanwhile) {
    Said said;
    const int out = memory_file(words[0]);
    const int errors = memory_file(words[0]);
    Child child;
    said.error = child.start(words, variables, directory, {-1, out, errors});
    if (said.error == 0) said.status = child.wait(meanwhile);
    said.out = take(out);
    said.errors = take(errors);
    return said;
}

}  // namespace image
