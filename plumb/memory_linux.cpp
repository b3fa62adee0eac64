// brk(2), by the raw call: musl's sbrk(3) refuses to move it. Nobody else does, as the C library's heap is left out.
#include <cstdint>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plumb/memory.hpp"

namespace plumb {

Memory more_memory(std::size_t size) {
    constexpr std::uintptr_t page = 4096;
    static std::uintptr_t end = 0;
    if (end == 0) end = (static_cast<std::uintptr_t>(syscall(SYS_brk, 0)) + page - 1) / page * page;
    const std::uintptr_t wanted = end + (size + page - 1) / page * page;
    if (static_cast<std::uintptr_t>(syscall(SYS_brk, wanted)) < wanted) return {};
    const Memory memory{reinterpret_cast<void*>(end), wanted - end};
    end = wanted;
    return memory;
}

void release_memory(void* start, std::size_t size) {
    madvise(start, size, MADV_DONTNEED);
}

}  // namespace plumb
