#include "plumb/facts.hpp"

#include <algorithm>

#include "conf/address.hpp"
#include "plumb/concat.hpp"
#include "plumb/facts_fields.hpp"

namespace plumb {

namespace {

using namespace facts_file;

constexpr std::string_view blanks = " \t\r";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Reads one line after the other; column() needs the views to point into the line.
class Reader {
public:
    Reader(std::string_view file, ParsedFacts& out) : file_(file), out_(out) {}

    void line(std::string_view text) {
        ++number_;
        line_ = text;
        const auto content = trim(text);
        if (content.empty() || content.front() == '#') return;
        const auto equals = content.find('=');
        if (equals == std::string_view::npos) {
            error(content, "expected 'key = value'");
            return;
        }
        const auto key = trim(content.substr(0, equals));
        const auto value = trim(content.substr(equals + 1));
        if (const auto index = index_of(key); index < fields.size())
            assign(index, key, value);
        else
            unknown(key);
    }

    // What follows from start where the text does not say it itself.
    void finish() {
        const auto given = [&](std::string_view key) {
            const std::size_t n = index_of(key);
            return n < fields.size() && seen_[n];
        };
        Facts& facts = out_.facts;
        if (!given("start")) return;
        if (!given("pid1")) facts.pid1 = facts.start == Start::kernel || facts.start == Start::zone_init;
        if (!given("owns_kernel")) facts.owns_kernel = facts.start == Start::kernel;
    }

private:
    // Each % of text is replaced by the next of words.
    void error(std::string_view at, const char* text, Words words = {}) {
        auto& diagnostic = out_.diagnostics.emplace_back();
        diagnostic.file = file_;
        diagnostic.line = number_;
        diagnostic.column = static_cast<std::uint32_t>(at.data() - line_.data()) + 1;
        diagnostic.message = fill(text, words);
    }

    // fields.size(): there is none.
    static std::size_t index_of(std::string_view key) {
        std::size_t n = 0;
        while (n < fields.size() && key != fields[n].key) ++n;
        return n;
    }

    void unknown(std::string_view key) {
        std::vector<std::string_view> keys;
        keys.reserve(fields.size());
        for (const auto& field : fields) keys.emplace_back(field.key);
        error(key.empty() ? line_ : key, "unknown fact '%'%", {key, conf::did_you_mean(key, keys)});
    }

    void assign(std::size_t index, std::string_view key, std::string_view value) {
        const Field& field = fields[index];
        if (value.empty()) {
            error(key, "'%' has no value", {key});
            return;
        }
        if (field.kind == Kind::list) {
            (out_.facts.*field.list).emplace_back(value);
        } else if (field.kind == Kind::nic) {
            nic(value);
        } else if (field.kind == Kind::allowed) {
            allowed(value);
        } else if (seen_[index]) {
            error(key, "'%' is given twice", {key});
        } else {
            seen_[index] = true;
            scalar(field, value);
        }
    }

    void scalar(const Field& field, std::string_view value) {
        Facts& facts = out_.facts;
        std::size_t n = 0;
        if (field.kind == Kind::text) {
            facts.*field.text = value;
        } else if (field.kind == Kind::flag) {
            if (find_choice(value, booleans, n)) facts.*field.flag = n == 1;
        } else if (find_choice(value, field.choice->words, n)) {
            field.choice->choose(facts, n);
            if (field.choice == &platform) out_.platform_given = true;
        }
    }

    // The index of value among choices, or an error.
    bool find_choice(std::string_view value, std::span<const std::string_view> choices, std::size_t& index) {
        for (index = 0; index < choices.size(); ++index)
            if (choices[index] == value) return true;
        const bool two = choices.size() == 2;
        std::string list;
        for (std::size_t n = 0; n < choices.size(); ++n) {
            if (n > 0) list += n + 1 < choices.size() ? ", " : two ? " nor " : " and ";
            list += choices[n];
        }
        error(value, two ? "'%' is neither %%" : "'%' is none of %%",
              {value, list, conf::did_you_mean(value, {choices.begin(), choices.end()})});
        return false;
    }

    // The next word of value, "" at its end.
    static std::string_view take_word(std::string_view& value) {
        const auto word = value.substr(0, value.find_first_of(blanks));
        value = trim(value.substr(word.size()));
        return word;
    }

    // "e1000g0 driver=e1000g mac=52:54:00:12:34:56"
    void nic(std::string_view value) {
        Nic nic;
        while (!value.empty()) {
            const auto word = take_word(value);
            const auto equals = word.find('=');
            if (equals == std::string_view::npos && nic.name.empty()) {
                nic.name = word;
            } else if (word.starts_with("driver=")) {
                nic.driver = word.substr(equals + 1);
            } else if (word.starts_with("mac=")) {
                nic.mac = word.substr(equals + 1);
            } else {
                error(word, "expected 'nic = NAME driver=DRIVER mac=ADDRESS', found '%'", {word});
                return;
            }
        }
        out_.facts.nics.push_back(std::move(nic));
    }

    // "net0 10.0.0.5/24 gateway=10.0.0.1"; "-" for a link of unknown name
    void allowed(std::string_view value) {
        AllowedAddress one;
        const std::string_view all = value;
        one.nic = take_word(value);
        if (one.nic == "-") one.nic.clear();
        const auto address = take_word(value);
        const auto gateway = take_word(value);
        const auto parsed = conf::parse_address(address);
        bool good = parsed && parsed->prefix >= 0 && value.empty();
        if (!gateway.empty()) {
            good = good && gateway.starts_with("gateway=") && conf::parse_address(gateway.substr(8));
            if (good) one.gateway = gateway.substr(8);
        }
        if (!good) return error(all, "expected 'allowed_address = NIC ADDRESS/PREFIX [gateway=ADDRESS]'");
        one.address = address;
        out_.facts.allowed.push_back(std::move(one));
    }

    std::string_view file_;
    ParsedFacts& out_;
    std::string_view line_;
    std::uint32_t number_ = 0;
    std::array<bool, fields.size()> seen_{};
};

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool is_mounted(const Facts& facts, std::string_view path) {
    return contains(facts.mounted, path);
}

bool has_directory(const Facts& facts, std::string_view path) {
    return contains(facts.directories, path);
}

bool has_file(const Facts& facts, std::string_view path) {
    return contains(facts.files, path);
}

ParsedFacts parse_facts(std::string_view text, std::string_view file) {
    ParsedFacts out;
    Reader reader(file, out);
    while (!text.empty()) {
        const auto end = text.find('\n');
        reader.line(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    reader.finish();
    return out;
}

}  // namespace plumb
