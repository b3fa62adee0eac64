#include "packaging/image/script.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <unistd.h>

#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr std::size_t read_at_most = 256;  // BINPRM_BUF_SIZE of Linux, INTPSZ of illumos

}  // namespace

std::string first_bytes(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail_errno("open", path, "check the path and its permissions");
    std::array<char, read_at_most> head{};
    const ssize_t length = ::read(descriptor, head.data(), head.size());
    ::close(descriptor);
    return {head.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

namespace {

// Where the text begins that an option of env(1) has split into words: -S, -iS, --split-string=; npos: it is none.
std::size_t split_text(const std::string& word) {
    constexpr std::string_view name = "--split-string";
    if (word.starts_with(name)) return std::min(word.size(), name.size() + 1);
    if (!word.starts_with('-') || word.starts_with("--")) return std::string::npos;
    const std::size_t found = word.find_first_of("uCS", 1);
    return found == std::string::npos || word[found] != 'S' ? std::string::npos : found + 1;
}

// The words as env(1) has them once all is split.
Strings split_words(const Strings& given) {
    Strings words;
    bool split_next = false;
    for (const std::string& word : given) {
        const std::size_t begin = split_next ? 0 : split_text(word);
        split_next = begin == word.size();
        if (begin == std::string::npos) {
            words.push_back(word);
        } else {
            const Strings parts = split(word.substr(begin), ' ');
            words.insert(words.end(), parts.begin(), parts.end());
        }
    }
    return words;
}

}  // namespace

std::string program_of_env(const Strings& given) {
    const Strings words = split_words(given);
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

namespace {

// What is behind "#!", tabs made blanks, as much as the kernel takes of it. Throws where it cuts the interpreter off:
// Linux does not execute half a path since 5.1, illumos no line that is too long.
std::string first_line(std::string_view head, const std::string& path, conf::Platform platform) {
    head = head.substr(0, read_at_most);
    const std::size_t end = head.find('\n');
    const bool cut = end == std::string_view::npos && head.size() == read_at_most;
    std::string line(head.substr(2, end == std::string_view::npos ? end : end - 2));
    std::replace(line.begin(), line.end(), '\t', ' ');
    const std::size_t name = line.find_first_not_of(' ');
    const bool whole =
        name != std::string::npos && line.find_first_of(std::string_view(" \0", 2), name) != std::string::npos;
    if (cut) line.pop_back();
    if (cut && (platform == conf::Platform::illumos || !whole))
        fail(exit_incomplete, "read", path,
             "its first line is longer than 255 bytes, and the kernel would have to cut its interpreter off",
             "give the interpreter a shorter path, by a link for instance");
    return line;
}

// As the kernel hands them over: Linux all that is behind the interpreter as one.
Strings words_of_line(const std::string& line, conf::Platform platform) {
    Strings words = split(line, ' ');
    if (platform == conf::Platform::illumos || words.size() < 3) return words;
    const std::size_t begin = line.find(words[1], line.find(words[0]) + words[0].size());
    return {words[0], line.substr(begin, line.find_last_not_of(' ') + 1 - begin)};
}

}  // namespace

std::string hint_of_one_word(const std::string& program) {
    return program.find(' ') == std::string::npos
               ? ""
               : "write env -S " + program + ": the kernel makes one word of all that is behind the interpreter";
}

Strings script_commands(const std::string& host_path, conf::Platform platform) {
    return script_commands(first_bytes(host_path), host_path, platform);
}

Strings script_commands(std::string_view head, const std::string& path, conf::Platform platform) {
    if (!head.starts_with("#!")) return {};
    Strings words = words_of_line(first_line(head, path, platform), platform);
    if (words.empty()) return {};
    Strings commands{words[0]};
    if (base_of(words[0]) == "env") {
        words.erase(words.begin());
        const std::string program = program_of_env(words);
        if (!program.empty()) commands.push_back(program);
    }
    for (const std::string& each : commands)
        if (each.ends_with('\r'))
            fail(exit_incomplete, "read", path,
                 "its first line ends in a carriage return, and so the interpreter's name",
                 "give it the line ends of Unix");
    return commands;
}

}  // namespace image
