#include "init/analyze.hpp"

#include <unistd.h>

#include "conf/diagnostic.hpp"
#include "init/client.hpp"
#include "init/control.hpp"
#include "init/started.hpp"
#include "init/svg.hpp"
#include "init/verbs.hpp"
#include "plumb/files.hpp"

namespace init {
namespace {

constexpr std::uint32_t patience_ms = 10'000;
constexpr std::size_t most_text = std::size_t{1} << 20;

int complain(const std::string& text, int code) {
    plumb::write_all(STDERR_FILENO, conf::cat({"mvinit: error: ", text, "\n"}));
    return code;
}

// To standard output, or a file that is whole or not there at all.
int put_picture(const std::string& path, const std::string& text) {
    if (path == "-") return plumb::write_all(STDOUT_FILENO, text), exit_ok;
    const auto done = plumb::put_file(path, text);
    return done ? exit_ok : complain(plumb::to_text(done.error()), exit_bad);
}

}  // namespace

int analyze(const conf::Arguments& arguments) {
    const auto answer = ask(arguments.control, {"analyze"}, patience_ms);
    if (!answer) return complain(plumb::to_text(answer.error()), exit_unusable);
    if (answer->refusal != 0) return complain(conf::cat({"analyze: ", answer->text}), exit_bad);
    const std::string text = read_stamps(answer->descriptor, most_text);
    Stamps stamps;
    if (!parse_stamps(text, stamps))
        return complain("analyze: the mvinit that runs tells nothing of its start that this one understands", exit_bad);
    int code = exit_ok;
    if (!arguments.svg.empty()) code = put_picture(arguments.svg, analyze_svg(stamps));
    if (arguments.svg != "-")
        plumb::write_all(STDOUT_FILENO, arguments.json ? analyze_json(stamps) : analyze_text(stamps));
    return code;
}

}  // namespace init
