#include "plumb/facts.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace plumb {

namespace {

using namespace std::string_view_literals;

enum class Kind : std::uint8_t { platform, role, boolean, text, list, nic };

// One row per key of the facts file. Only the member that belongs to kind is set.
struct Field {
    std::string_view key;
    Kind kind;
    bool Facts::*boolean = nullptr;
    std::string Facts::*text = nullptr;
    std::vector<std::string> Facts::*list = nullptr;
};

constexpr std::array fields{
    Field{"platform", Kind::platform},
    Field{"role", Kind::role},
    Field{"pid1", Kind::boolean, &Facts::pid1},
    Field{"owns_kernel", Kind::boolean, &Facts::owns_kernel},
    Field{"can_power_off", Kind::boolean, &Facts::can_power_off},
    Field{"power_off_why", Kind::text, nullptr, &Facts::power_off_why},
    Field{"kernel_release", Kind::text, nullptr, &Facts::kernel_release},
    Field{"architecture", Kind::text, nullptr, &Facts::architecture},
    Field{"kernel_command_line", Kind::text, nullptr, &Facts::kernel_command_line},
    Field{"root_source", Kind::text, nullptr, &Facts::root_source},
    Field{"root_type", Kind::text, nullptr, &Facts::root_type},
    Field{"root_writable", Kind::boolean, &Facts::root_writable},
    Field{"mounted", Kind::list, nullptr, nullptr, &Facts::mounted},
    Field{"directory", Kind::list, nullptr, nullptr, &Facts::directories},
    Field{"file", Kind::list, nullptr, nullptr, &Facts::files},
    Field{"nic", Kind::nic},
};

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
        if (const auto index = find_key(key)) assign(*index, key, value);
    }

private:
    void error(std::string_view at, std::string message) {
        const auto column = static_cast<std::uint32_t>(at.data() - line_.data()) + 1;
        out_.diagnostics.push_back({std::string(file_), number_, column, std::move(message), conf::Severity::error});
    }

    std::optional<std::size_t> find_key(std::string_view key) {
        const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
        if (found != fields.end()) return static_cast<std::size_t>(found - fields.begin());
        std::vector<std::string_view> keys;
        keys.reserve(fields.size());
        for (const auto& field : fields) keys.push_back(field.key);
        error(key.empty() ? line_ : key, "unknown fact '" + std::string(key) + "'" + conf::did_you_mean(key, keys));
        return std::nullopt;
    }

    void assign(std::size_t index, std::string_view key, std::string_view value) {
        const Field& field = fields[index];
        if (value.empty()) {
            error(key, "'" + std::string(key) + "' has no value");
            return;
        }
        if (field.kind == Kind::list) {
            (out_.facts.*field.list).emplace_back(value);
        } else if (field.kind == Kind::nic) {
            nic(value);
        } else if (seen_[index]) {
            error(key, "'" + std::string(key) + "' is given twice");
        } else {
            seen_[index] = true;
            scalar(field, value);
        }
    }

    void scalar(const Field& field, std::string_view value) {
        Facts& facts = out_.facts;
        if (field.kind == Kind::text) {
            facts.*field.text = value;
        } else if (field.kind == Kind::boolean) {
            if (const auto n = choose(value, {"false", "true"})) facts.*field.boolean = *n == 1;
        } else if (field.kind == Kind::platform) {
            if (const auto n = choose(value, {"linux", "illumos"}))
                facts.platform = *n == 0 ? conf::Platform::linux_os : conf::Platform::illumos;
        } else if (const auto n = choose(value, {"machine", "container"})) {
            facts.role = *n == 0 ? conf::Role::machine : conf::Role::container;
        }
    }

    std::optional<std::size_t> choose(std::string_view value, const std::vector<std::string_view>& choices) {
        for (std::size_t n = 0; n < choices.size(); ++n)
            if (choices[n] == value) return n;
        error(value, "'" + std::string(value) + "' is neither " + std::string(choices[0]) + " nor " +
                         std::string(choices[1]) + conf::did_you_mean(value, choices));
        return std::nullopt;
    }

    // "e1000g0 driver=e1000g mac=52:54:00:12:34:56"
    void nic(std::string_view value) {
        Nic nic;
        while (!value.empty()) {
            const auto word = value.substr(0, value.find_first_of(blanks));
            const auto equals = word.find('=');
            if (equals == std::string_view::npos && nic.name.empty()) {
                nic.name = word;
            } else if (word.starts_with("driver=")) {
                nic.driver = word.substr(equals + 1);
            } else if (word.starts_with("mac=")) {
                nic.mac = word.substr(equals + 1);
            } else {
                error(word, "expected 'nic = NAME driver=DRIVER mac=ADDRESS', found '" + std::string(word) + "'");
                return;
            }
            value = trim(value.substr(word.size()));
        }
        out_.facts.nics.push_back(std::move(nic));
    }

    std::string_view file_;
    ParsedFacts& out_;
    std::string_view line_;
    std::uint32_t number_ = 0;
    std::array<bool, fields.size()> seen_{};
};

void append(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out += key;
    out += " = ";
    out += value;
    out += '\n';
}

std::string nic_line(const Nic& nic) {
    std::string line = nic.name;
    if (!nic.driver.empty()) line += (line.empty() ? "driver=" : " driver=") + nic.driver;
    if (!nic.mac.empty()) line += (line.empty() ? "mac=" : " mac=") + nic.mac;
    return line;
}

void append(std::string& out, const Field& field, const Facts& facts) {
    switch (field.kind) {
        case Kind::platform:
            append(out, field.key, facts.platform == conf::Platform::illumos ? "illumos"sv : "linux"sv);
            break;
        case Kind::role:
            append(out, field.key, facts.role == conf::Role::container ? "container"sv : "machine"sv);
            break;
        case Kind::boolean:
            append(out, field.key, facts.*field.boolean ? "true"sv : "false"sv);
            break;
        case Kind::text:
            append(out, field.key, facts.*field.text);
            break;
        case Kind::list:
            for (const auto& value : facts.*field.list) append(out, field.key, value);
            break;
        case Kind::nic:
            for (const auto& nic : facts.nics) append(out, field.key, nic_line(nic));
            break;
    }
}

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

ParsedFacts parse_facts(std::string_view text, std::string_view file) {
    ParsedFacts out;
    Reader reader(file, out);
    while (!text.empty()) {
        const auto end = text.find('\n');
        reader.line(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return out;
}

std::string to_text(const Facts& facts) {
    std::string out;
    for (const auto& field : fields) append(out, field, facts);
    return out;
}

}  // namespace plumb
