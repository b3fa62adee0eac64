// The heap of the static program. Small and in one piece: what booting took and gave back lies together, is used again
// from its low end, and goes back to the kernel page by page; the C library keeps a page for every size of block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace init {

class Heap {
public:
    // Memory of at least size bytes, aligned to 16, zeroed or not; nullptr where there is none. Right behind what it
    // gave last, if that can be.
    struct Piece {
        void* start = nullptr;
        std::size_t size = 0;
    };
    using More = Piece (*)(std::size_t size);
    using Release = void (*)(void* start, std::size_t size);  // whole pages that hold nothing; they stay ours

    constexpr Heap(More more, Release release) : more_(more), release_(release) {}

    void add(Piece piece);                                        // memory to begin with
    void* take(std::size_t size);                                 // aligned to 16, nullptr where there is none
    void* take_aligned(std::size_t alignment, std::size_t size);  // a power of two
    bool give(void* memory);                     // nullptr does nothing; false: never taken, or given before
    std::size_t room(const void* memory) const;  // how much it may hold
    void trim() const;                           // gives back the pages that nothing lies in

private:
    // Before every block. Free ones are linked from the lowest address on; the payload of one that is taken begins at
    // next.
    struct Block {
        std::size_t size;  // with this word, a multiple of 16
        Block* next;
    };
    static constexpr std::size_t step = 16;
    static constexpr std::size_t header = sizeof(std::size_t);

    static char* end_of(Block* block) { return reinterpret_cast<char*>(block) + block->size; }
    static Block* block_of(void* memory) { return reinterpret_cast<Block*>(static_cast<char*>(memory) - header); }
    void* cut(Block** link, std::size_t wanted);
    bool put(Block* block);

    More more_;
    Release release_;
    Block* free_ = nullptr;
    std::uintptr_t end_ = 0;  // of the last piece's blocks
};

// Gives back the pages of the heap that nothing lies in; nothing where the C library has its own.
void trim_heap();

}  // namespace init
