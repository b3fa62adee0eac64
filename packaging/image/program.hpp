// Programs of other packages that mvimage has work done by.
#pragma once

#include <string>
#include <string_view>

#include "packaging/image/paths.hpp"
#include "packaging/image/sink.hpp"

namespace image {

// Runs words[0], looked for on PATH and in the sbin directories, which users' PATHs lack. environment: NAME=value,
// beside PATH alone, so that the user's own changes nothing. What it says is shown only where it fails.
class Program : public Sink {
public:
    // package: of Debian, that has the program. Throws Failure where there is no such program.
    Program(const Strings& words, std::string_view package, const Strings& environment = {});
    ~Program() override;
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void write(std::string_view bytes) override;  // to its standard input; throws Failure where it does not read it
    void finish();                                // waits for its end; throws Failure where that is not 0

private:
    [[noreturn]] void failed();
    int wait();

    Strings words_;
    int input_ = -1;
    int said_ = -1;  // a file without a name
    int process_ = -1;
};

}  // namespace image
