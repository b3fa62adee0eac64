#include "conf/writer.hpp"

#include "conf/diagnostic.hpp"

namespace conf {
namespace {

// As far as the lengths of characters go.
bool is_utf8(std::string_view text) {
    int following = 0;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        const bool continues = (byte & 0xc0) == 0x80;
        if (continues != (following > 0) || byte >= 0xf8 || byte == 0xc0 || byte == 0xc1) return false;
        following = continues ? following - 1 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    }
    return following == 0;
}

}  // namespace

Writer& Writer::operator<<(const char* piece) {
    text += piece;
    return *this;
}

Writer& Writer::operator<<(std::string_view piece) {
    text += piece;
    return *this;
}

Writer& Writer::operator<<(const std::string& piece) {
    text += piece;
    return *this;
}

Writer& Writer::operator<<(std::int64_t number) {
    text += std::to_string(number);
    return *this;
}

Writer& Writer::escape(std::string_view piece) {
    const std::string escaped = json_escape(piece);
    if (is_utf8(piece)) return *this << escaped;
    for (const char each : escaped) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte >= 0x80) text += static_cast<char>(0xc0 | byte >> 6);
        text += byte >= 0x80 ? static_cast<char>(0x80 | (byte & 0x3f)) : each;
    }
    return *this;
}

}  // namespace conf
