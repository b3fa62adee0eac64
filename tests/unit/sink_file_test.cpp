// Rotation: limits to the byte, no line in two files.
#include "init/sink_file.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using init::RotatedFile;

namespace {

struct Directory {
    Directory() {
        char name[] = "/tmp/mvinit-rotation-XXXXXX";
        path = mkdtemp(name);
    }
    ~Directory() { std::filesystem::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    std::string file(const std::string& name) const { return path + "/" + name; }
    std::string text(const std::string& name) const {
        std::stringstream text;
        text << std::ifstream(file(name)).rdbuf();
        return text.str();
    }
    bool has(const std::string& name) const { return std::filesystem::exists(file(name)); }
    std::string path;
};

void write(RotatedFile& file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t done = file.write(text);
        REQUIRE(done > 0);
        text.remove_prefix(static_cast<std::size_t>(done));
    }
}

}  // namespace

TEST_CASE("a line that does not fit begins the next file") {
    const Directory directory;
    RotatedFile file(directory.file("deep/er/log"), 10, 2);
    REQUIRE(file.open() == 0);
    write(file, "aaaa\nbbb\ncccc\ndddd\n");
    CHECK(directory.text("deep/er/log.1") == "aaaa\nbbb\n");
    CHECK(directory.text("deep/er/log") == "cccc\ndddd\n");
    write(file, "e");
    CHECK(directory.text("deep/er/log.2") == "aaaa\nbbb\n");
    CHECK(directory.text("deep/er/log.1") == "cccc\ndddd\n");
    CHECK(directory.text("deep/er/log") == "e");
    write(file, "eeee\nffff\ng\n");
    CHECK_FALSE(directory.has("deep/er/log.3"));
    CHECK(directory.text("deep/er/log.2") == "cccc\ndddd\n");
    CHECK(directory.text("deep/er/log.1") == "eeeee\n");
    CHECK(directory.text("deep/er/log") == "ffff\ng\n");
}

TEST_CASE("a line longer than the limit is split, and only that") {
    const Directory directory;
    RotatedFile file(directory.file("log"), 8, 9);
    REQUIRE(file.open() == 0);
    write(file, "ab\n");
    write(file, "0123456789012345678\n");
    write(file, "cd\nefg\n");
    CHECK(directory.text("log.4") == "ab\n");
    CHECK(directory.text("log.3") == "01234567");
    CHECK(directory.text("log.2") == "89012345");
    CHECK(directory.text("log.1") == "678\ncd\n");
    CHECK(directory.text("log") == "efg\n");
}

TEST_CASE("what is there is continued, with its size, and its last line that had no end") {
    const Directory directory;
    std::ofstream(directory.file("log")) << "aaaa\nbbb";
    RotatedFile file(directory.file("log"), 10, 1);
    REQUIRE(file.open() == 0);
    write(file, "BBBB\n");
    CHECK(directory.text("log.1") == "aaaa\n");
    CHECK(directory.text("log") == "bbbBBBB\n");
}

TEST_CASE("one that is too large already is rotated before anything is added") {
    const Directory directory;
    for (const char* text : {"aaaaaaaa\nbbbbbbb\n", "aaaaaaaabbbbbbbbbbbb"}) {
        std::ofstream(directory.file("log")) << text;
        RotatedFile file(directory.file("log"), 10, 1);
        REQUIRE(file.open() == 0);
        write(file, "c\n");
        CHECK(directory.text("log.1") == text);
        CHECK(directory.text("log") == "c\n");
    }
}

TEST_CASE("no old ones are kept, and no limit at all") {
    const Directory directory;
    RotatedFile none(directory.file("none"), 10, 0);
    REQUIRE(none.open() == 0);
    write(none, "aaaaaaaaa\nbbb\ncc");
    write(none, "ccccccc\n");
    CHECK(directory.text("none") == "ccccccccc\n");
    CHECK_FALSE(directory.has("none.1"));
    RotatedFile all(directory.file("all"), 0, 3);
    REQUIRE(all.open() == 0);
    for (int n = 0; n < 1000; ++n) write(all, "0123456789\n");
    CHECK(directory.text("all").size() == 11000);
    CHECK_FALSE(directory.has("all.1"));
}

TEST_CASE("whatever comes: no file is too large, no line torn, none missing") {
    const Directory directory;
    for (const std::uint64_t limit : {42U, 64U, 4096U, 5000U}) {
        const std::string name = "log" + std::to_string(limit);
        RotatedFile file(directory.file(name), limit, 1000);
        REQUIRE(file.open() == 0);
        std::string all;
        unsigned seed = static_cast<unsigned>(limit);
        while (all.size() < 40 * limit && all.size() < 100'000) {
            seed = seed * 1103515245U + 12345U;
            all += std::string(seed >> 16 & 31, 'x') + std::to_string(seed) + "\n";
        }
        for (std::size_t at = 0; at < all.size();) {
            seed = seed * 1103515245U + 12345U;
            const std::size_t count = std::min<std::size_t>((seed >> 16) % (2 * limit) + 1, all.size() - at);
            write(file, std::string_view(all).substr(at, count));
            at += count;
        }
        std::string back;
        for (int number = 1000; number >= 0; --number) {
            const std::string each = number == 0 ? name : name + "." + std::to_string(number);
            if (!directory.has(each)) continue;
            const std::string text = directory.text(each);
            CHECK(text.size() <= limit);
            CHECK(text.ends_with("\n"));
            back += text;
        }
        CHECK(back == all);
    }
}

TEST_CASE("by splice(2) the same, without looking at the bytes") {
    const Directory directory;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    RotatedFile file(directory.file("log"), 10, 2);
    REQUIRE(file.open() == 0);
    REQUIRE(::write(ends[1], "aaaa\nbbb\ncccc\ndddd\n", 19) == 19);
    for (std::size_t left = 19; left > 0;) {
        const ssize_t done = file.move_from(ends[0], 1000);
        REQUIRE(done > 0);
        left -= static_cast<std::size_t>(done);
    }
    CHECK(directory.text("log.1") == "aaaa\nbbb\n");
    CHECK(directory.text("log") == "cccc\ndddd\n");
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("a directory that cannot be made, and a FIFO that nobody reads, are errors at once") {
    const Directory directory;
    std::ofstream(directory.file("plain")) << "x";
    RotatedFile under(directory.file("plain/log"), 10, 2);
    CHECK(under.open() == ENOTDIR);
    REQUIRE(mkfifo(directory.file("fifo").c_str(), 0600) == 0);
    RotatedFile fifo(directory.file("fifo"), 10, 2);
    CHECK(fifo.open() == ENXIO);
    CHECK_FALSE(fifo.is_regular());
}
