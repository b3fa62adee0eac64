// Between the fault handler and the minimal loop of illumos: calls that a signal handler may make, and no heap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace plumb::bare {

// A line of text; what does not fit is left out.
class Line {
public:
    Line& put(std::string_view more);
    Line& put(std::uint64_t number, unsigned base = 10);
    Line& put_error(int number);  // "ENOENT (2)"
    std::string_view text() const { return {text_.data(), size_}; }
    void say();  // on the console, unless that would block

private:
    std::array<char, 512> text_{};
    std::size_t size_ = 0;
};

void forget_faults();

// For who is asked for by a client of last_resort.listener.
void answer_clients();

}  // namespace plumb::bare
