// Everything that the wanted files need in turn, found without running any of them.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "packaging/image/contents.hpp"
#include "packaging/image/elf.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/lazy.hpp"
#include "packaging/image/roots.hpp"
#include "packaging/image/settings.hpp"

namespace image {

// What a reason says of them.
inline constexpr const char* script_interpreter = "interpreter of the script";
inline constexpr const char* run_by_env = "run by env(1)";

enum class Need : std::uint8_t { required, optional };

// One ELF file of the image, with what it inherits from the file that loads it.
struct Loaded {
    ElfFile elf;
    Linker linker = Linker::unknown;
    Strings rpath;         // of those that load it, in force where it has no RUNPATH
    Strings library_path;  // LD_LIBRARY_PATH of the process
    std::string interpreter;
};

class Closure {
public:
    Closure(const Settings& settings, const Roots& roots, Contents& contents);

    // A path in the image: links are followed, a file's needs are looked at by run(). False where it is not there,
    // which is a problem where it is required.
    bool want(const std::string& path, const Reason& reason, Need need = Need::required);
    // The same for a directory with all that is in it.
    void want_tree(const std::string& path, const Reason& reason);
    // The path that a command stands for; empty: there is none.
    std::string find_command(const std::string& command, const Search& search) const;
    void want_command(const std::string& command, const Reason& reason, const Search& search);
    // A file that is in the image already: what it needs is wanted too.
    void look_at(const std::string& path) { left_.push_back(path); }
    void run();

    void problem(const Reason& reason, const std::string& what, const std::string& remedy);
    // Something to be told, and no error.
    void note(const std::string& text) { notes_.push_back(text); }
    const Strings& problems() const { return problems_; }
    int code() const { return code_; }  // for exit(3), where there are problems
    // With one for each pattern of image.exclude, however much it leaves out.
    Strings notes() const;
    // A file that has names of users, groups or hosts looked up by glibc; empty: none does.
    const std::string& name_user() const { return name_user_; }
    const std::map<std::string, Loaded>& loaded() const { return loaded_; }

private:
    struct LeftOut {
        std::string first;
        std::set<std::string> paths;
    };

    bool is_excluded(const std::string& path, const Reason& reason, Need need);
    void add_end(const Found& found, const Reason& reason);
    void scan(const std::string& path);
    void scan_script(const std::string& path, const std::string& host);
    void scan_elf(const std::string& path, ElfFile elf);
    static void strip(Entry& entry);
    void want_interpreter(const std::string& path, const Loaded& loaded);
    void want_library(const std::string& path, const std::string& name, const Loaded& loaded);
    std::optional<std::string> find_library(const std::string& path, const std::string& name, const Loaded& loaded);
    std::optional<std::string> find_for_processors(const Strings& directories, const std::string& name,
                                                   const Loaded& loaded);
    const std::string& bytes_of_linker(const Loaded& loaded);
    void look_at_versions(const std::string& path, const std::string& name, const std::string& library,
                          const Loaded& loaded);
    bool fits(const std::string& candidate, const Loaded& loaded) const;
    std::string loader_of(const std::string& path) const;
    void start(const std::string& path, const Search& search);
    Search search_at(const std::string& path) const;
    Strings standard_directories(const std::string& path, const Loaded& loaded);
    std::string searched_directory(const Strings& standard, const Loaded& loaded) const;
    void inherit(const std::string& path, Loaded& loaded) const;
    void want_name_services();
    void want_lazy(const std::string& path, const Loaded& loaded);
    void want_pattern(const Lazy& lazy, const std::string& pattern, const std::string& path);

    const Settings& settings_;
    const Roots& roots_;
    Contents& contents_;
    std::vector<Lazy> lazy_;
    std::deque<std::string> left_;  // files whose needs were not looked at yet
    std::map<std::string, Loaded> loaded_;
    std::map<std::string, Search> started_;  // by the file that a command of mvinit.toml leads to
    std::string name_user_;
    std::set<std::string> libc_directories_;
    std::map<std::string, std::string> linkers_;  // the bytes of ELF interpreters
    Strings problems_;
    int code_ = exit_incomplete;
    Strings notes_;
    std::map<std::string, LeftOut> left_out_;  // by pattern of image.exclude, though something wants it
};

}  // namespace image
