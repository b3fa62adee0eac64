#include "plumb/oom.hpp"

#include <charconv>

namespace plumb {
namespace {

// The number that text begins with, and text without it; -1: there is none.
std::int64_t take_number(std::string_view& text) {
    std::int64_t value = -1;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < 0) return -1;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return value;
}

// The line that text begins with, and text without it.
std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    return line;
}

// Whether one of the words of list, with commas between, is word.
bool is_among(std::string_view word, std::string_view list) {
    while (!list.empty()) {
        const std::string_view first = list.substr(0, list.find(','));
        if (first == word) return true;
        list.remove_prefix(first.size() < list.size() ? first.size() + 1 : first.size());
    }
    return false;
}

}  // namespace

const char* oom_words(Oom oom) {
    switch (oom) {
        case Oom::none:
            break;
        case Oom::events:
            return "cgroup memory.events";
        case Oom::oom_control:
            return "cgroup memory.oom_control";
        case Oom::vmstat:
            return "/proc/vmstat";
        case Oom::log:
            return "the kernel's log";
    }
    return "";
}

std::int64_t counter_in(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        std::string_view line = take_line(text);
        if (line.size() <= name.size() || !line.starts_with(name) || line[name.size()] != ' ') continue;
        line.remove_prefix(name.size() + 1);
        return take_number(line);
    }
    return -1;
}

GroupPath group_path(std::string_view text, std::string_view controller) {
    while (!text.empty()) {
        const std::string_view line = take_line(text);  // "4:memory,hugetlb:/docker/abc", "0::/init.scope"
        const auto first = line.find(':');
        const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos) continue;
        const std::string_view list = line.substr(first + 1, second - first - 1);
        const bool wanted = controller.empty() ? list.empty() : is_among(controller, list);
        if (wanted) return {true, line.substr(second + 1)};
    }
    return {};
}

Victim victim_in(std::string_view record) {
    constexpr std::string_view phrase = "Killed process ";
    const auto message = record.find(';');
    if (message == std::string_view::npos) return {};
    const auto found = record.find(phrase, message);
    if (found == std::string_view::npos) return {};
    std::string_view number = record.substr(found + phrase.size());
    const std::int64_t pid = take_number(number);
    // Third of the fields before the message: microseconds.
    const auto first = record.find(',');
    const auto second = first == std::string_view::npos ? first : record.find(',', first + 1);
    if (pid <= 0 || pid > INT32_MAX || second >= message) return {};
    std::string_view stamp = record.substr(second + 1);
    const std::int64_t us = take_number(stamp);
    if (us < 0) return {};
    return {static_cast<std::int32_t>(pid), static_cast<std::uint64_t>(us / 1000)};
}

bool is_before_exec(std::string_view stat) {
    constexpr std::int64_t exiting = 0x04;  // PF_EXITING and PF_FORKNOEXEC of include/linux/sched.h
    constexpr std::int64_t forked = 0x40;
    constexpr int flags_after = 7;  // blanks behind the name, which may have some itself
    stat.remove_prefix(stat.rfind(')') + 1);
    for (int blanks = 0; blanks < flags_after; ++blanks) {
        const auto blank = stat.find(' ');
        if (blank == std::string_view::npos) return false;
        stat.remove_prefix(blank + 1);
    }
    const std::int64_t flags = take_number(stat);
    return flags >= 0 && (flags & (forked | exiting)) == forked;
}

}  // namespace plumb
