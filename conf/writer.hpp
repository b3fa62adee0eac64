// Puts texts together piece by piece. None of it is inlined: a page of messages would else be mostly the code of
// std::string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace conf {

class Writer {
public:
    [[gnu::noinline]] Writer& operator<<(const char* piece);
    [[gnu::noinline]] Writer& operator<<(std::string_view piece);
    [[gnu::noinline]] Writer& operator<<(const std::string& piece);
    [[gnu::noinline]] Writer& operator<<(std::int64_t number);
    Writer& operator<<(int number) { return *this << std::int64_t{number}; }
    Writer& operator<<(std::size_t number) { return *this << static_cast<std::int64_t>(number); }
    Writer& operator<<(char) = delete;
    // As the inside of a JSON string. Of what is no UTF-8, bytes above 127 are the characters of that number, so that
    // any bytes go in.
    [[gnu::noinline]] Writer& escape(std::string_view piece);

    std::string text;
};

}  // namespace conf
