#include "plumb/concat.hpp"

namespace plumb {

[[gnu::noinline]] Word::Word(const std::string& text) : std::string_view(text) {}

void append(std::string& text, Words parts) {
    for (const auto& part : parts) text += part;
}

std::string concat(Words parts) {
    std::string text;
    append(text, parts);
    return text;
}

std::string fill(const char* text, Words words) {
    std::string out;
    const auto* word = words.begin();
    for (; *text != '\0'; ++text) {
        if (*text == '%' && word != words.end())
            out += *word++;
        else
            out += *text;
    }
    return out;
}

}  // namespace plumb
