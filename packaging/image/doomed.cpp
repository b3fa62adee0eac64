#include "packaging/image/doomed.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace image {
namespace {

enum class Kind : std::uint8_t { none, file, directory, program };

struct Place {
    Kind kind = Kind::none;
    int process = -1;
    std::array<char, PATH_MAX> path{};
};

// Of limits, too; that of a file's size is ignored, and told by who writes it.
constexpr int ends[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE,   SIGTERM, SIGALRM,
                        SIGXCPU, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF};
// One too many is not watched.
constexpr std::size_t most = 16;
// Where a handler of signals finds it, which may not allocate.
std::array<Place, most> places{};

struct Name {
    std::uint64_t inode;
    std::int64_t offset;
    std::uint16_t size;
    unsigned char type;
    char text[1];
};

void remove_tree(int above, const char* name);

// With system calls alone, as opendir(3) allocates. One pass may miss some, where they are removed meanwhile.
void remove_names(int directory) {
    alignas(Name) std::array<char, 2048> bytes{};
    long length = 0;
    ::lseek(directory, 0, SEEK_SET);
    while ((length = ::syscall(SYS_getdents64, directory, bytes.data(), bytes.size())) > 0) {
        for (long at = 0; at < length;) {
            const auto* each = reinterpret_cast<const Name*>(bytes.data() + at);
            const char* text = static_cast<const char*>(each->text);
            if (std::strcmp(text, ".") != 0 && std::strcmp(text, "..") != 0) remove_tree(directory, text);
            at += each->size;
        }
    }
}

void remove_tree(int above, const char* name) {
    constexpr int passes = 3;
    if (::unlinkat(above, name, 0) == 0 || errno == ENOENT) return;
    const int directory = ::openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) return;
    for (int pass = 0; pass < passes && ::unlinkat(above, name, AT_REMOVEDIR) != 0; ++pass) remove_names(directory);
    ::unlinkat(above, name, AT_REMOVEDIR);
    ::close(directory);
}

// Programs first, as they write into what is removed then.
void end_all(int number) {
    for (const Place& each : places)
        if (each.kind == Kind::program) ::kill(-each.process, SIGKILL);
    for (const Place& each : places)
        while (each.kind == Kind::program && ::waitpid(each.process, nullptr, 0) < 0 && errno == EINTR) {
        }
    for (const Place& each : places)
        if (each.kind == Kind::file || each.kind == Kind::directory) remove_tree(AT_FDCWD, each.path.data());
    ::signal(number, SIG_DFL);
    ::raise(number);
}

// Whoever started mvimage and ignores one of them, as nohup(1) does, goes on ignoring it.
void handle(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    for (const int each : ends) ::sigaddset(&action.sa_mask, each);
    for (const int each : ends) {
        struct sigaction now {};
        if (::sigaction(each, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) ::sigaction(each, &action, nullptr);
    }
}

std::size_t doom(Kind kind, int process, const std::string& path) {
    const SignalsHeld held;
    std::size_t place = 0;
    while (place < most && places[place].kind != Kind::none) ++place;
    if (place == most || path.size() >= PATH_MAX) return SIZE_MAX;
    places[place].kind = kind;
    places[place].process = process;
    std::memcpy(places[place].path.data(), path.c_str(), path.size() + 1);
    handle(end_all);
    return place;
}

}  // namespace

SignalsHeld::SignalsHeld() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before_);
}

SignalsHeld::~SignalsHeld() {
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Doomed& Doomed::operator=(Doomed&& other) noexcept {
    spare();
    place_ = std::exchange(other.place_, nowhere);
    return *this;
}

Doomed Doomed::file(const std::string& path) {
    return Doomed(doom(Kind::file, -1, path));
}

Doomed Doomed::directory(const std::string& path) {
    return Doomed(doom(Kind::directory, -1, path));
}

Doomed Doomed::program(int process) {
    return Doomed(doom(Kind::program, process, ""));
}

void Doomed::spare() {
    if (place_ == nowhere) return;
    const SignalsHeld held;
    places[std::exchange(place_, nowhere)].kind = Kind::none;
}

}  // namespace image
