// How argv is read, for the files arguments*.cpp and linked_names.cpp alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/arguments.hpp"

namespace conf {

using Words = std::vector<std::string>;

// Where the reading of argv stands.
struct Reader {
    const Words& words;
    bool lenient;
    Arguments& out;
    std::size_t at = 0;

    bool failed() const { return !out.error.empty(); }
    bool done() const { return at >= words.size() || failed(); }
    // text: each % stands for the next of the two. Not inlined, as it is called from everywhere.
    [[gnu::noinline]] void fail(const char* text, std::string_view first = {}, std::string_view second = {});
};

// What an option is for.
enum For : unsigned {
    for_run = 1,
    for_boot = 2,  // counts in lenient reading
    for_check = 4,
    for_plan = 8,
    for_inittab = 16,
    for_told = 32,   // status, kill, reload, poweroff, reboot, halt
    for_paced = 64,  // start, stop, restart
    for_log = 128,
    for_wait = 256,
    for_exec = 512,
    for_analyze = 1024,
    for_upgrade = 2048,
    for_asking = for_told | for_paced | for_log | for_wait | for_exec | for_analyze | for_upgrade,
    for_all = for_run | for_check | for_plan | for_inittab | for_asking,
};

// The number of the signal that word names; what: who needs it.
int read_signal(Reader& reader, const char* what, const std::string& word);

bool is_option(std::string_view word);

// "--name", "--name=value", "--name value", "-sg", "-e143", "-e 143"; word is behind reader.at already. One that is not
// where is an error.
void read_option(Reader& reader, const std::string& word, unsigned where);

}  // namespace conf
