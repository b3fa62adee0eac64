#include "init/status.hpp"

#include <algorithm>
#include <charconv>

#include "init/client.hpp"
#include "init/verbs.hpp"

namespace init {
namespace {

// The children of pid, and theirs behind each. Pids that are their own ancestors cannot be, but read at different times
// they can look so: nobody is taken twice.
void add_children(const std::vector<plumb::SeenProcess>& all, std::int32_t pid, std::int32_t reader, unsigned depth,
                  std::vector<Descendant>& out) {
    for (const plumb::SeenProcess& each : all) {
        if (each.parent != pid || each.pid == pid || each.pid == reader || out.size() >= all.size()) continue;
        out.push_back({each, depth});
        add_children(all, each.pid, reader, depth + 1, out);
    }
}

}  // namespace

std::vector<Descendant> descendants_of(const std::vector<plumb::SeenProcess>& all, std::int32_t pid,
                                       std::int32_t reader) {
    std::vector<Descendant> out;
    if (pid > 0) add_children(all, pid, reader, 0, out);
    return out;
}

void add_memory(plumb::Memory& to, const plumb::Memory& more) {
    to.resident += more.resident;
    to.proportional += more.proportional;
    to.dirty += more.dirty;
}

std::string_view take_until(std::string_view& text, char end) {
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return taken;
}

std::uint64_t number_of(std::string_view lines, std::string_view name) {
    const std::string_view value = value_of(lines, name);
    std::uint64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

int status_code(std::string_view lines) {
    if (value_of(lines, "phase") != "running") return exit_down;
    return number_of(lines, "ready_ms") == 0 ? exit_unready : exit_ok;
}

}  // namespace init
