#include "conf/inittab.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace conf {
namespace {

constexpr std::array<std::string_view, 11> actions = {"off",       "respawn",     "ondemand", "once",
                                                      "wait",      "boot",        "bootwait", "powerfail",
                                                      "powerwait", "initdefault", "sysinit"};
constexpr std::string_view level_names = "0123456sabc";
constexpr unsigned numeric_levels = 0x7f;
constexpr unsigned single_user = 0x80;
constexpr std::string_view prefix = "exec ";

enum class Field : std::uint8_t { id, levels, action, process, comment, lost };

// The bit of a level's letter; q and Q are letters without a bit; -1: no level.
int level_bit(char letter) {
    if (letter == 'q' || letter == 'Q') return 0;
    const std::size_t at = level_names.find(letter == 'S' ? 's' : letter);
    return at == std::string_view::npos ? -1 : 1 << at;
}

std::string level_text(unsigned mask) {
    std::string text;
    for (std::size_t at = 0; at < level_names.size(); ++at)
        if ((mask & (1U << at)) != 0) text += level_names[at];
    return text;
}

bool is_digit_or_end(const std::string& id, std::size_t at) {
    return at >= id.size() || id[at] == '\0' || (id[at] >= '0' && id[at] <= '9');
}

// A missing action: respawn where the id is a number. The first character must be a digit, the others may be missing.
InitAction default_action(const std::string& id) {
    const bool number = id[0] != '\0' && is_digit_or_end(id, 0) && is_digit_or_end(id, 1) && is_digit_or_end(id, 2) &&
                        is_digit_or_end(id, 3);
    return number ? InitAction::respawn : InitAction::off;
}

bool allowed_in_single_user(InitAction action) {
    return action == InitAction::initdefault || action == InitAction::powerfail || action == InitAction::powerwait ||
           action == InitAction::wait;
}

// init has one buffer for every line and every field of it. What a line without an end of its own leaves in it is what
// an earlier one wrote there, so the buffer is kept here, too; bytes that nobody wrote count as 0.
class Buffer {
public:
    void clear() { size_ = 0; }
    void put_prefix() {
        std::memcpy(bytes_.data(), prefix.data(), prefix.size());
        bytes_[prefix.size()] = '\0';
        start_command();
    }
    void start_command() { size_ = prefix.size(); }
    bool put(char c) {
        if (size_ >= bytes_.size() - 1) return false;
        bytes_[size_++] = c;
        return true;
    }
    void terminate() { bytes_[size_] = '\0'; }
    std::size_t size() const { return size_; }
    std::string_view field() const { return {bytes_.data(), size_}; }
    std::string_view c_string() const { return {bytes_.data(), std::strlen(bytes_.data())}; }

private:
    std::array<char, 512> bytes_{};  // one more than it is filled to: the last byte stays 0
    std::size_t size_ = 0;
};

class Parser {
public:
    explicit Parser(std::string_view bytes) : bytes_(bytes) {}
    Inittab run();

private:
    bool read_line();  // false: the end of the file came before its newline
    bool in_fields() const { return field_ != Field::process && field_ != Field::lost; }
    void lose(Drop why);
    void end_field();
    void end_id();
    void end_levels();
    void end_action();
    void store(std::size_t start, std::size_t first_line, bool ended);
    void store_entry(std::size_t first_line);

