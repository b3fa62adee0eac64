// What running a program of another package takes, whatever it is fed with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "packaging/image/doomed.hpp"
#include "packaging/image/paths.hpp"

namespace image {

// For exec: of words, which outlive it, with a null at the end.
std::vector<char*> pointers(Strings& words);

// A file without a name for what the program says; the caller's. Throws Failure.
int memory_file(const std::string& program);
// All that is in it.
std::string text_of(int memory_file);

// Descriptors that it has as its own. in: -1 is /dev/null.
struct Streams {
    int in;
    int out;
    int errors;
};

// It is ended with this object, and where a signal ends mvimage, with all that it has started itself.
class Child {
public:
    Child() = default;
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // words[0] is looked for on this process's PATH; directory: that it works in, empty: this one's. Returns 0, or the
    // errno that tells why it was not started.
    int start(Strings words, Strings variables, const std::string& directory, const Streams& streams);
    // Its exit code once it has ended, 128 and its signal where one ended it, as shells tell. meanwhile: called each
    // second.
    int wait(const std::function<void()>& meanwhile = {});
    bool runs() const { return process_ > 0; }

private:
    int process_ = -1;
    Doomed doomed_;
};

struct Said {
    int error = 0;  // errno, where it was not started
    int status = 0;
    std::string out;
    std::string errors;
};

// Runs it to its end, with nothing to read.
Said run_program(const Strings& words, const Strings& variables, const std::string& directory,
                 const std::function<void()>& meanwhile = {});

}  // namespace image
