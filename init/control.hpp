// The control socket, by which the verbs of this program ask and tell the mvinit that runs.
//
// A client connects, writes one request, a line of words with blanks between and a newline at its end, and reads the
// answer to its end of file:
//
//   request:  "1 VERB [WORD]...\n"           1: the version of this protocol; at most 255 bytes in all, within 5 s
//   answer:   "ok\n" or "error CODE TEXT\n"  CODE: see Refusal; then lines of "name value\n", where the verb has any
//
// Verbs: status; start, stop, restart; kill NUMBER (Linux's); reload; poweroff, reboot, halt; wait ready, wait down
// (answered once it is so; who closes or shuts down its end meanwhile has given up); log (the ring's descriptor comes
// with "ok"); program (what the application is executed with comes as a descriptor of a file of "name value" lines;
// for root and mvinit's own user alone, as it has the environment); analyze (the same with the stamps of booting);
// state (for the same two: what is kept for the next image, see record.hpp, as a descriptor to be read from, and
// "path": where mvinit was executed from); upgrade [PATH] (PATH is a value; for the same two: answered by the program
// that takes over, or refused by the one that could not execute it). start, stop, restart and the ends are answered as
// soon as they are begun: wait tells when they are done.
//
// A value is the rest of its line; control characters and % stand in it as %XX, so that any bytes go in. An answer has
// less than 4096 bytes; what is larger comes as a descriptor. There may be names that a client does not know.
//
// status: version, pid, role, platform, file (the configuration's), command, phase (phase_word()), app_pid (0: none),
// contract (illumos), started_ms, now_ms (CLOCK_MONOTONIC), restarts, oom_kills and last_exit (in words; neither before
// the first), next_start_ms (in the pause before a restart), a sink for each (the number of lines that it did not get,
// its name), and what attendance and booting add.
//
// Who is slow or hostile costs nothing: eight clients at the most, six of them waiting. A new one takes the place of
// the one that has been silent longest, so that nobody can shut others out by connecting; of those that wait none is
// dropped, the seventh is refused. An answer that a client does not take at once is not sent again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "init/companion.hpp"
#include "init/configuration.hpp"
#include "init/record.hpp"

namespace init {

class Supervision;
class Attendance;
class Capture;
enum class Asked : std::uint8_t;

enum class Refusal : std::uint8_t {
    syntax = 1,  // no such verb, too long, too late, another version
    denied = 2,  // neither root nor of the group
    state = 3,   // does not fit what the application is doing: the machine is ending; too many wait already
    failed = 4,  // was tried and did not work
    absent = 5,  // nothing of that kind here: no ring, no stamps
};

// What the socket is made with, kept from the configuration.
struct ControlSettings {
    bool wanted = false;
    bool named = false;  // somebody asked for it by a path or a group: that it cannot be had is worth a warning
    std::string path;    // empty: the usual one
    std::string group;   // name or number, whose members may use it beside root; empty: none
    bool operator==(const ControlSettings&) const = default;
};

// [control] of config, and --control, which goes before it. forward_only: there is one only where --control says so.
ControlSettings control_settings(const conf::Control& control, const conf::Arguments& arguments, bool forward_only);

// What requests are about.
struct Steered {
    Supervision& supervision;
    Attendance& attendance;
    Capture& capture;
    const Sources& sources;
    conf::Role role = conf::Role::machine;
    int boot_stamps = -1;  // a descriptor of the stamps of booting (see stamps.hpp); -1: none
};

class Control final : public Companion {
public:
    Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
    ~Control();

    // Makes the socket, with what goes wrong told on the console: without it everything else goes on.
    void open(ControlSettings settings, const Steered& steered);

    // The same with what another image of us has left; also who waits for something waits on.
    void go_on(ControlSettings settings, const Steered& steered, const Controlling& record);
    void keep(Controlling& record) const;

    // Makes it anew where somebody has deleted it: true. False: there was none, or it is where it was.
    bool make_again();

    // The same for a reload, which may also want it elsewhere, or want one where none could be made.
    void reopen(ControlSettings settings);

    void join(Reactor& reactor) override;
    void readable(int descriptor) override;
    std::optional<std::uint64_t> deadline() const override;
    void due() override;
    void settled() override;
    void leave() override;

private:
    struct Client;
    using Clients = std::array<Client, 8>;

    void make();
    int listen();
    bool is_left_over() const;
    void unmake();
    bool is_in_place() const;
    void resolve_group();
    void tell(const char* cause, const char* remedy, bool loud) const;
    const char* path() const;
    void watch_listener();

    void accept();
    void admit(int socket);
    Client& place_for_new();
    void read(Client& client);
    void perform(Client& client, std::string_view line);
    bool keep_waiting(Client& client, Asked asked);
    void begin_upgrade(Client& client, std::string_view sent);
    void answer_waiting(bool leaving);
    void upgrade();
    void watch(Client& client);
    void refuse(Client& client, Refusal refusal, const char* why);
    void drop(Client& client);
    void release_where_empty();

    ControlSettings settings_;
    std::optional<Steered> steered_;
    Reactor* reactor_ = nullptr;
    std::unique_ptr<Clients> clients_;  // there while a client is
    std::string upgrade_;               // what is to be executed in our place, once all else is settled; empty: nothing
    bool took_over_ = false;            // from another image of us, and who waits for that is to be told
    std::int64_t group_ = -1;
    std::uint64_t device_ = 0;  // of the socket's file, as it was made
    std::uint64_t inode_ = 0;
    std::uint64_t accept_again_ms_ = 0;  // no descriptor was left; 0: it is listened
    int listener_ = -1;
};

}  // namespace init
