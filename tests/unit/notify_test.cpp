// NOTIFY_SOCKET: messages, who may speak, how often; the sockets themselves.
#include "init/notify.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <random>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace init;

namespace {

std::string text_of(const Notification& found) {
    std::string all;
    const auto add = [&all](bool wanted, const std::string& word) {
        if (wanted) all += (all.empty() ? "" : " ") + word;
    };
    add(found.ready, "ready");
    add(found.reloading, "reloading");
    add(found.stopping, "stopping");
    add(found.alive, "alive");
    add(found.trigger, "trigger");
    add(found.has_status, "status '" + std::string(found.status) + "'");
    add(found.has_watchdog, "watchdog " + std::to_string(found.watchdog_ms));
    add(found.extend_ms != 0, "extend " + std::to_string(found.extend_ms));
    add(found.reloading_us != 0, "at " + std::to_string(found.reloading_us));
    add(found.main_pid != 0, "main " + std::to_string(found.main_pid));
    add(found.error != 0, "error " + std::to_string(found.error));
    return all;
}

// Sends text with descriptor, many times, to path.
int send_with(const std::string& path, const char* text, int descriptor) {
    constexpr int times = 20;
    const int raw = socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    iovec part{const_cast<char*>(text), std::strlen(text)};
    alignas(cmsghdr) char control[CMSG_SPACE(times * sizeof(int))] = {};
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(times * sizeof(int));
    for (std::size_t i = 0; i < times; ++i)
        std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &descriptor, sizeof descriptor);
    const ssize_t sent = sendmsg(raw, &message, 0);
    close(raw);
    return static_cast<int>(sent);
}

}  // namespace

TEST_CASE("messages") {
    const struct {
        const char* text;
        const char* found;
    } table[] = {
        {"", ""},
        {"READY=1", "ready"},
        {"READY=1\n", "ready"},
        {"\n\nREADY=1\n\n", "ready"},
        {"READY=0", ""},
        {"READY=1\nREADY=0", ""},
        {"READY", ""},
        {"XREADY=1\nREADY=11", ""},
        {"STATUS=two words = one\nREADY=1", "ready status 'two words = one'"},
        {"STATUS=", "status ''"},
        {"RELOADING=1\nMONOTONIC_USEC=8250", "reloading at 8250"},
        {"STOPPING=1", "stopping"},
        {"WATCHDOG=1", "alive"},
        {"WATCHDOG=trigger", "trigger"},
        {"WATCHDOG_USEC=20000001", "watchdog 20001"},
        {"WATCHDOG_USEC=0", "watchdog 0"},
        {"WATCHDOG_USEC=x\nWATCHDOG_USEC=", ""},
        {"WATCHDOG_USEC=-1", ""},
        {"EXTEND_TIMEOUT_USEC=1", "extend 1"},
        {"EXTEND_TIMEOUT_USEC=18446744073709551615", "extend 4294967295"},
        {"EXTEND_TIMEOUT_USEC=18446744073709551616", ""},
        {"MAINPID=4711", "main 4711"},
        {"MAINPID=99999999999", ""},
        {"ERRNO=2", "error 2"},
        {"BARRIER=1", ""},
        {"FDSTORE=1\nFDNAME=x", ""},
    };
    for (const auto& row : table) {
        CAPTURE(row.text);
        CHECK(text_of(parse_notification(row.text)) == row.found);
    }
}

TEST_CASE("messages of random bytes and of shuffled lines: nothing is read beyond them") {
    static const char* const pieces[] = {"READY",
                                         "=",
                                         "1",
                                         "\n",
                                         "STATUS",
                                         "WATCHDOG_USEC",
                                         "9999999999999999999999",
                                         "MAINPID",
                                         "-",
                                         "EXTEND_TIMEOUT_USEC",
                                         "\xff",
                                         "trigger",
                                         "WATCHDOG"};
    std::mt19937 random(4711);
    for (int run = 0; run < 20'000; ++run) {
        std::string text;
        const std::size_t size = random() % 40;
        while (text.size() < size)
            text += run % 2 == 0 ? std::string(1, static_cast<char>(random())) : pieces[random() % std::size(pieces)];
        // On the heap without a byte more, where the sanitizer looks.
        const std::vector<char> exact(text.begin(), text.end());
        const Notification found = parse_notification({exact.data(), exact.size()});
        if (found.has_status && !found.status.empty()) {
            CHECK(found.status.data() >= exact.data());
            CHECK(found.status.data() + found.status.size() <= exact.data() + exact.size());
            CHECK(found.status.find('\n') == std::string_view::npos);
        }
        CHECK(kept_status(found.status).size() <= longest_status);
    }
}

