// Faults of our own on illumos: told from what somebody sent, and never blocked.
#include <csignal>
#include <sys/mman.h>
#include <sys/resource.h>

#include "plumb/process.hpp"
#include "tests/illumos/trial.hpp"

namespace {

constexpr int emt = 64;  // see include/signal.h

}  // namespace

TEST_CASE("a signal that a fault would have sent is a request when somebody sent it, and a fault ends us by it") {
    CHECK(line_of([] {
              plumb::block_all_signals();
              const auto signals = plumb::open_signals();
              for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, emt}) {
                  raise(number);
                  MUST(plumb::read_signal(*signals).number == plumb::signal_from_native(number));
              }
              return 0;
          }) == 0);
    const int status = in_child([] {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
        plumb::block_all_signals();
        plumb::open_signals();
        auto* const page =
            static_cast<volatile char*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        *page = 1;
        return 0;
    });
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
}

TEST_CASE("a fault reaches the handler while signals are held, and while another signal is being noted") {
    CHECK(line_of([] {
              const auto is_held = [](int number) {
                  sigset_t mask;
                  sigprocmask(SIG_SETMASK, nullptr, &mask);
                  return sigismember(&mask, number) == 1;
              };
              plumb::block_all_signals();
              struct sigaction noting {};
              sigaction(SIGTERM, nullptr, &noting);
              for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT}) {
                  MUST(!is_held(number));
                  MUST(sigismember(&noting.sa_mask, number) == 0);
              }
              MUST(is_held(SIGTERM));
              MUST(sigismember(&noting.sa_mask, SIGHUP) == 1);
              MUST((noting.sa_flags & SA_ONSTACK) != 0);
              // One that somebody sent before there was anybody to wake is not forgotten.
              raise(SIGFPE);
              const auto signals = plumb::open_signals();
              MUST(readable(*signals));
              MUST(plumb::read_signal(*signals).number == 8);
              return 0;
          }) == 0);
}
