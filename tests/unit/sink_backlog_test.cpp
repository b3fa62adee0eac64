// What a stalled sink keeps, drops and says of it.
#include "init/sink_backlog.hpp"

#include <doctest/doctest.h>
#include <string>

using init::Backlog;

namespace {

// Everything that the sink would get, at most step bytes at once.
std::string drain(Backlog& backlog, std::size_t step = 7) {
    std::string all;
    while (true) {
        const std::string_view next = backlog.next("", "it stalled").substr(0, step);
        if (next.empty()) return all;
        all += next;
        backlog.taken(next.size());
    }
}

std::string lines(int from, int to) {
    std::string all;
    for (int n = from; n < to; ++n) all += "line " + std::to_string(n) + "\n";
    return all;
}

}  // namespace

TEST_CASE("what fits comes out as it went in, over the end of its memory too") {
    Backlog backlog(16);
    for (int round = 0; round < 50; ++round) {
        CHECK(backlog.empty());
        backlog.push("abc\ndefgh\n");
        CHECK(drain(backlog, 3) == "abc\ndefgh\n");
        backlog.release();
    }
}

TEST_CASE("the oldest lines go, whole, and are counted where they are missing") {
    Backlog backlog(32);
    backlog.push(lines(0, 4));  // 28 bytes
    backlog.push(lines(4, 6));
    CHECK(drain(backlog) == "mvinit: 2 lines (14 bytes) were dropped here: it stalled\n" + lines(2, 6));
    CHECK(backlog.empty());
    backlog.push("x\n");
    CHECK(drain(backlog) == "x\n");
}

TEST_CASE("one line is not two") {
    Backlog backlog(8);
    backlog.push("aaaa\n");
    backlog.push("bbbb\n");
    CHECK(drain(backlog) == "mvinit: 1 line (5 bytes) was dropped here: it stalled\nbbbb\n");
}

TEST_CASE("a line that the sink has begun is kept to its end, and what is missing follows it") {
    Backlog backlog(32);
    backlog.push("begun line\nsecond\nthird\n");
    backlog.taken(4);
    backlog.push("fourth\nfifth\nsixth\n");
    CHECK(drain(backlog) ==
          "n line\nmvinit: 1 line (7 bytes) was dropped here: it stalled\nthird\nfourth\nfifth\nsixth\n");
}

TEST_CASE("the same where it got the beginning by another way") {
    Backlog backlog(16);
    backlog.passed("beg");
    backlog.push("un\nsecond\n");
    backlog.push("third one\n");
    CHECK(drain(backlog) == "un\nmvinit: 1 line (7 bytes) was dropped here: it stalled\nthird one\n");
}

TEST_CASE("the end of a begun line is kept, though with what follows it there is no room") {
    Backlog backlog(16);
    backlog.passed("beg");
    backlog.push("un\nsecond line\nthird\n");
    CHECK(drain(backlog) == "un\nmvinit: 1 line (12 bytes) was dropped here: it stalled\nthird\n");
    // In pieces, of which only the last one does not fit; and where what was written was a whole line.
    backlog.passed("beg");
    backlog.push("u");
    backlog.push("n\nsecond line\nthird\n");
    CHECK(drain(backlog) == "un\nmvinit: 1 line (12 bytes) was dropped here: it stalled\nthird\n");
    backlog.passed("?");
    backlog.push("1\n2\n3 and so on\n4\n5\n");
    CHECK(drain(backlog) == "1\nmvinit: 2 lines (14 bytes) were dropped here: it stalled\n4\n5\n");
}

TEST_CASE("what is dropped is counted for good") {
    std::uint64_t dropped = 5;
    Backlog backlog(16, &dropped);
    backlog.push(lines(0, 4));
    drain(backlog);
    backlog.push(lines(4, 6));
    CHECK(dropped == 7);
    backlog.push(lines(6, 8));
    CHECK(backlog.give_up() == 4);
    CHECK(dropped == 11);
}

