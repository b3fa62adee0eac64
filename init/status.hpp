// What `mvinit status` shows: the lines of PID 1 (see control.hpp), and what the verb sees for itself. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plumb/inspect.hpp"

namespace init {

// A process of the tree below mvinit.
struct Descendant {
    plumb::SeenProcess process;
    unsigned depth = 0;  // 0: a child of mvinit
    bool own = false;    // mvinit's own, such as the logger: it does not count as the application's
    plumb::Memory memory{};
};

struct Status {
    std::string lines;
    plumb::Memory own;  // of mvinit and of its own helpers
    std::vector<Descendant> descendants;
    std::string interfaces;  // a line each, see inspect_interfaces()
};

// Those of all below pid, each behind its parent; without reader, who asks, and what is below that.
std::vector<Descendant> descendants_of(const std::vector<plumb::SeenProcess>& all, std::int32_t pid,
                                       std::int32_t reader);

void add_memory(plumb::Memory& to, const plumb::Memory& more);

// Takes the first line, or word, off text: what stands before end.
std::string_view take_until(std::string_view& text, char end);

// The value of name as a number; 0 where there is none.
std::uint64_t number_of(std::string_view lines, std::string_view name);

// 0 running and ready, 7 not running, 8 running but not ready.
int status_code(std::string_view lines);

// For a console of 80 columns, and as one JSON object with a newline; mvinit(8) says what is in it.
std::string status_text(const Status& status);
std::string status_json(const Status& status);

}  // namespace init
