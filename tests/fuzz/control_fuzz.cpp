// LibFuzzer entry for what comes over the control socket: the parser of requests, and the whole server with clients
// that do what the input says, over real sockets. Build and run (with the flags of CMakeLists.txt for fmt and spdlog):
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -Itests/unit -Ibuild/debug/generated
//     -isystem build/debug/headers -DFMT_HEADER_ONLY -DSPDLOG_FMT_EXTERNAL ... tests/fuzz/control_fuzz.cpp conf/*.cpp
//     plumb/*.cpp (less *_illumos.cpp) init/*.cpp (less main.cpp, runtime_static.cpp, *_illumos.cpp) -o control_fuzz
//   ./control_fuzz -max_total_time=60 -max_len=1024
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control_world.hpp"
#include "init/client.hpp"
#include "init/control_answer.hpp"
#include "init/log.hpp"

using control_world::World;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void fuzz_parser(std::string_view text) {
    const init::Request request = init::parse_request(text);
    require(request.problem != nullptr || text.starts_with("1 "));
    require(request.problem != nullptr || request.asked != init::Asked::kill ||
            (request.signal >= 1 && request.signal <= 64));
    std::string value;
    init::put_value(value, "name", text);
    require(value.find('\n') == value.size() - 1);
    require(init::decode_value(init::value_of(value, "name")) == text || text.empty());
}

// What ends the supervision is left out: there is but one world.
constexpr std::string_view requests[] = {"1 status\n",  "1 wait ready\n", "1 wait down\n", "1 log\n",
                                         "1 program\n", "1 analyze\n",    "1 reload\n",    "1 kill 9\n"};

void look(int client) {
    bool ended = false;
    const std::string answer = World::read(client, ended);
    if (answer.empty()) return;
    require(answer.starts_with("ok\n") || answer.starts_with("error "));
    require(answer.back() == '\n' && answer.size() < 4096);
}

// Each byte of the script: what a client does (low three bits), which one (the others).
void play(World& world, std::string_view script) {
    std::vector<int> clients;
    while (!script.empty()) {
        const auto byte = static_cast<unsigned char>(script.front());
        script.remove_prefix(1);
        if (clients.empty() || (byte & 7) == 0) {
            const int made = world.connect();
            if (made >= 0) clients.push_back(made);
            continue;
        }
        const auto client = clients.begin() + (byte >> 3) % static_cast<std::ptrdiff_t>(clients.size());
        const std::size_t length = std::min<std::size_t>(script.size(), byte >> 3);
        const std::string_view request = requests[(byte >> 3) % std::size(requests)];
        switch (byte & 7) {
            case 1:
            case 2:
                send(*client, script.data(), length, MSG_NOSIGNAL | MSG_DONTWAIT);
                script.remove_prefix(length);
                break;
            case 3:
                send(*client, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
                break;
            case 4:
                shutdown(*client, SHUT_WR);
                break;
            case 5:
                close(*client);
                clients.erase(client);
                break;
            case 6:
                look(*client);
                break;
            default:
                require(world.reactor.turn());
        }
        require(world.reactor.watched.size() <= 9);
    }
    for (const int each : clients) {
        look(each);
        close(each);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static World& world = *new World;
    static bool quiet = false;
    if (!quiet) init::log::set_level(conf::LogLevel::error);
    quiet = true;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    fuzz_parser(text);
    play(world, text);
    require(world.reactor.turn() && world.reactor.watched.size() == 1 && !world.control.deadline());
    require(!world.supervision.end() || text.find("1 ") != std::string_view::npos);
    if (world.supervision.end()) {  // a request to end was in the input
        world.~World();
        new (&world) World;
    }
    require(world.ask("1 status\n").starts_with("ok\n"));
    return 0;
}
