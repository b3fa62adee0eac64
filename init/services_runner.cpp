#include "init/services_runner.hpp"

#include <unistd.h>

#include "conf/diagnostic.hpp"
#include "conf/init_defaults.hpp"
#include "init/clock.hpp"
#include "init/configuration.hpp"
#include "init/log.hpp"
#include "init/services_text.hpp"
#include "init/spawn.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

constexpr const char* defaults_file = "/etc/default/init";

// init's own: /sbin is there only for sysinit entries (DEF_PATH, INIT_PATH).
constexpr const char* illumos_path = "PATH=/usr/sbin:/usr/bin";
constexpr const char* illumos_sysinit_path = "PATH=/sbin:/usr/sbin:/usr/bin";

plumb::Result<conf::Inittab> read_inittab() {
    auto text = plumb::read_file(inittab_file, largest_file);
    if (text) return conf::parse_inittab(*text);
    plumb::Error error = text.error();
    error.remedy = "[inittab] honour asks for it: put it in the image, or take that out of the configuration";
    return error;
}

// init drops such lines without a word, which is what makes them hard to find.
void tell_dropped(const conf::Inittab& inittab) {
    for (const conf::InittabLine& line : inittab.lines)
        if (line.fate == conf::LineFate::dropped)
            log::warning(conf::cat({inittab_file, ":", std::to_string(line.line), ": ", line.verdict}));
}

}  // namespace

plumb::Result<std::unique_ptr<ServicesRunner>> ServicesRunner::make(const conf::HonourInittab& wanted,
                                                                    const plumb::Facts& facts) {
    const auto inittab = read_inittab();
    if (!inittab) return inittab.error();
    tell_dropped(*inittab);
    const int level = run_level(*inittab, wanted.level);
    std::unique_ptr<ServicesRunner> made(new ServicesRunner(*inittab, level, facts));
    if (made->services_.size() == 0)
        log::warning(
            conf::cat({inittab_file, ": no entry for run level ", std::to_string(level), " ([inittab] level)"}));
    return made;
}

ServicesRunner::ServicesRunner(const conf::Inittab& inittab, int level, const plumb::Facts& facts)
    : services_(inittab, level) {
    prepare_program(facts);
}

void ServicesRunner::prepare_program(const plumb::Facts& facts) {
    conf::InitDefaults defaults;
    if (const auto text = plumb::read_file(defaults_file, largest_file)) defaults = conf::parse_init_defaults(*text);
    at_sysinit_ = facts.platform == conf::Platform::illumos;
    program_.env.push_back(at_sysinit_ ? illumos_sysinit_path : conf::cat({"PATH=", default_path}));
    for (std::string& word : defaults.words) program_.env.push_back(std::move(word));
    program_.umask = defaults.umask;
    program_.cwd = "/";
    // That of init first. Linux systems have the other one.
    program_.candidates = {"/sbin/sh", "/bin/sh"};
    program_.argv = {"sh", "-c", ""};
}

void ServicesRunner::proceed() {
    while (true) {
        const Services::Next next = services_.next(now_ms());
        if (next.what == Services::What::nothing) return;
        if (next.what == Services::What::spawn)
            start(next.entry);
        else
            log::error(inhibited_text(services_[next.entry]));
    }
}

void ServicesRunner::start(std::size_t entry) {
    const Service& service = services_[entry];
    if (at_sysinit_ && service.action != conf::InitAction::sysinit) {
        at_sysinit_ = false;
        program_.env.front() = illumos_path;
    }
    program_.argv.back() = "exec " + service.process;
    const Child child = spawn(program_);
    // One that takes long to be executed is taken for started: its failure is seen by its exit code.
    if (child.pending >= 0) close(child.pending);
    if (child.stage != nullptr) {
        log::error(not_started_text(service, child.stage, child.error));
        return services_.not_started(entry, now_ms());
    }
    services_.started(entry, child.pid);
    log::info(conf::cat({service_name(service), " started, pid ", std::to_string(child.pid)}));
}

bool ServicesRunner::child_ended(const Ended& ended) {
    const Service* service = services_.ended(ended.pid);
    if (service == nullptr) return false;
    const std::string text = ended_text(*service, ended);
    if (ended.code == 0)
        log::info(text);
    else
        log::warning(text);
    return true;
}

bool ServicesRunner::power_failed() {
    if (!services_.power_failed()) return false;
    log::warning("power fails: running the powerfail and powerwait entries of inittab");
    return true;
}

void note_inittab(std::vector<std::string>& notes, const conf::HonourInittab& wanted, bool read) {
    if (!wanted.honour) return;
    if (!read) {
        notes.push_back(conf::cat({inittab_file, ": its entries are run beside the application: it is read at boot"}));
        return;
    }
    const auto inittab = read_inittab();
    if (!inittab) {
        notes.push_back(plumb::to_text(inittab.error()));
        return;
    }
    for (std::string& note : inittab_notes(*inittab, wanted.level)) notes.push_back(std::move(note));
}

}  // namespace init
