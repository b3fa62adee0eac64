// What the image is to hold: every entry, and who wanted it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "packaging/image/paths.hpp"
#include "packaging/image/roots.hpp"

namespace image {

enum class Kind : std::uint8_t { directory, file, symlink, device };

// by: the path of the entry that wants it; empty: mvinit.toml or mvimage itself does, and what says which of it.
struct Reason {
    std::string by;
    std::string what;
};

struct Entry {
    Kind kind = Kind::directory;
    unsigned mode = 0755;         // permissions, with setuid, setgid and sticky bits
    std::string host;             // of a file: where its bytes are; empty: they are in bytes
    std::string bytes;            // of a file that mvimage makes
    std::string target;           // of a symlink
    std::uint64_t size = 0;       // of a file, in bytes
    std::uint64_t device = 0;     // of a file with several names on this machine, whose it is
    std::uint64_t inode = 0;      // the same; 0: it has one name
    std::string link;             // of a file: the entry before it that is the same file, and has its bytes
    unsigned major = 0;           // of a character device
    unsigned minor = 0;           // the same
    bool shared_elf = false;      // an ELF file without an interpreter
    std::uint64_t debug = 0;      // bytes of a file that only a debugger reads
    std::vector<Reason> reasons;  // the first is the one that brought it in
};

// By path, from "/x" on, sorted: directories come before what is in them.
class Contents {
public:
    const std::map<std::string, Entry>& entries() const { return entries_; }
    Entry* find(const std::string& path);
    const Entry* find(const std::string& path) const;

    // Each returns true where the entry is new. The first one stays; the reason is added in any case. Directories above
    // are made with the mode that roots have them with, else 0755.
    bool add_found(const Roots& roots, const Found& found, const Reason& reason);
    bool add_directory(const Roots& roots, const std::string& path, unsigned mode, const Reason& reason);
    bool add_file(const Roots& roots, const std::string& path, std::string bytes, unsigned mode, const Reason& reason);
    bool add_host_file(const Roots& roots, const std::string& path, const std::string& host, const Reason& reason);
    bool add_symlink(const Roots& roots, const std::string& path, const std::string& target, const Reason& reason);
    bool add_device(const Roots& roots, const std::string& path, unsigned mode, unsigned major, unsigned minor,
                    const Reason& reason);
    // Sets link of all files that are one on this machine, too. Once, when all of them are there.
    void join_links();
    void remove(const std::string& path) { entries_.erase(path); }

    // From path to mvinit.toml: one line for each step, "PATH: WHAT" with "by" left out at the end.
    Strings chain(const std::string& path) const;

private:
    bool add(const Roots& roots, const std::string& path, Entry&& entry, const Reason& reason);
    void add_parents(const Roots& roots, const std::string& path);

    std::map<std::string, Entry> entries_;
};

// A file whose bytes no entry before it has.
inline bool has_bytes(const Entry& entry) {
    return entry.kind == Kind::file && entry.link.empty();
}

// All bytes of a file, piece by piece. Throws Failure where it cannot be read, or changed its size.
void read_entry(const Entry& entry, const std::function<void(std::string_view)>& take);

}  // namespace image
