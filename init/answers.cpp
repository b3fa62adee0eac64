#include "init/answers.hpp"

#include <cerrno>
#include <unistd.h>

#include "conf/writer.hpp"
#include "init/control.hpp"
#include "init/verbs.hpp"
#include "plumb/files.hpp"

namespace init {
namespace {

int code_of_error(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ECONNREFUSED:
        case ESRCH:
            return exit_nobody;
        case EACCES:
        case EPERM:
            return exit_denied;
        case ETIMEDOUT:
            return exit_late;
        default:
            return exit_bad;
    }
}

int code_of_refusal(int refusal) {
    switch (static_cast<Refusal>(refusal)) {
        case Refusal::syntax:
            return exit_unusable;
        case Refusal::denied:
            return exit_denied;
        case Refusal::absent:
            return exit_absent;
        case Refusal::state:
        case Refusal::failed:
            break;
    }
    return exit_bad;
}

}  // namespace

std::string object_begin(conf::Verb verb, int code) {
    conf::Writer out;
    // Where status says that the application does not run, it was answered all the same.
    const bool ok = code == exit_ok || code == exit_down || code == exit_unready;
    out << "{\"ok\": " << (ok ? "true" : "false") << ", \"verb\": \"" << conf::verb_name(verb)
        << "\", \"exit\": " << code;
    return std::move(out.text);
}

int refuse(const conf::Arguments& arguments, int code, std::string_view words) {
    conf::Writer out;
    if (arguments.json)
        (out << object_begin(arguments.verb, code) << ", \"error\": \"").escape(words) << "\"}\n";
    else
        out << "mvinit: error: " << words << "\n";
    // Nobody is left to be told where this fails.
    plumb::write_all(arguments.json ? STDOUT_FILENO : STDERR_FILENO, out.text);
    return code;
}

int refuse(const conf::Arguments& arguments, const plumb::Error& error) {
    return refuse(arguments, code_of_error(error.error), plumb::to_text(error));
}

int succeed(const conf::Arguments& arguments, std::string_view lines) {
    conf::Writer out;
    if (!arguments.json) {
        out << lines;
    } else {
        out << object_begin(arguments.verb, exit_ok);
        const char* before = ", \"notes\": [";
        while (!lines.empty()) {
            const std::size_t end = std::min(lines.find('\n'), lines.size());
            (out << before << "\"").escape(lines.substr(0, end)) << "\"";
            lines.remove_prefix(std::min(end + 1, lines.size()));
            before = ", ";
            if (lines.empty()) out << "]";
        }
        out << "}\n";
    }
    plumb::write_all(STDOUT_FILENO, out.text);
    return exit_ok;
}

Outcome put_request(const conf::Arguments& arguments, std::string_view request, std::uint32_t timeout_ms) {
    auto asked = ask(arguments.control, request, timeout_ms);
    if (!asked) return {code_of_error(asked.error().error), plumb::to_text(asked.error()), -1, -1, asked.error().error};
    if (asked->refusal != 0) return {code_of_refusal(asked->refusal), decode_value(asked->text)};
    return {exit_ok, std::move(asked->text), asked->descriptor, asked->listener};
}

}  // namespace init
