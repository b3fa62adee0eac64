#include "init/program_lines.hpp"

#include <charconv>

#include "init/client.hpp"

namespace init {
namespace {

// Takes a number and the blank after it off text.
bool take_number(std::string_view& text, std::int64_t& number) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || (rest != end && *rest != ' ')) return false;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    if (!text.empty()) text.remove_prefix(1);
    return true;
}

bool read_limit(std::string_view text, Program& program) {
    std::int64_t which = 0;
    std::int64_t soft = 0;
    std::int64_t hard = 0;
    if (!take_number(text, which) || !take_number(text, soft) || !take_number(text, hard)) return false;
    // -1 is unlimited, conf::unlimited in 64 bits.
    program.limits.push_back(
        {static_cast<int>(which), {static_cast<std::uint64_t>(soft), static_cast<std::uint64_t>(hard)}});
    return true;
}

conf::Identity& identity_of(Program& program) {
    if (!program.identity) program.identity.emplace();
    return *program.identity;
}

// What is a number alone.
struct NumberName {
    const char* name;
    void (*set)(Program& program, std::int64_t number);
};
constexpr NumberName number_names[] = {
    {"uid", [](Program& to, std::int64_t number) { identity_of(to).uid = static_cast<std::uint32_t>(number); }},
    {"gid", [](Program& to, std::int64_t number) { identity_of(to).gid = static_cast<std::uint32_t>(number); }},
    {"group",
     [](Program& to, std::int64_t number) { identity_of(to).groups.push_back(static_cast<std::uint32_t>(number)); }},
    {"umask", [](Program& to, std::int64_t number) { to.umask = static_cast<std::uint32_t>(number); }},
    {"nice", [](Program& to, std::int64_t number) { to.nice = static_cast<int>(number); }},
    {"no_new_privs", [](Program& to, std::int64_t number) { to.no_new_privs = number != 0; }},
    {"capabilities", [](Program& to, std::int64_t number) { to.capabilities = static_cast<std::uint64_t>(number); }},
};

bool read_line(std::string_view name, std::string_view value, Program& program) {
    if (name == "env") program.env.push_back(decode_value(value));
    if (name == "cwd") program.cwd = decode_value(value);
    if (name == "limit") return read_limit(value, program);
    for (const NumberName& each : number_names) {
        if (each.name != name) continue;
        std::int64_t number = 0;
        if (!take_number(value, number) || !value.empty()) return false;
        each.set(program, number);
    }
    return true;
}

}  // namespace

bool read_program(std::string_view lines, Program& program) {
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        const std::size_t blank = std::min(line.find(' '), line.size());
        const std::string_view value = line.substr(std::min(blank + 1, line.size()));
        if (!read_line(line.substr(0, blank), value, program)) return false;
    }
    return true;
}

}  // namespace init
