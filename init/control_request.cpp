#include "init/control_request.hpp"

#include <charconv>

namespace init {
namespace {

// By Asked; kill is followed by a number.
constexpr std::string_view words[] = {"start",   "stop",    "restart", "poweroff",   "reboot",    "halt",
                                      "status",  "kill",    "reload",  "wait ready", "wait down", "log",
                                      "program", "analyze", "state",   "upgrade"};
constexpr std::string_view version = "1 ";
constexpr std::string_view kill_word = "kill ";
constexpr std::string_view upgrade_word = "upgrade ";

Request parse_kill(std::string_view text) {
    Request request{.asked = Asked::kill};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, request.signal);
    const bool good = error == std::errc{} && rest == end && request.signal >= 1 && request.signal <= 64;
    if (!good) request.problem = "a signal is a number from 1 to 64";
    return request;
}

}  // namespace

Request parse_request(std::string_view line) {
    if (!line.starts_with(version)) return {.problem = "the mvinit that runs speaks version 1 of the control protocol"};
    line.remove_prefix(version.size());
    if (line.starts_with(kill_word)) return parse_kill(line.substr(kill_word.size()));
    if (line.starts_with(upgrade_word) && line.size() > upgrade_word.size())
        return {.asked = Asked::upgrade, .path = line.substr(upgrade_word.size())};
    std::uint8_t asked = 0;
    for (const std::string_view word : words) {
        if (word == line && line != "kill") return {.asked = static_cast<Asked>(asked)};
        ++asked;
    }
    return {.problem = "the mvinit that runs knows no such request: is it of another version?"};
}

}  // namespace init
