// The heap of the static program, over memory of the test's own.
#include <array>
#include <cstdint>
#include <doctest/doctest.h>
#include <random>
#include <vector>

#include "init/heap.hpp"

using init::Heap;

namespace {

constexpr std::size_t page = 4096;

// Pieces are handed out one after the other from here, at most so many bytes.
alignas(4096) std::array<unsigned char, 16 * page> memory;
std::size_t handed_out = 0;
std::size_t limit = 0;
std::vector<std::pair<std::size_t, std::size_t>> released;  // first page, pages

Heap::Piece more(std::size_t size) {
    const std::size_t whole = (size + page - 1) / page * page;
    if (handed_out + whole > limit) return {};
    handed_out += whole;
    return {memory.data() + handed_out - whole, whole};
}

void release(void* start, std::size_t size) {
    const auto at = static_cast<std::size_t>(static_cast<unsigned char*>(start) - memory.data());
    CHECK(at % page == 0);
    CHECK(size % page == 0);
    released.emplace_back(at / page, size / page);
}

Heap fresh(std::size_t most = sizeof memory) {
    handed_out = 0;
    limit = most;
    released.clear();
    return {more, release};
}

std::size_t offset(const void* pointer) {
    return static_cast<std::size_t>(static_cast<const unsigned char*>(pointer) - memory.data());
}

}  // namespace

TEST_CASE("what is taken is aligned, apart from the rest, and as large as it was asked for") {
    Heap heap = fresh();
    std::size_t last = 0;
    for (const std::size_t size : std::array<std::size_t, 9>{0, 1, 7, 8, 9, 24, 25, 100, 5000}) {
        void* const got = heap.take(size);
        REQUIRE(got != nullptr);
        CHECK(offset(got) % 16 == 0);
        CHECK(offset(got) > last);
        CHECK(heap.room(got) >= size);
        last = offset(got) + size;
    }
}

TEST_CASE("what was given back is taken again from the low end, and neighbours become one") {
    Heap heap = fresh();
    void* const a = heap.take(100);
    void* const b = heap.take(100);
    void* const c = heap.take(100);
    void* const d = heap.take(100);
    CHECK(heap.give(b));
    CHECK(heap.give(c));
    CHECK(heap.take(200) == b);  // only both together have room
    CHECK(heap.give(b));
    CHECK(heap.give(a));
    CHECK(heap.take(300) == a);
    CHECK(heap.give(d));
    CHECK(heap.give(nullptr));
}

TEST_CASE("what is given back twice, or was never taken, is told") {
    Heap heap = fresh();
    void* const a = heap.take(40);
    void* const b = heap.take(40);
    CHECK(heap.give(a));
    CHECK_FALSE(heap.give(a));
    CHECK(heap.give(b));  // now one with a and what follows
    CHECK_FALSE(heap.give(b));
}

TEST_CASE("more is asked for when there is no room, and there is none where none is had") {
    Heap heap = fresh(4 * page);
    CHECK(heap.take(page) != nullptr);
    CHECK(handed_out == 2 * page);
    void* const second = heap.take(page);  // the new piece and what was left before it are one
    REQUIRE(second != nullptr);
    CHECK(offset(second) < 2 * page);
    CHECK(heap.take(2 * page) == nullptr);
    CHECK(heap.take(SIZE_MAX) == nullptr);
    CHECK(heap.take(SIZE_MAX / 2 + 1) == nullptr);
    CHECK(heap.give(second));
    CHECK(heap.take(page) == second);
}

TEST_CASE("greater alignments leave what is before them to others") {
    Heap heap = fresh();
    for (const std::size_t alignment : std::array<std::size_t, 3>{16, 64, 1024}) {
        void* const got = heap.take_aligned(alignment, 48);
        CHECK(offset(got) % alignment == 0);
        CHECK(heap.room(got) >= 48);
        CHECK(heap.give(got));
    }
    CHECK(heap.take_aligned(64, SIZE_MAX - 10) == nullptr);
    CHECK(heap.take(8 * page) != nullptr);  // all is one again
}

TEST_CASE("trimming gives back the whole pages that nothing lies in") {
    Heap heap = fresh();
    void* const low = heap.take(100);
    void* const middle = heap.take(4 * page);
    void* const high = heap.take(100);
    heap.trim();
    CHECK(released.empty());
    CHECK(heap.give(middle));
    heap.trim();
    REQUIRE(released.size() == 1);
    CHECK(released[0] == std::pair<std::size_t, std::size_t>{1, 3});
    // What the heap keeps of the free block must not have gone with its pages.
    std::fill(memory.begin() + page, memory.begin() + 4 * page, std::uint8_t{0});
    CHECK(heap.take(4 * page) == middle);
    CHECK(heap.give(low));
    CHECK(heap.give(high));
}

TEST_CASE("taking and giving in any order never lets two overlap, and leaves one block in the end") {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        Heap heap = fresh();
        std::mt19937 random(seed);
        std::vector<std::pair<unsigned char*, std::size_t>> held;
        for (int turn = 0; turn < 2000; ++turn) {
            if (held.size() < 60 && random() % 2 == 0) {
                const std::size_t size = random() % 700;
                auto* const got = static_cast<unsigned char*>(heap.take(size));
                REQUIRE(got != nullptr);
                std::fill(got, got + size, static_cast<unsigned char>(size));
                held.emplace_back(got, size);
            } else if (!held.empty()) {
                std::swap(held[random() % held.size()], held.back());
                const auto [start, size] = held.back();
                for (std::size_t at = 0; at < size; ++at) REQUIRE(start[at] == static_cast<unsigned char>(size));
                REQUIRE(heap.give(start));
                held.pop_back();
            }
        }
        for (const auto& each : held) REQUIRE(heap.give(each.first));
        CHECK(heap.take(handed_out - 64) != nullptr);
    }
}
