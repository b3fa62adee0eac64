#include "packaging/image/progress.hpp"

#include <cstdio>
#include <utility>

#include "packaging/image/size_text.hpp"

namespace image {

Progress::Progress(std::string work, std::uint64_t total)
    : work_(std::move(work)), total_(total), said_(std::chrono::steady_clock::now()) {}

void Progress::add(std::uint64_t bytes) {
    done_ += bytes;
    const auto now = std::chrono::steady_clock::now();
    if (now - said_ < std::chrono::seconds(1)) return;
    said_ = now;
    const std::string of = total_ == 0 ? "" : " of " + size_text(total_);
    std::fprintf(stderr, "mvimage: %s: %s%s\n", work_.c_str(), size_text(done_).c_str(), of.c_str());
}

}  // namespace image
