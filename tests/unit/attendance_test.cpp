// Attendance with a supervisor that only writes down what it is told, a loop of poll(2), and real children, pipes,
// sockets.
#include "init/attendance.hpp"

#include <cerrno>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/clock.hpp"
#include "plumb/notify_socket.hpp"

using namespace init;

namespace {

class FakeOwner final : public AttendanceOwner {
public:
    Program program_;
    Care care_;
    Phase phase_ = Phase::running;
    std::vector<std::string> told;

    Program& program() override { return program_; }
    const Care& care() const override { return care_; }
    Phase phase() const override { return phase_; }
    conf::EndAction end_action() const override { return conf::EndAction::exit; }
    std::int32_t end_code() const override { return 3; }
    void restart(Why why) override { told.push_back("restart " + std::to_string(static_cast<int>(why))); }
    void extend_stop(std::uint32_t ms) override { told.push_back("extend " + std::to_string(ms)); }
    void main_pid_changed(std::int32_t pid) override { told.push_back("main " + std::to_string(pid)); }
};

class Poller final : public Reactor {
public:
    std::vector<std::pair<int, Companion*>> watched;
    bool watch(int descriptor, Companion& companion) override {
        watched.emplace_back(descriptor, &companion);
        return true;
    }
    void forget(int descriptor) override {
        std::erase_if(watched, [descriptor](const auto& each) { return each.first == descriptor; });
    }
};

// What the event loop does, until done() or for ten seconds.
struct Harness {
    FakeOwner owner;
    Poller poller;
    Attendance attendance;

    explicit Harness(Care care) { owner.care_ = std::move(care); }
    void begin(std::int32_t pid = getpid()) {
        attendance.prepare(owner.program_, owner.care_);
        attendance.started(pid, owner.care_);
        attendance.attend(owner, false, false);
        attendance.join(poller);
    }
    bool until(const std::function<bool()>& done) {
        const std::uint64_t end = now_ms() + 10'000;
        while (now_ms() < end) {
            if (done()) return true;
            round();
        }
        return false;
    }
    void round() {
        std::vector<pollfd> all;
        for (const auto& [descriptor, companion] : poller.watched) all.push_back({descriptor, POLLIN, 0});
        poll(all.data(), all.size(), 2);
        for (const pollfd& each : all)
            if (each.revents != 0) attendance.readable(each.fd);
        Ended ended;
        while (reap(ended) == Reaped::one) attendance.child_ended(ended);
        if (attendance.deadline() && *attendance.deadline() <= now_ms()) attendance.due();
        attendance.settled();
    }
    std::string status() {
        std::string lines;
        attendance.describe(lines);
        return lines;
    }
    ~Harness() { attendance.leave(); }
};

struct Listener {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    explicit Listener(bool listens) {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        socklen_t size = sizeof address;
        getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
        if (listens) REQUIRE(listen(descriptor, 8) == 0);
    }
    Listener(const Listener&) = delete;
    ~Listener() { close(descriptor); }
    std::string where() const { return "127.0.0.1:" + std::to_string(ntohs(address.sin_port)); }
    // Takes one connection where there is one, and answers with text.
    void serve(const std::string& text) const {
        pollfd ready{descriptor, POLLIN, 0};
        if (poll(&ready, 1, 0) != 1) return;
        const int connection = accept(descriptor, nullptr, nullptr);
        char request[512];
        if (read(connection, request, sizeof request) > 0 && write(connection, text.data(), text.size()) < 0) return;
        close(connection);
    }
};

Care care_of(CarePolicy policy) {
    Care care;
    care.policy = policy;
    return care;
}

}  // namespace

TEST_CASE("ready by a newline on the descriptor, not by anything else, and again after a restart") {
    Care care = care_of({.way = Way::line});
    care.ready_fd = 5;
    Harness h(care);
    h.begin();
    CHECK(h.owner.program_.ready_number == 5);
    CHECK(h.status().empty());
    // The end that the application was given was closed with started(): a descriptor of our own stands for it here.
    h.attendance.gone();
    for (int run = 0; run < 2; ++run) {
        h.attendance.prepare(h.owner.program_, h.owner.care_);
        const int end = dup(h.owner.program_.ready_pipe);
        h.attendance.started(getpid(), h.owner.care_);
        CHECK(write(end, "almost", 6) == 6);
        h.round();
        CHECK(h.attendance.ready_ms() == 0);
        CHECK(write(end, "x\n", 2) == 2);
        CHECK(h.until([&] { return h.attendance.ready_ms() != 0; }));
        // Whoever goes on writing is not killed by SIGPIPE.
        CHECK(write(end, "more", 4) == 4);
        close(end);
        CHECK(h.until([&] { return h.poller.watched.empty(); }));
        h.attendance.gone();
        CHECK(h.attendance.ready_ms() == 0);
    }
}

