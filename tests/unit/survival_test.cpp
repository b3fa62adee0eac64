// Faults of PID 1, and what becomes of it: survival_trial.cpp has them, in a process of its own.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "namespaces.hpp"
#include "plumb/local_socket.hpp"
#include "survival_driver.hpp"

namespace {

using Words = std::vector<std::string>;

const std::string third_text = "third within 10 s: from now on only reaping and passing on stop signals";

void reach_minimal_loop(Trial& trial) {
    trial.learn_application();
    REQUIRE(trial.application() > 0);
    REQUIRE(trial.says("image 1 faults 1"));
    REQUIRE(trial.says("image 2 faults 2"));
    REQUIRE(trial.says(third_text + "; the application, pid " + std::to_string(trial.application()) +
                       ", goes on; mvinit upgrade PATH takes a mended mvinit\n"));
}

bool is_gone(int pid) {
    return eventually([pid] { return ::kill(pid, 0) != 0 && errno == ESRCH; });
}

std::string ask(const std::string& socket, const std::string& request) {
    const int client = plumb::connect_local(socket.c_str());
    REQUIRE(client >= 0);
    REQUIRE(plumb::send_local(client, request));
    std::string answer;
    char bytes[512];
    pollfd waiting{client, POLLIN, 0};
    while (::poll(&waiting, 1, static_cast<int>(trial_deadline_ms)) > 0) {
        const ssize_t got = ::read(client, bytes, sizeof bytes);
        if (got <= 0) break;
        answer.append(bytes, static_cast<std::size_t>(got));
    }
    ::close(client);
    return answer;
}

std::string copy_of_trial(const std::string& path) {
    std::filesystem::copy_file(MVINIT_TRIAL, path);
    return path;
}

}  // namespace

TEST_CASE("a fault: executed again in the same process, with what it keeps") {
    Trial trial("once");
    CHECK(trial.says("image 0 faults 0 signal 0 address 0 phase  step  with 202\n"));
    CHECK(trial.says("mvinit: fatal: SIGSEGV at address 0x10 (pc 0x"));
    CHECK(trial.says(") while running, last step \"once\": executing mvinit again\n"));
    CHECK(trial.says("image 1 faults 1 signal 11 address 16 phase running step once without 202\n"));
    CHECK(trial.ends() == 3);
}

TEST_CASE("abort(3) is a fault, and so is a stack without end") {
    Trial aborting("abort");
    CHECK(aborting.says("mvinit: fatal: SIGABRT (pc 0x"));
    CHECK(aborting.ends() == 3);
    Trial deep("stack");
    CHECK(deep.says("mvinit: fatal: SIGSEGV at address 0x"));
    CHECK(deep.ends() == 3);
}

TEST_CASE("a fault signal that somebody sends is taken like any other, with its sender") {
    const std::string from = " from " + std::to_string(::getpid()) + "\n";
    for (const char* mode : {"signals", "signalfd"}) {
        CAPTURE(mode);
        Trial trial(mode);
        REQUIRE(trial.says("ready"));
        // Many times: sent while it waits, and while it is doing something else.
        for (int round = 0; round < 100; ++round) {
            const int signal = round % 2 == 0 ? SIGSEGV : SIGBUS;
            trial.send(signal);
            REQUIRE(trial.says("took " + std::to_string(signal) + from));
        }
        for (const int signal : {SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP}) trial.send(signal);
        REQUIRE(trial.says("took 31" + from));
        // And a fault is one all the same, after that.
        trial.send(SIGUSR1);
        CHECK(trial.says("executing mvinit again"));
        CHECK(trial.says("ready"));
        trial.send(SIGTERM);
        CHECK(trial.ends() == 0);
        for (const int signal : {SIGILL, SIGFPE, SIGABRT, SIGTRAP})
            CHECK(trial.text().find("took " + std::to_string(signal) + from) != std::string::npos);
    }
}

TEST_CASE("sent while it is stopped, all at once") {
    const std::string from = " from " + std::to_string(::getpid()) + "\n";
    Trial trial("signalfd");
    REQUIRE(trial.says("ready"));
    trial.send(SIGSTOP);
    const Words all{"4", "5", "6", "7", "8", "11", "31"};
    for (const std::string& signal : all) trial.send(std::atoi(signal.c_str()));
    trial.send(SIGCONT);
    trial.send(SIGTERM);
    CHECK(trial.ends() == 0);
    for (const std::string& signal : all) CHECK(trial.text().find("took " + signal + from) != std::string::npos);
}

TEST_CASE("a child that has a fault dies of it, and has nothing to do with us") {
    Trial trial("child");
    CHECK(trial.says("child ended by 11\nchild ended by 6\nchild ended by 11\nmvinit: fatal: SIGSEGV"));
    CHECK(trial.says("image 1 faults 1"));
    CHECK(trial.ends() == 3);
}

