// Is a text one JSON value (RFC 8259)? Only as strict as a test of our own output needs: no escape is let through
// that a parser would refuse.
#pragma once

#include <string_view>

namespace tests {

class JsonCheck {
public:
    explicit JsonCheck(std::string_view text) : rest_(text) {}

    bool whole() {
        const bool good = value();
        blanks();
        return good && rest_.empty();
    }

private:
    void blanks() {
        while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
            rest_.remove_prefix(1);
    }

    bool eat(std::string_view text) {
        blanks();
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    bool value() {
        if (eat("{")) return sequence("}", true);
        if (eat("[")) return sequence("]", false);
        blanks();
        if (rest_.starts_with('"')) return string();
        return eat("true") || eat("false") || eat("null") || number();
    }

    bool sequence(std::string_view end, bool keys) {
        if (eat(end)) return true;
        do {
            if (keys && !(string() && eat(":"))) return false;
            if (!value()) return false;
        } while (eat(","));
        return eat(end);
    }

    bool string() {
        if (!eat("\"")) return false;
        while (!rest_.empty()) {
            const auto c = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            if (c == '"') return true;
            if (c < 0x20) return false;
            if (c == '\\' && !escape()) return false;
        }
        return false;
    }

    bool escape() {
        if (rest_.empty()) return false;
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        if (rest_.size() < 4) return false;
        const bool good = rest_.substr(0, 4).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
        rest_.remove_prefix(4);
        return good;
    }

    bool number() {
        const auto length = rest_.find_first_not_of("0123456789");
        if (length == 0 || rest_.empty()) return false;
        rest_.remove_prefix(length == std::string_view::npos ? rest_.size() : length);
        return true;
    }

    std::string_view rest_;
};

inline bool is_json(std::string_view text) {
    return JsonCheck(text).whole();
}

}  // namespace tests
