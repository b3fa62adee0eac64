// Signal names of text.hpp. The numbers are Linux's on x86 and ARM (signal(7)); RTMIN is 34 as glibc, systemd and LXC
// count it, whatever this program's own C library keeps for itself (musl says 35).
#include <charconv>
#include <string>

#include "conf/text.hpp"

namespace conf {
namespace {

constexpr std::string_view names[] = {"HUP",  "INT",    "QUIT", "ILL",   "TRAP", "ABRT", "BUS",  "FPE",
                                      "KILL", "USR1",   "SEGV", "USR2",  "PIPE", "ALRM", "TERM", "STKFLT",
                                      "CHLD", "CONT",   "STOP", "TSTP",  "TTIN", "TTOU", "URG",  "XCPU",
                                      "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};
struct Alias {
    std::string_view name;
    int number;
};
constexpr Alias aliases[] = {{"IOT", 6}, {"CLD", 17}, {"POLL", 29}, {"UNUSED", 31}};
constexpr int rtmin = 34;
constexpr int rtmax = 64;
constexpr int emt = 65;  // illumos' own, see init/signals.hpp

std::optional<int> number_in(std::string_view text, int low, int high) {
    int number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end || text[0] == '-' || number < low || number > high) return std::nullopt;
    return number;
}

// "RTMIN", "RTMIN+3", "RTMAX", "RTMAX-1"
std::optional<int> real_time(std::string_view name) {
    if (name == "RTMIN") return rtmin;
    if (name == "RTMAX") return rtmax;
    if (name.size() < 7) return std::nullopt;
    const std::optional<int> offset = number_in(name.substr(6), 0, rtmax - rtmin);
    if (offset && name.substr(0, 6) == "RTMIN+") return rtmin + *offset;
    if (offset && name.substr(0, 6) == "RTMAX-") return rtmax - *offset;
    return std::nullopt;
}

}  // namespace

std::optional<int> parse_signal(std::string_view text, bool allow_zero) {
    if (const auto number = number_in(text, allow_zero ? 0 : 1, rtmax)) return number;
    std::string name(text);
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (name.size() > 3 && name.compare(0, 3, "SIG") == 0) name.erase(0, 3);
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (names[i] == name) return static_cast<int>(i) + 1;
    }
    for (const Alias& alias : aliases) {
        if (alias.name == name) return alias.number;
    }
    return real_time(name);
}

std::string signal_name(int number) {
    if (number >= 1 && number <= static_cast<int>(std::size(names))) {
        return "SIG" + std::string(names[static_cast<std::size_t>(number) - 1]);
    }
    if (number == emt) return "SIGEMT";
    if (number == rtmin) return "SIGRTMIN";
    if (number == rtmax) return "SIGRTMAX";
    if (number > rtmin && number < rtmax) return "SIGRTMIN+" + std::to_string(number - rtmin);
    return "signal " + std::to_string(number);
}

std::vector<std::string_view> signal_names() {
    std::vector<std::string_view> all(std::begin(names), std::end(names));
    for (const Alias& alias : aliases) all.push_back(alias.name);
    all.insert(all.end(), {"RTMIN", "RTMAX"});
    return all;
}

}  // namespace conf
