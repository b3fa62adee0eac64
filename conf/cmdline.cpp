#include "conf/cmdline.hpp"

#include <utility>
#include <vector>

#include "conf/text.hpp"

namespace conf {
namespace {

constexpr std::string_view prefix = "mvinit.";

void warn(KernelCommandLine& line, std::string_view message) {
    add(line.diagnostics, {"", 0, 0, cat({"kernel command line: ", message}), Severity::warning});
}

// "mvinit.debug" and "mvinit.debug=1" switch on, "mvinit.debug=0" off.
void read_switch(KernelCommandLine& line, const std::string& word, bool has_value, std::string_view value, bool& out) {
    if (!has_value || value == "1") {
        out = true;
    } else if (value == "0") {
        out = false;
    } else {
        warn(line, cat({"'", word, "' is ignored: it takes no value but 0 or 1"}));
    }
}

void read_role(KernelCommandLine& line, const std::string& word, std::string_view value) {
    if (value == "machine") {
        line.role = Role::machine;
    } else if (value == "container") {
        line.role = Role::container;
    } else if (value == "auto") {
        line.role = Role::automatic;
    } else {
        warn(line, cat({"'", word, "' is ignored: the role is machine, container or auto",
                        did_you_mean(value, {"machine", "container", "auto"})}));
    }
}

void read_config(KernelCommandLine& line, const std::string& word, std::string_view value) {
    if (value.empty()) {
        warn(line, cat({"'", word, "' is ignored: it needs a file, as in mvinit.config=/etc/mvinit.toml"}));
    } else {
        line.config_file = value;
    }
}

void read_word(KernelCommandLine& line, const std::string& word) {
    std::string_view name = std::string_view(word).substr(prefix.size());
    const std::size_t equals = name.find('=');
    const bool has_value = equals != std::string_view::npos;
    const std::string_view value = has_value ? name.substr(equals + 1) : std::string_view();
    name = name.substr(0, equals);
    if (name == "config") {
        read_config(line, word, value);
    } else if (name == "role") {
        read_role(line, word, value);
    } else if (name == "debug") {
        read_switch(line, word, has_value, value, line.debug);
    } else if (name == "rescue") {
        read_switch(line, word, has_value, value, line.rescue);
    } else if (name == "plan") {
        read_switch(line, word, has_value, value, line.plan);
    } else {
        warn(line, cat({"unknown word '", word, "' is ignored",
                        did_you_mean(word.substr(0, word.find('=')), {"mvinit.config", "mvinit.role", "mvinit.debug",
                                                                      "mvinit.rescue", "mvinit.plan"})}));
    }
}

}  // namespace

KernelCommandLine parse_kernel_command_line(std::string_view text) {
    KernelCommandLine line;
    std::vector<std::string> words = split_kernel_words(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--") {
            line.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            break;
        }
        if (words[i].compare(0, prefix.size(), prefix) == 0) read_word(line, words[i]);
    }
    return line;
}

}  // namespace conf
