// What check has found: kept, sorted, printed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/diagnostic.hpp"
#include "packaging/image/settings.hpp"

namespace image {

struct Finding {
    conf::Severity severity = conf::Severity::error;
    std::string id;    // "command-missing": mvimage(1) lists them
    std::string what;  // one sentence, without a line break
    std::string path;  // in the image; may be empty
    Place place;       // file empty: nothing in mvinit.toml has to do with it
    std::string remedy;
};

class Findings {
public:
    // What is told twice of the same place is kept once, as an error where one of the two is one.
    void add(Finding found);
    bool has(std::string_view id, std::string_view path) const;
    void sort();  // by place, then path
    bool has_errors() const;
    // A line each: "FILE:LINE:COLUMN: error: WHAT: REMEDY [ID]"; image: the name that stands for the file where there
    // is none.
    std::string text(const std::string& image) const;
    std::string json() const;  // an array of objects
    std::string sum() const;   // "2 errors, 1 warning"

private:
    std::vector<Finding> all_;
};

}  // namespace image
