#include "packaging/image/script.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <unistd.h>

#include "packaging/image/failure.hpp"

namespace image {
namespace {

std::string first_bytes(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail_errno("open", path, "check the path and its permissions");
    std::array<char, 256> head{};  // BINPRM_BUF_SIZE of Linux
    const ssize_t length = ::read(descriptor, head.data(), head.size());
    ::close(descriptor);
    return {head.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

}  // namespace

std::string program_of_env(const Strings& words) {
    for (std::size_t index = 0; index < words.size(); ++index) {
        const std::string& word = words[index];
        if (word == "-u" || word == "-C" || word == "--unset" || word == "--chdir") {
            ++index;
            continue;
        }
        if (!word.starts_with('-') && word.find('=') == std::string::npos) return word;
    }
    return {};
}

Strings script_commands(const std::string& host_path) {
    const std::string head = first_bytes(host_path);
    if (!head.starts_with("#!")) return {};
    std::string line = head.substr(2, head.find('\n') == std::string::npos ? head.size() : head.find('\n') - 2);
    std::replace(line.begin(), line.end(), '\t', ' ');
    std::erase(line, '\r');
    Strings words = split(line, ' ');
    if (words.empty()) return {};
    Strings commands{words[0]};
    if (base_of(words[0]) == "env") {
        words.erase(words.begin());
        const std::string program = program_of_env(words);
        if (!program.empty()) commands.push_back(program);
    }
    return commands;
}

}  // namespace image
