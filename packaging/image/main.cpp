// mvimage: makes images of a machine from its mvinit.toml, on the host that builds them.
#include <clocale>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "packaging/image/failure.hpp"
#include "packaging/image/options.hpp"
#include "packaging/image/verbs.hpp"
#include "version.hpp"

namespace {

int say(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return image::exit_ok;
}

int run(const image::Options& options) {
    if (options.verb == "help") return say(image::usage());
    if (options.verb == "version") return say("mvimage " MVINIT_VERSION "\n");
    if (options.verb == "why") return image::run_why(options);
    if (options.verb == "list") return image::run_list(options);
    if (options.verb == "report") return image::run_report(options);
    if (options.verb == "check") return image::run_check(options);
    return image::run_build(options);
}

int run(std::span<char* const> words) {
    const image::Options options = image::parse_options(words);
    try {
        return run(options);
    } catch (const std::bad_alloc&) {
        const std::string& config = options.overrides.config;
        const std::string& object = options.path.empty() ? config : options.path;
        image::fail(image::exit_files, options.verb, object.empty() ? "mvinit.toml" : object, "there is no memory left",
                    "raise its limits (ulimit -v), or use a larger host");
    }
}

}  // namespace

int main(int argc, char** argv) {
    // Whatever the user's is: names are UTF-8 in archives, and ? in a pattern is a character.
    std::setlocale(LC_CTYPE, "C.UTF-8");
    // Ignored, as a parent can hand it down, no program's end could be told.
    std::signal(SIGCHLD, SIG_DFL);
    // A write that the limit of a file's size (ulimit -f) refuses is an error like others, for the programs it runs,
    // too.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        const int code = run(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
        // A full disk behind a redirection is no success.
        if (std::fflush(stdout) == 0) return code;
        std::perror("mvimage: error: write standard output");
        return image::exit_files;
    } catch (const image::Failure& failure) {
        std::fprintf(stderr, "mvimage: error: %s\n", failure.what());
        return failure.code;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "mvimage: error: %s\n", failure.what());
        return image::exit_files;
    }
}
