#include "plumb/error.hpp"

#include <cstdlib>
#include <cstring>

namespace plumb {

Error::Error() = default;
Error::Error(Word what_, Word object_, int error_) : what(what_), object(object_), error(error_) {}
Error::Error(Word what_, Word object_, int error_, Word text_, Word remedy_)
    : what(what_), object(object_), error(error_), text(text_), remedy(remedy_) {}
Error::Error(const Error& other) = default;
Error::Error(Error&& other) noexcept = default;
Error& Error::operator=(const Error& other) = default;
Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;
bool Error::operator==(const Error& other) const = default;

// Where both are known, our own wording goes first and errno's follows: "timed out ... (Operation timed out)"
// would say it twice, so callers set error only where it adds something.
std::string to_text(const Error& error) {
    std::string out = error.what;
    if (!error.object.empty()) append(out, {" ", error.object});
    if (!error.text.empty()) append(out, {": ", error.text});
    if (error.error != 0) {
        const bool more = !error.text.empty();
        append(out, {more ? " (" : ": ", std::strerror(error.error), more ? ")" : ""});
    }
    if (!error.remedy.empty()) append(out, {": ", error.remedy});
    return out;
}

void throw_exception_from_error(const Error&, const boost::source_location&) {
    std::abort();
}

}  // namespace plumb
