// Programs of other packages that mvimage has work done by.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "packaging/image/child.hpp"
#include "packaging/image/paths.hpp"
#include "packaging/image/sink.hpp"

namespace image {

// Where words[0] is: on PATH, or in the sbin directories, which users' PATHs lack. package: of Debian, that has it.
// Throws Failure where there is none.
std::string find_program(const std::string& name, std::string_view package);

// NAME=value, beside PATH alone, so that the user's own changes nothing.
Strings plain_environment(const Strings& more = {});

// Runs words[0] as find_program() finds it, in plain_environment(). What it says is shown only where it fails.
class Program : public Sink {
public:
    Program(const Strings& words, std::string_view package, const Strings& environment = {});
    ~Program() override;
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void write(std::string_view bytes) override;  // to its standard input; throws Failure where it does not read it
    // Waits for its end, which may be long after it has read all; throws Failure where that is not 0. meanwhile: as
    // Child::wait() takes it.
    void finish(const std::function<void()>& meanwhile);

private:
    [[noreturn]] void failed();

    Strings words_;
    int input_ = -1;
    int said_ = -1;  // a file without a name
    Child child_;
};

}  // namespace image
