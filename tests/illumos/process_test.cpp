// Signals without signalfd: none is lost, none arrives while it is held, a real fault is one; and what illumos lacks.
#include "plumb/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/illumos/recorder.hpp"
#include "tests/illumos/trial.hpp"

extern "C" int __real_kill(pid_t, int);

namespace {

constexpr int emt = 64;  // see include/signal.h

TEST_CASE("every number of ours has its own of the platform, and back") {
    std::array<bool, 128> seen{};
    for (std::int32_t ours = 1; ours <= 65; ++ours) {
        const int native = plumb::native_signal(ours);
        CAPTURE(ours);
        if (ours == 16 || ours == 32 || ours == 33 ||
            ours == 64) {  // STKFLT, libc's own, and EMT's place in this build
            CHECK(native == 0);
            continue;
        }
        REQUIRE(native > 0);
        CHECK_FALSE(seen[static_cast<std::size_t>(native)]);
        seen[static_cast<std::size_t>(native)] = true;
        CHECK(plumb::signal_from_native(native) == ours);
    }
    for (const int none : {0, -1, 66, 1000}) CHECK(plumb::native_signal(none) == 0);
    for (const int none : {0, -1, 16, 65, 1000}) CHECK(plumb::signal_from_native(none) == 0);
}

TEST_CASE("signals sent before the descriptor is there are kept, those ignored by default as well") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              for (const int number : {SIGCHLD, SIGPWR, SIGWINCH, SIGURG, SIGHUP, SIGTERM}) raise(number);
              const auto signals = plumb::open_signals();
              MUST(signals.has_value());
              MUST(readable(*signals));
              unsigned long seen = 0;
              for (int n = 0; n < 6; ++n) {
                  const auto got = plumb::read_signal(*signals);
                  MUST(got.number != 0);
                  seen |= 1UL << got.number;
              }
              MUST(seen == (1UL << 17 | 1UL << 30 | 1UL << 28 | 1UL << 23 | 1UL << 1 | 1UL << 15));
              MUST(plumb::read_signal(*signals).number == 0);
              MUST(!readable(*signals));
              return 0;
          }) == 0);
}

TEST_CASE("the descriptor is closed over exec, does not block, and stays readable while a signal is left") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              const auto signals = plumb::open_signals();
              MUST(fcntl(*signals, F_GETFD) == FD_CLOEXEC);
              MUST((fcntl(*signals, F_GETFL) & O_NONBLOCK) != 0);
              MUST(!readable(*signals));
              MUST(plumb::read_signal(*signals).number == 0);
              raise(SIGUSR1);
              raise(SIGUSR2);
              raise(emt);
              MUST(plumb::read_signal(*signals).number != 0);
              MUST(readable(*signals));
              MUST(plumb::read_signal(*signals).number != 0);
              MUST(readable(*signals));
              MUST(plumb::read_signal(*signals).number == 65);
              MUST(plumb::read_signal(*signals).number == 0);
              MUST(!readable(*signals));
              return 0;
          }) == 0);
}

TEST_CASE("a storm of one signal does not drown another") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              const auto signals = plumb::open_signals();
              for (int n = 0; n < 200'000; ++n) raise(SIGCHLD);
              raise(SIGTERM);
              MUST(plumb::read_signal(*signals).number != 0);
              MUST(plumb::read_signal(*signals).number != 0);
              MUST(plumb::read_signal(*signals).number == 0);
              MUST(!readable(*signals));
              return 0;
          }) == 0);
}

TEST_CASE("where nobody reads any more a signal is noted all the same, once") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              const auto signals = plumb::open_signals();
              close(*signals);
              raise(SIGUSR1);
              MUST(plumb::wait_signal({10}, 0).number == 10);
              MUST(plumb::wait_signal({13}, 0).number == 13);
              MUST(plumb::wait_signal({13}, 0).number == 0);
              return 0;
          }) == 0);
}

