// How far a long piece of work is: a line on standard error each second, none where it takes less.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace image {

class Progress {
public:
    // work: "packing"; total: bytes of it, 0: unknown. Nothing is told of bytes where none are added.
    Progress(std::string work, std::uint64_t total);
    void add(std::uint64_t bytes);
    void reach(std::uint64_t bytes);  // of all of it

private:
    std::string work_;
    std::uint64_t total_;
    std::uint64_t done_ = 0;
    std::chrono::steady_clock::time_point said_;
};

}  // namespace image
