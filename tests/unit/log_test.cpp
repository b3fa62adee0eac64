// mvinit's own messages on a console that takes nothing: waited for once, counted, told.
#include "init/log.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace {

// A pipe that is the console, and full.
struct FullConsole {
    FullConsole() {
        REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
        const std::string page(4096, 'x');
        while (write(ends[1], page.data(), page.size()) > 0) filled += page.size();
        init::log::open(ends[1], conf::LogLevel::info, false);
    }
    FullConsole(const FullConsole&) = delete;
    FullConsole& operator=(const FullConsole&) = delete;
    ~FullConsole() {
        init::log::open(STDERR_FILENO, conf::LogLevel::info, false);
        close(ends[0]);
        close(ends[1]);
    }
    // What there is behind what it was filled with.
    std::string drained() {
        std::string text(filled + 4096, ' ');
        const ssize_t got = read(ends[0], text.data(), text.size());
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        text.erase(0, std::min(filled, text.size()));
        filled = 0;
        return text;
    }
    int ends[2]{};
    std::size_t filled = 0;
};

std::chrono::milliseconds took(int messages) {
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < messages; ++i) init::log::info("lost");
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
}

}  // namespace

TEST_CASE("a console that is full is waited for by the first message that finds it so, and by no other") {
    FullConsole console;
    CHECK(took(1) >= std::chrono::milliseconds(49));        // poll(2) counts in ms
    CHECK(took(1000) < std::chrono::milliseconds(25'000));  // half of what they would wait for
    CHECK(console.drained().empty());
    init::log::info("heard");
    CHECK(console.drained() == "mvinit: warning: the console stalled, 1001 messages were lost\nmvinit: heard\n");
    CHECK(took(1) < std::chrono::milliseconds(25'000));
    CHECK(console.drained() == "mvinit: lost\n");
}