TEST_CASE("ready by notification, with status, reload, watchdog and a new main process") {
    Harness h(care_of({.way = Way::notify, .watchdog_ms = 60'000}));
    h.begin();
    std::string where;
    for (const std::string& each : h.owner.program_.env)
        if (each.starts_with("NOTIFY_SOCKET=")) where = each.substr(14);
    CHECK(h.owner.program_.env.back() == "WATCHDOG_USEC=60000000");
    const plumb::NotifyAddress address = plumb::parse_notify_address(where);
    const auto tell = [&](const char* text) { REQUIRE(plumb::send_notification(address, text, 0) == 0); };
    tell("STATUS=loading\nsecond line=x");
    CHECK(h.until([&] { return h.status() == "status_text loading\n"; }));
    tell("READY=1\nSTATUS=rea\x1b[dy");
    CHECK(h.until([&] { return h.attendance.ready_ms() != 0; }));
    CHECK(h.status().find("status_text rea [dy\n") != std::string::npos);
    tell("RELOADING=1");
    CHECK(h.until([&] { return h.status().find("reloading yes\n") != std::string::npos; }));
    tell(("MAINPID=" + std::to_string(getpid()) + "\n").c_str());
    tell("MAINPID=999999999");
    tell("WATCHDOG=trigger");
    CHECK(h.until([&] { return !h.owner.told.empty(); }));
    CHECK(h.owner.told == std::vector<std::string>{"restart 3"});
    h.owner.told.clear();
    h.owner.phase_ = Phase::quitting;
    h.round();
    tell("EXTEND_TIMEOUT_USEC=9000000");
    CHECK(h.until([&] { return h.owner.told == std::vector<std::string>{"extend 9000"}; }));
}

TEST_CASE("messages that come too fast are heard later, all the same") {
    Harness h(care_of({.way = Way::notify}));
    h.begin();
    const plumb::NotifyAddress address = plumb::parse_notify_address(h.owner.program_.env.back().substr(14));
    // The queue of such a socket is short: as much as goes, until it was a hundred.
    int sent = 0;
    CHECK(h.until([&] {
        while (sent < 100 && plumb::send_notification(address, "STATUS=busy", 0) == 0) ++sent;
        return sent == 100;
    }));
    CHECK(h.until([&] { return plumb::send_notification(address, "READY=1", 0) == 0; }));
    CHECK(h.until([&] { return h.attendance.ready_ms() != 0; }));
}

TEST_CASE("ready once a connection is taken, asked again until then") {
    Listener listener(false);
    Care care = care_of({.way = Way::probe, .ready_interval_ms = 10, .health_timeout_ms = 1000});
    care.ready = {Question::tcp, {listener.where()}};
    Harness h(care);
    h.begin();
    const std::string refused = "health_reason connect " + listener.where() + ": Connection refused\n";
    CHECK(h.until([&] { return h.status().find(refused) != std::string::npos; }));
    CHECK(h.attendance.ready_ms() == 0);
    REQUIRE(listen(listener.descriptor, 8) == 0);
    CHECK(h.until([&] { return h.attendance.ready_ms() != 0; }));
}

TEST_CASE("health by HTTP: failures in a row, with what was answered") {
    const Listener listener(true);
    Care care = care_of({.asks_health = true, .health_interval_ms = 10, .health_timeout_ms = 5'000, .failures = 2});
    care.health = {Question::http, {"http://" + listener.where() + "/up"}};
    Harness h(care);
    h.begin();
    std::string answer = "HTTP/1.1 204 No Content\r\n\r\n";
    const auto serving_until = [&](const std::string& wanted) {
        return h.until([&] {
            listener.serve(answer);
            return h.status().find(wanted) != std::string::npos;
        });
    };
    CHECK(serving_until("health good\nhealth_asked 3\nhealth_failed 0\n"));
    answer = "HTTP/1.1 503 No\r\n\r\n";
    CHECK(serving_until("health_failed 2\nhealth_reason http://" + listener.where() + "/up: answered 503\n"));
    CHECK(h.owner.told == std::vector<std::string>{"restart 2"});
}

TEST_CASE("a question that is not answered in time") {
    const Listener listener(true);  // takes connections in the kernel, and never answers
    Care care = care_of({.asks_health = true, .health_interval_ms = 10, .health_timeout_ms = 50, .failures = 1});
    care.health = {Question::http, {"http://" + listener.where() + "/"}};
    Harness h(care);
    h.begin();
    CHECK(h.until([&] { return !h.owner.told.empty(); }));
    CHECK(h.status().find("/: no answer: Connection timed out\n") != std::string::npos);
}

TEST_CASE("commands: their code, their end by a signal, their time, their absence; run as the application is") {
    const struct {
        conf::Argv command;
        const char* reason;
    } table[] = {
        {{"/bin/sh", "-c", "exit 3"}, "the command exited with code 3"},
        {{"/bin/sh", "-c", "kill -9 $$"}, "the command was killed by SIGKILL"},
        {{"/bin/sh", "-c", "sleep 60 & wait"}, "no answer within 200ms"},
        {{"/nowhere/check"}, "exec /nowhere/check: No such file or directory"},
        {{"sh", "-c", "test $COLOUR = red && exit 9"}, "the command exited with code 9"},
    };
    for (const auto& row : table) {
        CAPTURE(row.reason);
        Care care = care_of({.asks_health = true, .health_interval_ms = 10, .health_timeout_ms = 200, .failures = 1});
        if (std::string_view(row.reason).find("200ms") == std::string_view::npos) care.policy.health_timeout_ms = 9'000;
        care.health = {Question::command, row.command};
        Harness h(care);
        h.owner.program_.env = {"PATH=/bin:/usr/bin", "COLOUR=red"};
        h.begin();
        CHECK(h.until([&] { return !h.owner.told.empty(); }));
        CHECK(h.status().find(std::string("health_reason ") + row.reason + "\n") != std::string::npos);
    }
    Care care = care_of({.way = Way::probe, .ready_interval_ms = 10});
    care.ready = {Question::command, {"/bin/true"}};
    Harness h(care);
    h.begin();
    CHECK(h.until([&] { return h.attendance.ready_ms() != 0; }));
}

TEST_CASE("a question is given up with the application, and its child is gone") {
    Care care = care_of({.way = Way::probe});
    care.ready = {Question::command, {"/bin/sleep", "60"}};
    Harness h(care);
    h.begin();
    h.attendance.gone();
    Ended ended;
    CHECK(
        h.until([&] { return reap(ended) == Reaped::nobody || (ended.pid != 0 && h.attendance.child_ended(ended)); }));
    CHECK(h.attendance.ready_ms() == 0);
}
