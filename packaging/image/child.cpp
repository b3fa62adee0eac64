#include "packaging/image/child.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "packaging/image/failure.hpp"

namespace image {

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
    if (::pread(memory_file, text.data(), text.size(), 0) < 0) text.clear();
    return text;
}

int wait_for_end(int process) {
    constexpr int signal_base = 128;
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

}  // namespace image
