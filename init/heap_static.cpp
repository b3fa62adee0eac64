// malloc and its kin over our own heap, in the place of musl's, which has no say then. Only where CMake says so.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <utility>

#include "init/heap.hpp"
#include "plumb/memory.hpp"

namespace {

// Enough for booting with a usual configuration. Pages that nobody has touched are not there. The linker script puts it
// behind all else that is written to, so that it begins in a page that is there anyway.
[[gnu::section(".sbss.heap")]] alignas(16) unsigned char first_piece[std::size_t{64} * 1024];

init::Heap::Piece more(std::size_t size) {
    static bool begun = false;
    if (!std::exchange(begun, true) && size <= sizeof first_piece) return {first_piece, sizeof first_piece};
    const plumb::Memory got = plumb::more_memory(size < sizeof first_piece ? sizeof first_piece : size);
    return {got.start, got.size};
}

constinit init::Heap heap(more, plumb::release_memory);

void* or_error(void* memory) {
    if (memory == nullptr) errno = ENOMEM;
    return memory;
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc's names are reserved ones
extern "C" {

void* malloc(std::size_t size) {
    return or_error(heap.take(size));
}

void free(void* memory) {
    if (heap.give(memory)) return;
    constexpr char text[] = "mvinit: fatal: memory was given back twice\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) std::abort();
    std::abort();
}

void* calloc(std::size_t count, std::size_t size) {
    std::size_t bytes = 0;
    void* const memory = __builtin_mul_overflow(count, size, &bytes) ? or_error(nullptr) : malloc(bytes);
    return memory == nullptr ? nullptr : std::memset(memory, 0, bytes);
}

void* realloc(void* old, std::size_t size) {
    if (old == nullptr) return malloc(size);
    const std::size_t room = heap.room(old);
    if (size <= room) return old;
    void* const memory = malloc(size);
    if (memory == nullptr) return nullptr;
    std::memcpy(memory, old, room);
    free(old);
    return memory;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return or_error(heap.take_aligned(alignment, size));
}

void* memalign(std::size_t alignment, std::size_t size) {
    return aligned_alloc(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    *memory = heap.take_aligned(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}

std::size_t malloc_usable_size(void* memory) {
    return memory == nullptr ? 0 : heap.room(memory);
}
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

namespace init {
void trim_heap() {
    heap.trim();
}
}  // namespace init
