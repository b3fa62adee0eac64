// What must not outlast mvimage where a signal ends it: files that are half written, directories for a while, and the
// programs that it runs.
#pragma once

#include <csignal>
#include <cstddef>
#include <string>

namespace image {

// No signal comes while one of these is there: between making something and dooming it.
class SignalsHeld {
public:
    SignalsHeld();
    ~SignalsHeld();
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t before_{};
};

class Doomed {
public:
    Doomed() = default;
    ~Doomed() { spare(); }
    Doomed(Doomed&& other) noexcept : place_(other.place_) { other.place_ = nowhere; }
    Doomed& operator=(Doomed&& other) noexcept;
    Doomed(const Doomed&) = delete;
    Doomed& operator=(const Doomed&) = delete;

    static Doomed file(const std::string& path);
    static Doomed directory(const std::string& path);  // with all that is in it
    static Doomed program(int process);                // with its process group, of which it is the leader

    // It is whole, gone or ended.
    void spare();

private:
    static constexpr std::size_t nowhere = SIZE_MAX;
    explicit Doomed(std::size_t place) : place_(place) {}

    std::size_t place_ = nowhere;
};

}  // namespace image
