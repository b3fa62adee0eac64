#include "packaging/image/held.hpp"

#include <algorithm>
#include <sys/mman.h>

#include "packaging/image/failure.hpp"
#include "packaging/image/size_text.hpp"

namespace image {

Held::Held(std::size_t size, const std::string& name) : size_(size) {
    if (size == 0) return;
    void* map = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        fail_errno("read", name + ", " + size_text(size),
                   "raise the limits of memory (ulimit -v), or use a larger host");
    map_ = static_cast<char*>(map);
}

Held::~Held() {
    if (map_ != nullptr) ::munmap(map_, size_);
}

void Held::put(std::size_t at, std::string_view piece) {
    if (piece.find_first_not_of('\0') != std::string_view::npos) std::copy(piece.begin(), piece.end(), map_ + at);
}

}  // namespace image
