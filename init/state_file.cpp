#include "init/state_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "init/log.hpp"
#include "plumb/platform.hpp"

namespace init {
namespace {

struct Header {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint32_t size;      // of the record that follows
    std::uint32_t checksum;  // of the record
};
constexpr std::uint32_t our_magic = 0x6d76'696e;  // "mvin"
constexpr std::uint32_t our_version = 2;
constexpr std::size_t whole = sizeof(Header) + sizeof(Record);

// FNV-1a: half a record of a mvinit that died while it wrote is what is to be told apart.
std::uint32_t checksum_of(std::string_view bytes) {
    std::uint32_t sum = 2'166'136'261U;
    for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 16'777'619U;
    return sum;
}

plumb::Error error_of(const char* what, const std::string& path, const char* remedy) {
    return {what, path, errno, "", remedy};
}

struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

// Of the contracts that are the application's: the one on record, else any, as a start may not have been recorded yet.
plumb::ContractId choose(const std::optional<Record>& record, const std::vector<plumb::HeldContract>& held) {
    plumb::ContractId chosen = 0;
    for (const plumb::HeldContract& contract : held) {
        if (contract.cookie != plumb::cookie_application) continue;
        if (chosen == 0 || (record && contract.id == record->state.contract)) chosen = contract.id;
    }
    return chosen;
}

bool ends_the_machine(conf::EndAction action) {
    return action == conf::EndAction::poweroff || action == conf::EndAction::reboot || action == conf::EndAction::halt;
}

bool is_stopped(Phase phase) {
    return phase == Phase::quitting || phase == Phase::cleaning;
}

}  // namespace

std::string state_file_path(const plumb::Facts& facts) {
    return plumb::is_illumos_init(facts) ? state_file : "";
}

std::string pack(const Record& record) {
    std::string bytes(whole, '\0');
    std::memcpy(bytes.data() + sizeof(Header), &record, sizeof record);
    const Header header{our_magic, our_version, sizeof(Record),
                        checksum_of(std::string_view(bytes).substr(sizeof(Header)))};
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

ReadRecord unpack(std::string_view bytes) {
    Header header{};
    if (bytes.size() < sizeof header) return {{}, "it is too short"};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.magic != our_magic) return {{}, "it is not mvinit's"};
    if (header.version != our_version || header.size != sizeof(Record))
        return {{}, "another version of mvinit wrote it"};
    if (bytes.size() < whole) return {{}, "it is too short"};
    if (header.checksum != checksum_of(bytes.substr(sizeof header, sizeof(Record))))
        return {{}, "its checksum is wrong"};
    Record record;
    std::memcpy(&record, bytes.data() + sizeof header, sizeof record);
    return {record, nullptr};
}

Recovery recover(const std::optional<Record>& record, const std::vector<plumb::HeldContract>& held,
                 std::int32_t own_pid) {
    Recovery found;
    const plumb::ContractId chosen = choose(record, held);
    for (const plumb::HeldContract& contract : held)
        if (contract.cookie == plumb::cookie_application && contract.id != chosen) found.old.push_back(contract.id);
    if (record) found.state = record->state;
    // An application that runs was started after the plan, whatever is known of that.
    found.plan_done = chosen != 0 || (record && record->plan_done != 0);
    const State old = found.state;
    if (chosen != 0) {
        const bool ours = record && record->pid == own_pid && old.contract == chosen;
        adopt(found.state, chosen, ours ? old.app_pid : 0);
    } else {
        const bool is_down = old.phase == Phase::down || (is_stopped(old.phase) && old.next == Next::down);
        found.state.phase = is_down ? Phase::down : Phase::idle;
        found.state.app_pid = found.state.contract = 0;
        found.state.main_gone = found.state.rest_told = found.state.hooks_run = false;
        found.state.next = Next::none;
    }
    found.state.pending_end = conf::EndAction::automatic;
    found.state.zone_halting = false;
    if (ends_the_machine(old.pending_end)) found.end = End{old.pending_end, old.exit_code};
    return found;
}

std::optional<Record> StateFile::open(const std::string& path) {
    record_.pid = getpid();
    if (path.empty()) return {};
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor_ < 0) {
        log::warning(plumb::to_text(error_of("open", path, "a mvinit that is started again will start all anew")));
        return {};
    }
    struct flock lock = whole_file();
    if (fcntl(descriptor_, F_SETLK, &lock) != 0)
        log::warning(plumb::to_text(error_of("lock", path, "does another mvinit run here?")));
    std::string bytes(whole, '\0');
    const ssize_t got = pread(descriptor_, bytes.data(), bytes.size(), 0);
    if (got <= 0) return {};
    bytes.resize(static_cast<std::size_t>(got));
    ReadRecord read = unpack(bytes);
    if (read.problem != nullptr)
        log::warning("state file " + path + ": " + read.problem + ": not used, as after a fresh boot");
    if (read.record) {
        record_.marks = read.record->marks;
        record_.mark_count = read.record->mark_count;
    }
    return read.record;
}

void StateFile::write(const State& state) {
    record_.state = state;
    save();
}

void StateFile::mark(std::uint32_t step) {
    if (record_.mark_count >= record_.marks.size()) return;
    record_.marks[record_.mark_count++] = step;
    save();
}

bool StateFile::is_marked(std::uint32_t step) const {
    const auto end = record_.marks.begin() + std::min<std::size_t>(record_.mark_count, record_.marks.size());
    return std::find(record_.marks.begin(), end, step) != end;
}

std::uint32_t step_mark(std::string_view command) {
    return checksum_of(command);
}

void StateFile::save() {
    if (descriptor_ < 0) return;
    const std::string bytes = pack(record_);
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), 0);
    if (written == static_cast<ssize_t>(bytes.size()) || failed_) return;
    failed_ = true;
    log::warning("state file: it cannot be written: a mvinit that is started again will start all anew");
}

bool plan_was_done(const std::string& path) {
    if (path.empty()) return false;
    const auto bytes = plumb::read_file(path, whole);
    if (!bytes) return false;
    const ReadRecord read = unpack(*bytes);
    return read.record && read.record->plan_done != 0;
}

std::int32_t holder_of(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return 0;
    struct flock lock = whole_file();
    const bool held = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(descriptor);
    return held ? static_cast<std::int32_t>(lock.l_pid) : 0;
}

}  // namespace init
