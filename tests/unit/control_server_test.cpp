// The server of the control socket, with real sockets: who is let in, what is answered, and that nobody keeps it busy.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <random>
#include <sys/mman.h>

#include "control_world.hpp"
#include "init/client.hpp"

using control_world::mode_of;
using control_world::open_descriptors;
using control_world::World;

TEST_CASE("control: the socket is its owner's alone, and is gone at the end") {
    const std::size_t before = open_descriptors();
    std::string path;
    {
        World world;
        path = world.path;
        CHECK(mode_of(path) == (S_IFSOCK | 0600));
        CHECK((mode_of(world.directory + "/in") & 07777) == 0755);
        CHECK(world.reactor.watched.size() == 1);
    }
    CHECK(mode_of(path) == 0);
    CHECK(open_descriptors() == before);
}

TEST_CASE("control: with a group the socket is the group's, too") {
    World world(std::to_string(getgid()));
    CHECK(mode_of(world.path) == (S_IFSOCK | 0660));
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
}

TEST_CASE("control: a group that is not there leaves the socket to its owner") {
    World world("no-such-group-here");
    CHECK(mode_of(world.path) == (S_IFSOCK | 0600));
}

TEST_CASE("control: status tells what is known") {
    World world;
    const std::string answer = world.ask("1 status\n");
    REQUIRE(answer.starts_with("ok\n"));
    CHECK(init::value_of(answer, "command") == "/bin/app 'a b'");
    CHECK(init::value_of(answer, "phase") == "starting");
    CHECK(init::value_of(answer, "app_pid") == "0");
    CHECK(init::value_of(answer, "role") == "container");
    CHECK(init::value_of(answer, "platform") == "linux");
    CHECK(init::value_of(answer, "pid") == std::to_string(getpid()));
    CHECK(init::value_of(answer, "file") == "/etc/mvinit.toml");
    CHECK(init::value_of(answer, "last_exit") == "");
    CHECK(answer.back() == '\n');
}