TEST_CASE("a status is kept up to 255 bytes, and never to the middle of a character") {
    CHECK(kept_status("short") == "short");
    CHECK(kept_status(std::string(255, 'x')).size() == 255);
    CHECK(kept_status(std::string(256, 'x')).size() == 255);
    CHECK(kept_status(std::string(254, 'x') + "\xe2\x82\xac") == std::string(254, 'x'));
    CHECK(kept_status(std::string(252, 'x') + "\xe2\x82\xac" + "y") == std::string(252, 'x') + "\xe2\x82\xac");
}

TEST_CASE("an allowance of messages: 64 at once, 32 more each second") {
    Allowance allowance;
    const auto taken = [&](std::uint64_t now) {
        int count = 0;
        while (count < 1000 && allowance.take(now)) ++count;
        return count;
    };
    CHECK(taken(5'000) == 64);
    CHECK(taken(5'999) == 0);
    CHECK(allowance.more_at() == 6'000);
    CHECK(taken(6'000) == 32);
    CHECK(taken(9'000) == 64);
    CHECK(taken(1'000'000) == 64);
}

TEST_CASE("who may speak for the application") {
    const pid_t ours = getpid();
    const pid_t session = getsid(0);
    CHECK(may_speak({ours, ours, 7}, {ours, 99}));
    CHECK(may_speak({session, session, 7}, {ours, 99}));
    CHECK(may_speak({getpgid(0), 1, 7}, {ours, 99}));
    CHECK(may_speak({2'000'000'000, ours, 7}, {ours, 99}));
    CHECK_FALSE(may_speak({2'000'000'000, 2'000'000'000, 7}, {ours, 7}));
    // One that has ended already is known by its user alone.
    CHECK(may_speak({1, 1, 7}, {2'000'000'001, 7}));
    CHECK(may_speak({1, 1, 7}, {2'000'000'001, 0}));
    CHECK_FALSE(may_speak({1, 1, 7}, {2'000'000'001, 8}));
}

TEST_CASE("a socket for notifications: its mode, who sends, descriptors that come along") {
    char folder[] = "/tmp/mvinit-notify-XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    const std::string path = std::string(folder) + "/sub/notify.sock";
    plumb::NotifySocket made;
    REQUIRE(plumb::open_notify_socket(path, std::nullopt, made) == 0);
    CHECK(made.address == path);
    struct stat found {};
    REQUIRE(stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0666);
    char buffer[16];
    plumb::Sender sender;
    CHECK(plumb::receive_notification(made.descriptor, buffer, sender) == -1);
    const plumb::NotifyAddress address = plumb::parse_notify_address(path);
    CHECK(plumb::send_notification(address, "READY=1", 0) == 0);
    CHECK(plumb::receive_notification(made.descriptor, buffer, sender) == 7);
    CHECK(std::string_view(buffer, 7) == "READY=1");
    CHECK(sender.pid == getpid());
    CHECK(sender.user == geteuid());
    CHECK(plumb::send_notification(address, std::string(17, 'x'), 0) == 0);
    CHECK(plumb::receive_notification(made.descriptor, buffer, sender) == 17);

    // A barrier: the sender waits until its descriptor is closed by who receives it.
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    CHECK(send_with(path, "BARRIER=1", ends[1]) == 9);
    close(ends[1]);
    const int next = dup(0);
    close(next);
    CHECK(plumb::receive_notification(made.descriptor, buffer, sender) == 9);
    // All are closed: the pipe has no writer, and the next descriptor is where it would have been.
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    CHECK(read(ends[0], buffer, 1) == 0);
    const int after = dup(0);
    CHECK(after == next);
    for (const int each : {ends[0], after, made.descriptor}) close(each);
    unlink(path.c_str());
    rmdir((std::string(folder) + "/sub").c_str());
    rmdir(folder);
}

TEST_CASE("where no file can be made the socket is in the abstract namespace, and can be sent to") {
    plumb::NotifySocket made;
    REQUIRE(plumb::open_notify_socket("/proc/nowhere/notify.sock", std::nullopt, made) == 0);
    REQUIRE(made.address.starts_with("@"));
    CHECK(plumb::send_notification(plumb::parse_notify_address(made.address), "WATCHDOG=1", 0) == 0);
    char buffer[16];
    plumb::Sender sender;
    CHECK(plumb::receive_notification(made.descriptor, buffer, sender) == 10);
    close(made.descriptor);
}

TEST_CASE("nobody listens: an error") {
    CHECK(plumb::send_notification(plumb::parse_notify_address("/nowhere/at/all"), "READY=1", 0) == ENOENT);
}
