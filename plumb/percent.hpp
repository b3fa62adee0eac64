// "%41" as it stands in requests, without a heap.
#pragma once

namespace plumb {

[[gnu::always_inline]] inline unsigned hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    const char small = static_cast<char>(digit | 0x20);
    return small >= 'a' && small <= 'f' ? static_cast<unsigned>(small - 'a') + 10 : 16;
}

// Each %XX of text, which ends with a zero, in place.
[[gnu::always_inline]] inline void decode_percent(char* text) {
    char* to = text;
    for (const char* from = text; *from != 0; ++from) {
        unsigned value = static_cast<unsigned char>(*from);
        if (value == '%' && hex_value(from[1]) < 16 && hex_value(from[2]) < 16) {
            value = hex_value(from[1]) * 16 + hex_value(from[2]);
            from += 2;
        }
        *to++ = static_cast<char>(value);
    }
    *to = 0;
}

}  // namespace plumb
