#include "plumb/error.hpp"

#include <cstdlib>
#include <cstring>

namespace plumb {

// Where both are known, our own wording goes first and errno's follows: "timed out ... (Operation timed out)"
// would say it twice, so callers set error only where it adds something.
std::string to_text(const Error& error) {
    std::string out = error.what;
    if (!error.object.empty()) out += ' ' + error.object;
    if (!error.text.empty()) out += ": " + error.text;
    if (error.error != 0) {
        const std::string reason = std::strerror(error.error);
        out += error.text.empty() ? ": " + reason : " (" + reason + ")";
    }
    if (!error.remedy.empty()) out += ": " + error.remedy;
    return out;
}

void throw_exception_from_error(const Error&, const boost::source_location&) {
    std::abort();
}

}  // namespace plumb
