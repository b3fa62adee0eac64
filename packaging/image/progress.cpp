#include "packaging/image/progress.hpp"

#include <cstdio>
#include <utility>

#include "packaging/image/size_text.hpp"

namespace image {

Progress::Progress(std::string work, std::uint64_t total)
    : work_(std::move(work)), total_(total), said_(std::chrono::steady_clock::now()) {}

void Progress::add(std::uint64_t bytes) {
    reach(done_ + bytes);
}

void Progress::reach(std::uint64_t bytes) {
    done_ = bytes;
    const auto now = std::chrono::steady_clock::now();
    if (now - said_ < std::chrono::seconds(1)) return;
    said_ = now;
    std::string text = "mvimage: " + work_;
    if (done_ != 0) text += ": " + size_text(done_) + (total_ == 0 ? "" : " of " + size_text(total_));
    std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace image
