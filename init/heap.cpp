#include "init/heap.hpp"

#include <cstdint>

namespace init {

namespace {
constexpr std::uintptr_t page = 4096;
}

// The first payload is aligned, so its header is not: what lies before that is lost, but for a piece right behind the
// last one, at whose end that much was left.
void Heap::add(Piece piece) {
    auto start = reinterpret_cast<std::uintptr_t>(piece.start);
    const std::uintptr_t end = (start + piece.size + header) / step * step - header;
    start = start == end_ + header ? end_ : (start + header + step - 1) / step * step - header;
    if (start + step > end) return;
    end_ = end;
    auto* block = reinterpret_cast<Block*>(start);
    block->size = end - start;
    put(block);
}

// Links a block in at its place, and makes one of it and what it touches.
bool Heap::put(Block* block) {
    Block* below = nullptr;
    Block* above = free_;
    for (; above != nullptr && above < block; above = above->next) below = above;
    const bool overlaps = above == block || (below != nullptr && end_of(below) > reinterpret_cast<char*>(block)) ||
                          (above != nullptr && end_of(block) > reinterpret_cast<char*>(above));
    if (overlaps) return false;
    block->next = above;
    if (above != nullptr && end_of(block) == reinterpret_cast<char*>(above)) {
        block->size += above->size;
        block->next = above->next;
    }
    if (below == nullptr) {
        free_ = block;
    } else if (end_of(below) == reinterpret_cast<char*>(block)) {
        below->size += block->size;
        below->next = block->next;
    } else {
        below->next = block;
    }
    return true;
}

// The low end of a free block is taken, so that what stays lies low.
void* Heap::cut(Block** link, std::size_t wanted) {
    Block* const block = *link;
    if (block->size - wanted >= step) {
        auto* const rest = reinterpret_cast<Block*>(reinterpret_cast<char*>(block) + wanted);
        rest->size = block->size - wanted;
        rest->next = block->next;
        *link = rest;
        block->size = wanted;
    } else {
        *link = block->next;
    }
    return reinterpret_cast<char*>(block) + header;
}

void* Heap::take(std::size_t size) {
    if (size > PTRDIFF_MAX) return nullptr;
    const std::size_t wanted = (size + header + step - 1) / step * step;
    for (int attempt = 0; attempt < 2; ++attempt) {
        for (Block** link = &free_; *link != nullptr; link = &(*link)->next)
            if ((*link)->size >= wanted) return cut(link, wanted);
        const Piece piece = attempt == 0 ? more_(wanted + 2 * step) : Piece{};
        if (piece.start == nullptr) return nullptr;
        add(piece);
    }
    return nullptr;
}

// A longer block, what is before the aligned payload given back.
void* Heap::take_aligned(std::size_t alignment, std::size_t size) {
    if (alignment <= step) return take(size);
    if (size > PTRDIFF_MAX - alignment) return nullptr;
    void* const memory = take(size + alignment);
    if (memory == nullptr) return nullptr;
    const auto start = reinterpret_cast<std::uintptr_t>(memory);
    const std::uintptr_t before = (alignment - start % alignment) % alignment;
    if (before == 0) return memory;
    Block* const low = block_of(memory);
    auto* const high = reinterpret_cast<Block*>(reinterpret_cast<char*>(low) + before);
    high->size = low->size - before;
    low->size = before;
    put(low);
    return reinterpret_cast<char*>(high) + header;
}

bool Heap::give(void* memory) {
    return memory == nullptr || put(block_of(memory));
}

std::size_t Heap::room(const void* memory) const {
    return block_of(const_cast<void*>(memory))->size - header;
}

void Heap::trim() const {
    for (Block* block = free_; block != nullptr; block = block->next) {
        const std::uintptr_t start = (reinterpret_cast<std::uintptr_t>(block + 1) + page - 1) / page * page;
        const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(end_of(block)) / page * page;
        if (start < end) release_(reinterpret_cast<void*>(start), end - start);
    }
}

}  // namespace init
