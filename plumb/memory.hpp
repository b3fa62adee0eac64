// Memory from the kernel, for the heap.
#pragma once

#include <cstddef>

namespace plumb {

struct Memory {
    void* start = nullptr;  // null: there is none
    std::size_t size = 0;
};

// At least size bytes, whole pages, zeroed, next to each other from one call to the next; never given back.
Memory more_memory(std::size_t size);

// The contents of these whole pages are needed no more; touched again they are zero.
void release_memory(void* start, std::size_t size);

}  // namespace plumb
