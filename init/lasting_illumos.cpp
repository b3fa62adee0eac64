// By name, in the directory of the state file. Whoever keeps no state has no next image either, and there may be
// several of that kind.
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "init/capture.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "init/state_file.hpp"
#include "plumb/files.hpp"
#include "plumb/live.hpp"
#include "plumb/memory_file.hpp"
#include "plumb/notify_socket.hpp"
#include "plumb/posix.hpp"

namespace init {
namespace {

std::string path_of(const char* name) {
    return std::string(plumb::notify_directory()) + "/" + name;
}

int open_lasting(const char* name, int flags) {
    return ::open(path_of(name).c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool is_fifo(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

// The reading end first: with it there, and with a writing end that can be read from, no open of it waits.
bool open_pipe(const char* name, int (&ends)[2]) {
    ends[0] = open_lasting(name, O_RDONLY | O_NONBLOCK);
    ends[1] = ends[0] < 0 ? -1 : open_lasting(name, O_RDWR | O_NONBLOCK);
    if (ends[1] >= 0 && is_fifo(ends[0]) && is_fifo(ends[1])) {
        ::fcntl(ends[0], F_SETFL, 0);
        ::fcntl(ends[1], F_SETFL, 0);
        return true;
    }
    const int error = ends[1] < 0 ? errno : EEXIST;
    for (int& end : ends)
        if (end >= 0) ::close(std::exchange(end, -1));
    errno = error;
    return false;
}

// By errno.
void tell_lost(const std::string& path, const char* means) {
    log::error(plumb::to_text({"open again", path, errno, "", means}));
}

void find(std::int32_t& descriptor, const char* name, const char* means) {
    if (descriptor < 0) return;
    descriptor = open_lasting(name, O_RDWR);
    if (descriptor < 0) tell_lost(path_of(name), means);
}

void find_texts(Record& record) {
    Course& course = record.course;
    // The file of boot is the only one until a reload has taken another.
    find(course.taken_text, course.boot_text >= 0 ? lasting_reloaded : lasting_configuration,
         "the configuration is taken from its own file");
    find(course.boot_text, lasting_configuration, "the sinks are taken to be those of the present configuration");
    find(record.starting.file, lasting_stamps, "mvinit analyze knows nothing");
}

void find_line(Caring& record) {
    int ends[2] = {-1, -1};
    if (record.line >= 0 && !open_pipe(lasting_line, ends))
        tell_lost(path_of(lasting_line),
                  "that the application is ready is not heard before its next start: mvinit restart");
    if (ends[0] >= 0) ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    if (ends[1] >= 0) ::close(ends[1]);
    record.line = ends[0];
    record.line_end = -1;
}

// Where there is none any more, the next start of the application has another one.
void find_stream(Capturing::Pipe& pipe, const char* name) {
    const bool wanted = pipe.reader >= 0;
    const bool marked = pipe.marker >= 0;
    int ends[2];
    pipe = {};
    if (!wanted) return;
    if (open_pipe(name, ends)) {
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        pipe = {ends[0], ends[1], -1};
    } else {
        tell_lost(
            path_of(name),
            "what the application writes is not read, and keeps it waiting, before its next start: mvinit restart");
        ::unlink(path_of(name).c_str());
        if (!Capture::make_pipe(pipe, 0, name)) pipe = {};
    }
    if (marked && pipe.reader >= 0) pipe.marker = open_lasting(name, O_WRONLY | O_NONBLOCK);
}

// What only loggers have between them is made anew: those that are there write what is in theirs.
void renew_logger(Capturing::Process& logger) {
    Capturing::Pipe& pipe = logger.file;
    if (pipe.reader >= 0 && !Capture::make_pipe(pipe = {}, O_NONBLOCK)) {
        pipe = {};
        tell_lost("the pipe of a logger", "its file gets no more lines: mvinit upgrade tries it again");
    }
    logger.link = -1;
    if (logger.pid >= 0) logger.ended = std::exchange(logger.pid, -1);
}

void find_output(Capturing& record) {
    find(record.ring, lasting_ring, "mvinit log has nothing");
    if (record.ring_reader >= 0) record.ring_reader = open_lasting(lasting_ring, O_RDONLY);
    for (std::size_t at = 0; at < record.streams.size(); ++at) find_stream(record.streams[at], lasting_streams[at]);
    for (Capturing::Process& logger : record.processes) renew_logger(logger);
    record.starting = -1;
}

// The path is the one that the application was told.
void find_notify_socket(Caring& record) {
    if (record.notify < 0) return;
    plumb::NotifySocket made;
    std::optional<std::uint32_t> user;
    if (record.speaker_user != ::geteuid()) user = record.speaker_user;
    errno = plumb::open_notify_socket(record.notify_address.data(), user, made);
    record.notify = errno == 0 ? made.descriptor : -1;
    if (record.notify < 0)
        tell_lost(record.notify_address.data(),
                  "notifications of the application are not heard before its next start: mvinit restart");
}

}  // namespace

plumb::Result<int> make_lasting_file(const char* name) {
    if (!keeps_state()) return plumb::make_memory_file(name);
    ::unlink(path_of(name).c_str());
    const int made = open_lasting(name, O_RDWR | O_CREAT | O_EXCL);
    if (made < 0) return plumb::Error{"make", path_of(name), errno, "", "is /etc/svc/volatile there, and writable?"};
    return made;
}

int make_lasting_text(const char* name, std::string_view text) {
    const std::string fresh = std::string(name) + ".new";
    const auto made = make_lasting_file(fresh.c_str());
    if (!made) return -1;
    const bool written = plumb::write_all(*made, text) == 0;
    if (written && (!keeps_state() || ::rename(path_of(fresh.c_str()).c_str(), path_of(name).c_str()) == 0))
        return *made;
    ::close(*made);
    return -1;
}

bool make_lasting_pipe(const char* name, bool afresh, int (&ends)[2]) {
    if (!keeps_state()) return ::pipe2(ends, O_CLOEXEC) == 0;
    const std::string path = path_of(name);
    if (afresh) ::unlink(path.c_str());
    if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) return false;
    return open_pipe(name, ends);
}

int open_marker(const char* name, int writer) {
    constexpr int flags = O_WRONLY | O_NONBLOCK;
    return keeps_state() ? open_lasting(name, flags) : plumb::open_again(writer, flags);
}

void find_lasting(Record& record) {
    find_texts(record);
    record.supervising.pending_exec = record.hooking.pending = -1;
    find_line(record.caring);
    find_notify_socket(record.caring);
    record.caring.device = -1;
    find_output(record.capturing);
    record.controlling = {};
}

std::uint64_t* turn_of_loggers() {
    return keeps_state() ? &plumb::live->loggers : nullptr;
}

// A record lock of one byte each: it goes with its process, however that ends. Where there is none, two loggers may
// read in turns for a moment.
void await_turn(std::size_t logger) {
    const int file = open_lasting("loggers", O_RDWR | O_CREAT);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(logger);
    lock.l_len = 1;
    while (file >= 0 && ::fcntl(file, F_SETLKW, &lock) != 0 && errno == EINTR) continue;
}

}  // namespace init