TEST_CASE("around a fork they are held, and what came meanwhile is there afterwards") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              const auto signals = plumb::open_signals();
              {
                  const plumb::HeldSignals held;
                  raise(SIGUSR1);
                  MUST(!readable(*signals));
              }
              MUST(readable(*signals));
              MUST(plumb::read_signal(*signals).number == 10);
              return 0;
          }) == 0);
}

TEST_CASE("who sent it is told") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              const pid_t parent = getpid();
              const auto signals = plumb::open_signals();
              plumb::hold_signals();
              const pid_t child = fork();
              if (child == 0) _exit(__real_kill(parent, SIGUSR1));
              waitpid(child, nullptr, 0);
              MUST(!readable(*signals));  // held
              plumb::release_signals();
              MUST(readable(*signals));
              const auto got = plumb::read_signal(*signals);
              MUST(got.number == 10);
              MUST(got.sender == child);
              return 0;
          }) == 0);
}

TEST_CASE("waiting takes only what it was asked for, before and after the descriptor is there") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              MUST(plumb::wait_signal({15, 17}, 0).number == 0);
              raise(SIGHUP);
              raise(SIGTERM);
              MUST(plumb::wait_signal({15, 17}, -1).number == 15);
              MUST(plumb::wait_signal({15, 17}, 5).number == 0);
              const auto signals = plumb::open_signals();
              raise(SIGCHLD);  // now the handler has it
              MUST(plumb::wait_signal({15, 17}, -1).number == 17);
              MUST(plumb::read_signal(*signals).number == 1);
              MUST(plumb::read_signal(*signals).number == 0);
              return 0;
          }) == 0);
}

TEST_CASE("held and released keep errno; TTIN and TTOU stay blocked") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              const auto signals = plumb::open_signals();
              errno = EDOM;
              plumb::hold_signals();
              MUST(errno == EDOM);
              plumb::release_signals();
              MUST(errno == EDOM);
              raise(SIGTTOU);
              raise(SIGTTIN);
              MUST(!readable(*signals));
              MUST(plumb::wait_signal({22}, 0).number == 22);
              return 0;
          }) == 0);
}

TEST_CASE("a child goes back to the defaults, with nothing blocked") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              plumb::open_signals();
              plumb::default_all_signals();
              for (int number = 1; number < 32; ++number) {
                  struct sigaction now {};
                  sigaction(number, nullptr, &now);
                  MUST(now.sa_handler == SIG_DFL);
              }
              sigset_t mask;
              sigprocmask(SIG_SETMASK, nullptr, &mask);
              for (int number = 1; number < 32; ++number) MUST(sigismember(&mask, number) == 0);
              return 0;
          }) == 0);
}

TEST_CASE("what illumos has not says so") {
    recorder::reset();
    CHECK(to_text(plumb::become_subreaper().error()) ==
          "become subreaper this process: not on illumos: contracts tell when the last descendant has ended; orphans "
          "are their zone's init's");
    CHECK_FALSE(plumb::is_subreaper());
    CHECK(to_text(plumb::set_parent_death_signal(9).error()) ==
          "set parent death signal this process: not on illumos: leave out -p");
    CHECK(plumb::forbid_new_privileges() == ENOSYS);
    CHECK(plumb::limit_capabilities(0) == ENOSYS);
    CHECK(plumb::keep_capabilities_over_setuid() == ENOSYS);
    CHECK(plumb::apply_capabilities(0) == ENOSYS);
    CHECK(plumb::capability_number("net_admin") == -1);
}

TEST_CASE("the limits that illumos has, and closefrom") {
    recorder::reset();
    for (const char* const name : {"as", "core", "cpu", "data", "fsize", "nofile", "stack"})
        CHECK(plumb::limit_number(name) >= 0);
    CHECK(plumb::limit_number("nofile") == RLIMIT_NOFILE);
    for (const char* const name : {"nproc", "memlock", "rss", ""}) CHECK(plumb::limit_number(name) == -1);
    plumb::close_from(3);
    CHECK(recorder::kernel().calls == std::vector<std::string>{"closefrom(3)"});
}

}  // namespace
