// A squashfs in a file, as unsquashfs of squashfs-tools tells it: in the form of "pseudo files", a line for each entry
// with its owner, mode and device, then the bytes of all files. So nothing is unpacked that only root can make.
#include <algorithm>
#include <charconv>
#include <sys/sysmacros.h>
#include <utility>

#include "packaging/image/failure.hpp"
#include "packaging/image/program.hpp"
#include "packaging/image/unpack.hpp"

namespace image {
namespace {

// Its standard output, a file in memory. By no other name: where it fails, unsquashfs removes what it has written to,
// which root can do to the link /dev/stdout.
constexpr const char* pseudo_file = "/proc/self/fd/1";
constexpr std::string_view data_begins = "#\n# START OF DATA - DO NOT MODIFY\n#\n";

// Up to a blank without a backslash; a newline is one of a name's bytes.
std::size_t end_of_name(std::string_view text) {
    std::size_t at = 0;
    for (; at < text.size() && text[at] != ' '; ++at)
        if (text[at] == '\\') ++at;
    return std::min(at, text.size());
}

std::string without_backslashes(std::string_view name) {
    std::string out;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] == '\\' && at + 1 < name.size()) ++at;
        out += name[at];
    }
    return out;
}

// "NAME R TIME MODE UID GID SIZE OFFSET", a blank in a name behind a backslash.
class Line {
public:
    // text: from its beginning up to the end of the last line.
    Line(std::string_view text, const Unpacking& to) : text_(text), left_(text), to_(to) {}

    std::string name() { return without_backslashes(take(end_of_name(left_))); }
    std::string_view word() { return take(std::min(left_.find_first_of(" \n"), left_.size())); }
    std::uint64_t number(int base = 10) {
        const std::string_view digits = word();
        std::uint64_t out = 0;
        const char* end = digits.data() + digits.size();
        if (std::from_chars(digits.data(), end, out, base).ptr != end || digits.empty()) not_understood();
        return out;
    }
    // An id of 2^31 and more is told as a negative number.
    std::uint32_t owner() {
        if (!left_.starts_with('-')) return static_cast<std::uint32_t>(number());
        left_.remove_prefix(1);
        return static_cast<std::uint32_t>(-number());
    }
    // What is last in a line, and may have newlines as the name that begins the next one may: where both may be,
    // nothing tells which of them has it.
    std::string target() {
        const std::size_t end = end_of_line();
        const std::string_view next = left_.substr(std::min(end + 1, left_.size()));
        if (next.substr(0, end_of_name(next)).find('\n') != std::string_view::npos) not_understood();
        return std::string(take(end));
    }
    // The same of a hard link: one of the files before it, where only one is meant.
    std::string other() {
        const std::size_t first = end_of_line();
        std::size_t known = first;
        unsigned count = 0;
        for (std::size_t end = first; end < end_of_name(left_);
             end = std::min(left_.find('\n', end + 1), left_.size())) {
            if (!to_.tree.contains(join("/", without_backslashes(left_.substr(0, end))))) continue;
            known = end;
            ++count;
        }
        return without_backslashes(count == 1 ? std::string(take(known)) : target());
    }
    // What begins behind it.
    std::string_view next() const {
        if (!left_.starts_with('\n')) not_understood();
        return left_.substr(1);
    }

    [[noreturn]] void not_understood() const {
        const std::string said(text_.substr(0, text_.find('\n')));
        fail(exit_files, "read", to_.name, "unsquashfs tells what is not understood: " + said,
             "mount it, and give the directory");
    }

private:
    std::size_t end_of_line() const { return std::min(left_.find('\n'), left_.size()); }
    // So many bytes, and the blank behind them.
    std::string_view take(std::size_t length) {
        const std::string_view out = left_.substr(0, length);
        left_.remove_prefix(length);
        if (left_.starts_with(' ')) left_.remove_prefix(1);
        return out;
    }

    std::string_view text_;
    std::string_view left_;
    const Unpacking& to_;
};

class Reader {
public:
    Reader(std::string_view lines, std::string_view data, Unpacking& to) : lines_(lines), data_(data), to_(to) {}

    void read() {
        for (std::string_view left = lines_; !left.empty();) {
            Line line(left, to_);
            entry(line);
            left = line.next();
        }
        // Behind all others: a link may come before the file.
        for (const auto& [path, other] : links_) {
            const auto found = to_.tree.find(other);
            if (found == to_.tree.end()) Line(path, to_).not_understood();
            to_.put(path, Found(found->second));
        }
    }

private:
    void entry(Line& line) {
        const std::string path = join("/", line.name());
        const std::string_view kind = line.word();
        if (kind == "L") {
            links_.emplace_back(path, join("/", line.other()));
            return;
        }
        line.number();  // its time
        Found found;
        found.status.st_mode = static_cast<mode_t>(line.number(8));
        found.status.st_uid = line.owner();
        found.status.st_gid = line.owner();
        found.status.st_mode |= type_of(kind, line);
        if (kind == "R") take_bytes(line, found);
        if (kind == "S") found.target = line.target();
        if (kind == "B" || kind == "C") {
            const auto major = static_cast<unsigned>(line.number());
            found.status.st_rdev = ::makedev(major, static_cast<unsigned>(line.number()));
        }
        to_.put(path, std::move(found));
    }

    static mode_t type_of(std::string_view kind, Line& line) {
        if (kind == "D") return S_IFDIR;
        if (kind == "R") return S_IFREG;
        if (kind == "S") return S_IFLNK;
        if (kind == "B") return S_IFBLK;
        if (kind == "C") return S_IFCHR;
        if (kind == "I") return line.word() == "s" ? S_IFSOCK : S_IFIFO;
        line.not_understood();
    }

    void take_bytes(Line& line, Found& found) {
        const std::uint64_t size = line.number();
        const std::uint64_t offset = line.number();
        if (offset > data_.size() || size > data_.size() - offset) line.not_understood();
        found.status.st_size = static_cast<off_t>(size);
        found.bytes = std::make_shared<Held>(std::string(data_.substr(offset, size)));
    }

    std::string_view lines_;
    std::string_view data_;
    Unpacking& to_;
    std::vector<std::pair<std::string, std::string>> links_;
};

std::string one_line(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) text.replace(at, 1, "; ");
    return text.empty() ? "it does not say why" : text;
}

}  // namespace

void unpack_squashfs(const std::string& path, Unpacking& to) {
    const std::string program = find_program("unsquashfs", "squashfs-tools");
    // An option is no path.
    const std::string place = path.starts_with('-') ? "./" + path : path;
    const Said said = run_program({program, "-quiet", "-no-progress", "-no-xattrs", "-pf", pseudo_file, place},
                                  plain_environment(), "", [&to] { to.progress.reach(0); });
    errno = said.error;
    if (said.error != 0) fail_errno("start", program, "check the program");
    const std::size_t end = said.out.find(data_begins);
    if (said.status != 0 || end == std::string::npos)
        fail(exit_files, "run", program, path + ": " + one_line(said.errors),
             "get a whole copy of it; squashfs-tools 4.5 or later are needed");
    const std::string_view all(said.out);
    Reader(all.substr(0, end), all.substr(end + data_begins.size()), to).read();
}

}  // namespace image
