// By name, in the directory of the state file. Whoever keeps no state has no next image either, and there may be
// several of that kind.
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "init/lasting.hpp"
#include "init/state_file.hpp"
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

// -1 where there was none.
void find(std::int32_t& descriptor, const char* name) {
    if (descriptor >= 0) descriptor = open_lasting(name, O_RDWR);
}

void find_pipe(Capturing::Pipe& pipe, const char* name) {
    int ends[2] = {-1, -1};
    if (pipe.reader >= 0 && !make_lasting_pipe(name, false, ends)) ends[0] = ends[1] = -1;
    if (ends[0] >= 0) ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    const bool marked = pipe.marker >= 0 && ends[0] >= 0;
    pipe = {ends[0], ends[1], marked ? open_lasting(name, O_WRONLY | O_NONBLOCK) : -1};
}

// What only loggers have between them is made anew: those that are there write what is in theirs.
void renew_pipe(Capturing::Pipe& pipe) {
    if (pipe.reader < 0) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) ends[0] = ends[1] = -1;
    for (const int end : ends)
        if (end >= 0) ::fcntl(end, F_SETFL, O_NONBLOCK);
    pipe = {ends[0], ends[1], -1};
}

void find_output(Capturing& record) {
    find(record.ring, lasting_ring);
    if (record.ring_reader >= 0) record.ring_reader = open_lasting(lasting_ring, O_RDONLY);
    for (std::size_t at = 0; at < record.streams.size(); ++at) find_pipe(record.streams[at], lasting_streams[at]);
    for (Capturing::Process& logger : record.processes) {
        renew_pipe(logger.file);
        logger.link = -1;
        if (logger.pid >= 0) logger.ended = std::exchange(logger.pid, -1);
    }
    record.starting = -1;
}

// The path is the one that the application was told.
void find_notify_socket(Caring& record) {
    if (record.notify < 0) return;
    plumb::NotifySocket made;
    std::optional<std::uint32_t> user;
    if (record.speaker_user != ::geteuid()) user = record.speaker_user;
    const int error = plumb::open_notify_socket(record.notify_address.data(), user, made);
    record.notify = error == 0 ? made.descriptor : -1;
}

}  // namespace

plumb::Result<int> make_lasting_file(const char* name) {
    if (!keeps_state()) return plumb::make_memory_file(name);
    ::unlink(path_of(name).c_str());
    const int made = open_lasting(name, O_RDWR | O_CREAT | O_EXCL);
    if (made < 0) return plumb::Error{"make", path_of(name), errno, "", "is /etc/svc/volatile there, and writable?"};
    return made;
}

// The reading end first: with it there, and with a writing end that can be read from, no open of it waits.
bool make_lasting_pipe(const char* name, bool afresh, int (&ends)[2]) {
    if (!keeps_state()) return ::pipe2(ends, O_CLOEXEC) == 0;
    const std::string path = path_of(name);
    if (afresh) ::unlink(path.c_str());
    if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) return false;
    ends[0] = open_lasting(name, O_RDONLY | O_NONBLOCK);
    ends[1] = ends[0] < 0 ? -1 : open_lasting(name, O_RDWR | O_NONBLOCK);
    if (ends[1] >= 0 && is_fifo(ends[0]) && is_fifo(ends[1])) {
        ::fcntl(ends[0], F_SETFL, 0);
        ::fcntl(ends[1], F_SETFL, 0);
        return true;
    }
    const int error = ends[1] < 0 ? errno : EEXIST;
    for (const int end : ends)
        if (end >= 0) ::close(end);
    errno = error;
    return false;
}

int open_marker(const char* name, int writer) {
    constexpr int flags = O_WRONLY | O_NONBLOCK;
    return keeps_state() ? open_lasting(name, flags) : plumb::open_again(writer, flags);
}

void find_lasting(Record& record) {
    Course& course = record.course;
    // The file of boot is the only one until a reload has taken another.
    find(course.taken_text, course.boot_text >= 0 ? lasting_reloaded : lasting_configuration);
    find(course.boot_text, lasting_configuration);
    find(record.starting.file, lasting_stamps);
    record.supervising.pending_exec = record.hooking.pending = -1;
    Capturing::Pipe line{record.caring.line, -1, -1};
    find_pipe(line, lasting_line);
    record.caring.line = line.reader;
    if (line.writer >= 0) ::close(line.writer);
    record.caring.line_end = record.caring.device = -1;
    find_notify_socket(record.caring);
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
