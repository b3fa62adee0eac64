#include "init/analyze.hpp"

#include <unistd.h>

#include "conf/diagnostic.hpp"
#include "init/answers.hpp"
#include "init/control.hpp"
#include "init/started.hpp"
#include "init/svg.hpp"
#include "init/verbs.hpp"
#include "plumb/files.hpp"

namespace init {
namespace {

constexpr std::size_t most_text = std::size_t{1} << 20;

// To standard output, or a file that is whole or not there at all.
int put_picture(const conf::Arguments& arguments, const std::string& text) {
    const std::string& path = arguments.svg;
    if (path == "-") return plumb::write_all(STDOUT_FILENO, text), exit_ok;
    const auto done = plumb::put_file(path, text);
    return done ? exit_ok : refuse(arguments, done.error());
}

}  // namespace

int analyze(const conf::Arguments& arguments) {
    const Outcome answer = put_request(arguments, "analyze", usual_timeout_ms);
    if (answer.code != 0) return refuse(arguments, answer.code, answer.text);
    const std::string text = read_stamps(answer.descriptor, most_text);
    Stamps stamps;
    if (!parse_stamps(text, stamps))
        return refuse(arguments, exit_bad,
                      "analyze: the mvinit that runs tells nothing of its start that this one understands");
    int code = exit_ok;
    if (!arguments.svg.empty()) code = put_picture(arguments, analyze_svg(stamps));
    if (arguments.svg != "-")
        plumb::write_all(STDOUT_FILENO, arguments.json ? analyze_json(stamps) : analyze_text(stamps));
    return code;
}

}  // namespace init
