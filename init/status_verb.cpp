// mvinit status: asks, looks, shows.
#include <unistd.h>

#include "init/answers.hpp"
#include "init/stamps.hpp"
#include "init/started.hpp"
#include "init/status.hpp"
#include "init/verbs.hpp"
#include "plumb/concat.hpp"
#include "plumb/files.hpp"

namespace init {
namespace {

constexpr std::size_t most_of_stamps = std::size_t{1} << 20;

// A child that has executed nothing else is mvinit's own, such as the logger.
void look_at(std::int32_t pid, std::int32_t reader, Status& status) {
    status.interfaces = plumb::inspect_interfaces();
    status.own = plumb::inspect_memory(pid);
    status.descendants = descendants_of(plumb::inspect_processes(), pid, reader);
    const std::string program = plumb::program_of(pid);
    for (Descendant& each : status.descendants) {
        each.memory = plumb::inspect_memory(each.process.pid);
        each.own = each.depth == 0 && !program.empty() && plumb::program_of(each.process.pid) == program;
        if (each.own) add_memory(status.own, each.memory);
    }
}

// "boot Started in ...": what mvinit analyze begins with.
void add_boot(const conf::Arguments& arguments, std::string& lines) {
    const Outcome outcome = put_request(arguments, "analyze", usual_timeout_ms);
    if (outcome.code != exit_ok) return;
    const std::string text = read_stamps(outcome.descriptor, most_of_stamps);
    Stamps stamps;
    if (parse_stamps(text, stamps)) lines += plumb::fill("boot %\n", {summary(stamps)});
}

}  // namespace

int status(const conf::Arguments& arguments) {
    Outcome outcome = put_request(arguments, "status", usual_timeout_ms);
    if (outcome.code != exit_ok) return refuse(arguments, outcome.code, outcome.text);
    Status status;
    status.lines = std::move(outcome.text);
    add_boot(arguments, status.lines);
    const auto pid = static_cast<std::int32_t>(number_of(status.lines, "pid"));
    // Who says another number of itself than it has for us is in another pid namespace: its container is looked at.
    const bool here = outcome.listener < 0 || outcome.listener == pid;
    if (here || plumb::look_from_within(outcome.listener)) look_at(pid, here ? getpid() : 0, status);
    plumb::write_all(STDOUT_FILENO, arguments.json ? status_json(status) : status_text(status));
    return status_code(status.lines);
}

}  // namespace init
