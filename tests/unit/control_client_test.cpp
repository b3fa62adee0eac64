// The client's side: what it makes of answers, of sockets that are not there, and of servers that misbehave.
#include <atomic>
#include <cstring>
#include <doctest/doctest.h>
#include <thread>

#include "control_world.hpp"
#include "init/client.hpp"

using control_world::World;

namespace {

// A server that takes one connection and does as it is told with it.
struct Fake {
    template <class Serve>
    explicit Fake(Serve serve) {
        directory = "/tmp/mvinit-client-XXXXXX";
        if (mkdtemp(directory.data()) == nullptr) std::abort();
        path = directory + "/sock";
        listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
        if (listen(listener, 4) != 0) std::abort();
        thread = std::thread([this, serve] {
            const int client = accept(listener, nullptr, nullptr);
            serve(client);
            close(client);
        });
    }
    ~Fake() {
        thread.join();
        close(listener);
        unlink(path.c_str());
        rmdir(directory.c_str());
    }
    std::string directory;
    std::string path;
    int listener = -1;
    std::thread thread;
};

std::string take_line(int client) {
    std::string line;
    for (char byte = 0; recv(client, &byte, 1, 0) == 1;) {
        line += byte;
        if (byte == '\n') break;
    }
    return line;
}

void put(int client, std::string_view text) {
    send(client, text.data(), text.size(), MSG_NOSIGNAL);
}

std::string error_of(const std::string& path, std::uint32_t timeout_ms = 20'000) {
    const auto answer = init::ask(path, "status", timeout_ms);
    return answer ? "no error" : plumb::to_text(answer.error());
}

}  // namespace

TEST_CASE("client: an answer, in as many pieces as it comes") {
    std::string asked;
    Fake fake([&asked](int client) {
        asked = take_line(client);
        for (const char* piece : {"o", "k\nph", "ase running\napp_pid 7\n"}) put(client, piece);
    });
    const auto answer = init::ask(fake.path, "kill 15", 20'000);
    REQUIRE(answer.has_value());
    CHECK(asked == "1 kill 15\n");
    CHECK(answer->refusal == 0);
    CHECK(answer->text == "phase running\napp_pid 7\n");
    CHECK(answer->descriptor == -1);
}

TEST_CASE("client: a refusal is no error") {
    Fake fake([](int client) { put(client, "error 2 needs root\n"); });  // before anything was read
    const auto answer = init::ask(fake.path, "status", 20'000);
    REQUIRE(answer.has_value());
    CHECK(answer->refusal == 2);
    CHECK(answer->text == "needs root");
}

TEST_CASE("client: what is no answer") {
    for (const char* text : {"", "OK\n", "ok", "error", "error \n", "error x y\n", "error 0 x\n", "error 12\n",
                             "error 3 cut", "HTTP/1.1 400\r\n"}) {
        CAPTURE(text);
        Fake fake([text](int client) {
            take_line(client);
            put(client, text);
        });
        const std::string error = error_of(fake.path);
        CHECK(error.find("mvinit at " + fake.path) != std::string::npos);
        const bool closed = *text == '\0';
        CHECK((error.find(closed ? "closed the connection" : "is it another program's socket?") != std::string::npos));
    }
}

TEST_CASE("client: an answer without an end is given up") {
    Fake fake([](int client) {
        take_line(client);
        const std::string piece(4096, 'x');
        while (send(client, piece.data(), piece.size(), MSG_NOSIGNAL) > 0) continue;
    });
    CHECK(error_of(fake.path).find("Message too long") != std::string::npos);
}

TEST_CASE("client: a server that says nothing is waited for no longer than was wanted") {
    Fake fake([](int client) {
        take_line(client);
        take_line(client);  // until the client is gone
    });
    CHECK(error_of(fake.path, 50) ==
          "ask mvinit at " + fake.path + ": Connection timed out: it did not answer in time");
}

TEST_CASE("client: sockets that nobody answers at") {
    CHECK(
        error_of("/tmp/mvinit-not-there/sock") ==
        "connect to mvinit at /tmp/mvinit-not-there/sock: No such file or directory: no mvinit runs here, or it has no "
        "control socket: look at its messages, and at [control] and --control; a container's is asked from within it");
    CHECK(error_of("/" + std::string(120, 'x')).find("at most 107 bytes") != std::string::npos);
    std::string path;
    {
        Fake fake([](int) {});
        path = fake.path + "2";
        REQUIRE(link(fake.path.c_str(), path.c_str()) == 0);
        error_of(fake.path);
    }
    CHECK(error_of(path).find("the mvinit that made it is gone") != std::string::npos);
    unlink(path.c_str());
}

TEST_CASE("client: a descriptor comes with the answer, a second one is not kept") {
    const std::size_t before = control_world::open_descriptors();
    {
        Fake fake([](int client) {
            take_line(client);
            union {
                cmsghdr aligned;
                char bytes[CMSG_SPACE(2 * sizeof(int))];
            } control{};
            iovec part{const_cast<char*>("ok\n"), 3};
            msghdr message{};
            message.msg_iov = &part;
            message.msg_iovlen = 1;
            message.msg_control = &control;
            message.msg_controllen = sizeof control;
            cmsghdr* const header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(2 * sizeof(int));
            const int passed[2] = {0, 0};
            std::memcpy(CMSG_DATA(header), passed, sizeof passed);
            sendmsg(client, &message, 0);
        });
        const auto answer = init::ask(fake.path, "log", 20'000);
        REQUIRE(answer.has_value());
        CHECK(answer->descriptor >= 0);
        close(answer->descriptor);
    }
    CHECK(control_world::open_descriptors() == before);
}

TEST_CASE("client and server understand each other") {
    World world;
    plumb::Result<init::Answer> answer = plumb::Error{};
    std::atomic<bool> done = false;
    std::thread asking([&] {
        answer = init::ask(world.path, "status", 20'000);
        done = true;
    });
    while (!done) {
        world.reactor.turn();
        poll(nullptr, 0, 1);
    }
    asking.join();
    REQUIRE(answer.has_value());
    CHECK(init::value_of(answer->text, "phase") == "starting");
}
