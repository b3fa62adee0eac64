// Texts put together at one place: a chain of + is inlined wherever it stands, which a small program notices.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace plumb {

// A string_view that is smaller to make of a std::string where many are made: by a call.
struct Word : std::string_view {
    Word(const char* text) : std::string_view(text) {}
    Word(std::string_view text) : std::string_view(text) {}
    Word(const std::string& text);
};
using Words = std::initializer_list<Word>;

std::string concat(Words parts);
void append(std::string& text, Words parts);

// text with each % replaced by the next of words: smaller where it is called than a list of all the parts.
std::string fill(const char* text, Words words);

}  // namespace plumb
