#include "conf/writer.hpp"

#include "conf/diagnostic.hpp"

namespace conf {

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
    for (const char each : json_escape(piece)) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte >= 0x80) text += static_cast<char>(0xc0 | byte >> 6);
        text += byte >= 0x80 ? static_cast<char>(0x80 | (byte & 0x3f)) : each;
    }
    return *this;
}

}  // namespace conf
