// A directory for what is not whole yet, or not wanted for long.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "packaging/image/doomed.hpp"
#include "packaging/image/failure.hpp"

namespace image {

class Scratch {
public:
    // Below parent, its name begins with prefix. Throws Failure.
    Scratch(const std::string& parent, const std::string& prefix) : path_(parent + "/" + prefix + "XXXXXX") {
        const SignalsHeld held;
        if (::mkdtemp(path_.data()) == nullptr) fail_errno("make directory", path_, "check its permissions");
        doomed_ = Doomed::directory(path_);
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
    Doomed doomed_;
};

}  // namespace image