TEST_CASE("a line longer than the buffer goes as a whole, however it comes") {
    Backlog backlog(16);
    backlog.push("first\n");
    backlog.push(std::string(20, 'a'));
    backlog.push(std::string(20, 'b'));
    backlog.push("b\nlast\n");
    CHECK(drain(backlog) == "mvinit: 2 lines (48 bytes) were dropped here: it stalled\nlast\n");
}

TEST_CASE("the rest of a begun line that is too long ends in a line of its own") {
    Backlog backlog(16);
    backlog.passed("beg");
    backlog.push("0123456789");
    backlog.push("0123456789");
    backlog.push("x\nnext\n");
    CHECK(drain(backlog) == "0123456789\nmvinit: 1 line (12 bytes) was dropped here: it stalled\nnext\n");
}

TEST_CASE("a notice that is half written is ended, and what goes then is told by another one") {
    Backlog backlog(16);
    backlog.push("aaaaaaa\nbbbbbbb\n");
    backlog.push("ccccccc\n");
    const std::string begun(backlog.next("", "it stalled").substr(0, 10));
    backlog.taken(begun.size());
    backlog.push("ddddddd\n");
    const std::string rest = drain(backlog);
    CHECK(begun + rest ==
          "mvinit: 1 line (8 bytes) was dropped here: it stalled\n"
          "mvinit: 1 line (8 bytes) was dropped here: it stalled\nccccccc\nddddddd\n");
}

TEST_CASE("nothing is lost or told twice, whatever is dropped in between") {
    // Each line is either there, or counted by the notice that stands in its place.
    for (std::size_t limit : {16U, 17U, 40U, 100U}) {
        Backlog backlog(limit);
        std::string all;
        unsigned seed = 1;
        int sent = 0;
        for (int round = 0; round < 2000; ++round) {
            seed = seed * 1103515245U + 12345U;
            const int count = static_cast<int>(seed >> 16) % 4;
            const std::string text = lines(sent, sent + count);
            sent += count;
            const std::size_t half = text.size() / 2;
            backlog.push(std::string_view(text).substr(0, half));
            backlog.push(std::string_view(text).substr(half));
            seed = seed * 1103515245U + 12345U;
            for (unsigned writes = (seed >> 16) % 3; writes > 0; --writes) {
                const std::string_view next = backlog.next("", "r").substr(0, (seed >> 20) % 11);
                all += next;
                backlog.taken(next.size());
            }
        }
        all += drain(backlog);
        int expected = 0;
        while (!all.empty()) {
            const std::string line = all.substr(0, all.find('\n'));
            all.erase(0, line.size() + 1);
            if (line.starts_with("mvinit: "))
                expected += std::stoi(line.substr(8));
            else
                CHECK(line == "line " + std::to_string(expected++));
        }
        CHECK(expected == sent);
    }
}

TEST_CASE("blocking: what does not fit is not taken") {
    Backlog backlog(8);
    CHECK(backlog.append("12345") == 5);
    CHECK(backlog.append("67890") == 3);
    CHECK(backlog.append("x") == 0);
    CHECK(drain(backlog) == "12345678");
}

TEST_CASE("records come one line at a time, and only whole ones") {
    Backlog backlog(16);
    char room[32];
    backlog.push("abcdefg\n");
    backlog.push("hij\nklm\nno");
    const auto record = [&] {
        std::string line(backlog.next_line(room, sizeof room, "<28>", "it stalled"));
        backlog.taken(line.size());
        return line;
    };
    CHECK(record() == "<28>mvinit: 1 line (8 bytes) was dropped here: it stalled\n");
    CHECK(record() == "hij\n");
    CHECK(record() == "klm\n");
    CHECK(record().empty());
    backlog.push("p\n");
    CHECK(record() == "nop\n");
    CHECK(backlog.empty());
}

TEST_CASE("what is given up is counted") {
    Backlog backlog(16);
    CHECK(backlog.give_up() == 0);
    backlog.push("a\nb\nc\n");
    CHECK(backlog.give_up() == 3);
    CHECK(backlog.empty());
    backlog.push("aaaaaaa\nbbbbbbb\nccccccc\n");
    CHECK(backlog.give_up() == 3);
    backlog.push("begun\nx\n");
    backlog.taken(2);
    CHECK(backlog.give_up() == 2);
}
