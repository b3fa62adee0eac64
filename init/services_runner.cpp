#include "init/services_runner.hpp"

#include <unistd.h>
#include <utility>

#include "conf/diagnostic.hpp"
#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/configuration.hpp"
#include "init/log.hpp"
#include "init/services_text.hpp"
#include "init/spawn.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

constexpr const char* defaults_file = "/etc/default/init";

constexpr std::uint32_t usual_umask = 022;

// init's own: /sbin is there only for sysinit entries (DEF_PATH, INIT_PATH).
constexpr const char* illumos_path = "PATH=/usr/sbin:/usr/bin";
constexpr const char* illumos_sysinit_path = "/sbin:/usr/sbin:/usr/bin";

void tell(const plumb::Error& error) {
    log::error(plumb::to_text(error));
}

// CMASK: octal, 0 to 077; what is none of these leaves the usual one.
std::uint32_t umask_of(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '7') break;
        value = value * 8 + static_cast<std::uint32_t>(digit - '0');
        if (value > 077) return usual_umask;
    }
    return value;
}

std::uint64_t cookie_of(const conf::InittabEntry& entry) {
    std::uint32_t id = 0;
    for (const char byte : entry.id) id = id << 8 | static_cast<unsigned char>(byte);
    return plumb::cookie_entry | id;
}

plumb::Result<std::string> read_inittab() {
    auto text = plumb::read_file(inittab_file, largest_file);
    if (text) return text;
    plumb::Error error = text.error();
    error.remedy = "[inittab] honour asks for it: put it in the image, or take that out of the configuration";
    return error;
}

}  // namespace

std::unique_ptr<ServicesRunner> ServicesRunner::make(const conf::HonourInittab& wanted, const plumb::Facts& facts,
                                                     const ProgramInputs& inputs) {
    const auto text = read_inittab();
    if (!text) {
        tell(text.error());
        return nullptr;
    }
    conf::Inittab inittab = conf::parse_inittab(*text);
    // init drops such lines without a word, which is what makes them hard to find.
    for (const conf::InittabLine& line : inittab.lines)
        if (line.fate == conf::LineFate::dropped) log::warning(line_text(line));
    log::info(level_text(inittab, wanted.level));
    const int level = run_level(inittab, wanted.level);
    conf::Environment env;
    if (const auto defaults = plumb::read_file(defaults_file, largest_file))
        if (const auto done = add_env_file(env, defaults_file, *defaults); !done) tell(done.error());
    const bool as_on_illumos = facts.platform == conf::Platform::illumos;
    env["PATH"] = as_on_illumos ? illumos_sysinit_path : default_path;
    return std::unique_ptr<ServicesRunner>(
        new ServicesRunner(std::move(inittab.entries), level, env, inputs, as_on_illumos));
}

// sh: init's own place first; systems of other kinds have the other one.
ServicesRunner::ServicesRunner(std::vector<conf::InittabEntry> entries, int level, const conf::Environment& env,
                               const ProgramInputs& inputs, bool as_on_illumos)
    : services_(std::move(entries), level),
      program_(prepare_helper(conf::split_kernel_words("sh -c -"), env, inputs, false)) {
    program_.candidates = search_path("sh", "/sbin:/bin");
    program_.cwd = "/";
    program_.umask = usual_umask;
    for (std::string& word : program_.env) {
        if (word.starts_with("CMASK=")) program_.umask = umask_of(std::string_view(word).substr(6));
        if (as_on_illumos && word.starts_with("PATH=")) sysinit_path_ = &word;
    }
}

// No pid is known of them, and a contract's id with a minus is nobody's.
void ServicesRunner::resume(const std::vector<plumb::HeldContract>& held) {
    services_.resume();
    for (const plumb::HeldContract& contract : held)
        for (std::size_t number = services_.size(); number-- > 0;)
            if (contract.cookie == cookie_of(services_[number])) services_.adopt(number, -contract.id);
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

void ServicesRunner::start(std::size_t number) {
    const conf::InittabEntry& entry = services_[number];
    if (sysinit_path_ != nullptr && entry.action != conf::InitAction::sysinit)
        *std::exchange(sysinit_path_, nullptr) = illumos_path;
    program_.argv.back() = "exec " + entry.process;
    const Child child = spawn(program_, cookie_of(entry));
    // One that takes long to be executed is taken for started: its failure is seen by its exit code.
    if (child.pending >= 0) close(child.pending);
    if (child.stage != nullptr) {
        log::error(not_started_text(entry, child.stage, child.error));
        return services_.not_started(number, now_ms());
    }
    services_.started(number, child.pid);
    log::info(conf::cat({entry_name(entry), " started, pid ", std::to_string(child.pid)}));
}

bool ServicesRunner::child_ended(const Ended& ended) {
    const conf::InittabEntry* entry = services_.ended(ended.pid);
    if (entry == nullptr) return false;
    const std::string text = ended_text(*entry, ended);
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
    if (!read)
        return notes.push_back(conf::cat({inittab_file, ": read at boot, its entries run beside the application"}));
    const auto text = read_inittab();
    if (!text) return notes.push_back(plumb::to_text(text.error()));
    note_inittab(notes, conf::parse_inittab(*text), wanted.level);
}

}  // namespace init
