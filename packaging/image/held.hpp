// The bytes of a file in an archive, as long as the archive is looked at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace image {

class Held {
public:
    explicit Held(std::string bytes = {}) : text_(std::move(bytes)) {}
    // So many zeros, which take memory only where something else is put. Throws Failure, of the file called name, where
    // there is no room for their addresses.
    Held(std::size_t size, const std::string& name);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    // Of one made of zeros. Pieces of zeros stay what they are.
    void put(std::size_t at, std::string_view piece);
    // Of one made of a text.
    void assign(std::string_view bytes) { text_ = bytes; }
    std::string_view view() const { return map_ == nullptr ? std::string_view(text_) : std::string_view(map_, size_); }

private:
    std::string text_;
    char* map_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace image
