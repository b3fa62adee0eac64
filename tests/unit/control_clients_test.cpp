// The server of the control socket, with real sockets: clients that mean it ill, and what is left of them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <random>
#include <sys/mman.h>

#include "control_world.hpp"
#include "init/client.hpp"

using control_world::mode_of;
using control_world::open_descriptors;
using control_world::World;

TEST_CASE("control: a descriptor that comes with a request is not taken") {
    World world;
    const int client = world.connect();
    const std::size_t before = open_descriptors();
    char bytes[CMSG_SPACE(sizeof(int))] = {};
    iovec part{const_cast<char*>("1 stat"), 6};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = bytes;
    message.msg_controllen = sizeof bytes;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    *reinterpret_cast<int*>(CMSG_DATA(header)) = client;
    REQUIRE(sendmsg(client, &message, 0) == 6);
    world.reactor.turn();
    CHECK(open_descriptors() == before + 1);  // the server's end of the connection
    send(client, "us\n", 3, 0);
    world.reactor.turn();
    bool ended = false;
    CHECK(World::read(client, ended).starts_with("ok\n"));
    close(client);
    CHECK(open_descriptors() == before - 1);
}

TEST_CASE("control: a socket that was deleted is made anew, one that is there stays") {
    World world;
    struct stat first {};
    lstat(world.path.c_str(), &first);
    CHECK_FALSE(world.control.make_again());
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
    struct stat second {};
    lstat(world.path.c_str(), &second);
    CHECK(first.st_ino == second.st_ino);
    unlink(world.path.c_str());
    CHECK(world.ask("1 status\n") == "not connected");
    CHECK(world.control.make_again());
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
    CHECK(world.reactor.watched.size() == 1);
}

TEST_CASE("control: a socket left by a mvinit that is gone is taken over") {
    World world;
    unlink(world.path.c_str());
    const int gone = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    world.path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(gone, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    close(gone);
    CHECK(world.control.make_again());
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
}

TEST_CASE("control: what is no socket, and a socket that answers, stay") {
    World world;
    World other;
    unlink(world.path.c_str());
    REQUIRE(symlink("/nowhere", world.path.c_str()) == 0);
    CHECK(world.control.make_again());
    CHECK(mode_of(world.path) == (S_IFLNK | 0777));
    unlink(world.path.c_str());
    REQUIRE(rename(other.path.c_str(), world.path.c_str()) == 0);
    CHECK(world.control.make_again());
    CHECK(mode_of(world.path) == (S_IFSOCK | 0600));
    CHECK(world.reactor.watched.empty());
    // It was not world's to take away.
    world.control.leave();
    CHECK(mode_of(world.path) == (S_IFSOCK | 0600));
    unlink(world.path.c_str());
}

TEST_CASE("control: other settings of a reload move the socket") {
    World world;
    const std::string old = world.path;
    world.path = world.directory + "/in/other.sock";
    world.control.reopen({true, true, world.path, ""});
    CHECK(mode_of(old) == 0);
    CHECK(world.ask("1 status\n").starts_with("ok\n"));
    world.control.reopen({false, true, world.path, ""});
    CHECK(mode_of(world.path) == 0);
    CHECK_FALSE(world.control.make_again());
    CHECK(mode_of(world.path) == 0);
}

TEST_CASE("control: program and analyze pass a descriptor") {
    World world;
    const int stamps = memfd_create("stamps", MFD_CLOEXEC);
    REQUIRE(write(stamps, "x", 1) == 1);
    world.boot_stamps = stamps;
    world.control.leave();
    world.control.open({true, true, world.path, ""}, world.steered());
    for (const char* request : {"1 program\n", "1 analyze\n"}) {
        const int client = world.connect();
        send(client, request, 10, 0);
        world.reactor.turn();
        char text[16] = {};
        alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int))];
        iovec part{text, sizeof text};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = bytes;
        message.msg_controllen = sizeof bytes;
        CHECK(recvmsg(client, &message, 0) == 3);
        const cmsghdr* const header = CMSG_FIRSTHDR(&message);
        REQUIRE(header != nullptr);
        const int came = *reinterpret_cast<const int*>(CMSG_DATA(header));
        char first = 0;
        CHECK(pread(came, &first, 1, 0) == 1);
        CHECK(first == (request[2] == 'p' ? 'a' : 'x'));
        close(came);
        close(client);
    }
    close(stamps);
}

TEST_CASE("control: thousands of random clients leave nothing behind, and none is answered wrongly") {
    std::mt19937 random(20240607);
    const auto below = [&random](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    };
    const std::string_view pieces[] = {
        "1 status\n",
        "1 wait ready\n",
        "1 wait down\n",
        "1 log\n",
        "1 program\n",
        "1 kill 9\n",
        "1 reload\n",
        "\n",
        "1 ",
        "status",
        "kill ",
        "99",
        std::string_view("\0", 1),
        "\xff",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
    const std::size_t before = open_descriptors();
    {
        World world;
        std::vector<int> clients;
        for (int step = 0; step < 6'000; ++step) {
            const std::size_t what = below(10);
            if (clients.empty() || what < 2) {
                if (const int made = world.connect(); made >= 0) clients.push_back(made);
            } else {
                const std::size_t which = below(clients.size());
                if (what < 7) {
                    const std::string_view piece = pieces[below(std::size(pieces))];
                    send(clients[which], piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
                } else if (what == 7) {
                    shutdown(clients[which], SHUT_WR);
                } else {
                    bool ended = false;
                    const std::string answer = World::read(clients[which], ended);
                    const bool good = answer.empty() || ((answer.starts_with("ok\n") || answer.starts_with("error ")) &&
                                                         answer.back() == '\n' && answer.size() < 4096);
                    REQUIRE(good);
                    close(clients[which]);
                    clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(which));
                }
            }
            if (below(3) == 0) REQUIRE(world.reactor.turn());
            REQUIRE(world.reactor.watched.size() <= 9);
        }
        for (const int each : clients) close(each);
        REQUIRE(world.reactor.turn());
        CHECK(world.reactor.watched.size() == 1);
        CHECK_FALSE(world.control.deadline());
        CHECK(world.ask("1 status\n").starts_with("ok\n"));
    }
    CHECK(open_descriptors() == before);
}
