// The one error type: operation, object, cause, remedy.
#pragma once

#include <boost/system/result.hpp>
#include <string>

#include "plumb/concat.hpp"

namespace plumb {

// Made, copied and destroyed by calls: four strings are much code wherever something can fail.
struct Error {
    Error();
    Error(Word what, Word object, int error);
    Error(Word what, Word object, int error, Word text, Word remedy);
    Error(const Error& other);
    Error(Error&& other) noexcept;
    Error& operator=(const Error& other);
    Error& operator=(Error&& other) noexcept;
    ~Error();

    std::string what;    // the operation: "mount", "add address"
    std::string object;  // what it was done to: "/dev/pts", "eth0 10.0.2.15/24"
    int error = 0;       // errno, or 0 where text says the cause
    std::string text;    // the cause where errno does not say it
    std::string remedy;  // what the reader can do, "" where nothing is known
    bool operator==(const Error& other) const;
};

// "mount /dev/pts: No such device (is the file system in the kernel?)": one line, no newline.
std::string to_text(const Error& error);

template <class T>
using Result = boost::system::result<T, Error>;

// boost::system::result wants to know what value() of a failed result throws: we never call it so.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace plumb
