#include "plumb/descendants_linux.hpp"

#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <signal.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

template <class Number>
bool read_number(std::string_view word, Number& out) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
    return error == std::errc{} && end == word.data() + word.size();
}

// The word at index, counted from 0, of blank separated ones.
std::string_view word_at(std::string_view text, std::size_t index) {
    for (; index > 0; --index) {
        const std::size_t blank = text.find(' ');
        if (blank == std::string_view::npos) return {};
        text.remove_prefix(blank + 1);
    }
    return text.substr(0, text.find_first_of(" \n"));
}

std::optional<Process> look_at(std::string_view pid) {
    const auto text = read_file(fill("/proc/%/stat", {pid}), 8192);
    if (text.has_error()) return std::nullopt;  // it has ended
    return parse_process(*text);
}

// A pid may have become someone else's since /proc was read: the descriptor pins the process, a second look says
// whether it is the one that was meant. Kernels before 5.3 have no pidfd; there the second look has to do.
void signal_one(const Process& process, int signo) {
    const Descriptor pinned(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    const std::optional<Process> now = look_at(std::to_string(process.pid));
    if (!now || now->start != process.start) return;
    if (pinned.valid()) {
        ::syscall(SYS_pidfd_send_signal, pinned.get(), signo, nullptr, 0);
    } else {
        ::kill(process.pid, signo);
    }
}

bool contains(const std::vector<Process>& list, const Process& wanted) {
    return std::any_of(list.begin(), list.end(),
                       [&wanted](const Process& each) { return each.pid == wanted.pid && each.start == wanted.start; });
}

}  // namespace

std::vector<Process> all_processes() {
    std::vector<Process> out;
    DIR* const directory = ::opendir("/proc");
    if (directory == nullptr) return out;
    while (const dirent* entry = ::readdir(directory)) {
        const char first = entry->d_name[0];
        if (first < '1' || first > '9') continue;
        if (const std::optional<Process> process = look_at(entry->d_name)) out.push_back(*process);
    }
    ::closedir(directory);
    return out;
}

std::optional<Process> parse_process(std::string_view stat) {
    Process out;
    const std::size_t open = stat.find(" (");
    const std::size_t close = stat.rfind(") ");
    if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = stat.substr(close + 2);  // field 3, the state, is its first word
    if (!read_number(stat.substr(0, open), out.pid) || !read_number(word_at(rest, 1), out.parent) ||
        !read_number(word_at(rest, 19), out.start)) {
        return std::nullopt;
    }
    out.state = rest.empty() ? '?' : rest.front();
    return out;
}

std::vector<Process> descendants(const std::vector<Process>& all, pid_t root) {
    std::vector<Process> found;
    std::vector<pid_t> parents{root};
    // parents grows while it is walked: breadth first, and every process is taken once.
    for (std::size_t at = 0; at < parents.size(); ++at) {
        for (const Process& process : all) {
            if (process.parent != parents[at] || process.pid == root) continue;
            found.push_back(process);
            parents.push_back(process.pid);
        }
    }
    return found;
}

void signal_everyone(int signo) {
    const pid_t self = ::getpid();
    if (self == 1) {
        ::kill(-1, signo);  // kill(2): all but ourselves; ESRCH when nobody is left is no error
        return;
    }
    // What is forked while we look has a later look; each process is told once. Bounded, as a fork bomb is not.
    std::vector<Process> told;
    for (int look = 0; look < 16; ++look) {
        bool fresh = false;
        for (const Process& process : descendants(all_processes(), self)) {
            if (process.state == 'Z' || contains(told, process)) continue;
            signal_one(process, signo);
            told.push_back(process);
            fresh = true;
        }
        if (!fresh) return;
    }
}

}  // namespace plumb