TEST_CASE("control: status stays within one answer, whatever the command is") {
    World world;
    world.supervision.supervised().program.argv = {std::string(100'000, '\n')};
    world.sources.arguments.config_file = std::string(100'000, '%');
    const std::string answer = world.ask("1 status\n");
    CHECK(answer.starts_with("ok\n"));
    CHECK(answer.size() < 4096);
}

TEST_CASE("control: requests that cannot be met say why") {
    World world;
    const struct {
        const char* request;
        const char* answer;
    } table[] = {
        {"1 kill 15\n", "error 3 the application does not run\n"},
        {"1 reload\n", "error 4 the configuration has errors\n"},
        {"1 log\n", "error 5 the output is not kept: [[sink]] to = \"ring\" does that\n"},
        {"1 analyze\n", "error 5 booting was not measured\n"},
        {"1 nonsense\n", "error 1 the mvinit that runs knows no such request: is it of another version?\n"},
        {"2 status\n", "error 1 the mvinit that runs speaks version 1 of the control protocol\n"},
        {"\n", "error 1 the mvinit that runs speaks version 1 of the control protocol\n"},
        {"1 status\n1 status\n", "error 1 nothing may follow a request\n"},
    };
    for (const auto& row : table) {
        CAPTURE(row.request);
        CHECK(world.ask(row.request) == row.answer);
    }
    CHECK(world.ask(std::string(254, 'x') + "\n").starts_with("error 1 the mvinit that runs speaks"));
    CHECK(world.ask(std::string(255, 'x')) == "error 1 a request has at most 255 bytes\n");
    CHECK(world.ask(std::string(100'000, 'x')) == "error 1 a request has at most 255 bytes\n");
}

TEST_CASE("control: an end that is asked for comes, and then nothing can be steered") {
    World world;
    CHECK(world.ask("1 reboot\n") == "ok\n");
    REQUIRE(world.supervision.end());
    CHECK(world.supervision.end()->action == conf::EndAction::reboot);
    for (const char* request : {"1 start\n", "1 stop\n", "1 restart\n", "1 wait ready\n"})
        CHECK(world.ask(request) == "error 3 the machine is being ended\n");
    CHECK(world.ask("1 wait down\n") == "ok\n");
}

TEST_CASE("control: who waits is answered at the end") {
    World world;
    const int ready = world.connect();
    const int down = world.connect();
    const int silent = world.connect();
    send(ready, "1 wait ready\n", 13, 0);
    send(down, "1 wait down\n", 12, 0);
    world.reactor.turn();
    bool ended = true;
    CHECK(World::read(ready, ended) == "");
    CHECK_FALSE(ended);
    CHECK_FALSE(world.control.deadline() > init::now_ms() + 5'000);
    world.control.leave();
    CHECK(World::read(ready, ended) == "error 3 the machine is being ended\n");
    CHECK(ended);
    CHECK(World::read(down, ended) == "ok\n");
    CHECK(World::read(silent, ended) == "error 3 the machine is being ended\n");
    CHECK(world.reactor.watched.empty());
    for (const int each : {ready, down, silent}) close(each);
}

TEST_CASE("control: six may wait, who has given up makes room") {
    World world;
    std::vector<int> waiting;
    for (int i = 0; i < 6; ++i) {
        waiting.push_back(world.connect());
        send(waiting.back(), "1 wait ready\n", 13, 0);
    }
    world.reactor.turn();
    CHECK(world.reactor.watched.size() == 7);
    CHECK(world.ask("1 wait ready\n") == "error 3 six wait already\n");
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
    bool ended = false;
    shutdown(waiting[0], SHUT_WR);
    world.reactor.turn();
    CHECK(World::read(waiting[0], ended) == "");
    CHECK(ended);
    send(waiting[1], "x", 1, 0);
    world.reactor.turn();
    CHECK(World::read(waiting[1], ended) == "error 1 nothing may follow a request\n");
    CHECK(world.reactor.watched.size() == 5);
    CHECK_FALSE(world.control.deadline());
    for (const int each : waiting) close(each);
    world.reactor.turn();
    CHECK(world.reactor.watched.size() == 1);
}

TEST_CASE("control: of those who say nothing the one that has been longest makes room") {
    World world;
    const std::size_t before = open_descriptors();
    std::vector<int> silent;
    for (int i = 0; i < 40; ++i) {
        silent.push_back(world.connect());
        REQUIRE(silent.back() >= 0);
        world.reactor.turn();
    }
    CHECK(world.reactor.most <= 9);
    bool ended = false;
    CHECK(World::read(silent.front(), ended) == "error 1 no request came, and others want to ask\n");
    CHECK(ended);
    World::read(silent.back(), ended);
    CHECK_FALSE(ended);
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
    for (const int each : silent) close(each);
    world.reactor.turn();
    CHECK(world.reactor.watched.size() == 1);
    CHECK(open_descriptors() == before);
}

TEST_CASE("control: a request byte by byte is one, and who is too slow is told") {
    World world;
    const int slow = world.connect();
    for (const char each : std::string("1 status\n")) {
        CHECK(world.reactor.watched.size() <= 2);
        send(slow, &each, 1, 0);
        world.reactor.turn();
    }
    bool ended = false;
    CHECK(World::read(slow, ended).starts_with("ok\n"));
    CHECK(ended);
    close(slow);
    const int idle = world.connect();
    send(idle, "1 st", 4, 0);
    world.reactor.turn();
    REQUIRE(world.control.deadline());
    CHECK(*world.control.deadline() <= init::now_ms() + 5'000);
    world.control.due();  // too early: nothing happens
    World::read(idle, ended);
    CHECK_FALSE(ended);
    close(idle);
}

TEST_CASE(
    "control: where the loop has no room a client is told, and requests that are there are answered all the same") {
    World world;
    world.reactor.room = 1;
    CHECK(world.ask("1 st") == "error 4 too many are being watched: try again\n");
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
}
