#include "conf/changes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "conf/document.hpp"
#include "conf/writer.hpp"

namespace conf {
namespace {

// From when a change counts.
enum Since : std::size_t { at_once, next_start, next_boot };
constexpr std::array<const char*, 3> since_words{
    "from now on", "from the next start of the application (mvinit restart)", "from the next boot"};

struct Entry {
    std::string_view section;
    std::string_view key;  // "": all of them
    Since since;
};
// The first that fits; what is not in here is the machine's, and made once.
constexpr Entry entries[] = {
    {"app", "restart", at_once},
    {"app", "backoff", at_once},
    {"app", "max_backoff", at_once},
    {"app", "reset_after", at_once},
    {"app", "max_restarts", at_once},
    {"app", "restart_window", at_once},
    {"app", "stop_signal", at_once},
    {"app", "stop_timeout", at_once},
    {"app", "success_exit_codes", at_once},
    {"app", "", next_start},
    {"hook", "", at_once},
    {"ready", "", at_once},
    {"health", "", at_once},
    {"watchdog", "app", at_once},
    {"end", "boot_failure", next_boot},
    {"end", "", at_once},
    {"rescue", "command", at_once},
    {"rescue", "on_app_failure", at_once},
    {"console", "level", at_once},
    {"log", "kmsg", at_once},
};

Since since_of(std::string_view section, std::string_view key) {
    for (const Entry& entry : entries)
        if (entry.section == section && (entry.key.empty() || entry.key == key)) return entry.since;
    return next_boot;
}

bool same(const Node* one, const Node* other) {
    if (one == nullptr || other == nullptr) return one == other;
    if (one->kind != other->kind || one->text != other->text || one->number != other->number ||
        one->items.size() != other->items.size())
        return false;
    for (std::size_t i = 0; i < one->items.size(); ++i) {
        // A table's keys may stand in any order.
        const Node& item = one->items[i];
        if (!same(&item, one->kind == Kind::table ? find(other, item.key) : &other->items[i])) return false;
    }
    return true;
}

// As the readers do: what a platform's own table says goes over the rest, key by key; lists are replaced whole.
void lay_over(Node& to, Node& from) {
    for (Node& item : from.items) {
        const auto there =
            std::find_if(to.items.begin(), to.items.end(), [&item](const Node& each) { return each.key == item.key; });
        if (there == to.items.end())
            to.items.push_back(std::move(item));
        else if (there->kind == Kind::table && item.kind == Kind::table)
            lay_over(*there, item);
        else
            *there = std::move(item);
    }
}

Node read(std::string_view text, Platform platform) {
    Node root;
    Diagnostics errors;
    read_document(text, "", root, errors);
    const auto overlays =
        std::find_if(root.items.begin(), root.items.end(), [](const Node& each) { return each.key == "platform"; });
    if (overlays == root.items.end()) return root;
    Node all = std::move(*overlays);
    root.items.erase(overlays);
    for (Node& each : all.items)
        if (each.key == (platform == Platform::illumos ? "illumos" : "linux")) lay_over(root, each);
    return root;
}

// What an element of a list is called: by the first of these keys that it has.
std::string_view name_of(const Node& item) {
    for (const char* key : {"target", "name", "driver", "mac", "path", "to", "when"})
        if (const Node* found = find(&item, key)) return found->text;
    return "";
}

// The words for each time, as they are found.
class Lines {
public:
    // word "": the section alone.
    void add(Since since, std::string_view section, std::string_view word, bool list) {
        Writer& line = lines_[since];
        const bool again = section_[since] == section;
        if (again && (word.empty() || word == last_[since])) return;
        if (!again) line << (line.text.empty() ? "" : "; ") << (list ? "[[" : "[") << section << (list ? "]]" : "]");
        if (!word.empty()) line << (again ? ", " : " ") << word;
        section_[since] = section;
        last_[since] = word;
    }
    std::string text() {
        Writer all;
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (!lines_[i].text.empty())
                all << (all.text.empty() ? "" : "\n") << lines_[i].text << ": " << since_words[i];
        return std::move(all.text);
    }

private:
    std::array<Writer, 3> lines_;
    std::array<std::string_view, 3> section_;
    std::array<std::string_view, 3> last_;
};

// The elements of one that are not in other.
void add_elements(Lines& lines, std::string_view section, const Node* one, const Node* other) {
    if (one == nullptr) return;
    for (const Node& item : one->items) {
        const auto is_same = [&item](const Node& each) { return same(&item, &each); };
        const bool kept = other != nullptr && std::any_of(other->items.begin(), other->items.end(), is_same);
        if (!kept) lines.add(since_of(section, ""), section, name_of(item), true);
    }
}

void add_keys(Lines& lines, std::string_view section, const Node* before, const Node* after) {
    const auto add = [&](const std::string& key) { lines.add(since_of(section, key), section, key, false); };
    if (after != nullptr)
        for (const Node& item : after->items)
            if (!same(&item, find(before, item.key))) add(item.key);
    if (before != nullptr)
        for (const Node& item : before->items)
            if (find(after, item.key) == nullptr) add(item.key);
}

void add_section(Lines& lines, const std::string& section, const Node* before, const Node* after) {
    const bool list = (after != nullptr ? after : before)->kind == Kind::array;
    if (!list) return add_keys(lines, section, before, after);
    add_elements(lines, section, after, before);
    add_elements(lines, section, before, after);
    // The same ones in another order.
    if (!same(before, after)) lines.add(since_of(section, ""), section, "", true);
}

}  // namespace

std::string changes_text(std::string_view before, std::string_view after, Platform platform) {
    const Node old = read(before, platform);
    const Node fresh = read(after, platform);
    Lines lines;
    for (const Node& section : fresh.items) add_section(lines, section.key, find(&old, section.key), &section);
    for (const Node& section : old.items)
        if (find(&fresh, section.key) == nullptr) add_section(lines, section.key, &section, nullptr);
    return lines.text();
}

}  // namespace conf
