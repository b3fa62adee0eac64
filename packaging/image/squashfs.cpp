#include "packaging/image/archive.hpp"
#include "packaging/image/file_system.hpp"
#include "packaging/image/program.hpp"

namespace image {

// A tar archive brings what is in it: no file of this machine has to have the owner and the mode that it gets.
void write_squashfs(const FileSystem& what, Sink& sink) {
    const std::string time = std::to_string(what.time);
    Strings words{"sqfstar",    "-force",    "-no-xattrs", "-no-progress", "-exit-on-error",
                  "-mkfs-time", time,        "-all-time",  time,           "-root-mode",
                  "755",        "-root-uid", "0",          "-root-gid",    "0"};
    if (what.compression == conf::Compression::none)
        words.insert(words.end(), {"-noI", "-noD", "-noF", "-noX"});
    else
        words.insert(words.end(), {"-comp", std::string(compression_name(what.compression))});
    words.push_back(sink.temporary());
    Program program(words, "squashfs-tools");
    write_archive(what.contents, Format::tar, conf::Compression::none, what.time, what.progress, program);
    program.finish();
    sink.adopt();
}

}  // namespace image
