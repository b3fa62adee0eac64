#include "init/analyze.hpp"

#include <unistd.h>

#include "init/answers.hpp"
#include "init/started.hpp"
#include "init/svg.hpp"
#include "init/verbs.hpp"
#include "plumb/files.hpp"

namespace init {

// The picture is a file that is whole or not there at all; on standard output it is all that comes there.
int analyze(const conf::Arguments& arguments) {
    constexpr std::size_t most_text = std::size_t{1} << 20;
    const Outcome answer = put_request(arguments, "analyze", usual_timeout_ms);
    if (answer.code != exit_ok) return refuse(arguments, answer.code, answer.text);
    const std::string text = read_stamps(answer.descriptor, most_text);
    Stamps stamps;
    if (!parse_stamps(text, stamps))
        return refuse(arguments, exit_bad,
                      "analyze: the mvinit that runs tells nothing of its start that this one understands");
    const std::string picture = arguments.svg.empty() ? std::string() : analyze_svg(stamps);
    if (arguments.svg == "-") {
        plumb::write_all(STDOUT_FILENO, picture);
        return exit_ok;
    }
    if (!picture.empty())
        if (const auto done = plumb::put_file(arguments.svg, picture); !done)
            return refuse(arguments, exit_bad, plumb::to_text(done.error()));
    plumb::write_all(STDOUT_FILENO, arguments.json ? analyze_json(stamps) : analyze_text(stamps));
    return exit_ok;
}

}  // namespace init
