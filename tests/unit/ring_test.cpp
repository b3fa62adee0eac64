// The ring in memory: what the writer leaves, and what a reader makes of it while it is written over.
#include "init/ring.hpp"

#include <doctest/doctest.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "plumb/memory_file.hpp"

namespace {

struct Ring {
    explicit Ring(std::uint64_t size) : descriptor(*plumb::make_memory_file("ring")), length(init::ring_data + size) {
        REQUIRE(ftruncate(descriptor, static_cast<off_t>(length)) == 0);
        start = static_cast<const char*>(mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor, 0));
        REQUIRE(writer.open(descriptor, size, 7));
    }
    ~Ring() {
        munmap(const_cast<char*>(start), length);
        close(descriptor);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    std::string_view file() const { return {start, length}; }

    int descriptor;
    std::size_t length;
    const char* start = nullptr;
    init::RingWriter writer;
};

// As a reader at position does, with nothing written meanwhile.
init::RingPiece read(const Ring& ring, std::uint64_t position = 0) {
    const init::RingState state = init::ring_state(ring.file());
    init::RingPiece piece = init::copy_ring(ring.file(), state, position);
    init::trim_ring(piece, init::ring_state(ring.file()), position);
    return piece;
}

}  // namespace

TEST_CASE("what is not a ring is not taken for one") {
    const Ring ring(64);
    CHECK(init::is_ring(ring.file()));
    CHECK_FALSE(init::is_ring(ring.file().substr(0, init::ring_data + 63)));
    CHECK_FALSE(init::is_ring({}));
    std::string other(ring.file());
    other[3] = 'x';
    CHECK_FALSE(init::is_ring(other));
    other = ring.file();
    other[8] = 2;  // the version
    CHECK_FALSE(init::is_ring(other));
}

TEST_CASE("a ring that is not full has everything") {
    Ring ring(64);
    CHECK(read(ring).bytes.empty());
    ring.writer.put("one\n");
    ring.writer.put("");
    ring.writer.put("two\nthr");
    CHECK(read(ring).bytes == "one\ntwo\nthr");
    CHECK(read(ring, 4).bytes == "two\nthr");
    const init::RingState state = init::ring_state(ring.file());
    CHECK(state.total == 11);
    CHECK(state.lines == 2);
    CHECK_FALSE(state.ended);
    ring.writer.end();
    CHECK(init::ring_state(ring.file()).ended);
}

TEST_CASE("a full one begins with a whole line, unless the reader stands there") {
    Ring ring(16);
    ring.writer.put("aaaa\nbbbb\n");
    ring.writer.put("cccc\ndddd\n");
    CHECK(read(ring).bytes == "bbbb\ncccc\ndddd\n");  // of aaaa only the newline is left
    CHECK(read(ring, 10).bytes == "cccc\ndddd\n");
    CHECK(read(ring, 20).bytes.empty());
    CHECK(init::ring_state(ring.file()).lines == 4);
}

TEST_CASE("more than the whole ring at once, and a line longer than it") {
    Ring ring(16);
    ring.writer.put("0123456789\n0123456789\nabc\n");
    CHECK(read(ring).bytes == "0123456789\nabc\n");
    CHECK(init::ring_state(ring.file()).lines == 3);
    ring.writer.put(std::string(40, 'x'));
    const init::RingPiece piece = read(ring);
    CHECK(piece.cut);
    CHECK(piece.bytes == std::string(16, 'x'));
}

TEST_CASE("what is written over while it is copied is taken off") {
    Ring ring(32);
    for (int n = 0; n < 8; ++n) ring.writer.put("line " + std::to_string(n) + "\n");  // 7 bytes each
    const init::RingState before = init::ring_state(ring.file());
    init::RingPiece piece = init::copy_ring(ring.file(), before, 0);
    // The copy was right at first; now two more lines come, over the oldest of it.
    ring.writer.put("line 8\nline 9\n");
    init::trim_ring(piece, init::ring_state(ring.file()), 0);
    CHECK(piece.bytes == "line 6\nline 7\n");
    CHECK(piece.from == 42);
    // All of it.
    piece = init::copy_ring(ring.file(), before, 0);
    ring.writer.put(std::string(64, 'y'));
    init::trim_ring(piece, init::ring_state(ring.file()), 0);
    CHECK(piece.bytes.empty());
}

TEST_CASE("a write that was begun counts as having written over what it may have") {
    Ring ring(32);
    for (int n = 0; n < 8; ++n) ring.writer.put("line " + std::to_string(n) + "\n");
    auto* header = static_cast<init::RingHeader*>(
        mmap(nullptr, init::ring_data, PROT_READ | PROT_WRITE, MAP_SHARED, ring.descriptor, 0));
    header->begun += 14;  // a writer that died then
    CHECK(read(ring).bytes == "line 6\nline 7\n");
    // Its successor goes on where it had come to.
    init::RingWriter next;
    REQUIRE(next.open(ring.descriptor, 32, 7));
    next.put("line 8\n");
    CHECK(read(ring).bytes == "line 5\nline 6\nline 7\nline 8\n");
    munmap(header, init::ring_data);
}

TEST_CASE("the last lines") {
    struct Row {
        const char* text;
        std::uint32_t count;
        const char* wanted;
    };
    for (const Row& row : {Row{"a\nb\nc\n", 2, "b\nc\n"}, Row{"a\nb\nc", 2, "b\nc"}, Row{"a\nb\nc\n", 0, ""},
                           Row{"a\nb\nc\n", 3, "a\nb\nc\n"}, Row{"a\nb\nc\n", 9, "a\nb\nc\n"}, Row{"", 3, ""},
                           Row{"\n\n", 1, "\n"}, Row{"a", 1, "a"}}) {
        CAPTURE(row.text);
        CHECK(init::last_lines(row.text, row.count) == row.wanted);
    }
}
