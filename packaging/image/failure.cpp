#include "packaging/image/failure.hpp"

#include <cerrno>
#include <cstring>

#include "conf/diagnostic.hpp"

namespace image {

void fail(int code, std::string_view operation, std::string_view object, std::string_view cause,
          std::string_view remedy) {
    throw Failure(code, conf::cat({operation, " ", object, ": ", cause, ": ", remedy}));
}

void fail_errno(std::string_view operation, std::string_view object, std::string_view remedy) {
    fail(exit_files, operation, object, std::strerror(errno), remedy);
}

}  // namespace image
