// Runs a piece of a test in a forked child with namespaces of its own, and brings what failed back to doctest.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "plumb/error.hpp"

// What went wrong in the child, a line each: doctest's own checks would be lost with it.
class Report {
public:
    void check(bool good, std::string_view what);
    void equal(std::string_view got, std::string_view wanted, std::string_view what);
    void contains(std::string_view text, std::string_view part, std::string_view what);
    template <class T>
    bool good(const plumb::Result<T>& result, std::string_view what) {
        check(result.has_value(),
              std::string(what) + (result.has_error() ? ": " + plumb::to_text(result.error()) : ""));
        return result.has_value();
    }
    // The error's text, "" and a failure where there is none.
    template <class T>
    std::string failure(const plumb::Result<T>& result, std::string_view what) {
        check(result.has_error(), std::string(what) + " should have failed");
        return result.has_error() ? plumb::to_text(result.error()) : std::string();
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

// flags: CLONE_NEWNET, CLONE_NEWNS ... With CLONE_NEWNS all mounts are private, with CLONE_NEWNET too /sys is that of
// the new network. With CLONE_NEWPID body runs as PID 1. False: not root, which is told loudly and fails where CI=true.
bool can_unshare(int flags);

// "" when all checks held. A child that does not end within 60 seconds is killed, and that is a failure.
// ending: receives the wait status where it is asked for; a child ended by a signal is then no failure by itself.
std::string in_namespaces(int flags, const std::function<void(Report&)>& body, int* ending = nullptr);

// A child process of the calling one that runs body and exits; returns its pid.
int start_child(const std::function<void()>& body);

// Waits for condition, looking again and again, up to 20 seconds.
bool eventually(const std::function<bool()>& condition);

// True while process pid sleeps in the kernel.
bool is_asleep(int pid);

// A new directory below /tmp, removed with what is in it (not followed into mounts) at the end of the scope.
class ScratchDirectory {
public:
    ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    ~ScratchDirectory();
    std::string operator/(std::string_view name) const { return path_ + '/' + std::string(name); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};
