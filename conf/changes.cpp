#include "conf/changes.hpp"

#include <utility>

#include "conf/document.hpp"
#include "conf/writer.hpp"

namespace conf {
namespace {

// From when a change counts.
enum Since : std::size_t { at_once, next_start, next_boot };
constexpr const char* since_words[] = {"from now on", "from the next start of the application (mvinit restart)",
                                       "from the next boot"};

// Sections and keys, each with blanks around it. The rest of [app] is the next start's, all else the machine's.
constexpr std::string_view from_now_on =
    " app.restart app.backoff app.max_backoff app.reset_after app.max_restarts app.restart_window app.stop_signal "
    "app.stop_timeout app.success_exit_codes hook ready health watchdog.app end.success end.failure "
    "rescue.on_app_failure console.level log.kmsg control ";

Since since_of(std::string_view section, std::string_view key) {
    Writer all;
    all << " " << section << " ";
    Writer one;
    one << " " << section << "." << key << " ";
    const bool now =
        from_now_on.find(all.text) != std::string_view::npos || from_now_on.find(one.text) != std::string_view::npos;
    if (now) return at_once;
    return section == "app" ? next_start : next_boot;
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
    void add(const Node& section, std::string_view word, bool list) {
        const Since since = since_of(section.key, list ? "" : word);
        Writer& line = lines_[since];
        const bool again = section_[since] == section.key;
        if (again && (word.empty() || word == last_[since])) return;
        if (!again)
            line << (line.text.empty() ? "" : "; ") << (list ? "[[" : "[") << section.key << (list ? "]]" : "]");
        if (!word.empty()) line << (again ? ", " : " ") << word;
        section_[since] = section.key;
        last_[since] = word;
    }
    std::string text() {
        Writer all;
        for (std::size_t i = 0; i < 3; ++i)
            if (!lines_[i].text.empty())
                all << (all.text.empty() ? "" : "\n") << lines_[i].text << ": " << since_words[i];
        return std::move(all.text);
    }

private:
    Writer lines_[3];
    std::string_view section_[3];
    std::string_view last_[3];
};

// What of one is not in other, which may not be there: elements of a list, or keys. Keys that are in both are told of
// once, where changed says so.
void add_missing(Lines& lines, const Node& one, const Node* other, bool changed) {
    const bool list = one.kind == Kind::array;
    for (const Node& item : one.items) {
        const Node* there = list ? nullptr : find(other, item.key);
        for (std::size_t i = 0; list && other != nullptr && i < other->items.size() && there == nullptr; ++i)
            if (same(&item, &other->items[i])) there = &other->items[i];
        if (there == nullptr || (changed && !same(&item, there)))
            lines.add(one, list ? name_of(item) : std::string_view(item.key), list);
    }
}

// over: the platform's own tables, whose lists are instead of these.
void add_sections(Lines& lines, const Node* before, const Node* after, const Node* over) {
    const auto hidden = [over](const Node& section) {
        return section.kind == Kind::array && find(over, section.key) != nullptr;
    };
    if (after != nullptr)
        for (const Node& section : after->items) {
            const Node* old = find(before, section.key);
            if (hidden(section) || section.key == "platform" || same(old, &section)) continue;
            add_missing(lines, section, old, true);
            if (old != nullptr) add_missing(lines, *old, &section, false);
            if (section.kind == Kind::array) lines.add(section, "", true);  // or the same ones in another order
        }
    if (before != nullptr)
        for (const Node& section : before->items)
            if (section.key != "platform" && find(after, section.key) == nullptr && !hidden(section))
                add_missing(lines, section, nullptr, false);
}

void read(std::string_view text, Node& root) {
    Diagnostics errors;
    read_document(text, "", root, errors);
}

const Node* overlay_of(const Node& root, Platform platform) {
    return find(find(&root, "platform"), platform == Platform::illumos ? "illumos" : "linux");
}

}  // namespace

std::string changes_text(std::string_view before, std::string_view after, Platform platform) {
    Node old;
    Node fresh;
    read(before, old);
    read(after, fresh);
    Lines lines;
    const Node* over = overlay_of(fresh, platform);
    add_sections(lines, &old, &fresh, over);
    add_sections(lines, overlay_of(old, platform), over, nullptr);
    return lines.text();
}

}  // namespace conf
