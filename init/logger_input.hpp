// One of the pipes that a logger reads: bytes read, and those of a line that has not ended yet.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "init/logger.hpp"

namespace init {

// Those of a line that has not ended yet stay at the front.
class Input {
public:
    static constexpr std::size_t read_size = 65536;

    explicit Input(const LoggerInput& from) : from_(from), over_(from.descriptor < 0) {}
    int descriptor() const { return from_.descriptor; }
    Stream stream() const { return from_.stream; }
    bool over() const { return over_; }
    void set_over() { over_ = true; }
    std::string_view held() const { return {data_, held_}; }
    void drop(std::size_t count) {
        held_ -= count;
        if (held_ != 0) std::memmove(data_, data_ + count, held_);
    }

    // Bytes that came, 0: none.
    std::size_t read() {
        if (data_ == nullptr) {
            void* const got = mmap(nullptr, read_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (got == MAP_FAILED) return 0;
            data_ = static_cast<char*>(got);
        }
        const ssize_t count = ::read(from_.descriptor, data_ + held_, read_size - held_);
        if (count == 0) over_ = true;
        if (count <= 0) return 0;
        held_ += static_cast<std::size_t>(count);
        return static_cast<std::size_t>(count);
    }

    void give_memory_back() {
        if (data_ == nullptr || held_ != 0) return;
        munmap(data_, read_size);
        data_ = nullptr;
    }

private:
    const LoggerInput& from_;
    char* data_ = nullptr;
    std::size_t held_ = 0;
    bool over_;
};

}  // namespace init
