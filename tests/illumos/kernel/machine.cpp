// Reads /standin/zone, for the stand-in kernel and for the stand-ins of programs.
#include "machine.hpp"

#include <fstream>
#include <sstream>
#include <unistd.h>

namespace standin {

std::vector<std::string> lines_of(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> zone_values(const std::string& key) {
    std::vector<std::string> values;
    for (const std::string& line : lines_of("/standin/zone"))
        if (line.starts_with(key + "=")) values.push_back(line.substr(key.size() + 1));
    return values;
}

std::string zone_value(const std::string& key, const std::string& otherwise) {
    const auto values = zone_values(key);
    return values.empty() ? otherwise : values.back();
}

bool in_zone() {
    return zone_value("zoneid", "0") != "0";
}

bool is_shared() {
    return in_zone() && zone_value("exclusive", "1") != "1";
}

Words split(const std::string& text) {
    std::istringstream stream(text);
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

std::string field(const Words& words, const std::string& name) {
    for (const std::string& word : words)
        if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
    return {};
}

bool exists(const std::string& path) {
    return access(path.c_str(), F_OK) == 0;
}

}  // namespace standin
