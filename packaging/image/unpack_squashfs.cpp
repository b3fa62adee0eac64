// A squashfs in a file, as unsquashfs of squashfs-tools tells it: in the form of "pseudo files", a line for each entry
// with its owner, mode and device, then the bytes of all files. So nothing is unpacked that only root can make.
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

// "NAME R TIME MODE UID GID SIZE OFFSET", a blank in a name behind a backslash.
class Line {
public:
    Line(std::string_view text, const Unpacking& to) : text_(text), left_(text), to_(to) {}

    std::string name() {
        std::string out;
        std::size_t at = 0;
        for (; at < left_.size() && left_[at] != ' '; ++at) {
            if (left_[at] == '\\' && at + 1 < left_.size()) ++at;
            out += left_[at];
        }
        left_.remove_prefix(std::min(at + 1, left_.size()));
        return out;
    }
    std::string_view word() {
        const std::size_t end = std::min(left_.find(' '), left_.size());
        const std::string_view out = left_.substr(0, end);
        left_.remove_prefix(std::min(end + 1, left_.size()));
        return out;
    }
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
    std::string rest() const { return std::string(left_); }

    [[noreturn]] void not_understood() const {
        fail(exit_files, "read", to_.name, "unsquashfs tells what is not understood: " + std::string(text_),
             "mount it, and give the directory");
    }

private:
    std::string_view text_;
    std::string_view left_;
    const Unpacking& to_;
};

class Reader {
public:
    Reader(std::string_view lines, std::string_view data, Unpacking& to) : lines_(lines), data_(data), to_(to) {}

    void read() {
        for (const std::string& each : split(lines_, '\n')) entry(Line(each, to_));
        // Behind all others: a link may come before the file.
        for (const auto& [path, other] : links_) {
            const auto found = to_.tree.find(other);
            if (found == to_.tree.end()) Line(path, to_).not_understood();
            to_.put(path, Found(found->second));
        }
    }

private:
    void entry(Line line) {
        const std::string path = join("/", line.name());
        const std::string_view kind = line.word();
        if (kind == "L") {
            links_.emplace_back(path, join("/", line.name()));
            return;
        }
        line.number();  // its time
        Found found;
        found.status.st_mode = static_cast<mode_t>(line.number(8));
        found.status.st_uid = line.owner();
        found.status.st_gid = line.owner();
        found.status.st_mode |= type_of(kind, line);
        if (kind == "R") take_bytes(line, found);
        if (kind == "S") found.target = line.rest();
        if (kind == "B" || kind == "C") {
            const auto major = static_cast<unsigned>(line.number());
            found.status.st_rdev = ::makedev(major, static_cast<unsigned>(line.number()));
        }
        to_.put(path, std::move(found));
    }

    static mode_t type_of(std::string_view kind, Line line) {
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
