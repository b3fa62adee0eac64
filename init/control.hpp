// The control socket, by which the verbs of this program ask and tell the mvinit that runs.
//
// A client connects, writes one request, a line of words with blanks between and a newline at its end, and reads the
// answer to its end of file:
//
//   request:  "1 VERB [WORD]...\n"           1: the version of this protocol; at most 255 bytes in all
//   answer:   "ok\n" or "error CODE TEXT\n"  CODE: see Refusal; then lines of "name value\n", where the verb has any
//
// Verbs: status; start, stop, restart; kill NUMBER (Linux's); reload; poweroff, reboot, halt; wait ready, wait down
// (answered once it is so); log (the ring's descriptor comes with "ok"); program (what the application is executed with
// comes as a descriptor of a file of "name value" lines, values with %XX for what is no plain character); analyze (the
// same with the stamps of booting).
// A value is the rest of its line. An answer has less than 4096 bytes; what is larger comes as a descriptor.
#pragma once

#include <cstdint>
#include <string>

#include "init/companion.hpp"

namespace init {

class Supervision;
class Attendance;
class Capture;

enum class Refusal : std::uint8_t {
    syntax = 1,  // no such verb, too long, another version
    denied = 2,  // neither root nor of the group
    state = 3,   // does not fit what the application is doing: the machine is ending ...
    failed = 4,  // was tried and did not work
    absent = 5,  // nothing of that kind here: no ring, no stamps
};

// What the socket is made with, kept from the configuration.
struct ControlSettings {
    std::string path;         // empty: no socket
    std::int64_t group = -1;  // whose members may use it; -1: root alone
};

// What requests are about.
struct Steered {
    Supervision& supervision;
    Attendance& attendance;
    Capture& capture;
    int boot_stamps = -1;  // a descriptor of the stamps of booting (see stamps.hpp); -1: none
};

class Control final : public Companion {
public:
    // Makes the socket, with what goes wrong told on the console: without it everything else goes on.
    void open(ControlSettings settings, const Steered& steered);

    // Makes it anew where somebody has deleted it (SIGUSR1 where that has no other meaning).
    void reopen();

    void join(Reactor& reactor) override;
    void readable(int descriptor) override;
    void leave() override;
};

}  // namespace init
