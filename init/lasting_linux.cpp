#include <fcntl.h>
#include <unistd.h>

#include "init/lasting.hpp"
#include "plumb/files.hpp"
#include "plumb/memory_file.hpp"
#include "plumb/posix.hpp"

namespace init {

plumb::Result<int> make_lasting_file(const char* name) {
    return plumb::make_memory_file(name);
}

int make_lasting_text(const char* name, std::string_view text) {
    const auto made = plumb::make_memory_file(name);
    if (!made || plumb::write_all(*made, text) == 0) return made ? *made : -1;
    close(*made);
    return -1;
}

bool make_lasting_pipe(const char* /*name*/, bool /*afresh*/, int (&ends)[2]) {
    return pipe2(ends, O_CLOEXEC) == 0;
}

int open_marker(const char* /*name*/, int writer) {
    return plumb::open_again(writer, O_WRONLY | O_NONBLOCK);
}

void find_lasting(Record& /*record*/) {}

std::uint64_t* turn_of_loggers() {
    return nullptr;
}

void await_turn(std::size_t /*logger*/) {}

}  // namespace init
