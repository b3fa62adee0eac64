// What a request comes to: the supervision is told, or asked, and the answer is put in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "init/control.hpp"
#include "init/control_request.hpp"
#include "init/program.hpp"

namespace init {

struct Reply {
    std::string text = "ok\n";  // all that is sent; empty: it waits, see waited_for()
    int descriptor = -1;        // goes with it
    bool is_ours = false;       // to be closed once sent
};

std::string refusal_text(Refusal refusal, const char* why);

// Does what is asked, and at once; wait_ready and wait_down give an empty text where they are not so yet. trusted: root
// or our own user asks. reply is as it was made.
void answer_to(const Request& request, const Steered& steered, bool trusted, Reply& reply);

// The answer to somebody who waits, empty while it is not so. leaving: the machine ends, nothing will change any more.
std::string waited_for(Asked asked, const Steered& steered, bool leaving);

// "name value\n" at the end of text; value with control characters and % as %XX.
void put_value(std::string& text, std::string_view name, std::string_view value);
void put_number(std::string& text, std::string_view name, std::int64_t value);

// The lines of status, at the end of text.
void put_status(std::string& text, const Steered& steered);

// What a process needs to be executed as the application is, a line each: arg WORD, env NAME=value, cwd DIRECTORY
// (none: mvinit's), uid, gid, group NUMBER for each, umask (decimal), limit WHICH SOFT HARD (the platform's RLIMIT_
// numbers; -1: unlimited), nice, no_new_privs 1, capabilities (a set of bits). What is not there is as mvinit has it.
std::string program_lines(const Program& program);

}  // namespace init
