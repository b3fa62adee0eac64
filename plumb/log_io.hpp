// What the log pipes and the logger need of the platform. Implemented in log_io_linux.cpp and log_io_illumos.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/types.h>

namespace plumb {

// Makes fork(2)'s child, of whose end no SIGCHLD tells, and which waitpid(-1) neither reaps nor counts. Linux: clone(2)
// with exit signal 0, a "clone child" of wait(2); illumos: forkx(2) with FORK_NOSIGCHLD and FORK_WAITPID.
// For init/spawn.cpp alone. 0 in the child, -1 and errno.
pid_t make_unseen_child();

// What waitpid(2) must be given beside such a child's pid to reap it.
int unseen_wait_option();

// What ps(1) shows of the calling process; nothing on illumos.
void set_process_name(const char* name);

// Asks for a pipe of that size, which only Linux can give; what it had stays where it may not have more.
void enlarge_pipe(int pipe, std::size_t size);

// Moves up to size bytes from a pipe into a file or pipe without a copy through our own memory: splice(2). -1 and
// errno; EINVAL: not with these two, or not on this platform.
ssize_t move_bytes(int pipe, int to, std::size_t size);

// Two ends that can both be read from and written to, and tell when the other one is gone; close-on-exec and
// non-blocking, owned by the caller. False: errno says why there is none.
bool make_channel(int (&ends)[2]);

// A non-blocking datagram socket connected to path; a stream socket is tried where it is one. stream: which it is. -1
// and errno. On illumos it has to be the socket of a syslog daemon: /dev/log there is none.
int connect_log_socket(std::string_view path, bool& stream);

// One write that never waits, whatever the descriptor's flags say, where that can be had (sockets). -1 and errno.
ssize_t send_now(int socket, std::string_view text);

// Waits until somebody calls wake_readers(word) or *word is not value any more, timeout_ms at the most; word may lie in
// a mapping for reading only. futex(2); illumos: looks a few times a second.
void wait_for_change(const std::uint32_t* word, std::uint32_t value, std::uint32_t timeout_ms);
void wake_readers(std::uint32_t* word);

}  // namespace plumb