    std::string_view bytes_;
    std::size_t at_ = 0;
    std::size_t newlines_ = 0;
    Buffer buffer_;
    Field field_ = Field::id;
    Drop drop_ = Drop::none;
    std::string id_;
    unsigned levels_ = 0;
    InitAction action_ = InitAction::off;
    Inittab out_;
};

void Parser::lose(Drop why) {
    if (field_ != Field::lost) drop_ = why;
    field_ = Field::lost;
}

void Parser::end_id() {
    if (buffer_.size() < 1) return lose(Drop::no_id);
    if (buffer_.size() > 4) return lose(Drop::long_id);
    id_ = buffer_.field();
    buffer_.clear();
    field_ = Field::levels;
}

void Parser::end_levels() {
    levels_ = 0;
    for (const char letter : buffer_.field()) {
        const int bit = level_bit(letter);
        if (bit < 0) return lose(Drop::level);
        levels_ |= static_cast<unsigned>(bit);
    }
    buffer_.clear();
    field_ = Field::action;
}

// The name is compared as a C string, so a NUL ends it. An action that is not written is not held against level s.
void Parser::end_action() {
    if (buffer_.size() == 0) {
        action_ = default_action(id_);
    } else {
        buffer_.terminate();
        const auto* found = std::find(actions.begin(), actions.end(), buffer_.c_string());
        action_ = static_cast<InitAction>(found - actions.begin());
        if (found == actions.end())
            lose(Drop::action);
        else if ((levels_ & single_user) != 0 && !allowed_in_single_user(action_))
            lose(Drop::single_user);
    }
    if (field_ == Field::lost) return buffer_.start_command();
    buffer_.put_prefix();
    field_ = Field::process;
}

void Parser::end_field() {
    if (field_ == Field::id) return end_id();
    if (field_ == Field::levels) return end_levels();
    end_action();
}

// A backslash takes the newline after it, but not where a backslash stands before that; both stay in the text.
bool Parser::read_line() {
    char last = '\0';
    buffer_.clear();
    field_ = Field::id;
    drop_ = Drop::none;
    while (at_ < bytes_.size()) {
        char c = bytes_[at_++];
        if (c == '\n') ++newlines_;
        const char before = std::exchange(last, c);
        if (in_fields()) {
            if (field_ == Field::comment) {
                if (c == '\n') return true;
                continue;
            }
            if (c == ' ' || c == '\t') continue;
            if (field_ == Field::id && c == '#' && buffer_.size() == 0) {
                field_ = Field::comment;
                continue;
            }
            if (c == ':') {
                end_field();
                continue;
            }
        }
        if (c == '\n' && before != '\\') {
            buffer_.terminate();
            return true;
        }
        if (!buffer_.put(c)) lose(Drop::too_long);
        if (c == '\\' && before == '\\') last = '\0';
    }
    return false;
}

void Parser::store_entry(std::size_t first_line) {
    while (!id_.empty() && id_.back() == '\0') id_.pop_back();  // compared as four bytes, the missing ones 0
    std::string process;
    if (buffer_.size() != prefix.size()) {
        process = buffer_.c_string().substr(prefix.size());
        if (process.empty()) process = " ";  // a NUL first: sh gets "exec " and not, as without any, ""
    }
    out_.entries.push_back(
        {id_, level_text(levels_ == 0 ? numeric_levels : levels_), action_, std::move(process), first_line});
}

void Parser::store(std::size_t start, std::size_t first_line, bool ended) {
    InittabLine line{first_line, start, at_ - start, LineFate::dropped, drop_, 0, {}};
    if (field_ == Field::process) {
        line.fate = LineFate::entry;
        line.entry = out_.entries.size();
        store_entry(first_line);
        if (out_.entries.back().id == "smf") {
            line.fate = LineFate::smf;
            out_.smf = line.entry;
        }
    } else if (field_ == Field::comment) {
        line.fate = LineFate::comment;
    } else if (field_ == Field::id && buffer_.size() == 0) {
        line.fate = LineFate::blank;
    } else if (field_ != Field::lost) {
        line.drop = Drop::missing_field;
    }
    out_.lines.push_back(std::move(line));
    out_.ended = ended;
}

Inittab Parser::run() {
    while (at_ < bytes_.size()) {
        const std::size_t start = at_;
        const std::size_t first_line = newlines_ + 1;
        const bool ended = read_line();
        store(start, first_line, ended);
    }
    return std::move(out_);
}

// init looks at the size first, and then not at the rest.
void forget_tiny(Inittab& inittab) {
    inittab.entries.clear();
    inittab.smf = no_entry;
    for (InittabLine& line : inittab.lines) {
        line.fate = LineFate::dropped;
        line.drop = Drop::tiny_file;
        line.entry = 0;
    }
}

}  // namespace

std::string_view action_name(InitAction action) {
    return actions[static_cast<std::size_t>(action)];
}

Inittab parse_inittab(std::string_view bytes) {
    Inittab inittab = Parser(bytes).run();
    if (bytes.size() < smallest_inittab) forget_tiny(inittab);
    explain(inittab);
    return inittab;
}

const InittabEntry* started_entry(const Inittab& inittab) {
    if (inittab.smf == no_entry) return nullptr;
    const InittabEntry& entry = inittab.entries[inittab.smf];
    return entry.process.empty() || prefix.size() + entry.process.size() > longest_smf ? nullptr : &entry;
}

}  // namespace conf