TEST_CASE("third fault within 10 s: reaps, passes signals on, stops with the application's code") {
    Trial trial("always");
    reach_minimal_loop(trial);
    trial.send(SIGALRM);
    CHECK(trial.says("application got 10\n"));
    trial.send(SIGUSR2);
    CHECK(trial.says("application got 12\n"));
    CHECK(is_gone(trial.number_after("orphan ")));
    trial.send(SIGTERM);
    CHECK(trial.says("application got 15\n"));
    CHECK(trial.ends() == 7);
}

TEST_CASE("minimal loop: an application that does not stop is killed, in time and by a second signal") {
    Trial patient("always", {"TRIAL_STUBBORN=1"});
    reach_minimal_loop(patient);
    patient.send(SIGTERM);
    CHECK(patient.ends() == 128 + SIGKILL);
    Trial hasty("always", {"TRIAL_STUBBORN=1"});
    reach_minimal_loop(hasty);
    hasty.send(SIGSEGV);
    CHECK(hasty.says("application got 15\n"));
    hasty.send(SIGTERM);
    CHECK(hasty.ends() == 128 + SIGKILL);
}

TEST_CASE("minimal loop: once the application has ended, mvinit is executed again") {
    Trial trial("always");
    reach_minimal_loop(trial);
    trial.send(SIGINT);
    CHECK(trial.says("application got 2\nmvinit: no application is left: executing mvinit again in 1 s\n"));
    CHECK(trial.says("image 3 faults 3"));
}

TEST_CASE("a fault within the handler: the minimal loop") {
    Trial trial("nested");
    trial.learn_application();
    trial.send(SIGTERM);
    CHECK(trial.says("application got 15\n"));
    CHECK(trial.ends() == 7);
}

TEST_CASE("a fault within the minimal loop: there is a reaper for ever") {
    Trial trial("nested");
    trial.learn_application();
    trial.send(SIGINT);
    // The end of the application makes the loop look at what is not there; who reaps it is what remains.
    CHECK(trial.says("no application is left"));
    CHECK(is_gone(trial.application()));
    CHECK(::kill(trial.pid(), 0) == 0);
}

TEST_CASE("mvinit that cannot be executed: the minimal loop, and an upgrade out of it") {
    const ScratchDirectory directory;
    const std::string program = copy_of_trial(directory / "trial");
    const std::string socket = directory / "socket";
    Trial trial("idle", {}, program, socket);
    trial.learn_application();
    REQUIRE(::chmod(program.c_str(), 0) == 0);
    trial.send(SIGUSR1);
    REQUIRE(trial.says("mvinit: fatal: execute mvinit again: EACCES (13): from now on only reaping"));
    CHECK(ask(socket, "1 status\n").starts_with("error 3 mvinit faulted three times"));
    CHECK(ask(socket, "1 upgrade /dev/null\n").starts_with("error 4 upgrade: this is no program"));
    CHECK(ask(socket, "1 upgrade /no/such\n") == "error 4 open /no/such: ENOENT (2): is the path right?\n");
    CHECK(ask(socket, "1 upgrade " + program + "\n") == "ok\n");
    CHECK(trial.says("mvinit: fatal: upgrade: execute: EACCES (13): this one goes on reaping\n"));
    const std::string mended = copy_of_trial(directory / "a mended one");
    CHECK(ask(socket, "1 upgrade " + directory.path() + "/a%20mended%20one\n") == "ok\n");
    CHECK(trial.says("image 1 faults 1"));
}

TEST_CASE("as PID 1: mvinit that cannot be executed ends with its application") {
    if (!can_unshare(CLONE_NEWPID)) return;
    const std::string report = in_namespaces(0, [](Report& check) {
        const ScratchDirectory directory;
        const std::string program = copy_of_trial(directory / "trial");
        Trial trial("idle", {}, program, "-", CLONE_NEWPID);
        check.check(trial.says("application 2\n"), "begins");
        ::chmod(program.c_str(), 0);
        ::kill(trial.pid(), SIGUSR1);
        check.check(trial.says("EACCES (13): from now on only reaping"), "the minimal loop");
        ::kill(trial.pid(), SIGINT);
        check.check(trial.says("no application is left"), "the application has ended");
        check.equal(std::to_string(trial.ends()), "5", "code");
    });
    CHECK(report == "");
}

TEST_CASE("as PID 1 of a machine: stops all, and powers off") {
    if (!can_unshare(CLONE_NEWPID)) return;
    const std::string report = in_namespaces(0, [](Report& check) {
        Trial trial("always", {"TRIAL_MACHINE=1", "TRIAL_STUBBORN=1"}, MVINIT_TRIAL, "-", CLONE_NEWPID);
        check.check(trial.says(third_text), "the minimal loop");
        ::kill(trial.pid(), SIGPWR);
        check.check(trial.says("application got 15\n"), "the application is told");
        // What reboot(2) does to a namespace that is not the first: halt and power off are SIGINT.
        check.equal(std::to_string(trial.ends()), std::to_string(-SIGINT), "end");
    });
    CHECK(report == "");
}
