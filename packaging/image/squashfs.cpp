#include <sys/stat.h>

#include "packaging/image/archive.hpp"
#include "packaging/image/file_system.hpp"
#include "packaging/image/program.hpp"

namespace image {
namespace {

// 0 where it cannot be told.
std::uint64_t size_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

// A tar archive brings what is in it: no file of this machine has to have the owner and the mode that it gets.
void write_squashfs(const FileSystem& what, Sink& sink) {
    const std::string time = std::to_string(what.time);
    // The root directory is not in the archive: sqfstar 4.5 gives it the user's owner but for -all-root.
    Strings words{"sqfstar",    "-force", "-no-xattrs", "-no-progress", "-exit-on-error", "-all-root",
                  "-root-mode", "755",    "-mkfs-time", time,           "-all-time",      time};
    if (what.compression == conf::Compression::none)
        words.insert(words.end(), {"-noI", "-noD", "-noF", "-noX"});
    else
        words.insert(words.end(), {"-comp", std::string(compression_name(what.compression))});
    words.push_back(sink.temporary());
    Program program(words, "squashfs-tools");
    write_archive(what.contents, Format::tar, conf::Compression::none, what.time, what.progress, program);
    // It has read all long before it has compressed that.
    Progress compressing("compressing", 0);
    program.finish([&] { compressing.reach(size_of(sink.temporary())); });
    sink.adopt();
}

}  // namespace image
