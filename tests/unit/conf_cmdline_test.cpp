// conf/cmdline.hpp: the kernel command line.
#include <doctest/doctest.h>

#include "conf/cmdline.hpp"

using conf::Argv;
using conf::Diagnostics;
using conf::KernelCommandLine;
using conf::Role;
using conf::Severity;

namespace {

Diagnostics warning(const char* message) {
    return {{"", 0, 0, std::string("kernel command line: ") + message, Severity::warning}};
}

}  // namespace

TEST_CASE("a kernel command line of ours") {
    const KernelCommandLine line = conf::parse_kernel_command_line(
        "console=ttyS0 ro mvinit.config=/etc/other.toml mvinit.role=machine mvinit.debug mvinit.rescue mvinit.plan "
        "quiet -- /usr/sbin/nginx -g \"daemon off;\" mvinit.nonsense\n");
    CHECK(line.config_file == "/etc/other.toml");
    CHECK(line.role == Role::machine);
    CHECK(line.debug);
    CHECK(line.rescue);
    CHECK(line.plan);
    CHECK(line.command == Argv{"/usr/sbin/nginx", "-g", "daemon off;", "mvinit.nonsense"});
    CHECK(line.diagnostics.empty());
}

TEST_CASE("words that are not ours are ignored") {
    for (const char* text :
         {"", "\n", "root=/dev/sda1 ro quiet", "mvinit", "mvinitx.debug", "xmvinit.debug", "Mvinit.debug"}) {
        CAPTURE(text);
        CHECK(conf::parse_kernel_command_line(text) == KernelCommandLine{});
    }
    CHECK(conf::parse_kernel_command_line("a --").command.empty());
    CHECK(conf::parse_kernel_command_line("-- a -- b").command == Argv{"a", "--", "b"});
}

TEST_CASE("values of switches and roles") {
    CHECK(conf::parse_kernel_command_line("mvinit.debug=1").debug);
    CHECK_FALSE(conf::parse_kernel_command_line("mvinit.debug mvinit.debug=0").debug);
    CHECK(conf::parse_kernel_command_line("mvinit.role=container").role == Role::container);
    CHECK(conf::parse_kernel_command_line("mvinit.role=machine mvinit.role=auto").role == Role::automatic);
    CHECK(conf::parse_kernel_command_line("mvinit.config=\"/a b\"").config_file == "/a b");
}

TEST_CASE("what is wrong warns, and the rest counts") {
    const std::pair<const char*, const char*> table[] = {
        {"mvinit.debg", "unknown word 'mvinit.debg' is ignored (did you mean 'mvinit.debug'?)"},
        {"mvinit.nonsense=1", "unknown word 'mvinit.nonsense=1' is ignored"},
        {"mvinit.", "unknown word 'mvinit.' is ignored"},
        {"mvinit.debug=yes", "'mvinit.debug=yes' is ignored: it takes no value but 0 or 1"},
        {"mvinit.plan=", "'mvinit.plan=' is ignored: it takes no value but 0 or 1"},
        {"mvinit.role=machin",
         "'mvinit.role=machin' is ignored: the role is machine, container or auto (did you mean 'machine'?)"},
        {"mvinit.role", "'mvinit.role' is ignored: the role is machine, container or auto"},
        {"mvinit.config=", "'mvinit.config=' is ignored: it needs a file, as in mvinit.config=/etc/mvinit.toml"},
        {"mvinit.config", "'mvinit.config' is ignored: it needs a file, as in mvinit.config=/etc/mvinit.toml"},
    };
    for (const auto& [text, message] : table) {
        CAPTURE(text);
        const KernelCommandLine line = conf::parse_kernel_command_line(std::string(text) + " mvinit.rescue -- x");
        CHECK(line.diagnostics == warning(message));
        CHECK(line.rescue);
        CHECK(line.command == Argv{"x"});
    }
}
