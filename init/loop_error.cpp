// What Asio, compiled without exceptions, does where it would throw: no descriptor, no memory while the loop is set up
// leaves nothing to go on with.
#include <boost/throw_exception.hpp>
#include <cstdlib>

#include "init/log.hpp"

namespace boost {

void throw_exception(const std::exception& /*error*/) {
    init::log::error("set up the event loop: no descriptor or memory was to be had: raise fs.file-max or the memory");
    std::abort();
}
void throw_exception(const std::exception& error, const boost::source_location& /*where*/) {
    throw_exception(error);
}

}  // namespace boost
