#include <unistd.h>

#include "plumb/adoption.hpp"
#include "plumb/concat.hpp"
#include "plumb/descendants_linux.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {
namespace {

constexpr std::size_t longest_words = 65536;

bool has_words(const Process& process, const std::string& wanted) {
    const auto text = read_file(fill("/proc/%/cmdline", {std::to_string(process.pid)}), longest_words);
    return text && *text == wanted;
}

// Loggers and probes of ours lead no session.
bool leads_session(const Process& process) {
    return process.parent == getpid() && process.state != 'Z' && getsid(process.pid) == process.pid;
}

}  // namespace

std::int32_t find_application(const std::vector<std::string>& words) {
    const std::string_view name = words.empty() ? std::string_view() : base_name(words.front());
    std::string wanted;
    for (const std::string& word : words) wanted.append(word).push_back('\0');
    Process best;
    Process only;
    int leaders = 0;
    for (const Process& process : all_processes()) {
        if (!leads_session(process)) continue;
        if (base_name(link_target(fill("/proc/%/exe", {std::to_string(process.pid)}))) == name) {
            ++leaders;
            only = process;
        }
        if (has_words(process, wanted) && (best.pid == 0 || process.start < best.start)) best = process;
    }
    if (best.pid != 0) return best.pid;
    return leaders == 1 ? only.pid : 0;
}

std::uint64_t start_of(std::int32_t pid) {
    const auto text = read_file(fill("/proc/%/stat", {std::to_string(pid)}), 8192);
    const auto process = text ? parse_process(*text) : std::nullopt;
    return process ? process->start : 0;
}

}  // namespace plumb
