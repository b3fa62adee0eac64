#include "packaging/image/program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr std::string_view system_path = "/usr/sbin:/sbin:/usr/bin:/bin";

std::string search_path() {
    const char* own = std::getenv("PATH");
    return (own == nullptr ? "" : std::string(own) + ":") + std::string(system_path);
}

}  // namespace

std::string find_program(const std::string& name, std::string_view package) {
    for (const std::string& directory : split(search_path(), ':'))
        if (::access(join(directory, name).c_str(), X_OK) == 0) return join(directory, name);
    fail(exit_incomplete, "run", name, "no such program",
         "install Debian's package " + std::string(package) + ": packaging/setup image does");
}

Strings plain_environment(const Strings& more) {
    Strings variables = more;
    variables.push_back("PATH=" + search_path());
    variables.emplace_back("LC_ALL=C");
    return variables;
}

Program::Program(const Strings& words, std::string_view package, const Strings& environment) : Sink(""), words_(words) {
    words_[0] = find_program(words[0], package);
    int ends[2] = {-1, -1};
    said_ = memory_file(words_[0]);
    if (::pipe2(ends, O_CLOEXEC) != 0) fail_errno("start", words_[0], "is there memory left?");
    input_ = ends[1];
    std::signal(SIGPIPE, SIG_IGN);
    const int error = child_.start(words_, plain_environment(environment), "", {ends[0], said_, said_});
    ::close(ends[0]);
    errno = error;
    if (error != 0) fail_errno("start", words_[0], "check the program");
}

Program::~Program() {
    if (input_ >= 0) ::close(input_);
    if (said_ >= 0) ::close(said_);
}

void Program::write(std::string_view bytes) {
    Sink::write(bytes);
    while (!bytes.empty()) {
        const ssize_t written = ::write(input_, bytes.data(), bytes.size());
        if (written < 0) failed();
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Program::finish(const std::function<void()>& meanwhile) {
    ::close(input_);
    input_ = -1;
    const int code = child_.wait(meanwhile);
    if (code == 0) return;
    errno = code;
    failed();
}

void Program::failed() {
    if (child_.runs()) child_.wait();
    std::string text = text_of(said_);
    while (text.ends_with('\n')) text.pop_back();
    fail(exit_files, "run", words_[0], text.empty() ? "it failed and does not say why" : text,
         "check the directory and the space left");
}

}  // namespace image
