#include <unistd.h>
#include <utility>

#include "conf/diagnostic.hpp"
#include "conf/text.hpp"
#include "init/clock.hpp"
#include "init/configuration.hpp"
#include "init/log.hpp"
#include "init/services.hpp"
#include "init/services_runner.hpp"
#include "init/services_text.hpp"
#include "init/spawn.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

constexpr const char* defaults_file = "/etc/default/init";

constexpr std::uint32_t usual_umask = 022;

// init's own: /sbin is there only for sysinit entries (DEF_PATH, INIT_PATH).
constexpr const char* usual_path = "PATH=/usr/sbin:/usr/bin";
constexpr const char* sysinit_path = "/sbin:/usr/sbin:/usr/bin";

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

// sh: init's own place first; an image may have it in the other one alone.
Program make_shell(const conf::Environment& env, const ProgramInputs& inputs) {
    Program shell = prepare_helper(conf::split_kernel_words("sh -c -"), env, inputs, false);
    shell.candidates = search_path("sh", "/sbin:/bin");
    shell.cwd = "/";
    shell.umask = usual_umask;
    return shell;
}

}  // namespace

struct ServicesRunner::Running {
    Services services;
    Program shell;                        // all but the process
    std::string* sysinit_path = nullptr;  // in shell.env, while it is that of sysinit entries
};

void ServicesRunner::Delete::operator()(Running* running) const {
    delete running;
}

bool ServicesRunner::read(const conf::HonourInittab& wanted, const ProgramInputs& inputs) {
    const auto text = read_inittab();
    if (!text) {
        tell(text.error());
        return false;
    }
    conf::Inittab inittab = conf::parse_inittab(*text);
    // init drops such lines without a word, which is what makes them hard to find.
    for (const conf::InittabLine& line : inittab.lines)
        if (line.fate == conf::LineFate::dropped) log::warning(line_text(inittab, line));
    log::info(level_text(inittab, wanted.level));
    const int level = run_level(inittab, wanted.level);
    conf::Environment env;
    if (const auto defaults = plumb::read_file(defaults_file, largest_file))
        if (const auto done = add_env_file(env, defaults_file, *defaults); !done) tell(done.error());
    env["PATH"] = sysinit_path;
    running_.reset(new Running{Services(std::move(inittab.entries), level), make_shell(env, inputs)});
    for (std::string& word : running_->shell.env) {
        if (word.starts_with("CMASK=")) running_->shell.umask = umask_of(std::string_view(word).substr(6));
        if (word.starts_with("PATH=")) running_->sysinit_path = &word;
    }
    return true;
}

ServicesRunner::operator bool() const {
    return running_ != nullptr;
}

// No pid is known of them, and a contract's id with a minus is nobody's.
void ServicesRunner::resume(const std::vector<plumb::HeldContract>& held) {
    running_->services.resume();
    for (const plumb::HeldContract& contract : held)
        for (std::size_t number = running_->services.size(); number-- > 0;)
            if (contract.cookie == cookie_of(running_->services[number]))
                running_->services.adopt(number, -contract.id);
}

void ServicesRunner::proceed() {
    while (true) {
        const Services::Next next = running_->services.next(now_ms());
        if (next.what == Services::What::nothing) return;
        if (next.what == Services::What::spawn)
            start(next.entry);
        else
            log::error(inhibited_text(running_->services[next.entry]));
    }
}

void ServicesRunner::start(std::size_t number) {
    const conf::InittabEntry& entry = running_->services[number];
    if (running_->sysinit_path != nullptr && entry.action != conf::InitAction::sysinit)
        *std::exchange(running_->sysinit_path, nullptr) = usual_path;
    running_->shell.argv.back() = "exec " + entry.process;
    const Child child = spawn(running_->shell, cookie_of(entry));
    // One that takes long to be executed is taken for started: its failure is seen by its exit code.
    if (child.pending >= 0) close(child.pending);
    if (child.stage != nullptr) {
        log::error(not_started_text(entry, child.stage, child.error));
        return running_->services.not_started(number, now_ms());
    }
    running_->services.started(number, child.pid);
    log::info(conf::cat({entry_name(entry), " started, pid ", std::to_string(child.pid)}));
}

bool ServicesRunner::child_ended(const Ended& ended) {
    const conf::InittabEntry* entry = running_->services.ended(ended.pid);
    if (entry == nullptr) return false;
    const std::string text = ended_text(*entry, ended);
    if (ended.code == 0)
        log::info(text);
    else
        log::warning(text);
    return true;
}

void ServicesRunner::retry() {
    running_->services.retry();
}

void ServicesRunner::stop() {
    running_->services.stop();
}

bool ServicesRunner::all_begun() const {
    return running_->services.all_begun();
}

std::optional<std::uint64_t> ServicesRunner::deadline() const {
    return running_->services.deadline();
}

bool ServicesRunner::power_failed() {
    if (!running_->services.power_failed()) return false;
    log::warning("power fails: running the powerfail and powerwait entries of inittab");
    return true;
}

void note_inittab(std::vector<std::string>& notes, const conf::HonourInittab& wanted) {
    if (!wanted.honour) return;
    const auto text = read_inittab();
    if (!text) return notes.push_back(plumb::to_text(text.error()));
    note_inittab(notes, conf::parse_inittab(*text), wanted.level);
}

}  // namespace init
